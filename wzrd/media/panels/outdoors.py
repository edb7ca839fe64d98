"""What stands out of doors: trees, rocks, houses, lamps, vehicles, boats, masts."""

import math

from wzrd.domain.panels import Part
from wzrd.media.panels.canvas import Point, ellipse, mix, spline, wash
from wzrd.media.panels.view import View, at


def _crown(view: View, part: Part, x: float, y: float, size: float, name: str) -> list[Point]:
    lumps = [
        (
            x + size * math.cos(a) * (0.8 + 0.4 * view.roll(name, part.x, step)),
            y + size * 0.8 * math.sin(a) * (0.8 + 0.4 * view.roll(name, part.z, step)),
        )
        for step, a in enumerate(k * math.tau / 11 for k in range(11))
    ]
    return spline(lumps, steps=4)


def tree(view: View, part: Part) -> None:
    tall = 3.2 + 2.6 * view.roll("tree", part.x, part.z)
    snowed = "snow" in view.brief.air.weather
    view.shape(
        part,
        [
            (-0.17, 0),
            (0.17, 0),
            (0.09, tall * 0.5),
            (0.3, tall * 0.8),
            (0.02, tall * 0.62),
            (-0.26, tall * 0.8),
            (-0.09, tall * 0.5),
        ],
        0.22,
    )
    tone = 0.36 + 0.1 * view.roll("leaf", part.x)
    for step, (x, y, size, light) in enumerate(
        ((0.5, 0.76, 0.30, -0.06), (-0.5, 0.8, 0.3, -0.04), (0, 0.92, 0.34, 0.0), (0.26 * view.key, 0.99, 0.2, 0.14))
    ):
        plain = tone + light + (0.4 if snowed and step > 1 else 0)
        view.shape(part, _crown(view, part, x, tall * y, tall * size, f"crown{step}"), plain, ink=step < 3)


def pine(view: View, part: Part) -> None:
    tall = 4.4 + 3.4 * view.roll("pine", part.x, part.z)
    snowed = "snow" in view.brief.air.weather
    view.shape(part, [(-0.13, 0), (0.13, 0), (0.08, tall * 0.4), (-0.08, tall * 0.4)], 0.18)
    for step in range(5):
        y, wide = tall * (0.16 + 0.165 * step), tall * (0.23 - 0.036 * step)
        top = y + tall * 0.27
        tone = 0.27 + 0.035 * step
        view.shape(
            part,
            [
                (-wide, y),
                (-wide * 0.4, y + 0.08),
                (-wide * 0.1, y - 0.06),
                (wide * 0.45, y + 0.07),
                (wide, y),
                (0, top),
            ],
            tone,
        )
        lit = view.key * wide
        view.shape(part, [(lit, y), (lit * 0.45, y + 0.07), (0, top)], 0.94 if snowed else tone + 0.14, ink=False)


def bare_tree(view: View, part: Part) -> None:
    def branch(x: float, y: float, length: float, angle: float, wide: float, depth: int) -> None:
        tip = (x + length * math.sin(angle), y + length * math.cos(angle))
        view.stem(part, [(x, y), tip], 0.14, wide)
        if depth:
            spread = 0.36 + 0.3 * view.roll("twig", part.x, depth, round(x * 9))
            for side in (-1, 1):
                branch(*tip, length * 0.68, angle + side * spread, wide * 0.6, depth - 1)

    branch(0, 0, 1.5, 0.06, 0.22, 5)


def bush(view: View, part: Part) -> None:
    for step, (x, y, size) in enumerate(((-0.3, 0.25, 0.4), (0.35, 0.28, 0.42), (0, 0.42, 0.42))):
        snow = 0.36 if "snow" in view.brief.air.weather and step == 2 else 0.0
        view.shape(
            part,
            [(u, max(0.0, v)) for u, v in _crown(view, part, x, y, size, f"bush{step}")],
            0.36 + 0.07 * step + snow,
        )


def rock(view: View, part: Part, big: float = 0.5) -> None:
    chance = view.roll("rock", part.x, part.z)
    tall = big * (0.6 + 0.6 * chance)
    outline = [
        (-big, 0),
        (big * 1.05, 0),
        (big * 0.86, tall * 0.55),
        (big * 0.35, tall * 0.98),
        (-big * 0.28, tall * 0.9),
        (-big * 0.82, tall * 0.5),
    ]
    view.shape(part, outline, 0.42)
    side = view.key
    view.shape(
        part,
        [
            (side * big * 0.1, tall * 0.92),
            (side * big * 0.84, tall * 0.52),
            (side * big * 0.98, 0),
            (side * big * 0.3, tall * 0.3),
        ],
        0.62,
        ink=False,
    )
    if "snow" in view.brief.air.weather:
        view.shape(
            part,
            [
                (-big * 0.7, tall * 0.6),
                (-big * 0.28, tall * 0.93),
                (big * 0.35, tall * 1.02),
                (big * 0.8, tall * 0.6),
                (big * 0.2, tall * 0.76),
            ],
            0.97,
            ink=False,
        )


