"""Lamps, signs, vehicles, boats, awnings: what stands along streets, rails and quays, and on roofs."""

from itertools import pairwise

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, spline, xy
from wzrd.animatic.panels.view import Draw, View, at, named


def _sign(view: View, part: Part) -> None:
    colour = mix(view.palette.accent, (255, 255, 255), 0.1)
    view.box(part, (0.12, 1.8, 0.9), 0.2, corner=(0, 2.8, -0.55))
    one = Part("sign", *at(part, 0, 2.8, -0.55), part.turn + 90)
    for turn in (90, -90):
        one = Part("sign", *at(part, 0, 2.8, -0.55), part.turn + turn)
        if view.faces_camera(one):
            view.quad(one, -0.36, 0.1, 0.36, 1.7, colour, out=0.08, ink=False)
            for step in range(3):
                view.quad(one, -0.2, 0.3 + step * 0.46, 0.2, 0.6 + step * 0.46, 0.97, out=0.09, ink=False)


def _pole_line(view: View, part: Part) -> None:
    tops = [(part.x + 1.4 * step, 4.6, part.z + step * 7.0) for step in range(-2, 6)]
    for x, y, z in reversed(tops):
        one = Part("pole", x, 0, z)
        view.stem(one, [(0, 0), (0, y + 0.4)], 0.18, 0.13)
        view.stem(one, [(-0.7, y), (0.7, y)], 0.18, 0.09)
    sagging = [p for pair in zip(tops, _between(tops), strict=False) for p in pair]
    for shift in (-0.6, 0.6):
        view.path([(x + shift, y - 0.5 * (step % 2), z) for step, (x, y, z) in enumerate(sagging)], 0.16, 0.6)


def _between(tops: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    return [((a[0] + b[0]) / 2, a[1], (a[2] + b[2]) / 2) for a, b in pairwise(tops)]


def _car(view: View, part: Part) -> None:
    colour = view.palette.accent if view.unit("car", part.x) > 0.5 else view.palette.second
    view.box(part, (1.75, 0.55, 4.1), 0.3, corner=(0, 0.32, 0), colour=colour)
    view.box(part, (1.5, 0.5, 2.1), 0.3, corner=(0, 0.87, 0.15), colour=mix(colour, view.palette.ramp[1], 0.35))
    for z in (-1.3, 1.3):
        for x in (-0.86, 0.86):
            wheel = Part("tyre", *at(part, x, 0.33, z), part.turn + 90)
            view.flat(wheel, ellipse(0, 0, 0.34, 0.34), 0.08)
            view.flat(wheel, ellipse(0, 0, 0.16, 0.16), 0.6)
    for x in (-0.6, 0.6):
        view.quad(part, x - 0.2, 0.56, x + 0.2, 0.76, (255, 244, 206), out=2.07)
    view.quad(part, -0.68, 0.92, 0.68, 1.3, mix(view.palette.sky[1], view.palette.ramp[1], 0.5), out=0.92)


def _bins(view: View, part: Part) -> None:
    for x, tall in ((-0.3, 1.0), (0.35, 1.15)):
        view.box(Part("bin", part.x + x, 0, part.z, 8 * x), (0.56, tall, 0.56), 0.3)
        view.box(Part("lid", part.x + x, tall, part.z, 8 * x), (0.62, 0.07, 0.62), 0.18)


def _deck_rail(view: View, part: Part) -> None:
    w = (part.width or 8) / 2
    for step in range(int(w * 1.6) + 1):
        view.stem(Part("post", part.x - w + step * 1.25, 0, part.z), [(0, 0), (0, 1.0)], 0.9, 0.06)
    for y in (0.5, 1.0):
        view.path([(part.x - w, y, part.z), (part.x + w, y, part.z)], 0.94, 2.2)


def _mast(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 9)], 0.3, 0.22)
    view.shape(part, [(0.15, 1.6), (3.4, 1.7), (0.15, 8.4)], mix(view.palette.paper, view.palette.ramp[3], 0.25))
    view.stem(part, [(0, 1.6), (3.5, 1.7)], 0.26, 0.12)
    for x in (-2.5, 4.2):
        view.stem(part, [(0, 8.6), (x, 0)], 0.2, 0.025)


