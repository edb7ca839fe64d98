"""Furniture: what people sit at, on and lie in, and what holds things inside."""

from itertools import product

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import corners, ellipse, mix, placed, xy
from wzrd.animatic.panels.view import Draw, View, at, named


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


def _desk(view: View, part: Part) -> None:
    small = part.kind == "small"
    w, d = (0.9, 0.5) if small else (1.6, 0.75)
    if small:
        _legs(view, part, w / 2, d / 2, 0.7)
    else:
        view.box(part, (0.45, 0.72, d - 0.06), 0.38, corner=(-w / 2 + 0.26, 0, 0))
        view.box(part, (0.45, 0.72, d - 0.06), 0.38, corner=(w / 2 - 0.26, 0, 0))
        view.box(part, (w - 0.9, 0.4, 0.03), 0.34, corner=(0, 0.32, -0.2))
    view.box(part, (w, 0.05, d), 0.52, corner=(0, 0.70, 0))
    if not small:
        view.box(part, (0.3, 0.03, 0.22), 0.9, corner=(-0.2, 0.75, -0.05))
        view.box(part, (0.26, 0.14, 0.2), 0.66, corner=(-0.55, 0.75, 0.1))


def _bench(view: View, part: Part) -> None:
    w = part.width or 1.6
    for x in (-0.42, 0.42):
        view.box(part, (0.07, 0.44, 0.4), 0.26, corner=(x * w, 0, 0))
    view.box(part, (w, 0.06, 0.46), 0.46, corner=(0, 0.42, 0))
    if part.kind == "back":
        for y in (0.58, 0.78):
            view.box(part, (w, 0.13, 0.05), 0.44, corner=(0, y, 0.22))


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


FURNITURE: dict[str, Draw] = named(_table, _chess_table, _desk, _bench, _rug, _counter, _shelves, _bookcase)
