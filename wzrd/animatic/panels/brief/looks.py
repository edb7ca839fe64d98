"""Looks of a character: from the film's register and the name alone, the same in every panel.

The cast, read once from all scenes of a film, keeps the coats of the first dozen apart.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wzrd.animatic.panels.brief import word_lists as words
from wzrd.animatic.panels.brief.animal_kinds import kind_elsewhere
from wzrd.animatic.panels.brief.mentions import singular
from wzrd.animatic.panels.brief.named_animals import named_animals
from wzrd.animatic.panels.brief.palette import coat_of
from wzrd.animatic.panels.brief.values import Look
from wzrd.animatic.panels.brief.wardrobe import COLOURS, LOWER, SAID, UPPER, Worn, worn_by
from wzrd.animatic.seeded import seeded
from wzrd.domain.names import words_of
from wzrd.domain.shots import SceneBrief, ShotSubject
from wzrd.language.people.profiles import Profile
from wzrd.language.people.register import Register
from wzrd.language.people.scene_people import people_of
from wzrd.language.words.person_words import is_given_name
from wzrd.language.words.plurals import is_trade

MAX_CAST = 200
_MODERN = 1935
_OTHER = 7  # places in the list of coats between somebody's coat and their tie
_MASKS = re.compile(rf"\b({'|'.join(sorted(words.ANIMALS))}) (?:masks?|costumes?|suits?|outfits?|onesies?)\b")
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
_OF = {
    what: [(re.compile(rf"(?<!\w)(?:{pattern})(?!\w)"), value) for value, pattern in table.items()]
    for what, table in SAID.items()
}
for _nouns, _what in ((UPPER, "colour"), (LOWER, "lower")):
    _OF.setdefault(_what, []).extend(
        (re.compile(rf"\b(?:{names})(?:[- ]\w+)? (?:{_nouns})\b"), colour) for colour, names in COLOURS.items()
    )


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in a film: its register, and by their folded names the place of each in order of appearance.

    `animals` are the named ones, with a word for their kind; `masks` are animals that people are dressed as. `before`
    has by a scene's number who was in the scene before it, those who were named last first. `worn` has by a person's
    key what the prose says they wear; `period` is "old" before the time of jeans. `told` has by a subject's name what a
    shot's brief tells of them.
    """

    register: Register = field(default_factory=lambda: Register(()))
    places: Mapping[str, int] = field(default_factory=dict[str, int])
    before: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    animals: Mapping[str, str] = field(default_factory=dict[str, str])
    masks: frozenset[str] = frozenset()
    worn: Mapping[str, Sequence[Worn]] = field(default_factory=dict[str, Sequence[Worn]])
    period: str = ""
    told: Mapping[str, ShotSubject] = field(default_factory=dict[str, ShotSubject])

    def profile(self, name: str) -> Profile:
        """Facts of somebody; those that the shot's brief tells win."""
        known, told = self.register.profile(name), self.told.get(name)
        if told is None:
            return known
        years = known.years if told.age in {"", known.age} else None
        return replace(known, gender=told.gender or known.gender, age=told.age or known.age, years=years)


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
    worn = worn_by(scenes, register, places)
    masks = frozenset(_MASKS.findall(prose.casefold()))
    return Cast(register, places, before, named_animals(prose), masks, worn, _period(prose))