def boulder(view: View, part: Part) -> None:
    rock(view, part, 1.3)


def log(view: View, part: Part) -> None:
    view.box(part, (2.2, 0.34, 0.34), 0.34)
    view.round(part, 1.1, 0.17, 0.1, 0.17, 0.7)


def cairn(view: View, part: Part) -> None:
    for step in range(5):
        view.round(part, 0.05 * (step % 2), 0.12 + step * 0.2, 0.4 - 0.06 * step, 0.12, 0.44 + 0.05 * step)


def cactus(view: View, part: Part) -> None:
    for line in ([(0, 0), (0, 2.2)], [(0, 0.9), (0.5, 1.0), (0.52, 1.7)], [(0, 1.2), (-0.45, 1.3), (-0.47, 1.9)]):
        view.stem(part, line, 0.12, 0.34)
        view.stem(part, line, 0.40, 0.27)


def bones(view: View, part: Part) -> None:
    for step in range(6):
        x = -0.5 + step * 0.17
        view.stem(part, [(x, 0), (x - 0.1, 0.24), (x + 0.05, 0.4)], 0.97, 0.035)
    view.stem(part, [(-0.55, 0.36), (0.5, 0.4)], 0.97, 0.05)
    view.round(part, 0.66, 0.18, 0.2, 0.15, 0.97)


def fence(view: View, part: Part) -> None:
    w = (part.width or 4) / 2
    for step in range(int(w * 1.25) + 1):
        view.box(part, (0.09, 1.05, 0.09), 0.3, corner=(-w + step * 1.6, 0, 0))
    for y in (0.4, 0.8):
        view.quad(part, -w, y, w, y + 0.09, 0.36)


def path(view: View, part: Part) -> None:
    view.face(
        [(-0.9, 0.01, -6), (0.9, 0.01, -6), (0.5, 0.01, 5), (1.4, 0.01, 14), (0.6, 0.01, 14), (-0.4, 0.01, 5)],
        0.78 if part.name else 0.7,
    )


def reeds(view: View, part: Part) -> None:
    for step in range(12):
        x, tall = -0.5 + step * 0.09, 0.9 + 0.6 * view.roll("reed", part.x, step)
        view.stem(part, [(x, 0), (x + 0.06, tall)], 0.3, 0.025)
        if step % 3 == 0:
            view.round(part, x + 0.06, tall, 0.03, 0.11, 0.16)


def grave(view: View, part: Part) -> None:
    lean = 0.12 * (view.roll("grave", part.x, part.z) - 0.5)
    view.shape(
        part,
        [
            (-0.34, 0),
            (0.34, 0),
            (0.34 + lean, 0.75),
            (0.2 + lean, 0.96),
            (lean, 1.02),
            (-0.2 + lean, 0.96),
            (-0.34 + lean, 0.75),
        ],
        0.6,
    )
    for y in (0.66, 0.54, 0.42):
        view.stem(part, [(-0.16 + lean, y), (0.16 + lean, y)], 0.32, 0.02)


def grave_cross(view: View, part: Part) -> None:
    view.shape(
        part,
        [
            (-0.08, 0),
            (0.08, 0),
            (0.08, 0.75),
            (0.36, 0.75),
            (0.36, 0.91),
            (0.08, 0.91),
            (0.08, 1.25),
            (-0.08, 1.25),
            (-0.08, 0.91),
            (-0.36, 0.91),
            (-0.36, 0.75),
            (-0.08, 0.75),
        ],
        0.58,
    )


