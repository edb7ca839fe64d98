"""What stands on floors inside: tables, seats, beds, shelves, counters, machines."""

import math

from wzrd.domain.panels import Part
from wzrd.media.panels.canvas import ellipse, mix
from wzrd.media.panels.view import View, at


def _legs(view: View, part: Part, w: float, d: float, h: float) -> None:
    for x in (-w, w):
        for z in (d, -d):
            view.box(part, (0.06, h, 0.06), 0.26, corner=(x * 0.92, 0, z * 0.9))


def table(view: View, part: Part) -> None:
    w, d, h = part.width or 1.2, part.depth or 0.8, part.height or 0.75
    _legs(view, part, w / 2, d / 2, h)
    view.box(part, (w, 0.05, d), 0.5, corner=(0, h - 0.05, 0))


def table_cloth(view: View, part: Part) -> None:
    w, d = part.width or 0.8, part.depth or 1.1
    view.box(part, (0.12, 0.7, 0.12), 0.3)
    view.box(part, (w, 0.3, d), 0.88, corner=(0, 0.46, 0))
    for x, z in ((-0.18, -0.2), (0.2, 0.1)):
        view.flat(Part("cup", *at(part, x, 0.76, z)), [(-0.05, 0), (0.05, 0), (0.065, 0.09), (-0.065, 0.09)], 0.97)


