"""Looks of a character: from the film's register and the name alone, the same in every panel.

The cast, read once from all scenes of a film, keeps the coats of the first dozen apart.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from wzrd.animatic.panels.brief import word_lists as words
from wzrd.animatic.panels.brief.named_animals import named_animals
from wzrd.animatic.panels.brief.palette import coat_of
from wzrd.animatic.panels.brief.values import Look
from wzrd.animatic.seeded import seeded
from wzrd.domain.names import words_of
from wzrd.domain.shots import SceneBrief
from wzrd.language.people import Profile, Register
from wzrd.language.person_words import is_given_name
from wzrd.language.scene_people import people_of

MAX_CAST = 200
_HAIR = {
    "woman": ("bob", "long", "bun", "curly", "ponytail", "bob", "long"),
    "man": ("short", "parted", "bald", "short", "curly", "parted", "crop"),
    "": ("short", "bob", "parted", "curly", "bun", "long", "crop"),
}
_CHILDS_HAIR = {
    "woman": ("pigtails", "pigtails", "ponytail", "bob"),
    "man": ("short", "crop", "curly"),
    "": ("short", "bob", "curly"),
}
_GARMENTS = {
    "woman": ("dress", "blouse", "cardigan", "dress", "sweater", "scarf"),
    "man": ("coat", "sweater", "scarf", "coat", "sweater"),
    "": ("sweater", "scarf", "cardigan", "sweater"),
}
_HEIGHTS = {"woman": 1.66, "man": 1.79, "": 1.72}
_WORN: Mapping[str, Mapping[str, str]] = json.loads(
    files("wzrd.animatic.panels.brief").joinpath("looks.json").read_text(encoding="utf-8")
)
_OF = {
    what: [(re.compile(rf"\b(?:{pattern})\b"), value) for value, pattern in table.items()]
    for what, table in _WORN.items()
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in a film: its register, and by their folded names the place of each in order of appearance.

    `animals` are the named ones, with a word for their kind. `before` has by a scene's number who was in the scene
    before it, those who were named last first.
    """

    register: Register = field(default_factory=lambda: Register(()))
    places: Mapping[str, int] = field(default_factory=dict[str, int])
    before: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    animals: Mapping[str, str] = field(default_factory=dict[str, str])


def cast_of(scenes: Iterable[SceneBrief]) -> Cast:
    """The cast of a film. The same scenes give the same cast."""
    scenes = tuple(scenes)
    register = Register(scenes)
    people = [tuple(person.name for person in people_of(scene)) for scene in scenes]
    names = dict.fromkeys(name.casefold() for there in people for name in there)
    order: dict[str, int] = {}
    places = {name: order.setdefault(register.canonical(name), len(order)) for name in list(names)[:MAX_CAST]}
    before: dict[int, tuple[str, ...]] = {}
    last: tuple[str, ...] = ()
    for scene, there in zip(scenes, people, strict=True):
        before[scene.number] = last
        last = tuple(name for name in reversed(there) if not name.startswith("the ")) or last
    prose = "\n".join(" ".join((scene.description, *scene.actions)) for scene in scenes)
    return Cast(register, places, before, named_animals(prose))


def look_of(name: str, style: str = "", cast: Cast | None = None) -> Look:
    """The look of somebody in a film of that style."""
    cast = cast or Cast()
    person = cast.register.profile(name)
    key = person.key
    own, child, old = set(words_of(key)), person.age == "child", person.age == "old"
    animal = cast.animals.get(name.casefold(), name if own & words.ANIMALS else "")
    shape = "robot" if own & words.ROBOTS else "animal" if animal else ""
    grey = _described(person, "grey") == "yes"
    skin = seeded.pick((0.95, 0.9, 0.82, 0.7, 0.5, 0.32), "skin", key)
    tones = (0.06, 0.1, 0.16, 0.26, 0.38, 0.55) if skin > 0.6 else (0.04, 0.06, 0.1)  # hair that a face stands out of
    return Look(
        shape=shape or ("child" if child else "person"),
        animal=animal if shape == "animal" else "",
        gender=person.gender,
        age=person.age,
        hair=_hair(person),
        hat=_hat(person, _trade(key) | set(words_of(person.said))),
        beard=_beard(person),
        glasses=_described(person, "glasses") == "yes"
        or (not child and seeded.number("glasses", key) % (2 if old else 5) == 0),
        skin=skin,
        hair_tone=float(_described(person, "tone") or (0.86 if old or grey else seeded.pick(tones, "tone", key))),
        coat=coat_of(key, style, cast.places.get(name.casefold(), cast.places.get(key)), _described(person, "colour")),
        garment=_garment(person),
        coat_length=0.0 if child else seeded.pick((0.0, 0.0, 0.0, 0.4, 1.0), "length", key),
        skirt=_skirt(person),
        height=_height(person),
        girth=_girth(person),
    )