def _period(prose: str) -> str:
    """The word old for a film that plays before about 1935, by its years, else by its things; else nothing."""
    years = [int(year) for year in re.findall(r"\b(1\d\d\d|20\d\d)\b", prose)]
    if years:
        return "old" if sorted(years)[len(years) // 2] < _MODERN else ""
    return "old" if len(set(_OF["period"][0][0].findall(prose.casefold()))) > 1 else ""


_NEWBORN = re.compile(
    r"(?<!\w)(?:baby|newborn|infant|säugling|neugeboren|bébé|nourrisson|nouveau-né|bebé|recién nacid|neonat|bebê|"
    r"niemowl|noworod|zuigeling|pasgeboren|spädbarn)|赤ん坊|赤子",
    re.IGNORECASE,
)
"""Words for a child of no years."""


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody as a scene has them: their profile, the words about their clothes (the latest first), the period."""

    profile: Profile
    said: Sequence[str]
    period: str

    def described(self, what: str) -> str:
        """Value that these words give of their hair, garment and so on; '' for nothing."""
        return next((value for text in self.said for pattern, value in _OF[what] if pattern.search(text)), "")


def look_of(name: str, style: str = "", cast: Cast | None = None, scene: int = 0, *, inside: bool = False) -> Look:
    """The look of somebody in a film of that style, in the scene of this number; inside, nobody wears an overcoat."""
    cast = cast or Cast()
    known = cast.profile(name)
    key = known.key
    worn = [one.words for one in reversed(cast.worn.get(key, ())) if one.first <= scene <= one.last]
    introduced = known.said
    for one in cast.worn.get(key, ()):
        kept = math.isinf(one.last) or one.first <= scene <= one.last
        introduced = introduced if kept else introduced.replace(one.words, "")
    person = _Person(known, (*worn, introduced), cast.period)
    own, child, old = set(words_of(key)), known.age == "child", known.age == "old"
    kinds = [kind for word in words_of(name.casefold()) if (kind := singular(word)) in words.ANIMALS - cast.masks]
    if name.casefold() not in cast.places:  # FUCHS who speaks may be a man of that name
        kinds = kinds or list(filter(None, [kind_elsewhere(name)]))
    animal = cast.animals.get(name.casefold(), "" if is_trade(key) else " ".join(kinds))
    shape = "robot" if own & words.ROBOTS else "animal" if animal else ""
    grey = person.described("grey") == "yes"
    skin = float(person.described("skin") or seeded.pick((0.95, 0.9, 0.82, 0.7, 0.5, 0.32), "skin", key))
    tones = (0.06, 0.1, 0.16, 0.26, 0.38, 0.55) if skin > 0.6 else (0.04, 0.06, 0.1)  # hair that a face stands out of
    trade = _trade(key) | set(words_of(known.said))
    colour, lower = person.described("colour"), person.described("lower")
    uniform = next((words.UNIFORMS[word] for word in sorted(trade) if word in words.UNIFORMS and not colour), None)
    place = cast.places.get(name.casefold(), cast.places.get(key))
    shorts, garment = person.described("legs") == "shorts", _garment(person)
    garment = "coat" if uniform and not person.described("garment") else garment
    return Look(
        shape=shape or ("child" if child else "person"),
        animal=animal if shape == "animal" else "",
        gender=known.gender,
        age=known.age,
        hair=_hair(person),
        hat=person.described("hat") or _hat(known, trade, inside=inside, old=bool(cast.period)),
        beard=_beard(person),
        glasses=person.described("glasses") == "yes"
        or (not child and seeded.number("glasses", key) % (2 if old else 5) == 0),
        skin=skin,
        hair_tone=float(person.described("tone") or (0.86 if old or grey else seeded.pick(tones, "tone", key))),
        coat=uniform or coat_of(key, style, place, colour),
        garment=_indoors(garment, known.gender) if inside else garment,
        coat_length=0.0 if child or inside or shorts else seeded.pick((0.0, 0.0, 0.0, 0.4, 1.0), "length", key),
        skirt=_skirt(person),
        height=_height(known),
        girth=_girth(known),
        accent=coat_of(key, style, (place if place is not None else seeded.number("tie", key)) + _OTHER),
        lower=coat_of(key, style, colour=lower) if lower else None,
        shorts=shorts,
        barefoot=person.described("feet") == "bare",
    )


def is_boxer(name: str, cast: Cast | None) -> bool:
    """True if somebody's trade is boxing."""
    said = (cast or Cast()).register.profile(name).said
    return any(pattern.search(f"{name.casefold()} {said}") for pattern, _ in _OF["boxer"])


def _indoors(garment: str, gender: str) -> str:
    """The garment; under a scarf, the one that shows when it is taken off."""
    return ("blouse" if gender == "woman" else "sweater") if garment == "scarf" else garment


def _trade(key: str) -> set[str]:
    """The words of a name that say what somebody is: all of THE KING, none of TOM KING."""
    words = words_of(key)
    return set() if len(words) > 1 and is_given_name(words[0]) else set(words)


def _hair(person: _Person) -> str:
    known, said = person.profile, person.described("hair")
    young = known.age == "child" or (known.age == "teen" and known.gender != "woman")
    usual = (_CHILDS_HAIR if young else _HAIR)[known.gender]
    if said:
        return said
    if known.age == "old" and known.gender == "woman":
        return seeded.pick(("bun", "bun", "curly", "bob"), "hair", known.key)
    chosen = seeded.pick(usual, "hair", known.key)
    return "short" if chosen == "bald" and (known.age == "child" or known.gender == "woman") else chosen


def _beard(person: _Person) -> bool:
    known = person.profile
    if known.gender != "man" or known.age in {"child", "teen"}:
        return False
    said = person.described("beard")
    return said == "yes" or (not said and seeded.number("beard", known.key) % (2 if known.age == "old" else 3) == 0)


def _garment(person: _Person) -> str:
    known, said = person.profile, person.described("garment")
    if said:
        return said
    if any("trunks" in words for words in person.said):
        return "bare"
    if known.age == "child" and known.gender != "woman":
        return "sweater"
    if known.age == "old" and known.gender == "woman":
        return "cardigan"
    usual = _GARMENTS[known.gender]
    if person.period:
        usual = tuple(one for one in usual if one != "sweater")
    return seeded.pick(usual, "garment", known.key)


def _skirt(person: _Person) -> float:
    """Length of a skirt: 0 none, 0.5 to the knee, 1 to the ankle; two women of three wear one, all of them once did."""
    known = person.profile
    if known.gender != "woman":
        return 0.0
    said = person.described("skirt")
    if said and not (person.period and said == "0.5"):
        return float(said)
    if person.period:
        return 0.6 if known.age == "child" else 0.95
    if known.age == "old":
        return 0.8
    if _garment(person) == "dress":
        return 0.5
    return seeded.pick((0.5, 0.0, 0.55), "skirt", known.key)


def _height(person: Profile) -> float:
    if person.age == "child":
        usual = 0 if _NEWBORN.search(f"{person.key} {person.said}") else 8
        years = person.years if person.years is not None else usual
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


def _hat(person: Profile, own: set[str], *, inside: bool, old: bool) -> str:
    """A trade's hat; in the open, that of some men, and of most of them once."""
    worn = next((words.HATS[word] for word in sorted(own) if word in words.HATS), "")
    usual = "brim" if person.gender != "woman" and person.age not in {"child", "teen"} else ""
    if worn or inside or not usual:
        return worn
    if old and seeded.number("hat.", person.key) % 3:
        return usual
    return seeded.pick(("", "", "", "", "", "", usual, "", "", "beanie", "", ""), "hat.", person.key)
