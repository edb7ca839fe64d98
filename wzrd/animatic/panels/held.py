"""Things held in the hands: where each is, how large, how it is turned."""

import math
from collections.abc import Mapping

from wzrd.animatic.panels.canvas import Point
from wzrd.animatic.panels.limbs import Body
from wzrd.animatic.panels.things import draw_thing
from wzrd.animatic.panels.view import View

HUNG = frozenset({"suitcase", "umbrella", "bag", "basket", "bucket"})
"""Things that hang from one hand."""
_USUAL = 0.095  # metres, half of what is held
_HALF: Mapping[str, float] = {
    "horn": 0.27, "box": 0.17, "suitcase": 0.22, "guitar": 0.34, "book": 0.13, "bag": 0.17, "umbrella": 0.3,
    "bat": 0.34, "rifle": 0.42, "sword": 0.4, "axe": 0.3, "hammer": 0.17, "flashlight": 0.12, "laptop": 0.17,
    "newspaper": 0.24, "plate": 0.14, "pan": 0.18, "shovel": 0.52, "broom": 0.6, "pillow": 0.26, "gun": 0.12,
    "bottle": 0.13, "camera": 0.11, "ball": 0.12, "cigarette": 0.05, "photo": 0.1, "paper": 0.12, "letter": 0.11,
    "chess": 0.2, "screen": 0.2, "flower": 0.15, "toy": 0.14, "lamp": 0.15, "candle": 0.11, "radio": 0.13,
    "mirror": 0.14, "thermos": 0.12, "hat": 0.13, "key": 0.06, "pen": 0.07, "ring": 0.03, "syringe": 0.08,
    "mask": 0.12, "phone": 0.07, "telephone": 0.1, "knife": 0.14, "wheel": 0.19, "plank": 0.5,
    "stick": 0.45, "basket": 0.2, "bucket": 0.17, "comb": 0.08, "crucifix": 0.13, "bullet": 0.05,
}  # fmt: skip
_POINTS = frozenset({"gun", "rifle", "flashlight", "knife", "syringe"})  # drawn with their end to the left
_GRIPS: Mapping[str, Point] = {  # where a hand takes it, in halves of the thing
    "gun": (0.6, 0.3), "rifle": (0.1, 0.0), "bat": (-0.8, 0.7), "sword": (0.7, 0.7), "axe": (0.5, 0.6),
    "knife": (0.7, -0.3), "hammer": (0.5, 0.7), "flashlight": (0.5, 0.0), "pan": (0.9, -0.2), "shovel": (0.2, -0.3),
    "broom": (0.25, -0.4), "umbrella": (0.1, 0.8), "bottle": (0.0, 0.3), "flower": (0.0, 0.6), "candle": (0.0, 0.5),
    "lamp": (0.0, -0.9), "stick": (0.35, -0.75), "spoon": (-0.7, 0.6), "crucifix": (0.0, 0.6),
}  # fmt: skip
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
