"""Animals from the side: a few body plans with each kind's own measures, in ink and wash like everybody else."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from wzrd.animatic.panels.brief.values import Colour, Figure
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix, spline
from wzrd.animatic.panels.paints import tinted
from wzrd.animatic.panels.view import View
from wzrd.animatic.seeded import seeded

_RAW: Mapping[str, Any] = json.loads(files("wzrd.animatic.panels").joinpath("animals.json").read_bytes())
_KINDS: Mapping[str, str] = {word: kind for kind, facts in _RAW.items() for word in facts["words"].split()}


@dataclass(frozen=True, slots=True)
class _Pen:
    """A canvas in an animal's own measure: 1 is its height at the shoulder; x goes to where it looks."""

    canvas: Canvas
    foot: Point
    size: float
    side: int
    fur: Colour
    shade: Colour
    ink: Colour
    facts: Mapping[str, Any]
    seed: str

    def at(self, points: list[Point]) -> list[Point]:
        """Where points fall."""
        return [(self.foot[0] + self.side * x * self.size, self.foot[1] - y * self.size) for x, y in points]

    def fill(self, points: list[Point], colour: Colour | None = None, *, ink: bool = True, smooth: bool = True) -> None:
        """A shape in the animal's colour."""
        placed = self.at(points)
        placed = spline(placed, steps=4) if smooth else placed
        self.canvas.fill(placed, colour or self.fur, self.ink if ink else None, self.line)

    def stroke(self, points: list[Point], width: float, colour: Colour | None = None, end: float = 0.3) -> None:
        """A brush line; `width` in its measure."""
        placed = spline(self.at(points), closed=False, steps=4)
        self.canvas.stroke(placed, self.ink, width * self.size + 2 * self.line, 0.8, end)
        self.canvas.stroke(placed, colour or self.fur, width * self.size, 0.8, end)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour | None = None) -> None:
        """An ellipse."""
        ((px, py),) = self.at([(x, y)])
        shape = ellipse(px, py, across * self.size, down * self.size, steps=18)
        self.canvas.fill(shape, colour or self.fur, self.ink, self.line)

    @property
    def line(self) -> float:
        """The width of its ink."""
        return max(0.7, min(3.2, self.size * 0.012))


def kind_of(name: str) -> str:
    """The kind of animal that a name tells; a dog where it tells none."""
    return next((_KINDS[word] for word in reversed(name.casefold().split()) if word in _KINDS), "dog")


def height_of(name: str) -> float:
    """How high an animal's head is, in metres."""
    facts = _RAW[kind_of(name)]
    return round(facts["size"] * facts.get("tall", 1.25) * _young(name), 3)


def _young(name: str) -> float:
    return 0.6 if set(name.casefold().split()) & {"puppy", "kitten", "calf", "lamb", "foal", "pony", "chick"} else 1.0


def draw_animal(view: View, canvas: Canvas, figure: Figure, foot: Point, scale: float, side: int) -> None:
    """An animal from the side; `scale` pixels a metre, `side` 1 when it looks right."""
    facts = _RAW[kind_of(figure.name)]
    depth = view.camera.focal / scale
    colours: list[list[int]] = facts["colours"]
    red, green, blue = seeded.pick(tuple(map(tuple, colours)), "fur", figure.name)
    size = facts["size"] * _young(figure.name) * scale
    fur = view.colour(tinted(view, (red, green, blue), 0.04), depth)
    shade = view.colour(tinted(view, (red, green, blue), -0.2), depth)
    ahead = facts.get("length", 1.0) * 0.45
    pen = _Pen(canvas, (foot[0] - side * ahead * size, foot[1]), size, side, fur, shade, view.ink(depth)[0], facts, figure.name)
    wide = facts.get("length", 1.0) * 0.6
    if figure.pose != "fly":
        canvas.fill(ellipse(*pen.foot, size * wide, size * 0.08, steps=18), view.colour(0.16, depth))
    plan = "flying" if figure.pose == "fly" and facts["plan"] == "bird" else facts["plan"]
    _BODIES[plan](pen)