def chess_table(view: View, part: Part) -> None:
    view.box(part, (0.12, 0.62, 0.12), 0.3)
    view.box(part, (0.72, 0.05, 0.72), 0.4, corner=(0, 0.62, 0))
    for row in range(8):
        for column in range(8):
            if (row + column) % 2:
                x, z = -0.32 + column * 0.08, -0.32 + row * 0.08
                view.face(
                    [at(part, x + a, 0.675, z + b) for a, b in ((0, 0), (0.08, 0), (0.08, 0.08), (0, 0.08))],
                    0.92,
                    ink=False,
                )
    for step in range(7):
        one = Part("man", *at(part, -0.28 + 0.16 * (step % 4), 0.67, -0.2 + 0.16 * (step // 2)))
        view.shape(
            one,
            [(-0.03, 0), (0.03, 0), (0.012, 0.09), (0.03, 0.13), (0, 0.17), (-0.03, 0.13), (-0.012, 0.09)],
            0.15 if step % 2 else 0.95,
        )


def desk(view: View, part: Part) -> None:
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


def counter(view: View, part: Part) -> None:
    w, h = part.width or 2.4, part.height or 0.92
    depth, into = 0.6, -0.3 if part.on_wall else 0.0
    view.box(part, (w, h - 0.06, depth - 0.06), 0.42, corner=(0, 0, into))
    count = max(1, round(w / 0.7))
    for step in range(count):
        x = -w / 2 + (step + 0.5) * w / count
        view.quad(part, x - w / count * 0.42, 0.14, x + w / count * 0.42, h - 0.16, 0.47, out=depth / 2 - into - 0.02)
    view.box(part, (w + 0.08, 0.06, depth + 0.04), 0.66, corner=(0, h - 0.06, into))


def shelves(view: View, part: Part) -> None:
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
        chance, tall = view.roll("item", part.x, y, step), view.roll("tall", part.x, y, step)
        step += 1
        if part.kind == "books":
            wide = 0.045 + 0.04 * chance
            high = room * (0.62 + 0.34 * tall)
        elif part.kind == "bottles":
            wide, high = 0.09, room * (0.6 + 0.3 * tall)
        else:
            wide, high = 0.14 + 0.26 * chance, room * (0.3 + 0.62 * tall)
        colour = (
            (view.palette.accent, view.palette.second, view.palette.lamp)[step % 3]
            if chance > 0.82
            else 0.36 + 0.42 * chance
        )
        wide = min(wide, w / 2 - 0.03 - x)
        if part.kind == "bottles":
            shape = [
                (0, 0),
                (wide, 0),
                (wide, high * 0.6),
                (wide * 0.65, high * 0.75),
                (wide * 0.65, high),
                (wide * 0.35, high),
                (wide * 0.35, high * 0.75),
                (0, high * 0.6),
            ]
            view.flat(part, [(x + a, y + b) for a, b in shape], colour, out=0.2)
        elif part.kind == "items" and tall > 0.62:
            view.flat(part, ellipse(x + wide / 2, y + high / 2, wide / 2, high / 2, steps=12), colour, out=0.2)
        elif part.kind == "items" and tall < 0.14:
            x += wide
            continue
        else:
            view.quad(part, x, y, x + wide, y + high, colour, out=0.2)
            if part.kind == "items" and view.brief.stage.kind == "depot":
                view.quad(
                    part,
                    x + wide * 0.4,
                    y + high * 0.2,
                    x + wide * 0.4 + 0.07,
                    y + high * 0.2 + 0.1,
                    0.97,
                    out=0.21,
                    ink=False,
                )
        x += wide + (0.004 if part.kind == "books" else 0.05)


def bookcase(view: View, part: Part) -> None:
    shelves(view, Part("shelves", part.x, 0, part.z, part.turn, 1.5, 2.1, 0, "books", on_wall=True))


def cabinets(view: View, part: Part) -> None:
    for step in range(3):
        for row in range(4):
            view.box(part, (0.44, 0.3, 0.5), 0.46, corner=(-0.46 + step * 0.46, row * 0.31, -0.25))
            view.quad(
                part, -0.54 + step * 0.46, row * 0.31 + 0.14, -0.38 + step * 0.46, row * 0.31 + 0.18, 0.85, out=0.51
            )


def chair(view: View, part: Part) -> None:
    _legs(view, part, 0.21, 0.21, 0.45)
    view.box(part, (0.44, 0.05, 0.44), 0.46, corner=(0, 0.44, 0))
    for x in (-0.19, 0.19):
        view.box(part, (0.04, 0.5, 0.04), 0.34, corner=(x, 0.48, 0.2))
    view.box(part, (0.42, 0.24, 0.04), 0.44, corner=(0, 0.74, 0.2))


def crate_seat(view: View, part: Part) -> None:
    view.box(part, (0.6, 0.44, 0.5), 0.5)


def stool(view: View, part: Part) -> None:
    view.round(part, 0, 0.02, 0.2, 0.04, 0.2)
    view.stem(part, [(0, 0.03), (0, 0.72)], 0.22, 0.05)
    view.round(part, 0, 0.74, 0.19, 0.06, view.palette.accent)


def bench(view: View, part: Part) -> None:
    w = part.width or 1.6
    for x in (-0.42, 0.42):
        view.box(part, (0.07, 0.44, 0.4), 0.26, corner=(x * w, 0, 0))
    view.box(part, (w, 0.06, 0.46), 0.46, corner=(0, 0.42, 0))
    if part.kind == "back":
        for y in (0.58, 0.78):
            view.box(part, (w, 0.13, 0.05), 0.44, corner=(0, y, 0.22))


def sofa(view: View, part: Part) -> None:
    colour = view.palette.second
    view.box(part, (2.0, 0.42, 0.85), 0.3, colour=colour)
    view.box(part, (2.0, 0.5, 0.24), 0.3, corner=(0, 0.4, 0.32), colour=colour)
    for x in (-0.95, 0.95):
        view.box(part, (0.24, 0.62, 0.85), 0.3, corner=(x, 0, 0), colour=colour)
    for x in (-0.42, 0.42):
        view.box(part, (0.8, 0.14, 0.6), 0.3, corner=(x, 0.42, -0.1), colour=mix(colour, (255, 255, 255), 0.15))


def booth(view: View, part: Part) -> None:
    view.box(part, (0.3, 1.1, 1.3), 0.3, colour=view.palette.accent)
    view.box(part, (0.55, 0.46, 1.3), 0.3, corner=(0.4, 0, 0), colour=view.palette.accent)


def bed(view: View, part: Part) -> None:
    view.box(part, (1.5, 0.36, 2.0), 0.34)
    view.box(part, (1.5, 0.95, 0.08), 0.3, corner=(0, 0, 1.0))
    view.box(part, (1.46, 0.2, 1.9), 0.88, corner=(0, 0.36, 0))
    view.box(part, (1.5, 0.22, 1.25), 0.5, corner=(0, 0.37, -0.36), colour=view.palette.second)
    for x in (-0.36, 0.36):
        view.box(part, (0.6, 0.14, 0.36), 0.97, corner=(x, 0.56, 0.74))


def cot(view: View, part: Part) -> None:
    _legs(view, part, 0.45, 0.95, 0.5)
    view.box(part, (0.92, 0.16, 1.95), 0.92, corner=(0, 0.5, 0))
    view.box(part, (0.94, 0.18, 1.1), 0.5, corner=(0, 0.51, -0.4), colour=view.palette.second)
    view.box(part, (0.6, 0.12, 0.34), 0.98, corner=(0, 0.66, 0.72))
    for z in (-1.0, 1.0):
        view.box(part, (0.92, 0.42 if z > 0 else 0.25, 0.04), 0.72, corner=(0, 0.55, z))


def bunk(view: View, part: Part) -> None:
    for y in (0.42, 1.5):
        view.box(part, (1.9, 0.12, 0.75), 0.55, corner=(0, y, -0.4))
        view.box(part, (0.4, 0.1, 0.6), 0.9, corner=(0.65, y + 0.12, -0.4))
    for x in (-0.93, 0.93):
        view.box(part, (0.06, 1.75, 0.06), 0.22, corner=(x, 0, -0.74))


def nightstand(view: View, part: Part) -> None:
    view.box(part, (0.46, 0.55, 0.4), 0.44)


def wardrobe(view: View, part: Part) -> None:
    view.box(part, (1.2, 2.0, 0.55), 0.4, corner=(0, 0, -0.28))
    view.path([at(part, 0, 0.1, -0.56), at(part, 0, 1.9, -0.56)])


def stove(view: View, part: Part) -> None:
    view.box(part, (0.62, 0.9, 0.6), 0.78, corner=(0, 0, -0.3))
    view.quad(part, -0.24, 0.2, 0.24, 0.6, 0.2, out=0.61)
    for x in (-0.18, 0.0, 0.18):
        view.flat(part, ellipse(x, 0.78, 0.035, 0.035, steps=8), 0.15, out=0.61)
    pot = Part("pot", *at(part, 0.1, 0.9, -0.3))
    view.shape(pot, [(-0.14, 0), (0.14, 0), (0.16, 0.2), (-0.16, 0.2)], view.palette.accent)


def fridge(view: View, part: Part) -> None:
    view.box(part, (0.72, 1.8, 0.65), 0.84, corner=(0, 0, -0.33))
    view.path([at(part, -0.36, 1.2, -0.665), at(part, 0.36, 1.2, -0.665)])
    view.quad(part, 0.24, 0.7, 0.28, 1.1, 0.3, out=0.68)
    view.quad(part, -0.2, 1.35, -0.05, 1.55, view.palette.lamp, out=0.67)


def sink(view: View, part: Part) -> None:
    view.box(part, (0.14, 0.7, 0.14), 0.8, corner=(0, 0, -0.2))
    view.box(part, (0.62, 0.18, 0.46), 0.9, corner=(0, 0.68, -0.23))


def bath(view: View, part: Part) -> None:
    view.box(part, (1.7, 0.56, 0.75), 0.9, corner=(0, 0, -0.38))
    view.face([at(part, x, 0.565, z) for x, z in ((-0.75, -0.68), (0.75, -0.68), (0.75, -0.08), (-0.75, -0.08))], 0.66)


def plant(view: View, part: Part) -> None:
    view.shape(part, [(-0.15, 0), (0.15, 0), (0.2, 0.34), (-0.2, 0.34)], view.palette.accent)
    for step in range(9):
        angle = -1.2 + step * 0.3
        tip = (0.62 * math.sin(angle), 0.36 + 0.75 * math.cos(angle * 0.8))
        view.shape(
            part,
            [(0, 0.33), (tip[0] * 0.5 - 0.07, tip[1] * 0.62), tip, (tip[0] * 0.5 + 0.07, tip[1] * 0.55)],
            0.34 + 0.03 * (step % 3),
        )


def rug(view: View, part: Part) -> None:
    w, d = (part.width or 2) / 2, (part.depth or 1.4) / 2
    for grow, tone in (
        (1.0, view.cloth(view.palette.second)),
        (0.86, mix(view.palette.second, (255, 255, 255), 0.25)),
        (0.78, view.cloth(view.palette.second)),
    ):
        view.face(
            [at(part, x * w * grow, 0.005, z * d * grow) for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))],
            tone,
            ink=grow == 1,
        )


def bin_(view: View, part: Part) -> None:
    view.shape(part, [(-0.2, 0), (0.2, 0), (0.25, 0.62), (-0.25, 0.62)], 0.28)
    view.round(part, 0, 0.62, 0.25, 0.06, 0.14)


def bucket(view: View, part: Part) -> None:
    view.shape(part, [(-0.13, 0), (0.13, 0), (0.17, 0.34), (-0.17, 0.34)], 0.5)


def bell(view: View, part: Part) -> None:
    view.shape(part, [(-0.07, 0), (0.07, 0), (0.05, 0.06), (0, 0.08), (-0.05, 0.06)], view.palette.lamp)


def till(view: View, part: Part) -> None:
    view.box(part, (0.4, 0.16, 0.36), 0.3)
    view.box(part, (0.36, 0.2, 0.2), 0.36, corner=(0, 0.16, 0.06), colour=view.palette.accent)


def crates(view: View, part: Part) -> None:
    for step, (x, y, turn) in enumerate(((-0.3, 0, 0), (0.42, 0, 12), (0.02, 0.6, -8))):
        one = Part("crate", part.x + x, y, part.z, part.turn + turn)
        view.box(one, (0.66, 0.6, 0.6), 0.46 + 0.05 * step)
        view.path([at(one, -0.3, 0.05, -0.305), at(one, 0.3, 0.55, -0.305)], width=0.8)
        view.path([at(one, -0.33, 0.3, -0.305), at(one, 0.33, 0.3, -0.305)], width=0.8)


def barrel(view: View, part: Part) -> None:
    view.shape(part, [(-0.26, 0), (0.26, 0), (0.31, 0.42), (0.27, 0.86), (-0.27, 0.86), (-0.31, 0.42)], 0.42)
    for y in (0.2, 0.64):
        view.stem(part, [(-0.29, y), (0.29, y)], 0.16, 0.03)
    view.round(part, 0, 0.86, 0.27, 0.06, 0.3)


def ladder(view: View, part: Part) -> None:
    for x in (-0.22, 0.22):
        view.path([at(part, x, 0, -0.4), at(part, x, 2.7, 0)], 0.2, 1.8)
    for step in range(8):
        y = 0.25 + step * 0.32
        view.path([at(part, -0.22, y, -0.4 + 0.15 * y), at(part, 0.22, y, -0.4 + 0.15 * y)], 0.2, 1.4)


def column(view: View, part: Part) -> None:
    h = part.height or view.brief.stage.height
    view.box(part, (0.52, 0.3, 0.52), 0.5)
    view.shape(part, [(-0.19, 0.3), (0.19, 0.3), (0.17, h - 0.3), (-0.17, h - 0.3)], 0.62)
    view.shape(
        part,
        [(0.19 * -view.key, 0.3), (0.05 * -view.key, 0.3), (0.05 * -view.key, h - 0.3), (0.17 * -view.key, h - 0.3)],
        0.42,
        ink=False,
    )
    view.box(part, (0.52, 0.3, 0.52), 0.54, corner=(0, h - 0.3, 0))


def kiosk(view: View, part: Part) -> None:
    view.box(part, (1.5, 1.9, 0.6), 0.4, corner=(0, 0, -0.3), colour=view.palette.accent)
    view.quad(part, -0.6, 0.95, 0.6, 1.6, 0.92, out=0.61)
    for step in range(4):
        view.quad(part, -0.54 + step * 0.28, 1.0, -0.34 + step * 0.28, 1.3, 0.4 + 0.12 * (step % 3), out=0.62)


def pole(view: View, part: Part) -> None:
    view.path([(part.x, 0, part.z), (part.x, view.brief.stage.height, part.z)], view.palette.lamp, 2.2)


def seats(view: View, part: Part) -> None:
    for x in (-0.22, 0.22):
        view.box(part, (0.42, 0.44, 0.42), 0.3, corner=(x * 1.02, 0, 0))
        view.box(part, (0.42, 0.7, 0.12), 0.34, corner=(x * 1.02, 0.44, 0.2), colour=view.palette.second)


def seat_back(view: View, part: Part) -> None:
    view.box(part, (1.1, 0.46, 0.5), 0.34, corner=(0, 0, -0.05), colour=view.palette.accent)
    view.box(part, (1.1, 1.12, 0.16), 0.34, corner=(0, 0, 0.25), colour=view.palette.accent)


def console(view: View, part: Part) -> None:
    w = part.width or 2.2
    view.box(part, (w, 0.78, 0.55), 0.26)
    view.face(
        [
            at(part, x, y, z)
            for x, y, z in ((-w / 2, 0.78, -0.35), (w / 2, 0.78, -0.35), (w / 2, 0.98, 0.3), (-w / 2, 0.98, 0.3))
        ],
        0.4,
    )
    for step in range(12):
        x = -w / 2 + 0.14 + step * (w - 0.28) / 11
        view.path([at(part, x, 0.81, -0.28), at(part, x, 0.93, 0.1)], 0.14, 0.8)
        tone = view.palette.accent if step % 4 == 1 else 0.88
        y, z = 0.82 + 0.1 * view.roll("fader", step), -0.26 + 0.34 * view.roll("fader", step)
        view.face(
            [
                at(part, x - 0.03, y, z),
                at(part, x + 0.03, y, z),
                at(part, x + 0.03, y + 0.03, z + 0.06),
                at(part, x - 0.03, y + 0.03, z + 0.06),
            ],
            tone,
        )


def console_pod(view: View, part: Part) -> None:
    console(view, Part("console", part.x, 0, part.z, part.turn, 1.3))
    view.quad(part, -0.5, 1.0, 0.5, 1.45, mix(view.palette.second, (255, 255, 255), 0.3), out=-0.3)


def seat_pod(view: View, part: Part) -> None:
    view.box(part, (0.6, 0.5, 0.55), 0.3)
    view.box(part, (0.6, 0.85, 0.16), 0.36, corner=(0, 0.5, -0.2))


def mic_arm(view: View, part: Part) -> None:
    view.stem(part, [(0.5, 0.0), (0.42, 0.5), (0.05, 0.62)], 0.1, 0.025)
    view.shape(part, [(-0.06, 0.48), (0.06, 0.48), (0.06, 0.7), (-0.06, 0.7)], 0.12)
    view.stem(part, [(-0.06, 0.58), (0.06, 0.58)], view.palette.accent, 0.03)


def mic_stand(view: View, part: Part) -> None:
    view.round(part, 0, 0.02, 0.18, 0.04, 0.15)
    view.stem(part, [(0, 0), (0, 1.48)], 0.12, 0.025)
    view.round(part, 0, 1.54, 0.05, 0.075, 0.3)


def speaker(view: View, part: Part) -> None:
    view.box(part, (0.34, 0.5, 0.3), 0.16)
    view.flat(part, ellipse(0, 0.17, 0.12, 0.12), 0.4, out=0.16)
    view.flat(part, ellipse(0, 0.38, 0.06, 0.06), 0.4, out=0.16)


def curtain_rail(view: View, part: Part) -> None:
    for step in range(5):
        x = -0.7 + step * 0.32
        view.shape(
            part,
            [(x, 0.25), (x + 0.3, 0.25), (x + 0.32, 2.2), (x, 2.2)],
            mix(view.palette.second, (255, 255, 255), 0.3 + 0.12 * (step % 2)),
        )


def monitor(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 1.1)], 0.2, 0.04)
    view.box(part, (0.5, 0.38, 0.2), 0.3, corner=(0, 1.08, 0))
    view.quad(part, -0.2, 1.12, 0.2, 1.42, 0.06, out=0.11)
    trace = ((-0.18, 0.1), (-0.08, 0.1), (-0.04, 0.24), (0.0, 0.03), (0.04, 0.1), (0.18, 0.1))
    view.path([at(part, x, 1.12 + y, -0.12) for x, y in trace], (120, 240, 170), 1.6)