def house(view: View, part: Part) -> None:
    tone = 0.46 + 0.26 * view.roll("house", part.x)
    view.box(part, (4.2, 2.7, 3.6), tone)
    lit = view.brief.air.time in {"night", "dusk"}
    for x in (-1.2, 1.2):
        view.quad(part, x - 0.36, 1.0, x + 0.36, 1.95, view.palette.lamp if lit else 0.24, out=1.82)
    view.quad(
        part,
        -0.4,
        0,
        0.4,
        1.95,
        view.palette.accent if view.roll("door", part.x) > 0.4 else view.palette.second,
        out=1.82,
    )
    gable = [(-2.4, 2.65, -1.95), (2.4, 2.65, -1.95), (2.4, 4.3, 0.0), (-2.4, 4.3, 0.0)]
    back = [(-2.4, 2.65, 1.95), (2.4, 2.65, 1.95), (2.4, 4.3, 0.0), (-2.4, 4.3, 0.0)]
    snow = "snow" in view.brief.air.weather
    view.face([at(part, *point) for point in back], 0.3)
    for x in (-2.1, 2.1):
        view.face([at(part, x, 2.65, -1.8), at(part, x, 2.65, 1.8), at(part, x, 4.2, 0)], tone - 0.06)
    view.face([at(part, *point) for point in gable], 0.96 if snow else 0.34, width=1.2)
    view.box(part, (0.5, 1.0, 0.5), 0.4, corner=(1.2, 3.7, 0.4))


def barn(view: View, part: Part) -> None:
    view.box(part, (7, 3.4, 6), 0.3, colour=view.palette.accent)
    view.face(
        [at(part, x, y, z) for x, y, z in ((-3.8, 3.3, -3.2), (3.8, 3.3, -3.2), (3.0, 5.4, 0), (-3.0, 5.4, 0))], 0.36
    )
    view.quad(part, -1.2, 0, 1.2, 2.4, 0.16, out=3.02)


def church_far(view: View, part: Part) -> None:
    view.box(part, (4, 3.4, 7), 0.58)
    view.box(part, (2.2, 7, 2.2), 0.62, corner=(-2.6, 0, -1))
    top = Part("spire", *at(part, -2.6, 7, -1))
    view.shape(top, [(-1.3, 0), (1.3, 0), (0, 4.6)], 0.32)
    view.stem(top, [(0, 4.6), (0, 5.4)], 0.2, 0.1)
    view.stem(top, [(-0.3, 5.1), (0.3, 5.1)], 0.2, 0.1)


def keep(view: View, part: Part) -> None:
    for x, tall in ((-4, 8.0), (4, 9.5), (0, 6.0)):
        wide = 2.6 if x else 6.0
        view.box(part, (wide, tall, 2.6), 0.46, corner=(x, 0, 0))
        for step in range(int(wide / 0.8)):
            view.box(part, (0.5, 0.6, 2.6), 0.46, corner=(x - wide / 2 + 0.4 + step * 0.8, tall, 0))
    gate = [(-1.0, 0.0), (1.0, 0.0), (1.0, 2.4), (0.6, 3.1), (0, 3.4), (-0.6, 3.1), (-1.0, 2.4)]
    view.flat(part, gate, 0.06, out=1.32)
    for x in (-4, 4):
        view.quad(
            part, x - 0.15, 4.4, x + 0.15, 5.6, view.palette.lamp if view.brief.air.time == "night" else 0.1, out=1.32
        )


def wall_run(view: View, part: Part) -> None:
    view.box(part, (7, 3.6, 1.2), 0.42)
    for step in range(8):
        view.box(part, (0.5, 0.5, 1.2), 0.42, corner=(-3.2 + step * 0.9, 3.6, 0))


def torch_post(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 1.7)], 0.16, 0.07)
    view.shape(part, [(-0.1, 1.7), (0.1, 1.7), (0.14, 1.9), (0, 2.3), (-0.13, 1.92)], view.palette.lamp)


def well(view: View, part: Part) -> None:
    view.shape(part, [(-0.6, 0), (0.6, 0), (0.62, 0.75), (-0.62, 0.75)], 0.5)
    for x in (-0.55, 0.55):
        view.stem(part, [(x, 0.7), (x, 1.8)], 0.24, 0.09)
    view.shape(part, [(-0.85, 1.75), (0.85, 1.75), (0, 2.4)], 0.32)


def fountain(view: View, part: Part) -> None:
    view.shape(part, [(-1.2, 0), (1.2, 0), (1.3, 0.45), (-1.3, 0.45)], 0.64)
    view.round(part, 0, 0.45, 1.25, 0.14, mix(view.palette.sky[1], view.palette.ramp[2], 0.3))
    view.shape(part, [(-0.14, 0.45), (0.14, 0.45), (0.1, 1.3), (0.5, 1.45), (-0.5, 1.45), (-0.1, 1.3)], 0.7)