def _quadruped(pen: _Pen) -> None:
    facts = pen.facts
    half, leg = facts["length"] / 2, facts["leg"]
    bend = 0.06 * (seeded.unit("step", pen.seed) - 0.3)
    thick = facts.get("thick", 0.13)
    _leg(pen, half * 0.72 + 0.08, leg, thick, 0.1 + bend, pen.shade, hind=False)
    _leg(pen, -half * 0.78 + 0.1, leg, thick, 0.06 - bend, pen.shade, hind=True)
    _tail(pen, half)
    _leg(pen, half * 0.72, leg, thick, -0.04 - bend, pen.fur, hind=False)
    _leg(pen, -half * 0.78, leg, thick, -0.1 + bend, pen.fur, hind=True)
    body = [
        (-half, 0.9), (-half * 0.55, 1.0), (0, 0.95), (half * 0.7, 1.0), (half * 1.02, 0.82), (half * 0.95, leg + 0.02),
        (half * 0.3, leg - 0.03), (-half * 0.45, leg + facts.get("tuck", 0.04)), (-half * 1.02, leg + 0.16),
    ]  # fmt: skip
    neck, head = _neck(pen, half)
    for ink in (True, False):  # the outline of all, then the colour over the seams
        pen.fill(body, ink=ink)
        pen.fill(neck, ink=ink, smooth=False)
    pen.fill([(half * 0.9, leg + 0.06), (half * 0.2, leg), (-half * 0.5, leg + 0.06), (-half * 0.3, leg + 0.16), (half * 0.5, leg + 0.14)], pen.shade, ink=False)  # fmt: skip
    _marks(pen, half)
    _head(pen, *head)


def _leg(pen: _Pen, x: float, top: float, thick: float, step: float, colour: Colour, *, hind: bool) -> None:
    wide = thick * (1.35 if hind else 1.0)
    bow = -0.09 if hind else 0.02
    high = top + 0.24
    shape = [
        (x - wide * 0.8, high), (x + wide * 0.8, high), (x + wide * 0.55 + bow * 0.3, top * 0.75),
        (x + thick * 0.36 + bow + step, top * 0.42), (x + thick * 0.42 + step, 0.06), (x + thick * 0.7 + step, 0.0),
        (x - thick * 0.36 + step, 0.0), (x - thick * 0.36 + bow + step, top * 0.42), (x - wide * 0.5 + bow * 0.4, top * 0.78),
    ]  # fmt: skip
    pen.fill(shape, colour, smooth=False)


def _neck(pen: _Pen, half: float) -> tuple[list[Point], tuple[float, float, float]]:
    facts = pen.facts
    angle, length, radius = math.radians(facts["up"]), facts["neck"], facts["head"]
    x, y = half * 0.86 + length * math.cos(angle), 0.86 + length * math.sin(angle)
    broad = facts.get("broad", 1.0)
    shape = [
        (half * 0.45, 0.98), (x - radius * 0.75 * math.sin(angle), y + radius * 0.75 * math.cos(angle)),
        (x + radius * 0.7, y - radius * 0.3), (half * 1.0, 0.86 - 0.3 * broad),
    ]  # fmt: skip
    return shape, (x, y, radius)


def _head(pen: _Pen, x: float, y: float, radius: float) -> None:
    facts = pen.facts
    muzzle, droop, thick = facts["muzzle"], math.radians(facts.get("droop", 20)), facts.get("snout", 0.6) * radius
    tip = (x + radius * 0.4 + muzzle * math.cos(droop), y - muzzle * math.sin(droop) - radius * 0.12)
    ears = facts.get("ears", "point")
    _ear(pen, ears, x - radius * 0.5, y + radius * 0.6, radius, pen.shade)
    snout = [
        (x - radius * 0.1, y + radius * 0.75), (x + radius * 0.75, y + radius * 0.3), (tip[0], tip[1] + thick * 0.55),
        (tip[0] + thick * 0.3, tip[1]), (tip[0] - thick * 0.1, tip[1] - thick * 0.6), (x + radius * 0.2, y - radius * 0.9),
    ]  # fmt: skip
    for ink in (True, False):
        pen.fill(snout, ink=ink)
        ((px, py),) = pen.at([(x, y)])
        round_ = ellipse(px, py, radius * pen.size, radius * 0.95 * pen.size, steps=18)
        pen.canvas.fill(round_, pen.fur, pen.ink if ink else None, pen.line)
    _ear(pen, ears, x - radius * 0.15, y + radius * 0.62, radius, pen.fur)
    ((ex, ey),) = pen.at([(x + radius * 0.42, y + radius * 0.2)])
    pen.canvas.disc(ex, ey, max(0.8, radius * 0.14 * pen.size), pen.ink)
    ((nx, ny),) = pen.at([(tip[0] + thick * 0.16, tip[1] + thick * 0.12)])
    pen.canvas.disc(nx, ny, max(0.8, thick * 0.22 * pen.size), mix(pen.ink, pen.shade, 0.2))
    if pen.size > 60:
        pen.canvas.line(pen.at([(tip[0] + thick * 0.05, tip[1] - thick * 0.2), (x + radius * 0.6, tip[1] - thick * 0.05)]), pen.ink, pen.line)  # fmt: skip
    _horns(pen, x, y, radius)


