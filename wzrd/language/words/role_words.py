"""Words around nouns for people: articles, several, the same trade by another word. Pure; the words are data."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from wzrd.language.words import lexicon, person_words

DATA: Mapping[str, Any] = lexicon.load("antecedents.json")
_ENDS: Mapping[str, Any] = lexicon.load("endings.json")
NO_ARTICLES = frozenset({"pl", "ru", "sv", "ja", "zh"})
"""Languages whose nouns need none before them."""
_BARE_PLURALS = frozenset({"de", "nl", "sv", "pl", "ru"})
"""Languages in which several may act without a word before their noun: "Uczniowie klaszcz\u0105"."""
DROPPED = frozenset({"es", "it", "pt", "pl", "ru", "ja", "zh"})
"""Languages whose sentences need no subject."""
DROPS: Mapping[str, str] = DATA["dropped"]
"""Patterns of their sentences' beginnings where a verb that no list has leads."""
TELLING = person_words.ADJECTIVES.keys() | frozenset({"first", "second", "other", "tall", "short"})
"""Words before a noun that tell which of several."""
DEFINITE = person_words.POSSESSIVES | frozenset(str(DATA["definite"]).split())
_HERE: Mapping[str, str] = DATA["definite_here"]
_DEFINITE_HERE = {language: frozenset(words.split()) for language, words in _HERE.items()}
"""Articles of one language that mean something else in others."""
_SWEDISH = frozenset({"en", "ett"})
_LED = person_words.DETERMINERS | lexicon.ARTICLES | TELLING
_LEADS_GROUP = _LED | person_words.NUMBERS.keys()
THE_TWO = frozenset(str(DATA["the_two"]).split())
CHILDREN = frozenset(str(DATA["children"]).split())
PARENTS = frozenset(str(DATA["parents"]).split())
SPOUSES = frozenset(str(DATA["spouses"]).split())
GROUPS = frozenset(str(DATA["groups"]).split())
_ANIMALS: Mapping[str, str] = DATA["animals"]
ANIMALS = frozenset(" ".join(_ANIMALS.values()).split())
"""Animals of all languages, which look and listen too."""
BEASTS = frozenset(str(DATA["beasts"]).split())
"""Nouns for any animal, which mean the one that a scene has shown: "a parrot ... the bird"."""
TOYS = frozenset(str(DATA["toys"]).split())
"""Words before an animal that is made of something: a teddy bear, and a hot dog."""
EVERYBODY = frozenset(" ".join([*DATA["everybody"].values(), DATA["both"]]).split())
"""Words for all of several, which name nobody: alle, b\u00e5da."""
ANYBODY = frozenset(str(DATA["anybody"]).split())
"""Nouns that many people of a film may bear, so none is called by them alone."""
SERVING = frozenset(str(DATA["serving"]).split())
"""Trades that belong to a place: "the waiter" is there without having been brought in, and is nobody else."""
WEDDED = frozenset(str(DATA["wedded"]).split())
"""The bride and the groom."""
SMALL = frozenset(str(DATA["small"]).split())
"""Adjectives that stand for a child where they stand alone: le petit, la peque\u00f1a."""
STRANGERS = frozenset(str(DATA["strangers"]).split())
"""Nouns for whoever has no name yet."""


def is_definite(before: str, language: str) -> bool:
    """True if a noun behind this word means somebody who is known already."""
    known = not before or before in DEFINITE or before in TELLING or before.endswith("'s")
    if before in {"a", "o"} and language not in {"pt", "it"}:
        return False  # "the" of Portuguese
    return known or before in _DEFINITE_HERE.get(language, ()) or (language in NO_ARTICLES and before not in _SWEDISH)


def is_led(before: str, language: str) -> bool:
    """True if an article, a possessive or an adjective stands before a noun."""
    return before in _LED or before in DEFINITE or before.endswith("'s") or before in _DEFINITE_HERE.get(language, ())


def leads_group(before: str, language: str) -> bool:
    """True if a noun for several people may stand behind this word."""
    leads = DATA["several"].get(language)
    if leads is None or (not before and language in _BARE_PLURALS):
        return not before or before in _LEADS_GROUP
    return before in leads.split()


def is_governing(words: Sequence[str], language: str) -> bool:
    """True if one of these words governs the noun behind it."""
    return bool(set(words) & {*DATA["governing"].get(language, "").split()})


@cache
def animals_in(language: str) -> AbstractSet[str]:
    """Animals of a language: an English cane is no dog."""
    return frozenset(_ANIMALS["en" if language == "en" else "others"].split())


@cache
def pronouns_in(language: str) -> AbstractSet[str]:
    """Pronouns that may be a sentence's subject: Ella of Spanish is no name."""
    words: Mapping[str, str] = DATA.get(language, {}).get("subject", {})
    return frozenset(word for listed in words.values() for word in listed.split())


@cache
def indefinite(language: str) -> AbstractSet[str]:
    """Articles that bring somebody in."""
    return frozenset(str(DATA["indefinite"].get(language, "")).split())


@cache
def demonstratives(language: str) -> Mapping[str, str]:
    """Word that means somebody else than the last subject, alone before a verb \u2192 gender, '' for either."""
    words: Mapping[str, str] = DATA["demonstratives"].get(language, {})
    return {word: gender for gender, listed in words.items() for word in listed.split()}


@cache
def connectives(language: str) -> AbstractSet[str]:
    """Words that join a sentence to the one before: then, puis, dann."""
    return frozenset(str(DATA["connectives"].get(language, "")).split())


@cache
def nominal(language: str) -> AbstractSet[str]:
    """Adjectives that stand for somebody alone: der Alte, la petite, ma\u0142a."""
    return frozenset(str(DATA["nominal"].get(language, "")).split())


def nominal_gender(word: str, before: str, language: str) -> person_words.Gender:
    """Gender of whom an adjective stands for: `la petite`, `der Alte`, `ma\u0142a`."""
    if language not in {"pl", "ru"} and (gender := _ENDS["leads"].get(language, {}).get(before, "")):
        return gender
    french: tuple[tuple[str, person_words.Gender], ...] = (("e", "woman"), ("", "man"))
    ends: Sequence[tuple[str, person_words.Gender]] = (
        french if language == "fr" else _ENDS["adjectives"].get(language, ())
    )
    found: list[person_words.Gender] = [gender for end, gender in ends if word.endswith(end)]
    return found[0] if found else ""


@cache
def articles_of(language: str) -> AbstractSet[str]:
    """Articles that lead a noun which acts."""
    return frozenset(str(DATA["articles"].get(language, "")).split())


@cache
def titled() -> Mapping[str, AbstractSet[str]]:
    """Title before a name \u2192 the nouns by which a text may call who bears it: Father Brown is the priest."""
    return {title: frozenset(str(nouns).split()) for title, nouns in DATA["titled"].items()}


@cache
def alike() -> Mapping[str, AbstractSet[str]]:
    """Noun for a trade → the nouns by which a text may call the same person."""
    families = [frozenset(str(words).split()) for words in DATA["alike"]]
    found: dict[str, frozenset[str]] = {}
    for family in families:
        for word in family:
            found[word] = found.get(word, frozenset()) | family
    return found
