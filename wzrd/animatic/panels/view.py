"""The world through the camera, onto a canvas: faces, boxes and cut-outs, shaded by the key light, lost in haze."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

from wzrd.animatic.panels.brief.values import Colour, PanelBrief, Part
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix, wash
from wzrd.animatic.panels.viewpoint import NEAR, Camera, World
from wzrd.animatic.seeded import seeded
from wzrd.domain.film import Frame

Tone = float | Colour
"""A wash of the palette from 0 to 1, or a colour of its own."""
_HAZE = {"fog": 9.0, "snow": 22.0, "storm": 30.0, "rain": 28.0, "dust": 14.0, "heat": 50.0}


class View:
    """A camera over a canvas. Tones are washes of the scene's palette; ink gets thin and pale with distance."""

    def __init__(self, canvas: Canvas, camera: Camera, brief: PanelBrief, frame: Frame, *, inked: bool = True) -> None:
        self.canvas = canvas
        self.camera = camera
        self.brief = brief
        self.palette = brief.palette
        self.frame = frame
        self.inked = inked
        self.key = brief.air.key
        inside, haze = brief.air.inside, min((_HAZE.get(one, 70.0) for one in brief.air.weather), default=70.0)
        self._reach = 60.0 if inside else haze
        far = mix(self.palette.sky[1], wash(self.palette, 0.7), 0.35)
        self.haze = wash(self.palette, 0.4) if inside else far

    def unit(self, *where: object) -> float:
        """A number from 0 to 1 that belongs to a place in this set, the same in all its shots."""
        return seeded.unit(self.brief.stage.kind, *where)

    def colour(self, tone: Tone, depth: float = 0.0) -> Colour:
        """The colour of a tone at a distance."""
        plain = tone if isinstance(tone, tuple) else wash(self.palette, tone)
        lost = 1 - math.exp(-max(0.0, depth - self.camera.distance * 0.8) / self._reach)
        return mix(plain, self.haze, lost) if lost > 0.02 else plain

    def cloth(self, colour: Colour) -> Colour:
        """A colour on something large: it sinks into the scene's own washes, so that accents stay small."""
        return mix(colour, wash(self.palette, 0.42), 0.34)

    def ink(self, depth: float) -> tuple[Colour, float]:
        """The ink's colour and width at a distance."""
        lost = min(0.72, max(0.0, depth - self.camera.distance) / (self._reach * 0.8))
        return mix(self.palette.ramp[0], self.haze, lost), max(0.8, min(3.4, 9.0 / (depth + 1.5)))

    def face(self, corners: Sequence[World], tone: Tone, *, ink: bool = True, width: float = 1.0) -> None:
        """A flat polygon in the world, cut where it comes too near."""
        seen = _ahead([self.camera.seen(corner) for corner in corners])
        if len(seen) < 3:
            return
        depth = sum(point[2] for point in seen) / len(seen)
        placed = [self.camera.project(point) for point in seen]
        if not self._on_picture(placed):
            return
        line, thick = self.ink(depth)
        self.canvas.fill(placed, self.colour(tone, depth), line if ink and self.inked else None, thick * width)

    def path(self, points: Sequence[World], tone: Tone | None = None, width: float = 1.0) -> None:
        """Lines in the world, in ink or in a tone; `width` times the ink's."""
        for start, end in pairwise(points):
            seen = _segment(self.camera.seen(start), self.camera.seen(end))
            if seen is None:
                continue
            placed = [self.camera.project(point) for point in seen]
            if self._on_picture(placed):
                line, thick = self.ink((seen[0][2] + seen[1][2]) / 2)
                colour = line if tone is None else self.colour(tone, seen[0][2])
                self.canvas.line(placed, colour, thick * width)

    def _on_picture(self, placed: Sequence[Point]) -> bool:
        margin = 0.25 * self.frame.width if self.camera.roll else 4
        across = min(x for x, _ in placed) < self.frame.width + margin and max(x for x, _ in placed) > -margin
        return across and min(y for _, y in placed) < self.frame.height + margin and max(y for _, y in placed) > -margin

    def quad(
        self, part: Part, x0: float, y0: float, x1: float, y1: float, tone: Tone, *, out: float = 0.0, ink: bool = True
    ) -> None:
        """An upright rectangle in a part's own plane, `out` metres before it."""
        corners = [at(part, x, y, -out) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
        self.face(corners, tone, ink=ink)

    def flat(self, part: Part, points: Sequence[Point], tone: Tone, *, out: float = 0.0, ink: bool = True) -> None:
        """Any shape in a part's own plane."""
        self.face([at(part, x, y, -out) for x, y in points], tone, ink=ink)

    def box(
        self,
        part: Part,
        size: World,
        tone: float,
        *,
        corner: World = (0.0, 0.0, 0.0),
        colour: Colour | None = None,
        ink: bool = True,
    ) -> None:
        """A box of width, height, depth; its bottom's middle lies at `corner` in the part's own axes."""
        (w, h, d), (cx, cy, cz) = size, corner
        sides = (
            (((-1, 0, -1), (1, 0, -1), (1, 1, -1), (-1, 1, -1)), (0, 0, -1)),
            (((-1, 0, 1), (-1, 0, -1), (-1, 1, -1), (-1, 1, 1)), (-1, 0, 0)),
            (((1, 0, -1), (1, 0, 1), (1, 1, 1), (1, 1, -1)), (1, 0, 0)),
            (((1, 0, 1), (-1, 0, 1), (-1, 1, 1), (1, 1, 1)), (0, 0, 1)),
            (((-1, 1, -1), (1, 1, -1), (1, 1, 1), (-1, 1, 1)), (0, 1, 0)),
            (((-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)), (0, -1, 0)),
        )
        for corners, normal in sides:
            world = [at(part, cx + x * w / 2, cy + y * h, cz + z * d / 2) for x, y, z in corners]
            facing = _turned(part, normal)
            if self._shows(world[0], facing):
                light = self.light(facing)
                plain = (
                    mix(self.cloth(colour), wash(self.palette, 0.0 if light < 0 else 1.0), abs(light) * 1.8)
                    if colour
                    else tone + light
                )
                self.face(world, plain, ink=ink)

    def light(self, normal: World) -> float:
        """Change of a surface's brightness for the direction that it faces; positive is lighter."""
        return 0.13 * (normal[0] * self.key * 0.75 + normal[1] * 0.75 - normal[2] * 0.25)

    def _shows(self, point: World, normal: World) -> bool:
        eye = self.camera.eye
        return sum((eye[axis] - point[axis]) * normal[axis] for axis in range(3)) > 0

    def faces_camera(self, part: Part) -> bool:
        """True if the front of a wall's part is turned to the camera."""
        return self._shows((part.x, part.y, part.z), _turned(part, (0, 0, -1)))

    def shape(self, part: Part, points: Sequence[Point], tone: Tone, *, ink: bool = True) -> None:
        """A cut-out that always faces the camera: metres to the right and up from where the part stands."""
        x, y, scale = self.camera.picture((part.x, part.y, part.z))
        placed = [(x + u * scale, y - v * scale) for u, v in points]
        if scale and self._on_picture(placed):
            depth = self.camera.focal / scale
            line, thick = self.ink(depth)
            self.canvas.fill(placed, self.colour(tone, depth), line if ink and self.inked else None, thick)

    def stem(self, part: Part, points: Sequence[Point], tone: Tone | None = None, width: float = 0.03) -> None:
        """A line of a cut-out; `width` in metres."""
        x, y, scale = self.camera.picture((part.x, part.y, part.z))
        if scale:
            depth = self.camera.focal / scale
            colour = self.ink(depth)[0] if tone is None else self.colour(tone, depth)
            self.canvas.line([(x + u * scale, y - v * scale) for u, v in points], colour, max(1.0, width * scale))

    def round(
        self, part: Part, u: float, v: float, across: float, down: float, tone: Tone, *, ink: bool = True
    ) -> None:
        """An ellipse of a cut-out."""
        self.shape(part, ellipse(u, v, across, down, steps=20), tone, ink=ink)

    def pad(
        self, x: float, z: float, across: float, deep: float, tone: Tone, *, y: float = 0.0, ink: bool = False
    ) -> None:
        """An ellipse lying on the floor."""
        self.face([(px, y, pz) for px, pz in ellipse(x, z, across, deep, steps=22)], tone, ink=ink)


def at(part: Part, x: float, y: float, z: float) -> World:
    """A point given in a part's own axes: to its right as one faces it, up, into it."""
    turn = math.radians(part.turn)
    cosine, sine = math.cos(turn), math.sin(turn)
    return part.x + x * cosine - z * sine, part.y + y, part.z + x * sine + z * cosine


def _turned(part: Part, normal: tuple[float, float, float]) -> World:
    turn = math.radians(part.turn)
    cosine, sine = math.cos(turn), math.sin(turn)
    x, y, z = normal
    return x * cosine - z * sine, y, x * sine + z * cosine


def _ahead(seen: Sequence[World]) -> list[World]:
    """A polygon cut at the near plane."""
    found: list[World] = []
    for index, point in enumerate(seen):
        before = seen[index - 1]
        if (point[2] >= NEAR) != (before[2] >= NEAR):
            part = (NEAR - before[2]) / (point[2] - before[2])
            found.append((before[0] + (point[0] - before[0]) * part, before[1] + (point[1] - before[1]) * part, NEAR))
        if point[2] >= NEAR:
            found.append(point)
    return found


def _segment(start: World, end: World) -> tuple[World, World] | None:
    if start[2] < NEAR and end[2] < NEAR:
        return None
    if start[2] >= NEAR and end[2] >= NEAR:
        return start, end
    near, far = (start, end) if start[2] < NEAR else (end, start)
    part = (NEAR - near[2]) / (far[2] - near[2])
    return (near[0] + (far[0] - near[0]) * part, near[1] + (far[1] - near[1]) * part, NEAR), far


Draw = Callable[[View, Part], None]
"""Function that draws one part of a set."""
_Drawing = TypeVar("_Drawing", bound=Callable[..., None])


def named(*drawings: _Drawing) -> dict[str, _Drawing]:
    """Functions that draw, by what they draw: `_church_far` draws "church_far"."""
    return {drawing.__name__.removeprefix("_"): drawing for drawing in drawings}
