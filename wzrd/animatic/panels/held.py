"""Things held in the hands: where each is, how large, how it is turned."""

import json
import math
from collections.abc import Mapping
from importlib.resources import files

from wzrd.animatic.panels.canvas import Point
from wzrd.animatic.panels.limbs import Body
from wzrd.animatic.panels.things import draw_thing
from wzrd.animatic.panels.view import View

HUNG = frozenset({"suitcase", "bag", "basket", "bucket"})
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
    """The things in both hands, turned the way their holder looks: a second one is in the other hand."""
    figure, pose = body.figure, body.figure.pose
    left, right = body.joint("hand"), body.joint("hand2")
    other = figure.second.thing if not (any(figure.hands) or figure.thing_at) else ""
    if other:
        _draw_in(view, body, other, left if pose in RIGHT | AT_FACE or pose == "eat" else right)
    if thing := figure.thing:
        _draw_first(view, body, thing, (left, right), alone=not other)


def _draw_first(view: View, body: Body, thing: str, hands: tuple[Point, Point], *, alone: bool) -> None:
    """Draws the thing that one hand has, or both."""
    (left, right), pose = hands, body.figure.pose
    half = (body.figure.thing_half or _HALF.get(thing, _USUAL)) * body.scale
    if body.figure.thing_at is not None:
        x, y, _ = view.camera.picture(body.figure.thing_at)
        draw_thing(body.canvas, thing, (x, y), half, view)
    elif thing in HUNG and pose in {"stand", "walk", "run", "hold", "carry"}:
        draw_thing(body.canvas, thing, (left[0], left[1] + half), half, view)
    elif pose in AT_FACE - {"photo"} or pose == "eat":
        _draw_in(view, body, thing, (right[0], right[1] - 0.02 * body.scale), most=0.11)
    elif pose in RIGHT:
        _draw_in(view, body, thing, right)
    elif thing in _GRIPS or pose in _LEFT or not alone:
        _draw_in(view, body, thing, left)
    else:
        middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2 - 0.05 * body.scale)
        _draw_in(view, body, thing, middle)


def _draw_in(view: View, body: Body, thing: str, spot: Point, most: float = 9.0) -> None:
    """A thing as a hand has it at a spot of the picture. `most`: metres of its half."""
    half = min(body.figure.thing_half or _HALF.get(thing, _USUAL), most) * body.scale
    side = 1 if math.sin(math.radians(body.turn)) >= 0 else -1
    flip = -side if thing in _POINTS else 1
    gx, gy = _GRIPS.get(thing, (0.0, 0.0)) if body.figure.pose not in AT_FACE else (0.0, 0.0)
    draw_thing(body.canvas, thing, (spot[0] - gx * flip * half, spot[1] - gy * half), half, view, flip=flip)
