"""Arms, legs, hands, shoes: a skeleton in the picture, and what hangs on it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from wzrd.animatic.panels.brief.values import Colour, Figure
from wzrd.animatic.panels.canvas import Canvas, Point, capsule, hull, lit_part, mix, spline, xy
from wzrd.animatic.panels.heads import Paint
from wzrd.animatic.panels.poses import Joint

ARM, _LEG = (0.053, 0.048, 0.039), (0.092, 0.066, 0.045)


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
    rise: float  # how much of its height a camera from above leaves, 1 at eye level

    def spot(self, at: Joint) -> Point:
        """Where a point of the body falls."""
        turn = math.radians(self.turn)
        across = at[2] * math.sin(turn) + at[0] * math.cos(turn)
        return self.foot[0] + self.scale * across, self.foot[1] - self.scale * self.rise * at[1]

    def joint(self, name: str) -> Point:
        """Where a joint falls."""
        return self.spot(self.joints[name])

    def depth(self, name: str) -> float:
        """Distance of a joint behind the body's axis, in metres."""
        x, _, z = self.joints[name]
        turn = math.radians(self.turn)
        return -z * math.cos(turn) + x * math.sin(turn)

    @property
    def pose(self) -> str:
        """Its posture."""
        return self.figure.pose

    @property
    def line(self) -> float:
        """The width of its ink."""
        return max(0.8, min(4.6, self.scale * 0.0028))

    @property
    def girth(self) -> float:
        """Breadth of the body; 1 is usual."""
        return self.figure.look.girth

    @property
    def slenderness(self) -> float:
        """Thickness of the limbs as a factor of a man's."""
        look = self.figure.look
        return 0.86 if look.gender == "woman" or look.age in {"child", "teen"} else 1.0


def arm(side: str) -> list[str]:
    """The joints of an arm."""
    return ["shoulder" + side, "elbow" + side, "hand" + side]


def _pieces(body: Body, names: Sequence[str], radii: Sequence[float]) -> list[list[Point]]:
    size = body.scale * body.girth * body.slenderness
    return [
        capsule(body.joint(first), body.joint(second), radii[at] * size, radii[at + 1] * size)
        for at, (first, second) in enumerate(pairwise(names))
    ]


def draw_limb(body: Body, names: Sequence[str], radii: Sequence[float], colour: Colour, shade: Colour) -> None:
    """A limb in one colour, outlined as a whole."""
    pieces = _pieces(body, names, radii)
    for piece in pieces:
        body.canvas.fill(piece, colour, body.paint.ink, body.line * 1.7)
    lights = _lights(body, names, radii)
    for piece in pieces:
        _shadow(body, piece, shade)
    for light in lights:
        body.canvas.fill(light, colour)


def _lights(body: Body, names: Sequence[str], radii: Sequence[float]) -> list[list[Point]]:
    """Lit part of each piece of a limb: a thinner piece, moved to the light's side."""
    size = body.scale * body.girth * body.slenderness
    found: list[list[Point]] = []
    for at, (first, second) in enumerate(pairwise(names)):
        (ax, ay), (bx, by) = body.joint(first), body.joint(second)
        a, b = radii[at] * size, radii[at + 1] * size
        shift = 0.34 * body.key
        found.append(capsule((ax + shift * a, ay), (bx + shift * b, by), a * 0.66, b * 0.66))
    return found


def _shadow(body: Body, piece: Sequence[Point], shade: Colour) -> None:
    """A piece in shadow, hatched where it is large enough to see."""
    body.canvas.fill(piece, shade)
    if body.scale > 330:
        gap, width = max(6.0, body.scale * 0.013), max(1.0, body.scale * 0.0016)
        body.canvas.hatch(piece, mix(shade, body.paint.ink, 0.4), gap, width)


def colour_in(body: Body, outline: Sequence[Point], colour: Colour, shade: Colour) -> None:
    """A trunk's colour with its shadow away from the light."""
    _shadow(body, outline, shade)
    body.canvas.fill(lit_part(outline, body.key, 0.62), colour)