def drip(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 1.95), (0.14, 1.95)], 0.25, 0.025)
    view.shape(part, [(0.08, 1.88), (0.2, 1.88), (0.18, 1.6), (0.1, 1.6)], 0.94)


def altar(view: View, part: Part) -> None:
    view.box(part, (4.2, 0.22, 2.0), 0.5)
    view.box(part, (2.4, 0.95, 0.8), 0.9, corner=(0, 0.22, 0.2))
    view.box(part, (0.5, 0.8, 0.82), 0.3, corner=(0, 0.36, 0.19), colour=view.palette.accent)


def pew(view: View, part: Part) -> None:
    view.box(part, (2.4, 0.45, 0.4), 0.36)
    view.box(part, (2.4, 0.95, 0.07), 0.42, corner=(0, 0, 0.25))


def drape(view: View, part: Part) -> None:
    w, h = (part.width or 8) / 2, part.height or 5
    folds = 22
    for step in range(folds):
        x = -w + step * 2 * w / folds
        tone = mix(view.palette.accent, view.palette.ramp[0], 0.32 + 0.3 * (step % 2) + 0.1 * view.roll("fold", step))
        view.quad(part, x, 0, x + 2 * w / folds, h, tone, ink=step % 2 == 0)
    for step in range(8):
        x = -w + (step + 0.5) * w / 4
        view.flat(
            part,
            [(x - w / 8, h), (x + w / 8, h), (x + w / 10, h - 0.5), (x, h - 0.75), (x - w / 10, h - 0.5)],
            mix(view.palette.accent, view.palette.ramp[0], 0.22),
            out=0.1,
        )


