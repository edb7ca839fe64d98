"""Where people stand in a panel, what each does there, and the crowd in rows behind them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wzrd.animatic.panels.brief import word_lists
from wzrd.animatic.panels.brief.animal_kinds import flies, height_of
from wzrd.animatic.panels.brief.briefed import Act
from wzrd.animatic.panels.brief.contacts import joined
from wzrd.animatic.panels.brief.furnishing import at_table, furnished, lies_on, pushed, sleeps_at_table
from wzrd.animatic.panels.brief.looks import Cast, is_boxer, look_of
from wzrd.animatic.panels.brief.places import is_inside
from wzrd.animatic.panels.brief.presence import Seen
from wzrd.animatic.panels.brief.values import NOTHING, ROOFED, SEATED, Figure, Look, Part, Stage
from wzrd.animatic.seeded import seeded
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.language.people.scene_people import Person, spelled
from wzrd.language.words.plurals import singular_of_people

_GROUND = re.compile(
    r"\b(?:on|in) the (?:\w+ )?(?:floor|ground|grass|sand|carpet|rug|snow|dirt|pavement)\b", re.IGNORECASE
)
_NO_CROWD = SEATED | {"space", "sky", "booth", "card"}  # shells without ground for one
_BEDROOMS = frozenset({"bedroom", "hotel_room", "hospital", "ambulance"})
_NEWBORN = 0.9  # metres: who is not taller cannot stand
_LOWEST = 2.0  # metres under a roof that a grown person stands up in
_LOW_POSES = frozenset({"lie", "bed", "kneel", "crawl", "floor", "fall", "embrace"})
_MOVING = frozenset({"walk", "run", "arms_up"})  # poses that a crowd shares
_LOUD = re.compile(r"\b(?:cheer|shout|scream|howl|roar|celebrat|applaud)\w*", re.IGNORECASE)
_GROUP = 3  # people who stand for a group whose number nobody tells
_ROW = 6  # people of a crowd who stand side by side
_ALOFT = re.compile(
    r"\b(?:fl(?:y|ies|ying|ock\w*|ew|ap\w*|utter\w*)|circl\w*|soar\w*|swoop\w*|hover\w*|overhead|wing\w*|sky|skies)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Staging:
    """The people of a panel as figures, who is seen from behind, who stands behind, and what they sit on."""

    figures: tuple[Figure, ...] = ()
    over: Figure | None = None
    crowd: tuple[Figure, ...] = ()
    seats: tuple[Part, ...] = ()


def staged(
    scene: SceneBrief, shot: ShotIdea, seen: Seen, text: str, stage: Stage, cast: Cast, acts: Mapping[str, Act]
) -> Staging:
    """Everybody who is seen, placed on this stage. `acts`: who does what; `text`: on, in and at what they do it."""
    figures = tuple(_lifted(one, text) for one in _figures(scene, shot, seen, text, stage, cast, acts))
    wheeled: tuple[Part, ...] = ()
    if stage.shell not in SEATED and not _is_low(stage):
        figures, wheeled = pushed(figures, acts, text)
        figures = figures if wheeled else joined(figures, acts, text)
    loud = "arms_up" if _LOUD.search(text) else "stand"
    pose = next((one.pose for one in figures if one.pose in _MOVING), loud)
    others = (*_companions(figures, scene, stage, cast), *_crowd(scene, seen, pose, stage, cast))
    crowd = tuple(_lifted(one, text) for one in others)
    seat = "" if stage.shell in SEATED else "chair" if _has_chairs(stage) else "crate_seat"
    return Staging(
        figures, _over(seen, scene, cast, stage), crowd, (*furnished(figures, seat, text, wheeled), *wheeled)
    )


def _lifted(figure: Figure, text: str) -> Figure:
    """A bird of which the words say so flies."""
    if figure.look.shape != "animal" or not flies(figure.look.animal) or not _ALOFT.search(text):
        return figure
    high = round(1.5 + 1.1 * seeded.unit("high", figure.name), 2)
    return replace(figure, pose="fly", look=replace(figure.look, height=high), z=figure.z + 0.6)


def _look(name: str, scene: SceneBrief, cast: Cast, stage: Stage) -> Look:
    """The look of somebody; an animal is as high as its kind, and a role without a name wears what it wears."""
    nameless = name.startswith("the ") and name.casefold() not in cast.places
    inside = is_inside(stage) and stage.shell not in SEATED
    look = look_of(
        name, scene.style, Cast(told=cast.told, masks=cast.masks) if nameless else cast, scene.number, inside=inside
    )
    if look.shape == "animal":
        return replace(look, height=height_of(look.animal))
    if stage.kind == "ring" and is_boxer(name, cast):
        return replace(look, garment="bare", shorts=True, lower=look.lower or look.coat, hat="", coat_length=0.0)
    worn = next((word_lists.UNIFORMS[word] for word in word_lists.words_of(name) if word in word_lists.UNIFORMS), None)
    return replace(look, coat=worn) if worn and name.startswith("the ") else look


def _figures(
    scene: SceneBrief, shot: ShotIdea, seen: Seen, text: str, stage: Stage, cast: Cast, acts: Mapping[str, Act]
) -> tuple[Figure, ...]:
    speaker = spelled(shot.extra.get("speaker", "")).casefold()
    close = shot.size in {"medium", "medium_close_up", "close_up"}
    apart = 0.62 if close else 0.75
    found: list[Figure] = []
    alone = len(seen.people) == 1 and seen.over is None
    for at, person in enumerate(seen.people):
        side = -1 if person.side == "left" else 1
        rank = sum(1 for other in seen.people[:at] if other.side == person.side)
        act, look = acts.get(person.name, Act()), _look(person.name, scene, cast, stage)
        newborn = look.shape == "child" and look.height < _NEWBORN
        found.append(
            Figure(
                name=person.name,
                look=look,
                x=0.0 if alone else side * (apart + 0.7 * rank),
                z=0.0 if alone else 0.45 * rank,
                facing=-side * (62 if alone else 66 if close else 78),
                pose=_posed("lie" if newborn and act.pose == "stand" else _own_pose(act, look, text), text, stage),
                feeling=act.feeling,
                speaks=act.speaks or (bool(speaker) and spelled(person.name).casefold() == speaker),
                thing=act.thing,
                label=act.label,
                second=act.second,
            )
        )
    return tuple(found)


def _own_pose(act: Act, look: Look, text: str) -> str:
    """The pose of an act by whose it is: an animal that trots off sits on nothing, a clerk asleep at the desk sits."""
    if look.shape == "animal":
        return "run" if act.contact == "ride" else act.pose
    return "desk" if act.contact == "sleep" and sleeps_at_table(text) else act.pose


_SEATS = frozenset({"bus", "train", "plane", "subway", "carriage"})
"""Sets in which who sleeps does so on a seat."""


_NODS = re.compile(
    r"\b(?:nod(?:s|ded|ding)?|shrug\w*|nick(?:t|en)|hoche\w*|asient\w+|"
    r"annuisc\w+|kiwa\w*|knik\w*|nickar|acen\w+ (?:com a cabe\u00e7a|que))\b"
    r"|\u043a\u0438\u0432\u0430|\u3046\u306a\u305a|\u70b9\u5934",
    re.IGNORECASE,
)
_OFF_THE_GROUND = re.compile(
    r"\b(?:off|from) the (?:\w+ )?(?:floor|ground|grass|sand|carpet|rug|snow|dirt|pavement|street|mud)\b|"
    r"\bvom boden|\bdu sol\b|"
    r"\bdel suelo|\bda terra|\bdo ch\u00e3o|\bz (?:pod\u0142ogi|ziemi)|"
    r"\bvan de (?:grond|vloer)|\bfr\u00e5n (?:golvet|marken)",
    re.IGNORECASE,
)


def _posed(pose: str, text: str, stage: Stage) -> str:
    """The pose that the set allows: who is in a car, a van or a boat sits; who sits on the ground has no chair.

    And that the words mean: a nod raises no hand, and what lies on the ground is picked up there.
    """
    if pose == "wave" and _NODS.search(text):
        pose = "stand"
    if pose == "lift" and _OFF_THE_GROUND.search(text):
        pose = "kneel"
    if pose == "lie" and stage.kind in _SEATS and not (_GROUND.search(text) or lies_on(text)):
        return "sit"
    if pose == "lie" and not _GROUND.search(text) and (lies_on(text) or stage.kind in _BEDROOMS):
        pose = "bed"
    pose = at_table(pose, text, roofed=stage.shell in ROOFED)
    if stage.shell in SEATED or (_is_low(stage) and pose not in _LOW_POSES):
        return "sit"
    return "floor" if pose == "sit" and _GROUND.search(text) else pose


def _has_chairs(stage: Stage) -> bool:
    return stage.shell in ROOFED - {"cave", "tent"} and not _is_low(stage)


def _is_low(stage: Stage) -> bool:
    """True if nobody can stand up in the set."""
    return stage.kind == "rowboat" or (stage.shell in ROOFED and 0 < stage.height < _LOWEST)


def _over(seen: Seen, scene: SceneBrief, cast: Cast, stage: Stage) -> Figure | None:
    if seen.over is None:
        return None
    side = -1 if seen.over.side == "left" else 1
    return Figure(seen.over.name, _look(seen.over.name, scene, cast, stage), side * 0.62, 0, -side * 82)


def _crowd(scene: SceneBrief, seen: Seen, pose: str, stage: Stage, cast: Cast) -> tuple[Figure, ...]:
    """Rows behind the people, each standing a little off its place, as deep as the set allows."""
    if stage.shell in _NO_CROWD:
        return ()
    wide = max(1.2, min(stage.width / 2 - 0.5, 4.6)) if stage.width else 3.6
    deep = max(1.3, min(stage.depth - 0.6, 7.0)) if stage.depth else 5.0
    rows = -(-len(seen.crowd) // _ROW)
    return tuple(
        _bystander(person, at, len(seen.crowd), (wide, deep, rows), pose, _look(person.name, scene, cast, stage))
        for at, person in enumerate(seen.crowd)
    )


def _companions(figures: Sequence[Figure], scene: SceneBrief, stage: Stage, cast: Cast) -> Iterator[Figure]:
    """The others of a group that is one subject ("two men", "soldiers"), close behind the one who stands for it."""
    for figure in figures if stage.shell not in _NO_CROWD else ():
        words = figure.name.casefold().split()
        if not singular_of_people(words[-1]) or figure.look.shape == "animal":
            continue
        said = re.findall(rf"\b(\w+) (?:\w+ )?{re.escape(words[-1])}\b", " ".join(scene.actions).casefold())
        count = next((word_lists.MANY[word] for word in (*words, *said) if word in word_lists.MANY), _GROUP)
        for at in range(1, min(count, _GROUP + 1)):
            name = f"{figure.name} {at + 1}"
            out = math.copysign(0.55 * at, figure.x or 1)
            look = _look(name, scene, cast, stage)
            yield replace(
                figure, name=name, look=look, x=figure.x + out, z=figure.z + 0.4 * at, speaks=False, thing="", label="",
                second=NOTHING,
            )  # fmt: skip


def _bystander(person: Person, at: int, count: int, room: tuple[float, float, int], pose: str, look: Look) -> Figure:
    wide, deep, rows = room
    row, place = divmod(at, _ROW)
    in_row = min(_ROW, count - row * _ROW)
    span = min(wide, 0.5 + 0.46 * in_row + 0.3 * row)
    across = (place + 0.5) / in_row * 2 - 1 + (0.12 if row % 2 else -0.06)
    x = span * across + 0.2 * (seeded.unit("across", person.name) - 0.5)
    z = min(deep, 1.35 + (deep - 1.6) * row / max(1, rows) * 0.9 + 0.35 * seeded.unit("back", person.name))
    turn = (34 if x < 0 else -34) + 50 * (seeded.unit("facing", person.name) - 0.5)
    facing = (80 if seeded.number("way", person.name) % 2 else -80) if pose in {"walk", "run"} else turn
    return Figure(person.name, look, round(x, 3), round(z, 3), round(facing, 1), pose)
