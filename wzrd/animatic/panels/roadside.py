"""Lamps, signs, vehicles and boats: what stands along streets, rails and quays."""

from itertools import pairwise

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, spline
from wzrd.animatic.panels.view import Draw, View, at


def _torch_post(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 1.7)], 0.16, 0.07)
    view.shape(part, [(-0.1, 1.7), (0.1, 1.7), (0.14, 1.9), (0, 2.3), (-0.13, 1.92)], view.palette.lamp)


def _lamp_post(view: View, part: Part) -> None:
    view.shape(part, [(-0.09, 0), (0.09, 0), (0.05, 0.6), (0.04, 3.3), (-0.04, 3.3), (-0.05, 0.6)], 0.16)
    view.shape(part, [(-0.14, 3.3), (0.14, 3.3), (0.2, 3.72), (-0.2, 3.72)], view.palette.lamp)
    view.shape(part, [(-0.26, 3.72), (0.26, 3.72), (0, 3.95)], 0.16)


def _clock_post(view: View, part: Part) -> None:
    view.shape(part, [(-0.08, 0), (0.08, 0), (0.05, 2.7), (-0.05, 2.7)], 0.15)
    view.round(part, 0, 3.05, 0.42, 0.42, 0.12)
    view.round(part, 0, 3.05, 0.35, 0.35, mix(view.palette.lamp, (255, 255, 255), 0.5), ink=False)
    view.stem(part, [(-0.14, 3.2), (0, 3.05), (0.05, 3.32)], 0.05, 0.035)


def _poster_board(view: View, part: Part) -> None:
    for x in (-0.7, 0.7):
        view.stem(part, [(x, 0), (x, 2.2)], 0.2, 0.07)
    view.box(part, (1.5, 1.3, 0.06), 0.2, corner=(0, 0.85, 0))
    view.quad(part, -0.68, 0.92, 0.68, 2.08, 0.9, out=0.05)
    view.quad(part, -0.56, 1.6, 0.56, 1.94, view.palette.accent, out=0.06, ink=False)
    for y in (1.42, 1.26, 1.1):
        view.quad(part, -0.5, y, 0.42 - (1.42 - y), y + 0.07, 0.3, out=0.06, ink=False)


def _trolley(view: View, part: Part) -> None:
    view.box(part, (1.6, 0.1, 0.8), 0.3, corner=(0, 0.4, 0))
    view.box(part, (0.7, 0.45, 0.6), 0.3, corner=(-0.3, 0.5, 0), colour=view.palette.second)
    for x in (-0.6, 0.6):
        view.round(part, x, 0.2, 0.2, 0.2, 0.14)


def _hydrant(view: View, part: Part) -> None:
    view.shape(
        part,
        [(-0.16, 0), (0.16, 0), (0.13, 0.5), (0.15, 0.62), (0, 0.78), (-0.15, 0.62), (-0.13, 0.5)],
        view.palette.accent,
    )


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


def _sign_post(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 2.3)], 0.2, 0.09)
    view.shape(part, [(-0.1, 1.8), (0.8, 1.8), (1.05, 1.98), (0.8, 2.16), (-0.1, 2.16)], 0.88)
    view.shape(part, [(0.1, 1.35), (-0.8, 1.35), (-1.02, 1.52), (-0.8, 1.68), (0.1, 1.68)], view.palette.second)


def _pole_line(view: View, part: Part) -> None:
    tops = [(part.x + 1.4 * step, 4.6, part.z + step * 7.0) for step in range(-2, 6)]
    for x, y, z in reversed(tops):
        one = Part("pole", x, 0, z)
        view.stem(one, [(0, 0), (0, y + 0.4)], 0.18, 0.13)
        view.stem(one, [(-0.7, y), (0.7, y)], 0.18, 0.09)
    for shift in (-0.6, 0.6):
        line = [
            (x + shift, y - (0.5 if step % 2 else 0.0), z)
            for step, (x, y, z) in enumerate(p for pair in zip(tops, _between(tops), strict=False) for p in pair)
        ]
        view.path(line, 0.16, 0.6)


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


