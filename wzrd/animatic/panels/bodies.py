"""Figures: a skeleton posed in space, turned to the camera, dressed and shaded; seven and a half heads high."""

import math
from dataclasses import replace

from wzrd.animatic.panels import limbs
from wzrd.animatic.panels.animals import draw_animal
from wzrd.animatic.panels.brief.values import Figure, Spot
from wzrd.animatic.panels.canvas import Canvas, Point, capsule, cut, ellipse, mix, spline
from wzrd.animatic.panels.faces import draw_beard, draw_features
from wzrd.animatic.panels.garments import draw_garment
from wzrd.animatic.panels.hair import HIDES_EARS, draw_fringe, draw_hair_behind, draw_hat, draw_skull
from wzrd.animatic.panels.heads import Head, draw_ear, draw_face, shade_face
from wzrd.animatic.panels.held import AT_FACE, HUNG, draw_held
from wzrd.animatic.panels.paints import paint_of
from wzrd.animatic.panels.poses import AT_TABLE, LYING, MOODS, TILTS, UPRIGHT, USUAL, joints_of, known
from wzrd.animatic.panels.robots import draw_robot_head
from wzrd.animatic.panels.view import View

_HEAD = 0.236  # metres
_FOLDED = frozenset({
    "sit", "kneel", "lie", "bed", "run", "fall", "crawl", "floor", "climb", "eat", "desk", "carried", "swoon",
    "bow", "pull", "dig",
})  # fmt: skip
_TRUNK = (
    (-0.04, 0.182, 0.145), (0.16, 0.172, 0.135), (0.38, 0.162, 0.122), (0.58, 0.184, 0.142), (0.72, 0.205, 0.142),
        (0.82, 0.222, 0.125),
    (0.90, 0.206, 0.105), (0.965, 0.128, 0.085), (1.03, 0.06, 0.062),
)  # fmt: skip
_WOMANS = (1.04, 0.98, 0.86, 0.9, 0.9, 0.87, 0.87, 0.9, 0.95)  # of each level's width, hips to neck
_CHILDS = (0.9, 0.9, 0.94, 0.9, 0.86, 0.82, 0.82, 0.84, 0.9)
_BARREL = ((-0.12, 0.15, 0.13), (0.1, 0.16, 0.14), (0.3, 0.2, 0.16), (0.88, 0.235, 0.18), (0.95, 0.2, 0.15))


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
    if not scale or not -scale < x < view.frame.width + scale:
        return
    if figure.look.shape == "animal":
        turn = figure.facing + math.degrees(view.camera.yaw)
        draw_animal(view, canvas, figure, (x, y), scale, 1 if turn > 0 else -1)
        return
    body = _body(view, canvas, figure)
    turn, own = body.turn, body.scale
    tilt = math.degrees(view.camera.pitch) * 0.9 + TILTS.get(body.pose, 0.0)
    tilt += MOODS.get(figure.feeling, 0.0) if body.pose in UPRIGHT else 0.0
    child = 1.2 if figure.look.height < 1.4 else 1.0
    roll = 0.0
    if body.pose in LYING:
        (nx, ny), (hx, hy) = body.joint("neck"), body.joint("head")
        roll, tilt, turn = math.degrees(math.atan2(hx - nx, ny - hy)), 0.0, math.copysign(66.0, turn)
    head = Head(canvas, body.joint("head"), _HEAD * own * child, turn, tilt, body.paint, view.key, _gaze(turn), roll)
    if body.pose != "carried":
        shadow = ellipse(x - view.key * 0.12 * own, y, 0.36 * own, 0.06 * own)
        canvas.fill(shadow, mix(view.palette.ramp[0], view.palette.ramp[1], 0.5))
    _dress(view, body, head)