def _ear(pen: _Pen, kind: str, x: float, y: float, radius: float, colour: Colour) -> None:
    if kind == "round":
        pen.oval(x, y + radius * 0.3, radius * 0.34, radius * 0.36, colour)
    elif kind == "floppy":
        pen.fill([(x - 0.1 * radius, y + 0.3 * radius), (x + 0.3 * radius, y + 0.1 * radius), (x + 0.1 * radius, y - 0.9 * radius), (x - 0.4 * radius, y - 0.7 * radius)], mix(colour, pen.ink, 0.25))  # fmt: skip
    elif kind == "long":
        pen.fill([(x - 0.2 * radius, y), (x + 0.25 * radius, y), (x - 0.1 * radius, y + 2.2 * radius), (x - 0.6 * radius, y + 1.9 * radius)], colour)  # fmt: skip
    elif kind == "big":
        pen.fill([(x, y + 0.2 * radius), (x + 0.3 * radius, y - 0.6 * radius), (x - 0.2 * radius, y - 1.6 * radius), (x - 1.2 * radius, y - 1.2 * radius), (x - 1.1 * radius, y)], mix(colour, pen.ink, 0.15))  # fmt: skip
    elif kind == "side":
        pen.fill([(x, y + 0.1 * radius), (x - 0.9 * radius, y + 0.25 * radius), (x - 0.8 * radius, y - 0.15 * radius)], colour, smooth=False)  # fmt: skip
    else:
        pen.fill([(x - 0.35 * radius, y - 0.1 * radius), (x + 0.3 * radius, y), (x - 0.05 * radius, y + 0.95 * radius)], colour, smooth=False)  # fmt: skip


def _tail(pen: _Pen, half: float) -> None:
    kind = pen.facts.get("tail", "up")
    if kind == "hair":
        pen.stroke([(-half * 0.95, 0.92), (-half - 0.12, 0.8), (-half - 0.14, 0.4)], 0.13, pen.shade, 0.5)
    elif kind == "tuft":
        pen.stroke([(-half * 0.95, 0.92), (-half - 0.08, 0.7), (-half - 0.06, 0.36)], 0.035)
        pen.oval(-half - 0.06, 0.32, 0.035, 0.07, pen.shade)
    elif kind == "bushy":
        pen.stroke([(-half * 0.95, 0.88), (-half - 0.2, 0.66), (-half - 0.42, 0.42)], 0.18, end=0.5)
    elif kind == "thin":
        pen.stroke([(-half * 0.95, 0.6), (-half - 0.4, 0.2), (-half - 0.8, 0.12), (-half - 1.1, 0.2)], 0.06, pen.shade)
    elif kind == "short":
        pen.oval(-half * 1.02, 0.84, 0.06, 0.05)
    elif kind == "puff":
        pen.oval(-half * 1.0, 0.62, 0.13, 0.13, mix(pen.fur, (255, 255, 255), 0.6))
    elif kind == "curl":
        pen.stroke([(-half * 0.98, 0.86), (-half - 0.1, 0.96), (-half - 0.06, 0.84), (-half - 0.16, 0.82)], 0.03)
    else:
        pen.stroke([(-half * 0.95, 0.9), (-half - 0.2, 1.0), (-half - 0.26, 1.3)], 0.08)


