"""Things of paper and of the desk: letters, books, tickets, photographs, telephones, clocks."""

import math

from wzrd.animatic.panels.canvas import mix, spline
from wzrd.animatic.panels.pencil import BRASS, LEATHER, STEEL, WOOD, Pencil, Sketch


def _letter(p: Pencil) -> None:
    p.fill([(-0.95, -0.5), (0.8, -0.68), (0.95, 0.5), (-0.82, 0.66)], p.paper)
    p.fill([(-0.95, -0.5), (0.8, -0.68), (0.02, 0.12)], mix(p.paper, p.view.palette.ramp[3], 0.4))
    p.oval(0.02, 0.1, 0.15, 0.15, p.accent)
    p.draw([(-0.04, 0.06), (0.02, 0.14), (0.08, 0.05)], p.light(p.accent), 0.03)
    p.draw([(-0.82, 0.66), (-0.2, 0.0)])
    p.draw([(0.95, 0.5), (0.24, -0.05)])


def _paper(p: Pencil) -> None:
    p.fill([(-0.62, -0.92), (0.78, -0.8), (0.66, 0.95), (-0.78, 0.8)], p.paper)
    p.fill([(0.42, 0.93), (0.66, 0.95), (0.69, 0.68)], mix(p.paper, p.view.palette.ramp[2], 0.5))
    p.fill([(-0.5, -0.78), (0.3, -0.71), (0.28, -0.58), (-0.51, -0.65)], p.dark(p.paper, 0.7), ink=False)
    p.lines(8, -0.52, 0.58, -0.44, 0.145, -0.012)
    p.oval(0.32, 0.66, 0.16, 0.16, p.accent, ink=False)


def _book(p: Pencil) -> None:
    p.fill([(-1, -0.45), (-0.04, -0.3), (0.94, -0.5), (1.0, 0.5), (0.02, 0.72), (-0.95, 0.55)], p.tint(LEATHER))
    p.fill([(-0.92, -0.55), (-0.04, -0.36), (0.0, 0.6), (-0.86, 0.44)], p.paper)
    p.fill([(0.86, -0.58), (-0.04, -0.36), (0.0, 0.6), (0.92, 0.4)], mix(p.paper, p.view.palette.ramp[3], 0.35))
    p.lines(6, -0.78, -0.16, -0.3, 0.125, 0.012)
    p.lines(6, 0.1, 0.72, -0.26, 0.12, 0.004)
    p.fill([(0.02, -0.34), (0.08, -0.36), (0.14, 0.84), (0.07, 0.76), (0.02, 0.86)], p.accent)


def _phone(p: Pencil) -> None:
    p.fill(
        [
            (-0.5, -0.94),
            (0.4, -0.98),
            (0.5, -0.9),
            (0.52, 0.9),
            (0.44, 0.98),
            (-0.42, 0.98),
            (-0.52, 0.9),
            (-0.56, -0.86),
        ],
        p.view.palette.ramp[0],
        smooth=False,
    )
    glow = mix(p.second, (255, 255, 255), 0.45)
    p.fill([(-0.48, -0.82), (0.42, -0.84), (0.45, 0.84), (-0.44, 0.84)], glow, ink=False)
    for row, (left, right) in enumerate(((-0.38, 0.15), (-0.1, 0.36), (-0.38, 0.0))):
        y = -0.55 + row * 0.42
        p.fill(
            [(left, y), (right, y), (right, y + 0.26), (left, y + 0.26)],
            p.paper if row % 2 else mix(p.accent, (255, 255, 255), 0.25),
            ink=False,
        )


def _telephone(p: Pencil) -> None:
    body = p.dark(p.accent, 0.25)
    p.fill([(-0.85, 0.85), (0.85, 0.85), (0.62, -0.1), (0.34, -0.28), (-0.34, -0.28), (-0.62, -0.1)], body)
    p.oval(0, 0.34, 0.4, 0.36, p.paper)
    for step in range(10):
        angle = 0.6 + step * 0.56
        p.oval(0.28 * math.cos(angle), 0.34 + 0.25 * math.sin(angle), 0.055, 0.05, p.view.palette.ramp[1])
    p.oval(0, 0.34, 0.12, 0.11, body)
    p.fill(
        [
            (-1, -0.22),
            (-0.96, -0.62),
            (-0.6, -0.72),
            (0.6, -0.72),
            (0.96, -0.62),
            (1, -0.22),
            (0.6, -0.2),
            (0.5, -0.46),
            (-0.5, -0.46),
            (-0.6, -0.2),
        ],
        p.dark(p.accent, 0.45),
    )
    p.draw([(-0.55, -0.65), (0.5, -0.65)], p.light(p.accent, 0.4), 0.03)