def draw_reach(view: View, canvas: Canvas, figure: Figure) -> None:
    """The arms that touch somebody or work on a table, and what they hold: over whoever and whatever is drawn."""
    at_table = figure.pose in {*AT_TABLE, "put"}
    if figure.look.shape == "animal" or not (at_table or any(figure.hands)):
        return
    if not view.camera.picture((figure.x, 0.0, figure.z))[2]:
        return
    body = _body(view, canvas, figure)
    near = [side for side in ("", "2") if body.depth("elbow" + side) <= 0.05]
    draw_held(view, body)
    for side, target in zip(("", "2"), figure.hands, strict=True):
        if side in near and (target or at_table):
            limbs.draw_hand(body, side)
            limbs.draw_sleeve(body, side)
        elif at_table:
            limbs.draw_forearm(body, side)
        if target and side in near and figure.pose == "punch" and target[1] > body.joints["neck"][1] * 0.9:
            _impact(view, body, target)


def _impact(view: View, body: limbs.Body, spot: Spot) -> None:
    """The strokes of a blow where the fist lands."""
    x, y, _ = view.camera.picture(spot)
    for step in range(7):
        angle = math.tau * (step + 0.5) / 7
        way = (math.cos(angle) * body.scale, math.sin(angle) * body.scale)
        ray = [(x + part * way[0], y + part * way[1]) for part in (0.1, 0.14, 0.17 if step % 2 else 0.21)]
        body.canvas.stroke(ray, body.paint.ink, max(2.0, body.scale * 0.024), 0.9, 0.1)
        body.canvas.stroke(ray, view.palette.paper, max(1.5, body.scale * 0.016), 0.9, 0.1)


def _body(view: View, canvas: Canvas, figure: Figure) -> limbs.Body:
    """Somebody's body where it falls in the picture."""
    x, y, scale = view.camera.picture((figure.x, 0.0, figure.z))
    pose = known(figure.pose)
    if pose == "stand" and figure.thing and not any(figure.hands):
        pose = "carry" if figure.thing in HUNG else "hold"
    own = scale * figure.look.height / USUAL
    turn = figure.facing + math.degrees(view.camera.yaw)
    posed = figure if pose == figure.pose else replace(figure, pose=pose)
    return limbs.Body(
        canvas, (x, y), own, turn, paint_of(view, figure), view.key, joints_of(posed), posed, _rise(view, figure, own)
    )


def _dress(view: View, body: limbs.Body, head: Head) -> None:
    """The body's pieces from behind to before. An arm's outline goes under the coat, its colour over it: no seam."""
    if body.figure.look.shape != "robot":
        draw_hair_behind(head, body.figure)
    limbs.draw_legs(body)
    arms = sorted(("", "2"), key=lambda side: -body.depth("elbow" + side))
    turned_away = math.cos(math.radians(body.turn)) < -0.3
    behind = [side for side in arms if body.depth("elbow" + side) > 0.05 or turned_away]
    before = [side for side in arms if side not in behind]
    for side in behind:
        limbs.draw_hand(body, side)
        limbs.draw_limb(body, limbs.arm(side), limbs.ARM, body.paint.coat, body.paint.coat_shade)
    for side in before:
        limbs.draw_limb(body, limbs.arm(side), limbs.ARM, body.paint.ink, body.paint.ink)
    _neck(body, head)
    _torso(body)
    before_face = body.figure.pose in AT_FACE
    if not before_face:
        draw_head(head, body.figure)
        draw_held(view, body)
    for side in behind:
        if not turned_away and body.joints["hand" + side][2] > 0.15:
            limbs.draw_forearm(body, side)
    for side in before:
        limbs.draw_hand(body, side)
        limbs.draw_sleeve(body, side)
    if before_face:
        draw_head(head, body.figure)
        draw_held(view, body)
        for side in ("", "2") if body.figure.pose == "weep" else ("2",):
            limbs.draw_hand(body, side)


def _rise(view: View, figure: Figure, scale: float) -> float:
    _, foot, _ = view.camera.picture((figure.x, 0.0, figure.z))
    _, crown, near = view.camera.picture((figure.x, figure.look.height, figure.z))
    return min(1.0, max(0.3, (foot - crown) / (scale * USUAL))) if near else 1.0


