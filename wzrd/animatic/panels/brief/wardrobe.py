"""Clothes that a script gives its people, and from which scene on: "Tom, barefoot, in blue shorts"."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import takewhile
from typing import Any

from wzrd.domain.names import voice_key
from wzrd.domain.shots import SceneBrief
from wzrd.language.people.mentions import Mentions, sentences_of
from wzrd.language.people.register import Register

_DATA: Mapping[str, Any] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("looks.json").read_text(encoding="utf-8")
)
SAID: Mapping[str, Mapping[str, str]] = _DATA["said"]
"""Part of a look → its values, each with a pattern of the words for it."""
COLOURS: Mapping[str, str] = _DATA["colours"]
UPPER: str = _DATA["upper"]
LOWER: str = _DATA["lower"]
"""Patterns of garments that have a colour of their own, above and below the waist."""
_TABLES = ("garment", "skirt", "legs", "hat")
_NOUNS = "|".join((UPPER, LOWER, *(nouns for table in _TABLES for nouns in SAID[table].values())))
_UNDRESSED = "|".join((SAID["feet"]["bare"], SAID["garment"]["bare"]))
_WORN = re.compile(
    rf"(?<!\w)(?:{_UNDRESSED}|{SAID['hair']['bald']})(?!\w)|"
    r"(?<!\w)(?:in|wears?|wearing|dressed|clad|puts? on|pulls? on|slips? into|changed? into|trägt|vêtue?s?|porte|viste|"
    r"vestid[oa]s?|indossa|ubran[ya]|nosi)"
    rf" (?:[\w'-]+,? ){{0,5}}?(?:{_NOUNS})(?!\w)(?! (?:pocket|sleeve|rack|shop|store|hanger|party|lining|button))",
    re.IGNORECASE,
)
_BRIEF = re.compile(
    rf"(?<!\w)(?:{_UNDRESSED}|(?:puts?|pulls?) on|trunks|swim\w*|bath\w*|night\w*|pyjamas|pajamas|towel|apron)(?!\w)",
    re.IGNORECASE,
)
"""Clothes of one place only."""
_PRONOUNS = {"he": "man", "his": "man", "she": "woman", "her": "woman"}


@dataclass(frozen=True, slots=True)
class Worn:
    """Words about somebody's clothes, and the scenes' numbers from and up to which they hold."""

    first: int
    last: float
    words: str


def worn_by(scenes: Sequence[SceneBrief], register: Register, names: Iterable[str]) -> Mapping[str, Sequence[Worn]]:
    """By the key of each person: the words about their clothes, in the film's order."""
    mentions = Mentions(tuple(dict.fromkeys(map(voice_key, names))))
    found: dict[str, list[Worn]] = {}
    for at, scene in enumerate(scenes):
        for paragraph in prose_of(scene):
            if _WORN.search(paragraph):
                for key, words in _told(paragraph, mentions, register):
                    last = _left(scenes[at:]) if _BRIEF.search(words) else math.inf
                    found.setdefault(key, []).append(Worn(scene.number, last, words.casefold()))
    return found


def prose_of(scene: SceneBrief) -> Sequence[str]:
    """The paragraphs of a scene that are seen."""
    return [part for part in scene.script if isinstance(part, str)] or [scene.description, *scene.actions]


def _left(scenes: Sequence[SceneBrief]) -> int:
    """Number of the last of the scenes that follow one another in the first one's place."""
    place = _place(scenes[0])
    stayed = takewhile(lambda scene: _place(scene) == place, scenes)
    return [scene.number for scene in stayed][-1]


def _place(scene: SceneBrief) -> str:
    return re.split(r"\s[-\u2013\u2014]\s|,", scene.location or scene.title)[0].strip().casefold()


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
