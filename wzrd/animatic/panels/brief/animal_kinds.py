"""Kinds of animals as animals.json lists them: their words, in English and elsewhere, measures and colours."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

_RAW: Mapping[str, Any] = json.loads(files("wzrd.animatic.panels.brief").joinpath("animals.json").read_bytes())
_KINDS: Mapping[str, str] = {word: kind for kind, facts in _RAW.items() for word in facts["words"].split()}
ELSEWHERE: Mapping[str, str] = {word: kind for kind in _RAW for word in _RAW[kind].get("elsewhere", "").split()}
"""Kinds by their words of other languages than English."""
_YOUNG = frozenset({"puppy", "kitten", "calf", "lamb", "foal", "pony", "chick"})
ANIMALS = frozenset(_KINDS)
"""Every word that names an animal."""


def facts_of(name: str) -> Mapping[str, Any]:
    """The measures and colours of the kind of animal that a name tells; a dog's where it tells none."""
    return _RAW[next((_KINDS[word] for word in reversed(name.casefold().split()) if word in _KINDS), "dog")]


def kind_of(word: str) -> str:
    """The kind that a word for an animal means; the word itself where it means none."""
    return _KINDS.get(word, word)


def kind_elsewhere(word: str) -> str:
    """The kind that a word of another language than English means; '' where it means none."""
    return ELSEWHERE.get(word.casefold(), "")


def height_of(name: str) -> float:
    """Height of an animal's head, in metres."""
    facts = facts_of(name)
    return round(facts["size"] * facts.get("tall", 1.25) * young(name), 3)


def young(name: str) -> float:
    """Size of an animal as a factor of a grown one's."""
    return 0.6 if _YOUNG & set(name.casefold().split()) else 1.0


def flies(name: str) -> bool:
    """True if the animal is a bird or has wings."""
    return facts_of(name)["plan"] == "bird" and "comb" not in facts_of(name).get("marks", "")