def lamp_post(view: View, part: Part) -> None:
    view.shape(part, [(-0.09, 0), (0.09, 0), (0.05, 0.6), (0.04, 3.3), (-0.04, 3.3), (-0.05, 0.6)], 0.16)
    view.shape(part, [(-0.14, 3.3), (0.14, 3.3), (0.2, 3.72), (-0.2, 3.72)], view.palette.lamp)
    view.shape(part, [(-0.26, 3.72), (0.26, 3.72), (0, 3.95)], 0.16)


def clock_post(view: View, part: Part) -> None:
    view.shape(part, [(-0.08, 0), (0.08, 0), (0.05, 2.7), (-0.05, 2.7)], 0.15)
    view.round(part, 0, 3.05, 0.42, 0.42, 0.12)
    view.round(part, 0, 3.05, 0.35, 0.35, mix(view.palette.lamp, (255, 255, 255), 0.5), ink=False)
    view.stem(part, [(-0.14, 3.2), (0, 3.05), (0.05, 3.32)], 0.05, 0.035)


def poster_board(view: View, part: Part) -> None:
    for x in (-0.7, 0.7):
        view.stem(part, [(x, 0), (x, 2.2)], 0.2, 0.07)
    view.box(part, (1.5, 1.3, 0.06), 0.2, corner=(0, 0.85, 0))
    view.quad(part, -0.68, 0.92, 0.68, 2.08, 0.9, out=0.05)
    view.quad(part, -0.56, 1.6, 0.56, 1.94, view.palette.accent, out=0.06, ink=False)
    for y in (1.42, 1.26, 1.1):
        view.quad(part, -0.5, y, 0.42 - (1.42 - y), y + 0.07, 0.3, out=0.06, ink=False)


def canopy(view: View, part: Part) -> None:
    w = (part.width or 12) / 2
    for step in range(int(w / 2) + 1):
        x = -w + step * 4.0
        view.stem(Part("post", part.x + x, 0, part.z), [(0, 0), (0, 3.5)], 0.2, 0.13)
    view.face(
        [
            (part.x - w, 3.7, part.z - 2.2),
            (part.x + w, 3.7, part.z - 2.2),
            (part.x + w, 3.5, part.z + 1.5),
            (part.x - w, 3.5, part.z + 1.5),
        ],
        0.3,
    )
    for step in range(int(w * 3.3)):
        x = part.x - w + step * 0.6
        view.face(
            [(x, 3.7, part.z - 2.2), (x + 0.6, 3.7, part.z - 2.2), (x + 0.3, 3.35, part.z - 2.2)],
            0.5 if step % 2 else 0.44,
        )


def station_house(view: View, part: Part) -> None:
    one = Part("front", part.x, 0, part.z)
    view.quad(one, -16, 0, 16, 4.4, 0.42)
    for step in range(9):
        x = -12 + step * 3.0
        outline = [
            (x - 0.6, 0.7),
            (x + 0.6, 0.7),
            (x + 0.6, 2.3),
            (x + 0.4, 2.7),
            (x, 2.85),
            (x - 0.4, 2.7),
            (x - 0.6, 2.3),
        ]
        dark = view.brief.air.time in {"night", "dusk"}
        view.flat(one, [(x + (u - x) * 1.16, v + (0.1 if v > 2 else -0.1)) for u, v in outline], 0.56, out=0.03)
        view.flat(
            one,
            outline,
            view.palette.lamp if dark and view.roll("pane", step) > 0.6 else 0.16 if dark else 0.3,
            out=0.05,
        )
    view.quad(one, -16, 0, 16, 0.5, 0.3, out=0.04)


def trolley(view: View, part: Part) -> None:
    view.box(part, (1.6, 0.1, 0.8), 0.3, corner=(0, 0.4, 0))
    view.box(part, (0.7, 0.45, 0.6), 0.3, corner=(-0.3, 0.5, 0), colour=view.palette.second)
    for x in (-0.6, 0.6):
        view.round(part, x, 0.2, 0.2, 0.2, 0.14)


def hydrant(view: View, part: Part) -> None:
    view.shape(
        part,
        [(-0.16, 0), (0.16, 0), (0.13, 0.5), (0.15, 0.62), (0, 0.78), (-0.15, 0.62), (-0.13, 0.5)],
        view.palette.accent,
    )


def awning(view: View, part: Part) -> None:
    for step in range(6):
        x = -1.5 + step * 0.5
        colour = view.palette.accent if step % 2 else mix(view.palette.paper, view.palette.ramp[2], 0.2)
        view.face(
            [at(part, x, 2.9, 0), at(part, x + 0.5, 2.9, 0), at(part, x + 0.5, 2.4, -1.1), at(part, x, 2.4, -1.1)],
            colour,
        )


