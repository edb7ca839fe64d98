"""Furniture, fixtures and machines whose drawing is worked out: what kit.json can spell stands there."""

import math
from itertools import product

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import corners, ellipse, mix, placed, wash, xy
from wzrd.animatic.panels.view import Draw, View, at, named


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


def _column(view: View, part: Part) -> None:
    h = part.height or view.brief.stage.height
    view.box(part, (0.52, 0.3, 0.52), 0.5)
    view.shape(part, [(-0.19, 0.3), (0.19, 0.3), (0.17, h - 0.3), (-0.17, h - 0.3)], 0.62)
    shadow = [(x * -view.key, y) for x, y in ((0.19, 0.3), (0.05, 0.3), (0.05, h - 0.3), (0.17, h - 0.3))]
    view.shape(part, shadow, 0.42, ink=False)
    view.box(part, (0.52, 0.3, 0.52), 0.54, corner=(0, h - 0.3, 0))


def _pole(view: View, part: Part) -> None:
    view.path([(part.x, 0, part.z), (part.x, view.brief.stage.height, part.z)], view.palette.lamp, 2.2)


def _console(view: View, part: Part) -> None:
    w = part.width or 2.2
    view.box(part, (w, 0.78, 0.55), 0.26)
    desk = ((-w / 2, 0.78, -0.35), (w / 2, 0.78, -0.35), (w / 2, 0.98, 0.3), (-w / 2, 0.98, 0.3))
    view.face([at(part, *corner) for corner in desk], 0.4)
    for step in range(12):
        x = -w / 2 + 0.14 + step * (w - 0.28) / 11
        view.path([at(part, x, 0.81, -0.28), at(part, x, 0.93, 0.1)], 0.14, 0.8)
        tone = view.palette.accent if step % 4 == 1 else 0.88
        y, z = 0.82 + 0.1 * view.unit("fader", step), -0.26 + 0.34 * view.unit("fader", step)
        knob = ((x - 0.03, y, z), (x + 0.03, y, z), (x + 0.03, y + 0.03, z + 0.06), (x - 0.03, y + 0.03, z + 0.06))
        view.face([at(part, *corner) for corner in knob], tone)


def _console_pod(view: View, part: Part) -> None:
    _console(view, Part("console", part.x, 0, part.z, part.turn, 1.3))
    view.quad(part, -0.5, 1.0, 0.5, 1.45, mix(view.palette.second, (255, 255, 255), 0.3), out=-0.3)


def _drape(view: View, part: Part) -> None:
    w, h = (part.width or 8) / 2, part.height or 5
    folds = 22
    for step in range(folds):
        x = -w + step * 2 * w / folds
        tone = 0.34 + 0.14 * (step % 2) + 0.06 * view.unit("fold", step)
        view.quad(part, x, 0, x + 2 * w / folds, h, tone, ink=step % 2 == 0)
    for step in range(8):
        x = -w + (step + 0.5) * w / 4
        swag = [(x - w / 8, h), (x + w / 8, h), (x + w / 10, h - 0.5), (x, h - 0.75), (x - w / 10, h - 0.5)]
        view.flat(part, swag, 0.5, out=0.1)


def _drape_side(view: View, part: Part) -> None:
    _drape(view, Part("drape", part.x * 0.86, 0, part.z, part.turn * 0.4, 1.6, 5.4))


def _spot(view: View, part: Part) -> None:
    """A follow spot: its pool on the floor and the edges of its beam."""
    view.pad(part.x, part.z, 1.5, 0.9, mix(view.palette.lamp, wash(view.palette, 0.9), 0.4))
    for side in (-1, 1):
        view.path([(part.x + side * 1.5, 0, part.z), (part.x + 2.6 + side * 0.2, 7.5, part.z + 1.5)], 0.62, 1.2)


def _rail(view: View, part: Part) -> None:
    w = (part.width or 4) / 2
    for step in range(int(w * 5) + 1):
        x = -w + step * 0.4
        view.box(part, (0.05, 0.9, 0.05), 0.28, corner=(x, 0, 0))
    view.box(part, (2 * w, 0.07, 0.1), 0.4, corner=(0, 0.9, 0))


def _wheel(view: View, part: Part) -> None:
    view.box(part, (0.16, 0.8, 0.16), 0.3)
    for step in range(8):
        angle = step * math.tau / 8
        view.stem(part, [(0, 1.05), (0.62 * math.cos(angle), 1.05 + 0.62 * math.sin(angle))], 0.2, 0.04)
    outline = ellipse(0, 1.05, 0.5, 0.5, steps=30)
    view.stem(part, [*outline, outline[0]], 0.26, 0.07)


def _legs(view: View, part: Part, w: float, d: float, h: float) -> None:
    for x in (-w, w):
        for z in (d, -d):
            view.box(part, (0.06, h, 0.06), 0.26, corner=(x * 0.92, 0, z * 0.9))


def _table(view: View, part: Part) -> None:
    w, d, h = part.width or 1.2, part.depth or 0.8, part.height or 0.75
    _legs(view, part, w / 2, d / 2, h)
    view.box(part, (w, 0.05, d), 0.5, corner=(0, h - 0.05, 0))


