"""Framing of a set-up: size, angle, move and lens by its kind, its verb and the scene's mood.

The 30° rule is kept here: the size never stays while the subject stays.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Literal

from wzrd.animatic.seeded import Seeded
from wzrd.animatic.writer.scene_reading import Moment
from wzrd.domain.names import words_of
from wzrd.domain.shots import Angle, Move, ShotSize
from wzrd.language.people.scene_people import Person
from wzrd.language.words.acts import strength

Kind = Literal[
    "establishing", "master", "action", "tracking", "contact", "two_shot", "ots", "single", "reaction",
    "insert", "cutaway",
]  # fmt: skip
_DATA: Mapping[str, Any] = json.loads(files("wzrd.animatic.writer").joinpath("framing.json").read_bytes())
_SIZES: Mapping[str, Sequence[ShotSize]] = _DATA["sizes"]
_MOVES: Mapping[str, Sequence[Move]] = _DATA["moves"]
_LENSES: dict[ShotSize, tuple[int, ...]] = {
    "extreme_wide": (14, 18, 21), "wide": (18, 24, 28), "full": (28, 32, 35), "medium": (35, 40, 50),
    "medium_close_up": (50, 65), "close_up": (75, 85), "extreme_close_up": (100, 135), "insert": (90, 100),
}  # fmt: skip
_RESTLESS: dict[str, Move] = {"uneasy": "dolly_in", "kinetic": "handheld", "quiet": "static", "light": "truck_right"}


@dataclass(frozen=True, slots=True)
class Setup:
    """A shot before its words. `focus` is the thing that an insert or cutaway is of."""

    kind: Kind
    moment: Moment | None
    subject: str
    then: Moment | None = None
    size: ShotSize = "medium"
    angle: Angle = "eye_level"
    move: Move = "static"
    lens_mm: int = 35
    person: Person | None = None
    other: Person | None = None
    focus: str = ""
    speaks: bool = False  # carries the moment's line
    retells: bool = False  # a further shot of a moment that was already told

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody in the frame."""
        moment = self.moment
        if self.kind in {"single", "reaction", "ots"}:
            return (self.person,) if self.person else ()
        if self.kind == "two_shot" and moment and moment.line:
            return tuple(one for one in (self.person, self.other) if one)
        if self.kind in {"insert", "cutaway"} or moment is None:
            return ()
        return people_in(moment, self.then)


def people_in(moment: Moment, then: Moment | None) -> tuple[Person, ...]:
    """Everybody of one moment or two, those first who do what shows more.

    Who sits in a car and who is outside are in one picture where they touch alone.
    """
    told = sorted(filter(None, (moment, then)), key=lambda one: -strength(one.beat.act))
    found = tuple(dict.fromkeys(person for one in told for person in one.people))
    aboard = moment.aboard | then.aboard if then else moment.aboard
    if not aboard or any(one.touches for one in told):
        return found
    return tuple(person for person in found if (person.name in aboard) == (found[0].name in aboard))


@dataclass(frozen=True, slots=True)
class Last:
    """The shot before: its size, its angle, and who or what it was of. `peopled`: somebody, not a thing or a place."""

    size: ShotSize
    angle: Angle
    subjects: frozenset[str]
    peopled: bool = True


_LADDER: tuple[ShotSize, ...] = (
    "extreme_wide", "wide", "full", "medium", "medium_close_up", "close_up", "extreme_close_up",
)  # fmt: skip
_FACES: frozenset[ShotSize] = frozenset({"close_up", "extreme_close_up"})
_ROOMY: tuple[ShotSize, ...] = ("wide", "full", "medium", "medium_close_up")
"""Sizes of a picture that holds a face and things."""
_STEP = 2
"""Steps of the ladder between two pictures of one subject, so that the cut does not jump."""


def subjects_of(setup: "Setup") -> frozenset[str]:
    """Who a set-up is of; of nobody, the thing or place."""
    people = {person.name for person in setup.people}
    return frozenset(people or {setup.subject})


def _is_same(setup: Setup, last: Last) -> bool:
    """True if two neighbours may be of one subject: somebody in both, by whichever name, or nobody in either."""
    if not setup.people or not last.peopled:
        return not setup.people and not last.peopled
    here, before = ([_words(name) for name in names] for names in (subjects_of(setup), last.subjects))
    return any(not one or not other or one & other for one in here for other in before)


