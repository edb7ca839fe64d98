"""Eyes, brows, nose, mouth, glasses, beard: few marks, each where the turned head has it, moved by what is felt."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from wzrd.animatic.panels.brief.values import Figure
from wzrd.animatic.panels.canvas import Point, ellipse, mix, spline, xy, xyz
from wzrd.animatic.panels.heads import Head, Spot

_SMALL, _DETAILED = 70, 560  # pixels of head height: below, marks only; above, lashes and single hairs
_SOFT_HAIR = frozenset({"bob", "long", "bun", "ponytail"})


class _Look(NamedTuple):
    """A feeling in a face, in head heights: brow and lids lowered, mouth by its corners, width, gap and teeth."""

    inner: float = 0.0
    outer: float = 0.0
    upper: float = 0.0  # the lid raised
    lower: float = 0.0
    lift: float = 0.0
    wide: float = 0.096
    gap: float = 0.0
    teeth: bool = True


_FEELINGS: Mapping[str, _Look] = {
    "joy": _Look(-0.02, -0.01, -0.004, -0.02, -0.055, 0.142, 0.05),
    "grief": _Look(-0.075, 0.045, -0.008, 0.0, 0.045, 0.1),
    "anger": _Look(0.058, -0.05, -0.012, -0.008, 0.03, 0.118, 0.034),
    "fear": _Look(-0.085, 0.0, 0.026, 0.012, 0.03, 0.105, 0.045, teeth=False),
    "surprise": _Look(-0.082, -0.078, 0.026, 0.014, 0.0, 0.05, 0.075, teeth=False),
    "tenderness": _Look(-0.04, 0.012, -0.02, -0.006, -0.036, 0.104),
    "tired": _Look(0.0, 0.012, -0.01, 0.0, 0.01),
}
_CALM = _Look()


def draw_features(head: Head, figure: Figure) -> None:
    """Everything on the front of a face."""
    for eye in (-1, 1):
        if eye * head.side < 0.9:
            _eye(head, eye, figure)
    _nose(head)
    painted = figure.look.gender == "woman" and figure.look.age != "child"
    _mouth(head, figure.feeling, speaks=figure.speaks, lips=0.62 if painted else 0.16)
    if figure.look.age == "old" and head.size > _SMALL:
        _wrinkles(head)
    if figure.look.glasses:
        _glasses(head)


def is_soft(figure: Figure) -> bool:
    """True if a face has fine brows and long lashes: a woman's, a child's, or by the hair if unknown."""
    look = figure.look
    return look.gender == "woman" or look.age == "child" or (not look.gender and look.hair in _SOFT_HAIR)


def _wrinkles(head: Head) -> None:
    """Years: lines across the brow, at the eyes, from the nose to the mouth."""
    colour = mix(head.paint.skin_shade, head.paint.ink, 0.3)
    for level in (-0.19, -0.225):
        head.stroke([(-0.12, level, 0.36), (0.0, level - 0.012, 0.4), (0.12, level, 0.36)], 0.009, colour)
    for side in (-1, 1):
        if side * head.side > 0.75:
            continue
        fold: list[Spot] = [(side * x, y, z) for x, y, z in xyz(".075,.215,.42 .12,.27,.385 .125,.33,.35")]
        head.stroke(fold, 0.012, colour)
        for rise in (-0.03, 0.0, 0.03):
            head.stroke([(side * 0.245, rise * 0.6, 0.29), (side * 0.285, rise * 1.6, 0.23)], 0.008, colour)


def _brow(side: int, feeling: str) -> list[Spot]:
    look = _FEELINGS.get(feeling, _CALM)
    inner, outer = look.inner, look.outer
    if feeling == "doubt":
        inner, outer = (0.02, -0.01) if side > 0 else (-0.035, -0.03)
    levels = (-0.092 + inner, -0.122 + inner * 0.4 + outer * 0.3, -0.118 + outer * 0.6, -0.08 + outer)
    return [(side * x, y, z) for (x, z), y in zip(xy(".06,.405 .14,.39 .2,.35 .255,.285"), levels, strict=True)]


def _eye(head: Head, side: int, figure: Figure) -> None:
    feeling = figure.feeling
    look = _FEELINGS.get(feeling, _CALM)
    lid = 0.03 + look.upper
    upper: list[Spot] = [
        (side * 0.072, 0.016, 0.368), (side * 0.112, 0.006 - lid, 0.38),
        (side * 0.17, -lid, 0.355), (side * 0.225, 0.004, 0.305),
    ]  # fmt: skip
    lower: list[Spot] = [(side * 0.18, 0.032 + look.lower, 0.345), (side * 0.12, 0.036 + look.lower, 0.37)]
    arch = _brow(side, feeling)
    soft = is_soft(figure)
    if head.size < _SMALL:
        head.stroke(upper, 0.045)
        head.stroke(arch, 0.04, mix(head.paint.hair, head.paint.ink, 0.5))
        if look.upper > 0.01:
            head.canvas.disc(*head.spot((side * 0.147, 0.01, 0.37)), max(1.0, head.size * 0.035), head.paint.ink)
        return
    top = spline(head.spots(upper), closed=False, steps=6)
    low = spline(head.spots([upper[3], *lower, upper[0]]), closed=False, steps=5)
    hollow = xyz(".05,-.03,.4 .13,-.078,.39 .235,-.045,.31 .23,.045,.31 .12,.06,.37")
    around = spline(head.spots([(side * x, y, z) for x, y, z in hollow]))
    head.canvas.fill(around, mix(head.paint.skin_shade, head.paint.skin, 0.45))
    head.canvas.fill([*top, *low], mix(head.paint.white, head.paint.skin_shade, 0.18))
    _iris(head, side, top, low)
    head.canvas.stroke(top, head.paint.ink, head.size * (0.03 if soft else 0.023), 0.3, 0.5 if soft else 0.25)
    head.canvas.stroke(low, mix(head.paint.ink, head.paint.skin_shade, 0.5), head.size * 0.009)
    head.stroke([(x, y - 0.03, z) for x, y, z in upper], 0.009, mix(head.paint.ink, head.paint.skin_shade, 0.4))
    if head.size > _DETAILED:
        _near(head, side, top, arch, soft=soft)
    else:
        head.stroke(arch, 0.036 if soft else 0.05, mix(head.paint.hair, head.paint.ink, 0.5), 0.5, 0.1)
    if feeling in {"tired", "grief"} or figure.look.age == "old" or head.size > _DETAILED:
        bag = [(side * x, y, z) for x, y, z in xyz(".085,.075,.375 .14,.09,.365 .195,.07,.335")]
        head.stroke(bag, 0.01, mix(head.paint.skin_shade, head.paint.ink, 0.15))
    if feeling in {"joy", "tenderness"}:
        cheek: list[Spot] = [(side * x, y, z) for x, y, z in xyz(".1,.15,.4 .17,.13,.37 .23,.15,.32 .17,.2,.37")]
        head.canvas.fill(spline(head.spots(cheek), steps=4), mix(head.paint.skin, (214, 92, 84), 0.35))
    if feeling == "grief":
        _tear(head, side)


def _tear(head: Head, side: int) -> None:
    """A tear on its way down the cheek."""
    water = mix(head.paint.white, (120, 190, 235), 0.55)
    head.stroke([(side * x, y, z) for x, y, z in xyz(".13,.05,.38 .14,.13,.39 .145,.22,.375")], 0.026, water, 0.3, 0.9)
    x, y = head.spot((side * 0.146, 0.24, 0.375))
    head.canvas.disc(x, y, max(1.4, head.size * 0.026), water, head.paint.ink, head.line * 0.5)


def _iris(head: Head, side: int, top: Sequence[Point], low: Sequence[Point]) -> None:
    x, y = head.spot((side * 0.147, 0.0, 0.37))
    squeeze = 0.5 + 0.5 * abs(math.cos(math.radians(head.turn) - side * 0.35))
    x += head.gaze * head.size * 0.026
    size = head.size * 0.043
    iris = ellipse(x, y, size * squeeze, size, steps=30)
    head.canvas.fill(_between_lids(iris, top, low), mix(head.paint.dark, head.paint.iris, 0.45))
    if head.size > 260:
        light = ellipse(x, y + size * 0.25, size * 0.72 * squeeze, size * 0.62, steps=24)
        head.canvas.fill(_between_lids(light, top, low), mix(head.paint.iris, head.paint.white, 0.1))
    pupil = ellipse(x, y, size * 0.5 * squeeze, size * 0.5, steps=20)
    head.canvas.fill(_between_lids(pupil, top, low), head.paint.dark)
    head.canvas.disc(x + head.key * size * 0.3 * squeeze, y - size * 0.3, max(1.0, size * 0.22), (255, 255, 255))
    if head.size > _DETAILED:
        under = [*top, *[(px, py + head.size * 0.013) for px, py in reversed(top)]]
        head.canvas.fill(under, mix(head.paint.white, head.paint.ink, 0.5))


def _between_lids(outline: Sequence[Point], top: Sequence[Point], low: Sequence[Point]) -> list[Point]:
    left = max(min(x for x, _ in top), min(x for x, _ in low))
    right = min(max(x for x, _ in top), max(x for x, _ in low))
    inside = [(min(max(x, left), right), y) for x, y in outline]
    return [(x, min(max(y, _level(top, x)), _level(low, x))) for x, y in inside]


def _level(curve: Sequence[Point], x: float) -> float:
    ordered = sorted(curve)
    if x <= ordered[0][0]:
        return ordered[0][1]
    for (ax, ay), (bx, by) in pairwise(ordered):
        if ax <= x <= bx:
            return ay if bx == ax else ay + (by - ay) * (x - ax) / (bx - ax)
    return ordered[-1][1]


def _near(head: Head, side: int, top: Sequence[Point], arch: Sequence[Spot], *, soft: bool) -> None:
    """Draws the details of an extreme close-up: lashes, a brow of single hairs, the fold of the lid."""
    size = head.size
    outwards = 1 if head.spot((side * 0.3, 0, 0.3))[0] > head.spot((0, 0, 0.4))[0] else -1
    long = 1.0 if soft else 0.55
    for step in range(6, len(top), 2):
        x, y = top[step]
        part = step / len(top) * long
        reach, rise = outwards * size * part, size * long
        lash = [(x, y), (x + reach * 0.01, y - rise * 0.013), (x + reach * 0.028, y - rise * 0.025)]
        head.canvas.stroke(lash, head.paint.ink, size * 0.006, 0.9, 0.1)
    line = spline(head.spots(arch), closed=False, steps=14)
    brow = mix(head.paint.hair, head.paint.skin_shade, 0.3)
    head.canvas.stroke(line, brow, size * (0.03 if soft else 0.044), 0.5, 0.1)
    hair = mix(head.paint.hair, head.paint.ink, 0.6)
    for step, (x, y) in enumerate(line[2:-2:2]):
        lift = size * (0.015 + 0.009 * ((step * 7) % 5) / 5)
        along = outwards * lift
        tuft = [(x, y + size * 0.013), (x + along * 0.8, y - lift * 0.2), (x + along * 1.8, y - lift * 0.8)]
        head.canvas.stroke(spline(tuft, closed=False), hair, size * 0.007, 0.8, 0.1)


def _nose(head: Head) -> None:
    side = 1 if head.side > 0 else -1
    if head.size < 60:
        head.stroke([(0, 0.08, 0.46), (0, 0.2, 0.52), (-side * 0.05, 0.235, 0.45)], 0.028)
        return
    turned = abs(head.side) > 0.18
    under = xyz("-.065,.225,.42 0,.252,.46 .065,.225,.42 0,.205,.525")
    head.canvas.fill(spline(head.spots(under), steps=4), head.paint.skin_shade)
    if turned:
        bridge = xyz(".045,-.02,.4 .03,.07,.45 .018,.15,.51 0,.195,.532 -.01,.232,.5")
        head.stroke([(side * x, y, z) for x, y, z in bridge], 0.014, None, 0.1, 0.6)
    else:
        plane: list[Spot] = [(-head.key * 0.035, -0.02, 0.41), (-head.key * 0.06, 0.19, 0.45), (0, 0.2, 0.525)]
        head.canvas.fill(head.spots(plane), mix(head.paint.skin_shade, head.paint.skin, 0.3))
    wing = xyz(".02,.243,.5 -.03,.247,.47 -.07,.222,.42 -.076,.19,.41")
    head.stroke([(side * x, y, z) for x, y, z in wing], 0.015, None, 0.5, 0.1)


def _mouth(head: Head, feeling: str, *, speaks: bool, lips: float) -> None:
    look = _FEELINGS.get(feeling, _CALM)
    lift, wide = look.lift, look.wide
    middle = xyz("-.045,.323,.4 0,.328,.415 .045,.323,.4")
    if look.gap > 0.06:
        middle = [(x, y - 0.012, z) for x, y, z in middle]
    line: list[Spot] = [(-wide, 0.326 + lift, 0.345), *middle, (wide, 0.326 + lift, 0.345)]
    open_by = max(look.gap, 0.030 if speaks else 0.0)
    if open_by:
        half = min(0.05, wide * 0.75)
        under: list[Spot] = [(half, 0.334 + open_by, 0.39), (0, 0.342 + open_by, 0.40), (-half, 0.334 + open_by, 0.39)]
        ends: list[Spot] = [(side * wide * 0.88, 0.327 + lift, 0.355) for side in (-1, 1)]
        mouth = spline(head.spots([ends[0], *middle, ends[1], *under]), steps=4)
        head.canvas.fill(mouth, mix(head.paint.ink, (112, 30, 30), 0.4), head.paint.ink, head.line * 0.7)
        if look.teeth and head.size > (120 if feeling not in {"joy", "anger"} else 60):
            deep = 0.4 if feeling == "joy" else 0.85 if feeling == "anger" else 0.35
            teeth = [(x, 0.328 + (y > 0) * open_by * deep, z) for x, y, z in xyz(
                "-.06,0,.39 0,0,.415 .06,0,.39 .05,1,.395 -.05,1,.395")]  # fmt: skip
            head.canvas.fill(head.spots(teeth), mix(head.paint.white, head.paint.skin_shade, 0.1))
    else:
        head.stroke(line, 0.016 if head.size > 90 else 0.028, None, 0.3, 0.3)
    if head.size > 75:
        lip = xyz("-.06,.314,.385 -.02,.299,.41 0,.305,.412 .02,.299,.41 .06,.314,.385 0,.321,.41")
        lip = [(x * min(1.0, wide / 0.096), y + (lift * 0.4 if abs(x) > 0.04 else 0.0), z) for x, y, z in lip]
        head.canvas.fill(spline(head.spots(lip), steps=4), mix(head.paint.skin_shade, (150, 48, 50), lips))
        if lips > 0.3 and not open_by:
            low = head.spots(xyz("-.055,.33,.385 0,.334,.41 .055,.33,.385 0,.362,.4"))
            head.canvas.fill(spline(low, steps=4), mix(head.paint.skin_shade, (160, 60, 60), lips))
        chin: list[Spot] = [(x, y + open_by, z) for x, y, z in xyz("-.045,.378,.385 0,.388,.395 .045,.378,.385")]
        head.stroke(chin, 0.02, head.paint.skin_shade)


def _glasses(head: Head) -> None:
    width = max(1.2, head.size * 0.012)
    for side in (-1, 1):
        if side * head.side > 0.9:
            continue
        rim = xyz(".045,-.03,.42 .1,-.07,.425 .21,-.068,.375 .262,-.02,.325 .235,.07,.345 .15,.095,.4 .065,.06,.42")
        curve = spline(head.spots([(side * x, y, z) for x, y, z in rim]), steps=4)
        head.canvas.line([*curve, curve[0]], head.paint.ink, width)
        if side * head.side < 0.25:
            arm = head.spots([(side * 0.262, -0.02, 0.325), (side * 0.345, 0.0, 0.0)])
            head.canvas.line(arm, head.paint.ink, width)
    head.canvas.line(head.spots(xyz("-.045,-.025,.42 0,-.04,.44 .045,-.025,.42")), head.paint.ink, width)


def draw_beard(head: Head) -> None:
    """A full beard with its moustache; the mouth is drawn over it."""
    colour = mix(head.paint.hair, head.paint.skin_shade, 0.15)
    sides = xyz(".295,.1,.1 .275,.32,.07 .19,.46,.24 .06,.55,.34 .15,.27,.375")
    outline = head.shape([*sides, *((-x, y, z) for x, y, z in sides), (0, 0.4, 0.41)], colour)
    if head.size > 110:
        head.canvas.hatch(outline, mix(colour, head.paint.ink, 0.4), head.size * 0.03, max(1.0, head.size * 0.004), -1)
    bare: list[Spot] = []
    for side in (-1, 1):
        far = 0.78 if side * head.side > 0.2 else 1.0
        half = [(side * 0.27 * far, -0.02, 0.28), (side * 0.235 * far, 0.17, 0.315), (side * 0.12, 0.262, 0.40)]
        bare += half if side < 0 else [(0.0, 0.27, 0.42), *reversed(half)]
    head.canvas.fill(spline(head.spots(bare), steps=4), head.paint.skin)
