"""Cues in scripts without capitals (Chinese, Japanese, Korean, Hindi …), where the layout is unambiguous.

A name alone above a speech, `太郎「…」` and a name before a colon are cues where the name comes again, as a cue or in
an action, or where it is short and nothing else can be meant.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, takewhile

from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import Cue, read_cue
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import NOT_SPEAKERS, has_case

_LONGEST_NAME, _LONGEST_WORDS = 24, 3
_LONGEST_QUOTE = 30  # lines
_SURE_NAME = 4  # characters of CJK: a name that needs no second mention
_LONG_NAME = 10  # characters of one that needs none where the whole script has names before quotations
_QUOTES_THROUGHOUT = 3
_WITHIN_SENTENCES = "はがをにへで"
_VERB_ENDS = frozenset("うくぐすつぬぶむるてでただしりいきちみびぎせれけべげねらのもとよなか")
_SUFFIXES = (
    "子ども", "こども", "おとうと", "いもうと", "おばあさん", "さん", "ちゃん", "くん", "さま", "たち", "ども", "ら",
)  # fmt: skip
_PARTICLES = "はがもをにのでとへや"  # a Japanese name does not end in one, a sentence before a quotation does
_IN_NAMES = " \u00b7\u30fb\uff65=\uff1d-'\u2019"
_WORD = re.compile(
    r"[^\s!-/:-@\[-`{-~\u00ab\u00bb\u060c\u061b\u061f\u0964\u0965\u2010-\u2027\u3000-\u303f\uff00-\uff0f]+"
)
_LETTERS = re.compile(r"[A-Z]{1,3}")  # N, NA, M: who tells the story
_EXTENDED = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]\Z")
_QUOTED = re.compile(r"([^\s\u300c\u300e\uff1a:][^\u300c\u300e\uff1a:]{0,23}?)\s{0,4}([\u300c\u300e\u201c].*)")
_TOLD = re.compile(r"([^\s\u300c\u300e\uff1a:][^\u300c\u300e\uff1a:]{0,23}?)\s?[\uff1a:]\s*(\S.*)")
_QUOTES = "\u300c\u300d\u300e\u300f\u201c\u201d"
QUOTES_END = "\u300d\u300f\u201d"
_CLOSES = {"\u300c": "\u300d", "\u300e": "\u300f", "\u201c": "\u201d"}
_SPEECH_BEGINS = "(\uff08\u300c\u300e\u201c"
_WARNING = (
    "line {line}: {count} that may name a speaker {were} read as action; put an @ before the name of whoever speaks"
)


@dataclass(frozen=True, slots=True)
class Speech:
    """A cue and what is said on the same line; `open`: its quotation goes on below."""

    cue: Cue
    text: str
    open: bool
    rest: str = ""  # action that goes on behind the quotation


@dataclass(frozen=True, slots=True)
class CaselessCues:
    """The names of a script without capitals that were taken for cues, and what is to be told of the others."""

    names: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    _sure: frozenset[int] = field(default_factory=frozenset[int])  # numbers of lines whose layout alone decides

    def cue_at(self, line: SourceLine) -> Cue | None:
        """The cue that this line is, if something to say follows it."""
        text = line.text.strip()
        if (name := _name_alone(text)) and (name in self.names or line.number in self._sure):
            return read_cue(f"@{text}")
        return None

    def inline(self, line: SourceLine) -> Speech | None:
        """The speech that this line holds with its cue before it."""
        found = _inline(line.text.strip())
        if not found:
            return self._within(line.text.strip())
        if not (_name_of(found[0]) in self.names or line.number in self._sure):
            return None
        cue = read_cue(f"@{found[0]}")
        after = _EXTENDED.search(found[1]) if found[1][0] in _QUOTES else None
        said = found[1][: after.start()] if after else found[1]
        is_open = said[0] in _QUOTES and not said.endswith(tuple(QUOTES_END))
        text = f"{after.group().strip() if after else ''}{said[1:] if is_open else unquoted(said)}"
        return Speech(cue, text, is_open) if cue else None

    def _within(self, text: str) -> Speech | None:
        """The speech of a known name before a sentence that goes on: `太郎「うん」と立つ。`."""
        quoted = _QUOTED.match(text)
        if not quoted or _bare(quoted[1]) not in self.names:
            return None
        end = quoted[2].find(_CLOSES[quoted[2][0]])
        cue = read_cue(f"@{quoted[1]}")
        return Speech(cue, quoted[2][1:end], open=False, rest=quoted[2][end + 1 :].strip()) if cue and end > 1 else None


def find_cues(lines: Sequence[SourceLine]) -> CaselessCues:
    """The cues among these lines, which are the whole script without its title page."""
    others = {cue.name for at, line in enumerate(lines) if (cue := _usual_cue(lines, at, line))}
    candidates = list(_candidates(lines))
    lines_by = {line.number: line.text.strip() for line in lines} if candidates else {}
    counts = Counter(name for _, name, _ in candidates)
    quoted = sum(is_sure and _QUOTED.match(lines_by[number]) is not None for number, _, is_sure in candidates)
    sure = frozenset(
        number
        for number, name, is_sure in candidates
        if is_sure or (quoted >= _QUOTES_THROUGHOUT and _is_long(name) and _is_whole(lines_by[number]))
    )
    mentioned = _mentioned(counts, lines)
    names = frozenset(name for name, count in counts.items() if count > 1 or name in others or name in mentioned) | {
        name for number, name, _ in candidates if number in sure
    }
    left = [number for number, name, _ in candidates if name not in names]
    if not left or others:  # whoever marks speakers otherwise does so everywhere
        return CaselessCues(names, (), sure)
    count = "a line" if len(left) == 1 else f"{len(left)} lines"
    message = _WARNING.format(line=left[0], count=count, were="was" if len(left) == 1 else "were")
    return CaselessCues(names, (message,), sure)


def _mentioned(names: Collection[str], lines: Sequence[SourceLine]) -> set[str]:
    """Those of the names that another line than their own has among its words, where blanks divide words."""
    left = {tuple(_WORD.findall(name)): name for name in names if not any(map(_is_wide, name))}
    mentioned = set[str]()
    for line in lines if left else ():
        words = _WORD.findall(line.text)
        for size in range(1, min(_LONGEST_WORDS, len(words) - 1) + 1):
            for at in range(len(words) - size + 1):
                if name := left.get(tuple(words[at : at + size])):
                    mentioned.add(name)
    return mentioned


def _usual_cue(lines: Sequence[SourceLine], at: int, line: SourceLine) -> Cue | None:
    """The cue by capitals, or forced, that this line is."""
    text = line.text.strip()
    alone = text and at + 1 < len(lines) and not lines[at + 1].blank and (at == 0 or lines[at - 1].blank)
    return read_cue(text) if alone and not read_heading(text) else None


def unquoted(text: str) -> str:
    """Speech without the East Asian quotation marks around all of it."""
    return text[1:-1] if text[:1] in {"\u300c", "\u300e"} and text[-1] in QUOTES_END else text


def _candidates(lines: Sequence[SourceLine]) -> Iterator[tuple[int, str, bool]]:
    """Lines that look like cues: number, name, and whether there is no doubt."""
    for at, line in enumerate(lines):
        text = line.text.strip()
        if not text or (has_case(text[0]) and not _is_wide(text[1:2])) or text[0] in "@!.#=~>":
            continue
        if (found := _inline(text)) and (name := _name_of(found[0])):
            brief = _is_short(name) or _LETTERS.fullmatch(name) is not None
            yield line.number, name, brief and _is_closed(found[1], islice(lines, at + 1, at + _LONGEST_QUOTE))
        elif (name := _name_alone(text)) and (at == 0 or lines[at - 1].blank):
            below = next((one for one in islice(lines, at + 1, None) if not one.comment_only), None)
            if below is not None and not below.blank:
                yield line.number, name, below.text.strip()[0] in _SPEECH_BEGINS or _is_short(name)


def _is_closed(speech: str, below: Iterable[SourceLine]) -> bool:
    """Does a speech that opens a quotation close it, here or on a line of the same paragraph?"""
    if speech[0] not in _QUOTES or any(mark in speech for mark in QUOTES_END):
        return True
    paragraph = takewhile(lambda line: not line.blank, below)
    return any(line.text.rstrip().endswith(tuple(QUOTES_END)) for line in paragraph)


def _is_short(name: str) -> bool:
    if not all(map(_is_wide, name)) or len(name) > _SURE_NAME:
        return False
    return name[-1] not in _PARTICLES or name.endswith(_SUFFIXES)


def _is_long(name: str) -> bool:
    """True if a longer name is no sentence: 弥助の家内, 兵十のおっかあ, and not 男が一喝 or 彼女は叫ぶ."""
    if len(name) > _LONG_NAME or any(char in _WITHIN_SENTENCES for char in name):
        return False
    return name.endswith(_SUFFIXES) or name[-1] not in _VERB_ENDS


def _is_whole(text: str) -> bool:
    """True if a line is a name and one quotation that ends with it."""
    found = _QUOTED.fullmatch(text)
    return bool(found) and _EXTENDED.sub("", found[2]).rstrip("\u3002").endswith(tuple(QUOTES_END))


def _is_wide(char: str) -> bool:
    return bool(char) and unicodedata.east_asian_width(char) in "WF"


def _inline(text: str) -> tuple[str, str] | None:
    """Name and speech of `太郎「…」`, which ends with its quotation, or of a name and a colon."""
    if (quoted := _QUOTED.match(text)) and (_bare(quoted[1]) or _LETTERS.fullmatch(quoted[1])):
        inside = _EXTENDED.sub("", quoted[2]).rstrip("\u3002")
        ends = inside.endswith(tuple(QUOTES_END)) or not any(mark in inside for mark in QUOTES_END)
        return (quoted[1], quoted[2]) if ends else None
    if (match := _TOLD.match(text)) and _bare(match[1]) and not match[2].startswith("//"):
        return match[1], match[2]
    return None


def _name_alone(text: str) -> str:
    """The name that a line is, without what stands in parentheses behind it; else nothing."""
    return _bare(text) if len(text) <= 2 * _LONGEST_NAME else ""


def _name_of(text: str) -> str:
    return text if _LETTERS.fullmatch(text) else _bare(text)


def _bare(text: str) -> str:
    name = _EXTENDED.sub("", text.strip().rstrip(":\uff1a")).strip()
    fits = 0 < len(name) <= _LONGEST_NAME and len(name.split()) <= _LONGEST_WORDS and name not in NOT_SPEAKERS
    if not fits or (has_case(name) and not any(map(_is_wide, name))) or not any(char.isalpha() for char in name):
        return ""
    return name if all(unicodedata.category(char)[0] in "LMN" or char in _IN_NAMES for char in name) else ""