def draw_sleeve(body: Body, side: str) -> None:
    """An arm before the body: its upper half melts into the coat but for a crease, the lower lies on it."""
    upper, lower = _pieces(body, arm(side), ARM)
    body.canvas.fill(lower, body.paint.coat, body.paint.ink, body.line * 1.7)
    for piece in (upper, lower):
        _shadow(body, piece, body.paint.coat_shade)
    for light in _lights(body, arm(side), ARM):
        body.canvas.fill(light, body.paint.coat)
    shoulder, elbow, hand = (body.joint(name) for name in arm(side))
    middle = body.joint("chest")[0]
    inwards = 1 if middle > shoulder[0] else -1
    reach = 0.053 * body.scale * body.girth * body.slenderness * inwards
    crease = [
        (shoulder[0] + reach + (elbow[0] - shoulder[0]) * part, shoulder[1] + (elbow[1] - shoulder[1]) * part)
        for part in (0.3, 0.5, 0.75, 1.0)
    ]
    if elbow[1] > shoulder[1]:
        body.canvas.stroke(crease, body.paint.ink, body.line * 2.0, 0.1, 0.8)
    for shift in (0.0, 0.03):
        fold = [
            (elbow[0] + x * body.scale, elbow[1] + (shift + y) * body.scale)
            for x, y in xy("-.03,-.02 0,.005 .035,-.012")
        ]
        body.canvas.stroke(fold, body.paint.ink, body.line * 1.1)
    _cuff(body, hand, elbow)


def draw_forearm(body: Body, side: str) -> None:
    """The forearm of the far arm where it comes before the body, with its hand."""
    draw_hand(body, side)
    draw_limb(body, arm(side)[1:], ARM[1:], body.paint.coat, body.paint.coat_shade)
    _cuff(body, body.joint("hand" + side), body.joint("elbow" + side))


def _cuff(body: Body, hand: Point, elbow: Point) -> None:
    length = math.hypot(hand[0] - elbow[0], hand[1] - elbow[1]) or 1
    ux, uy = (hand[0] - elbow[0]) / length, (hand[1] - elbow[1]) / length
    half = body.scale * 0.043 * body.girth * body.slenderness
    start, end = (hand[0] - uy * half, hand[1] + ux * half), (hand[0] + uy * half, hand[1] - ux * half)
    body.canvas.line([start, end], body.paint.ink, body.line * 1.4)


def draw_legs(body: Body) -> None:
    """Both legs with their shoes, the far one first."""
    trousers = body.paint.lower
    shade = mix(trousers, body.paint.ink, 0.45)
    if body.figure.look.shape == "robot":
        trousers, shade = mix(body.paint.coat, (190, 188, 180), 0.4), mix(body.paint.coat_shade, body.paint.ink, 0.3)
    look = body.figure.look
    shorts = look.shorts or (look.age == "child" and look.gender != "woman" and look.shape != "robot")
    bare = shorts or look.skirt > 0
    for side in sorted(("", "2"), key=lambda one: -body.depth("knee" + one)):
        _shoe(body, side)
        leg = ["hip" + side, "knee" + side, "foot" + side]
        draw_limb(body, leg, _LEG, *((body.paint.skin, body.paint.skin_shade) if bare else (trousers, shade)))
        if shorts:
            draw_limb(body, leg[:2], (0.1, 0.085), trousers, shade)
    if look.skirt > 0:
        _skirt(body, trousers, shade)


