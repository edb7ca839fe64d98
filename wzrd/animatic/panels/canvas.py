"""Ink and wash: a picture that is drawn larger than it is shown, in the pixels that are shown.

Shapes are polygons; curves are splines through their corners. A roll turns everything around the middle (Dutch angle).
"""

import math
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw

from wzrd.animatic.panels.brief.values import Colour, Palette

Point = tuple[float, float]


@cache
def xy(text: str) -> tuple[Point, ...]:
    """Points that a text spells as SVG does: "-.5,0 .5,0 0,1"."""
    pairs = (pair.split(",") for pair in text.split())
    return tuple((float(x), float(y)) for x, y in pairs)


@cache
def xyz(text: str) -> tuple[tuple[float, float, float], ...]:
    """Points in space that a text spells in the same way."""
    triples = (triple.split(",") for triple in text.split())
    return tuple((float(x), float(y), float(z)) for x, y, z in triples)


def placed(text: str, x: float, y: float, across: float, down: float | None = None) -> list[Point]:
    """The points of a text from (x, y) on, in units of `across` and `down`, which is `across` unless given."""
    down = across if down is None else down
    return [(x + u * across, y + v * down) for u, v in xy(text)]


def corners(left: float, top: float, right: float, bottom: float) -> list[Point]:
    """The corners of an upright rectangle, around it."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def mix(first: Colour, second: Colour, part: float) -> Colour:
    """`first` with `part` (0 to 1) of `second` in it."""
    part = min(1.0, max(0.0, part))
    (r, g, b), (to_r, to_g, to_b) = first, second
    return round(r + (to_r - r) * part), round(g + (to_g - g) * part), round(b + (to_b - b) * part)


def wash(palette: Palette, tone: float) -> Colour:
    """The palette's wash of a tone: 0 ink, 1 paper in the light."""
    at = min(1.0, max(0.0, tone)) * 4
    low = min(3, int(at))
    return mix(palette.ramp[low], palette.ramp[low + 1], at - low)


def spline(corners: Sequence[Point], closed: bool = True, steps: int = 6) -> list[Point]:
    """A smooth line through all corners (Catmull-Rom)."""
    count = len(corners)
    if count < 3:
        return list(corners)
    found: list[Point] = []
    for at in range(count if closed else count - 1):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (
            corners[(at + shift) % count] if closed else corners[min(count - 1, max(0, at + shift))]
            for shift in (-1, 0, 1, 2)
        )
        for step in range(steps):
            t = step / steps
            a, b, c = t * t * t, t * t, t
            found.append(
                (
                    0.5
                    * (2 * x1 + (x2 - x0) * c + (2 * x0 - 5 * x1 + 4 * x2 - x3) * b + (3 * x1 - x0 - 3 * x2 + x3) * a),
                    0.5
                    * (2 * y1 + (y2 - y0) * c + (2 * y0 - 5 * y1 + 4 * y2 - y3) * b + (3 * y1 - y0 - 3 * y2 + y3) * a),
                )
            )
    if not closed:
        found.append(corners[-1])
    return found


def ellipse(x: float, y: float, across: float, down: float, turn: float = 0.0, steps: int = 28) -> list[Point]:
    """An ellipse by its middle, its two half axes and its turn in degrees."""
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    found: list[Point] = []
    for step in range(steps):
        angle = math.tau * step / steps
        u, v = across * math.cos(angle), down * math.sin(angle)
        found.append((x + u * cosine - v * sine, y + u * sine + v * cosine))
    return found