def _marks(pen: _Pen, half: float) -> None:
    """What a coat shows: a mane, patches, stripes, wool."""
    marks = pen.facts.get("marks", "")
    up = math.radians(pen.facts["up"])
    x, y = half * 0.86 + pen.facts["neck"] * math.cos(up), 0.86 + pen.facts["neck"] * math.sin(up)
    if "mane" in marks:
        pen.stroke([(half * 0.35, 1.0), ((half * 0.5 + x) / 2 - 0.08, (1.02 + y) / 2 + 0.06), (x - 0.06, y + 0.14)], 0.12, pen.shade)
    if "ruff" in marks:
        pen.oval(x - 0.08, y - 0.04, pen.facts["head"] * 1.7, pen.facts["head"] * 1.75, mix(pen.shade, pen.ink, 0.25))
    if "patches" in marks:
        dark = mix(pen.ink, pen.shade, 0.25)
        for px, py, across, down in ((-0.3, 0.82, 0.16, 0.13), (0.15, 0.72, 0.13, 0.17), (-0.05, 0.92, 0.09, 0.06)):
            pen.fill([(px - across, py), (px, py + down), (px + across, py + 0.02), (px + 0.03, py - down)], dark, ink=False)  # fmt: skip
    if "stripes" in marks:
        for step in range(7):
            sx = -half * 0.8 + step * half * 0.26
            pen.canvas.stroke(pen.at([(sx, 0.97), (sx + 0.04, 0.78), (sx, 0.62)]), pen.ink, pen.size * 0.05)
    if "wool" in marks:
        for step in range(6):
            sx = -half * 0.85 + step * half * 0.34
            pen.oval(sx, 0.93 - 0.05 * (step % 2), 0.13, 0.12)
            pen.oval(sx + 0.04, 0.62 + 0.05 * (step % 2), 0.14, 0.13)
        pen.fill([(-half * 0.9, 0.9), (half * 0.85, 0.92), (half * 0.85, 0.6), (-half * 0.9, 0.6)], ink=False)


def _horns(pen: _Pen, x: float, y: float, radius: float) -> None:
    kind = pen.facts.get("horns", "")
    bone = mix((226, 214, 190), pen.shade, 0.2)
    if kind == "horns":
        pen.stroke([(x - 0.1 * radius, y + 0.8 * radius), (x + 0.1 * radius, y + 1.4 * radius), (x + 0.5 * radius, y + 1.5 * radius)], 0.05, bone)
    elif kind == "back":
        pen.stroke([(x, y + 0.8 * radius), (x - 0.3 * radius, y + 1.6 * radius), (x - 1.0 * radius, y + 1.7 * radius)], 0.05, bone)
    elif kind == "one":
        pen.stroke([(x + 0.3 * radius, y + 0.8 * radius), (x + 1.2 * radius, y + 2.4 * radius)], 0.05, bone, 0.1)
    elif kind == "antlers":
        for side in (0.0, -0.35):
            pen.stroke([(x + side * radius, y + 0.8 * radius), (x - 0.5 * radius, y + 2.2 * radius), (x + 0.3 * radius, y + 3.2 * radius)], 0.035, bone, 0.4)
            pen.stroke([(x - 0.4 * radius, y + 1.9 * radius), (x + 0.6 * radius, y + 2.3 * radius)], 0.03, bone, 0.4)
    elif kind == "trunk":
        pen.stroke([(x + 0.7 * radius, y - 0.1 * radius), (x + 1.2 * radius, y - 1.2 * radius), (x + 1.0 * radius, 0.2), (x + 1.3 * radius, 0.12)], 0.16, end=0.5)
        pen.stroke([(x + 0.6 * radius, y - 0.6 * radius), (x + 1.4 * radius, y - 1.0 * radius)], 0.06, (236, 230, 214), 0.2)


def _bird(pen: _Pen) -> None:
    neck, beak = pen.facts.get("neck", 0.0), pen.facts.get("beak", 0.2)
    horn = mix((222, 160, 62), pen.shade, 0.15)
    for x in (-0.04, 0.1):
        pen.canvas.line(pen.at([(x, 0.0), (x, 0.34)]), horn, max(1.0, 0.04 * pen.size))
        pen.canvas.line(pen.at([(x - 0.06, 0.0), (x + 0.12, 0.0)]), horn, max(1.0, 0.03 * pen.size))
    top = 0.84 + neck
    pen.fill([(-0.72, 0.5), (-0.66, 0.36), (-0.2, 0.28), (0.22, 0.32), (0.36, 0.56), (0.3 + 0.1 * (neck > 0), top - 0.1), (0.26, top + 0.1), (0.1, top + 0.06), (0.06, top - 0.16), (-0.12, 0.68)])  # fmt: skip
    pen.fill([(0.12, 0.6), (-0.1, 0.62), (-0.62, 0.42), (-0.2, 0.38), (0.1, 0.44)], pen.shade)
    pen.oval(0.22, top, 0.16, 0.15)
    pen.fill([(0.34, top + 0.06), (0.36 + beak, top - 0.02), (0.34, top - 0.08)], horn, smooth=False)
    if pen.facts.get("marks") == "comb":
        pen.fill([(0.12, top + 0.12), (0.16, top + 0.26), (0.22, top + 0.16), (0.28, top + 0.26), (0.32, top + 0.1)], (188, 52, 44), smooth=False)  # fmt: skip
    ((ex, ey),) = pen.at([(0.26, top + 0.03)])
    pen.canvas.disc(ex, ey, max(0.8, 0.035 * pen.size), pen.ink)


