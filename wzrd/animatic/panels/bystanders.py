"""People of a crowd: a dozen strokes each, enough from across a street."""

import math
from dataclasses import dataclass, fields

from wzrd.animatic.panels.animals import draw_animal
from wzrd.animatic.panels.brief.values import Colour, Figure
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, placed, spline
from wzrd.animatic.panels.heads import Paint
from wzrd.animatic.panels.paints import paint_of
from wzrd.animatic.panels.view import View
from wzrd.animatic.seeded import seeded

_FEATURES = 15  # pixels of a head that shows eyes
_LONG = frozenset({"long", "bob", "curly"})


@dataclass(frozen=True, slots=True)
class _Sketch:
    """Somebody on a canvas: feet in pixels, pixels a metre, the side they look to (-1 left, 1 right), colours."""

    canvas: Canvas
    foot: Point
    scale: float
    side: int
    paint: Paint
    line: float
    figure: Figure

    def at(self, x: float, y: float) -> Point:
        """A point given in metres forward and up."""
        return self.foot[0] + self.side * x * self.scale, self.foot[1] - y * self.scale

    def fill(self, points: list[Point], colour: Colour, *, ink: bool = True) -> None:
        """A shape in metres."""
        self.canvas.fill([self.at(*point) for point in points], colour, self.paint.ink if ink else None, self.line)

    def limb(self, points: list[Point], colour: Colour, width: float) -> None:
        """A limb in metres, with its ink beneath."""
        placed = [self.at(*point) for point in points]
        self.canvas.line(placed, self.paint.ink, width * self.scale + 2 * self.line)
        self.canvas.line(placed, colour, width * self.scale)


def draw_bystander(view: View, canvas: Canvas, figure: Figure) -> None:
    """Somebody in the background where they stand, lost in haze with distance."""
    x, y, scale = view.camera.picture((figure.x, 0.0, figure.z))
    if not scale or not -scale < x < view.frame.width + scale:
        return
    depth = view.camera.focal / scale
    paint = _hazed(view, paint_of(view, figure), depth)
    turn = math.radians(figure.facing + math.degrees(view.camera.yaw))
    side = 1 if math.sin(turn) >= 0 else -1
    if figure.look.shape == "animal":
        draw_animal(view, canvas, figure, (x, y), scale, side)
        return
    own = scale * figure.look.height / 1.75
    sketch = _Sketch(canvas, (x, y), own, side, paint, view.ink(depth)[1] * 0.7, figure)
    canvas.fill(ellipse(x - view.key * 0.1 * own, y, 0.3 * own, 0.05 * own, steps=14), view.colour(0.16, depth))
    _legs(sketch)
    _trunk(sketch, view.key * side)
    _head(sketch, away=math.cos(turn) < -0.3)


def _hazed(view: View, paint: Paint, depth: float) -> Paint:
    colours = {one.name: view.colour(getattr(paint, one.name), depth) for one in fields(Paint)}
    return Paint(**{**colours, "ink": view.ink(depth)[0]})


def _legs(sketch: _Sketch) -> None:
    usual = 0.05 + 0.08 * seeded.unit("stride", sketch.figure.name)
    stride = {"run": 0.42, "walk": 0.24}.get(sketch.figure.pose, usual)
    trousers = sketch.paint.lower
    skirt = sketch.figure.look.skirt
    for foot in (stride, -stride * 0.8):
        knee = foot * 0.55 + (0.1 if sketch.figure.pose == "run" and foot > 0 else 0.02)
        leg = sketch.paint.skin_shade if skirt else trousers
        sketch.limb([(0.0, 0.9), (knee, 0.48), (foot, 0.05), (foot + 0.1, 0.04)], leg, 0.1 if skirt else 0.12)
    if skirt:
        hem = 0.92 - 0.85 * skirt
        cloth = sketch.paint.coat if sketch.figure.look.garment == "dress" else trousers
        sketch.fill([(-0.17, 0.95), (0.17, 0.95), (0.24 + stride * 0.3, hem), (-0.24 - stride * 0.3, hem)], cloth)


