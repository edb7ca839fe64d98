"""Things that do something: weapons, cases, ropes, games, instruments."""

import math

from wzrd.animatic.panels.canvas import Point, ellipse, mix, spline, xy
from wzrd.animatic.panels.pencil import BRASS, LEATHER, STEEL, WOOD, Pencil, Sketch
from wzrd.animatic.panels.view import named


def _gun(p: Pencil) -> None:
    steel = p.tint((74, 78, 86))
    p.fill("-.95,-.46 .5,-.52 .6,-.4 .58,-.14 -.95,-.16", steel)
    p.fill(".1,-.16 .58,-.16 .9,.7 .78,.84 .48,.8 .3,.14", p.tint(WOOD))
    ring = ellipse(0.0, 0.0, 0.22, 0.19)
    p.draw([*ring, ring[0]], p.dark(steel, 0.4), 0.06)
    p.draw(".02,-.14 -.03,.06", p.dark(steel), 0.06)
    p.draw("-.9,-.4 .46,-.45", p.light(steel, 0.45), 0.03)
    p.fill(".42,-.52 .64,-.66 .7,-.56 .58,-.4", steel)


def _knife(p: Pencil) -> None:
    steel = p.tint(STEEL)
    p.fill("-.96,.3 -.8,.08 .28,-.3 .34,-.1 -.6,.3", p.light(steel, 0.45))
    p.fill("-.96,.3 -.6,.3 .34,-.1 .31,-.2 -.7,.24", p.dark(steel, 0.2), ink=False)
    p.fill(".24,-.36 .34,-.4 .44,-.04 .34,0", p.tint(BRASS))
    p.fill(".36,-.3 .94,-.54 1,-.36 .42,-.1", p.tint(WOOD))
    p.draw("-.7,.12 .22,-.22", (255, 255, 255), 0.02)


def _suitcase(p: Pencil) -> None:
    leather = p.tint(LEATHER)
    ring = ellipse(0, -0.62, 0.28, 0.2)
    p.draw([*ring, ring[0]], p.dark(leather, 0.4), 0.08)
    p.fill("-.98,-.5 .98,-.56 1,.78 -1,.84", leather)
    p.fill(".3,-.54 .98,-.56 1,.78 .4,.81", p.dark(leather, 0.28), ink=False)
    p.draw("-.99,-.1 .99,-.15", None, 0.03)
    for x in (-0.55, 0.52):
        p.fill([(x - 0.09, -0.53), (x + 0.09, -0.53), (x + 0.1, 0.81), (x - 0.08, 0.82)], p.dark(leather, 0.3))
        p.fill([(x - 0.13, -0.24), (x + 0.13, -0.25), (x + 0.13, 0.02), (x - 0.13, 0.03)], p.tint(BRASS))
    for x, y in ((-0.9, 0.74), (0.9, 0.68), (-0.88, -0.42), (0.88, -0.47)):
        p.oval(x, y, 0.1, 0.1, p.dark(leather, 0.4))
    p.fill("-.16,.2 .24,.16 .27,.5 -.13,.54", p.paper)
    p.draw("-.05,.3 .16,.28", p.accent, 0.05)


def _umbrella(p: Pencil) -> None:
    p.draw("0,-.7 0,.72 .06,.86 .2,.88 .26,.74", p.tint(WOOD), 0.06)
    p.fill("-.2,.3 -.16,-.6 0,-.98 .16,-.6 .2,.3 .1,.2 0,.36 -.1,.2", p.accent)
    p.fill(".03,.3 .05,-.9 .16,-.6 .2,.3 .1,.2", p.dark(p.accent, 0.35), ink=False)
    p.fill("-.19,-.1 .19,-.14 .19,-.06 -.19,-.02", p.dark(p.accent, 0.5))


def _chess(p: Pencil) -> None:
    p.fill("-1.3,.55 1.3,.55 1,.05 -1,.05", p.tint(WOOD))
    for row in range(3):
        for column in range(8):
            if (row + column) % 2:
                top, low = 0.05 + row * 0.166, 0.05 + (row + 1) * 0.166
                a, b = 1.0 + 0.1 * row * 2, 1.0 + 0.1 * (row + 1) * 2
                left, right = -1 + column * 0.25, -0.75 + column * 0.25
                p.fill([(left * a, top), (right * a, top), (right * b, low), (left * b, low)], p.paper, ink=False)
    crown = _piece(".3,.42 .24,.28 .12,.16 .1,-.4 .22,-.5 .14,-.56 .26,-.9 .12,-.76", -0.98)
    p.fill(crown, p.view.palette.ramp[0] if p.view.brief.air.time != "night" else p.paper)
    pawn = _piece(".16,.3 .07,.1 .06,-.06 .12,-.12 .1,-.28", -0.34)
    p.fill([(x + 0.72, y) for x, y in pawn], p.accent)
    p.fill([(x - 0.74, y) for x, y in pawn], p.paper)