def _clock(p: Pencil) -> None:
    p.oval(0, 0, 0.95, 0.95, p.dark(p.accent, 0.3))
    p.oval(0, 0, 0.82, 0.82, p.paper)
    for step in range(12):
        angle = step * math.tau / 12
        far, near = 0.76, 0.66 if step % 3 else 0.58
        p.draw(
            [(near * math.sin(angle), -near * math.cos(angle)), (far * math.sin(angle), -far * math.cos(angle))],
            None,
            0.04 if step % 3 else 0.07,
        )
    hour = 0.4 + 5.4 * p.view.unit("hour", p.view.brief.slate.scene)
    p.draw([(0, 0), (0.4 * math.sin(hour), -0.4 * math.cos(hour))], None, 0.09)
    p.draw([(0, 0), (0.64 * math.sin(hour * 3.1), -0.64 * math.cos(hour * 3.1))], None, 0.06)
    p.draw([(0, 0), (0.58 * math.sin(2.6), -0.58 * math.cos(2.6))], p.accent, 0.025)
    p.oval(0, 0, 0.06, 0.06, p.accent)


def _watch(p: Pencil) -> None:
    brass = p.tint(BRASS)
    p.draw(spline([(0, -0.78), (0.5, -0.96), (0.95, -0.6), (1.25, -0.86)], closed=False), brass, 0.06)
    p.fill([(-0.1, -0.62), (0.1, -0.62), (0.1, -0.84), (-0.1, -0.84)], brass)
    p.oval(0, 0.12, 0.74, 0.76, brass)
    p.oval(0, 0.12, 0.6, 0.62, p.paper)
    for step in range(12):
        angle = step * math.tau / 12
        p.oval(0.5 * math.sin(angle), 0.12 - 0.52 * math.cos(angle), 0.03, 0.03, p.view.palette.ramp[0], ink=False)
    p.draw([(0, 0.12), (0.16, -0.2)], None, 0.06)
    p.draw([(0, 0.12), (-0.34, 0.3)], None, 0.045)


def _ticket(p: Pencil) -> None:
    p.fill([(-0.98, -0.34), (0.86, -0.52), (0.98, 0.3), (-0.86, 0.5)], mix(p.paper, p.accent, 0.16))
    p.draw([(0.42, -0.47), (0.54, 0.34)], p.dark(p.paper, 0.45), 0.02)
    p.fill([(-0.84, -0.22), (0.28, -0.33), (0.31, -0.12), (-0.81, -0.01)], p.accent, ink=False)
    p.lines(3, -0.76, 0.28, 0.1, 0.12, 0.015)
    p.oval(0.7, -0.08, 0.12, 0.13, p.dark(p.paper, 0.75))


def _photo(p: Pencil) -> None:
    p.fill([(-0.78, -0.9), (0.66, -0.98), (0.8, 0.86), (-0.64, 0.96)], p.paper)
    p.fill([(-0.64, -0.76), (0.54, -0.83), (0.63, 0.42), (-0.55, 0.5)], p.view.palette.ramp[2])
    p.fill([(-0.6, -0.1), (0.58, -0.2), (0.63, 0.42), (-0.55, 0.5)], p.view.palette.ramp[1], ink=False)
    for x, size in ((-0.2, 0.17), (0.22, 0.15)):
        p.fill(
            spline(
                [
                    (x - size * 1.6, 0.46),
                    (x - size * 1.3, 0.06),
                    (x, -0.08),
                    (x + size * 1.3, 0.05),
                    (x + size * 1.6, 0.43),
                ],
                closed=False,
            ),
            p.dark(p.accent, 0.3) if x > 0 else p.view.palette.ramp[0],
            ink=False,
        )
        p.oval(x, -0.24, size * 0.8, size, p.view.palette.ramp[3], ink=False)


def _stamp(p: Pencil) -> None:
    wood = p.tint(WOOD)
    p.fill([(-0.8, 0.85), (-0.8, 0.5), (0.8, 0.5), (0.8, 0.85)], p.dark(p.accent, 0.2))
    p.fill([(-0.62, 0.5), (-0.5, 0.3), (0.5, 0.3), (0.62, 0.5)], wood)
    p.fill([(-0.2, 0.3), (-0.14, -0.3), (0.14, -0.3), (0.2, 0.3)], wood)
    p.oval(0, -0.5, 0.36, 0.34, wood)
    p.oval(-0.1, -0.6, 0.12, 0.1, p.light(wood, 0.4), ink=False)


def _money(p: Pencil) -> None:
    green = p.tint((126, 156, 116))
    for step in range(4):
        lift = step * 0.1
        p.fill(
            [(-0.95, 0.35 - lift), (0.75, 0.12 - lift), (0.98, 0.55 - lift), (-0.7, 0.8 - lift)],
            mix(green, p.paper, 0.1 * step),
        )
    p.oval(0.02, 0.14, 0.2, 0.12, p.light(green, 0.4), turn=-8)
    p.fill([(-0.16, 0.02), (0.06, -0.01), (0.3, 0.42), (0.08, 0.45)], p.accent)


def _screen(p: Pencil) -> None:
    p.fill([(-1.05, -0.75), (1.05, -0.75), (1.05, 0.55), (-1.05, 0.55)], p.view.palette.ramp[0])
    p.fill(
        [(-0.96, -0.66), (0.96, -0.66), (0.96, 0.46), (-0.96, 0.46)], mix(p.second, (255, 255, 255), 0.25), ink=False
    )
    p.draw([(-0.9 + k * 0.18, 0.05 - 0.4 * p.view.unit("trace", k)) for k in range(11)], (255, 255, 255), 0.03)
    p.fill([(-0.86, 0.2), (-0.2, 0.2), (-0.2, 0.34), (-0.86, 0.34)], p.accent, ink=False)
    p.fill([(-0.2, 0.55), (0.2, 0.55), (0.36, 0.85), (-0.36, 0.85)], p.view.palette.ramp[1])