def drape_side(view: View, part: Part) -> None:
    drape(view, Part("drape", part.x * 0.86, 0, part.z, part.turn * 0.4, 1.6, 5.4))


def flat(view: View, part: Part) -> None:
    view.quad(part, -0.9, 0, 0.9, 2.4, 0.7)
    view.flat(part, [(-0.9, 0), (0.9, 0), (0.9, 0.9), (0.3, 1.5), (-0.3, 1.0), (-0.9, 1.3)], 0.5, out=0.01)


def footlights(view: View, part: Part) -> None:
    for step in range(9):
        one = Part("light", part.x - 3 + step * 0.75, 0, part.z)
        view.shape(one, [(-0.14, 0), (0.14, 0), (0.1, 0.2), (-0.1, 0.2)], 0.1)
        view.round(one, 0, 0.2, 0.1, 0.03, view.palette.lamp)


def dais(view: View, part: Part) -> None:
    view.box(part, (5.4, 0.5, 1.4), 0.34)
    view.box(part, (3.4, 1.1, 0.5), 0.4, corner=(0, 0.5, -0.3))
    view.box(part, (0.8, 1.5, 0.2), 0.3, corner=(0, 0.9, 0.5), colour=view.palette.accent)


def flag_pole(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 2.7)], view.palette.lamp, 0.04)
    view.shape(part, [(0, 2.6), (0.42, 2.3), (0.36, 1.2), (0.05, 1.0), (0, 1.2)], view.palette.accent)