def _piece(right: str, top: float) -> list[Point]:
    """A chessman: its right side from below, the same to the left, and its top in the middle."""
    side = xy(right)
    left = [(-x, y) for x, y in side]
    return [left[0], *side, (0.0, top), *reversed(left[1:])]


def _rope(p: Pencil) -> None:
    hemp = p.tint((190, 156, 104))
    for step in range(4):
        ring = ellipse(0, 0.5 - step * 0.16, 0.8 - 0.05 * step, 0.3, steps=40)
        p.draw([*ring, ring[0]], p.dark(hemp, 0.5), 0.17)
        p.draw([*ring, ring[0]], hemp, 0.12)
        for x, y in ring[::3]:
            p.draw([(x - 0.03, y - 0.05), (x + 0.03, y + 0.05)], p.dark(hemp, 0.4), 0.02)
    tail = spline(xy(".5,.1 .8,-.4 .4,-.9"), closed=False)
    p.draw(tail, p.dark(hemp, 0.5), 0.17)
    p.draw(tail, hemp, 0.12)


def _horn(p: Pencil) -> None:
    brass = p.tint(BRASS)
    pipe = spline(xy(".5,.75 -.1,.9 -.5,.5 -.42,-.2 -.2,-.5"), closed=False)
    p.draw(pipe, p.dark(brass, 0.3), 0.3)
    p.draw(pipe, brass, 0.22)
    p.draw(spline(xy(".5,.75 .62,.3 .3,.1 .1,.4 .4,.5"), closed=False), brass, 0.1)
    p.fill("-.42,-.3 -.8,-.9 0,-1.1 .5,-.86 .02,-.3", brass, smooth=False)
    p.oval(-0.15, -0.96, 0.66, 0.2, p.dark(brass, 0.4), turn=3)
    for x in (0.18, 0.32, 0.46):
        p.fill([(x, -0.05), (x + 0.09, -0.05), (x + 0.09, 0.4), (x, 0.4)], p.light(brass, 0.3))


def _guitar(p: Pencil) -> None:
    wood = p.tint((170, 104, 52))
    p.fill("-.08,-.1 -.06,-1.2 .06,-1.2 .08,-.1", p.view.palette.ramp[1])
    p.fill("-.36,0 .36,0 .3,.34 .52,.62 .4,1 -.4,1 -.52,.62 -.3,.34", wood, smooth=True)
    p.oval(0, 0.34, 0.16, 0.15, p.view.palette.ramp[0])
    for x in (-0.04, 0.0, 0.04):
        p.draw([(x, -1.15), (x, 0.8)], p.paper, 0.012)


def _wheel(p: Pencil) -> None:
    steel = p.tint(STEEL)
    p.oval(0, 0, 0.96, 0.96, p.dark(steel, 0.6))
    p.oval(0, 0, 0.76, 0.76, p.paper)
    for step in range(9):
        angle = math.pi * 0.75 + step * math.pi * 1.5 / 8
        across, down = math.cos(angle), math.sin(angle)
        p.draw([(0.56 * across, 0.56 * down), (0.7 * across, 0.7 * down)], None, 0.05)
    p.draw("0,0 .45,-.4", p.accent, 0.08)
    p.oval(0, 0, 0.12, 0.12, p.view.palette.ramp[0])


def _object(p: Pencil) -> None:
    """Draws a thing under a cloth, for an object that has no drawing: a still life."""
    cloth = mix(p.paper, p.view.palette.ramp[3], 0.2)
    p.fill("-1,.8 -.7,.1 -.36,-.5 0,-.7 .34,-.46 .66,.06 1,.8 .5,.68 .2,.84 -.2,.68 -.6,.84", cloth)
    for start, end in (((-0.3, -0.45), (-0.55, 0.7)), ((0.02, -0.6), (-0.1, 0.66)), ((0.3, -0.4), (0.45, 0.66))):
        middle = ((start[0] + end[0]) / 2 + 0.06, (start[1] + end[1]) / 2)
        p.canvas.stroke(p.at([start, middle, end]), mix(cloth, p.view.palette.ramp[1], 0.55), p.size * 0.05)
    p.fill(".34,-.46 .66,.06 1,.8 .5,.68 .4,.1", mix(cloth, p.view.palette.ramp[2], 0.5), ink=False)


TOOLS: dict[str, Sketch] = named(
    _gun, _knife, _suitcase, _umbrella, _chess, _rope, _horn, _guitar, _wheel, _object,
)  # fmt: skip
