"""The word lists of English, read once from lexicon.json; what they do not know is quoted."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_VOWELS = frozenset("aeiou")


@cache
def load(name: str) -> dict[str, Any]:
    """The words in a file of this floor's data."""
    return json.loads(files("wzrd.language").joinpath("data", name).read_text(encoding="utf-8"))


def patterns(module: str) -> Mapping[str, re.Pattern[str]]:
    """The patterns of a module by what they find; beside each stands an example that it finds."""
    return {name: re.compile(pattern) for name, (pattern, _) in load("patterns.json")[module].items()}


def third_person(verb: str) -> str:
    """The third person singular of a base verb: cry → cries, reach → reaches, run → runs."""
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else verb + "s"


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """Facts about a kind of place: inside or outside, the preposition, and what a camera finds there."""

    noun: str
    io: str  # int | ext | empty: either
    prep: str
    details: tuple[str, ...]


_RAW = load("lexicon.json")


def _words(key: str) -> frozenset[str]:
    return frozenset(_RAW[key].split())


BASE_VERBS = frozenset(verb for verbs in _RAW["verbs"].values() for verb in verbs.split())
SINGULAR_VERBS = frozenset(map(third_person, BASE_VERBS))
NOUN_VERBS = _words("noun_verbs")
AUX = _words("aux")
PAST = _words("past")
DETERMINERS = _words("determiners")
ARTICLES = _words("articles")  # of several languages: LE ROI is not everybody who is called "le"
PRONOUNS = _words("pronouns")
PREPOSITIONS = _words("prepositions")
CONJUNCTIONS = _words("conjunctions")
MASS = _words("mass")
_NOUNS: Mapping[str, frozenset[str]] = {
    kind: frozenset(words.split()) for kind, words in load("english_nouns.json").items()
}
"""Nouns of Open English WordNet by their most frequent sense: what hands hold, and people by what they do or are."""
ROLES = frozenset(word for kind in ("roles", "men", "women") for word in _NOUNS[kind])
PEOPLE = _words("people")
ABSTRACT = _NOUNS["abstract"]
"""Nouns of which no sense is a thing: attention, daze, handful."""
IMPERSONAL = _NOUNS["impersonal"]
"""Nouns that are first of all neither a person nor an animal: darkness, tractor, flak."""
PERSONS = PEOPLE | ROLES
"""Nouns that mean a person, rare trades too."""
OBJECTS = _words("objects") | _NOUNS["things"]
LARGE = _words("large")  # things no insert is made of
CLOSE_WORDS = _words("close_words")
WEATHER_COUNT = _words("weather_count")
PLACE_WORDS = _words("place_words")
SCENE_LIGHT = _words("scene_light")
LIGHT_NOUNS = _words("light_nouns")
MOOD_NOUNS = _words("mood_nouns")
ADJECTIVE_ENDINGS = tuple(_RAW["adjective_endings"].split())
_ADVERB = re.compile(rf"\w*(?:{_RAW['adverb_stems']})ly")
NAMES_NOT = frozenset(word.casefold() for word in _RAW["names_not"].split())
TITLES = _words("titles")
ACRONYMS = _words("acronyms")  # words that stay in capitals where capitals are spelled otherwise
CAPITALS_NOT = _words("capitals_not")  # capitals on a page that are nobody: sounds, camera words
VOICES = _words("voices")  # a cue that ends in one is only heard
WEATHER: Mapping[str, frozenset[str]] = {key: frozenset(words.split()) for key, words in _RAW["weather"].items()}
WEATHER_DETAILS: Mapping[str, Mapping[str, list[str]]] = _RAW["weather_details"]
GENERIC_DETAILS: Mapping[str, list[str]] = _RAW["generic_details"]
MOODS: Mapping[str, frozenset[str]] = {key: frozenset(words.split()) for key, words in _RAW["moods"].items()}
PLACES: Mapping[str, PlaceWords] = {
    noun: PlaceWords(noun, facts["io"], facts["prep"], tuple(facts["details"]))
    for noun, facts in _RAW["places"].items()
}


def is_adverb(word: str) -> bool:
    """True if a folded English word is an adverb made of an adjective: silently, angrily, and no REILLY."""
    return word.endswith("ly") and _ADVERB.fullmatch(word) is not None