def hull(points: Sequence[Point]) -> list[Point]:
    """The convex hull of points."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def half(line: Sequence[Point]) -> list[Point]:
        chain: list[Point] = []
        for x, y in line:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2], chain[-1]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                chain.pop()
            chain.append((x, y))
        return chain

    return half(ordered)[:-1] + half(ordered[::-1])[:-1]


def capsule(start: Point, end: Point, first: float, last: float) -> list[Point]:
    """A limb: two discs of these radii and what lies between them."""
    return hull(ellipse(*start, first, first, steps=22) + ellipse(*end, last, last, steps=22))


def extent(outline: Sequence[Point], y: float) -> tuple[float, float] | None:
    """The leftmost and rightmost point of an outline at a height; None where it has none."""
    hits = [
        ax + (bx - ax) * (y - ay) / (by - ay)
        for (ax, ay), (bx, by) in zip(outline, [*outline[1:], outline[0]], strict=True)
        if (ay <= y) != (by <= y)
    ]
    return (min(hits), max(hits)) if hits else None


def lit_part(outline: Sequence[Point], key: int, share: float) -> list[Point]:
    """The part of a round form that the light from `key` (-1 left, 1 right) reaches; its edge follows the form."""
    top, bottom = min(y for _, y in outline), max(y for _, y in outline)
    near: list[Point] = []
    edge: list[Point] = []
    for step in range(25):
        y = top + (bottom - top) * (0.004 + 0.992 * step / 24)
        found = extent(outline, y)
        if found is not None:
            left, right = found if key < 0 else found[::-1]
            near.append((left, y))
            edge.append((left + (right - left) * (share + 0.04 * math.sin(step * 0.5)), y))
    return [*near, *reversed(edge)]


def cut(points: Sequence[Point], at: float, keep: int) -> list[Point]:
    """The part of a polygon left (`keep` -1) or right (1) of the vertical `at`."""
    found: list[Point] = []
    for index, (x, y) in enumerate(points):
        px, py = points[index - 1]
        inside, before = (x - at) * keep >= 0, (px - at) * keep >= 0
        if inside != before:
            part = (at - px) / (x - px)
            found.append((at, py + (y - py) * part))
        if inside:
            found.append((x, y))
    return found


class Canvas:
    """A picture of `width` x `height` pixels, drawn `scale` times as large, with its left upper corner at `origin`."""

    def __init__(
        self, image: Image.Image, scale: float, origin: Point = (0, 0), roll: float = 0, middle: Point = (0, 0)
    ) -> None:
        self.image = image
        self.scale = scale
        self._draw = ImageDraw.Draw(image)
        self._origin = origin
        self._turn = (math.cos(math.radians(roll)), math.sin(math.radians(roll)), *middle) if roll else None

    def place(self, points: Sequence[Point]) -> list[Point]:
        """Where points of the shown picture lie in the drawn one."""
        left, top = self._origin
        scale = self.scale
        if self._turn is None:
            return [((x - left) * scale, (y - top) * scale) for x, y in points]
        cosine, sine, mx, my = self._turn
        from_middle = [(x - mx, y - my) for x, y in points]
        turned = [(mx + x * cosine - y * sine, my + x * sine + y * cosine) for x, y in from_middle]
        return [((x - left) * scale, (y - top) * scale) for x, y in turned]

    def fill(self, points: Sequence[Point], colour: Colour, ink: Colour | None = None, width: float = 2.0) -> None:
        """A shape, with an ink line around it where `ink` is given."""
        if len(points) < 3:
            return
        placed = self.place(points)
        self._draw.polygon(placed, fill=colour)
        if ink is not None:
            self._line([*placed, placed[0], placed[1]], ink, width)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 2.0) -> None:
        """An open line of even width."""
        if len(points) > 1:
            self._line(self.place(points), colour, width)

    def _line(self, placed: list[Point], colour: Colour, width: float) -> None:
        thick = max(1, round(width * self.scale))
        self._draw.line(placed, fill=colour, width=thick, joint="curve" if thick > 3 else None)

    def stroke(
        self, points: Sequence[Point], colour: Colour, width: float, start: float = 0.15, end: float = 0.1
    ) -> None:
        """A line as a brush makes it: thick in the middle, thin at its ends."""
        count = len(points)
        if count < 2:
            return
        left: list[Point] = []
        right: list[Point] = []
        for at, (x, y) in enumerate(points):
            ax, ay = points[max(0, at - 1)]
            bx, by = points[min(count - 1, at + 1)]
            length = math.hypot(bx - ax, by - ay) or 1.0
            part = at / (count - 1)
            swell = math.sin(math.pi * part)
            base = start + (end - start) * part
            half = width / 2 * (base + (1 - base) * swell)
            nx, ny = -(by - ay) / length * half, (bx - ax) / length * half
            left.append((x + nx, y + ny))
            right.append((x - nx, y - ny))
        self.fill([*left, *reversed(right)], colour)

    def hatch(self, points: Sequence[Point], colour: Colour, gap: float, width: float, slope: int = 1) -> None:
        """Slanting pen strokes inside a shape; `slope` 1 falls to the left, -1 to the right."""
        placed = self.place(points)
        turned = [(x + slope * y, x - slope * y) for x, y in placed]
        step = gap * self.scale * 1.414
        if len(turned) < 3 or step < 2:
            return
        low, high = min(u for u, _ in turned), max(u for u, _ in turned)
        thick = max(1, round(width * self.scale))
        for at in range(1, min(160, int((high - low) / step) + 1)):
            u = low + at * step
            hits = sorted(
                av + (bv - av) * (u - au) / (bu - au)
                for (au, av), (bu, bv) in zip(turned, [*turned[1:], turned[0]], strict=True)
                if (au <= u) != (bu <= u)
            )
            for first, last in zip(hits[::2], hits[1::2], strict=False):
                ends = ((u + first) / 2, slope * (u - first) / 2), ((u + last) / 2, slope * (u - last) / 2)
                self._draw.line(ends, fill=colour, width=thick)

    def disc(
        self, x: float, y: float, radius: float, colour: Colour, ink: Colour | None = None, width: float = 2.0
    ) -> None:
        """A round dot."""
        self.fill(ellipse(x, y, radius, radius, steps=max(10, min(40, int(radius * 1.4)))), colour, ink, width)