def sign(view: View, part: Part) -> None:
    colour = mix(view.palette.accent, (255, 255, 255), 0.1)
    view.box(part, (0.12, 1.8, 0.9), 0.2, corner=(0, 2.8, -0.55))
    one = Part("sign", *at(part, 0, 2.8, -0.55), part.turn + 90)
    for turn in (90, -90):
        one = Part("sign", *at(part, 0, 2.8, -0.55), part.turn + turn)
        if view.faces_camera(one):
            view.quad(one, -0.36, 0.1, 0.36, 1.7, colour, out=0.08, ink=False)
            for step in range(3):
                view.quad(one, -0.2, 0.3 + step * 0.46, 0.2, 0.6 + step * 0.46, 0.97, out=0.09, ink=False)


def sign_post(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 2.3)], 0.2, 0.09)
    view.shape(part, [(-0.1, 1.8), (0.8, 1.8), (1.05, 1.98), (0.8, 2.16), (-0.1, 2.16)], 0.88)
    view.shape(part, [(0.1, 1.35), (-0.8, 1.35), (-1.02, 1.52), (-0.8, 1.68), (0.1, 1.68)], view.palette.second)


def pole_line(view: View, part: Part) -> None:
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
    return [((a[0] + b[0]) / 2, a[1], (a[2] + b[2]) / 2) for a, b in zip(tops, tops[1:], strict=False)]


def car(view: View, part: Part) -> None:
    colour = view.palette.accent if view.roll("car", part.x) > 0.5 else view.palette.second
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


def bins(view: View, part: Part) -> None:
    for x, tall in ((-0.3, 1.0), (0.35, 1.15)):
        view.box(Part("bin", part.x + x, 0, part.z, 8 * x), (0.56, tall, 0.56), 0.3)
        view.box(Part("lid", part.x + x, tall, part.z, 8 * x), (0.62, 0.07, 0.62), 0.18)


def fire_escape(view: View, part: Part) -> None:
    for y in (3.2, 5.6):
        view.box(part, (2.4, 0.08, 0.9), 0.16, corner=(0, y, -0.45))
        view.path([at(part, -1.2, y + 0.9, -0.9), at(part, 1.2, y + 0.9, -0.9)], 0.12, 1.4)
        for step in range(7):
            x = -1.2 + step * 0.4
            view.path([at(part, x, y, -0.9), at(part, x, y + 0.9, -0.9)], 0.12, 1.0)
    view.path([at(part, 1.0, 3.2, -0.8), at(part, -1.0, 5.6, -0.8)], 0.12, 2.0)


def puddle(view: View, part: Part) -> None:
    view.pad(part.x, part.z, 0.9, 0.4, mix(view.palette.sky[1], view.palette.ramp[2], 0.3), y=0.01, ink=True)


def line(view: View, part: Part) -> None:
    view.path(
        [(part.x - 1.8, part.y, part.z), (part.x, part.y - 0.25, part.z), (part.x + 1.8, part.y, part.z)], 0.16, 1.0
    )
    for step in range(3):
        x, y = -1.1 + step * 0.85, part.y - 0.2
        one = Part("cloth", part.x + x, y - 0.7, part.z)
        view.shape(
            one,
            [(-0.26, 0.0), (0.28, 0.06), (0.26, 0.7), (-0.26, 0.7)],
            (0.92, view.palette.second, view.palette.accent)[step],
        )


def parapet(view: View, part: Part) -> None:
    w = (part.width or 12) / 2
    view.box(part, (2 * w, 0.95, 0.4), 0.5)
    view.box(part, (2 * w, 0.1, 0.56), 0.62, corner=(0, 0.95, 0))


def tank_roof(view: View, part: Part) -> None:
    for x in (-0.8, 0.8):
        view.stem(part, [(x, 0), (x * 0.9, 1.7)], 0.16, 0.12)
    view.stem(part, [(-0.8, 0.2), (0.72, 1.6)], 0.16, 0.06)
    view.shape(part, [(-1.1, 1.6), (1.1, 1.6), (1.1, 3.4), (-1.1, 3.4)], 0.4)
    for x in (-0.7, -0.3, 0.1, 0.5, 0.9):
        view.stem(part, [(x, 1.6), (x, 3.4)], 0.26, 0.03)
    view.shape(part, [(-1.25, 3.4), (1.25, 3.4), (0, 4.3)], 0.26)