def rail(view: View, part: Part) -> None:
    w = (part.width or 4) / 2
    for step in range(int(w * 5) + 1):
        x = -w + step * 0.4
        view.box(part, (0.05, 0.9, 0.05), 0.28, corner=(x, 0, 0))
    view.box(part, (2 * w, 0.07, 0.1), 0.4, corner=(0, 0.9, 0))


def globe(view: View, part: Part) -> None:
    view.box(part, (0.5, 0.72, 0.4), 0.42, corner=(0, -0.75, 0))
    view.stem(part, [(0, 0), (0, 0.16)], 0.2, 0.05)
    view.round(part, 0, 0.34, 0.2, 0.2, view.palette.second)


def flasks(view: View, part: Part) -> None:
    for step, x in enumerate((-0.4, -0.15, 0.12, 0.36)):
        colour = (view.palette.accent, view.palette.second, view.palette.lamp, view.palette.accent)[step]
        view.shape(
            part,
            [(x - 0.09, 0), (x + 0.09, 0), (x + 0.025, 0.16), (x + 0.025, 0.28), (x - 0.025, 0.28), (x - 0.025, 0.16)],
            mix(colour, (255, 255, 255), 0.2),
        )


def pipes(view: View, part: Part) -> None:
    for y, tone in ((0.5, 0.34), (2.2, 0.4), (2.45, 0.28)):
        view.quad(part, -4, y, 4, y + 0.16, tone, out=0.15)


