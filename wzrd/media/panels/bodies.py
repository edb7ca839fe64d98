"""Figures: a skeleton posed in space, turned to the camera, dressed and shaded; proportions of seven and a half heads.

Joints in metres of a figure of 1.75: to the figure's left, up from the floor, forward.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.domain.panels import Figure
from wzrd.domain.panels.brief import Colour
from wzrd.media.panels.canvas import Canvas, Point, capsule, cut, ellipse, mix, spline, wash
from wzrd.media.panels.heads import Head, Paint, draw_head
from wzrd.media.panels.view import View

Joint = tuple[float, float, float]
USUAL = 1.75
_HEAD = 0.236  # metres

_STAND: dict[str, Joint] = {
    "pelvis": (0, 0.95, 0), "chest": (0, 1.34, 0), "neck": (0, 1.47, 0.01), "head": (0, 1.632, 0.025),
    "shoulder": (0.185, 1.415, 0), "elbow": (0.25, 1.14, -0.03), "hand": (0.235, 0.885, 0.07),
    "hip": (0.09, 0.93, 0), "knee": (0.105, 0.5, 0.03), "foot": (0.12, 0.07, -0.02),
    "elbow2": (-0.25, 1.14, -0.02), "hand2": (-0.235, 0.885, 0.08), "knee2": (-0.105, 0.5, 0.05), "foot2": (-0.13, 0.07, 0.04),
}  # fmt: skip
_POSES: dict[str, dict[str, Joint]] = {
    "walk": {"elbow": (0.24, 1.15, -0.16), "hand": (0.22, 0.95, -0.1), "elbow2": (-0.24, 1.15, 0.1), "hand2": (-0.2, 0.98, 0.28), "knee": (0.09, 0.52, 0.22), "foot": (0.09, 0.08, 0.34), "knee2": (-0.09, 0.5, -0.06), "foot2": (-0.09, 0.12, -0.36)},
    "run": {"pelvis": (0, 0.92, 0), "chest": (0, 1.29, 0.14), "neck": (0, 1.41, 0.22), "head": (0, 1.55, 0.3), "shoulder": (0.18, 1.36, 0.17), "elbow": (0.25, 1.2, -0.12), "hand": (0.2, 1.02, 0.02), "elbow2": (-0.25, 1.14, 0.3), "hand2": (-0.16, 1.3, 0.46), "knee": (0.09, 0.72, 0.4), "foot": (0.09, 0.34, 0.26), "knee2": (-0.09, 0.52, -0.1), "foot2": (-0.09, 0.36, -0.5)},
    "sit": {"pelvis": (0, 0.52, -0.05), "chest": (0, 0.92, -0.06), "neck": (0, 1.05, -0.03), "head": (0, 1.212, 0.0), "shoulder": (0.185, 0.995, -0.05), "elbow": (0.25, 0.74, 0.04), "hand": (0.14, 0.64, 0.3), "hip": (0.1, 0.5, 0), "knee": (0.13, 0.52, 0.44), "foot": (0.13, 0.07, 0.46), "elbow2": (-0.25, 0.74, 0.04), "hand2": (-0.12, 0.64, 0.32), "knee2": (-0.13, 0.52, 0.42), "foot2": (-0.15, 0.07, 0.36)},
    "kneel": {"pelvis": (0, 0.52, 0), "chest": (0, 0.9, 0.12), "neck": (0, 1.01, 0.2), "head": (0, 1.13, 0.29), "shoulder": (0.185, 0.97, 0.15), "elbow": (0.24, 0.72, 0.24), "hand": (0.1, 0.6, 0.46), "hip": (0.1, 0.5, 0), "knee": (0.13, 0.5, 0.38), "foot": (0.12, 0.07, 0.36), "elbow2": (-0.24, 0.72, 0.24), "hand2": (-0.08, 0.56, 0.48), "knee2": (-0.12, 0.08, 0.1), "foot2": (-0.12, 0.1, -0.34)},
    "lie": {"pelvis": (0, 0.16, 0), "chest": (0, 0.18, -0.4), "neck": (0, 0.19, -0.55), "head": (0, 0.22, -0.7), "shoulder": (0.18, 0.2, -0.47), "elbow": (0.26, 0.12, -0.2), "hand": (0.2, 0.12, 0.06), "hip": (0.09, 0.15, 0), "knee": (0.1, 0.2, 0.42), "foot": (0.12, 0.1, 0.84), "elbow2": (-0.26, 0.12, -0.2), "hand2": (-0.2, 0.12, 0.06), "knee2": (-0.1, 0.26, 0.4), "foot2": (-0.12, 0.1, 0.8)},
    "point": {"elbow": (0.22, 1.38, 0.26), "hand": (0.18, 1.42, 0.54)},
    "phone": {"elbow2": (-0.28, 1.18, 0.12), "hand2": (-0.135, 1.56, 0.08)},
    "reach": {"elbow": (0.24, 1.18, 0.18), "hand": (0.13, 1.16, 0.45), "elbow2": (-0.25, 1.16, 0.1), "hand2": (-0.13, 1.06, 0.36)},
    "hold": {"elbow": (0.26, 1.13, 0.06), "hand": (0.075, 1.14, 0.30), "elbow2": (-0.26, 1.13, 0.06), "hand2": (-0.075, 1.11, 0.30)},
    "look_down": {"head": (0, 1.62, 0.055), "elbow": (0.26, 1.13, 0.06), "hand": (0.085, 1.16, 0.31), "elbow2": (-0.26, 1.13, 0.06), "hand2": (-0.085, 1.16, 0.31)},
    "arms_up": {"elbow": (0.36, 1.5, 0.06), "hand": (0.34, 1.78, 0.12), "elbow2": (-0.36, 1.48, 0.06), "hand2": (-0.36, 1.76, 0.12)},
    "lean": {"pelvis": (0.03, 0.94, -0.05), "elbow": (0.27, 1.13, 0.02), "hand": (0.12, 1.0, 0.2), "elbow2": (-0.27, 1.15, -0.06), "hand2": (-0.24, 0.93, -0.12), "knee2": (-0.1, 0.52, 0.2), "foot2": (-0.05, 0.07, 0.24)},
    "fold": {"elbow": (0.265, 1.13, 0.05), "hand": (-0.1, 1.2, 0.21), "elbow2": (-0.265, 1.13, 0.05), "hand2": (0.1, 1.15, 0.23)},
    "carry": {"elbow": (0.25, 1.13, -0.03), "hand": (0.26, 0.86, 0.02), "elbow2": (-0.25, 1.14, 0.0), "hand2": (-0.22, 0.9, 0.1)},
}  # fmt: skip


def joints_of(pose: str) -> dict[str, Joint]:
    """The joints of a pose; the right side mirrors the left where the pose says nothing of it."""
    joints = {**_STAND, **_POSES.get(pose, {})}
    for name in ("shoulder", "hip"):
        x, y, z = joints[name]
        joints[name + "2"] = (-x, y, z)
    return joints


def tinted(view: View, colour: Colour, light: float) -> Colour:
    """A colour as it looks in this scene: its light takes the lamp's or the sky's, its shadow the ink's."""
    night = view.brief.air.time == "night"
    if light >= 0:
        base = mix(colour, wash(view.palette, 0.72 if not night else 0.52), 0.20 if not night else 0.30)
        return mix(base, wash(view.palette, 1.0), light)
    return mix(mix(colour, view.palette.ramp[1], 0.36), view.palette.ramp[0], -light)


