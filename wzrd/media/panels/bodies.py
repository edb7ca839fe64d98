"""Figures: a skeleton posed in space, turned to the camera, dressed and shaded; proportions of seven and a half heads."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wzrd.domain.panels import Figure
from wzrd.domain.panels.brief import Colour
from wzrd.media.panels.canvas import Canvas, Point, capsule, cut, ellipse, mix, spline, wash
from wzrd.media.panels.faces import draw_beard, draw_features
from wzrd.media.panels.garments import draw_garment
from wzrd.media.panels.hair import HIDES_EARS, draw_fringe, draw_hair_behind, draw_hat, draw_skull
from wzrd.media.panels.heads import Head, Paint, draw_ear, draw_face, shade_face
from wzrd.media.panels.poses import TILTS, USUAL, Joint, joints_of, known
from wzrd.media.panels.robots import draw_animal, draw_robot_head
from wzrd.media.panels.things import draw_thing
from wzrd.media.panels.view import View

_HEAD = 0.236  # metres
_CARRIED = frozenset({"suitcase", "umbrella"})
_IRISES: tuple[Colour, ...] = ((96, 62, 38), (70, 98, 124), (82, 108, 74), (66, 48, 36), (104, 86, 52))


def tinted(view: View, colour: Colour, light: float) -> Colour:
    """A colour as it looks in this scene: its light takes the lamp's or the sky's, its shadow the ink's."""
    night = view.brief.air.time == "night"
    if light >= 0:
        base = mix(colour, wash(view.palette, 0.54 if night else 0.72), 0.2 if night else 0.12)
        return mix(base, wash(view.palette, 1.0), light)
    return mix(mix(colour, view.palette.ramp[1], 0.3), view.palette.ramp[0], -light)


def paint_of(view: View, figure: Figure) -> Paint:
    """The colours of somebody in this scene's light."""
    look = figure.look
    grey = max(view.palette.skin) - min(view.palette.skin) < 24
    skin = mix((62, 61, 60) if grey else (74, 48, 38), view.palette.skin, look.skin)
    tone = round(255 * look.hair_tone)
    hair = (tone, tone, tone) if grey else (min(255, round(tone * 1.12) + 10), tone + 4, round(tone * 0.88) + 4)
    iris = _IRISES[round(look.girth * 1000) % len(_IRISES)]
    return Paint(
        ink=view.palette.ramp[0],
        skin=tinted(view, skin, 0.08),
        skin_shade=tinted(view, skin, -0.10),
        hair=tinted(view, hair, -0.05),
        hair_light=tinted(view, mix(hair, view.palette.lamp, 0.22), 0.08),
        coat=tinted(view, look.coat, 0.0),
        coat_shade=tinted(view, look.coat, -0.26),
        coat_light=tinted(view, look.coat, 0.22),
        dark=mix(view.palette.ramp[0], (14, 13, 14), 0.4),
        white=mix(wash(view.palette, 0.97), (255, 255, 255), 0.3),
        glow=view.palette.accent,
        iris=mix(iris, (110, 110, 110), 0.8) if grey else iris,
    )


@dataclass(frozen=True, slots=True)
class Body:
    """A figure placed in the picture: `scale` pixels a metre of the usual figure, `turn` 0 to the camera, 90 right."""

    canvas: Canvas
    foot: Point
    scale: float
    turn: float
    paint: Paint
    key: int
    joints: dict[str, Joint]
    figure: Figure

    def spot(self, at: Joint) -> Point:
        """Where a point of the body falls."""
        turn = math.radians(self.turn)
        across = at[2] * math.sin(turn) + at[0] * math.cos(turn)
        return self.foot[0] + self.scale * across, self.foot[1] - self.scale * at[1]

    def joint(self, name: str) -> Point:
        """Where a joint falls."""
        return self.spot(self.joints[name])

    def depth(self, name: str) -> float:
        """How far behind the body's axis a joint lies, in metres."""
        x, _, z = self.joints[name]
        turn = math.radians(self.turn)
        return -z * math.cos(turn) + x * math.sin(turn)

    @property
    def line(self) -> float:
        """The width of its ink."""
        return max(0.8, min(4.6, self.scale * 0.0028))

    @property
    def girth(self) -> float:
        """How broad it is; 1 is usual."""
        return self.figure.look.girth


def draw_head(head: Head, figure: Figure) -> None:
    """A whole head but for the hair that hangs behind the shoulders."""
    if figure.look.shape == "robot":
        draw_robot_head(head)
        return
    draw_skull(head, figure)
    if not head.away:
        face = draw_face(head)
        shade_face(head, face)
        if figure.look.beard:
            draw_beard(head)
            head.canvas.line([*face, face[0]], head.paint.ink, head.line)
        if head.size > 24:
            draw_features(head, figure)
        draw_fringe(head, figure)
        for ear in (-1, 1):
            if ear * head.side < 0.22 and figure.look.hair not in HIDES_EARS and figure.look.hat != "hood":
                draw_ear(head, ear)
    if figure.look.hat:
        draw_hat(head, figure.look.hat)