def _words(name: str) -> frozenset[str]:
    """The words of a name; none for whoever has no name yet: "the woman" may be anybody."""
    return frozenset() if name[:1].islower() else frozenset(words_of(name))


def framed(setup: Setup, last: Last | None, mood: str, choices: Seeded, step: int) -> Setup:
    """The set-up with its frame; `step` is its place in the list, `mood` a key of the mood lists or empty."""
    verb = _verb(setup)
    where = (setup.kind, setup.subject, step)
    size = _size(setup, verb, last, choices, step)
    moves = _MOVES.get(f"{setup.kind}.{verb}") or _MOVES[setup.kind]
    move = choices.pick(moves, "move", *where)
    if mood and setup.kind in {"single", "reaction", "action"} and choices.number("mood", *where) % 3 == 0:
        move = _RESTLESS[mood]
    lenses = (50, 65, 85) if setup.kind == "ots" else _LENSES[size]
    angle = _angle(setup, verb, size, mood, choices.number("angle", *where) % 6)
    return replace(setup, size=size, angle=angle, move=move, lens_mm=choices.pick(lenses, "lens", *where))


_VERBS: Mapping[str, str] = {
    act: verb
    for verb, acts in {
        "motion": "walk run enter leave climb crawl ride drive swim dance jump",
        "look": "look listen read phone photograph",
        "feel": "laugh weep scream tremble",
        "strike": "strike fight dodge push drag shoot stab break throw explode",
        "rise": "lift wake stand",
        "fall": "fall die sleep lie kneel",
        "touch": "touch take hand_over hold carry put_down open close cut play write eat drink smoke cook type use",
    }.items()
    for act in acts.split()
}
"""Act → the class that decides the frame: the world moving, or a detail seen from afar, want room."""


def _verb(setup: Setup) -> str:
    if setup.kind == "cutaway" and not setup.focus:
        return "place"
    return _VERBS.get(setup.moment.beat.act, "") if setup.moment and setup.kind == "action" else ""


def _size(setup: Setup, verb: str, last: Last | None, choices: Seeded, step: int) -> ShotSize:
    sizes: Sequence[ShotSize] = _SIZES.get(f"{setup.kind}.{verb}") or _SIZES[setup.kind]
    same = last is not None and _is_same(setup, last)
    if setup.people and setup.moment and setup.moment.things and not setup.speaks:  # a face hides what is in hand
        sizes = tuple(size for size in sizes if size not in _FACES) or _ROOMY
    if setup.kind == "insert":  # an insert is an insert, unless it follows one of the same thing
        return sizes[1] if same and last and last.size == sizes[0] else sizes[0]
    if last is None or not same or last.size not in _LADDER:
        apart: tuple[ShotSize, ...] = tuple(size for size in sizes if last is None or size != last.size)
        return choices.pick(apart or sizes, "size", setup.kind, setup.subject, step)
    at = _LADDER.index(last.size)
    usual: tuple[ShotSize, ...] = _ROOMY if setup.people and not set(sizes) & _FACES else ("full", "medium", "close_up")
    far: list[ShotSize] = [size for size in sizes if abs(_LADDER.index(size) - at) >= _STEP]
    other: list[ShotSize] = [size for size in usual if abs(_LADDER.index(size) - at) >= _STEP]
    return choices.pick(far or other, "size", setup.subject, step)


def _angle(setup: Setup, verb: str, size: ShotSize, mood: str, chance: int) -> Angle:
    fixed: dict[str, Angle] = {"two_shot": "two_shot", "ots": "over_the_shoulder"}
    if setup.kind in fixed:
        return fixed[setup.kind]
    if verb in {"rise", "fall"}:
        return "low" if verb == "rise" else "high"
    if setup.kind in {"establishing", "master"}:
        return "high" if chance == 0 else "overhead" if chance == 1 and size == "extreme_wide" else "eye_level"
    if setup.kind == "insert":
        return "overhead" if chance < 2 else "eye_level"
    if chance == 0 and mood in {"uneasy", "kinetic"}:
        return "dutch" if verb == "strike" else "low"
    return "low" if chance == 1 and setup.kind in {"action", "tracking"} else "eye_level"