def paint_of(view: View, figure: Figure) -> Paint:
    """The colours of somebody in this scene's light."""
    look = figure.look
    skin = mix((74, 48, 38), view.palette.skin, look.skin)
    if max(view.palette.skin) - min(view.palette.skin) < 24:
        skin = mix((62, 61, 60), view.palette.skin, look.skin)
    grey = round(255 * look.hair_tone)
    hair = (min(255, round(grey * 1.12) + 10), grey + 4, round(grey * 0.88) + 4)
    return Paint(
        ink=view.palette.ramp[0],
        skin=tinted(view, skin, 0.06),
        skin_shade=tinted(view, skin, -0.12),
        hair=tinted(view, hair, -0.05),
        hair_light=tinted(view, mix(hair, view.palette.lamp, 0.3), 0.12),
        coat=tinted(view, look.coat, 0.0),
        coat_shade=tinted(view, look.coat, -0.28),
        coat_light=tinted(view, look.coat, 0.24),
        dark=mix(view.palette.ramp[0], (14, 13, 14), 0.4),
        white=mix(wash(view.palette, 0.97), (255, 255, 255), 0.3),
        glow=view.palette.accent,
    )


@dataclass(frozen=True, slots=True)
class _Body:
    """A figure placed in the picture."""

    canvas: Canvas
    foot: Point
    scale: float  # pixels a metre of the usual figure
    turn: float
    paint: Paint
    key: int
    joints: dict[str, Joint]
    girth: float

    def spot(self, at: Joint) -> Point:
        turn = math.radians(self.turn)
        return self.foot[0] + self.scale * (at[2] * math.sin(turn) + at[0] * math.cos(turn)), self.foot[
            1
        ] - self.scale * at[1]

    def joint(self, name: str) -> Point:
        return self.spot(self.joints[name])

    def depth(self, name: str) -> float:
        x, _, z = self.joints[name]
        turn = math.radians(self.turn)
        return -z * math.cos(turn) + x * math.sin(turn)

    @property
    def line(self) -> float:
        return max(0.8, min(5.0, self.scale * 0.0031))


