"""What a script says that people wear, and from which scene on: "Tom, barefoot, in blue shorts"."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any

from wzrd.domain.names import voice_key
from wzrd.language.mentions import Mentions, sentences_of
from wzrd.language.people import Register

_DATA: Mapping[str, Any] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("looks.json").read_text(encoding="utf-8")
)
SAID: Mapping[str, Mapping[str, str]] = _DATA["said"]
"""What of a look → its values, each with a pattern of the words for it."""
COLOURS: Mapping[str, str] = _DATA["colours"]
UPPER: str = _DATA["upper"]
LOWER: str = _DATA["lower"]
"""Patterns of garments that have a colour of their own, above and below the waist."""
_TABLES = ("garment", "skirt", "legs", "hat")
_NOUNS = "|".join((UPPER, LOWER, *(nouns for table in _TABLES for nouns in SAID[table].values())))
_ALONE = "|".join((SAID["feet"]["bare"], SAID["garment"]["bare"], SAID["hair"]["bald"]))
_WORN = re.compile(
    rf"(?<!\w)(?:{_ALONE})(?!\w)|"
    r"(?<!\w)(?:in|wears?|wearing|dressed|clad|puts? on|pulls? on|slips? into|changed? into|trägt|vêtue?s?|porte|viste|"
    r"vestid[oa]s?|indossa|ubran[ya]|nosi)"
    rf" (?:[\w'-]+,? ){{0,5}}?(?:{_NOUNS})(?!\w)(?! (?:pocket|sleeve|rack|shop|store|hanger|party|lining|button))",
    re.IGNORECASE,
)
_PRONOUNS = {"he": "man", "his": "man", "she": "woman", "her": "woman"}


def worn_by(
    scenes: Iterable[tuple[int, Sequence[str]]], register: Register, names: Iterable[str]
) -> Mapping[str, Sequence[tuple[int, str]]]:
    """By the key of each person: the words about their clothes, each with its scene's number, in the film's order."""
    mentions = Mentions(tuple(dict.fromkeys(map(voice_key, names))))
    found: dict[str, list[tuple[int, str]]] = {}
    for number, prose in scenes:
        for paragraph in prose:
            if _WORN.search(paragraph):
                for key, phrase in _told(paragraph, mentions, register):
                    found.setdefault(key, []).append((number, phrase.casefold()))
    return found


def _told(paragraph: str, mentions: Mentions, register: Register) -> Iterable[tuple[str, str]]:
    """Each person of a paragraph of whom it says what they wear: whoever is named before, or whom a pronoun means."""
    last: list[str] = []
    for sentence in sentences_of(paragraph):
        named = list(mentions.find(sentence))
        for worn in _WORN.finditer(sentence):
            ahead = [register.canonical(one.key) for one in named if one.start < worn.start()]
            pronoun = _PRONOUNS.get(sentence.split()[0].casefold(), "") if not ahead else ""
            meant = [key for key in last if register.profile(key).gender in {pronoun, ""}] if pronoun else []
            for key in ahead[-1:] or meant[-1:]:
                yield key, worn.group()
        last = [register.canonical(one.key) for one in named] or last
