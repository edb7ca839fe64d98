"""Hair and hats: what makes a head somebody's at any size."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files

from wzrd.animatic.panels.brief.values import Figure
from wzrd.animatic.panels.canvas import Point, ellipse, hull, mix, spline, xyz
from wzrd.animatic.panels.heads import Head, Spot, ball, draw_ear, ring

COVERING = frozenset({"beanie", "hood", "helmet", "cook"})
HIDES_EARS = frozenset({"bob", "long"})


def draw_hair_behind(head: Head, figure: Figure) -> None:
    """Draws the hair that hangs behind neck and shoulders."""
    style = figure.look.hair
    hangs = {"bob": 0.38, "long": 0.9}.get(style)
    if hangs:
        fall = ((0.4, -0.2, 0.05), (0.45, 0.1, 0.04), (0.46, hangs - 0.1, 0.02), (0.38, hangs, -0.16))
        points: list[Spot] = [(side * x, y, z) for side in (-1, 1) for x, y, z in fall]
        outline = head.shape([*points, (0.0, hangs, -0.4), (0.0, -0.1, -0.46)], head.paint.hair)
        _strands(head, outline)
    elif style == "bun":
        x, y = head.spot((0, -0.36, -0.44))
        head.canvas.disc(x, y, head.size * 0.16, head.paint.hair, head.paint.ink, head.line)
    elif style == "ponytail":
        tail = xyz("0,-.28,-.42 .1,-.2,-.62 .12,.25,-.72 0,.7,-.56 -.12,.25,-.46 -.08,-.1,-.42")
        _strands(head, head.shape(tail, head.paint.hair))
    elif style == "pigtails":
        for side in (-1, 1):
            bunch = [(side * x, y, z) for x, y, z in xyz(_BUNCH)]
            head.shape(bunch, head.paint.hair)
            x, y = head.spot((side * 0.4, -0.12, -0.12))
            head.canvas.disc(x, y, head.size * 0.05, head.paint.glow, head.paint.ink, head.line)


def draw_skull(head: Head, figure: Figure) -> None:
    """The skull with its hair, seen from any side."""
    style = figure.look.hair
    bald = style == "bald"
    colour = head.paint.skin if bald else head.paint.hair
    if style == "curly" and figure.look.hat not in COVERING:
        _curls(head)
    grown = 1.0 if bald else 1.03 if style == "crop" else 1.15 if style in HIDES_EARS else 1.075
    outline = head.shape(ball(grown), colour)
    if head.away:
        nape: list[Spot] = [(0.2, 0.22, -0.2), (-0.2, 0.22, -0.2), (0.16, 0.42, -0.16), (-0.16, 0.42, -0.16)]
        head.shape(nape, head.paint.skin if style not in HIDES_EARS else colour, ink=False)
        for side in (-1, 1):
            if style not in HIDES_EARS:
                draw_ear(head, side)
    if not bald and head.size > 70:
        _strands(head, outline)


def _curls(head: Head) -> None:
    outline = hull(head.spots(ball(1.14)))
    for at, (x, y) in enumerate(outline[::2]):
        size = head.size * (0.105 + 0.03 * math.sin(at * 2.4))
        head.canvas.fill(ellipse(x, y, size, size, steps=16), head.paint.hair, head.paint.ink, head.line)


def _strands(head: Head, outline: Sequence[Point]) -> None:
    """Light on the hair where the key light meets it, as brush strokes along its fall."""
    left, right = min(x for x, _ in outline), max(x for x, _ in outline)
    top = min(y for _, y in outline)
    middle, half = (left + right) / 2, (right - left) / 2
    for step in range(5):
        reach = half * (0.88 - 0.12 * step) * head.key
        drop = head.size * (0.05 + 0.018 * step)
        drops = [(a, drop + head.size * 0.36 * (1 - math.cos(a))) for a in (0.4, 0.65, 0.9, 1.15)]
        arc = [(middle + reach * math.sin(a), top + down) for a, down in drops]
        head.canvas.stroke(spline(arc, closed=False), head.paint.hair_light, head.size * 0.014, 0.1, 0.1)


_BUNCH = ".36,-.16,-.14 .5,-.14,-.16 .6,.12,-.14 .5,.46,-.1 .4,.22,-.12"
_FRINGES: Mapping[str, str] = json.loads(files("wzrd.animatic.panels").joinpath("hair.json").read_bytes())["fringes"]
"""The hairline, and behind the bar the rest of the shape."""


def draw_fringe(head: Head, figure: Figure) -> None:
    """The hair before the face, with its hairline."""
    style = {"ponytail": "bun", "pigtails": "bun", "curly": "short"}.get(figure.look.hair, figure.look.hair)
    if figure.look.hat in COVERING or style not in _FRINGES:
        return
    hairline, rest = ([_clear(head, point) for point in xyz(text)] for text in _FRINGES[style].split("|"))
    head.canvas.fill(spline(head.spots([*hairline, *rest]), steps=4), head.paint.hair)
    line = spline(head.spots(hairline), closed=False, steps=5)
    head.canvas.stroke(line, head.paint.ink, head.size * 0.014, 0.5, 0.5)
    if head.size > 70:
        _combed(head, hairline)
    if style in HIDES_EARS:
        _locks(head, 0.86 if style == "long" else 0.4)


def _locks(head: Head, hang: float) -> None:
    """Hair that falls before the ears, and when it is long over the shoulders."""
    for side in (-1, 1):
        if side * head.side > 0.35:
            continue
        lock: list[Spot] = [
            (side * 0.3, -0.2, 0.2), (side * 0.4, -0.12, 0.05), (side * 0.46, hang * 0.5, 0.04),
            (side * 0.45, hang * 0.9, 0.06), (side * 0.36, hang, 0.1), (side * 0.3, hang * 0.6, 0.14),
            (side * 0.285, 0.05, 0.2),
        ]  # fmt: skip
        outline = spline(head.spots(lock), steps=4)
        head.canvas.fill(outline, head.paint.hair, head.paint.ink, head.line)
        for inner in (0.36, 0.41):
            falls: list[Spot] = [(inner, -0.05, 0.1), (inner + 0.02, hang * 0.5, 0.08), (inner, hang * 0.9, 0.1)]
            strand = [(side * x, y, z) for x, y, z in falls]
            head.stroke(strand, 0.01, mix(head.paint.hair, head.paint.ink, 0.5), 0.4, 0.1)


def _clear(head: Head, point: Spot) -> Spot:
    """Hair on the far side of a turned face stays behind its brow."""
    x, y, z = point
    far = abs(head.side) > 0.25 and x * head.side > 0.12 and y > -0.24
    return (math.copysign(0.24, x), -0.27, 0.27) if far else (x, y, z)


def _combed(head: Head, hairline: Sequence[Spot]) -> None:
    """Pen strokes from the hairline back over the skull."""
    colour = mix(head.paint.hair, head.paint.ink, 0.5)
    for at, (x, y, z) in enumerate(hairline[1:-1], 1):
        if abs(head.side) > 0.25 and x * head.side > 0.15:
            continue
        part = 0.5 + 0.12 * (at % 2)
        inner = (x + (0.0 - x) * part, y + (-0.5 - y) * part - 0.03, z + (-0.05 - z) * part)
        middle = ((x + inner[0]) / 2 * 1.03, (y + inner[1]) / 2 - 0.03, (z + inner[2]) / 2 * 1.03)
        head.stroke([(x, y, z), middle, inner], 0.011, colour, 0.7, 0.1)


def draw_hat(head: Head, hat: str) -> None:
    """Draws the hat that somebody wears."""
    _HATS[hat](head)


def _brim(head: Head) -> None:
    cloth = head.paint.coat_shade
    head.shape([*ring(-0.27, 0.56, 0.62), *ring(-0.30, 0.55, 0.61)], cloth)
    head.shape([*ring(-0.29, 0.37, 0.44), *ring(-0.52, 0.33, 0.4), *ring(-0.64, 0.24, 0.32)], cloth)
    head.shape([*ring(-0.29, 0.372, 0.442), *ring(-0.37, 0.362, 0.43)], head.paint.glow)
    x, y = head.spot((0, -0.62, 0.05))
    wide, dip = head.size * 0.16, head.size * 0.05
    head.canvas.stroke([(x - wide, y), (x, y + dip), (x + wide, y)], head.paint.ink, head.size * 0.02)


def _beanie(head: Head) -> None:
    cloth = head.paint.coat_shade
    outline = head.shape(ball(1.16, bottom=-0.26), cloth)
    dark = mix(cloth, head.paint.ink, 0.35)
    if head.size > 60:
        head.canvas.hatch(outline, dark, head.size * 0.05, max(1.0, head.size * 0.006), head.key)
    band = [*ring(-0.21, 0.375, 0.45, -0.02), *ring(-0.34, 0.368, 0.44, -0.02)]
    head.shape(band, mix(cloth, head.paint.coat_light, 0.5))
    if head.size > 60:
        for step in range(-3, 4):
            a, b = math.sin(step * 0.36), math.cos(step * 0.36)
            turn = math.radians(head.turn)
            x, z = a * math.cos(turn) - b * math.sin(turn), b * math.cos(turn) + a * math.sin(turn)
            knit = head.spots([(0.37 * x, -0.22, 0.44 * z - 0.02), (0.365 * x, -0.33, 0.43 * z - 0.02)])
            head.canvas.line(knit, head.paint.ink, head.line * 0.8)


def _cap(head: Head) -> None:
    cloth = head.paint.coat_shade
    head.shape(ball(1.12, bottom=-0.24), cloth)
    peak = xyz("-.25,-.22,.34 .25,-.22,.34 .19,-.2,.6 -.19,-.2,.6 0,-.2,.64 0,-.27,.44")
    head.shape([*ring(-0.22, 0.37, 0.44, -0.02), *ring(-0.29, 0.37, 0.44, -0.02)], head.paint.glow)
    head.shape(peak, head.paint.dark)


def _crown(head: Head) -> None:
    spikes: list[Spot] = [
        (0.36 * math.cos(a), -0.28 - (0.26 if k % 2 else 0.1), 0.43 * math.sin(a))
        for k, a in enumerate(j * math.pi / 8 for j in range(9))
    ]
    base: list[Spot] = [(-0.36, -0.22, 0.05), (0, -0.22, 0.44), (0.36, -0.22, 0.05)]
    head.canvas.fill([*head.spots(spikes), *head.spots(base)], (226, 184, 84), head.paint.ink, head.line)


def _cook(head: Head) -> None:
    head.shape([*ring(-0.24, 0.37, 0.44), *ring(-0.5, 0.36, 0.43)], head.paint.white)
    head.shape([*ring(-0.48, 0.44, 0.5), *ring(-0.72, 0.46, 0.5), *ring(-0.84, 0.3, 0.34)], head.paint.white)


def _helmet(head: Head) -> None:
    x, y = head.middle
    glass = ellipse(x, y - head.size * 0.02, head.size * 0.66, head.size * 0.7, steps=40)
    head.canvas.line([*glass, glass[0], glass[1]], head.paint.white, head.size * 0.05)
    head.canvas.stroke(glass[22:32], (255, 255, 255), head.size * 0.04)


def _headphones(head: Head) -> None:
    angles = (0.1, 0.5, 0.9, 1.3, 1.57, 1.84, 2.24, 2.64, 3.04)
    arc: list[Spot] = [(0.395 * math.cos(a), -0.12 - 0.43 * math.sin(a), -0.03) for a in angles]
    band = spline(head.spots(arc), closed=False)
    head.canvas.line(band, head.paint.ink, head.size * 0.055)
    head.canvas.line(band, mix(head.paint.dark, head.paint.white, 0.2), head.size * 0.035)
    for side in (-1, 1):
        if side * head.side < 0.3 or head.away:
            x, y = head.spot((side * 0.385, 0.05, -0.03))
            wide = head.size * (0.06 + 0.075 * abs(head.side))
            head.canvas.fill(ellipse(x, y, wide, head.size * 0.14), head.paint.dark, head.paint.ink, head.line)
            head.canvas.fill(ellipse(x, y, wide * 0.55, head.size * 0.085), head.paint.glow)


def _hood(head: Head) -> None:
    back = spline(hull(head.spots([*ball(1.3), (0.42, 0.5, -0.1), (-0.42, 0.5, -0.1), (0, 0.55, -0.35)])), steps=4)
    if head.away:
        head.canvas.fill(back, head.paint.coat, head.paint.ink, head.line)
        return
    inner = xyz(".34,.46,.16 .37,.1,.2 .31,-.24,.28 0,-.37,.36 -.31,-.24,.28 -.37,.1,.2 -.34,.46,.16")
    edge = spline(head.spots(inner), closed=False)
    head.canvas.line(edge, head.paint.ink, head.size * 0.17)
    head.canvas.line(edge, head.paint.coat, head.size * 0.15)
    head.canvas.line(edge, head.paint.coat_shade, head.size * 0.03)


_HATS: dict[str, Callable[[Head], None]] = {
    "brim": _brim, "beanie": _beanie, "cap": _cap, "crown": _crown, "cook": _cook, "helmet": _helmet,
    "headphones": _headphones, "hood": _hood,
}  # fmt: skip
