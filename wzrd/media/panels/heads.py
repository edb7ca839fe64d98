"""A head from any side, built as draughtsmen do: skull, jaw, hair and features as points in space, then turned.

Head's axes, in head heights: x to the figure's left, y down from the level of the eyes, z forward.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.domain.panels import Figure
from wzrd.domain.panels.brief import Colour
from wzrd.media.panels.canvas import Canvas, Point, ellipse, hull, mix, spline

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


@dataclass(frozen=True, slots=True)
class Head:
    """A head on a canvas: its middle in pixels, its height, where it is turned (0 to the camera, 90 right) and tilted up."""

    canvas: Canvas
    middle: Point
    size: float
    turn: float
    tilt: float
    paint: Paint
    key: int
    gaze: float = 0.0

    def spot(self, at: Spot) -> Point:
        """Where a point of the head falls."""
        x, y, z = at
        tilt, turn = math.radians(self.tilt), math.radians(self.turn)
        down, front = y * math.cos(tilt) - z * math.sin(tilt), z * math.cos(tilt) + y * math.sin(tilt)
        return (
            self.middle[0] + self.size * (x * math.cos(turn) + front * math.sin(turn)),
            self.middle[1] + self.size * down,
        )

    def spots(self, points: Sequence[Spot]) -> list[Point]:
        """Where points of the head fall."""
        return [self.spot(point) for point in points]

    @property
    def line(self) -> float:
        """The width of its ink."""
        return max(0.9, min(5.5, self.size * 0.011))

    @property
    def away(self) -> bool:
        """Whether its face is turned from the camera."""
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
        self.canvas.stroke(
            spline(self.spots(points), closed=False, steps=6),
            colour or self.paint.ink,
            max(1.0, width * self.size),
            start,
            end,
        )


def draw_head(head: Head, figure: Figure, *, before: bool) -> None:
    """One half of a head: `before` the neck and shoulders are drawn (hair that hangs behind), or all the rest."""
    if figure.look.shape == "robot":
        if not before:
            _robot(head)
        return
    if before:
        _hair_behind(head, figure)
        return
    _skull(head, figure)
    if not head.away:
        face = _face(head)
        _shade(head, face)
        if figure.look.beard:
            _beard(head)
        if head.size > 26:
            _features(head, figure)
        _fringe(head, figure)
    if figure.look.hat:
        _hat(head, figure.look.hat)


def _ball(grow: float = 1.0, bottom: float = 9.0, top: float = -9.0) -> list[Spot]:
    points: list[Spot] = []
    for level in (-1.0, -0.92, -0.7, -0.38, 0.0, 0.38, 0.7):
        y = -0.12 + 0.38 * level * grow
        if not top <= y <= bottom:
            continue
        wide = math.sqrt(max(0.0, 1 - level * level)) * grow
        points += [
            (0.345 * wide * math.cos(k * math.tau / 16), y, -0.02 + 0.42 * wide * math.sin(k * math.tau / 16))
            for k in range(16)
        ]
    return points


_FACE: list[Spot] = [
    (0.25, -0.27, 0.27), (-0.25, -0.27, 0.27), (0.0, -0.29, 0.37), (0.325, -0.1, 0.15), (-0.325, -0.1, 0.15), (0.325, 0.09, 0.17),
    (-0.325, 0.09, 0.17), (0.21, 0.1, 0.35), (-0.21, 0.1, 0.35), (0.262, 0.28, 0.06), (-0.262, 0.28, 0.06), (0.18, 0.41, 0.23),
    (-0.18, 0.41, 0.23), (0.085, 0.487, 0.32), (-0.085, 0.487, 0.32), (0.0, 0.5, 0.34), (0.1, 0.3, 0.41), (-0.1, 0.3, 0.41),
    (0.0, -0.08, 0.415),
]  # fmt: skip


def _skull(head: Head, figure: Figure) -> None:
    bald = figure.look.hair == "bald"
    colour = head.paint.skin if bald else head.paint.hair
    if figure.look.hair == "curly":
        outline = hull(head.spots(_ball(1.12)))
        for at, (x, y) in enumerate(outline[::2]):
            size = head.size * (0.115 + 0.03 * math.sin(at * 2.4))
            head.canvas.fill(ellipse(x, y, size, size, steps=14), colour, head.paint.ink, head.line)
    outline = head.shape(_ball(1.02 if bald or figure.look.hair == "crop" else 1.075), colour)
    if head.away:
        head.shape(
            [(0.2, 0.2, -0.2), (-0.2, 0.2, -0.2), (0.17, 0.4, -0.16), (-0.17, 0.4, -0.16)],
            head.paint.skin if bald else colour,
            ink=False,
        )
        for side in (-1, 1):
            _ear(head, side)
    _hair_light(head, outline, bald)


def _hair_light(head: Head, outline: list[Point], bald: bool) -> None:
    """A few strands of light on the side of the key light."""
    if head.size < 60 or bald or not outline:
        return
    left, right = min(x for x, _ in outline), max(x for x, _ in outline)
    top = min(y for _, y in outline)
    middle, half = (left + right) / 2, (right - left) / 2
    for step in range(5):
        reach = half * (0.86 - 0.13 * step) * head.key
        arc = [
            (
                middle + reach * math.sin(a),
                top + head.size * (0.05 + 0.02 * step) + head.size * 0.36 * (1 - math.cos(a)),
            )
            for a in (0.35, 0.65, 0.95, 1.25)
        ]
        head.canvas.stroke(spline(arc, closed=False), head.paint.hair_light, head.size * 0.02, 0.1, 0.1)


def _face(head: Head) -> list[Point]:
    nose = head.spots([(0, 0.0, 0.40), (0, 0.2, 0.535), (0, 0.235, 0.515), (0, 0.26, 0.42)])
    if abs(math.sin(math.radians(head.turn))) > 0.7:
        head.canvas.fill(spline([*nose, head.spot((0, 0.1, 0.2))], steps=4), head.paint.skin, head.paint.ink, head.line)
    outline = head.shape(_FACE, head.paint.skin)
    side = math.sin(math.radians(head.turn))
    for ear in (-1, 1):
        if ear * side < 0.22:
            _ear(head, ear)
    return outline


def _ear(head: Head, side: int) -> None:
    x, y = head.spot((side * 0.335, 0.07, -0.04))
    wide = head.size * (0.035 + 0.05 * abs(math.sin(math.radians(head.turn))))
    head.canvas.fill(ellipse(x, y, wide, head.size * 0.105, 6 * side), head.paint.skin, head.paint.ink, head.line)
    if head.size > 90:
        head.canvas.stroke(
            ellipse(x, y, wide * 0.5, head.size * 0.06, 6 * side, steps=12)[2:10],
            head.paint.skin_shade,
            head.size * 0.018,
        )


def _extent(outline: Sequence[Point], y: float) -> tuple[float, float] | None:
    hits = [
        ax + (bx - ax) * (y - ay) / (by - ay)
        for (ax, ay), (bx, by) in zip(outline, [*outline[1:], outline[0]], strict=True)
        if (ay <= y) != (by <= y)
    ]
    return (min(hits), max(hits)) if hits else None


def _shade(head: Head, outline: Sequence[Point]) -> None:
    """The side of the face away from the light, its edge running over brow, cheek and chin."""
    top, bottom = min(y for _, y in outline), max(y for _, y in outline)
    dark = -head.key
    edge: list[Point] = []
    rim: list[Point] = []
    turned = math.sin(math.radians(head.turn))
    for step in range(15):
        y = top + (bottom - top) * (0.02 + 0.96 * step / 14)
        found = _extent(outline, y)
        if found is None:
            continue
        part = (y - head.middle[1]) / head.size
        bend = 0.06 * math.sin((part + 0.2) * 9.0) - (0.10 if part > 0.2 else 0.0)
        middle = head.middle[0] + head.size * (0.34 * turned + dark * (0.10 - bend * 0.5))
        limit = found[1] if dark > 0 else found[0]
        edge.append((min(middle, limit) if dark > 0 else max(middle, limit), y))
        rim.append((limit, y))
    head.canvas.fill([*edge, *reversed(rim)], head.paint.skin_shade)


def _features(head: Head, figure: Figure) -> None:
    feeling = figure.feeling
    side = math.sin(math.radians(head.turn))
    for eye in (-1, 1):
        if eye * side < 0.86:
            _eye(head, eye, feeling)
    _nose(head)
    _mouth(head, feeling, speaks=figure.speaks)
    if figure.look.glasses:
        _glasses(head)


def _eye(head: Head, side: int, feeling: str) -> None:
    wide = 0.018 if feeling == "fear" else -0.012 if feeling in {"tired", "anger", "doubt"} else 0.0
    upper = [
        (side * 0.068, 0.014, 0.375),
        (side * 0.115, -0.032 - wide, 0.385),
        (side * 0.178, -0.036 - wide, 0.355),
        (side * 0.238, 0.004, 0.295),
    ]
    lower = [(side * 0.19, 0.032 + wide / 2, 0.345), (side * 0.12, 0.036 + wide / 2, 0.378)]
    brow = {
        "anger": (0.035, -0.03),
        "grief": (-0.05, 0.02),
        "fear": (-0.06, -0.02),
        "doubt": (0.02 if side > 0 else -0.05, -0.02),
        "joy": (-0.02, 0.0),
    }.get(feeling, (0.0, 0.0))
    arch = [
        (side * 0.055, -0.092 + brow[0], 0.41),
        (side * 0.14, -0.128 + brow[0] * 0.4, 0.395),
        (side * 0.205, -0.125 + brow[1] * 0.6, 0.35),
        (side * 0.265, -0.082 + brow[1], 0.27),
    ]
    if head.size < 75:
        head.stroke(upper, 0.05)
        head.stroke(arch, 0.035, head.paint.hair)
        return
    top, low = (
        spline(head.spots(upper), closed=False, steps=6),
        spline(head.spots([upper[3], *lower, upper[0]]), closed=False, steps=5),
    )
    socket = spline(
        head.spots(
            [
                (side * 0.05, -0.04, 0.4),
                (side * 0.13, -0.09, 0.39),
                (side * 0.25, -0.05, 0.3),
                (side * 0.24, 0.05, 0.3),
                (side * 0.12, 0.07, 0.37),
            ]
        )
    )
    head.canvas.fill(socket, mix(head.paint.skin_shade, head.paint.skin, 0.35))
    head.canvas.fill([*top, *low], head.paint.white)
    _iris(head, side, top, low)
    head.canvas.stroke(top, head.paint.ink, head.size * 0.034, 0.35, 0.45)
    head.canvas.stroke(low, mix(head.paint.ink, head.paint.skin_shade, 0.4), head.size * 0.011)
    head.stroke([(x, y - 0.034, z) for x, y, z in upper], 0.011, mix(head.paint.ink, head.paint.skin_shade, 0.35))
    if head.size > 420:
        _lashes(head, side, top, arch)
    else:
        head.stroke(arch, 0.05, mix(head.paint.hair, head.paint.ink, 0.5), 0.5, 0.1)
    if feeling in {"tired", "grief"} or head.size > 300:
        head.stroke(
            [(side * 0.08, 0.08, 0.39), (side * 0.14, 0.095, 0.38), (side * 0.2, 0.075, 0.34)],
            0.012,
            head.paint.skin_shade,
        )


def _iris(head: Head, side: int, top: Sequence[Point], low: Sequence[Point]) -> None:
    x, y = head.spot((side * 0.15 + 0.0, 0.0, 0.37))
    squeeze = 0.45 + 0.55 * abs(math.cos(math.radians(head.turn) - side * 0.35))
    x += head.gaze * head.size * 0.034
    size = head.size * 0.045
    ring = ellipse(x, y, size * squeeze, size, steps=30)
    head.canvas.fill(_between_lids(ring, top, low), mix(head.paint.dark, head.paint.glow, 0.34))
    if head.size > 300:
        head.canvas.fill(
            _between_lids(ellipse(x, y + size * 0.25, size * 0.7 * squeeze, size * 0.6, steps=24), top, low),
            mix(head.paint.dark, head.paint.glow, 0.62),
        )
    head.canvas.fill(
        _between_lids(ellipse(x, y, size * 0.48 * squeeze, size * 0.5, steps=20), top, low), head.paint.dark
    )
    head.canvas.disc(x + head.key * size * 0.34, y - size * 0.34, max(1.0, size * 0.24), (255, 255, 255))
    if head.size > 420:
        shadow = [*top, *[(px, py + head.size * 0.016) for px, py in reversed(top)]]
        head.canvas.fill(shadow, mix(head.paint.white, head.paint.ink, 0.5))


def _between_lids(ring: Sequence[Point], top: Sequence[Point], low: Sequence[Point]) -> list[Point]:
    return [(x, min(max(y, _level(top, x)), _level(low, x))) for x, y in ring]


def _level(curve: Sequence[Point], x: float) -> float:
    ordered = sorted(curve)
    if x <= ordered[0][0]:
        return ordered[0][1]
    for (ax, ay), (bx, by) in zip(ordered, ordered[1:], strict=False):
        if ax <= x <= bx:
            return ay if bx == ax else ay + (by - ay) * (x - ax) / (bx - ax)
    return ordered[-1][1]


def _lashes(head: Head, side: int, top: Sequence[Point], arch: Sequence[Spot]) -> None:
    """What only an extreme close-up shows: lashes, and a brow of single hairs."""
    outwards = 1 if head.spot((side * 0.3, 0, 0.3))[0] > head.spot((0, 0, 0.4))[0] else -1
    for step in range(4, len(top), 2):
        x, y = top[step]
        part = step / len(top)
        head.canvas.stroke(
            [
                (x, y),
                (x + outwards * head.size * 0.012 * part, y - head.size * 0.02),
                (x + outwards * head.size * 0.04 * part, y - head.size * 0.036),
            ],
            head.paint.ink,
            head.size * 0.008,
            0.9,
            0.1,
        )
    line = spline(head.spots(arch), closed=False, steps=12)
    head.canvas.stroke(line, mix(head.paint.hair, head.paint.skin_shade, 0.35), head.size * 0.05, 0.5, 0.1)
    for step, (x, y) in enumerate(line[:-2]):
        lift = head.size * (0.022 + 0.012 * ((step * 7) % 5) / 5)
        head.canvas.stroke(
            [
                (x, y + head.size * 0.018),
                (x + outwards * lift * 0.8, y - lift * 0.3),
                (x + outwards * lift * 1.7, y - lift),
            ],
            mix(head.paint.hair, head.paint.ink, 0.6),
            head.size * 0.011,
            0.8,
            0.1,
        )


def _nose(head: Head) -> None:
    turned = math.sin(math.radians(head.turn))
    side = 1 if turned > 0 else -1
    if head.size < 60:
        head.stroke([(0, 0.08, 0.47), (0, 0.2, 0.53), (-side * 0.05, 0.235, 0.45)], 0.03)
        return
    shade = head.key if abs(turned) < 0.2 else side
    under = [(-0.07, 0.225, 0.42), (0, 0.255, 0.46), (0.07, 0.225, 0.42), (0, 0.205, 0.53)]
    head.canvas.fill(spline(head.spots(under), steps=4), head.paint.skin_shade)
    if abs(turned) > 0.18:
        head.stroke(
            [
                (side * 0.045, -0.03, 0.40),
                (side * 0.03, 0.07, 0.46),
                (side * 0.02, 0.15, 0.52),
                (0, 0.2, 0.54),
                (-side * 0.01, 0.235, 0.50),
            ],
            0.019,
            None,
            0.1,
            0.6,
        )
    else:
        head.canvas.fill(
            head.spots([(-shade * 0.035, -0.02, 0.41), (-shade * 0.06, 0.19, 0.45), (0, 0.2, 0.53)]),
            mix(head.paint.skin_shade, head.paint.skin, 0.3),
        )
    head.stroke(
        [
            (0.02 * side, 0.245, 0.50),
            (-side * 0.03, 0.25, 0.47),
            (-side * 0.075, 0.225, 0.42),
            (-side * 0.082, 0.19, 0.41),
        ],
        0.02,
        None,
        0.5,
        0.1,
    )


def _mouth(head: Head, feeling: str, *, speaks: bool) -> None:
    lift = {"joy": -0.04, "grief": 0.03, "anger": 0.02, "fear": 0.012, "tired": 0.012}.get(feeling, 0.0)
    wide = 0.13 if feeling == "joy" else 0.108
    line = [
        (-wide, 0.325 + lift, 0.345),
        (-0.05, 0.322, 0.415),
        (0, 0.328, 0.43),
        (0.05, 0.322, 0.415),
        (wide, 0.325 + lift, 0.345),
    ]
    if speaks or feeling in {"fear", "anger"}:
        drop = 0.052 if speaks else 0.035
        mouth = [*line, (0.06, 0.355 + drop, 0.40), (0, 0.362 + drop, 0.415), (-0.06, 0.355 + drop, 0.40)]
        head.canvas.fill(
            spline(head.spots(mouth), steps=4), mix(head.paint.ink, (96, 24, 24), 0.4), head.paint.ink, head.line * 0.8
        )
        if head.size > 90:
            teeth = [
                (-0.07, 0.328, 0.40),
                (0, 0.333, 0.43),
                (0.07, 0.328, 0.40),
                (0.055, 0.35, 0.41),
                (-0.055, 0.35, 0.41),
            ]
            head.canvas.fill(head.spots(teeth), head.paint.white)
    else:
        head.stroke(line, 0.021, None, 0.3, 0.3)
    if head.size > 75:
        low = 0.06 if speaks else 0.0
        lip = [(-0.06, 0.312, 0.40), (-0.02, 0.296, 0.43), (0.02, 0.296, 0.43), (0.06, 0.312, 0.40), (0, 0.32, 0.43)]
        head.canvas.fill(spline(head.spots(lip), steps=4), mix(head.paint.skin_shade, (150, 60, 56), 0.22))
        head.stroke(
            [(-0.05, 0.376 + low, 0.395), (0, 0.388 + low, 0.41), (0.05, 0.376 + low, 0.395)],
            0.024,
            head.paint.skin_shade,
        )


def _glasses(head: Head) -> None:
    width = max(1.4, head.size * 0.016)
    turned = math.sin(math.radians(head.turn))
    for side in (-1, 1):
        if side * turned > 0.86:
            continue
        ring = head.spots(
            [
                (side * 0.04, -0.03, 0.43),
                (side * 0.1, -0.075, 0.435),
                (side * 0.22, -0.075, 0.385),
                (side * 0.28, -0.02, 0.33),
                (side * 0.25, 0.07, 0.35),
                (side * 0.15, 0.1, 0.41),
                (side * 0.06, 0.06, 0.43),
            ]
        )
        curve = spline(ring, steps=4)
        head.canvas.line([*curve, curve[0]], head.paint.ink, width)
        if side * turned < 0.25:
            head.canvas.line(head.spots([(side * 0.28, -0.02, 0.33), (side * 0.345, 0.0, 0.0)]), head.paint.ink, width)
    head.canvas.line(head.spots([(-0.04, -0.02, 0.44), (0, -0.035, 0.46), (0.04, -0.02, 0.44)]), head.paint.ink, width)


def _beard(head: Head) -> None:
    colour = mix(head.paint.hair, head.paint.skin_shade, 0.12)
    head.shape(
        [
            (0.3, 0.1, 0.1),
            (-0.3, 0.1, 0.1),
            (0.285, 0.32, 0.07),
            (-0.285, 0.32, 0.07),
            (0.2, 0.47, 0.24),
            (-0.2, 0.47, 0.24),
            (0.06, 0.56, 0.35),
            (-0.06, 0.56, 0.35),
            (0.17, 0.27, 0.38),
            (-0.17, 0.27, 0.38),
            (0, 0.4, 0.44),
        ],
        colour,
    )
    bare = [
        (0.24, 0.02, 0.3),
        (0.2, 0.19, 0.37),
        (0.1, 0.245, 0.42),
        (0, 0.24, 0.44),
        (-0.1, 0.245, 0.42),
        (-0.2, 0.19, 0.37),
        (-0.24, 0.02, 0.3),
    ]
    head.canvas.fill(spline(head.spots(bare), steps=4), head.paint.skin)


def _hair_behind(head: Head, figure: Figure) -> None:
    style = figure.look.hair
    hangs = {"bob": 0.36, "long": 0.92}.get(style)
    if hangs:
        points: list[Spot] = [
            (side * x, y, z)
            for side in (-1, 1)
            for x, y, z in ((0.36, -0.2, 0.05), (0.405, 0.1, 0.05), (0.41, hangs - 0.06, 0.02), (0.36, hangs, -0.2))
        ]
        head.shape([*points, (0.0, hangs, -0.42), (0.0, -0.1, -0.46)], head.paint.hair)
    elif style == "bun":
        x, y = head.spot((0, -0.36, -0.44))
        head.canvas.disc(x, y, head.size * 0.17, head.paint.hair, head.paint.ink, head.line)
    elif style == "ponytail":
        tail = [
            (0.0, -0.22, -0.44),
            (0.05, -0.1, -0.58),
            (0.06, 0.3, -0.62),
            (0.0, 0.62, -0.52),
            (-0.05, 0.2, -0.5),
            (-0.04, -0.08, -0.44),
        ]
        head.canvas.fill(spline(head.spots(tail)), head.paint.hair, head.paint.ink, head.line)


def _fringe(head: Head, figure: Figure) -> None:
    style = figure.look.hair
    if figure.look.hat in {"beanie", "hood", "helmet", "cook"}:
        return
    shapes: dict[str, list[Spot]] = {
        "parted": [(-0.3, -0.06, 0.17), (-0.3, -0.2, 0.22), (-0.12, -0.3, 0.36), (0.1, -0.34, 0.34), (0.3, -0.2, 0.2), (0.34, -0.02, 0.1), (0.2, -0.42, 0.2), (-0.22, -0.44, 0.18)],
        "short": [(-0.29, -0.12, 0.2), (-0.2, -0.24, 0.32), (-0.1, -0.2, 0.38), (0.02, -0.25, 0.385), (0.12, -0.2, 0.37), (0.24, -0.24, 0.29), (0.3, -0.12, 0.18), (0.24, -0.42, 0.18), (-0.24, -0.42, 0.18)],
        "bob": [(-0.33, 0.02, 0.16), (-0.28, -0.12, 0.26), (-0.1, -0.15, 0.40), (0.1, -0.15, 0.40), (0.28, -0.12, 0.26), (0.33, 0.02, 0.16), (0.28, -0.42, 0.14), (-0.28, -0.42, 0.14)],
        "long": [(-0.34, 0.3, 0.1), (-0.3, -0.1, 0.24), (-0.08, -0.33, 0.34), (0.06, -0.36, 0.32), (0.3, -0.1, 0.24), (0.34, 0.3, 0.1), (0.34, -0.2, 0.05), (0.2, -0.44, 0.14), (-0.2, -0.44, 0.14), (-0.34, -0.2, 0.05)],
        "bun": [(-0.32, 0.0, 0.12), (-0.22, -0.24, 0.28), (0, -0.31, 0.37), (0.22, -0.24, 0.28), (0.32, 0.0, 0.12), (0.24, -0.42, 0.16), (-0.24, -0.42, 0.16)],
    }  # fmt: skip
    points = shapes.get({"ponytail": "bun", "curly": "short"}.get(style, style))
    if points:
        head.canvas.fill(spline(head.spots(points), steps=4), head.paint.hair)
        front = head.spots(points[: 7 if style != "bun" else 5])
        head.canvas.line(spline(front, closed=False, steps=4)[2:-2], head.paint.ink, head.line * 0.8)


def _ring(y: float, wide: float, deep: float, shift: float = 0.0) -> list[Spot]:
    return [(wide * math.cos(k * math.tau / 20), y, deep * math.sin(k * math.tau / 20) + shift) for k in range(20)]


def _hat(head: Head, hat: str) -> None:
    cloth, band = head.paint.coat_shade, head.paint.glow
    if hat == "brim":
        head.shape([*_ring(-0.25, 0.6, 0.66), *_ring(-0.29, 0.58, 0.64)], cloth)
        head.shape([*_ring(-0.29, 0.37, 0.44), *_ring(-0.52, 0.33, 0.4), *_ring(-0.66, 0.22, 0.3)], cloth)
        head.shape([*_ring(-0.29, 0.375, 0.445), *_ring(-0.37, 0.365, 0.435)], band)
    elif hat in {"beanie", "hood"}:
        if hat == "hood":
            _hood(head)
            return
        head.shape(_ball(1.16, bottom=-0.2), cloth)
        head.shape(
            [*_ring(-0.17, 0.38, 0.455, -0.02), *_ring(-0.31, 0.37, 0.445, -0.02)],
            mix(cloth, head.paint.coat_light, 0.4),
        )
    elif hat == "cap":
        head.shape(_ball(1.12, bottom=-0.22), cloth)
        head.shape(
            [
                (-0.27, -0.2, 0.34),
                (0.27, -0.2, 0.34),
                (0.2, -0.17, 0.66),
                (-0.2, -0.17, 0.66),
                (0, -0.17, 0.7),
                (0, -0.25, 0.44),
            ],
            head.paint.dark,
        )
        head.shape([*_ring(-0.2, 0.37, 0.44, -0.02), *_ring(-0.28, 0.37, 0.44, -0.02)], band)
    elif hat == "crown":
        spikes = [
            (0.36 * math.cos(a), -0.28 - (0.26 if k % 2 else 0.1), 0.43 * math.sin(a))
            for k, a in enumerate(j * math.pi / 8 for j in range(9))
        ]
        head.canvas.fill(
            [*head.spots(spikes), *head.spots([(-0.36, -0.22, 0.05), (0, -0.22, 0.44), (0.36, -0.22, 0.05)])],
            (226, 184, 84),
            head.paint.ink,
            head.line,
        )
    elif hat == "cook":
        head.shape([*_ring(-0.24, 0.37, 0.44), *_ring(-0.5, 0.36, 0.43)], head.paint.white)
        head.shape([*_ring(-0.48, 0.44, 0.5), *_ring(-0.72, 0.46, 0.5), *_ring(-0.84, 0.3, 0.34)], head.paint.white)
    elif hat == "helmet":
        x, y = head.middle
        ring = ellipse(x, y - head.size * 0.02, head.size * 0.66, head.size * 0.7)
        head.canvas.line([*ring, ring[0]], head.paint.white, head.size * 0.05)
        head.canvas.stroke(ring[13:20], (255, 255, 255), head.size * 0.05)
    elif hat == "headphones":
        _headphones(head)


def _headphones(head: Head) -> None:
    arc = [
        (0.39 * math.cos(a), -0.12 - 0.42 * math.sin(a), -0.03)
        for a in (0.1, 0.5, 0.9, 1.3, 1.57, 1.84, 2.24, 2.64, 3.04)
    ]
    head.canvas.line(spline(head.spots(arc), closed=False), head.paint.dark, head.size * 0.05)
    turned = math.sin(math.radians(head.turn))
    for side in (-1, 1):
        if side * turned < 0.3:
            x, y = head.spot((side * 0.39, 0.05, -0.03))
            wide = head.size * (0.07 + 0.08 * abs(turned))
            head.canvas.fill(ellipse(x, y, wide, head.size * 0.15), head.paint.dark, head.paint.ink, head.line)
            head.canvas.fill(ellipse(x, y, wide * 0.55, head.size * 0.09), head.paint.glow)


def _hood(head: Head) -> None:
    back = spline(hull(head.spots([*_ball(1.3), (0.42, 0.5, -0.1), (-0.42, 0.5, -0.1), (0, 0.55, -0.35)])), steps=4)
    if head.away:
        head.canvas.fill(back, head.paint.coat, head.paint.ink, head.line)
        return
    turned = math.sin(math.radians(head.turn))
    inner = [
        (x * 1.02, y, z)
        for x, y, z in (
            (0.33, 0.46, 0.16),
            (0.36, 0.1, 0.2),
            (0.3, -0.24, 0.28),
            (0, -0.36, 0.36),
            (-0.3, -0.24, 0.28),
            (-0.36, 0.1, 0.2),
            (-0.33, 0.46, 0.16),
        )
    ]
    edge = spline(head.spots(inner), closed=False)
    head.canvas.line(edge, head.paint.coat, head.size * 0.15)
    head.canvas.line(edge, head.paint.coat_shade, head.size * 0.03)
    del turned


def _robot(head: Head) -> None:
    paint = head.paint
    metal = mix(paint.coat_light, (206, 204, 196), 0.5)
    head.canvas.line(head.spots([(0.12, -0.4, 0), (0.12, -0.66, 0)]), paint.ink, head.size * 0.03)
    x, y = head.spot((0.12, -0.68, 0))
    head.canvas.disc(x, y, head.size * 0.045, paint.glow, paint.ink, head.line)
    box = [(a, b, c) for a in (-0.34, 0.34) for b in (-0.42, 0.4) for c in (-0.32, 0.34)]
    outline = head.shape(box, metal, smooth=False)
    _shade_flat(head, outline, mix(metal, paint.ink, 0.42))
    if head.away:
        return
    visor = [(-0.28, -0.2, 0.35), (0.28, -0.2, 0.35), (0.28, 0.06, 0.35), (-0.28, 0.06, 0.35)]
    head.canvas.fill(head.spots(visor), paint.dark, paint.ink, head.line)
    for side in (-1, 1):
        x, y = head.spot((side * 0.13, -0.07, 0.36))
        head.canvas.disc(x + head.gaze * head.size * 0.02, y, head.size * 0.075, mix(paint.glow, (255, 255, 255), 0.25))
        head.canvas.disc(x + head.gaze * head.size * 0.02, y, head.size * 0.032, (255, 255, 255))
    for step in range(5):
        x0 = -0.2 + step * 0.1
        head.canvas.line(head.spots([(x0, 0.2, 0.35), (x0, 0.32, 0.35)]), paint.ink, head.line * 1.4)
    for a, b in ((-0.28, -0.35), (0.28, -0.35), (-0.28, 0.34), (0.28, 0.34)):
        x, y = head.spot((a, b, 0.35))
        head.canvas.disc(x, y, head.size * 0.02, mix(metal, paint.ink, 0.6))


def _shade_flat(head: Head, outline: Sequence[Point], colour: Colour) -> None:
    """The side of the box that is away from its front."""
    turned = math.sin(math.radians(head.turn))
    if abs(turned) < 0.12 or head.away:
        return
    side = -1 if turned > 0 else 1
    wall = [(side * 0.34, y, z) for y, z in ((-0.42, 0.34), (-0.42, -0.32), (0.4, -0.32), (0.4, 0.34))]
    head.canvas.fill(head.spots(wall), colour, head.paint.ink, head.line)
    del outline
