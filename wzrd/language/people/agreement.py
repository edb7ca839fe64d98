"""Gender that a language's endings tell: surnames, adjectives and articles of an introduction. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.language.words.lexicon import load
from wzrd.language.words.person_words import LIKELY, NOUNS, Gender, is_person_noun

_PIECE = re.compile(r"\s*(?:[,;/.()\u2013\u2014]|\s-\s)\s*")
_MOST = 6  # pieces of an introduction
_SHORTEST_ROLE = 5  # letters of a German role that ends in -in: WACHTMEISTERIN BRANDT
_ENDS: Mapping[str, Any] = load("endings.json")
_ADJECTIVES: Mapping[str, Sequence[tuple[str, Gender]]] = _ENDS["adjectives"]
_SURNAMES: Mapping[str, Mapping[str, Gender]] = _ENDS["surnames"]
_NAME_ENDS: Mapping[str, Sequence[tuple[str, Gender]]] = _ENDS["names"]
_ARTICLES: Mapping[str, Mapping[str, Gender]] = _ENDS["articles"]
_LEADS: Mapping[str, Mapping[str, Gender]] = _ENDS["leads"]
_MALE_NOUN = re.compile(r"\w+(?:er|mann|ling|or|ist|ent|ant|eur)\Z")
"""German nouns for men: ein H\u00e4ndler."""
_NOUNS_IN_A = frozenset({"poeta", "s\u0119dzia", "kolega", "starosta", "policja", "guardia", "polic\u00eda", "recluta"})


def surname_gender(key: str, language: str) -> Gender:
    """Gender of a surname that has two forms: `kowalski` is a man, `kowalska` a woman, in Polish and Russian."""
    found: list[Gender] = [gender for end, gender in _SURNAMES.get(language, {}).items() if key.endswith(end)]
    return found[0] if found else ""


def likely_gender(key: str, language: str) -> Gender:
    """Gender that the ending of a first name makes likely, in a language where it tells one; '' elsewhere."""
    words = key.split()
    if not words or not words[0].isalpha() or language not in _NAME_ENDS:
        return ""
    for end, gender in _NAME_ENDS[language]:
        if words[0].endswith(end):
            return gender
    return ""


def article_gender(ahead: str, language: str) -> Gender:
    """Gender that the article before a role tells: `eine K\u00f6chin`, `un notaire`; '' where none stands there."""
    words = ahead.casefold().split()[-1:]
    leads = _LEADS.get(language, {})
    word = words[0].strip("(\"'") if words else ""
    is_female = (
        language == "de" and word.endswith("in") and len(word) > _SHORTEST_ROLE and ahead.rstrip()[-2:].isupper()
    )
    return "woman" if is_female else leads.get(word, "")


def nominal_gender(word: str, before: str, language: str) -> Gender:
    """Gender of whom an adjective stands for: `la petite`, `der Alte`, `ma\u0142a`."""
    if language not in {"pl", "ru"} and (gender := _LEADS.get(language, {}).get(before, "")):
        return gender
    french: tuple[tuple[str, Gender], ...] = (("e", "woman"), ("", "man"))
    ends: Sequence[tuple[str, Gender]] = french if language == "fr" else _ADJECTIVES.get(language, ())
    found: list[Gender] = [gender for end, gender in ends if word.endswith(end)]
    return found[0] if found else ""


def introduced_gender(behind: str, language: str) -> Gender:
    """Gender that the words behind a name agree with: `, siwy` a man, ` (rubia, 19)` a woman; '' where none does.

    An adjective counts alone between its commas; an article at the head of its part.
    """
    if behind.lstrip()[:1] not in {",", "("} or language == "en":
        return ""
    for piece in _PIECE.split(behind.casefold().strip(" ,("))[:_MOST]:
        words = piece.split()
        if words and (gender := _ARTICLES.get(language, {}).get(words[0])) and _is_somebody(words[1:], language):
            return gender
        if language == "de" and words[:1] == ["ein"] and len(words) > 1 and _MALE_NOUN.match(words[-1]):
            return "man"
        alone = len(words) == 1 and words[0].isalpha() and words[0] not in _NOUNS_IN_A | NOUNS.keys() | LIKELY.keys()
        if alone and (gender := _adjective_gender(words[0], language)):
            return gender
    return ""


def _is_somebody(words: Sequence[str], language: str) -> bool:
    """True if a phrase behind an article is of a person: "une brune", and not "un crayon derri\u00e8re l'oreille"."""
    if any(is_person_noun(word, language) for word in words[:2]):
        return True
    return len(words) == 1 and _adjective_gender(words[0], language) != ""


def _adjective_gender(word: str, language: str) -> Gender:
    for end, gender in _ADJECTIVES.get(language, ()):
        if word.endswith(end):
            return gender
    return ""
