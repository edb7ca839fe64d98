"""Sentences of a scene's text: cleaning, splitting, and telling a clause with a verb from a fragment.

The test is shy on purpose: a clause is only bent into another sentence when its verb is certain; else it is quoted.
"""

import re

from wzrd.language.words import lexicon

MAX_TEXT, MAX_SENTENCE = 60_000, 230
_HEADLINE, _REACH = 4, 200  # words of a headline; letters around a name that are looked at
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_END = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*(?=\s|$)|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]?")
_BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*\u2022]|\d+[.)])\s)")
_RE = lexicon.patterns("sentences")
_ELLIPSIS = re.compile(r"^(?:\.{2,}|\u2026)\s*")  # the sentence before went on
_LEAD = re.compile(r"^(?:and|but|then|so|suddenly|now)\b,?\s+(?=\w)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:['\u2019\-][^\W_]+)*|[^\w\s]")
_SOFT = re.compile(r"(?:; | \u2014 | -- |, (?=(?:and|but|while|as|then|until|where|who)\b)|[\uff0c\u3001\uff1b])")
_RELATIVE = frozenset({"who", "that", "which", "where", "whose", "when", "if", "because", "what", "how", "why"})


def is_headline(text: str, at: int = 0) -> bool:
    """True if the sentence of these letters is in capitals, and words to be read: "MARIGOLD LOST WITH ALL HANDS."."""
    low, high = max(0, at - _REACH), min(len(text), at + _REACH)
    first = max(low - 1, *(text.rfind(stop, low, at) for stop in ".!?:\n")) + 1
    last = min((end for stop in ".!?\n" if (end := text.find(stop, at, high)) >= 0), default=high)
    return text[first:last].isupper() and len(text[first:last].split()) >= _HEADLINE


def clean(text: str, limit: int = MAX_TEXT) -> str:
    """Text without NUL, control and direction marks, blanks collapsed within lines, at most `limit` characters."""
    text = _UNSEEN.sub("", text[: limit * 2].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))[:limit].strip()


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """A text as `clean` makes it, on one line."""
    return " ".join(clean(text, limit).split())


def split_sentences(text: str) -> list[str]:
    """Sentences in order, without their last period, without camera directions; long ones cut where it is safe."""
    sentences: list[str] = []
    for paragraph in _BREAK.split(clean(text)):
        for piece in _pieces(" ".join(paragraph.split())):
            sentence = _tidy(piece)
            if any(char.isalnum() or ord(char) > 0x2000 for char in sentence):
                sentences.append(shorten(sentence, MAX_SENTENCE))
    worded = [sentence for sentence in sentences if any(char.isalnum() for char in sentence)]
    return worded or sentences


def _pieces(paragraph: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    for end in _END.finditer(paragraph):
        before = re.search(r"[\w.]+$", paragraph[start : end.start()][-12:])
        word = before.group().casefold() if before else ""
        is_short = end.group() == "." and (
            word in lexicon.TITLES or (len(word) == 1 and word.isalpha() and word != "i")
        )
        if not is_short:
            pieces.append(paragraph[start : end.end()])
            start = end.end()
    return [*pieces, paragraph[start:]]


def _tidy(piece: str) -> str:
    sentence = re.sub(r"^(?:[-*\u2022]|\d{1,3}[.)])\s+", "", piece.strip())
    sentence = re.sub(r"\s*\([^()]{0,60}\)", "", sentence)
    for pattern in (_RE["camera"], _LEAD):
        sentence = pattern.sub("", sentence, count=1)
    sentence = _RE["twice"].sub(r"\1", re.sub(r"\s*--\s*", " \u2014 ", sentence))
    sentence = _ELLIPSIS.sub("", sentence).strip(" \t-\u2013\u2014:;,\u2022*_#")
    if sentence.count('"') % 2 or sentence.count("\u201c") != sentence.count("\u201d"):
        sentence = re.sub('["\u201c\u201d]', "", sentence)
    return sentence.rstrip(".\u3002\u2026 ")


def shorten(text: str, limit: int) -> str:
    """`text` within `limit` characters, cut at a soft boundary, else after a word with an ellipsis."""
    if len(text) <= limit:
        return text
    soft = [found.start() for found in _SOFT.finditer(text[:limit]) if found.start() > limit // 3]
    if soft:
        return text[: soft[-1]].rstrip(" ,;\u2014")
    head = text[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[limit // 3 :] else head).rstrip(" ,;:\u2014-") + "\u2026"


def tokens_of(sentence: str) -> tuple[str, ...]:
    """Words (with inner apostrophes and hyphens) and punctuation marks."""
    return tuple(_TOKEN.findall(sentence.replace("\u2019", "'")))


def has_main_verb(sentence: str) -> bool:
    """True if a main verb is certain."""
    tokens = tokens_of(sentence)
    folded = [token.casefold() for token in tokens]
    for at in range(1, min(len(tokens), 12)):
        word = folded[at]
        if word in _RELATIVE or (at == 1 and folded[0] in lexicon.PREPOSITIONS | lexicon.CONJUNCTIONS):
            break
        if not tokens[at][0].isalpha():
            if word in {",", "\u2014", ":", ";"} and at > 1:
                break
            continue
        if tokens[at].islower() and _is_main_verb(folded, at):
            return True
    return False


def _is_main_verb(folded: list[str], at: int) -> bool:
    """True if the word at `at` is certainly the main verb, or its auxiliary."""
    word, before = folded[at], folded[at - 1]
    if before in lexicon.DETERMINERS - lexicon.PRONOUNS - {"this", "that", "one", "some", "all", "both"}:
        return False
    if before.endswith("'s") or before in lexicon.PREPOSITIONS or not before[0].isalnum():
        return False
    follows_subject = before in lexicon.PRONOUNS
    if word in lexicon.AUX:
        return True
    if word in lexicon.SINGULAR_VERBS:
        sure = word not in lexicon.NOUN_VERBS or follows_subject or _is_lone_noun(folded, at)
        return sure and not _is_plural(folded, at)
    if word in lexicon.BASE_VERBS and _is_plural(folded, at):
        return True
    past = word in lexicon.PAST or (word.endswith("ed") and len(word) > 4)
    return past and follows_subject


def _is_lone_noun(folded: list[str], at: int) -> bool:
    """`The lamp flashes`, `Rain beats`: a known noun alone before the word, so that the word is the verb."""
    known = folded[at - 1] in lexicon.OBJECTS | lexicon.LARGE | lexicon.MASS | lexicon.PEOPLE
    return known and (at == 1 or (at == 2 and folded[0] in lexicon.DETERMINERS))


def _is_plural(folded: list[str], at: int) -> bool:
    before = folded[at - 1]
    if before in {"they", "we"} or (at >= 3 and "and" in folded[1 : at - 1]):
        return True
    looks = len(before) > 3 and before.endswith("s") and not before.endswith(("ss", "us", "'s", "is"))
    return looks and before not in lexicon.MASS and (before not in lexicon.SINGULAR_VERBS or at <= 3)


def sentence_case(text: str) -> str:
    """The first letter raised, the rest as it is; "85mm" stays."""
    for at, char in enumerate(text):
        if char.isalnum():
            return text[:at] + char.upper() + text[at + 1 :] if len(char.upper()) == 1 else text
    return text