def _ropes(view: View, part: Part) -> None:
    hemp = mix(view.palette.paper, view.palette.ramp[2], 0.45)
    for size in (0.42, 0.32, 0.22):
        view.round(part, 0, 0.06 + (0.42 - size) * 0.5, size, size * 0.28, hemp)


def _boat_moored(view: View, part: Part) -> None:
    one = Part("boat", part.x, -0.9, part.z)
    hull = view.palette.accent if part.x > 0 else view.palette.second
    view.shape(one, xy("-2.4,1.2 2.7,1.5 2,0 -1.8,0"), hull)
    view.shape(one, [(-1.2, 1.2), (0.6, 1.3), (0.5, 2.4), (-1.1, 2.4)], 0.92)
    view.shape(one, [(-0.9, 1.7), (0.2, 1.75), (0.2, 2.15), (-0.9, 2.15)], 0.26)
    view.stem(one, [(1.0, 1.3), (1.0, 5.4)], 0.24, 0.09)
    view.stem(one, [(1.0, 5.2), (2.6, 1.5)], 0.2, 0.025)


def _boat_far(view: View, part: Part) -> None:
    _boat_moored(view, Part("boat", part.x, 0, part.z))


def _train_far(view: View, part: Part) -> None:
    for step in range(5):
        one = Part("car", part.x - 10 + step * 6.4, 0.3, part.z + 4)
        view.box(one, (6.1, 2.9, 2.4), 0.3, colour=view.palette.accent)
        for k in range(4):
            view.quad(one, -2.6 + k * 1.4, 1.4, -1.7 + k * 1.4, 2.2, view.palette.lamp, out=1.22)


def _craft(view: View, part: Part) -> None:
    one = Part("craft", part.x, 1.2, part.z)
    view.shape(one, spline([(-2.6, 0.0), (-1.6, 0.5), (1.2, 0.45), (2.6, 0.1), (1.2, -0.35), (-1.6, -0.4)]), 0.84)
    view.shape(one, [(-1.4, 0.3), (-2.4, 1.3), (-1.8, 1.3), (-0.2, 0.4)], view.palette.accent)
    view.shape(one, [(-1.4, -0.2), (-2.4, -1.1), (-1.8, -1.1), (-0.2, -0.3)], view.palette.accent)
    view.shape(one, ellipse(1.3, 0.2, 0.5, 0.16), 0.14)


def _awning(view: View, part: Part) -> None:
    for step in range(6):
        x = -1.5 + step * 0.5
        colour = view.palette.accent if step % 2 else mix(view.palette.paper, view.palette.ramp[2], 0.2)
        slat = ((x, 2.9, 0), (x + 0.5, 2.9, 0), (x + 0.5, 2.4, -1.1), (x, 2.4, -1.1))
        view.face([at(part, *corner) for corner in slat], colour)


def _line(view: View, part: Part) -> None:
    ends = (part.x - 1.8, part.y, part.z), (part.x, part.y - 0.25, part.z), (part.x + 1.8, part.y, part.z)
    view.path(ends, 0.16, 1.0)
    for step, tone in enumerate((0.92, view.palette.second, view.palette.accent)):
        one = Part("cloth", part.x - 1.1 + step * 0.85, part.y - 0.9, part.z)
        view.shape(one, xy("-.26,0 .28,.06 .26,.7 -.26,.7"), tone)


def _tank_roof(view: View, part: Part) -> None:
    for x in (-0.8, 0.8):
        view.stem(part, [(x, 0), (x * 0.9, 1.7)], 0.16, 0.12)
    view.stem(part, [(-0.8, 0.2), (0.72, 1.6)], 0.16, 0.06)
    view.shape(part, [(-1.1, 1.6), (1.1, 1.6), (1.1, 3.4), (-1.1, 3.4)], 0.4)
    for x in (-0.7, -0.3, 0.1, 0.5, 0.9):
        view.stem(part, [(x, 1.6), (x, 3.4)], 0.26, 0.03)
    view.shape(part, [(-1.25, 3.4), (1.25, 3.4), (0, 4.3)], 0.26)


ROADSIDE: dict[str, Draw] = named(
    _sign, _pole_line, _car, _bins, _deck_rail, _mast, _ropes, _boat_moored, _boat_far, _train_far, _craft, _awning,
    _line, _tank_roof,
)  # fmt: skip
