"""Deeds that are none of this moment: meant, refused, nearly done, of the past, or of an idea. Pure.

The words are data (unreal.json).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from wzrd.language.words.lexicon import load

_DATA = load("unreal.json")
_CLAUSE_END = re.compile(_DATA["clause_end"], re.IGNORECASE)
_LED = re.compile(_DATA["led"], re.IGNORECASE)
"""Words that may stand before the subject of a clause."""
_KINDS = ("governs", "nobody", "past", "before", "abstract", "nearly")
_WORD = re.compile(r"[\w'\u2019-]+")
_NEXT = re.compile(r"\W*(?:(?!(?:and|und|et|y|e|i|en|och|\u0438)\b)[^\W\d_]+ )?", re.IGNORECASE)
_RIGHT_BEHIND = re.compile(r" (?:\w+ly |se |si |sich )?")
_STATE = re.compile(r"\w+(?:ed|en)\b")
_LAST = re.compile(r"\w* (?:[^\W\d_]+ ){0,2}")
"""Words that may stand between a verb and an adverb behind it."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of a language that make a deed none, and the form of the verbs that some of them govern."""

    any: re.Pattern[str]
    form: re.Pattern[str]


def undone(text: str, verbs: Sequence[tuple[int, int]], language: str) -> frozenset[int]:
    """Where the verbs begin of which nobody does now what they say. `verbs`: where each stands, in the text's order."""
    words = _words(language)
    if not words or not verbs:
        return frozenset()
    if isinstance(words, re.Pattern):
        return frozenset(start for start, end in verbs if words.match(text, end))
    return frozenset(start for found in words.any.finditer(text) for start in _left(text, found, verbs, words))


def _left(text: str, found: re.Match[str], verbs: Sequence[tuple[int, int]], words: _Words) -> Iterator[int]:
    """The verbs that one word makes none."""
    clause = _CLAUSE_END.search(text, found.end())
    until = clause.start() if clause else len(text)
    behind = [(start, end) for start, end in verbs if found.end() <= start < until]
    match found.lastgroup:
        case "governs":
            yield from (start for start, end in behind if _has_form(text, start, end, words.form))
        case "nobody":
            yield from (start for start, _ in behind[:1])
        case "past":
            since = _begin(text, found.start())
            yield from (start for start, _ in verbs if since <= start < until)
        case "before" | "abstract":
            led = found.lastgroup == "before" or _LED.fullmatch(text, _begin(text, found.start()), found.start())
            near = [one for one in behind[:1] if led and _RIGHT_BEHIND.fullmatch(text, found.end(), one[0])]
            is_state = found.lastgroup == "abstract" and near and _STATE.match(text, near[0][0])  # "eyes closed"
            yield from (start for start, _ in near if not is_state)
        case _ if behind and _NEXT.fullmatch(text, found.end(), behind[0][0]):
            yield behind[0][0]
        case _ if not text[found.end() : until].strip():  # "Er f\u00e4llt fast."
            before = [(start, end) for start, end in verbs if end <= found.start()]
            yield from (start for start, end in before[-1:] if _LAST.fullmatch(text, end, found.start()))
        case _:
            pass


def _begin(text: str, at: int) -> int:
    """Where the clause begins that a place is in."""
    return max((one.end() for one in _CLAUSE_END.finditer(text, 0, at)), default=0)


def _has_form(text: str, start: int, end: int, form: re.Pattern[str]) -> bool:
    last = _WORD.match(text, end)
    return any(form.fullmatch(one.group()) for one in _WORD.finditer(text, start, last.end() if last else end))


@cache
def _words(language: str) -> _Words | re.Pattern[str] | None:
    """Words that a language says it with; a pattern where that stands behind the verb."""
    own: dict[str, str] = _DATA["words"].get(language, {})
    if "behind" in own:
        return re.compile(own["behind"])
    kinds = "|".join(rf"(?P<{kind}>{own[kind]})" for kind in _KINDS if kind in own)
    any_word = re.compile(rf"(?<!\w)(?:{kinds})(?!\w)", re.IGNORECASE)
    return _Words(any_word, re.compile(own["form"], re.IGNORECASE)) if own else None
