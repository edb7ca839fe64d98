"""A head from any side, built as draughtsmen do: skull, jaw, features as points in space, turned and inked.

Head's axes, in head heights: x to the figure's left, y down from the level of the eyes, z forward.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.animatic.panels.brief.values import Colour
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, extent, hull, spline, xyz

Spot = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of somebody in this light."""

    ink: Colour
    skin: Colour
    skin_shade: Colour
    hair: Colour
    hair_light: Colour
    coat: Colour
    coat_shade: Colour
    coat_light: Colour
    dark: Colour
    white: Colour
    glow: Colour
    iris: Colour
    lower: Colour  # of trousers and skirt


@dataclass(frozen=True, slots=True)
class Head:
    """A head on a canvas: middle and height in pixels, turned (0 to the camera, 90 right), tilted up; in degrees."""

    canvas: Canvas
    middle: Point
    size: float
    turn: float
    tilt: float
    paint: Paint
    key: int
    gaze: float = 0.0
    roll: float = 0.0  # to the right, in degrees: of somebody who lies

    def spot(self, at: Spot) -> Point:
        """Where a point of the head falls."""
        x, y, z = at
        tilt, turn = math.radians(self.tilt), math.radians(self.turn)
        down, front = y * math.cos(tilt) - z * math.sin(tilt), z * math.cos(tilt) + y * math.sin(tilt)
        across = x * math.cos(turn) + front * math.sin(turn)
        if self.roll:
            roll = math.radians(self.roll)
            across, down = (
                across * math.cos(roll) - down * math.sin(roll),
                across * math.sin(roll) + down * math.cos(roll),
            )
        return self.middle[0] + self.size * across, self.middle[1] + self.size * down

    def spots(self, points: Sequence[Spot]) -> list[Point]:
        """Where points of the head fall."""
        return [self.spot(point) for point in points]

    @property
    def line(self) -> float:
        """The width of its ink."""
        return max(0.9, min(5.0, self.size * 0.0095))

    @property
    def side(self) -> float:
        """Turn of the head: -1 to the left, 0 to the camera, 1 to the right."""
        return math.sin(math.radians(self.turn))

    @property
    def away(self) -> bool:
        """True if the face is turned from the camera."""
        return math.cos(math.radians(self.turn)) < -0.25

    def shape(self, points: Sequence[Spot], colour: Colour, *, ink: bool = True, smooth: bool = True) -> list[Point]:
        """The hull of points, filled; returns it."""
        outline = hull(self.spots(points))
        outline = spline(outline, steps=4) if smooth and len(outline) > 4 else outline
        self.canvas.fill(outline, colour, self.paint.ink if ink else None, self.line)
        return outline

    def stroke(
        self, points: Sequence[Spot], width: float, colour: Colour | None = None, start: float = 0.2, end: float = 0.15
    ) -> None:
        """A brush line through points; `width` in head heights."""
        line = spline(self.spots(points), closed=False, steps=6)
        self.canvas.stroke(line, colour or self.paint.ink, max(1.0, min(14.0, width * self.size)), start, end)


def ball(grow: float = 1.0, bottom: float = 9.0) -> list[Spot]:
    """The skull's surface down to the level `bottom`."""
    points: list[Spot] = []
    for level in (-1.0, -0.96, -0.85, -0.68, -0.42, -0.1, 0.25, 0.55, 0.75):
        y = -0.12 + 0.38 * level * grow
        if y > bottom:
            continue
        wide = math.sqrt(max(0.0, 1 - level * level)) * grow
        points += [
            (0.345 * wide * math.cos(k * math.tau / 20), y, -0.02 + 0.42 * wide * math.sin(k * math.tau / 20))
            for k in range(20)
        ]
    return points


def ring(y: float, wide: float, deep: float, shift: float = 0.0) -> list[Spot]:
    """A level ring around the head."""
    return [(wide * math.cos(k * math.tau / 24), y, deep * math.sin(k * math.tau / 24) + shift) for k in range(24)]


_FACE = xyz(
    ".21,-.31,.27 -.21,-.31,.27 0,-.335,.335 .3,-.13,.2 -.3,-.13,.2 .265,-.1,.305 -.265,-.1,.305 .275,.02,.285 "
    "-.275,.02,.285 .32,.08,.16 -.32,.08,.16 .225,.13,.335 -.225,.13,.335 .255,.28,.07 -.255,.28,.07 .175,.41,.23 "
    "-.175,.41,.23 .085,.487,.32 -.085,.487,.32 0,.5,.34 .11,.3,.395 -.11,.3,.395 0,-.1,.41"
)


def draw_face(head: Head) -> list[Point]:
    """The bare face with its ears; returns its outline."""
    if abs(head.side) > 0.62:
        nose = xyz("0,-.02,.39 0,.1,.445 0,.19,.505 0,.232,.49 0,.255,.41")
        profile = spline([*head.spots(nose), head.spot((0, 0.1, 0.2))], steps=4)
        head.canvas.fill(profile, head.paint.skin, head.paint.ink, head.line)
    outline = head.shape(_FACE, head.paint.skin)
    if abs(head.side) > 0.62:
        head.canvas.fill(head.spots(xyz("0,0,.38 0,.185,.475 0,.23,.455 0,.245,.4")), head.paint.skin)
    return outline


def draw_ear(head: Head, side: int) -> None:
    """One ear."""
    x, y = head.spot((side * 0.335, 0.075, -0.05))
    wide = head.size * (0.032 + 0.045 * abs(head.side))
    head.canvas.fill(ellipse(x, y, wide, head.size * 0.1, 6 * side), head.paint.skin, head.paint.ink, head.line)
    if head.size > 90:
        inner = ellipse(x, y, wide * 0.5, head.size * 0.06, 6 * side, steps=12)[2:10]
        head.canvas.stroke(inner, head.paint.skin_shade, head.size * 0.018)


def shade_face(head: Head, outline: Sequence[Point]) -> None:
    """The side of the face away from the light, its edge running over brow, cheek and chin."""
    top, bottom = min(y for _, y in outline), max(y for _, y in outline)
    dark = -head.key
    edge: list[Point] = []
    rim: list[Point] = []
    for step in range(19):
        y = top + (bottom - top) * (0.02 + 0.96 * step / 18)
        found = extent(outline, y)
        if found is None:
            continue
        part = (y - head.middle[1]) / head.size
        bend = 0.05 * math.sin((part + 0.22) * 9.0) - (0.09 * min(1.0, max(0.0, (part - 0.12) * 6)))
        middle = head.middle[0] + head.size * (0.36 * head.side + dark * (0.12 - bend * 0.6))
        limit = found[1] if dark > 0 else found[0]
        edge.append((min(middle, limit) if dark > 0 else max(middle, limit), y))
        rim.append((limit, y))
    shape = [*edge, *reversed(rim)]
    head.canvas.fill(shape, head.paint.skin_shade)
    if head.size > 150:
        skin, ink = head.paint.skin_shade, head.paint.ink
        line = ((3 * skin[0] + ink[0]) // 4, (3 * skin[1] + ink[1]) // 4, (3 * skin[2] + ink[2]) // 4)
        head.canvas.hatch(shape, line, head.size * 0.024, max(1.0, head.size * 0.0032))