def _camera(p: Pencil) -> None:
    body = p.tint((58, 58, 64))
    p.fill(
        [
            (-0.95, -0.42),
            (-0.4, -0.42),
            (-0.28, -0.66),
            (0.28, -0.66),
            (0.4, -0.42),
            (0.95, -0.42),
            (0.95, 0.62),
            (-0.95, 0.62),
        ],
        body,
    )
    p.oval(0, 0.1, 0.46, 0.46, p.dark(body, 0.4))
    p.oval(0, 0.1, 0.32, 0.32, mix(p.second, p.view.palette.ramp[0], 0.4))
    p.oval(-0.1, 0.0, 0.1, 0.1, (255, 255, 255), ink=False)
    p.oval(0.7, -0.24, 0.1, 0.08, p.accent)


def _glasses(p: Pencil) -> None:
    for x in (-0.5, 0.5):
        p.oval(x, 0.1, 0.42, 0.34, mix(p.view.palette.sky[1], (255, 255, 255), 0.4))
        p.draw([(x - 0.2, 0.26), (x + 0.1, -0.1)], (255, 255, 255), 0.05)
    p.draw([(-0.1, 0.02), (0, -0.06), (0.1, 0.02)], None, 0.06)
    for x in (-1, 1):
        p.draw([(x * 0.92, 0.04), (x * 1.1, -0.5), (x * 0.98, -0.6)], None, 0.05)


def _key(p: Pencil) -> None:
    brass = p.tint(BRASS)
    p.oval(-0.58, -0.12, 0.36, 0.34, brass)
    p.oval(-0.58, -0.12, 0.18, 0.16, p.dark(brass, 0.7))
    p.fill([(-0.24, -0.2), (0.96, 0.02), (0.93, 0.16), (-0.26, -0.06)], brass)
    for x in (0.56, 0.76):
        p.fill([(x, 0.08), (x + 0.11, 0.1), (x + 0.05, 0.42), (x - 0.06, 0.4)], brass)
    p.draw([(-0.2, -0.16), (0.9, 0.05)], p.light(brass), 0.025)
    p.draw(spline([(-0.8, -0.3), (-1.0, 0.2), (-0.7, 0.6), (-0.9, 0.9)], closed=False), p.accent, 0.04)


def _radio(p: Pencil) -> None:
    wood = p.tint(WOOD)
    p.draw([(0.6, -0.6), (0.95, -1.2)], p.tint(STEEL), 0.03)
    p.fill([(-0.98, -0.6), (0.98, -0.6), (0.98, 0.8), (-0.98, 0.8)], wood)
    p.oval(-0.42, 0.1, 0.42, 0.46, p.dark(wood, 0.6))
    for step in range(5):
        p.draw([(-0.76, -0.12 + step * 0.12), (-0.08, -0.12 + step * 0.12)], p.light(wood, 0.25), 0.03)
    p.fill([(0.12, -0.4), (0.84, -0.4), (0.84, -0.08), (0.12, -0.08)], mix(p.view.palette.lamp, (255, 255, 255), 0.3))
    p.draw([(0.52, -0.4), (0.52, -0.08)], p.accent, 0.04)
    for x in (0.28, 0.68):
        p.oval(x, 0.38, 0.16, 0.16, p.paper)
        p.draw([(x, 0.38), (x + 0.08, 0.28)], None, 0.04)


def _mic(p: Pencil) -> None:
    steel = p.tint(STEEL)
    p.fill([(-0.12, 0.2), (0.12, 0.2), (0.1, 1.3), (-0.1, 1.3)], p.view.palette.ramp[1])
    p.fill(
        [
            (-0.42, -0.55),
            (-0.3, -0.9),
            (0.3, -0.9),
            (0.42, -0.55),
            (0.42, 0.1),
            (0.26, 0.32),
            (-0.26, 0.32),
            (-0.42, 0.1),
        ],
        steel,
    )
    for y in (-0.7, -0.52, -0.34, -0.16, 0.02):
        p.draw([(-0.4, y), (0.4, y)], p.dark(steel, 0.5), 0.04)
    p.fill([(-0.44, -0.3), (0.44, -0.3), (0.44, -0.2), (-0.44, -0.2)], p.accent)


PAPERS: dict[str, Sketch] = {
    "letter": _letter,
    "paper": _paper,
    "book": _book,
    "phone": _phone,
    "telephone": _telephone,
    "clock": _clock,
    "watch": _watch,
    "ticket": _ticket,
    "photo": _photo,
    "stamp": _stamp,
    "money": _money,
    "screen": _screen,
    "camera": _camera,
    "glasses": _glasses,
    "key": _key,
    "radio": _radio,
    "mic": _mic,
}
