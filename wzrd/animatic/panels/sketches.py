"""Things whose drawing is worked out: what is drawn from things.json needs no function."""

import math
from collections.abc import Callable

from wzrd.animatic.panels.canvas import Point, corners, ellipse, mix, spline, wash, xy
from wzrd.animatic.panels.pencil import STEEL, WOOD, Pencil
from wzrd.animatic.panels.view import named


def _clock(p: Pencil) -> None:
    p.oval(0, 0, 0.95, 0.95, p.dark(p.accent, 0.3))
    p.oval(0, 0, 0.82, 0.82, p.paper)
    for step in range(12):
        angle = step * math.tau / 12
        near, width = (0.66, 0.04) if step % 3 else (0.58, 0.07)
        p.draw([(far * math.sin(angle), -far * math.cos(angle)) for far in (near, 0.76)], None, width)
    hour = 0.4 + 5.4 * p.view.unit("hour", p.view.brief.slate.scene)
    p.draw([(0, 0), (0.4 * math.sin(hour), -0.4 * math.cos(hour))], None, 0.09)
    p.draw([(0, 0), (0.64 * math.sin(hour * 3.1), -0.64 * math.cos(hour * 3.1))], None, 0.06)
    p.draw([(0, 0), (0.58 * math.sin(2.6), -0.58 * math.cos(2.6))], p.accent, 0.025)
    p.oval(0, 0, 0.06, 0.06, p.accent)


def _screen(p: Pencil) -> None:
    p.fill("-1.05,-.75 1.05,-.75 1.05,.55 -1.05,.55", p.view.palette.ramp[0])
    p.fill("-.96,-.66 .96,-.66 .96,.46 -.96,.46", mix(p.second, (255, 255, 255), 0.25), ink=False)
    p.draw([(-0.9 + k * 0.18, 0.05 - 0.4 * p.view.unit("trace", k)) for k in range(11)], (255, 255, 255), 0.03)
    p.fill("-.86,.2 -.2,.2 -.2,.34 -.86,.34", p.accent, ink=False)
    p.fill("-.2,.55 .2,.55 .36,.85 -.36,.85", p.view.palette.ramp[1])


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


def _cap(p: Pencil) -> None:
    steel = p.tint(STEEL)
    teeth = [(k * math.tau / 108, 1 + 0.06 * math.cos(18 * (k * math.tau / 108))) for k in range(108)]
    rim = [(0.72 * far * math.cos(a), 0.18 + 0.5 * far * math.sin(a)) for a, far in teeth]
    p.fill(rim, p.dark(steel, 0.2))
    p.fill([(x * 0.96, y * 0.94 - 0.2) for x, y in rim], p.accent)
    p.oval(0, -0.03, 0.5, 0.33, p.light(p.accent, 0.22))
    turns = [(k * math.pi / 5, 0.13 if k % 2 else 0.3, 0.09 if k % 2 else 0.21) for k in range(10)]
    p.fill([(wide * math.sin(a), -0.03 - high * math.cos(a)) for a, wide, high in turns], p.paper)


def _window(p: Pencil) -> None:
    sky = mix(*p.view.palette.sky, 0.6)
    p.fill("-1.5,-1.05 1.5,-1.05 1.5,1.05 -1.5,1.05", wash(p.view.palette, 0.8))
    p.fill("-1.34,-.92 1.34,-.92 1.34,.9 -1.34,.9", sky)
    for step in range(9):
        left = -1.34 + step * 0.3
        top = 0.9 - 0.25 - 0.5 * p.view.unit("roof", step)
        shade = wash(p.view.palette, 0.2 + 0.04 * (step % 3))
        p.fill([(left, 0.9), (left, top), (left + 0.28, top), (left + 0.28, 0.9)], shade, ink=False)
        if p.view.unit("lit", step) > 0.4 and p.view.brief.air.time == "night":
            p.fill(corners(left + 0.08, top + 0.12, left + 0.17, top + 0.22), p.view.palette.lamp, ink=False)
    if {"rain", "storm", "snow"} & set(p.view.brief.air.weather):
        for step in range(40):
            x, y = -1.3 + 2.6 * p.view.unit("drop", step), -0.9 + 1.6 * p.view.unit("fall", step)
            if "snow" in p.view.brief.air.weather:
                p.oval(x, y, 0.018, 0.018, (250, 250, 252), ink=False)
            else:
                low = y + 0.12 + 0.1 * p.view.unit("run", step)
                p.draw([(x, y), (x + 0.01, low)], mix(sky, (255, 255, 255), 0.6), 0.014)
    for x in (-0.03, -1.36, 1.3):
        p.fill([(x, -0.95), (x + 0.08, -0.95), (x + 0.08, 0.92), (x, 0.92)], wash(p.view.palette, 0.74))
    p.fill("-1.34,-.1 1.34,-.1 1.34,-.02 -1.34,-.02", wash(p.view.palette, 0.74))
    p.fill("-1.6,.9 1.6,.9 1.6,1.06 -1.6,1.06", wash(p.view.palette, 0.9))
    for x in (-1, 1):
        p.fill([(x * 1.62, -1.15), (x * 1.0, -1.15), (x * 1.24, 0.1), (x * 1.5, 1.15), (x * 1.66, 1.15)], p.second)


SKETCHES: dict[str, Callable[[Pencil], None]] = named(_clock, _screen, _chess, _rope, _cap, _window)