def draw_figure(view: View, canvas: Canvas, figure: Figure) -> None:
    """Somebody where they stand, feet to hat."""
    x, y, scale = view.camera.picture((figure.x, 0.0, figure.z))
    if not scale:
        return
    turn = figure.facing + math.degrees(view.camera.yaw)
    paint = paint_of(view, figure)
    if figure.look.shape == "animal":
        draw_animal(canvas, figure, (x, y), scale, 1 if turn > 0 else -1, paint)
        return
    pose = known(figure.pose)
    if pose == "stand" and figure.thing:
        pose = "carry" if figure.thing in _CARRIED else "hold"
    own = scale * figure.look.height / USUAL
    body = Body(canvas, (x, y), own, turn, paint, view.key, joints_of(pose), figure)
    tilt = math.degrees(view.camera.pitch) * 0.9 + TILTS.get(pose, 0.0)
    child = 1.2 if figure.look.height < 1.4 else 1.0
    head = Head(canvas, body.joint("head"), _HEAD * own * child, turn, tilt, paint, view.key, _gaze(turn))
    canvas.fill(ellipse(x - view.key * 0.12 * own, y, 0.36 * own, 0.06 * own), mix(view.palette.ramp[0], view.palette.ramp[1], 0.5))
    _dress(view, body, head)


def _dress(view: View, body: Body, head: Head) -> None:
    """The body's pieces from behind to before. An arm's outline goes under the coat, its colour over it: no seam."""
    if body.figure.look.shape != "robot":
        draw_hair_behind(head, body.figure)
    _legs(body)
    arms = sorted(("", "2"), key=lambda side: -body.depth("elbow" + side))
    turned_away = math.cos(math.radians(body.turn)) < -0.3
    behind = [side for side in arms if body.depth("elbow" + side) > 0.10 or turned_away]
    before = [side for side in arms if side not in behind]
    for side in behind:
        _hand(body, side)
        _limb(body, _arm(side), _ARM, body.paint.coat, body.paint.coat_shade)
    for side in before:
        _limb(body, _arm(side), _ARM, body.paint.ink, body.paint.ink)
    _neck(body, head)
    _torso(body)
    if body.figure.pose != "phone":
        draw_head(head, body.figure)
    _held(view, body)
    for side in before:
        _hand(body, side)
        _sleeve(body, side)
    if body.figure.pose == "phone":
        draw_head(head, body.figure)
        _hand(body, "2")


def _gaze(turn: float) -> float:
    """Eyes go on to the one who is looked at, beyond where the head is turned."""
    return 0.75 if 8 < turn < 80 else -0.75 if -80 < turn < -8 else 0.0


_ARM, _LEG = (0.053, 0.048, 0.039), (0.092, 0.066, 0.045)


def _arm(side: str) -> list[str]:
    return ["shoulder" + side, "elbow" + side, "hand" + side]


def _pieces(body: Body, names: Sequence[str], radii: Sequence[float]) -> list[list[Point]]:
    size = body.scale * body.girth
    return [
        capsule(body.joint(first), body.joint(second), radii[at] * size, radii[at + 1] * size)
        for at, (first, second) in enumerate(zip(names, names[1:], strict=False))
    ]


def _limb(body: Body, names: Sequence[str], radii: Sequence[float], colour: Colour, shade: Colour) -> None:
    pieces = _pieces(body, names, radii)
    for piece in pieces:
        body.canvas.fill(piece, colour, body.paint.ink, body.line * 1.7)
    for piece in pieces:
        _coloured(body, piece, colour, shade)


def _coloured(body: Body, piece: Sequence[Point], colour: Colour, shade: Colour) -> None:
    """A piece's colour with its shadow away from the light, hatched where it is large enough to see."""
    body.canvas.fill(piece, colour)
    if colour == shade:
        return
    middle = sum(x for x, _ in piece) / len(piece)
    wide = max(x for x, _ in piece) - min(x for x, _ in piece)
    dark = cut(piece, middle - body.key * wide * 0.16, -body.key)
    body.canvas.fill(dark, shade)
    if body.scale > 330:
        body.canvas.hatch(dark, mix(shade, body.paint.ink, 0.4), max(6.0, body.scale * 0.013), max(1.0, body.scale * 0.0016))


