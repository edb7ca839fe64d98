"""Things held in the hands: where each is, how large, how it is turned."""

import json
import math
from collections.abc import Mapping
from importlib.resources import files

from wzrd.animatic.panels.canvas import Point
from wzrd.animatic.panels.limbs import Body
from wzrd.animatic.panels.things import draw_thing
from wzrd.animatic.panels.view import View

HUNG = frozenset({"suitcase", "umbrella", "bag", "basket", "bucket"})
"""Things that hang from one hand."""
_USUAL = 0.095  # metres, half of what is held
_RAW = json.loads(files("wzrd.animatic.panels").joinpath("held.json").read_bytes())
_HALF: Mapping[str, float] = _RAW["half"]
_GRIPS: Mapping[str, Point] = _RAW["grips"]  # where a hand takes it, in halves of the thing
_POINTS = frozenset({"gun", "rifle", "flashlight", "knife", "syringe"})  # drawn with their end to the left
AT_FACE = frozenset({"phone", "drink", "weep", "photo"})
"""Poses with a hand before the face."""

RIGHT, _LEFT = frozenset({"wave", "strike"}), frozenset({"give", "put"})
"""Poses in which one hand has the thing."""


def draw_held(view: View, body: Body) -> None:
    """The thing, turned the way its holder looks."""
    thing = body.figure.thing
    if not thing:
        return
    left, right = body.joint("hand"), body.joint("hand2")
    half = (body.figure.thing_half or _HALF.get(thing, _USUAL)) * body.scale
    if body.figure.thing_at is not None:
        x, y, _ = view.camera.picture(body.figure.thing_at)
        draw_thing(body.canvas, thing, (x, y), half, view)
        return
    side = 1 if math.sin(math.radians(body.turn)) >= 0 else -1
    pose = body.figure.pose
    if thing in HUNG and pose in {"stand", "walk", "run", "hold", "carry"}:
        draw_thing(body.canvas, thing, (left[0], left[1] + half), half, view)
        return
    middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2 - 0.05 * body.scale)
    if pose in AT_FACE - {"photo"} or pose == "eat":
        middle = (right[0], right[1] - 0.02 * body.scale)
        half = min(half, 0.11 * body.scale)
    elif pose in RIGHT:
        middle = right
    elif thing in _GRIPS or pose in _LEFT:
        middle = left
    flip = -side if thing in _POINTS else 1
    gx, gy = _GRIPS.get(thing, (0.0, 0.0)) if pose not in AT_FACE else (0.0, 0.0)
    draw_thing(body.canvas, thing, (middle[0] - gx * flip * half, middle[1] - gy * half), half, view, flip=flip)