def _gaze(turn: float) -> float:
    """Eyes go on to the one who is looked at, beyond where the head is turned."""
    return 0.75 if 8 < turn < 80 else -0.75 if -80 < turn < -8 else 0.0


def _level(body: limbs.Body, height: float, wide: float, deep: float) -> tuple[Point, Point]:
    """Left and right edge of the trunk at a height: 0 the hips, 0.72 the chest, 1 the neck."""
    low, chest, neck = body.joints["pelvis"], body.joints["chest"], body.joints["neck"]
    first, second, part = (low, chest, height / 0.72) if height < 0.72 else (chest, neck, (height - 0.72) / 0.28)
    way = [start + (end - start) * part for start, end in zip(first, second, strict=True)]
    x, y = body.spot((way[0], way[1], way[2]))
    turn = math.radians(body.turn)
    if _is_level(body):
        half = body.scale * body.girth * deep * 0.82
        return (x, y - half), (x, y + half)
    half = body.scale * body.girth * math.hypot(wide * math.cos(turn), deep * math.sin(turn))
    return (x - half, y), (x + half, y)


def _is_level(body: limbs.Body) -> bool:
    """True if the trunk lies along the ground: its height is how deep a chest is."""
    return abs(body.joints["pelvis"][1] - body.joints["neck"][1]) < 0.25


def _torso(body: limbs.Body) -> None:
    paint, look = body.paint, body.figure.look
    robot = look.shape == "robot"
    parts = _CHILDS if look.age == "child" else _WOMANS if look.gender == "woman" else (1.0,) * len(_TRUNK)
    trunk = [(height, wide * part, deep * part) for (height, wide, deep), part in zip(_TRUNK, parts, strict=True)]
    edges = [_level(body, *one) for one in (_BARREL if robot else trunk)]
    if look.coat_length > 0.2 and body.figure.pose not in _FOLDED and not robot:
        left, right = edges[0]
        drop, flare = body.scale * (0.12 + 0.4 * look.coat_length), body.scale * 0.04
        edges.insert(0, ((left[0] - flare, left[1] + drop), (right[0] + flare, right[1] + drop)))
    outline = [edge[0] for edge in edges] + [edge[1] for edge in reversed(edges)]
    outline = outline if robot else spline(outline, steps=4)
    body.canvas.fill(outline, paint.coat, paint.ink, body.line * 1.7)
    limbs.colour_in(body, outline, paint.coat, paint.coat_shade)
    if look.garment == "bare":  # trousers reach up to the waist
        (a, b), (c, d) = edges[0], edges[1]
        body.canvas.fill([a, b, d, c], paint.lower, paint.ink, body.line)
    if _is_level(body):
        return
    if math.cos(math.radians(body.turn)) > -0.2:
        draw_garment(body.canvas, body.figure, paint, edges, body.scale, math.sin(math.radians(body.turn)), body.key)
    elif body.scale > 120:
        body.canvas.line([((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in edges[:-2]], paint.ink, body.line)


def _neck(body: limbs.Body, head: Head) -> None:
    paint = body.paint
    base, top = body.joint("neck"), head.middle
    if body.figure.look.shape == "robot":
        body.canvas.fill(capsule(base, top, 0.05 * body.scale, 0.05 * body.scale), paint.dark, paint.ink, body.line)
        return
    size = body.scale * (0.84 if body.figure.look.height < 1.4 else 1.0)
    low = (base[0], base[1] + 0.05 * body.scale)
    high = (top[0] - 0.25 * (top[0] - base[0]), top[1] + 0.02 * body.scale)
    neck = capsule(low, high, 0.05 * size, 0.045 * size)
    body.canvas.fill(neck, paint.skin_shade if not head.away else paint.skin, paint.ink, body.line * 1.4)
    if not head.away:
        lit = cut(neck, base[0] + body.key * 0.025 * body.scale, body.key)
        body.canvas.fill(lit, mix(paint.skin, paint.skin_shade, 0.35))
