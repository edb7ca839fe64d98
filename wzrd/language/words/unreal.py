"""Deeds that are none of this moment: meant, refused, nearly done, of the past, or of an idea. Pure.

The words are data (unreal.json).
"""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from wzrd.language.words.lexicon import load

_Item = TypeVar("_Item")
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
    marks = deque(words.any.finditer(text))
    ends = [*_CLAUSE_END.finditer(text), None] if marks else []
    pending, gone, since = deque(verbs), set[int](), 0
    for mark in ends:  # a clause after the other: each word and each verb is looked at in its own
        until = mark.start() if mark else len(text)
        found = _taken(marks, until, lambda one: one.start())
        here = _taken(pending, until, lambda one: one[0])
        if found and here:
            gone.update(_left(_Clause(text, since, until, here), found, words.form))
        since = mark.end() if mark else until
    return frozenset(gone)


def _taken(queue: deque[_Item], until: int, place: Callable[[_Item], int]) -> list[_Item]:
    """Those at the queue's head that stand before a place, taken from it."""
    taken = list[_Item]()
    while queue and place(queue[0]) < until:
        taken.append(queue.popleft())
    return taken


@dataclass(frozen=True, slots=True)
class _Clause:
    """Where a clause of a text stands, and its verbs."""

    text: str
    since: int
    until: int
    verbs: Sequence[tuple[int, int]]

    def next_behind(self, at: int) -> tuple[int, int] | None:
        """The first verb behind a place."""
        index = bisect_left(self.verbs, (at, 0))
        return self.verbs[index] if index < len(self.verbs) else None


def _left(clause: _Clause, found: Sequence[re.Match[str]], form: re.Pattern[str]) -> Iterator[int]:
    """The verbs of a clause that its words make none."""
    text, governed = clause.text, False
    for word in found:
        following = clause.next_behind(word.end())
        match word.lastgroup:
            case "governs" if not governed:  # the first one governs all
                governed = True
                yield from (start for start, end in _governed(clause, word) if _has(text, start, end, form))
            case "past":
                yield from (start for start, _ in clause.verbs)
                return
            case "nobody" if following:
                yield following[0]
            case "before" if following and _RIGHT_BEHIND.fullmatch(text, word.end(), following[0]):
                yield following[0]
            case "abstract" if following and _RIGHT_BEHIND.fullmatch(text, word.end(), following[0]):
                is_state = _STATE.match(text, following[0])  # "eyes closed"
                if not is_state and _LED.fullmatch(text, clause.since, word.start()):
                    yield following[0]
            case "nearly" if following and _NEXT.fullmatch(text, word.end(), following[0]):
                yield following[0]
            case "nearly" if not text[word.end() : clause.until].strip():  # "Er f\u00e4llt fast."
                index = bisect_left(clause.verbs, (word.start(), 0))
                before = clause.verbs[max(0, index - 1) : index]
                yield from (start for start, end in before if _LAST.fullmatch(text, end, word.start()))
            case _:
                pass


def _governed(clause: _Clause, word: re.Match[str]) -> Sequence[tuple[int, int]]:
    """The verbs that a word may govern: those behind it, else the last before it: "weil er sie schlagen will"."""
    if clause.text[word.end() : clause.until].strip():
        return [verb for verb in clause.verbs if verb[0] >= word.end()]
    index = bisect_left(clause.verbs, (word.start(), 0))
    return clause.verbs[max(0, index - 1) : index]


def _has(text: str, start: int, end: int, form: re.Pattern[str]) -> bool:
    """True if a word of a verb is of this form."""
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