def _sleeve(body: Body, side: str) -> None:
    """An arm before the body: its upper half melts into the coat but for a crease, the lower lies on it."""
    upper, lower = _pieces(body, _arm(side), _ARM)
    body.canvas.fill(lower, body.paint.coat, body.paint.ink, body.line * 1.7)
    _coloured(body, upper, body.paint.coat, body.paint.coat_shade)
    _coloured(body, lower, body.paint.coat, body.paint.coat_shade)
    shoulder, elbow, hand = (body.joint(name) for name in _arm(side))
    middle = body.joint("chest")[0]
    inwards = 1 if middle > shoulder[0] else -1
    reach = 0.053 * body.scale * body.girth * inwards
    crease = [
        (shoulder[0] + reach + (elbow[0] - shoulder[0]) * part, shoulder[1] + (elbow[1] - shoulder[1]) * part)
        for part in (0.3, 0.5, 0.75, 1.0)
    ]
    if elbow[1] > shoulder[1]:
        body.canvas.stroke(crease, body.paint.ink, body.line * 2.0, 0.1, 0.8)
    for shift in (0.0, 0.03):
        fold = [(elbow[0] - 0.03 * body.scale, elbow[1] + (shift - 0.02) * body.scale), (elbow[0], elbow[1] + (shift + 0.005) * body.scale), (elbow[0] + 0.035 * body.scale, elbow[1] + (shift - 0.012) * body.scale)]
        body.canvas.stroke(fold, body.paint.ink, body.line * 1.1)
    _cuff(body, hand, elbow)


def _cuff(body: Body, hand: Point, elbow: Point) -> None:
    length = math.hypot(hand[0] - elbow[0], hand[1] - elbow[1]) or 1
    ux, uy = (hand[0] - elbow[0]) / length, (hand[1] - elbow[1]) / length
    half = body.scale * 0.043 * body.girth
    start, end = (hand[0] - uy * half, hand[1] + ux * half), (hand[0] + uy * half, hand[1] - ux * half)
    body.canvas.line([start, end], body.paint.ink, body.line * 1.4)


def _legs(body: Body) -> None:
    trousers = mix(body.paint.coat_shade, body.paint.dark, 0.5)
    shade = mix(trousers, body.paint.ink, 0.45)
    if body.figure.look.shape == "robot":
        trousers, shade = mix(body.paint.coat, (190, 188, 180), 0.4), mix(body.paint.coat_shade, body.paint.ink, 0.3)
    for side in sorted(("", "2"), key=lambda one: -body.depth("knee" + one)):
        _shoe(body, side)
        _limb(body, ["hip" + side, "knee" + side, "foot" + side], _LEG, trousers, shade)


def _shoe(body: Body, side: str) -> None:
    x, y, z = body.joints["foot" + side]
    heel, toe = body.spot((x, max(0.0, y - 0.07), z - 0.07)), body.spot((x, max(0.0, y - 0.07), z + 0.17))
    lift, wide = body.scale * 0.055, body.scale * 0.05
    way = -1 if toe[0] < heel[0] else 1
    shape = [
        (heel[0] - way * wide * 0.8, heel[1]), (heel[0] - way * wide * 0.7, heel[1] - lift * 1.6), (heel[0] + way * wide * 0.7, heel[1] - lift * 1.6),
        (toe[0] + way * wide * 0.5, toe[1] - lift), (toe[0] + way * wide, toe[1]),
    ]  # fmt: skip
    body.canvas.fill(shape, body.paint.dark, body.paint.ink, body.line)


def _hand(body: Body, side: str) -> None:
    """A mitten with a thumb, fingers as three lines: enough from a metre away."""
    hand, elbow = body.joint("hand" + side), body.joint("elbow" + side)
    angle = math.atan2(hand[1] - elbow[1], hand[0] - elbow[0])
    size = body.scale * 0.046 * (0.9 if body.figure.look.height < 1.4 else 1.0)
    ux, uy = math.cos(angle), math.sin(angle)
    way = 1 if (side == "") == (math.cos(math.radians(body.turn)) > 0) else -1

    def at(along: float, across: float) -> Point:
        return hand[0] + size * (ux * along - uy * across * way), hand[1] + size * (uy * along + ux * across * way)

    metal = body.figure.look.shape == "robot"
    skin = mix(body.paint.coat_light, (206, 204, 196), 0.5) if metal else body.paint.skin
    palm = [at(-0.3, -0.7), at(0.6, -0.85), at(1.5, -0.7), at(2.3, -0.35), at(2.45, 0.05), at(2.1, 0.5), at(1.2, 0.8), at(0.3, 0.75), at(-0.3, 0.6)]
    thumb = [at(0.2, 0.6), at(0.8, 1.15), at(1.5, 1.25), at(1.7, 1.0), at(1.2, 0.75), at(0.7, 0.4)]
    body.canvas.fill(spline(palm, steps=4), skin, body.paint.ink, body.line)
    body.canvas.fill(spline(thumb, steps=4), skin, body.paint.ink, body.line)
    if size > 6:
        for across in (-0.4, -0.05, 0.28):
            body.canvas.stroke([at(1.15, across), at(1.7, across * 0.9), at(2.2, across * 0.7)], body.paint.ink, body.line)


