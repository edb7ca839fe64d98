"""Patterns of phrases that are tried only where a word begins with a letter that they may begin with. Pure."""

import re
from collections.abc import Iterator, Mapping

_PIECE = re.compile(r"\\.|\[(?:\\.|[^\]])+\]|.", re.DOTALL)
"""A piece of a pattern: an escape, a class of letters, a letter or a mark."""
_GROUP = re.compile(r"\(\?(?:<?[!=]|:)")


class PhrasePatterns:
    """Patterns by name, parted by their first letters: of hundreds of phrases a few are tried at a word."""

    def __init__(self, table: Mapping[str, str], *, spaced: bool = True) -> None:
        """`table`: the pattern of each name, whose every phrase begins with a letter; the first that matches counts.

        `spaced`: a phrase begins where a word does; else anywhere.
        """
        letters: dict[str, dict[str, list[str]]] = {}
        for name, words in table.items():
            for phrase in _alternatives(words):
                for letter in _first_letters(phrase):
                    letters.setdefault(letter, {}).setdefault(name, []).append(phrase)
        self._starts = re.compile(r"(?<!\w)\w" if spaced else r"\w")
        self._patterns = {
            letter: re.compile(
                "|".join(f"(?P<{name}>{'|'.join(words)})" for name, words in found.items()), re.IGNORECASE
            )
            for letter, found in letters.items()
        }

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Every phrase, in the text's order; its `lastgroup` is the name."""
        end = 0
        for first in self._starts.finditer(text):
            pattern = self._patterns.get(first.group().casefold()) if first.start() >= end else None
            if pattern and (found := pattern.match(text, first.start())):
                yield found
                end = found.end()


def _alternatives(pattern: str) -> list[str]:
    """The parts of a pattern between its outermost bars."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(pattern):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _first_letters(pattern: str) -> set[str]:
    """The letters, in small, that a phrase of this pattern may begin with; none for nothing."""
    first, rest = _opening(pattern)
    opened = _GROUP.match(first)
    if opened and opened.group() != "(?:":
        return _first_letters(rest)  # it looks around, and takes no letter
    if first.startswith("("):
        inner = _alternatives(first[opened.end() if opened else 1 : -1])
        letters = set[str]().union(*map(_first_letters, inner))
        may_be_missing = rest.startswith("?") or "" in inner
    else:
        letters, may_be_missing = set(first.strip("[]").casefold()), rest.startswith(("?", "*"))
    if not all(map(str.isalpha, letters)):
        raise ValueError(f"a phrase begins with no letter: {pattern}")
    return letters | _first_letters(rest.lstrip("?*+")) if may_be_missing else letters


def _opening(pattern: str) -> tuple[str, str]:
    """The first piece of a pattern or the group that it opens, and the rest."""
    depth = 0
    for piece in _PIECE.finditer(pattern):
        depth += (piece.group() == "(") - (piece.group() == ")")
        if not depth:
            return pattern[: piece.end()], pattern[piece.end() :]
    return pattern, ""
