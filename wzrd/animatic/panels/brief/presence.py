"""Who is in a panel: the people of its brief, and the nameless whom its words ask for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wzrd.animatic.panels.brief.looks import Cast
from wzrd.animatic.panels.brief.mentions import Role, roles_in
from wzrd.domain.names import voice_key
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea
from wzrd.language.people.scene_people import Person, only_heard, people_of, spelled
from wzrd.language.shots.briefs import derive_brief

WIDE = frozenset({"extreme_wide", "wide", "full"})
_ROOM: Mapping[str, int] = {"extreme_wide": 6, "wide": 5, "full": 4, "medium": 3, "medium_close_up": 2}
"""Number of people that a shot size holds; a closer size holds a face."""
_CROWD, _FEW = 14, 3
_ORDER = ("", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
          "twelfth", "thirteenth", "fourteenth", "fifteenth")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is in the picture, each with a side; `over` is seen from behind, `crowd` stands behind, drawn plainly."""

    people: tuple[Person, ...] = ()
    over: Person | None = None
    crowd: tuple[Person, ...] = ()


def seen_in(scene: SceneBrief, shot: ShotIdea, text: str, cast: Cast) -> tuple[ShotBrief, Seen]:
    """The shot's brief, derived where it has none, and who is seen. `text`: its words."""
    known = people_of(scene)
    names = [one.name for one in (*known, *(shot.brief.subjects if shot.brief else ()))]
    roles = () if shot.size == "insert" or shot.angle == "pov" else roles_in(text, names, only_heard(scene))
    few = [one for role in roles if role.count <= _FEW for one in _of_role(role, known, cast)]
    many = [one for role in roles if role.count > _FEW for one in _of_role(role, known, cast)]
    brief, room = shot.brief, len(shot.brief.subjects) if shot.brief else _ROOM.get(shot.size, 1)
    if brief is None:
        asked = _apart(few or ([] if names else many[:_FEW]), known)
        others, before = list(_others(known, cast)), cast.before.get(scene.number, ())
        brief = derive_brief(shot, scene, register=cast.register, others=others, roles=asked, before=before)
    people = [Person(one.name, one.side) for one in brief.subjects]
    over = Person(brief.over.name, brief.over.side) if brief.over else None
    there = {voice_key(one.name) for one in people[:room]}
    behind = (*(people[room:] if shot.size in WIDE else ()), *many)
    crowd = {voice_key(one.name): one for one in behind if voice_key(one.name) not in there}
    return brief, Seen(tuple(people[:room]), over, tuple(crowd.values())[:_CROWD])


def _of_role(role: Role, known: Sequence[Person], cast: Cast) -> list[Person]:
    """Those of a role: nobody new where the scene knows one by that word, else nameless ones."""
    same = cast.register.canonical(role.word)
    if role.count == 1 and any(
        role.word in one.name.casefold().split() or cast.register.canonical(one.name) == same for one in known
    ):
        return []
    names = [role.name if at == 0 else f"the {_ORDER[at]} {role.word}" for at in range(min(role.count, _CROWD))]
    return [Person(name, "left" if at % 2 else "right") for at, name in enumerate(names)]


def _others(known: Sequence[Person], cast: Cast) -> Iterable[Person]:
    """People of other scenes, whom a text may name here; not by a part of a name that is here already."""
    here = [set(one.name.casefold().split()) for one in known]
    for at, name in enumerate(cast.places):
        if not any(set(name.split()) <= words for words in here):
            yield Person(name if name.startswith("the ") else spelled(name), "left" if at % 2 else "right")


def _apart(nameless: Sequence[Person], known: Sequence[Person]) -> list[Person]:
    """The nameless, each on the side where fewer stand."""
    lefts = sum(1 if one.side == "left" else -1 for one in known)
    placed: list[Person] = []
    for one in nameless:
        placed.append(Person(one.name, "right" if lefts > 0 else "left"))
        lefts += 1 if placed[-1].side == "left" else -1
    return placed