def level(body: Body, height: float, wide: float, deep: float) -> tuple[Point, Point]:
    """Left and right edge of the trunk at a height: 0 the hips, 0.72 the chest, 1 the neck."""
    low, chest, neck = body.joints["pelvis"], body.joints["chest"], body.joints["neck"]
    first, second, part = (low, chest, height / 0.72) if height < 0.72 else (chest, neck, (height - 0.72) / 0.28)
    x, y = body.spot((first[0] + (second[0] - first[0]) * part, first[1] + (second[1] - first[1]) * part, first[2] + (second[2] - first[2]) * part))
    turn = math.radians(body.turn)
    half = body.scale * body.girth * math.hypot(wide * math.cos(turn), deep * math.sin(turn))
    lying = abs(low[1] - neck[1]) < 0.25
    return ((x, y - half), (x, y + half)) if lying else ((x - half, y), (x + half, y))


_TRUNK = (
    (-0.04, 0.182, 0.145), (0.16, 0.172, 0.135), (0.38, 0.162, 0.122), (0.58, 0.184, 0.142), (0.72, 0.205, 0.142), (0.82, 0.222, 0.125),
    (0.90, 0.206, 0.105), (0.965, 0.128, 0.085), (1.03, 0.06, 0.062),
)  # fmt: skip
_BARREL = ((-0.12, 0.15, 0.13), (0.1, 0.16, 0.14), (0.3, 0.2, 0.16), (0.88, 0.235, 0.18), (0.95, 0.2, 0.15))
_FOLDED = frozenset({"sit", "kneel", "lie", "run"})


def _torso(body: Body) -> None:
    paint, look = body.paint, body.figure.look
    robot = look.shape == "robot"
    edges = [level(body, *one) for one in (_BARREL if robot else _TRUNK)]
    if look.coat_length > 0.2 and body.figure.pose not in _FOLDED and not robot:
        left, right = edges[0]
        drop, flare = body.scale * (0.12 + 0.4 * look.coat_length), body.scale * 0.04
        edges.insert(0, ((left[0] - flare, left[1] + drop), (right[0] + flare, right[1] + drop)))
    outline = [edge[0] for edge in edges] + [edge[1] for edge in reversed(edges)]
    outline = outline if robot else spline(outline, steps=4)
    body.canvas.fill(outline, paint.coat, paint.ink, body.line * 1.7)
    _coloured(body, outline, paint.coat, paint.coat_shade)
    if math.cos(math.radians(body.turn)) > -0.2:
        draw_garment(body.canvas, body.figure, paint, edges, body.scale, math.sin(math.radians(body.turn)), body.key)
    elif body.scale > 120:
        body.canvas.line([((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in edges[:-2]], paint.ink, body.line)


def _neck(body: Body, head: Head) -> None:
    paint = body.paint
    base, top = body.joint("neck"), head.middle
    if body.figure.look.shape == "robot":
        body.canvas.fill(capsule(base, top, 0.05 * body.scale, 0.05 * body.scale), paint.dark, paint.ink, body.line)
        return
    size = body.scale * (0.84 if body.figure.look.height < 1.4 else 1.0)
    neck = capsule((base[0], base[1] + 0.05 * body.scale), (top[0] - 0.25 * (top[0] - base[0]), top[1] + 0.02 * body.scale), 0.05 * size, 0.045 * size)
    body.canvas.fill(neck, paint.skin_shade if not head.away else paint.skin, paint.ink, body.line * 1.4)
    if not head.away:
        body.canvas.fill(cut(neck, base[0] + body.key * 0.025 * body.scale, body.key), mix(paint.skin, paint.skin_shade, 0.35))


def _held(view: View, body: Body) -> None:
    """What somebody has in their hands."""
    thing = body.figure.thing
    if not thing:
        return
    left, right = body.joint("hand"), body.joint("hand2")
    if thing in _CARRIED and body.figure.pose in {"stand", "walk", "run", "hold"}:
        draw_thing(body.canvas, thing, (left[0], left[1] + 0.22 * body.scale), 0.22 * body.scale, view)
        return
    big = {"horn": 0.27, "box": 0.17, "suitcase": 0.22, "guitar": 0.32, "book": 0.13}.get(thing, 0.095)
    middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2 - 0.05 * body.scale)
    if body.figure.pose == "phone":
        middle, big = right, 0.07
    draw_thing(body.canvas, thing, middle, big * body.scale, view)