def _trade(key: str) -> set[str]:
    """The words of a name that say what somebody is: all of THE KING, none of TOM KING."""
    words = words_of(key)
    return set() if len(words) > 1 and is_given_name(words[0]) else set(words)


def _described(person: Profile, what: str) -> str:
    """Value that the words which bring somebody in give of their hair, garment and so on; '' for nothing."""
    return next((value for pattern, value in _OF[what] if pattern.search(person.said)), "")


def _hair(person: Profile) -> str:
    young = person.age == "child" or (person.age == "teen" and person.gender != "woman")
    usual = (_CHILDS_HAIR if young else _HAIR)[person.gender]
    chosen = _described(person, "hair") or seeded.pick(usual, "hair", person.key)
    if person.age == "old" and person.gender == "woman" and not _described(person, "hair"):
        chosen = seeded.pick(("bun", "bun", "curly", "bob"), "hair", person.key)
    return "short" if chosen == "bald" and (person.age == "child" or person.gender == "woman") else chosen


def _beard(person: Profile) -> bool:
    if person.gender != "man" or person.age in {"child", "teen"}:
        return False
    said = _described(person, "beard")
    return said == "yes" or (not said and seeded.number("beard", person.key) % (2 if person.age == "old" else 3) == 0)


def _garment(person: Profile) -> str:
    if person.age == "child" and person.gender != "woman":
        return "sweater"
    if person.age == "old" and person.gender == "woman":
        return _described(person, "garment") or "cardigan"
    said = _described(person, "garment")
    return said or seeded.pick(_GARMENTS[person.gender], "garment", person.key)


def _skirt(person: Profile) -> float:
    """Length of a skirt: 0 none, 0.5 to the knee, 1 to the ankle; two women of three wear one."""
    if person.gender != "woman":
        return 0.0
    said = _described(person, "skirt")
    if said:
        return float(said)
    if person.age == "old":
        return 0.8
    if _garment(person) == "dress":
        return 0.5
    return seeded.pick((0.5, 0.0, 0.55), "skirt", person.key)


def _height(person: Profile) -> float:
    if person.age == "child":
        years = person.years if person.years is not None else 8
        return round(min(1.39, 0.85 + 0.045 * max(1, years)), 3)
    usual = _HEIGHTS[person.gender] - (0.06 if person.age == "teen" else 0.07 if person.age == "old" else 0.0)
    tall = {"tall": 0.1, "short": -0.1}.get(person.stature, 0.0)
    return round(usual + tall + 0.12 * (seeded.unit("height", person.key) - 0.5), 3)


def _girth(person: Profile) -> float:
    usual = 0.9 + 0.28 * seeded.unit("girth", person.key)
    factor = {"heavy": 1.36, "slim": 0.86}.get(person.build)
    if factor is not None:
        return factor
    return round(min(usual, 1.02) if person.age in {"child", "teen"} or person.gender == "woman" else usual, 3)


def _hat(person: Profile, own: set[str]) -> str:
    worn = next((words.HATS[word] for word in sorted(own) if word in words.HATS), "")
    usual = "brim" if person.gender != "woman" and person.age not in {"child", "teen"} else ""
    return worn or seeded.pick(
        ("", "", "", "", "", "", usual, "", "", "beanie" if usual else "", ""), "hat.", person.key
    )
