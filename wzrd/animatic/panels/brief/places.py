"""Where a scene plays, as a set: its kind read from heading or prose, laid out as sets.json says."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from wzrd.animatic.panels.brief.values import Part, Stage
from wzrd.animatic.panels.brief.word_lists import MAX_READ, PROPS, SETS, words_of
from wzrd.animatic.seeded import seeded
from wzrd.domain.shots import SceneBrief

_KINDS = SETS["kinds"]
_BY_NAME: dict[str, str] = {
    name.strip(): kind
    for kind, facts in reversed(_KINDS.items())
    for name in facts["words"].split(",")
    if kind not in {"interior", "exterior"}
}
_NAMES = re.compile(r"\b(" + "|".join(map(re.escape, sorted(_BY_NAME, key=len, reverse=True))) + r")(?:e?s)?\b")
_MARK = re.compile(r"^\s*(int\.?\s*/\s*ext|ext\.?\s*/\s*int|i\s*/\s*e|int|ext|interior|exterior)\b[\s.,:]*")
_GENERIC = frozenset({"interior", "exterior"})
_INSIDE = frozenset({"room", "hall", "car", "stage", "cave"})
_NARROW = 3.0  # metres: what is mirrored in a narrower set would stand in the way
_OPTION = re.compile(r"([twhdy])(-?\d*\.?\d+)")


def heading_of(scene: SceneBrief) -> tuple[str, str]:
    """`int`, `ext` or nothing, and the place's words, folded; both from the location, else from the title."""
    text = " ".join((scene.location or scene.title)[:300].casefold().split())
    found = _MARK.match(text)
    mark = found.group(1) if found else ""
    io = "" if "/" in mark else mark[:3]
    return io, text[found.end() :] if found else text


def sets_of(scenes: Iterable[SceneBrief]) -> dict[str, str]:
    """The kind of set of each place of a film: as its first scene tells, the same in every later one."""
    kinds: dict[str, str] = {}
    for scene in scenes:
        if key := _place_key(scene):
            kinds.setdefault(key, kind_of(scene))
    return kinds


def _place_key(scene: SceneBrief) -> str:
    """What makes two scenes play in one place: the side of its walls and its name; nothing where no place is told."""
    io, place = heading_of(scene)
    return f"{io} {place}" if place else ""


def kind_of(scene: SceneBrief) -> str:
    """The kind of set that a scene alone tells: its heading before its prose."""
    io, place = heading_of(scene)
    prose = _prose(scene)
    kind = _last_named(place) or _last_named(scene.title[:300].casefold()) or _first_named(prose)
    return _moved(kind or ("exterior" if io == "ext" else "interior"), io)


def _prose(scene: SceneBrief) -> str:
    return " ".join((scene.title, scene.description, *scene.actions))[:MAX_READ].casefold()


def stage_of(scene: SceneBrief, sets: Mapping[str, str] | None = None) -> Stage:
    """The set of a scene: the same for every shot of it and, with the film's `sets`, for every scene in its place."""
    _, place = heading_of(scene)
    kind = (sets or {}).get(_place_key(scene)) or kind_of(scene)
    facts = _KINDS[kind]
    width, depth, height = map(float, facts["size"].split())
    parts = [_part(text, width, depth) for text in facts["parts"].split("|") if text.strip()]
    stage = Stage(kind, facts["shell"], width, depth, height, facts.get("floor", ""), facts.get("wall", ""))
    parts += _props(f"{place} {_prose(scene)}", {part.name for part in parts}, stage)
    flipped = seeded.number("mirror", place) % 2 == 1 and width > _NARROW and kind != "control"
    placed = tuple(_mirrored(part) if flipped else part for part in parts)
    return replace(stage, far=facts.get("far", ""), parts=placed)


def is_generic(kind: str) -> bool:
    """Whether a kind of set is the plain one of its sort: nobody understood what the place is."""
    return kind in _GENERIC


def hue_of(kind: str) -> int:
    """The hue in degrees that a kind of place has in daylight."""
    return int(_KINDS[kind]["hue"])


def is_inside(stage: Stage) -> bool:
    """Whether the set has a roof."""
    return stage.shell in _INSIDE


def _last_named(text: str) -> str:
    hits = _NAMES.findall(text)
    return _BY_NAME[hits[-1]] if hits else ""


def _first_named(text: str) -> str:
    found = _NAMES.search(text)
    return _BY_NAME[found.group(1)] if found else ""


def _moved(kind: str, io: str) -> str:
    """A kind of place seen from the side of its walls that the heading tells: EXT. CHURCH is a village with one."""
    inside = _KINDS[kind]["shell"] in _INSIDE
    if io == "ext" and inside:
        return SETS["outdoors"].get(kind, kind)
    if io == "int" and not inside:
        return SETS["indoors"].get(kind, kind)
    return kind


def _part(text: str, width: float, depth: float) -> Part:
    """One part from its line: name, place (`x z`, or a wall B L R and how far along it), options, kind."""
    name, *rest = text.split()
    wall = rest.pop(0) if rest[0] in {"B", "L", "R"} else ""
    along = float(rest.pop(0))
    x, z, turn = {"B": (along, depth, 0.0), "L": (-width / 2, along, 90.0), "R": (width / 2, along, -90.0)}.get(
        wall, (along, 0.0, 0.0)
    )
    if not wall:
        z = float(rest.pop(0))
    options = {found.group(1): float(found.group(2)) for word in rest if (found := _OPTION.fullmatch(word))}
    kind = next((word for word in rest if not _OPTION.fullmatch(word)), "")
    size = (options.get("w", 0.0), options.get("h", 0.0), options.get("d", 0.0))
    return Part(name, x, options.get("y", 0.0), z, options.get("t", turn), *size, kind, on_wall=bool(wall))


def _mirrored(part: Part) -> Part:
    return replace(part, x=-part.x, turn=-part.turn)


def _props(text: str, present: set[str], stage: Stage) -> list[Part]:
    """What the scene's own words put into the set beside what is always there: at most three things."""
    found: list[Part] = []
    for word in dict.fromkeys(words_of(text)):
        line = PROPS.get(word, "")
        if not line or line.split()[0] in present | {part.name for part in found}:
            continue
        part = _part(line, stage.width, stage.depth)
        big = part.name in {"car", "boat_far", "train_far", "tent", "tree"}
        if (big and stage.shell in _INSIDE) or (part.on_wall and stage.shell not in {"room", "hall"}):
            continue
        if stage.shell in _INSIDE and abs(part.x) > stage.width / 2 - 0.4 and not part.on_wall:
            continue
        found.append(part)
    return found[:3]