def draw_figure(view: View, canvas: Canvas, figure: Figure) -> None:
    """Somebody where they stand, feet to hat."""
    x, y, scale = view.camera.picture((figure.x, 0.0, figure.z))
    if not scale:
        return
    pose = figure.pose if figure.pose in _POSES else "stand"
    if pose == "stand" and figure.thing:
        pose = "carry" if figure.thing in {"suitcase", "umbrella"} else "hold"
    turn = figure.facing + math.degrees(view.camera.yaw)
    joints = joints_of(pose)
    small = figure.look.height < 1.4
    own = scale * figure.look.height / USUAL
    body = _Body(canvas, (x, y), own, turn, paint_of(view, figure), view.key, joints, figure.look.girth)
    tilt = math.degrees(view.camera.pitch) * 0.9 + {"look_down": -20, "kneel": -18, "arms_up": 8}.get(pose, 0)
    head = Head(
        canvas,
        body.joint("head"),
        _HEAD * own * (1.22 if small else 1.0),
        turn,
        tilt,
        body.paint,
        view.key,
        _gaze(turn),
    )
    shadow = ellipse(x, y, 0.34 * own, 0.07 * own)
    canvas.fill(shadow, mix(view.palette.ramp[0], view.palette.ramp[1], 0.5))
    draw_head(head, figure, before=True)
    _legs(body, figure)
    arms = sorted(("", "2"), key=lambda side: -body.depth("elbow" + side))
    behind = [side for side in arms if body.depth("elbow" + side) > 0.03 or math.cos(math.radians(turn)) < -0.3]
    for side in behind:
        _arm(body, figure, side)
    _neck(body, head, figure)
    _torso(body, figure)
    draw_head(head, figure, before=False)
    _held(view, body, figure)
    for side in arms:
        if side not in behind:
            _arm(body, figure, side)


def _gaze(turn: float) -> float:
    """Eyes go on to the one who is looked at, beyond where the head is turned."""
    return 0.75 if 8 < turn < 80 else -0.75 if -80 < turn < -8 else 0.0


def _limb(body: _Body, names: Sequence[str], radii: Sequence[float], colour: Colour, shade: Colour) -> None:
    pieces = [
        capsule(
            body.joint(first),
            body.joint(second),
            radii[at] * body.scale * body.girth,
            radii[at + 1] * body.scale * body.girth,
        )
        for at, (first, second) in enumerate(zip(names, names[1:], strict=False))
    ]
    for piece in pieces:
        body.canvas.fill(piece, colour, body.paint.ink, body.line * 1.7)
    for piece in pieces:
        body.canvas.fill(piece, colour)
        middle = sum(x for x, _ in piece) / len(piece)
        wide = max(x for x, _ in piece) - min(x for x, _ in piece)
        body.canvas.fill(cut(piece, middle - body.key * wide * 0.12, -body.key), shade)


def _legs(body: _Body, figure: Figure) -> None:
    trousers = mix(body.paint.coat_shade, body.paint.dark, 0.45)
    shade = mix(trousers, body.paint.ink, 0.45)
    if figure.look.shape == "robot":
        trousers, shade = mix(body.paint.coat, (190, 188, 180), 0.4), mix(body.paint.coat_shade, body.paint.ink, 0.3)
    for side in sorted(("", "2"), key=lambda one: -body.depth("knee" + one)):
        _shoe(body, side)
        _limb(body, ["hip" + side, "knee" + side, "foot" + side], [0.092, 0.066, 0.045], trousers, shade)


