"""The pen that draws animals: a canvas in an animal's own measure and colours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wzrd.animatic.panels.brief.values import Colour
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, spline


@dataclass(frozen=True, slots=True)
class Pen:
    """A canvas in an animal's own measure: 1 is its height at the shoulder; x goes to where it looks."""

    canvas: Canvas
    foot: Point
    size: float
    side: int
    fur: Colour
    shade: Colour
    ink: Colour
    facts: Mapping[str, Any]
    seed: str

    def at(self, points: list[Point]) -> list[Point]:
        """Where points fall."""
        return [(self.foot[0] + self.side * x * self.size, self.foot[1] - y * self.size) for x, y in points]

    def fill(self, points: list[Point], colour: Colour | None = None, *, ink: bool = True, smooth: bool = True) -> None:
        """A shape in the animal's colour."""
        placed = self.at(points)
        placed = spline(placed, steps=4) if smooth else placed
        self.canvas.fill(placed, colour or self.fur, self.ink if ink else None, self.line)

    def stroke(self, points: list[Point], width: float, colour: Colour | None = None, end: float = 0.3) -> None:
        """A brush line; `width` in its measure."""
        placed = spline(self.at(points), closed=False, steps=4)
        self.canvas.stroke(placed, self.ink, width * self.size + 2 * self.line, 0.8, end)
        self.canvas.stroke(placed, colour or self.fur, width * self.size, 0.8, end)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour | None = None) -> None:
        """An ellipse."""
        ((px, py),) = self.at([(x, y)])
        shape = ellipse(px, py, across * self.size, down * self.size, steps=18)
        self.canvas.fill(shape, colour or self.fur, self.ink, self.line)

    @property
    def line(self) -> float:
        """The width of its ink."""
        return max(0.7, min(3.2, self.size * 0.012))
