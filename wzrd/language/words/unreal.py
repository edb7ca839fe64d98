"""Deeds that a sentence only speaks of: nearly done, meant, refused, dreamt of, or done by nobody. Pure.

The words are data (unreal.json).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from wzrd.language.words.lexicon import load

_DATA = load("unreal.json")
_CLAUSE_END = re.compile(_DATA["clause_end"], re.IGNORECASE)
_WORD = re.compile(r"[\w'\u2019-]+")
_NEXT, _LAST = re.compile(r"\W*(?:[^\W\d_]+ )?"), re.compile(r"\w* (?:[^\W\d_]+ ){0,2}")
"""Words that may stand between a verb and an adverb: before it one, behind it two."""


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of a language that leave a deed undone, and the form of the verbs that they govern."""

    any: re.Pattern[str]
    form: re.Pattern[str]


def undone(text: str, verbs: Sequence[tuple[int, int]], language: str) -> frozenset[int]:
    """Where the verbs begin of which nobody does what they say. `verbs`: where each stands, in the text's order."""
    words = _words(language)
    if not words or not verbs:
        return frozenset()
    if isinstance(words, re.Pattern):
        return frozenset(start for start, end in verbs if words.match(text, end))
    return frozenset(start for found in words.any.finditer(text) for start in _left(text, found, verbs, words))


def _left(text: str, found: re.Match[str], verbs: Sequence[tuple[int, int]], words: _Words) -> Iterator[int]:
    """The verbs that one word leaves undone."""
    clause = _CLAUSE_END.search(text, found.end())
    until = clause.start() if clause else len(text)
    behind = [(start, end) for start, end in verbs if found.end() <= start < until]
    if found.lastgroup == "governs":
        yield from (start for start, end in behind if _has_form(text, start, end, words.form))
    elif found.lastgroup == "nobody":
        yield from (start for start, _ in behind[:1])
    elif behind and _NEXT.fullmatch(text, found.end(), behind[0][0]):
        yield behind[0][0]
    elif not text[found.end() : until].strip():  # "Er f\u00e4llt fast."
        before = [(start, end) for start, end in verbs if end <= found.start()]
        yield from (start for start, end in before[-1:] if _LAST.fullmatch(text, end, found.start()))


def _has_form(text: str, start: int, end: int, form: re.Pattern[str]) -> bool:
    last = _WORD.match(text, end)
    return any(form.fullmatch(one.group()) for one in _WORD.finditer(text, start, last.end() if last else end))


@cache
def _words(language: str) -> _Words | re.Pattern[str] | None:
    """Words that a language says it with; a pattern where that stands behind the verb."""
    own: dict[str, str] = _DATA["words"].get(language, {})
    if "behind" in own:
        return re.compile(own["behind"])
    kinds = "|".join(rf"(?P<{kind}>{own[kind]})" for kind in ("governs", "nearly", "nobody") if kind in own)
    any_word = re.compile(rf"(?<!\w)(?:{kinds})(?!\w)", re.IGNORECASE)
    return _Words(any_word, re.compile(own["form"], re.IGNORECASE)) if own else None
