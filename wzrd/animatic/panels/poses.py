"""Poses: a body's joints, for a figure of 1.75 metres: to its left, up from the floor, forward.

A pose names what differs from standing; the right side (a 2 at the name's end) stands beside the left. A feeling moves
the joints of whoever stands or sits; "old" is how age stoops, "bent" how far who bends their head by a metre. A hand
that touches something is there, its elbow bent to reach. All of it lies in poses.json.
"""

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from wzrd.animatic.panels.brief.values import Figure, Spot

Joint = tuple[float, float, float]
USUAL = 1.75
"""The height in metres that the joints are given for."""
_UPPER, _LOWER, _HAND = 0.262, 0.258, 0.09
"""Lengths of an arm's parts in metres, and of a hand up to where it touches."""
_SPREAD = {"child": 0.84, "woman": 0.88}
"""Breadth of shoulders as a factor of a man's."""

_DATA: Mapping[str, Any] = json.loads(files("wzrd.animatic.panels").joinpath("poses.json").read_bytes())
_POSES, _FELT, _STOOPS, _BENDS = (
    {name: {joint: (x, y, z) for joint, (x, y, z) in joints.items()} for name, joints in table.items()}
    for table in (_DATA["poses"], _DATA["feelings"], {"": _DATA["old"]}, {"": _DATA["bent"]})
)
TILTS: Mapping[str, float] = _DATA["tilts"]
"""Degrees that the head is bent up in a pose."""
MOODS: Mapping[str, float] = _DATA["moods"]
"""And in a feeling."""
UPRIGHT = frozenset({"stand", "sit", "walk", "hold", "carry", "look_down", "point", "reach", "give", "fold", "eat"})
"""Poses that a feeling shows in."""
AT_TABLE = frozenset({"eat", "desk"})
"""Poses of people who sit at a table, their hands on it."""
LYING = frozenset({"lie", "bed", "carried", "hauled"})


def known(pose: str) -> str:
    """The pose itself, or standing for one that nobody knows."""
    return pose if pose in _POSES else "stand"


_BODY = frozenset({"chest", "neck", "head", "shoulder", "shoulder2"})


def joints_of(figure: Figure) -> dict[str, Joint]:
    """All joints of somebody; women and children have narrower shoulders, the old stoop."""
    look, pose = figure.look, known(figure.pose)
    joints = {**_POSES["stand"], **_POSES[pose]}
    wide = _SPREAD.get(look.age, _SPREAD.get(look.gender, 1.0))
    for name in ("shoulder", "hip"):
        x, y, z = joints[name]
        x *= wide if name == "shoulder" else 1.0
        joints[name], joints[name + "2"] = (x, y, z), (-x, y, z)
    if look.age == "old" and pose not in LYING:
        _move(joints, _STOOPS[""])
    if pose in UPRIGHT:
        arms = figure.pose == "stand" and not figure.thing
        _move(joints, {name: by for name, by in _FELT.get(figure.feeling, {}).items() if arms or name in _BODY})
    if figure.stoop:
        low = figure.stoop
        _move(joints, {name: (low * x, low * y, abs(low) * z) for name, (x, y, z) in _BENDS[""].items()})
    for side, target in zip(("", "2"), figure.hands, strict=True):
        if target is not None:
            _reach(joints, side, _within(figure, target))
    return joints


def _move(joints: dict[str, Joint], offsets: dict[str, Joint]) -> None:
    for name, (across, up, forward) in offsets.items():
        x, y, z = joints[name]
        joints[name] = (x + across, y + up, z + forward)


def _reach(joints: dict[str, Joint], side: str, target: Joint) -> None:
    """The arm bent, elbow down and out, so that its hand touches the target; straight towards one too far off."""
    shoulder = joints["shoulder" + side]
    far = math.dist(shoulder, target) or 1.0
    way = [(end - start) / far for start, end in zip(shoulder, target, strict=True)]
    long = max(0.12, min(far - _HAND, (_UPPER + _LOWER) * 0.99))
    along = (_UPPER**2 - _LOWER**2 + long**2) / (2 * long)
    out = math.sqrt(max(0.0, _UPPER**2 - along**2))
    pole = ((-0.5 if side else 0.5), -1.0, -0.2)
    onward = sum(a * b for a, b in zip(pole, way, strict=True))
    bend = [a - onward * b for a, b in zip(pole, way, strict=True)]
    size = math.hypot(*bend) or 1.0
    x, y, z = (s + along * w + out * b / size for s, w, b in zip(shoulder, way, bend, strict=True))
    joints["elbow" + side] = (x, y, z)
    x, y, z = (s + long * w for s, w in zip(shoulder, way, strict=True))
    joints["hand" + side] = (x, y, z)


def spot_of(figure: Figure, joint: str, offset: Joint = (0.0, 0.0, 0.0)) -> Spot:
    """Where a joint of somebody is in the world; `offset` in their own axes, in metres of their size."""
    x, y, z = (a + b for a, b in zip(joints_of(figure)[joint], offset, strict=True))
    size, turn = figure.look.height / USUAL, math.radians(figure.facing)
    across, ahead = math.cos(turn), math.sin(turn)
    return figure.x + size * (z * ahead + x * across), size * y, figure.z + size * (x * ahead - z * across)


def beyond_reach(figure: Figure, hands: Sequence[Spot | None]) -> float:
    """Metres by which what somebody's hands are to touch is farther than their arms are long; 0 for none."""
    size, longest = figure.look.height / USUAL, (_UPPER + _LOWER) * 0.99 + _HAND
    far = [
        math.dist(spot_of(figure, "shoulder" + side), spot) for side, spot in zip(("", "2"), hands, strict=True) if spot
    ]
    return max(0.0, max(far, default=0.0) - longest * size)


def _within(figure: Figure, spot: Spot) -> Joint:
    """A point of the world in somebody's own axes."""
    size, turn = figure.look.height / USUAL, math.radians(figure.facing)
    x, z = (spot[0] - figure.x) / size, (spot[2] - figure.z) / size
    across, ahead = math.cos(turn), math.sin(turn)
    return x * across + z * ahead, spot[1] / size, x * ahead - z * across