def _shoe(body: _Body, side: str) -> None:
    x, y, z = body.joints["foot" + side]
    heel, toe = body.spot((x, max(0.0, y - 0.07), z - 0.07)), body.spot((x, max(0.0, y - 0.07), z + 0.17))
    lift = body.scale * 0.055
    wide = body.scale * 0.05
    points = [
        (heel[0] - wide * 0.8, heel[1]),
        (heel[0] - wide * 0.7, heel[1] - lift * 1.6),
        (heel[0] + wide * 0.7, heel[1] - lift * 1.6),
        (toe[0] + wide * 0.5, toe[1] - lift),
        (toe[0] + wide, toe[1]),
    ]
    if toe[0] < heel[0]:
        points = [
            (heel[0] + wide * 0.8, heel[1]),
            (heel[0] + wide * 0.7, heel[1] - lift * 1.6),
            (heel[0] - wide * 0.7, heel[1] - lift * 1.6),
            (toe[0] - wide * 0.5, toe[1] - lift),
            (toe[0] - wide, toe[1]),
        ]
    body.canvas.fill(points, body.paint.dark, body.paint.ink, body.line)


def _arm(body: _Body, figure: Figure, side: str) -> None:
    colour, shade = body.paint.coat, body.paint.coat_shade
    hand = body.joint("hand" + side)
    elbow = body.joint("elbow" + side)
    _hand(body, hand, elbow, figure)
    _limb(body, ["shoulder" + side, "elbow" + side, "hand" + side], [0.066, 0.054, 0.042], colour, shade)
    length = math.hypot(hand[0] - elbow[0], hand[1] - elbow[1]) or 1
    ux, uy = (hand[0] - elbow[0]) / length, (hand[1] - elbow[1]) / length
    cuff = body.scale * 0.045 * body.girth
    body.canvas.line(
        [(hand[0] - uy * cuff, hand[1] + ux * cuff), (hand[0] + uy * cuff, hand[1] - ux * cuff)],
        body.paint.ink,
        body.line * 1.4,
    )


def _hand(body: _Body, hand: Point, elbow: Point, figure: Figure) -> None:
    angle = math.degrees(math.atan2(hand[1] - elbow[1], hand[0] - elbow[0]))
    size = body.scale * 0.05
    ux, uy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    palm = (hand[0] + ux * size * 1.15, hand[1] + uy * size * 1.15)
    metal = figure.look.shape == "robot"
    skin = mix(body.paint.coat_light, (206, 204, 196), 0.5) if metal else body.paint.skin
    body.canvas.fill(ellipse(*palm, size * 1.3, size * 0.82, angle), skin, body.paint.ink, body.line)
    thumb = (palm[0] - uy * size * 0.7 + ux * size * 0.2, palm[1] + ux * size * 0.7 + uy * size * 0.2)
    if size > 7:
        body.canvas.fill(ellipse(*thumb, size * 0.72, size * 0.3, angle + 24), skin, body.paint.ink, body.line)
        for shift in (-0.3, 0.05, 0.4):
            start = (palm[0] + ux * size * 0.3 - uy * size * shift, palm[1] + uy * size * 0.3 + ux * size * shift)
            body.canvas.stroke(
                [
                    start,
                    (start[0] + ux * size * 0.5, start[1] + uy * size * 0.5),
                    (start[0] + ux * size * 0.9, start[1] + uy * size * 0.9),
                ],
                body.paint.ink,
                body.line,
            )


def _level(body: _Body, level: float, wide: float, deep: float) -> tuple[Point, Point]:
    """Left and right edge of the trunk at a level: 0 the hips, 1 the neck."""
    low, chest, neck = body.joints["pelvis"], body.joints["chest"], body.joints["neck"]
    if level < 0.72:
        part = level / 0.72
        spine = tuple(a + (b - a) * part for a, b in zip(low, chest, strict=True))
    else:
        part = (level - 0.72) / 0.28
        spine = tuple(a + (b - a) * part for a, b in zip(chest, neck, strict=True))
    x, y = body.spot((spine[0], spine[1], spine[2]))
    turn = math.radians(body.turn)
    half = body.scale * body.girth * math.hypot(wide * math.cos(turn), deep * math.sin(turn))
    lying = abs(low[1] - neck[1]) < 0.25
    return ((x, y - half), (x, y + half)) if lying else ((x - half, y), (x + half, y))