def _trunk(sketch: _Sketch, light: int) -> None:
    paint, wide = sketch.paint, 0.21 * sketch.figure.look.girth
    lean = 0.12 if sketch.figure.pose == "run" else 0.0
    hem = 0.84 - 0.38 * sketch.figure.look.coat_length
    hips, sides = wide * 0.85, ((wide, 1.32), (wide * 0.5, 1.45))
    left, right = ([(side * x + lean, y) for x, y in sides] for side in (-1, 1))
    sketch.fill([(-hips, hem), (hips, hem), *right, *reversed(left)], paint.coat)
    shade = -light
    shadow = [(shade * wide + lean, 1.32), (shade * wide * 0.5 + lean, 1.44)]
    sketch.fill([(shade * 0.02, hem), (shade * hips, hem), *shadow], paint.coat_shade, ink=False)
    raised = sketch.figure.pose == "arms_up"
    swing = 0.1 * seeded.unit("swing", sketch.figure.name) + (0.2 if sketch.figure.pose in {"walk", "run"} else 0.0)
    for arm, colour in ((-1, paint.coat_shade), (1, paint.coat)):
        shoulder = (arm * wide * 0.92 + lean, 1.32)
        hand = (arm * (wide + 0.12), 1.86) if raised else (arm * (wide * 0.9 + swing), 0.84 + swing * 0.6)
        elbow = (arm * (wide + 0.1), 1.58) if raised else (arm * (wide + 0.04), 1.08)
        sketch.limb([shoulder, elbow, hand], colour, 0.095)
        sketch.canvas.disc(*sketch.at(*hand), sketch.scale * 0.05, paint.skin, paint.ink, sketch.line)


def _head(sketch: _Sketch, *, away: bool) -> None:
    paint, look = sketch.paint, sketch.figure.look
    lean = 0.18 if sketch.figure.pose == "run" else 0.0
    size = 0.12 * (1.2 if look.height < 1.4 else 1.0)
    middle = (lean, 1.6)
    sketch.limb([(lean * 0.7, 1.42), (lean, 1.54)], paint.skin_shade, 0.09)
    x, y = sketch.at(*middle)
    across, down = size * 0.82 * sketch.scale, size * sketch.scale
    if look.hair in _LONG:
        fall = ellipse(x - sketch.side * across * 0.2, y + down * 0.35, across * 1.15, down * 1.2, steps=16)
        sketch.canvas.fill(fall, paint.hair, paint.ink, sketch.line)
    colour = paint.hair if away else paint.skin
    sketch.canvas.fill(ellipse(x, y, across, down, steps=18), colour, paint.ink, sketch.line)
    if away:
        return
    ahead = sketch.side * across
    if look.hair != "bald":
        cap = placed("-1.02,.25 -1,-.5 -.3,-1.06 .6,-.95 .95,-.42 .3,-.5 -.45,-.3 -.6,.2", x, y, ahead, down)
        sketch.canvas.fill(spline(cap, steps=2), paint.hair, paint.ink, sketch.line)
    if look.hat in {"cap", "brim", "beanie", "helmet", "cook"}:
        rim = 1.5 if look.hat == "brim" else 1.15
        hat = [(-rim, -0.4), (-0.95, -0.5), (-0.8, -1.15), (0.8, -1.15), (0.95, -0.5), (rim + 0.25, -0.38)]
        outline = [(x + u * ahead, y + v * down) for u, v in hat]
        sketch.canvas.fill(outline, paint.coat_shade, paint.ink, sketch.line)
    if down * 2 > _FEATURES:
        for eye in (0.15, 0.62):
            sketch.canvas.disc(x + sketch.side * eye * across, y + 0.02 * down, max(0.8, down * 0.08), paint.ink)
        mouth = [(x + sketch.side * u * across, y + 0.5 * down) for u in (0.2, 0.6)]
        sketch.canvas.line(mouth, paint.ink, sketch.line)