def vent(view: View, part: Part) -> None:
    view.box(part, (0.9, 1.1, 0.9), 0.54)
    for y in (0.3, 0.5, 0.7):
        view.quad(part, -0.36, y, 0.36, y + 0.08, 0.2, out=0.46)


def antenna_roof(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 3.2)], 0.14, 0.06)
    for y, w in ((3.0, 0.4), (2.7, 0.55), (2.4, 0.7)):
        view.stem(part, [(-w, y), (w, y)], 0.14, 0.04)


def stair_head(view: View, part: Part) -> None:
    view.box(part, (2.4, 2.5, 2.2), 0.5)
    view.quad(part, -0.45, 0, 0.45, 2.0, view.palette.accent, out=1.12)
    view.quad(part, -0.2, 2.1, 0.2, 2.3, view.palette.lamp, out=1.14)


def lattice(view: View, part: Part) -> None:
    """A lattice mast: it goes out of the picture at the top."""
    tall = 17.0
    for step in range(14):
        y, high = step * 1.2, step * 1.2 + 1.2
        low_w, top_w = 0.95 * (1 - y / tall * 0.75), 0.95 * (1 - high / tall * 0.75)
        for z in (0.8, -0.8):
            depth = z * low_w
            for start, end in (((-low_w, y), (top_w, high)), ((low_w, y), (-top_w, high))):
                view.path(
                    [at(part, start[0], start[1], depth), at(part, end[0], end[1], depth)],
                    0.2 if z < 0 else 0.34,
                    1.5 if z < 0 else 1.0,
                )
            view.path([at(part, -low_w, y, depth), at(part, low_w, y, depth)], 0.16, 1.2)
    for x in (-0.95, 0.95):
        for z in (0.76, -0.76):
            view.path([at(part, x, 0, z), at(part, x * 0.25, tall, z * 0.25)], 0.08, 3.2)
    view.box(part, (2.6, 0.5, 2.4), 0.46)
    top = Part("lamp", part.x, tall, part.z)
    view.round(top, 0, 0.4, 0.5, 0.5, view.palette.accent)


def guy_wires(view: View, part: Part) -> None:
    for x, z in ((-9, 6), (9, 4), (-6, -3), (8, -4)):
        view.path([(part.x, 15, part.z), (part.x + x, 0, part.z + z)], 0.24, 0.8)


def hut(view: View, part: Part) -> None:
    view.box(part, (2.6, 2.2, 2.2), 0.42)
    view.face(
        [at(part, x, y, z) for x, y, z in ((-1.5, 2.2, -1.3), (1.5, 2.2, -1.3), (1.5, 2.7, 1.3), (-1.5, 2.7, 1.3))],
        0.9 if "snow" in view.brief.air.weather else 0.26,
    )
    view.quad(part, -0.2, 1.0, 0.7, 1.7, view.palette.lamp, out=1.12)
    view.quad(part, -1.0, 0, -0.35, 1.9, 0.2, out=1.12)


def dome(view: View, part: Part) -> None:
    view.shape(
        part, [(x, max(0.0, y)) for x, y in ellipse(0, 0, 3.2, 2.8)], mix(view.palette.paper, view.palette.ramp[2], 0.3)
    )
    view.quad(part, -0.6, 0, 0.6, 1.4, view.palette.lamp)


def lander(view: View, part: Part) -> None:
    for x in (-1.2, 1.2):
        view.stem(part, [(x * 0.5, 1.6), (x * 1.3, 0)], 0.16, 0.1)
    view.shape(part, [(-1.1, 1.2), (1.1, 1.2), (1.3, 2.2), (0.8, 3.2), (-0.8, 3.2), (-1.3, 2.2)], 0.8)
    view.round(part, 0, 2.3, 0.4, 0.34, view.palette.second)


def moons(view: View, part: Part) -> None:
    frame = view.frame
    for x, y, size in ((0.24, 0.18, 0.11), (0.36, 0.1, 0.045)):
        x = 1 - x if part.turn else x
        view.canvas.fill(
            ellipse(frame.width * x, frame.height * y, frame.height * size, frame.height * size),
            mix(view.palette.sky[1], (255, 255, 255), 0.5),
        )
        view.canvas.fill(
            ellipse(
                frame.width * x + frame.height * size * 0.3,
                frame.height * y + frame.height * size * 0.1,
                frame.height * size * 0.3,
                frame.height * size * 0.26,
            ),
            mix(view.palette.sky[1], view.palette.ramp[3], 0.3),
        )


def groyne(view: View, part: Part) -> None:
    for step in range(9):
        one = Part("post", part.x - step * 0.16, 0, part.z - 2 + step * 1.1)
        view.box(one, (0.26, 1.1 - 0.06 * step + 0.3 * view.roll("post", step), 0.26), 0.26)