def _lander(view: View, part: Part) -> None:
    for x in (-1.2, 1.2):
        view.stem(part, [(x * 0.5, 1.6), (x * 1.3, 0)], 0.16, 0.1)
    view.shape(part, [(-1.1, 1.2), (1.1, 1.2), (1.3, 2.2), (0.8, 3.2), (-0.8, 3.2), (-1.3, 2.2)], 0.8)
    view.round(part, 0, 2.3, 0.4, 0.34, view.palette.second)


def _hull(view: View, part: Part) -> None:
    view.shape(part, [(-1.5, 0.75), (1.7, 0.95), (1.2, 0.1), (-1.1, 0.0)], view.palette.accent)
    view.shape(part, [(-1.5, 0.75), (1.7, 0.95), (1.62, 0.8), (-1.46, 0.6)], 0.92)
    view.stem(part, [(-0.4, 0.7), (1.3, 1.5)], 0.3, 0.06)


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
    for size in (0.42, 0.32, 0.22):
        view.round(
            part, 0, 0.06 + (0.42 - size) * 0.5, size, size * 0.28, mix(view.palette.paper, view.palette.ramp[2], 0.45)
        )


def _hatch(view: View, part: Part) -> None:
    view.box(part, (1.1, 0.22, 0.9), 0.44)


def _winch(view: View, part: Part) -> None:
    view.box(part, (0.6, 0.5, 0.4), 0.26)
    view.round(part, 0, 0.55, 0.36, 0.26, 0.4)


def _bollard(view: View, part: Part) -> None:
    view.shape(
        part,
        [(-0.2, 0), (0.2, 0), (0.16, 0.42), (0.28, 0.5), (0.24, 0.66), (-0.24, 0.66), (-0.28, 0.5), (-0.16, 0.42)],
        0.2,
    )


def _boat_moored(view: View, part: Part) -> None:
    one = Part("boat", part.x, -0.9, part.z)
    view.shape(
        one, [(-2.4, 1.2), (2.7, 1.5), (2.0, 0), (-1.8, 0)], view.palette.accent if part.x > 0 else view.palette.second
    )
    view.shape(one, [(-1.2, 1.2), (0.6, 1.3), (0.5, 2.4), (-1.1, 2.4)], 0.92)
    view.shape(one, [(-0.9, 1.7), (0.2, 1.75), (0.2, 2.15), (-0.9, 2.15)], 0.26)
    view.stem(one, [(1.0, 1.3), (1.0, 5.4)], 0.24, 0.09)
    view.stem(one, [(1.0, 5.2), (2.6, 1.5)], 0.2, 0.025)


def _boat_far(view: View, part: Part) -> None:
    _boat_moored(view, Part("boat", part.x, 0, part.z))


def _crane_far(view: View, part: Part) -> None:
    for x in (-0.9, 0.9):
        view.stem(part, [(x, 0), (x * 0.4, 9)], 0.24, 0.3)
    view.stem(part, [(-5, 8.2), (6.5, 10.4)], 0.24, 0.34)
    view.stem(part, [(5.8, 10.2), (5.8, 4)], 0.24, 0.06)


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


ROADSIDE: dict[str, Draw] = {
    "torch_post": _torch_post,
    "lamp_post": _lamp_post,
    "clock_post": _clock_post,
    "poster_board": _poster_board,
    "trolley": _trolley,
    "hydrant": _hydrant,
    "sign": _sign,
    "sign_post": _sign_post,
    "pole_line": _pole_line,
    "car": _car,
    "bins": _bins,
    "lander": _lander,
    "hull": _hull,
    "deck_rail": _deck_rail,
    "mast": _mast,
    "ropes": _ropes,
    "hatch": _hatch,
    "winch": _winch,
    "bollard": _bollard,
    "boat_moored": _boat_moored,
    "boat_far": _boat_far,
    "crane_far": _crane_far,
    "train_far": _train_far,
    "craft": _craft,
}
