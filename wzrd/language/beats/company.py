"""Several of the people at hand whom one noun means: the children, die Eltern, la famille, los demás. Pure.

The words are data (antecedents.json); who is a child or a parent, the register says.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from wzrd.language.beats.people_at_hand import MOST_TOGETHER
from wzrd.language.people.profiles import Profile
from wzrd.language.words.role_words import DATA

_YOUNG = frozenset({"child", "teen"})
SIBLINGS: Mapping[str, str] = {"twins": "", "brothers": "man", "sisters": "woman"}
"""Nouns for two of one family, and their sex."""
PAIR = 2


@cache
def _pattern(language: str) -> re.Pattern[str]:
    words: Mapping[str, str] = DATA["company"].get(language, {})
    kinds = "|".join(f"(?P<{kind}>{listed})" for kind, listed in words.items()) or "(?!)"
    return re.compile(rf"(?<!\w)(?:{kinds})(?!\w)", re.IGNORECASE)


def companies_in(sentence: str, language: str) -> Iterator[tuple[str, int, int]]:
    """Every noun for several at hand in a sentence: its kind (children, couple, twins ...), and where."""
    for found in _pattern(language).finditer(sentence):
        yield found.lastgroup or "", *found.span()


def members_of(
    kind: str, around: Sequence[str], acting: Sequence[str], profile: Callable[[str], Profile]
) -> Sequence[str]:
    """Whom such a noun means, of those `around`, the last named first; nobody where fewer than two fit.

    `acting`: who acts besides them, for "the others".
    """
    facts = {one: profile(one.casefold()) for one in around}
    grown = [one for one in around if facts[one].age not in _YOUNG]
    if kind == "children":
        found = [one for one in around if facts[one].age in _YOUNG]
    elif kind in SIBLINGS:
        alike = [one for one in around if not SIBLINGS[kind] or facts[one].gender == SIBLINGS[kind]]
        young = [one for one in alike if facts[one].age in _YOUNG]
        found = young if len(young) == PAIR or kind == "twins" else alike
        return found if len(found) == PAIR else []
    elif kind in {"parents", "couple"}:
        pair = (next((one for one in grown if facts[one].gender == sex), "") for sex in ("man", "woman"))
        found = [one for one in pair if one]
    else:
        found = [one for one in around if kind != "others" or one not in acting]
    return found[:MOST_TOGETHER] if len(found) > 1 else []
