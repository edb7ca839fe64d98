"""Comparisons of a sentence: what something is only like is not there. Pure."""

import re
from collections.abc import Mapping
from functools import cache

from wzrd.language.words.lexicon import load

_RAW = load("comparisons.json")
_LIKE: Mapping[str, str] = _RAW["like"]
"""Words that lead a comparison in one language."""
_SIMILE: str = _RAW["simile"]
"""Words by which something is only compared, in any language."""


@cache
def _like(language: str) -> re.Pattern[str]:
    """Pattern of what something is compared with in this language: it is not there."""
    own = rf"|\b(?:{_LIKE[language]})[^.,;:!?\u2014]*" if language in _LIKE else ""
    return re.compile(_SIMILE + own, re.IGNORECASE)


def without_compared(language: str, text: str) -> str:
    """The text with blanks in the place of what is only compared; the word that compares stays: "white as"."""
    return _like(language).sub(lambda found: found.group().split(" ")[0].ljust(len(found.group())), text)
