"""Four-legged animals from the side: one body plan with each kind's own measures."""

import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources import files

from wzrd.animatic.panels.animal_pen import Pen
from wzrd.animatic.panels.brief.values import Colour
from wzrd.animatic.panels.canvas import Point, ellipse, mix, placed
from wzrd.animatic.seeded import seeded


def draw_quadruped(pen: Pen) -> None:
    """The whole animal, legs first."""
    facts = pen.facts
    half, leg = facts["length"] / 2, facts["leg"]
    bend = 0.06 * (seeded.unit("step", pen.seed) - 0.3)
    thick = facts.get("thick", 0.13)
    _leg(pen, half * 0.72 + 0.08, leg, thick, 0.1 + bend, pen.shade, hind=False)
    _leg(pen, -half * 0.78 + 0.1, leg, thick, 0.06 - bend, pen.shade, hind=True)
    _tail(pen, half)
    _leg(pen, half * 0.72, leg, thick, -0.04 - bend, pen.fur, hind=False)
    _leg(pen, -half * 0.78, leg, thick, -0.1 + bend, pen.fur, hind=True)
    back: list[Point] = [(-half, 0.9), (-half * 0.55, 1.0), (0, 0.95), (half * 0.7, 1.0), (half * 1.02, 0.82)]
    belly = [(half * 0.95, leg + 0.02), (half * 0.3, leg - 0.03), (-half * 0.45, leg + facts.get("tuck", 0.04))]
    body = [*back, *belly, (-half * 1.02, leg + 0.16)]
    neck, head = _neck(pen, half)
    for ink in (True, False):  # the outline of all, then the colour over the seams
        pen.fill(body, ink=ink)
        pen.fill(neck, ink=ink, smooth=False)
    belly = [(half * 0.92, leg + 0.07), (half * 0.3, leg - 0.01), (-half * 0.45, leg + facts.get("tuck", 0.04) + 0.02)]
    under = [(-half * 0.9, leg + 0.2), (-half * 0.3, leg + 0.12), (half * 0.5, leg + 0.1)]
    pen.fill([*belly, *under], pen.shade, ink=False)
    _marks(pen, half)
    _head(pen, *head)


def _leg(pen: Pen, x: float, top: float, thick: float, step: float, colour: Colour, *, hind: bool) -> None:
    wide = thick * (1.35 if hind else 1.0)
    bow = -0.09 if hind else 0.02
    high = top + 0.24
    hip = [(x - wide * 0.8, high), (x + wide * 0.8, high), (x + wide * 0.55 + bow * 0.3, top * 0.75)]
    front = [(x + thick * 0.36 + bow + step, top * 0.42), (x + thick * 0.42 + step, 0.06)]
    hoof = [(x + thick * 0.7 + step, 0.0), (x - thick * 0.36 + step, 0.0)]
    back = [(x - thick * 0.36 + bow + step, top * 0.42), (x - wide * 0.5 + bow * 0.4, top * 0.78)]
    pen.fill([*hip, *front, *hoof, *back], colour, smooth=False)


def _neck(pen: Pen, half: float) -> tuple[list[Point], tuple[float, float, float]]:
    facts = pen.facts
    angle, length, radius = math.radians(facts["up"]), facts["neck"], facts["head"]
    x, y = half * 0.86 + length * math.cos(angle), 0.86 + length * math.sin(angle)
    broad = facts.get("broad", 1.0)
    shape = [
        (half * 0.45, 0.98),
        (x - radius * 0.75 * math.sin(angle), y + radius * 0.75 * math.cos(angle)),
        (x + radius * 0.7, y - radius * 0.3),
        (half * 1.0, 0.86 - 0.3 * broad),
    ]
    return shape, (x, y, radius)


