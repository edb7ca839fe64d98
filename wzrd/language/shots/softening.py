"""Milder words for those that vendors' filters are known to refuse, by a table of English words. Pure.

What is meant stays readable: a gun is a dark metal object. Nothing but these words changes, and softened words
are not softened again.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import orjson


def soften_words(text: str) -> tuple[str, tuple[str, ...]]:
    """The text in milder words, and the changes in their order, each once: `gun → dark metal object`."""
    changes: dict[str, None] = {}

    def instead(found: re.Match[str]) -> str:
        word = found[0]
        mild = _table()[" ".join(word.casefold().split())]
        changes[f"{word.casefold()} → {mild}"] = None
        return mild.capitalize() if word[:1].isupper() else mild

    return _pattern().sub(instead, text), tuple(changes)


def harsh_words(text: str) -> tuple[str, ...]:
    """The words of a text that would be softened, in their order, each once."""
    return tuple(dict.fromkeys(" ".join(word.casefold().split()) for word in _pattern().findall(text)))


@cache
def _table() -> Mapping[str, str]:
    return orjson.loads(files("wzrd.language").joinpath("data/soft_words.json").read_bytes())


@cache
def _pattern() -> re.Pattern[str]:
    phrases = sorted(_table(), key=len, reverse=True)
    words = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)