def _flying(pen: _Pen) -> None:
    """On the wing: body and two wings, up or down."""
    beat = 0.5 + 0.7 * seeded.unit("beat", pen.seed)
    pen.fill([(-0.1, 0.02), (-0.7, beat), (-1.0, beat * 0.9), (-0.34, -0.1)], pen.shade, smooth=False)
    pen.fill([(-0.8, -0.06), (-0.2, -0.14), (0.4, -0.04), (0.6, 0.06), (0.2, 0.12), (-0.3, 0.06)])
    pen.fill([(0.12, 0.06), (-0.1, beat * 1.1), (-0.4, beat * 1.15), (-0.26, 0.02)], smooth=False)


def _swimmer(pen: _Pen) -> None:
    pen.fill([(-0.9, 0.9), (-1.3, 1.2), (-1.15, 0.85), (-1.3, 0.5), (-0.9, 0.8)], pen.shade, smooth=False)
    pen.fill([(-0.2, 1.05), (-0.1, 1.4), (0.3, 1.08)], pen.shade, smooth=False)
    pen.fill([(-1.0, 0.85), (-0.3, 1.12), (0.5, 1.1), (1.0, 0.86), (0.5, 0.62), (-0.3, 0.62)])
    pen.fill([(0.2, 0.78), (-0.1, 0.5), (0.4, 0.66)], pen.shade, smooth=False)
    ((ex, ey),) = pen.at([(0.74, 0.92)])
    pen.canvas.disc(ex, ey, max(0.8, 0.05 * pen.size), pen.ink)


def _crawler(pen: _Pen) -> None:
    if pen.facts.get("leg"):
        for x in (-0.9, -0.6, 0.5, 0.8):
            pen.stroke([(x, 0.5), (x - 0.2, 0.3), (x + 0.05, 0.04)], 0.2, pen.shade, 0.6)
    wave = [(-2.4, 0.12), (-1.7, 0.3), (-1.0, 0.42), (0.0, 0.5), (0.9, 0.5), (1.5, 0.6)]
    if not pen.facts.get("leg"):
        wave = [(-2.4, 0.1), (-1.7, 0.5), (-1.0, 0.16), (-0.3, 0.5), (0.3, 0.2), (0.9, 0.5), (1.3, 0.8)]
    pen.stroke(wave, 0.5 if pen.facts.get("leg") else 0.3, end=0.7)
    x, y = wave[-1]
    pen.oval(x + 0.2, y, 0.4, 0.2)
    ((ex, ey),) = pen.at([(x + 0.3, y + 0.06)])
    pen.canvas.disc(ex, ey, max(0.8, 0.05 * pen.size), pen.ink)


def _insect(pen: _Pen) -> None:
    for x in (-0.4, -0.1, 0.2, 0.45):
        pen.canvas.line(pen.at([(x, 0.6), (x - 0.3, 1.0), (x - 0.5, 0.0)]), pen.ink, max(1.0, 0.06 * pen.size))
        pen.canvas.line(pen.at([(x, 0.6), (x + 0.3, 1.0), (x + 0.5, 0.0)]), pen.ink, max(1.0, 0.06 * pen.size))
    pen.oval(-0.4, 0.62, 0.55, 0.36)
    pen.oval(0.4, 0.58, 0.28, 0.24, pen.shade)
    if pen.facts.get("marks") == "wings":
        pen.fill([(0.1, 0.8), (-0.5, 1.7), (-0.9, 1.5), (-0.2, 0.8)], mix(pen.fur, (255, 255, 255), 0.5))


_BODIES: Mapping[str, Callable[[_Pen], None]] = {
    "quadruped": _quadruped, "bird": _bird, "flying": _flying, "swimmer": _swimmer, "crawler": _crawler, "insect": _insect,
}  # fmt: skip