def hull(view: View, part: Part) -> None:
    view.shape(part, [(-1.5, 0.75), (1.7, 0.95), (1.2, 0.1), (-1.1, 0.0)], view.palette.accent)
    view.shape(part, [(-1.5, 0.75), (1.7, 0.95), (1.62, 0.8), (-1.46, 0.6)], 0.92)
    view.stem(part, [(-0.4, 0.7), (1.3, 1.5)], 0.3, 0.06)


def hill_lamp(view: View, part: Part) -> None:
    """A hill at the side with a lamp on it, where a story has one that can be seen from far away."""
    del part
    x, y, scale = view.camera.picture((-22, 6, 60))
    if not scale:
        return
    view.canvas.fill(
        [
            (x - 34 * scale, y + 9 * scale),
            (x - 12 * scale, y + 1.0 * scale),
            (x, y),
            (x + 14 * scale, y + 4 * scale),
            (x + 30 * scale, y + 8 * scale),
        ],
        wash(view.palette, 0.46),
        view.palette.ramp[1],
        1.2,
    )
    view.canvas.line([(x, y), (x, y - 9 * scale)], view.palette.ramp[1], max(1.4, 0.35 * scale))
    view.canvas.disc(x, y - 9.4 * scale, max(2.5, 0.7 * scale), view.palette.accent)


def deck_rail(view: View, part: Part) -> None:
    w = (part.width or 8) / 2
    for step in range(int(w * 1.6) + 1):
        view.stem(Part("post", part.x - w + step * 1.25, 0, part.z), [(0, 0), (0, 1.0)], 0.9, 0.06)
    for y in (0.5, 1.0):
        view.path([(part.x - w, y, part.z), (part.x + w, y, part.z)], 0.94, 2.2)


def mast(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 9)], 0.3, 0.22)
    view.shape(part, [(0.15, 1.6), (3.4, 1.7), (0.15, 8.4)], mix(view.palette.paper, view.palette.ramp[3], 0.25))
    view.stem(part, [(0, 1.6), (3.5, 1.7)], 0.26, 0.12)
    for x in (-2.5, 4.2):
        view.stem(part, [(0, 8.6), (x, 0)], 0.2, 0.025)


def ropes(view: View, part: Part) -> None:
    for size in (0.42, 0.32, 0.22):
        view.round(
            part, 0, 0.06 + (0.42 - size) * 0.5, size, size * 0.28, mix(view.palette.paper, view.palette.ramp[2], 0.45)
        )


def hatch(view: View, part: Part) -> None:
    view.box(part, (1.1, 0.22, 0.9), 0.44)


def winch(view: View, part: Part) -> None:
    view.box(part, (0.6, 0.5, 0.4), 0.26)
    view.round(part, 0, 0.55, 0.36, 0.26, 0.4)


def islet(view: View, part: Part) -> None:
    view.shape(part, [(-9, 0), (9, 0), (5, 2.2), (2, 4.6), (-1, 3.6), (-4, 4.2)], 0.44)


def bollard(view: View, part: Part) -> None:
    view.shape(
        part,
        [(-0.2, 0), (0.2, 0), (0.16, 0.42), (0.28, 0.5), (0.24, 0.66), (-0.24, 0.66), (-0.28, 0.5), (-0.16, 0.42)],
        0.2,
    )


def boat_moored(view: View, part: Part) -> None:
    one = Part("boat", part.x, -0.9, part.z)
    view.shape(
        one, [(-2.4, 1.2), (2.7, 1.5), (2.0, 0), (-1.8, 0)], view.palette.accent if part.x > 0 else view.palette.second
    )
    view.shape(one, [(-1.2, 1.2), (0.6, 1.3), (0.5, 2.4), (-1.1, 2.4)], 0.92)
    view.shape(one, [(-0.9, 1.7), (0.2, 1.75), (0.2, 2.15), (-0.9, 2.15)], 0.26)
    view.stem(one, [(1.0, 1.3), (1.0, 5.4)], 0.24, 0.09)
    view.stem(one, [(1.0, 5.2), (2.6, 1.5)], 0.2, 0.025)


def boat_far(view: View, part: Part) -> None:
    boat_moored(view, Part("boat", part.x, 0, part.z))