def bars(view: View, part: Part) -> None:
    w = (part.width or 3) / 2
    for step in range(int(2 * w / 0.16)):
        x = -w + step * 0.16
        view.quad(part, x, 0, x + 0.04, 2.6, 0.12, out=0.06)
    view.quad(part, -w, 1.2, w, 1.28, 0.12, out=0.07)


def wheel(view: View, part: Part) -> None:
    view.box(part, (0.16, 0.8, 0.16), 0.3)
    for step in range(8):
        angle = step * math.tau / 8
        view.stem(part, [(0, 1.05), (0.62 * math.cos(angle), 1.05 + 0.62 * math.sin(angle))], 0.2, 0.04)
    outline = ellipse(0, 1.05, 0.5, 0.5, steps=30)
    view.stem(part, [*outline, outline[0]], 0.26, 0.07)


def piano(view: View, part: Part) -> None:
    view.box(part, (1.5, 1.2, 0.5), 0.14)
    view.box(part, (1.4, 0.08, 0.3), 0.95, corner=(0, 0.72, -0.36))


def tripod(view: View, part: Part) -> None:
    for x in (-0.36, 0.0, 0.36):
        view.stem(part, [(x, 0), (0, 1.2)], 0.2, 0.03)
    view.shape(part, [(-0.5, 1.12), (0.5, 1.5), (0.54, 1.38), (-0.44, 1.02)], view.palette.second)