def _head(pen: Pen, x: float, y: float, radius: float) -> None:
    facts = pen.facts
    muzzle, droop, thick = facts["muzzle"], math.radians(facts.get("droop", 20)), facts.get("snout", 0.6) * radius
    tip = (x + radius * 0.4 + muzzle * math.cos(droop), y - muzzle * math.sin(droop) - radius * 0.12)
    ears = facts.get("ears", "point")
    _ear(pen, ears, x - radius * 0.5, y + radius * 0.6, radius, pen.shade)
    snout = [
        (x - radius * 0.1, y + radius * 0.75),
        (x + radius * 0.75, y + radius * 0.3),
        (tip[0], tip[1] + thick * 0.55),
        (tip[0] + thick * 0.3, tip[1]),
        (tip[0] - thick * 0.1, tip[1] - thick * 0.6),
        (x + radius * 0.2, y - radius * 0.9),
    ]
    for ink in (True, False):
        pen.fill(snout, ink=ink)
        ((px, py),) = pen.at([(x, y)])
        round_ = ellipse(px, py, radius * pen.size, radius * 0.95 * pen.size, steps=18)
        pen.canvas.fill(round_, pen.fur, pen.ink if ink else None, pen.line)
    if "mask" in facts.get("marks", ""):  # a pale face with a dark band over the eye
        pale, dark = mix(pen.fur, (255, 255, 255), 0.7), mix(pen.ink, pen.shade, 0.15)
        pen.fill([*placed("-.3,.8", x, y, radius), *snout[1:4], *placed("-.2,-.4", x, y, radius)], pale, ink=False)
        band = placed("-.7,.5 .6,.45", x, y, radius)
        pen.fill([*band, snout[2], *placed("-.5,0", x, y, radius)], dark, ink=False)
    _ear(pen, ears, x - radius * 0.15, y + radius * 0.62, radius, pen.fur)
    ((ex, ey),) = pen.at([(x + radius * 0.42, y + radius * 0.2)])
    pen.canvas.disc(ex, ey, max(0.8, radius * 0.12 * pen.size), pen.ink)
    ((nx, ny),) = pen.at([(tip[0] + thick * 0.16, tip[1] + thick * 0.12)])
    pen.canvas.disc(nx, ny, max(0.8, thick * 0.22 * pen.size), mix(pen.ink, pen.shade, 0.2))
    if pen.size > 60:
        lips = [(tip[0] + thick * 0.05, tip[1] - thick * 0.2), (x + radius * 0.6, tip[1] - thick * 0.05)]
        pen.canvas.line(pen.at(lips), pen.ink, pen.line)
    _horns(pen, x, y, radius)


_RAW = json.loads(files("wzrd.animatic.panels").joinpath("quadrupeds.json").read_bytes())
_EARS: Mapping[str, tuple[str, float, bool]] = _RAW["ears"]  # outline, how much ink is in its colour, smooth
_HORNS: Mapping[str, Sequence[tuple[str, float, float]]] = _RAW["horns"]
"""Lines from the head's middle, their width, how thin they end."""


def _ear(pen: Pen, kind: str, x: float, y: float, radius: float, colour: Colour) -> None:
    if kind == "round":
        pen.oval(x, y + radius * 0.3, radius * 0.34, radius * 0.36, colour)
        return
    outline, dark, smooth = _EARS.get(kind, _EARS["point"])
    pen.fill(placed(outline, x, y, radius), mix(colour, pen.ink, dark) if dark else colour, smooth=smooth)


def _tail(pen: Pen, half: float) -> None:
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


def _marks(pen: Pen, half: float) -> None:
    """Draws the marks of a coat: a mane, patches, stripes, wool."""
    marks = pen.facts.get("marks", "")
    up = math.radians(pen.facts["up"])
    x, y = half * 0.86 + pen.facts["neck"] * math.cos(up), 0.86 + pen.facts["neck"] * math.sin(up)
    if "mane" in marks:
        middle = ((half * 0.5 + x) / 2 - 0.08, (1.02 + y) / 2 + 0.06)
        pen.stroke([(half * 0.35, 1.0), middle, (x - 0.06, y + 0.14)], 0.12, pen.shade)
    if "ruff" in marks:
        pen.oval(x - 0.08, y - 0.04, pen.facts["head"] * 1.7, pen.facts["head"] * 1.75, mix(pen.shade, pen.ink, 0.25))
    if "patches" in marks:
        dark = mix(pen.ink, pen.shade, 0.25)
        for px, py, across, down in ((-0.3, 0.82, 0.16, 0.13), (0.15, 0.72, 0.13, 0.17), (-0.05, 0.92, 0.09, 0.06)):
            patch = [(px - across, py), (px, py + down), (px + across, py + 0.02), (px + 0.03, py - down)]
            pen.fill(patch, dark, ink=False)
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


def _horns(pen: Pen, x: float, y: float, radius: float) -> None:
    kind = pen.facts.get("horns", "")
    bone = mix((226, 214, 190), pen.shade, 0.2)
    for line, width, end in _HORNS.get(kind, ()):
        pen.stroke(placed(line, x, y, radius), width, bone, end)
    if kind == "trunk":
        trunk = [*placed(".7,-.1 1.2,-1.2", x, y, radius), (x + 1.0 * radius, 0.2), (x + 1.3 * radius, 0.12)]
        pen.stroke(trunk, 0.16, end=0.5)
        pen.stroke(placed(".6,-.6 1.4,-1", x, y, radius), 0.06, (236, 230, 214), 0.2)
