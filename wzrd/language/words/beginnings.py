"""Words of a text that begin as a table's words do, each with what the table says of it. Pure.

A language's forms are known by their beginnings: `acaric` is in acaricia and acariciando. Short ones are whole words.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")
WHOLE = 3
"""Letters up to which a beginning is a word of its own."""
_LETTERS = re.compile(r"[^\W\d_]+")
_MARK = re.compile(r"[^\w\s'\u2019-]")
"""Marks that no phrase goes on behind: "au fond, sur le mur"."""


class Begun(NamedTuple, Generic[Value]):
    """Where a word or a phrase stands, what the table says of it, and the folded word before it."""

    start: int
    end: int
    value: Value
    before: str


class Beginnings(Generic[Value]):
    """A table of beginnings and of phrases whose last word is one."""

    def __init__(self, table: Mapping[str, Value], ends: str, small: frozenset[str] = frozenset()) -> None:
        """`ends`: pattern of what may stand behind a beginning; `small`: words that belong to what comes next."""
        self._single: dict[str, Value] = {}
        phrases: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
        for words, value in table.items():
            folded = words.casefold()
            first, *rest = (folded,) if folded.isalpha() else _LETTERS.findall(folded)
            if rest:
                phrases.setdefault(first, []).append((tuple(rest), value))
            else:
                self._single.setdefault(first, value)
        self._phrases = {first: sorted(ends, key=lambda one: -sum(map(len, one[0]))) for first, ends in phrases.items()}
        self._starts = frozenset(word[:WHOLE] for word in self._single)
        self._ends, self._small = re.compile(ends), small

    def find(self, text: str) -> Iterator[Begun[Value]]:
        """Every word and phrase of the table, in the text's order; the longest where one begins as another."""
        if not self._single and not self._phrases:
            return
        words = [(found.group().casefold(), found) for found in _LETTERS.finditer(text)]
        at = 0
        while at < len(words):
            count, value = self._opened([word for word, _ in words[at : at + 6]])
            if count > 1 and _MARK.search(text, words[at][1].end(), words[at + count - 1][1].start()):
                count, value = self._opened([words[at][0]])
            if value is not None:
                last = at + count - 1
                while last > at and words[last][0] in self._small:
                    last -= 1  # "sort le" is done to what comes next
                before = words[at - 1][0] if at else ""
                yield Begun(words[at][1].start(), words[last][1].end(), value, before)
            at += count

    def _opened(self, words: list[str]) -> tuple[int, Value | None]:
        """Length in words of the longest phrase that begins here, and its value; (1, None) where none does."""
        word, *behind = words
        for phrase, value in self._phrases.get(word, ()):
            rest = behind[: len(phrase)]
            if len(rest) == len(phrase) and rest[:-1] == [*phrase[:-1]] and self._begins(rest[-1], phrase[-1]):
                return 1 + len(phrase), value
        for end in range(len(word), 0, -1) if word[:WHOLE] in self._starts else ():
            value = self._single.get(word[:end])
            if value is not None and self._begins(word, word[:end]):
                return 1, value
        return 1, None

    def _begins(self, word: str, beginning: str) -> bool:
        end = word[len(beginning) :] if word.startswith(beginning) else None
        return end == "" or (end is not None and len(beginning) > WHOLE and self._ends.fullmatch(end) is not None)
