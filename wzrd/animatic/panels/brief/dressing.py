"""Parts that stand in a set: those of its kind, and those that the film's own words put there."""

import re
from collections.abc import Sequence
from dataclasses import replace

from wzrd.animatic.panels.brief.values import ROOFED, Part, Stage
from wzrd.animatic.panels.brief.word_lists import MAX_READ, PROPS, noun_of
from wzrd.domain.shots import SceneBrief

_OPTION = re.compile(r"([twhdy])(-?\d*\.?\d+)")
_BURNING = r"(?!(?<=\bfire)(?! (?:burns|burning|crackl|roar|glow|blaz|flicker|in the (?:hearth|grate|stove))))"
_THING = re.compile(  # "a fire" is shot, set or lost as often as it burns in a place
    r"\b(?:a|an|the|his|her|their|its|my|our)\s+(?:(?!of |in |on |at |to |and |is |as )[a-z-]+\s+){0,2}?("
    + "|".join(map(re.escape, sorted(PROPS, key=len, reverse=True)))
    + rf")\b(?!['\u2019-]){_BURNING}"
)
_LARGE = frozenset({"car", "boat_moored", "train_far", "tent", "tree", "well", "statue"})
_MOST, _STANDING = 3, 2
_ASIDE = 0.4  # metres of a part's middle from a side wall


def part_of(text: str, width: float, depth: float) -> Part:
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


def dressing_of(scenes: Sequence[SceneBrief], stage: Stage) -> tuple[str, ...]:
    """Lines of at most three parts that the words of a place's scenes add to its kind's own."""
    found: dict[str, str] = {}
    present = {part.name for part in stage.parts}
    for scene in scenes:
        prose = " ".join((scene.location, scene.description, *scene.actions))[:MAX_READ].casefold()
        for word in dict.fromkeys(_THING.findall(prose)):
            line = PROPS[word]
            name = line.split()[0] if line else ""
            if name and name not in present and name not in found and _fits(line, stage):
                found[name] = line
    return tuple(found.values())[:_MOST]


def with_standing(stage: Stage, props: Sequence[str]) -> Stage:
    """The stage with the large things of a shot that it has not, two at most: a piano, a cart, a well."""
    lines = dict.fromkeys(filter(None, (PROPS.get(noun_of(name), "") for name in props)))
    here = {part.name for part in stage.parts}
    new = [line for line in lines if line.split()[0] not in here and _fits(line, stage, narrow=True)][:_STANDING]
    parts = (_between(part_of(line, stage.width, stage.depth), stage) for line in new)
    return replace(stage, parts=(*stage.parts, *parts)) if new else stage


def _between(part: Part, stage: Stage) -> Part:
    """The part within the walls of a narrow set."""
    wide = stage.width / 2 - _ASIDE
    return part if part.on_wall or stage.shell not in ROOFED else replace(part, x=max(-wide, min(part.x, wide)))


def _fits(line: str, stage: Stage, *, narrow: bool = False) -> bool:
    """True if a set has room for a part; `narrow`: it may be moved in from the wall."""
    part = part_of(line, stage.width, stage.depth)
    inside = stage.shell in ROOFED
    if stage.shell in {"car", "card", "cockpit", "booth", "space", "sky", "deep"} or (part.name in _LARGE and inside):
        return False
    if part.on_wall and stage.shell not in {"room", "hall"}:
        return False
    return narrow or not (inside and abs(part.x) > stage.width / 2 - _ASIDE and not part.on_wall)
