"""Fixtures on walls and sources of light inside: lamps, clocks, signs, screens."""

import math
from itertools import product

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, xy
from wzrd.animatic.panels.view import Draw, View, at, named


def _picture(view: View, part: Part) -> None:
    w = 0.28 + 0.2 * view.unit("picture", part.x)
    view.quad(part, -w, -0.05, w, 0.62, 0.26, out=0.03)
    view.quad(part, -w + 0.06, 0.01, w - 0.06, 0.56, 0.82, out=0.04, ink=False)
    hills = [(-w + 0.06, 0.01), (w - 0.06, 0.01), (w - 0.06, 0.2), (0.02, 0.36), (-w + 0.06, 0.16)]
    view.flat(part, hills, view.palette.second, out=0.045, ink=False)


def _clock(view: View, part: Part) -> None:
    big = 0.24 if view.brief.stage.height < 3.6 else 0.42
    view.flat(part, ellipse(0, 0, big, big), 0.15, out=0.03)
    view.flat(part, ellipse(0, 0, big * 0.86, big * 0.86), 0.97, out=0.05, ink=False)
    hour = 0.6 + 5 * view.unit("hour")
    for length, angle in ((0.48, hour), (0.72, hour * 5.3)):
        tip = at(part, big * length * math.sin(angle), big * length * math.cos(angle), -0.06)
        view.path([at(part, 0, 0, -0.06), tip], 0.05, 1.4)


def _neon(view: View, part: Part) -> None:
    accent = mix(view.palette.accent, (255, 255, 255), 0.18)
    for text in ("-.5,0 -.5,.34 -.22,0 -.22,.34", "0,.34 -.1,.34 -.1,0 .12,0", ".3,.17 .42,.34 .54,.17 .42,0 .3,.17"):
        loop = [at(part, x, y, -0.05) for x, y in xy(text)]
        view.path(loop, accent, 2.6)
        view.path(loop, mix(accent, (255, 255, 255), 0.7), 0.9)


def _screens(view: View, part: Part) -> None:
    glow = mix(view.palette.second, (255, 255, 255), 0.25)
    for row, column in product(range(2), range(3)):
        x, y = -0.9 + column * 0.62, row * 0.5
        view.quad(part, x, y, x + 0.56, y + 0.42, 0.12, out=0.05)
        view.quad(part, x + 0.04, y + 0.04, x + 0.52, y + 0.38, glow, out=0.06, ink=False)
        heights = [y + 0.14 + 0.16 * view.unit("trace", row, column, k) for k in range(6)]
        view.path([at(part, x + 0.08 + k * 0.08, high, -0.07) for k, high in enumerate(heights)], 0.98, 0.8)


def _departures(view: View, part: Part) -> None:
    view.quad(part, -1.5, 0, 1.5, 0.9, 0.09, out=0.1)
    for row in range(4):
        y = 0.1 + row * 0.2
        view.quad(part, -1.38, y, -0.95, y + 0.1, view.palette.lamp, out=0.12, ink=False)
        view.quad(part, -0.8, y, -0.8 + 0.7 + view.unit("to", row) * 0.8, y + 0.1, 0.72, out=0.12, ink=False)
        view.quad(part, 1.1, y, 1.35, y + 0.1, view.palette.accent if row == 2 else 0.72, out=0.12, ink=False)


def _lamp_hang(view: View, part: Part) -> None:
    top = max(view.brief.stage.height, part.y + 0.3)
    view.path([(part.x, top, part.z), (part.x, part.y + 0.2, part.z)], 0.1, 0.9)
    view.shape(part, [(-0.07, 0.22), (0.07, 0.22), (0.27, 0.0), (-0.27, 0.0)], view.palette.second)
    view.round(part, 0, 0.0, 0.25, 0.05, view.palette.lamp)


def _candles(view: View, part: Part) -> None:
    for step, x in enumerate((-0.18, 0.0, 0.18)):
        tall = (0.34, 0.5, 0.4)[step] + (0.9 if view.brief.stage.kind == "church" else 0.75)
        view.shape(part, [(x - 0.03, 0), (x + 0.03, 0), (x + 0.03, tall), (x - 0.03, tall)], 0.9)
        view.round(part, x, tall + 0.07, 0.03, 0.07, view.palette.lamp, ink=False)


FIXTURES: dict[str, Draw] = named(_picture, _clock, _neon, _screens, _departures, _lamp_hang, _candles)
