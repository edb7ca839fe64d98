"""The pencil that draws things: a square of -1 to 1 on a canvas, in the light of the scene."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.animatic.panels.brief.values import Colour
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix, spline, wash
from wzrd.animatic.panels.view import View

STEEL: Colour = (150, 156, 164)
WOOD: Colour = (138, 94, 58)


def _points(given: str | Sequence[Point]) -> Sequence[Point]:
    if not isinstance(given, str):
        return given
    pairs = (pair.split(",") for pair in given.split())
    return [(float(x), float(y)) for x, y in pairs]


@dataclass(frozen=True, slots=True)
class Pencil:
    """A canvas for one thing: its middle and half its size in pixels; `flip` -1 draws it the other way round."""

    canvas: Canvas
    middle: Point
    size: float
    view: View
    flip: int = 1

    def at(self, points: Sequence[Point]) -> list[Point]:
        """Where points of the square fall."""
        return [(self.middle[0] + self.flip * x * self.size, self.middle[1] + y * self.size) for x, y in points]

    def tint(self, colour: Colour) -> Colour:
        """A colour of its own in the scene's light."""
        grey = max(self.view.palette.skin) - min(self.view.palette.skin) < 24
        shade = sum(colour) // 3
        plain = mix(colour, (shade, shade, shade), 0.9) if grey else colour
        return mix(plain, wash(self.view.palette, 0.6), 0.18)

    @property
    def line(self) -> float:
        """The ink's width."""
        return max(0.8, min(5.0, self.size * 0.014))

    def fill(self, points: str | Sequence[Point], colour: Colour, *, ink: bool = True, smooth: bool = False) -> None:
        """A shape, with its ink line; a text spells its points as SVG does ("-.5,0 .5,0 0,1")."""
        shape = spline(_points(points), steps=5) if smooth else _points(points)
        self.canvas.fill(self.at(shape), colour, self.view.palette.ramp[0] if ink else None, self.line)

    def oval(
        self, x: float, y: float, across: float, down: float, colour: Colour, *, ink: bool = True, turn: float = 0
    ) -> None:
        """An ellipse."""
        self.fill(ellipse(x, y, across, down, turn, steps=36), colour, ink=ink)

    def draw(self, points: str | Sequence[Point], colour: Colour | None = None, width: float = 0.02) -> None:
        """A line; `width` in halves of the square."""
        self.canvas.line(self.at(_points(points)), colour or self.view.palette.ramp[0], max(1.0, width * self.size))

    def dark(self, colour: Colour, part: float = 0.35) -> Colour:
        """A colour with ink in it."""
        return mix(colour, self.view.palette.ramp[0], part)

    def light(self, colour: Colour, part: float = 0.4) -> Colour:
        """A colour with white in it."""
        return mix(colour, (255, 255, 255), part)

    @property
    def paper(self) -> Colour:
        """The colour of paper and china."""
        return self.view.palette.paper

    @property
    def accent(self) -> Colour:
        """The scene's accent."""
        return self.view.palette.accent

    @property
    def second(self) -> Colour:
        """The scene's second accent."""
        return self.view.palette.second

    def lines(self, rows: int, left: float, right: float, top: float, step: float, lean: float = 0.0) -> None:
        """Writing, as a pencil hints at it."""
        for row in range(rows):
            y = top + row * step
            end = right - (0.3 * (right - left) if row == rows - 1 else 0.04 * (row * 7 % 5))
            wave = [(left + (end - left) * k / 14 + lean * row, y + 0.012 * math.sin(k * 2.3 + row)) for k in range(15)]
            self.draw(wave, self.dark(self.paper, 0.6), 0.018)


def draw_steam(p: Pencil, top: float) -> None:
    """Steam or smoke that rises from `top`."""
    for x in (-0.22, 0.06, 0.3):
        wave = [(x + 0.07 * math.sin(k * 1.1), top - 0.08 * k) for k in range(6)]
        p.canvas.stroke(p.at(spline(wave, closed=False)), mix(p.paper, p.view.palette.ramp[3], 0.3), p.size * 0.05)