def _torso(body: _Body, figure: Figure) -> None:
    paint = body.paint
    if figure.look.shape == "robot":
        levels = [(-0.12, 0.15, 0.13), (0.1, 0.16, 0.14), (0.3, 0.2, 0.16), (0.9, 0.24, 0.18), (0.96, 0.2, 0.15)]
    else:
        levels = [
            (-0.04, 0.19, 0.15),
            (0.16, 0.178, 0.14),
            (0.38, 0.168, 0.125),
            (0.62, 0.195, 0.145),
            (0.80, 0.222, 0.14),
            (0.88, 0.215, 0.115),
            (0.945, 0.14, 0.09),
            (1.0, 0.075, 0.075),
        ]
    edges = [_level(body, *level) for level in levels]
    if (
        figure.look.coat_length > 0.2
        and figure.pose not in {"sit", "kneel", "lie", "run"}
        and figure.look.shape != "robot"
    ):
        left, right = edges[0]
        drop, flare = body.scale * (0.12 + 0.42 * figure.look.coat_length), body.scale * 0.04
        edges.insert(0, ((left[0] - flare, left[1] + drop), (right[0] + flare, right[1] + drop)))
    outline = [edge[0] for edge in edges] + [edge[1] for edge in reversed(edges)]
    outline = spline(outline, steps=4) if figure.look.shape != "robot" else outline
    body.canvas.fill(outline, paint.coat, paint.ink, body.line * 1.7)
    middle = (edges[-1][0][0] + edges[-1][1][0]) / 2
    wide = max(x for x, _ in outline) - min(x for x, _ in outline)
    body.canvas.fill(cut(outline, middle - body.key * wide * 0.14, -body.key), paint.coat_shade)
    body.canvas.fill(cut(outline, middle + body.key * wide * 0.40, body.key), paint.coat_light)
    body.canvas.fill(outline, paint.coat) if False else None
    if math.cos(math.radians(body.turn)) > -0.2:
        _front(body, figure, edges)
    elif body.scale > 120:
        body.canvas.line([((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in edges[:-2]], paint.ink, body.line)


def _front(body: _Body, figure: Figure, edges: Sequence[tuple[Point, Point]]) -> None:
    """Opening, collar, buttons or belt of what somebody wears."""
    paint, scale = body.paint, body.scale
    if scale < 60:
        return
    shift = math.sin(math.radians(body.turn)) * 0.10 * scale
    line = [
        ((a[0] + b[0]) / 2 + shift * (0.5 + 0.5 * min(1, at)), (a[1] + b[1]) / 2) for at, (a, b) in enumerate(edges)
    ]
    if figure.look.shape == "robot":
        x, y = line[2]
        body.canvas.fill(
            [
                (x - 0.11 * scale, y - 0.06 * scale),
                (x + 0.09 * scale, y - 0.06 * scale),
                (x + 0.09 * scale, y - 0.26 * scale),
                (x - 0.11 * scale, y - 0.26 * scale),
            ],
            paint.coat_shade,
            paint.ink,
            body.line,
        )
        body.canvas.disc(x - 0.02 * scale, y - 0.16 * scale, 0.05 * scale, paint.glow, paint.ink, body.line)
        return
    neck_x, neck_y = line[-1]
    left, right = edges[-1]
    wide = (right[0] - left[0]) / 2
    body.canvas.stroke(spline(line[:-1], closed=False, steps=4), paint.ink, body.line * 1.3, 0.8, 0.8)
    shirt = [
        (neck_x - wide * 0.9, neck_y - 0.01 * scale),
        (neck_x + wide * 0.9, neck_y - 0.01 * scale),
        (neck_x + wide * 0.25, neck_y + 0.14 * scale),
        (neck_x, neck_y + 0.19 * scale),
        (neck_x - wide * 0.25, neck_y + 0.14 * scale),
    ]
    style = round(figure.look.girth * 1000) % 3
    shirt_colour = paint.white if style == 0 else mix(paint.coat_light, paint.white, 0.35) if style == 1 else paint.dark
    body.canvas.fill(shirt, shirt_colour, paint.ink, body.line)
    for side in (-1, 1):
        lapel = [
            (neck_x + side * wide * 1.05, neck_y - 0.035 * scale),
            (neck_x + side * wide * 1.5, neck_y + 0.03 * scale),
            (neck_x + side * wide * 0.95, neck_y + 0.14 * scale),
            (neck_x + side * 0.01 * scale, neck_y + 0.2 * scale),
            (neck_x + side * wide * 0.62, neck_y + 0.05 * scale),
        ]
        body.canvas.fill(lapel, paint.coat_light if side == body.key else paint.coat, paint.ink, body.line)
    for step in range(3):
        x, y = line[-3]
        body.canvas.disc(x + 0.012 * scale, y + (0.06 + 0.13 * step) * scale, max(1.0, 0.009 * scale), paint.ink)


def _neck(body: _Body, head: Head, figure: Figure) -> None:
    paint = body.paint
    base, top = body.joint("neck"), head.middle
    if figure.look.shape == "robot":
        body.canvas.fill(capsule(base, top, 0.05 * body.scale, 0.05 * body.scale), paint.dark, paint.ink, body.line)
        return
    colour = paint.skin
    neck = capsule(
        (base[0], base[1] + 0.03 * body.scale),
        (top[0], top[1] + 0.02 * body.scale),
        0.066 * body.scale,
        0.056 * body.scale,
    )
    body.canvas.fill(neck, colour, paint.ink, body.line * 1.4)
    if not head.away:
        body.canvas.fill(neck, paint.skin_shade)


def _held(view: View, body: _Body, figure: Figure) -> None:
    """What somebody has in their hands."""
    if not figure.thing:
        return
    from wzrd.media.panels.things import draw_thing  # noqa: PLC0415 - things draw hands, hands hold things

    left, right = body.joint("hand"), body.joint("hand2")
    if figure.thing in {"suitcase", "umbrella"} and figure.pose in {"stand", "walk", "run", "hold"}:
        x, y = left
        draw_thing(body.canvas, figure.thing, (x, y + 0.22 * body.scale), 0.22 * body.scale, view)
        return
    big = {"horn": 0.3, "box": 0.2, "suitcase": 0.24, "guitar": 0.32}.get(figure.thing, 0.105)
    middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2 - 0.05 * body.scale)
    if figure.pose == "phone":
        middle = (right[0], right[1])
        big = 0.075
    draw_thing(body.canvas, figure.thing, middle, big * body.scale, view)


def draw_shoulder(view: View, canvas: Canvas, figure: Figure, side: int) -> None:
    """Somebody in the foreground seen from behind, `side` 1 at the right edge: dark, large, lit along one edge."""
    height, width = view.frame.height, view.frame.width
    size = height * 0.80
    x = width * 0.5 + side * (width * 0.5 - size * 0.30)
    paint = paint_of(view, figure)
    dark = mix(view.palette.ramp[0], paint.coat_shade, 0.22)
    deep = Paint(
        ink=view.palette.ramp[0], skin=mix(dark, paint.skin_shade, 0.45), skin_shade=mix(dark, paint.skin_shade, 0.2), hair=mix(view.palette.ramp[0], paint.hair, 0.35),
        hair_light=mix(paint.hair_light, view.palette.ramp[1], 0.4), coat=dark, coat_shade=mix(dark, view.palette.ramp[0], 0.5), coat_light=mix(dark, paint.coat, 0.4),
        dark=paint.dark, white=dark, glow=mix(paint.glow, view.palette.ramp[0], 0.4),
    )  # fmt: skip
    head = Head(canvas, (x, height * 0.40), size, -side * 142.0, 0, deep, -side)
    base = height * 0.40 + size * 0.56
    draw_head(head, figure, before=True)
    neck = [
        (x - size * 0.2, height * 0.5),
        (x + size * 0.2, height * 0.5),
        (x + size * 0.24, base + size * 0.2),
        (x - size * 0.24, base + size * 0.2),
    ]
    canvas.fill(neck, deep.skin, deep.ink, 3)
    out, inn = x + side * size * 1.2, x - side * size * 0.98
    slope = [
        (x + side * size * 0.26, base - size * 0.02),
        (x - side * size * 0.22, base - size * 0.04),
        (x - side * size * 0.5, base + size * 0.1),
        (inn + side * size * 0.12, base + size * 0.24),
        (inn, base + size * 0.5),
        (inn - side * size * 0.04, height + 80.0),
        (out, height + 80.0),
        (out, base + size * 0.2),
    ]
    outline = spline(slope, steps=6)
    canvas.fill(outline, deep.coat, deep.ink, 4)
    rim = spline(
        [
            (x - side * size * 0.24, base - size * 0.01),
            (x - side * size * 0.5, base + size * 0.125),
            (inn + side * size * 0.14, base + size * 0.265),
            (inn + side * size * 0.025, base + size * 0.5),
        ],
        closed=False,
    )
    canvas.stroke(rim, mix(view.palette.lamp, deep.coat, 0.35), size * 0.03, 0.1, 0.05)
    draw_head(head, figure, before=False)
