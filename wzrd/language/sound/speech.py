"""Speech of an English voice: what it can say of a text by sentences, else the time that reading takes."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from wzrd.domain.emphasis import plain

MAX_SPOKEN = 20_000  # characters of one line that are said; a novel by mistake must not run for hours
MAX_SENTENCE = 280  # characters said in one breath: the voice's memory grows with the sentence
SHORTEST_SILENCE, LONGEST_SILENCE = 1.0, 20.0
WORDS_A_SECOND, CJK_A_SECOND = 2.6, 5.0

_NOTES = re.compile(r"\[\[.*?\]\]|/\*.*?\*/|<[^<>]{1,80}>", re.DOTALL)
_DIRECTION = re.compile(r"\((?:[^()\s]+\s?){1,5}\)")
_EXPANSIONS = (
    (re.compile(r"\bINT\.?\s*/\s*EXT\b\.?", re.IGNORECASE), "interior and exterior,"),
    (re.compile(r"\bINT\.(?=\s)|^INT\b(?=\s)"), "interior,"),
    (re.compile(r"\bEXT\.(?=\s)|^EXT\b(?=\s)"), "exterior,"),
    (re.compile(r"\bV\.\s?O\."), "voice over"),
    (re.compile(r"\bO\.\s?[SC]\."), "off screen"),
    (re.compile(r"\bCONT['\u2019]?D\b"), "continued"),
    (re.compile(r"\bw/(?=\s?\w)"), "with "),
    (re.compile(r"\b(\d+)\s?mm\b"), r"\1 millimetre"),
)
_TYPOGRAPHY = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201a": ",", "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"',
    "\u00bb": '"', "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": " \u2014 ", "\u2015": " \u2014 ",
    "\u2026": "... ", "\u00a0": " ", "_": " ", "*": " ", "~": " ", "|": ", ",
})  # fmt: skip
_SAID_SIGNS = frozenset("\"'().,;:!?-\u2014 %&+=#@$/\u00a3\u20ac\u00b0")
_STOP = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*\s+(?=\S)|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]?\s*|\n+")
_SHORT_FORM = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|vs|no|jr|sr|lt|sgt|capt|col|gen|prof|int|ext)|\b[A-Za-z])\.\s*\Z", re.IGNORECASE
)
_SOFT = re.compile(r"(?<=[,;:\u2014\u3001\uff0c])\s*")


@cache
def _wide() -> re.Pattern[str]:
    """CJK characters; such ranges take milliseconds to compile, so not before the first line is said."""
    return re.compile("[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]")


def speakable(text: str) -> str:
    """The part of `text` that an English voice says, on one line; '' when there is none.

    Emphasis, notes, tags and short stage directions go; slug lines and screenplay abbreviations are said in full;
    emoji and scripts other than Latin are dropped. Numbers stay: the voice tool reads them itself.
    """
    text = _NOTES.sub(" ", plain(unicodedata.normalize("NFC", text[:MAX_SPOKEN])))
    text = _DIRECTION.sub(" ", text)
    for pattern, said in _EXPANSIONS:
        text = pattern.sub(said, text)
    text = "".join(_sayable(char) for char in unicodedata.normalize("NFKC", text.translate(_TYPOGRAPHY)))
    text = _calmed(" ".join(text.split()))
    return text if any(char.isalnum() for char in text) else ""


def _sayable(char: str) -> str:
    if char in _SAID_SIGNS or (char.isascii() and char.isalnum()):
        return char
    is_latin = char.isalpha() and unicodedata.name(char, "").startswith("LATIN ")
    return char if is_latin else " "


def _calmed(text: str) -> str:
    """Stops that the voice would hiss at, tamed; a line all in capitals is a shout and no row of initials."""
    text = re.sub(r"([!?])[!?]+", lambda run: "?" if "?" in run.group() else "!", text)
    text = re.sub(r"\.{2,}(?:\s*\.)*", "...", text)
    text = re.sub(r"(?:\s*[,;])+(?=\s*[,;.!?])|\(\s*\)", "", text)
    text = re.sub(r"\s+([,;:.!?])", r"\1", text).strip(" ,;:-/\u2014")
    letters = [char for char in text if char.isalpha()]
    shouted = len(text.split()) > 1 and len(letters) > 5 and all(char.isupper() for char in letters)
    return text[:1] + text[1:].lower() if shouted else text


def sentences(text: str) -> list[str]:
    """The sentences of a speech in order, each within MAX_SENTENCE characters; together they are the whole text."""
    found: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if not _SHORT_FORM.search(text[max(start, stop.start() - 6) : stop.end()]):
            found.append(text[start : stop.end()].strip())
            start = stop.end()
    return [part for sentence in (*found, text[start:].strip()) if sentence for part in breaths(sentence)]


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a line: `text` as the page has it, `said` as the voice says it ('' for a silence)."""

    text: str
    said: str


def phrases(text: str) -> list[Phrase]:
    """A line sentence by sentence. A sign without a word (an emoji) belongs to the sentence before it.

    A line that is mostly of another script is silent as a whole: its digits and stray words alone would mislead.
    """
    found: list[Phrase] = []
    able = can_be_said(text[:MAX_SPOKEN])
    for sentence in sentences(text[:MAX_SPOKEN]):
        said = speakable(sentence) if able and can_be_said(sentence) else ""
        if found and not said and not any(char.isalnum() for char in sentence):
            found[-1] = Phrase(f"{found[-1].text} {sentence}", found[-1].said)
        else:
            found.append(Phrase(sentence, said))
    return found


def can_be_said(text: str) -> bool:
    """True if an English voice says most of a text's letters; without letters, if there are digits."""
    letters = [char for char in unicodedata.normalize("NFKC", text) if char.isalpha()]
    said = sum(_sayable(char) == char for char in letters)
    return said * 2 >= len(letters) if letters else any(char.isdigit() for char in text)


def breaths(sentence: str, limit: int = MAX_SENTENCE) -> list[str]:
    """A sentence in parts of at most `limit` characters: cut after a comma, else between words, else anywhere."""
    parts: list[str] = []
    while len(sentence) > limit:
        soft = [found.start() for found in _SOFT.finditer(sentence, limit // 3, limit) if found.start()]
        blank = sentence.rfind(" ", limit // 3, limit)
        at = soft[-1] if soft else blank if blank > 0 else limit
        parts.append(sentence[:at].strip())
        sentence = sentence[at:].strip()
    return [part for part in (*parts, sentence) if part]


def silence_for(text: str) -> float:
    """Seconds that reading a line takes which no voice can say: by its characters in CJK, else by its words."""
    wide = len(_wide().findall(text))
    words = len(_wide().sub(" ", text).split())
    return min(LONGEST_SILENCE, max(SHORTEST_SILENCE, wide / CJK_A_SECOND + words / WORDS_A_SECOND))


def is_wide(text: str) -> bool:
    """True if most of a text is CJK, whose characters are twice as wide and read one by one."""
    return len(_wide().findall(text)) * 2 > len("".join(text.split()))
