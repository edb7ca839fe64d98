"""Nature out of doors: trees, rocks, paths, graves, fire."""

import math

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import Point, ellipse, mix, placed, spline
from wzrd.animatic.panels.view import Draw, View, named


def _crown(view: View, part: Part, x: float, y: float, size: float, name: str) -> list[Point]:
    angles = enumerate(k * math.tau / 11 for k in range(11))
    grown = [(a, *(size * (0.8 + 0.4 * view.unit(name, at, step)) for at in (part.x, part.z))) for step, a in angles]
    return spline([(x + wide * math.cos(a), y + 0.8 * high * math.sin(a)) for a, wide, high in grown], steps=4)


def _tree(view: View, part: Part) -> None:
    tall = 3.2 + 2.6 * view.unit("tree", part.x, part.z)
    snowed = "snow" in view.brief.air.weather
    trunk = [(-0.17, 0), (0.17, 0), (0.09, tall * 0.5), (0.3, tall * 0.8), (0.02, tall * 0.62), (-0.26, tall * 0.8)]
    view.shape(part, [*trunk, (-0.09, tall * 0.5)], 0.22)
    tone = 0.36 + 0.1 * view.unit("leaf", part.x)
    for step, (x, y, size, light) in enumerate(
        ((0.5, 0.76, 0.30, -0.06), (-0.5, 0.8, 0.3, -0.04), (0, 0.92, 0.34, 0.0), (0.26 * view.key, 0.99, 0.2, 0.14))
    ):
        plain = tone + light + (0.4 if snowed and step > 1 else 0)
        view.shape(part, _crown(view, part, x, tall * y, tall * size, f"crown{step}"), plain, ink=step < 3)


def _pine(view: View, part: Part) -> None:
    tall = 4.4 + 3.4 * view.unit("pine", part.x, part.z)
    snowed = "snow" in view.brief.air.weather
    view.shape(part, [(-0.13, 0), (0.13, 0), (0.08, tall * 0.4), (-0.08, tall * 0.4)], 0.18)
    for step in range(5):
        y, wide = tall * (0.16 + 0.165 * step), tall * (0.23 - 0.036 * step)
        top = y + tall * 0.27
        tone = 0.27 + 0.035 * step
        fringe = [(-wide, y), (-wide * 0.4, y + 0.08), (-wide * 0.1, y - 0.06), (wide * 0.45, y + 0.07), (wide, y)]
        view.shape(part, [*fringe, (0, top)], tone)
        lit = view.key * wide
        view.shape(part, [(lit, y), (lit * 0.45, y + 0.07), (0, top)], 0.94 if snowed else tone + 0.14, ink=False)


def _bare_tree(view: View, part: Part) -> None:
    def branch(x: float, y: float, length: float, angle: float, wide: float, depth: int) -> None:
        tip = (x + length * math.sin(angle), y + length * math.cos(angle))
        view.stem(part, [(x, y), tip], 0.14, wide)
        if depth:
            spread = 0.36 + 0.3 * view.unit("twig", part.x, depth, round(x * 9))
            for side in (-1, 1):
                branch(*tip, length * 0.68, angle + side * spread, wide * 0.6, depth - 1)

    branch(0, 0, 1.5, 0.06, 0.22, 5)


def _bush(view: View, part: Part) -> None:
    snowed = "snow" in view.brief.air.weather
    for step, (x, y, size) in enumerate(((-0.3, 0.25, 0.4), (0.35, 0.28, 0.42), (0, 0.42, 0.42))):
        crown = _crown(view, part, x, y, size, f"bush{step}")
        snow = 0.36 if snowed and step == 2 else 0.0
        view.shape(part, [(u, max(0.0, v)) for u, v in crown], 0.36 + 0.07 * step + snow)


def _rock(view: View, part: Part, big: float = 0.5) -> None:
    chance = view.unit("rock", part.x, part.z)
    tall = big * (0.6 + 0.6 * chance)
    view.shape(part, placed("-1,0 1.05,0 .86,.55 .35,.98 -.28,.9 -.82,.5", 0, 0, big, tall), 0.42)
    lit = placed(".1,.92 .84,.52 .98,0 .3,.3", 0, 0, view.key * big, tall)
    view.shape(part, lit, 0.62, ink=False)
    if "snow" in view.brief.air.weather:
        snow = placed("-.7,.6 -.28,.93 .35,1.02 .8,.6 .2,.76", 0, 0, big, tall)
        view.shape(part, snow, 0.97, ink=False)


def _boulder(view: View, part: Part) -> None:
    _rock(view, part, 1.3)


def _reeds(view: View, part: Part) -> None:
    for step in range(12):
        x, tall = -0.5 + step * 0.09, 0.9 + 0.6 * view.unit("reed", part.x, step)
        view.stem(part, [(x, 0), (x + 0.06, tall)], 0.3, 0.025)
        if step % 3 == 0:
            view.round(part, x + 0.06, tall, 0.03, 0.11, 0.16)


def _puddle(view: View, part: Part) -> None:
    view.pad(part.x, part.z, 0.9, 0.4, mix(view.palette.sky[1], view.palette.ramp[2], 0.3), y=0.01, ink=True)


def _moons(view: View, part: Part) -> None:
    del part  # they stand in the sky
    width, height = view.frame.width, view.frame.height
    for x, y, size in ((0.24, 0.18, height * 0.11), (0.36, 0.1, height * 0.045)):
        middle = width * x, height * y
        view.canvas.fill(ellipse(*middle, size, size), mix(view.palette.sky[1], (255, 255, 255), 0.5))
        crater = ellipse(middle[0] + size * 0.3, middle[1] + size * 0.1, size * 0.3, size * 0.26)
        view.canvas.fill(crater, mix(view.palette.sky[1], view.palette.ramp[3], 0.3))


def _groyne(view: View, part: Part) -> None:
    for step in range(9):
        one = Part("post", part.x - step * 0.16, 0, part.z - 2 + step * 1.1)
        view.box(one, (0.26, 1.1 - 0.06 * step + 0.3 * view.unit("post", step), 0.26), 0.26)


def _stalagmite(view: View, part: Part) -> None:
    tall = 0.9 + 1.2 * view.unit("stalagmite", part.x)
    view.shape(part, [(-0.5, 0), (0.5, 0), (0.24, tall * 0.4), (0.04, tall), (-0.2, tall * 0.5)], 0.34)


NATURE: dict[str, Draw] = named(
    _tree, _pine, _bare_tree, _bush, _rock, _boulder, _reeds, _puddle, _moons, _groyne, _stalagmite
)