def _skirt(body: Body, cloth: Colour, shade: Colour) -> None:
    """A skirt around both legs down to where it reaches, in any pose; a dress is of the coat's colour."""
    look = body.figure.look
    if look.garment == "dress":
        cloth, shade = body.paint.coat, body.paint.coat_shade
    size = body.scale * body.girth
    hem = (0.06 + 0.06 * look.skirt) * size
    points: list[Point] = []
    for side in ("", "2"):
        hip, knee, foot = (body.joint(name + side) for name in ("hip", "knee", "foot"))
        part = look.skirt * 1.9
        first, second, along = (hip, knee, part) if part < 1 else (knee, foot, (part - 1) * 0.9)
        x, y = first[0] + (second[0] - first[0]) * along, first[1] + (second[1] - first[1]) * along
        points += [(hip[0] - 0.105 * size, hip[1] - 0.07 * size), (hip[0] + 0.105 * size, hip[1] - 0.07 * size)]
        points += [(knee[0] - 0.09 * size, min(knee[1], y)), (knee[0] + 0.09 * size, min(knee[1], y))]
        points += [(x - hem, y), (x + hem, y)]
    outline = hull(points)
    body.canvas.fill(outline, cloth, body.paint.ink, body.line * 1.7)
    colour_in(body, outline, cloth, shade)
    hips, low = body.joint("pelvis"), max(y for _, y in outline)
    for step in (-0.5, 0.1, 0.6):
        fold = [(hips[0] + step * 0.1 * size, (hips[1] + low) / 2), (hips[0] + step * hem * 1.6, low - 0.01 * size)]
        body.canvas.stroke(fold, body.paint.ink, body.line * 1.1, 0.1, 0.7)


def _shoe(body: Body, side: str) -> None:
    x, y, z = body.joints["foot" + side]
    heel, toe = body.spot((x, max(0.0, y - 0.07), z - 0.07)), body.spot((x, max(0.0, y - 0.07), z + 0.17))
    lift, wide = body.scale * 0.055, body.scale * 0.05
    way = -1 if toe[0] < heel[0] else 1
    shape = [
        (heel[0] - way * wide * 0.8, heel[1]), (heel[0] - way * wide * 0.7, heel[1] - lift * 1.6),
            (heel[0] + way * wide * 0.7, heel[1] - lift * 1.6),
        (toe[0] + way * wide * 0.5, toe[1] - lift), (toe[0] + way * wide, toe[1]),
    ]  # fmt: skip
    colour = body.paint.skin if body.figure.look.barefoot else body.paint.dark
    body.canvas.fill(shape, colour, body.paint.ink, body.line)


def draw_hand(body: Body, side: str) -> None:
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
    shape = _grip(body, side)
    for part in _HANDS[shape]:
        body.canvas.fill(spline([at(*one) for one in xy(part)], steps=4), skin, body.paint.ink, body.line)
    if size > 6:
        for across in (-0.4, -0.05, 0.28):
            near, far = (1.15, 2.2) if shape == "open" else (1.0, 1.5)
            finger = [at(near, across), at((near + far) / 2, across * 0.9), at(far, across * 0.7)]
            body.canvas.stroke(finger, body.paint.ink, body.line)


_HANDS = {  # the palm with its fingers, and the thumb; along and across, in half breadths of a hand
    "open": ("-.3,-.7 .6,-.85 1.5,-.7 2.3,-.35 2.45,.05 2.1,.5 1.2,.8 .3,.75 -.3,.6",
             ".2,.6 .8,1.15 1.5,1.25 1.7,1 1.2,.75 .7,.4"),
    "fist": ("-.3,-.7 .5,-.9 1.4,-.85 1.7,-.3 1.65,.5 1.1,.85 .2,.75 -.3,.6", ".3,.2 1,.1 1.35,.45 1.2,.8 .5,.85"),
    "point": ("-.3,-.7 .5,-.9 1.4,-.85 1.7,-.3 1.65,.5 1.1,.85 .2,.75 -.3,.6",
              "1,-.85 2.2,-.75 2.95,-.55 2.95,-.25 2.1,-.2 1.1,-.25", ".3,.3 1,.2 1.35,.5 1.2,.85 .5,.9"),
}  # fmt: skip


def _grip(body: Body, side: str) -> str:
    """The shape of a hand: closed around a thing or in anger, with a finger out, or open."""
    figure = body.figure
    if figure.pose == "point" and not side:
        return "point"
    angry = figure.feeling == "anger" and figure.pose == "stand"
    holds = bool(figure.thing) and (figure.pose not in _ONE_HANDED or not side)
    return "fist" if figure.pose in _FISTS or angry or holds else "open"


_FISTS = frozenset({"punch", "strike", "aim", "dig", "cut"})
_ONE_HANDED = frozenset({"point", "give", "reach", "wave", "walk", "run", "stand"})
