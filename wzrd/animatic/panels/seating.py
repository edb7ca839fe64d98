"""Tables, seats and beds: what people sit at, on and lie in."""

from itertools import product

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import corners, mix, xy
from wzrd.animatic.panels.view import Draw, View, at, named


def _legs(view: View, part: Part, w: float, d: float, h: float) -> None:
    for x in (-w, w):
        for z in (d, -d):
            view.box(part, (0.06, h, 0.06), 0.26, corner=(x * 0.92, 0, z * 0.9))


def _table(view: View, part: Part) -> None:
    w, d, h = part.width or 1.2, part.depth or 0.8, part.height or 0.75
    _legs(view, part, w / 2, d / 2, h)
    view.box(part, (w, 0.05, d), 0.5, corner=(0, h - 0.05, 0))


def _table_cloth(view: View, part: Part) -> None:
    w, d = part.width or 0.8, part.depth or 1.1
    view.box(part, (0.12, 0.7, 0.12), 0.3)
    view.box(part, (w, 0.3, d), 0.88, corner=(0, 0.46, 0))
    for x, z in ((-0.18, -0.2), (0.2, 0.1)):
        view.flat(Part("cup", *at(part, x, 0.76, z)), [(-0.05, 0), (0.05, 0), (0.065, 0.09), (-0.065, 0.09)], 0.97)


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


def _chair(view: View, part: Part) -> None:
    _legs(view, part, 0.21, 0.21, 0.45)
    view.box(part, (0.44, 0.05, 0.44), 0.46, corner=(0, 0.44, 0))
    for x in (-0.19, 0.19):
        view.box(part, (0.04, 0.5, 0.04), 0.34, corner=(x, 0.48, 0.2))
    view.box(part, (0.42, 0.24, 0.04), 0.44, corner=(0, 0.74, 0.2))


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


SEATING: dict[str, Draw] = named(_table, _table_cloth, _chess_table, _desk, _chair, _bench, _rug)
