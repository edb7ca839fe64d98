"""Verbs of a text, and their forms in languages other than English: reflexives, states, nouns that look alike. Pure.

The words are data (acts.json).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from wzrd.contracts.acts import Act
from wzrd.language.words.lexicon import load

_DATA = load("acts.json")
_OPENERS = frozenset('.!?:\u2026\u00bb\u201e"\u2013\u2014([\u00ab\u201c\u201d\u00bf\u00a1*/-') | {""}
_INFINITIVE = re.compile(r"\w+(?:[aei]r|re)\b")
_ARTICLE_AHEAD = re.compile(r" (?:l['\u2019]|(?:l[aeo]s?|gli|os?|as?) )\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ActWord:
    """A verb of a text: where it stands, and the kind of act that it tells."""

    start: int
    end: int
    act: Act


def is_capital(text: str, at: int) -> bool:
    """True if a word of a sentence begins with a capital, as nouns and names do: "M\u00e1ximo Estrella"."""
    written = text[at : at + 2]
    return written[:1].isupper() and not written.isupper() and text[:at].rstrip()[-1:] not in _OPENERS


def is_infinitive(text: str, at: int) -> bool:
    """True if a word of a Romance language ends as infinitives do."""
    return _INFINITIVE.match(text, at) is not None


def is_object(text: str, at: int, ends: Collection[int]) -> bool:
    """True if an article and a verb stand before a word: "montrant la porte", and not "va la prendre".

    `ends`: where the verbs of the text end.
    """
    article = _ARTICLE_AHEAD.search(text[max(0, at - 6) : at])
    return article is not None and at - len(article.group()) in ends and not is_infinitive(text, at)


def is_reflexive(text: str, start: int, end: int, language: str) -> bool:
    """True if whoever does what a verb tells does it to themselves: "elle se frappe"."""
    before, behind = _reflexive(language)
    return bool(before.search(text[max(0, start - 10) : start]) or behind.match(text, end))


def is_state(text: str, start: int, end: int, language: str) -> bool:
    """True if a participle behind no auxiliary tells how something is: "un billete arrugado"."""
    ends, auxiliaries = _participles(language)
    return ends.fullmatch(text, start, end) is not None and auxiliaries.search(text[max(0, start - 40) : start]) is None


@cache
def _reflexive(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words before and behind a verb that say that it is done to oneself."""
    before, behind = (_DATA["reflexive"][place].get(language, "(?!)") for place in ("before", "behind"))
    return re.compile(rf"(?<!\w)(?:{before})\Z", re.IGNORECASE), re.compile(behind)


@cache
def _participles(language: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A language's participles, and the words before one that make it a deed: "ha roto", "est frapp\u00e9"."""
    ends, auxiliaries = _DATA["participles"].get(language, ["(?!)", "(?!)"])
    ahead = re.compile(rf"(?<!\w)(?:{auxiliaries})(?: [\w'\u2019-]+)?\s\Z", re.IGNORECASE)
    return re.compile(ends, re.IGNORECASE), ahead
