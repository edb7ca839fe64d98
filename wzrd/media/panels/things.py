"""Things one can hold or see large: drawn in a square of -1 to 1, so that a hand and an insert show the same letter."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wzrd.domain.panels.brief import Colour
from wzrd.media.panels.canvas import Canvas, Point, ellipse, mix, spline, wash
from wzrd.media.panels.view import View

_BRASS: Colour = (206, 162, 78)
_STEEL: Colour = (150, 156, 164)
_WOOD: Colour = (138, 94, 58)
_LEATHER: Colour = (126, 78, 48)


@dataclass(frozen=True, slots=True)
class Pencil:
    """A canvas for one thing: its middle and half its size in pixels."""

    canvas: Canvas
    middle: Point
    size: float
    view: View

    def at(self, points: Sequence[Point]) -> list[Point]:
        return [(self.middle[0] + x * self.size, self.middle[1] + y * self.size) for x, y in points]

    def tint(self, colour: Colour) -> Colour:
        """A colour of its own in the scene's light."""
        grey = max(self.view.palette.skin) - min(self.view.palette.skin) < 24
        plain = mix(colour, (sum(colour) // 3,) * 3, 0.9) if grey else colour  # pyright: ignore[reportArgumentType]  # three equal parts
        return mix(plain, wash(self.view.palette, 0.6), 0.18)

    @property
    def line(self) -> float:
        return max(0.8, min(5.0, self.size * 0.014))

    def fill(self, points: Sequence[Point], colour: Colour, *, ink: bool = True, smooth: bool = False) -> None:
        shape = spline(points, steps=5) if smooth else list(points)
        self.canvas.fill(self.at(shape), colour, self.view.palette.ramp[0] if ink else None, self.line)

    def oval(
        self, x: float, y: float, across: float, down: float, colour: Colour, *, ink: bool = True, turn: float = 0
    ) -> None:
        self.fill(ellipse(x, y, across, down, turn, steps=36), colour, ink=ink)

    def draw(self, points: Sequence[Point], colour: Colour | None = None, width: float = 0.02) -> None:
        self.canvas.line(self.at(points), colour or self.view.palette.ramp[0], max(1.0, width * self.size))

    def dark(self, colour: Colour, part: float = 0.35) -> Colour:
        return mix(colour, self.view.palette.ramp[0], part)

    def light(self, colour: Colour, part: float = 0.4) -> Colour:
        return mix(colour, (255, 255, 255), part)

    @property
    def paper(self) -> Colour:
        return self.view.palette.paper

    @property
    def accent(self) -> Colour:
        return self.view.palette.accent

    @property
    def second(self) -> Colour:
        return self.view.palette.second

    def lines(self, rows: int, left: float, right: float, top: float, step: float, lean: float = 0.0) -> None:
        """Writing, as a pencil hints at it."""
        for row in range(rows):
            y = top + row * step
            end = right - (0.3 * (right - left) if row == rows - 1 else 0.04 * (row * 7 % 5))
            wave = [(left + (end - left) * k / 14 + lean * row, y + 0.012 * math.sin(k * 2.3 + row)) for k in range(15)]
            self.draw(wave, self.dark(self.paper, 0.6), 0.018)


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
    p.fill([(-1, -0.45), (-0.04, -0.3), (0.94, -0.5), (1.0, 0.5), (0.02, 0.72), (-0.95, 0.55)], p.tint(_LEATHER))
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


def _key(p: Pencil) -> None:
    brass = p.tint(_BRASS)
    p.oval(-0.58, -0.12, 0.36, 0.34, brass)
    p.oval(-0.58, -0.12, 0.18, 0.16, p.dark(brass, 0.7))
    p.fill([(-0.24, -0.2), (0.96, 0.02), (0.93, 0.16), (-0.26, -0.06)], brass)
    for x in (0.56, 0.76):
        p.fill([(x, 0.08), (x + 0.11, 0.1), (x + 0.05, 0.42), (x - 0.06, 0.4)], brass)
    p.draw([(-0.2, -0.16), (0.9, 0.05)], p.light(brass), 0.025)
    p.draw(spline([(-0.8, -0.3), (-1.0, 0.2), (-0.7, 0.6), (-0.9, 0.9)], closed=False), p.accent, 0.04)


def _gun(p: Pencil) -> None:
    steel = p.tint((74, 78, 86))
    p.fill([(-0.95, -0.46), (0.5, -0.52), (0.6, -0.4), (0.58, -0.14), (-0.95, -0.16)], steel)
    p.fill([(0.1, -0.16), (0.58, -0.16), (0.9, 0.7), (0.78, 0.84), (0.48, 0.8), (0.3, 0.14)], p.tint(_WOOD))
    ring = ellipse(0.0, 0.0, 0.22, 0.19)
    p.draw([*ring, ring[0]], p.dark(steel, 0.4), 0.06)
    p.draw([(0.02, -0.14), (-0.03, 0.06)], p.dark(steel), 0.06)
    p.draw([(-0.9, -0.4), (0.46, -0.45)], p.light(steel, 0.45), 0.03)
    p.fill([(0.42, -0.52), (0.64, -0.66), (0.7, -0.56), (0.58, -0.4)], steel)


def _cup(p: Pencil) -> None:
    china = p.paper
    p.oval(0, 0.62, 0.98, 0.25, mix(china, p.view.palette.ramp[3], 0.25))
    p.oval(0, 0.58, 0.62, 0.14, mix(china, p.view.palette.ramp[2], 0.35), ink=False)
    ring = ellipse(0.62, -0.02, 0.25, 0.28)
    p.draw([*ring, ring[0]], mix(china, p.view.palette.ramp[2], 0.4), 0.11)
    p.fill([(-0.62, -0.42), (0.62, -0.42), (0.56, 0.2), (0.34, 0.58), (-0.34, 0.58), (-0.56, 0.2)], china)
    p.fill(
        [(0.2, -0.42), (0.62, -0.42), (0.56, 0.2), (0.34, 0.58), (0.1, 0.58), (0.26, 0.2)],
        mix(china, p.view.palette.ramp[2], 0.4),
        ink=False,
    )
    p.draw([(-0.6, -0.22), (0.6, -0.22)], p.accent, 0.05)
    p.oval(0, -0.42, 0.62, 0.16, china)
    p.oval(0, -0.41, 0.53, 0.12, p.tint((92, 52, 30)))
    _steam(p, -0.62)


def _steam(p: Pencil, top: float) -> None:
    for x in (-0.22, 0.06, 0.3):
        wave = [(x + 0.07 * math.sin(k * 1.1), top - 0.08 * k) for k in range(6)]
        p.canvas.stroke(p.at(spline(wave, closed=False)), mix(p.paper, p.view.palette.ramp[3], 0.3), p.size * 0.05)


def _glass(p: Pencil) -> None:
    clear = mix(p.view.palette.sky[1], (255, 255, 255), 0.35)
    p.fill([(-0.5, -0.8), (0.5, -0.8), (0.4, 0.8), (-0.4, 0.8)], clear)
    p.fill([(-0.46, 0.05), (0.46, 0.05), (0.39, 0.74), (-0.39, 0.74)], p.tint((196, 122, 44)), ink=False)
    p.oval(0, 0.05, 0.46, 0.09, p.tint((222, 150, 66)), ink=False)
    p.fill([(-0.24, 0.1), (0.06, -0.06), (0.22, 0.24), (-0.1, 0.36)], p.light(clear, 0.7))
    p.oval(0, -0.8, 0.5, 0.1, p.light(clear, 0.5))
    p.draw([(-0.38, -0.6), (-0.3, 0.66)], (255, 255, 255), 0.05)


def _bottle(p: Pencil) -> None:
    green = p.tint((62, 108, 76))
    p.fill(
        [
            (-0.36, 0.96),
            (-0.38, -0.1),
            (-0.3, -0.3),
            (-0.13, -0.46),
            (-0.13, -0.94),
            (0.13, -0.94),
            (0.13, -0.46),
            (0.3, -0.3),
            (0.38, -0.1),
            (0.36, 0.96),
        ],
        green,
    )
    p.fill(
        [(0.1, -0.42), (0.28, -0.28), (0.36, -0.1), (0.34, 0.94), (0.14, 0.94), (0.16, -0.1)],
        p.dark(green, 0.4),
        ink=False,
    )
    p.fill([(-0.37, 0.1), (0.37, 0.1), (0.36, 0.66), (-0.36, 0.66)], p.paper)
    p.fill([(-0.28, 0.2), (0.28, 0.2), (0.28, 0.34), (-0.28, 0.34)], p.accent, ink=False)
    p.lines(2, -0.24, 0.24, 0.45, 0.1)
    p.fill([(-0.15, -0.98), (0.15, -0.98), (0.15, -0.8), (-0.15, -0.8)], p.tint(_WOOD))
    p.draw([(-0.27, -0.16), (-0.27, 0.05)], p.light(green, 0.7), 0.05)


def _thermos(p: Pencil) -> None:
    steel = p.tint(_STEEL)
    p.fill([(-0.36, 0.95), (-0.36, -0.5), (-0.26, -0.62), (0.26, -0.62), (0.36, -0.5), (0.36, 0.95)], steel)
    p.fill([(0.1, -0.6), (0.26, -0.62), (0.36, -0.5), (0.36, 0.95), (0.14, 0.95)], p.dark(steel, 0.4), ink=False)
    p.fill([(-0.36, -0.1), (0.36, -0.1), (0.36, 0.42), (-0.36, 0.42)], p.accent)
    p.fill([(-0.28, 0.02), (0.2, 0.0), (0.22, 0.26), (-0.28, 0.28)], p.paper)
    p.lines(2, -0.22, 0.14, 0.1, 0.1)
    p.fill([(-0.29, -0.62), (-0.25, -0.95), (0.25, -0.95), (0.29, -0.62)], p.light(steel, 0.25))
    p.draw([(-0.22, -0.45), (-0.22, 0.9)], (255, 255, 255), 0.04)


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
    hour = 0.4 + 5.4 * p.view.roll("hour", p.view.brief.slate.scene)
    p.draw([(0, 0), (0.4 * math.sin(hour), -0.4 * math.cos(hour))], None, 0.09)
    p.draw([(0, 0), (0.64 * math.sin(hour * 3.1), -0.64 * math.cos(hour * 3.1))], None, 0.06)
    p.draw([(0, 0), (0.58 * math.sin(2.6), -0.58 * math.cos(2.6))], p.accent, 0.025)
    p.oval(0, 0, 0.06, 0.06, p.accent)


def _watch(p: Pencil) -> None:
    brass = p.tint(_BRASS)
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


def _handle(p: Pencil) -> None:
    wood = p.tint(_WOOD)
    p.fill([(-1.5, -1.4), (1.5, -1.4), (1.5, 1.4), (-1.5, 1.4)], wood)
    p.fill([(-1.3, -1.3), (-0.5, -1.3), (-0.5, 1.3), (-1.3, 1.3)], p.dark(wood, 0.18))
    for x in (-1.0, -0.75, 0.9, 1.2):
        p.draw([(x + 0.03 * math.sin(k), -1.4 + k * 0.28) for k in range(11)], p.dark(wood, 0.35), 0.012)
    brass = p.tint(_BRASS)
    p.fill([(-0.16, -0.72), (0.3, -0.72), (0.3, 0.86), (-0.16, 0.86)], brass)
    p.oval(0.07, 0.52, 0.07, 0.09, p.view.palette.ramp[0])
    p.fill([(0.04, 0.54), (0.1, 0.54), (0.13, 0.74), (0.01, 0.74)], p.view.palette.ramp[0], ink=False)
    p.fill(
        [(0.0, -0.3), (0.14, -0.3), (0.18, -0.14), (0.98, -0.12), (1.06, 0.0), (0.98, 0.1), (0.1, 0.12), (-0.04, 0.0)],
        p.light(brass, 0.15),
    )
    p.draw([(0.22, -0.06), (0.92, -0.04)], p.light(brass, 0.7), 0.035)


def _suitcase(p: Pencil) -> None:
    leather = p.tint(_LEATHER)
    ring = ellipse(0, -0.62, 0.28, 0.2)
    p.draw([*ring, ring[0]], p.dark(leather, 0.4), 0.08)
    p.fill([(-0.98, -0.5), (0.98, -0.56), (1.0, 0.78), (-1.0, 0.84)], leather)
    p.fill([(0.3, -0.54), (0.98, -0.56), (1.0, 0.78), (0.4, 0.81)], p.dark(leather, 0.28), ink=False)
    p.draw([(-0.99, -0.1), (0.99, -0.15)], None, 0.03)
    for x in (-0.55, 0.52):
        p.fill([(x - 0.09, -0.53), (x + 0.09, -0.53), (x + 0.1, 0.81), (x - 0.08, 0.82)], p.dark(leather, 0.3))
        p.fill([(x - 0.13, -0.24), (x + 0.13, -0.25), (x + 0.13, 0.02), (x - 0.13, 0.03)], p.tint(_BRASS))
    for x, y in ((-0.9, 0.74), (0.9, 0.68), (-0.88, -0.42), (0.88, -0.47)):
        p.oval(x, y, 0.1, 0.1, p.dark(leather, 0.4))
    p.fill([(-0.16, 0.2), (0.24, 0.16), (0.27, 0.5), (-0.13, 0.54)], p.paper)
    p.draw([(-0.05, 0.3), (0.16, 0.28)], p.accent, 0.05)


def _knife(p: Pencil) -> None:
    steel = p.tint(_STEEL)
    p.fill([(-0.96, 0.3), (-0.8, 0.08), (0.28, -0.3), (0.34, -0.1), (-0.6, 0.3)], p.light(steel, 0.45))
    p.fill([(-0.96, 0.3), (-0.6, 0.3), (0.34, -0.1), (0.31, -0.2), (-0.7, 0.24)], p.dark(steel, 0.2), ink=False)
    p.fill([(0.24, -0.36), (0.34, -0.4), (0.44, -0.04), (0.34, 0.0)], p.tint(_BRASS))
    p.fill([(0.36, -0.3), (0.94, -0.54), (1.0, -0.36), (0.42, -0.1)], p.tint(_WOOD))
    p.draw([(-0.7, 0.12), (0.22, -0.22)], (255, 255, 255), 0.02)


def _lamp(p: Pencil) -> None:
    brass, glow = p.tint(_BRASS), p.view.palette.lamp
    ring = ellipse(0, -0.78, 0.34, 0.26)
    p.draw([*ring, ring[0]], p.dark(brass, 0.4), 0.05)
    p.fill([(-0.36, -0.54), (0.36, -0.54), (0.22, -0.76), (-0.22, -0.76)], brass)
    p.fill([(-0.4, -0.5), (0.4, -0.5), (0.52, 0.5), (-0.52, 0.5)], mix(glow, (255, 255, 255), 0.3))
    p.fill(
        [(-0.16, 0.4), (-0.2, 0.06), (0, -0.34), (0.2, 0.06), (0.16, 0.4)],
        mix(glow, (255, 150, 40), 0.4),
        ink=False,
        smooth=True,
    )
    p.fill(
        [(-0.08, 0.4), (-0.08, 0.16), (0, -0.06), (0.08, 0.16), (0.08, 0.4)], (255, 255, 244), ink=False, smooth=True
    )
    for x in (-0.46, 0.46):
        p.draw([(x * 0.86, -0.5), (x * 1.12, 0.5)], p.dark(brass, 0.5), 0.05)
    p.fill([(-0.62, 0.48), (0.62, 0.48), (0.7, 0.92), (-0.7, 0.92)], brass)
    p.fill([(0.2, 0.48), (0.62, 0.48), (0.7, 0.92), (0.26, 0.92)], p.dark(brass, 0.35), ink=False)


def _candle(p: Pencil) -> None:
    p.oval(0, 0.84, 0.62, 0.16, p.tint(_BRASS))
    p.fill([(-0.2, 0.8), (-0.2, -0.2), (0.2, -0.2), (0.2, 0.8)], p.paper)
    p.fill([(0.04, 0.8), (0.06, -0.2), (0.2, -0.2), (0.2, 0.8)], mix(p.paper, p.view.palette.ramp[2], 0.45), ink=False)
    p.fill([(-0.22, -0.2), (-0.2, 0.1), (-0.13, 0.2), (-0.08, -0.1), (0.2, -0.2)], p.paper)
    p.draw([(0, -0.2), (0, -0.36)], None, 0.035)
    p.fill([(-0.14, -0.46), (0, -0.98), (0.14, -0.46), (0, -0.3)], (255, 188, 78), smooth=True)
    p.fill([(-0.06, -0.46), (0, -0.7), (0.06, -0.46), (0, -0.36)], (255, 250, 222), ink=False, smooth=True)


def _umbrella(p: Pencil) -> None:
    p.draw([(0, -0.7), (0, 0.72), (0.06, 0.86), (0.2, 0.88), (0.26, 0.74)], p.tint(_WOOD), 0.06)
    p.fill(
        [(-0.2, 0.3), (-0.16, -0.6), (0, -0.98), (0.16, -0.6), (0.2, 0.3), (0.1, 0.2), (0, 0.36), (-0.1, 0.2)], p.accent
    )
    p.fill([(0.03, 0.3), (0.05, -0.9), (0.16, -0.6), (0.2, 0.3), (0.1, 0.2)], p.dark(p.accent, 0.35), ink=False)
    p.fill([(-0.19, -0.1), (0.19, -0.14), (0.19, -0.06), (-0.19, -0.02)], p.dark(p.accent, 0.5))


def _radio(p: Pencil) -> None:
    wood = p.tint(_WOOD)
    p.draw([(0.6, -0.6), (0.95, -1.2)], p.tint(_STEEL), 0.03)
    p.fill([(-0.98, -0.6), (0.98, -0.6), (0.98, 0.8), (-0.98, 0.8)], wood)
    p.oval(-0.42, 0.1, 0.42, 0.46, p.dark(wood, 0.6))
    for step in range(5):
        p.draw([(-0.76, -0.12 + step * 0.12), (-0.08, -0.12 + step * 0.12)], p.light(wood, 0.25), 0.03)
    p.fill([(0.12, -0.4), (0.84, -0.4), (0.84, -0.08), (0.12, -0.08)], mix(p.view.palette.lamp, (255, 255, 255), 0.3))
    p.draw([(0.52, -0.4), (0.52, -0.08)], p.accent, 0.04)
    for x in (0.28, 0.68):
        p.oval(x, 0.38, 0.16, 0.16, p.paper)
        p.draw([(x, 0.38), (x + 0.08, 0.28)], None, 0.04)


def _car(p: Pencil) -> None:
    p.fill(
        [(-1.2, 0.5), (-1.2, 0.1), (-0.8, 0.0), (-0.46, -0.42), (0.4, -0.44), (0.74, -0.02), (1.15, 0.1), (1.22, 0.5)],
        p.accent,
    )
    p.fill(
        [(-0.66, 0.0), (-0.4, -0.34), (-0.04, -0.35), (-0.04, 0.0)],
        mix(p.view.palette.sky[1], p.view.palette.ramp[1], 0.3),
    )
    p.fill(
        [(0.04, -0.35), (0.36, -0.36), (0.6, 0.0), (0.04, 0.0)], mix(p.view.palette.sky[1], p.view.palette.ramp[1], 0.3)
    )
    for x in (-0.72, 0.72):
        p.oval(x, 0.5, 0.25, 0.25, p.view.palette.ramp[0])
        p.oval(x, 0.5, 0.12, 0.12, p.paper)
    p.oval(1.12, 0.2, 0.07, 0.08, (255, 240, 190))
    p.draw([(-1.1, 0.24), (1.0, 0.24)], p.light(p.accent), 0.03)


def _boat(p: Pencil) -> None:
    p.fill([(-1.1, 0.25), (1.2, 0.15), (0.85, 0.75), (-0.8, 0.75)], p.accent)
    p.fill([(-0.6, 0.24), (0.2, 0.2), (0.16, -0.25), (-0.52, -0.25)], p.paper)
    p.draw([(0.35, 0.2), (0.35, -1.0)], p.tint(_WOOD), 0.06)
    p.fill([(0.4, -0.9), (0.95, 0.05), (0.4, 0.1)], p.paper)
    p.draw(
        [(-1.4, 0.8), (-0.8, 0.72), (-0.2, 0.82), (0.4, 0.72), (1.0, 0.82), (1.5, 0.74)], p.view.palette.ramp[3], 0.06
    )


def _chess(p: Pencil) -> None:
    p.fill([(-1.3, 0.55), (1.3, 0.55), (1.0, 0.05), (-1.0, 0.05)], p.tint(_WOOD))
    for row in range(3):
        for column in range(8):
            if (row + column) % 2:
                top, low = 0.05 + row * 0.166, 0.05 + (row + 1) * 0.166
                a, b = 1.0 + 0.1 * row * 2, 1.0 + 0.1 * (row + 1) * 2
                left, right = -1 + column * 0.25, -0.75 + column * 0.25
                p.fill([(left * a, top), (right * a, top), (right * b, low), (left * b, low)], p.paper, ink=False)
    crown = [
        (-0.3, 0.42),
        (0.3, 0.42),
        (0.24, 0.28),
        (0.12, 0.16),
        (0.1, -0.4),
        (0.22, -0.5),
        (0.14, -0.56),
        (0.26, -0.9),
        (0.12, -0.76),
        (0.0, -0.98),
        (-0.12, -0.76),
        (-0.26, -0.9),
        (-0.14, -0.56),
        (-0.22, -0.5),
        (-0.1, -0.4),
        (-0.12, 0.16),
        (-0.24, 0.28),
    ]
    p.fill(crown, p.view.palette.ramp[0] if p.view.brief.air.time != "night" else p.paper)
    pawn = [
        (-0.16, 0.3),
        (0.16, 0.3),
        (0.07, 0.1),
        (0.06, -0.06),
        (0.12, -0.12),
        (0.1, -0.28),
        (0, -0.34),
        (-0.1, -0.28),
        (-0.12, -0.12),
        (-0.06, -0.06),
        (-0.07, 0.1),
    ]
    p.fill([(x + 0.72, y) for x, y in pawn], p.accent)
    p.fill([(x - 0.74, y) for x, y in pawn], p.paper)


def _cap(p: Pencil) -> None:
    steel = p.tint(_STEEL)
    rim = [
        (0.72 * (1 + 0.06 * math.cos(18 * a)) * math.cos(a), 0.18 + 0.5 * (1 + 0.06 * math.cos(18 * a)) * math.sin(a))
        for a in (k * math.tau / 108 for k in range(108))
    ]
    p.fill(rim, p.dark(steel, 0.2))
    p.fill([(x * 0.96, y * 0.94 - 0.2) for x, y in rim], p.accent)
    p.oval(0, -0.03, 0.5, 0.33, p.light(p.accent, 0.22))
    star = [
        (
            (0.3 if k % 2 == 0 else 0.13) * math.sin(k * math.pi / 5),
            -0.03 - (0.21 if k % 2 == 0 else 0.09) * math.cos(k * math.pi / 5),
        )
        for k in range(10)
    ]
    p.fill(star, p.paper)


def _hat(p: Pencil) -> None:
    felt = p.tint((92, 78, 66))
    p.oval(0, 0.4, 1.05, 0.34, felt)
    p.fill(
        [
            (-0.6, 0.4),
            (-0.52, -0.3),
            (-0.3, -0.52),
            (0, -0.4),
            (0.3, -0.52),
            (0.52, -0.3),
            (0.6, 0.4),
            (0.3, 0.52),
            (-0.3, 0.52),
        ],
        felt,
        smooth=True,
    )
    p.fill([(-0.6, 0.22), (0.6, 0.22), (0.61, 0.44), (0.3, 0.54), (-0.3, 0.54), (-0.61, 0.44)], p.accent)


def _flower(p: Pencil) -> None:
    p.draw(spline([(0.1, 0.98), (0.0, 0.4), (0.04, -0.2)], closed=False), p.tint((70, 116, 66)), 0.05)
    p.fill([(0.02, 0.5), (0.4, 0.2), (0.56, 0.3), (0.3, 0.52)], p.tint((80, 130, 76)), smooth=True)
    for step in range(7):
        angle = step * math.tau / 7
        p.oval(
            0.04 + 0.27 * math.cos(angle),
            -0.4 + 0.25 * math.sin(angle),
            0.25,
            0.16,
            p.accent if step % 2 else p.light(p.accent, 0.2),
            turn=math.degrees(angle),
        )
    p.oval(0.04, -0.4, 0.15, 0.14, p.view.palette.lamp)


def _glasses(p: Pencil) -> None:
    for x in (-0.5, 0.5):
        p.oval(x, 0.1, 0.42, 0.34, mix(p.view.palette.sky[1], (255, 255, 255), 0.4))
        p.draw([(x - 0.2, 0.26), (x + 0.1, -0.1)], (255, 255, 255), 0.05)
    p.draw([(-0.1, 0.02), (0, -0.06), (0.1, 0.02)], None, 0.06)
    for x in (-1, 1):
        p.draw([(x * 0.92, 0.04), (x * 1.1, -0.5), (x * 0.98, -0.6)], None, 0.05)


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


def _screen(p: Pencil) -> None:
    p.fill([(-1.05, -0.75), (1.05, -0.75), (1.05, 0.55), (-1.05, 0.55)], p.view.palette.ramp[0])
    p.fill(
        [(-0.96, -0.66), (0.96, -0.66), (0.96, 0.46), (-0.96, 0.46)], mix(p.second, (255, 255, 255), 0.25), ink=False
    )
    p.draw([(-0.9 + k * 0.18, 0.05 - 0.4 * p.view.roll("trace", k)) for k in range(11)], (255, 255, 255), 0.03)
    p.fill([(-0.86, 0.2), (-0.2, 0.2), (-0.2, 0.34), (-0.86, 0.34)], p.accent, ink=False)
    p.fill([(-0.2, 0.55), (0.2, 0.55), (0.36, 0.85), (-0.36, 0.85)], p.view.palette.ramp[1])


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


def _cigarette(p: Pencil) -> None:
    p.oval(0, 0.5, 0.9, 0.36, mix(p.view.palette.sky[1], p.view.palette.ramp[2], 0.4))
    p.oval(0, 0.46, 0.66, 0.22, p.view.palette.ramp[1])
    p.fill([(-0.2, 0.3), (-0.16, 0.18), (0.96, 0.06), (0.97, 0.17)], p.paper)
    p.fill([(0.6, 0.1), (0.96, 0.06), (0.97, 0.17), (0.62, 0.21)], p.tint((206, 140, 70)))
    p.oval(-0.18, 0.24, 0.06, 0.07, (255, 120, 50))
    _steam(p, 0.1)


def _rope(p: Pencil) -> None:
    hemp = p.tint((190, 156, 104))
    for step in range(4):
        ring = ellipse(0, 0.5 - step * 0.16, 0.8 - 0.05 * step, 0.3, steps=40)
        p.draw([*ring, ring[0]], p.dark(hemp, 0.5), 0.17)
        p.draw([*ring, ring[0]], hemp, 0.12)
        for x, y in ring[::3]:
            p.draw([(x - 0.03, y - 0.05), (x + 0.03, y + 0.05)], p.dark(hemp, 0.4), 0.02)
    tail = spline([(0.5, 0.1), (0.8, -0.4), (0.4, -0.9)], closed=False)
    p.draw(tail, p.dark(hemp, 0.5), 0.17)
    p.draw(tail, hemp, 0.12)


def _mirror(p: Pencil) -> None:
    p.fill([(-0.1, 0.5), (0.1, 0.5), (0.12, 1.0), (-0.12, 1.0)], p.tint(_BRASS))
    p.oval(0, -0.15, 0.72, 0.78, p.tint(_BRASS))
    p.oval(0, -0.15, 0.6, 0.66, mix(p.view.palette.sky[1], (255, 255, 255), 0.3))
    p.fill([(-0.4, 0.1), (-0.1, -0.7), (0.14, -0.72), (-0.2, 0.36)], (255, 255, 255), ink=False)


def _skull(p: Pencil) -> None:
    bone = mix(p.paper, p.tint((220, 206, 170)), 0.5)
    p.fill(
        [
            (-0.7, -0.1),
            (-0.62, -0.6),
            (-0.2, -0.88),
            (0.3, -0.86),
            (0.68, -0.5),
            (0.7, 0.0),
            (0.5, 0.3),
            (0.42, 0.76),
            (-0.36, 0.78),
            (-0.46, 0.32),
        ],
        bone,
        smooth=True,
    )
    for x in (-0.3, 0.3):
        p.oval(x, 0.0, 0.19, 0.2, p.view.palette.ramp[0])
    p.fill([(0, 0.16), (0.1, 0.36), (-0.1, 0.36)], p.view.palette.ramp[0])
    for x in (-0.24, -0.08, 0.08, 0.24):
        p.draw([(x, 0.52), (x, 0.76)], None, 0.03)


def _food(p: Pencil) -> None:
    p.oval(0, 0.4, 1.05, 0.4, p.paper)
    p.oval(0, 0.37, 0.72, 0.25, mix(p.paper, p.view.palette.ramp[3], 0.4))
    p.fill(
        [(-0.5, 0.34), (-0.44, 0.0), (-0.1, -0.16), (0.24, -0.1), (0.46, 0.16), (0.48, 0.38), (0, 0.48)],
        p.tint((196, 132, 66)),
        smooth=True,
    )
    for x in (-0.24, 0.02, 0.26):
        p.draw([(x - 0.08, 0.02), (x + 0.06, 0.2)], p.tint((142, 84, 40)), 0.05)
    _steam(p, -0.24)


def _shoe(p: Pencil) -> None:
    leather = p.tint(_LEATHER)
    p.fill(
        [(-0.9, 0.72), (-0.9, -0.5), (-0.3, -0.56), (-0.2, -0.1), (0.3, 0.14), (0.86, 0.26), (1.02, 0.52), (1.0, 0.72)],
        leather,
        smooth=False,
    )
    p.fill(
        [(-0.95, 0.66), (1.04, 0.66), (1.04, 0.82), (-0.4, 0.82), (-0.42, 0.92), (-0.95, 0.92)], p.view.palette.ramp[0]
    )
    for step in range(4):
        x, y = -0.24 + step * 0.16, -0.22 + step * 0.12
        p.draw([(x - 0.12, y + 0.06), (x + 0.1, y - 0.04)], p.paper, 0.04)


def _hand(p: Pencil) -> None:
    skin = mix((74, 48, 38), p.view.palette.skin, 0.86)
    skin = mix(skin, wash(p.view.palette, 0.6), 0.2)
    shade = p.dark(skin, 0.3)
    p.fill([(-0.4, 1.4), (-0.42, 0.4), (0.42, 0.36), (0.44, 1.4)], p.tint((88, 92, 104)))
    p.fill([(-0.36, 0.5), (-0.5, 0.0), (-0.42, -0.28), (0.44, -0.3), (0.5, 0.02), (0.34, 0.5)], skin, smooth=True)
    for x, top, lean in ((-0.36, -0.78, -0.12), (-0.12, -0.98, -0.03), (0.13, -0.94, 0.05), (0.36, -0.72, 0.13)):
        p.fill(
            [
                (x - 0.11, -0.2),
                (x - 0.1 + lean, top + 0.08),
                (x + lean, top),
                (x + 0.1 + lean, top + 0.08),
                (x + 0.11, -0.2),
                (x, -0.1),
            ],
            skin,
            smooth=True,
        )
        p.draw([(x - 0.07 + lean * 0.5, (top - 0.2) / 2), (x + 0.07 + lean * 0.5, (top - 0.2) / 2)], shade, 0.02)
    p.fill(
        [(-0.46, 0.24), (-0.78, -0.1), (-0.86, -0.32), (-0.74, -0.4), (-0.56, -0.16), (-0.38, 0.0)], skin, smooth=True
    )
    p.draw([(-0.3, 0.3), (-0.1, 0.08), (-0.16, -0.16)], shade, 0.025)
    p.draw([(-0.36, -0.1), (0.0, -0.02), (0.38, -0.1)], shade, 0.02)


def _eye(p: Pencil) -> None:
    skin = mix(p.view.palette.skin, wash(p.view.palette, 0.6), 0.15)
    p.fill([(-1.5, -1.2), (1.5, -1.2), (1.5, 1.2), (-1.5, 1.2)], skin, ink=False)
    p.fill(
        [(-1.2, 0.1), (-0.5, -0.62), (0.4, -0.7), (1.2, 0.05), (0.5, 0.56), (-0.4, 0.54)],
        p.dark(skin, 0.22),
        ink=False,
        smooth=True,
    )
    p.fill([(-1.0, 0.1), (-0.5, -0.36), (0.2, -0.46), (0.98, 0.06), (0.4, 0.36), (-0.4, 0.36)], p.paper, smooth=True)
    p.oval(0, -0.04, 0.4, 0.4, mix(p.second, p.view.palette.ramp[1], 0.3))
    p.oval(0, -0.04, 0.19, 0.19, p.view.palette.ramp[0])
    p.oval(-0.12, -0.17, 0.09, 0.09, (255, 255, 255), ink=False)
    p.canvas.stroke(
        p.at(spline([(-1.05, 0.12), (-0.5, -0.38), (0.2, -0.5), (1.05, 0.04)], closed=False)),
        p.view.palette.ramp[0],
        p.size * 0.1,
    )
    p.canvas.stroke(
        p.at(spline([(-1.1, -0.66), (-0.3, -1.0), (0.6, -0.98), (1.2, -0.6)], closed=False)),
        p.view.palette.ramp[0],
        p.size * 0.2,
    )


def _window(p: Pencil) -> None:
    sky = mix(*p.view.palette.sky, 0.6)
    p.fill([(-1.5, -1.05), (1.5, -1.05), (1.5, 1.05), (-1.5, 1.05)], wash(p.view.palette, 0.8))
    p.fill([(-1.34, -0.92), (1.34, -0.92), (1.34, 0.9), (-1.34, 0.9)], sky)
    for step in range(9):
        left = -1.34 + step * 0.3
        top = 0.9 - 0.25 - 0.5 * p.view.roll("roof", step)
        p.fill(
            [(left, 0.9), (left, top), (left + 0.28, top), (left + 0.28, 0.9)],
            wash(p.view.palette, 0.2 + 0.04 * (step % 3)),
            ink=False,
        )
        if p.view.roll("lit", step) > 0.4 and p.view.brief.air.time == "night":
            p.fill(
                [
                    (left + 0.08, top + 0.12),
                    (left + 0.17, top + 0.12),
                    (left + 0.17, top + 0.22),
                    (left + 0.08, top + 0.22),
                ],
                p.view.palette.lamp,
                ink=False,
            )
    if {"rain", "storm", "snow"} & set(p.view.brief.air.weather):
        for step in range(40):
            x, y = -1.3 + 2.6 * p.view.roll("drop", step), -0.9 + 1.6 * p.view.roll("fall", step)
            if "snow" in p.view.brief.air.weather:
                p.oval(x, y, 0.018, 0.018, (250, 250, 252), ink=False)
            else:
                p.draw(
                    [(x, y), (x + 0.01, y + 0.12 + 0.1 * p.view.roll("run", step))],
                    mix(sky, (255, 255, 255), 0.6),
                    0.014,
                )
    for x in (-0.03, -1.36, 1.3):
        p.fill([(x, -0.95), (x + 0.08, -0.95), (x + 0.08, 0.92), (x, 0.92)], wash(p.view.palette, 0.74))
    p.fill([(-1.34, -0.1), (1.34, -0.1), (1.34, -0.02), (-1.34, -0.02)], wash(p.view.palette, 0.74))
    p.fill([(-1.6, 0.9), (1.6, 0.9), (1.6, 1.06), (-1.6, 1.06)], wash(p.view.palette, 0.9))
    for x in (-1, 1):
        p.fill([(x * 1.62, -1.15), (x * 1.0, -1.15), (x * 1.24, 0.1), (x * 1.5, 1.15), (x * 1.66, 1.15)], p.second)


def _sign(p: Pencil) -> None:
    p.fill([(-1.3, -0.55), (1.3, -0.55), (1.3, 0.55), (-1.3, 0.55)], p.view.palette.ramp[0])
    glow = mix(p.accent, (255, 255, 255), 0.15)
    ring = [(-1.18, -0.43), (1.18, -0.43), (1.18, 0.43), (-1.18, 0.43), (-1.18, -0.43)]
    p.draw(ring, glow, 0.05)
    for step in range(5):
        x = -0.86 + step * 0.42
        p.draw(
            [(x, 0.24), (x, -0.24), (x + 0.26, -0.24 if step % 2 else 0.24), (x + 0.26, 0.24 if step % 2 else -0.24)],
            glow,
            0.08,
        )
        p.draw(
            [(x, 0.24), (x, -0.24), (x + 0.26, -0.24 if step % 2 else 0.24), (x + 0.26, 0.24 if step % 2 else -0.24)],
            (255, 244, 240),
            0.025,
        )


def _stamp(p: Pencil) -> None:
    wood = p.tint(_WOOD)
    p.fill([(-0.8, 0.85), (-0.8, 0.5), (0.8, 0.5), (0.8, 0.85)], p.dark(p.accent, 0.2))
    p.fill([(-0.62, 0.5), (-0.5, 0.3), (0.5, 0.3), (0.62, 0.5)], wood)
    p.fill([(-0.2, 0.3), (-0.14, -0.3), (0.14, -0.3), (0.2, 0.3)], wood)
    p.oval(0, -0.5, 0.36, 0.34, wood)
    p.oval(-0.1, -0.6, 0.12, 0.1, p.light(wood, 0.4), ink=False)


def _mic(p: Pencil) -> None:
    steel = p.tint(_STEEL)
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


def _horn(p: Pencil) -> None:
    brass = p.tint(_BRASS)
    p.draw(
        spline([(0.5, 0.75), (-0.1, 0.9), (-0.5, 0.5), (-0.42, -0.2), (-0.2, -0.5)], closed=False),
        p.dark(brass, 0.3),
        0.3,
    )
    p.draw(spline([(0.5, 0.75), (-0.1, 0.9), (-0.5, 0.5), (-0.42, -0.2), (-0.2, -0.5)], closed=False), brass, 0.22)
    p.draw(spline([(0.5, 0.75), (0.62, 0.3), (0.3, 0.1), (0.1, 0.4), (0.4, 0.5)], closed=False), brass, 0.1)
    p.fill([(-0.42, -0.3), (-0.8, -0.9), (0.0, -1.1), (0.5, -0.86), (0.02, -0.3)], brass, smooth=False)
    p.oval(-0.15, -0.96, 0.66, 0.2, p.dark(brass, 0.4), turn=3)
    for x in (0.18, 0.32, 0.46):
        p.fill([(x, -0.05), (x + 0.09, -0.05), (x + 0.09, 0.4), (x, 0.4)], p.light(brass, 0.3))


def _guitar(p: Pencil) -> None:
    wood = p.tint((170, 104, 52))
    p.fill([(-0.08, -0.1), (-0.06, -1.2), (0.06, -1.2), (0.08, -0.1)], p.view.palette.ramp[1])
    p.fill(
        [(-0.36, 0.0), (0.36, 0.0), (0.3, 0.34), (0.52, 0.62), (0.4, 1.0), (-0.4, 1.0), (-0.52, 0.62), (-0.3, 0.34)],
        wood,
        smooth=True,
    )
    p.oval(0, 0.34, 0.16, 0.15, p.view.palette.ramp[0])
    for x in (-0.04, 0.0, 0.04):
        p.draw([(x, -1.15), (x, 0.8)], p.paper, 0.012)


def _toy(p: Pencil) -> None:
    fur = p.tint((176, 128, 82))
    for x in (-0.34, 0.34):
        p.oval(x, -0.72, 0.18, 0.18, fur)
        p.oval(x * 1.3, 0.75, 0.24, 0.2, fur)
        p.oval(x * 1.6, 0.15, 0.17, 0.3, fur, turn=30 if x < 0 else -30)
    p.oval(0, 0.36, 0.46, 0.5, fur)
    p.oval(0, -0.38, 0.45, 0.42, fur)
    p.oval(0, -0.26, 0.2, 0.16, p.light(fur, 0.4))
    for x in (-0.16, 0.16):
        p.oval(x, -0.46, 0.05, 0.06, p.view.palette.ramp[0])
    p.oval(0, -0.32, 0.07, 0.05, p.view.palette.ramp[0])


def _box(p: Pencil) -> None:
    card = p.tint((184, 146, 100))
    p.fill([(-0.85, -0.1), (0.15, 0.1), (0.15, 0.95), (-0.85, 0.7)], card)
    p.fill([(0.15, 0.1), (0.9, -0.16), (0.9, 0.62), (0.15, 0.95)], p.dark(card, 0.3))
    p.fill([(-0.85, -0.1), (-0.1, -0.36), (0.9, -0.16), (0.15, 0.1)], p.light(card, 0.25))
    p.fill([(-0.42, -0.01), (-0.3, 0.01), (-0.3, 0.83), (-0.42, 0.8)], p.accent)
    p.fill([(-0.42, -0.01), (0.36, -0.27), (0.5, -0.24), (-0.3, 0.01)], p.accent)


def _tree(p: Pencil) -> None:
    p.fill(
        [
            (-0.3, 1.2),
            (-0.2, 0.0),
            (-0.6, -0.6),
            (-0.05, -0.2),
            (0.1, -1.1),
            (0.16, -0.2),
            (0.7, -0.5),
            (0.24, 0.1),
            (0.34, 1.2),
        ],
        p.tint((84, 62, 48)),
    )


def _wheel(p: Pencil) -> None:
    steel = p.tint(_STEEL)
    p.oval(0, 0, 0.96, 0.96, p.dark(steel, 0.6))
    p.oval(0, 0, 0.76, 0.76, p.paper)
    for step in range(9):
        angle = math.pi * 0.75 + step * math.pi * 1.5 / 8
        p.draw(
            [(0.56 * math.cos(angle), 0.56 * math.sin(angle)), (0.7 * math.cos(angle), 0.7 * math.sin(angle))],
            None,
            0.05,
        )
    p.draw([(0, 0), (0.45, -0.4)], p.accent, 0.08)
    p.oval(0, 0, 0.12, 0.12, p.view.palette.ramp[0])


def _object(p: Pencil) -> None:
    """What nobody knows how to draw lies under a cloth: a still life."""
    cloth = mix(p.paper, p.view.palette.ramp[3], 0.2)
    p.fill(
        [
            (-1.0, 0.8),
            (-0.7, 0.1),
            (-0.36, -0.5),
            (0.0, -0.7),
            (0.34, -0.46),
            (0.66, 0.06),
            (1.0, 0.8),
            (0.5, 0.68),
            (0.2, 0.84),
            (-0.2, 0.68),
            (-0.6, 0.84),
        ],
        cloth,
    )
    for start, end in (((-0.3, -0.45), (-0.55, 0.7)), ((0.02, -0.6), (-0.1, 0.66)), ((0.3, -0.4), (0.45, 0.66))):
        p.canvas.stroke(
            p.at([start, ((start[0] + end[0]) / 2 + 0.06, (start[1] + end[1]) / 2), end]),
            mix(cloth, p.view.palette.ramp[1], 0.55),
            p.size * 0.05,
        )
    p.fill(
        [(0.34, -0.46), (0.66, 0.06), (1.0, 0.8), (0.5, 0.68), (0.4, 0.1)],
        mix(cloth, p.view.palette.ramp[2], 0.5),
        ink=False,
    )


THINGS: dict[str, Callable[[Pencil], None]] = {
    "letter": _letter, "paper": _paper, "book": _book, "phone": _phone, "telephone": _telephone, "key": _key, "gun": _gun,
    "cup": _cup, "glass": _glass, "bottle": _bottle, "thermos": _thermos, "clock": _clock, "watch": _watch, "ticket": _ticket,
    "photo": _photo, "handle": _handle, "suitcase": _suitcase, "knife": _knife, "lamp": _lamp, "candle": _candle,
    "umbrella": _umbrella, "radio": _radio, "car": _car, "boat": _boat, "chess": _chess, "cap": _cap, "hat": _hat,
    "flower": _flower, "glasses": _glasses, "camera": _camera, "screen": _screen, "money": _money, "cigarette": _cigarette,
    "rope": _rope, "mirror": _mirror, "skull": _skull, "food": _food, "shoe": _shoe, "hand": _hand, "eye": _eye,
    "window": _window, "sign": _sign, "stamp": _stamp, "mic": _mic, "horn": _horn, "guitar": _guitar, "toy": _toy, "box": _box,
    "tree": _tree, "wheel": _wheel, "object": _object,
}  # fmt: skip


def draw_thing(canvas: Canvas, thing: str, middle: Point, size: float, view: View) -> None:
    """A thing with its middle at `middle`, half its size `size` pixels; an unknown one is a covered shape."""
    THINGS.get(thing, _object)(Pencil(canvas, middle, size, view))