def _chess_table(view: View, part: Part) -> None:
    view.box(part, (0.12, 0.62, 0.12), 0.3)
    view.box(part, (0.72, 0.05, 0.72), 0.4, corner=(0, 0.62, 0))
    for row, column in product(range(8), range(8)):
        if (row + column) % 2:
            x, z = -0.32 + column * 0.08, -0.32 + row * 0.08
            view.face([at(part, u, 0.675, v) for u, v in corners(x, z, x + 0.08, z + 0.08)], 0.92, ink=False)
    for step in range(7):
        one = Part("man", *at(part, -0.28 + 0.16 * (step % 4), 0.67, -0.2 + 0.16 * (step // 2)))
        man = xy("-.03,0 .03,0 .012,.09 .03,.13 0,.17 -.03,.13 -.012,.09")
        view.shape(one, man, 0.15 if step % 2 else 0.95)


def _rug(view: View, part: Part) -> None:
    w, d = (part.width or 2) / 2, (part.depth or 1.4) / 2
    cloth, light = view.cloth(view.palette.second), mix(view.palette.second, (255, 255, 255), 0.25)
    for grow, tone in ((1.0, cloth), (0.86, light), (0.78, cloth)):
        sides = corners(-w * grow, -d * grow, w * grow, d * grow)
        view.face([at(part, x, 0.005, z) for x, z in sides], tone, ink=grow == 1)


def _counter(view: View, part: Part) -> None:
    w, h = part.width or 2.4, part.height or 0.92
    depth, into = 0.6, -0.3 if part.on_wall else 0.0
    view.box(part, (w, h - 0.06, depth - 0.06), 0.42, corner=(0, 0, into))
    count = max(1, round(w / 0.7))
    for step in range(count):
        x = -w / 2 + (step + 0.5) * w / count
        view.quad(part, x - w / count * 0.42, 0.14, x + w / count * 0.42, h - 0.16, 0.47, out=depth / 2 - into - 0.02)
    view.box(part, (w + 0.08, 0.06, depth + 0.04), 0.66, corner=(0, h - 0.06, into))


def _shelves(view: View, part: Part) -> None:
    w, h, deep = part.width or 2, part.height or 2.2, 0.34
    view.quad(part, -w / 2, 0, w / 2, h, 0.24, out=0.02)
    rows = max(3, int(h / 0.52))
    for row in range(rows):
        y = row * h / rows + 0.06
        _items(view, part, w, y, h / rows - 0.1)
        view.box(part, (w, 0.04, deep), 0.5, corner=(0, y - 0.04, -deep / 2))
    for side in (-1, 1):
        view.box(part, (0.05, h, deep), 0.44, corner=(side * w / 2, 0, -deep / 2))
    view.box(part, (w + 0.05, 0.05, deep), 0.5, corner=(0, h, -deep / 2))


def _items(view: View, part: Part, w: float, y: float, room: float) -> None:
    x, step = -w / 2 + 0.06, 0
    while x < w / 2 - 0.1 and step < 40:
        chance, tall = view.unit("item", part.x, y, step), view.unit("tall", part.x, y, step)
        step += 1
        wide, high = {
            "books": (0.045 + 0.04 * chance, room * (0.62 + 0.34 * tall)), "bottles": (0.09, room * (0.6 + 0.3 * tall)),
        }.get(part.kind, (0.14 + 0.26 * chance, room * (0.3 + 0.62 * tall)))  # fmt: skip
        accents = (view.palette.accent, view.palette.second, view.palette.lamp)
        colour = accents[step % 3] if chance > 0.82 else 0.36 + 0.42 * chance
        wide = min(wide, w / 2 - 0.03 - x)
        if part.kind == "bottles":
            bottle = placed("0,0 1,0 1,.6 .65,.75 .65,1 .35,1 .35,.75 0,.6", x, y, wide, high)
            view.flat(part, bottle, colour, out=0.2)
        elif part.kind == "items" and tall > 0.62:
            view.flat(part, ellipse(x + wide / 2, y + high / 2, wide / 2, high / 2, steps=12), colour, out=0.2)
        elif part.kind == "items" and tall < 0.14:
            x += wide
            continue
        else:
            view.quad(part, x, y, x + wide, y + high, colour, out=0.2)
            if part.kind == "items" and view.brief.stage.kind == "depot":
                left, low = x + wide * 0.4, y + high * 0.2
                view.quad(part, left, low, left + 0.07, low + 0.1, 0.97, out=0.21, ink=False)
        x += wide + (0.004 if part.kind == "books" else 0.05)


def _bookcase(view: View, part: Part) -> None:
    _shelves(view, Part("shelves", part.x, 0, part.z, part.turn, 1.5, 2.1, 0, "books", on_wall=True))


FURNITURE: dict[str, Draw] = named(
    _clock, _neon, _lamp_hang, _candles, _column, _pole, _console, _console_pod, _drape, _drape_side,
    _spot, _rail, _wheel, _table, _chess_table, _rug, _counter, _shelves, _bookcase,
)  # fmt: skip