def statue(view: View, part: Part) -> None:
    view.box(part, (0.7, 0.8, 0.7), 0.5)
    view.shape(
        part,
        [(-0.28, 0.8), (0.28, 0.8), (0.2, 1.8), (0.26, 2.1), (0.1, 2.3), (-0.1, 2.3), (-0.26, 2.1), (-0.2, 1.8)],
        0.7,
    )
    view.round(part, 0, 2.45, 0.13, 0.17, 0.72)


def chain(view: View, part: Part) -> None:
    view.stem(part, [(0, 5.4), (0, 2.4)], 0.14, 0.03)
    view.shape(part, [(-0.08, 2.4), (0.08, 2.4), (0.14, 2.2), (0.0, 2.0), (-0.12, 2.1), (0.02, 2.2)], 0.14)


FURNITURE = {
    function.__name__.rstrip("_"): function
    for function in (
        table, table_cloth, chess_table, desk, counter, shelves, bookcase, cabinets, chair, crate_seat, stool, bench, sofa, booth,
        bed, cot, bunk, nightstand, wardrobe, stove, fridge, sink, bath, plant, rug, bin_, bucket, bell, till, crates, barrel,
        ladder, column, kiosk, pole, seats, seat_back, console, console_pod, seat_pod, mic_arm, mic_stand, speaker, curtain_rail,
        monitor, drip, altar, pew, drape, drape_side, flat, footlights, dais, flag_pole, rail, globe, flasks, pipes, bars, wheel,
        piano, tripod, statue, chain,
    )
}  # fmt: skip