def crane_far(view: View, part: Part) -> None:
    for x in (-0.9, 0.9):
        view.stem(part, [(x, 0), (x * 0.4, 9)], 0.24, 0.3)
    view.stem(part, [(-5, 8.2), (6.5, 10.4)], 0.24, 0.34)
    view.stem(part, [(5.8, 10.2), (5.8, 4)], 0.24, 0.06)


def jetty(view: View, part: Part) -> None:
    for step in range(8):
        z = part.z + step * 0.7
        view.face(
            [
                (part.x - 0.7, 0.35, z),
                (part.x + 0.7, 0.35, z),
                (part.x + 0.7, 0.35, z + 0.64),
                (part.x - 0.7, 0.35, z + 0.64),
            ],
            0.62,
        )
        view.stem(Part("post", part.x - 0.7, -0.3, z), [(0, 0), (0, 0.9)], 0.2, 0.1)


def girder(view: View, part: Part) -> None:
    for step in range(12):
        z = -4.0 + step * 3.4
        x = part.x
        view.path([(x, 0, z), (x, 4.4, z + 1.7)], 0.16, 3.0)
        view.path([(x, 4.4, z + 1.7), (x, 0, z + 3.4)], 0.16, 3.0)
    for y in (1.05, 4.4):
        view.path([(part.x, y, -5), (part.x, y, 40)], 0.14, 3.4)


def stalagmite(view: View, part: Part) -> None:
    tall = 0.9 + 1.2 * view.roll("stalagmite", part.x)
    view.shape(part, [(-0.5, 0), (0.5, 0), (0.24, tall * 0.4), (0.04, tall), (-0.2, tall * 0.5)], 0.34)


def fire(view: View, part: Part) -> None:
    for x in (-0.3, 0.3):
        view.stem(part, [(x, 0.02), (-x, 0.2)], 0.12, 0.12)
    view.shape(
        part,
        spline([(-0.34, 0.1), (-0.26, 0.5), (-0.1, 0.42), (0.0, 0.95), (0.14, 0.5), (0.26, 0.62), (0.32, 0.12)]),
        (240, 138, 52),
    )
    view.shape(
        part, spline([(-0.18, 0.1), (-0.08, 0.36), (0.02, 0.6), (0.1, 0.32), (0.18, 0.1)]), (255, 226, 138), ink=False
    )


def tent(view: View, part: Part) -> None:
    view.face([at(part, *point) for point in ((-1.4, 0, -1.4), (1.4, 0, -1.4), (0, 1.7, -1.2))], view.palette.accent)
    view.face([at(part, *point) for point in ((-0.3, 0, -1.42), (0.3, 0, -1.42), (0, 1.2, -1.25))], 0.1)


def train_far(view: View, part: Part) -> None:
    for step in range(5):
        one = Part("car", part.x - 10 + step * 6.4, 0.3, part.z + 4)
        view.box(one, (6.1, 2.9, 2.4), 0.3, colour=view.palette.accent)
        for k in range(4):
            view.quad(one, -2.6 + k * 1.4, 1.4, -1.7 + k * 1.4, 2.2, view.palette.lamp, out=1.22)


def craft(view: View, part: Part) -> None:
    one = Part("craft", part.x, 1.2, part.z)
    view.shape(one, spline([(-2.6, 0.0), (-1.6, 0.5), (1.2, 0.45), (2.6, 0.1), (1.2, -0.35), (-1.6, -0.4)]), 0.84)
    view.shape(one, [(-1.4, 0.3), (-2.4, 1.3), (-1.8, 1.3), (-0.2, 0.4)], view.palette.accent)
    view.shape(one, [(-1.4, -0.2), (-2.4, -1.1), (-1.8, -1.1), (-0.2, -0.3)], view.palette.accent)
    view.shape(one, ellipse(1.3, 0.2, 0.5, 0.16), 0.14)


OUTDOORS = {
    function.__name__: function
    for function in (
        tree, pine, bare_tree, bush, rock, boulder, log, cairn, cactus, bones, fence, path, reeds, grave, grave_cross, house, barn,
        church_far, keep, wall_run, torch_post, well, fountain, lamp_post, clock_post, poster_board, canopy, station_house, trolley,
        hydrant, awning, sign, sign_post, pole_line, car, bins, fire_escape, puddle, line, parapet, tank_roof, vent, antenna_roof,
        stair_head, lattice, guy_wires, hut, dome, lander, moons, groyne, hull, hill_lamp, deck_rail, mast, ropes, hatch, winch,
        islet, bollard, boat_moored, boat_far, crane_far, jetty, girder, stalagmite, fire, tent, train_far, craft,
    )
}  # fmt: skip
OUTDOORS["chapel_far"] = church_far
