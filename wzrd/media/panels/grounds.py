"""What is around a set out of doors: sky, far silhouettes, the ground, water, streets, a deck, space."""

import math
from collections.abc import Callable

from PIL import Image

from wzrd.domain.panels import Part
from wzrd.domain.panels.brief import Colour
from wzrd.media.panels.canvas import Point, ellipse, mix, spline, wash
from wzrd.media.panels.view import Tone, View

_BACK, _FAR = -6.0, 60.0


def horizon(view: View) -> float:
    """How far down the picture the horizon lies, in pixels."""
    return view.camera.middle[1] + view.camera.focal * math.tan(view.camera.pitch)


def sky(view: View) -> None:
    """The sky's two colours from the top to the horizon, with stars or clouds."""
    image = view.canvas.image
    line = max(8, min(image.height * 1.6, horizon(view) * view.canvas.scale))
    top, low = view.palette.sky
    shade = Image.new("RGB", (1, 64))
    shade.putdata([mix(top, low, (step / 63) ** 1.3) for step in range(64)])
    image.paste(
        shade.resize((image.width, int(line) + 2), Image.Resampling.BILINEAR).crop(
            (0, 0, image.width, min(image.height, int(line) + 2))
        ),
        (0, 0),
    )
    if view.brief.air.time == "night" and not {"snow", "rain", "storm", "fog", "cloud"} & set(view.brief.air.weather):
        _stars(view, line / view.canvas.scale)
    elif view.inked or view.brief.size in {"medium", "medium_close_up"}:
        _clouds(view, line / view.canvas.scale)


def _stars(view: View, line: float) -> None:
    for step in range(90):
        x, y = view.frame.width * view.roll("star", step), line * 0.9 * view.roll("up", step) ** 1.2
        size = 0.7 + 1.6 * view.roll("bright", step) ** 3
        view.canvas.disc(x, y, size, mix(view.palette.sky[0], (255, 255, 255), 0.55 + 0.4 * view.roll("bright", step)))


def _clouds(view: View, line: float) -> None:
    heavy = bool({"rain", "storm", "cloud", "snow"} & set(view.brief.air.weather))
    top, low = view.palette.sky
    for step in range(7 if heavy else 4):
        x, y = (
            view.frame.width * (view.roll("cloud", step) * 1.2 - 0.1),
            line * (0.12 + 0.62 * view.roll("height", step)),
        )
        wide = view.frame.width * (0.12 + 0.2 * view.roll("wide", step)) * (1.4 if heavy else 1.0)
        colour = mix(low, (255, 255, 255), 0.35) if not heavy else mix(top, view.palette.ramp[1], 0.45)
        lumps: list[Point] = []
        for lump in range(9):
            part = lump / 8
            lumps.append(
                (
                    x + wide * (part - 0.5) * 2,
                    y - wide * 0.16 * math.sin(math.pi * part) * (0.5 + view.roll("lump", step, lump)),
                )
            )
        lumps += [(x + wide * 0.8, y + wide * 0.035), (x - wide * 0.8, y + wide * 0.035)]
        view.canvas.fill(spline(lumps), mix(mix(top, low, y / line), colour, 0.55))


def ridge(
    view: View, distance: float, height: float, rough: int, tone: Tone, *, sharp: bool = False, name: str = "ridge"
) -> None:
    """A silhouette at the horizon around the whole set; `height` metres at `distance`."""
    points: list[Point] = []
    base = view.camera.yaw
    steps = 64
    for step in range(steps + 1):
        azimuth = base + math.radians(-62 + 124 * step / steps)
        ahead = math.cos(azimuth - base)
        where = math.degrees(azimuth) * rough / 40
        low, part = math.floor(where), where - math.floor(where)
        smooth = part if sharp else part * part * (3 - 2 * part)
        tall = view.roll(name, low) * (1 - smooth) + view.roll(name, low + 1) * smooth
        fine = 0.22 * (view.roll(name, "fine", round(where * 4)) - 0.5) if sharp else 0.0
        seen = (
            math.sin(azimuth - base) * distance,
            height * (0.35 + 0.65 * tall + fine) - view.camera.eye[1],
            ahead * distance,
        )
        cosine, sine = math.cos(view.camera.pitch), math.sin(view.camera.pitch)
        points.append(
            view.camera.project(
                (seen[0], seen[1] * cosine - seen[2] * sine, max(1.0, seen[1] * sine + seen[2] * cosine))
            )
        )
    bottom = max(view.frame.height, horizon(view)) + 40
    colour = view.colour(tone)
    view.canvas.fill([*points, (points[-1][0], bottom), (points[0][0], bottom)], colour)
    if view.inked:
        view.canvas.line(points, mix(colour, view.palette.ramp[0], 0.35), 1.2)


def _city(view: View) -> None:
    for depth, (distance, tone) in enumerate(((240, 0.62), (150, 0.46), (95, 0.3))):
        night = view.brief.air.time == "night"
        for step in range(34):
            azimuth = -66 + step * 4 + 2 * view.roll("block", depth, step)
            x, z = distance * math.sin(math.radians(azimuth)), distance * math.cos(math.radians(azimuth))
            tall = (14 + 52 * view.roll("tall", depth, step) ** 2) * distance / 150
            wide = distance * 0.03 * (0.7 + view.roll("broad", depth, step))
            part = Part("block", x, 0, z, -azimuth * 0.0)
            plain = mix(wash(view.palette, tone * (0.55 if night else 1.0)), view.palette.sky[1], 0.45 - 0.16 * depth)
            view.quad(part, -wide, -5, wide, tall, plain, ink=depth == 2)
            if depth > 0:
                for light in range(6):
                    if view.roll("window", depth, step, light) > 0.45:
                        u, v = (
                            -wide * 0.7 + wide * 1.3 * view.roll("u", step, light),
                            tall * (0.15 + 0.75 * view.roll("v", step, light, depth)),
                        )
                        view.quad(
                            part,
                            u,
                            v,
                            u + wide * 0.16,
                            v + wide * 0.22,
                            view.palette.lamp if night else mix(plain, (255, 255, 255), 0.35),
                            ink=False,
                        )


def _far(view: View) -> None:
    far, sky_low = view.brief.stage.far, view.palette.sky[1]
    if far == "city":
        _city(view)
    elif far == "peaks":
        ridge(view, 400, 150, 6, mix(wash(view.palette, 0.62), sky_low, 0.4), sharp=True, name="peak")
        ridge(view, 220, 60, 8, wash(view.palette, 0.46), sharp=True, name="spur")
    elif far == "mesas":
        ridge(view, 420, 44, 12, mix(wash(view.palette, 0.6), sky_low, 0.5), sharp=False, name="mesa")
        ridge(view, 200, 9, 7, wash(view.palette, 0.66), name="dune")
    elif far == "trees":
        ridge(view, 130, 26, 60, mix(wash(view.palette, 0.52), sky_low, 0.4), sharp=True, name="wood")
        ridge(view, 70, 13, 90, wash(view.palette, 0.36), sharp=True, name="edge")
    elif far == "sea_cliff":
        _sea_strip(view)
        ridge(view, 160, 14, 5, wash(view.palette, 0.34), sharp=True, name="cliff")
    else:
        ridge(view, 320, 46, 7, mix(wash(view.palette, 0.64), sky_low, 0.45), name="hill")
        ridge(view, 160, 14, 10, wash(view.palette, 0.52), name="rise")


def _sea_strip(view: View) -> None:
    line = horizon(view)
    view.canvas.fill(
        [(-400, line), (view.frame.width + 400, line), (view.frame.width + 400, line + 160), (-400, line + 160)],
        wash(view.palette, 0.42),
    )


def open_ground(view: View) -> None:
    """Sky, silhouettes far away, and a ground of some kind."""
    sky(view)
    _far(view)
    night = view.brief.air.time == "night"
    snowed = "snow" in view.brief.air.weather
    tone = {"sand": 0.78, "shingle": 0.66, "wheat": 0.7, "cobbles": 0.5, "litter": 0.4, "plain": 0.46}.get(
        view.brief.stage.floor, 0.55
    )
    ground(view, 0.92 if snowed and not night else 0.74 if snowed else tone)
    _GROUNDS.get(view.brief.stage.floor, _tufts)(view)


def ground(view: View, tone: Tone, *, near: float = _BACK, far: float = 260.0) -> None:
    """The plane of the ground, in bands that pale with distance."""
    edges = [far, 90, 40, 22, 13, 8, 5, 3, 1.5, near - 6]
    cosine, sine = math.cos(view.camera.yaw), math.sin(view.camera.yaw)
    eye = view.camera.eye
    for outer, inner in zip(edges, edges[1:], strict=False):
        corners = [
            (side * (outer if depth == outer else inner) * 2.6 + side * 14, depth)
            for depth, side in ((outer, -1), (outer, 1), (inner, 1), (inner, -1))
        ]
        world = [(eye[0] + x * cosine + z * sine, 0.0, eye[2] - x * sine + z * cosine) for x, z in corners]
        view.face(world, tone, ink=False)


def _tufts(view: View) -> None:
    snowed = "snow" in view.brief.air.weather
    for step in range(46):
        z = 0.6 + 16 * view.roll("tuft", step) ** 1.6
        x = (view.roll("across", step) - 0.5) * (5 + z * 1.7)
        tall = 0.10 + 0.14 * view.roll("blade", step)
        part = Part("tuft", x, 0, z)
        if step % 3 == 0:
            view.pad(x, z, 0.5 + tall * 3, 0.22, 0.48 if not snowed else 0.66)
        for blade in (-0.6, -0.1, 0.45):
            view.stem(part, [(blade * 0.12, 0), (blade * 0.3, tall)], 0.3, 0.014)


def _wheat(view: View) -> None:
    ears = wash(view.palette, 0.86)
    for row in range(11):
        z = 16 / (1 + row * 0.62) + 0.9
        for step in range(54):
            x = (step / 53 - 0.5) * (4 + z * 2.1) + 0.2 * (view.roll("stalk", row, step) - 0.5)
            if abs(x) < 0.9 and z < 3.4:
                continue
            tall, lean = 0.55 + 0.3 * view.roll("tall", row, step), 0.2 * (view.roll("lean", row, step) - 0.3)
            view.stem(
                Part("stalk", x, 0, z),
                [(0, 0), (lean * 0.4, tall * 0.7), (lean, tall)],
                0.42 if step % 2 else ears,
                0.022,
            )


def _sand(view: View) -> None:
    for step in range(14):
        z = 1.0 + 24 * view.roll("ripple", step) ** 1.5
        x, wide = (view.roll("x", step) - 0.5) * (6 + z * 2), 1.0 + z * 0.22
        view.path([(x - wide + k * wide / 4, 0.0, z + 0.12 * math.sin(k * 1.3 + step)) for k in range(9)], 0.56, 0.9)
    for step in range(8):
        z = 1.2 + 10 * view.roll("crack", step)
        x = (view.roll("cx", step) - 0.5) * (4 + z * 1.6)
        view.path([(x, 0, z), (x + 0.3, 0, z + 0.3), (x + 0.2, 0, z + 0.7), (x + 0.7, 0, z + 0.9)], 0.46, 0.8)


def _stones(view: View) -> None:
    for step in range(70):
        z = 0.7 + 12 * view.roll("stone", step) ** 1.8
        x, size = (view.roll("sx", step) - 0.5) * (4 + z * 1.8), 0.05 + 0.12 * view.roll("size", step)
        view.round(
            Part("stone", x, 0, z),
            0,
            size * 0.3,
            size,
            size * 0.5,
            0.44 + 0.3 * view.roll("tone", step),
            ink=size > 0.09,
        )


def _cobbles(view: View) -> None:
    for row in range(9):
        z = 0.4 + row * 0.9 + row * row * 0.1
        for step in range(12):
            x = (step - 6 + (row % 2) * 0.5) * (0.7 + row * 0.06)
            view.pad(x, z, 0.24 + 0.02 * row, 0.2, 0.44 + 0.16 * view.roll("cobble", row, step))


_GROUNDS: dict[str, Callable[[View], None]] = {
    "wheat": _wheat, "sand": _sand, "scree": _stones, "shingle": _stones, "cobbles": _cobbles, "plain": lambda _: None, "litter": _tufts,
}  # fmt: skip


def _water(view: View, start: float, tone: float = 0.46) -> None:
    low = mix(view.palette.sky[1], wash(view.palette, tone), 0.45)
    line = horizon(view)
    view.canvas.fill(
        [
            (-500, line),
            (view.frame.width + 500, line),
            (view.frame.width + 500, view.frame.height + 500),
            (-500, view.frame.height + 500),
        ],
        low,
    )
    for step in range(46):
        z = start + 90 * view.roll("wave", step) ** 2.4
        x, wide = (view.roll("wx", step) - 0.5) * (8 + z * 1.9), 0.7 + z * 0.10
        crest = [(x - wide + k * wide / 3, 0.05 * math.sin(k * 2.2 + step), z) for k in range(7)]
        tone_of: Tone = mix(low, (255, 255, 255), 0.5) if step % 2 else mix(low, view.palette.ramp[1], 0.45)
        view.path(crest, tone_of, 1.6)


def shore(view: View) -> None:
    sky(view)
    ridge(view, 300, 40, 4, mix(wash(view.palette, 0.58), view.palette.sky[1], 0.45), name="headland")
    _water(view, 9.0)
    snowed = "snow" in view.brief.air.weather
    edge = [(x * 2.0, 0.0, 6.4 + 0.8 * math.sin(x * 0.9) + 0.05 * x * x * 0.2) for x in range(-16, 17)]
    view.face([(-32, 0, -7), *edge, (32, 0, -7)], 0.88 if snowed else 0.7, ink=False)
    for shift, tone in ((0.0, 0.99), (0.5, 0.9), (-0.35, 0.56)):
        view.path([(x, 0, z + shift) for x, _, z in edge], tone, 2.4 if tone > 0.95 else 1.2)
    _stones(view)


def sea(view: View) -> None:
    sky(view)
    _water(view, 5.0, 0.36)
    for row in range(5):
        z = 5.5 + row * 3.2
        swell = [((k - 9) * (1.0 + z * 0.2), 0.16 + 0.42 * math.sin(k * 0.9 + row * 2.1) - 0.2, z) for k in range(19)]
        low = [(x, -1.2, z) for x, _, z in reversed(swell)]
        view.face([*swell, *low], mix(wash(view.palette, 0.3 + 0.05 * row), view.palette.sky[1], 0.12 * row), ink=True)
    for step in range(12):
        x = -4.5 + step * 0.75
        view.face(
            [(x, 0, _BACK), (x + 0.75, 0, _BACK), (x + 0.68 - 0.1 * (x > 0), 0, 1.6), (x - 0.0, 0, 1.6)],
            0.46 + 0.05 * (step % 2),
        )


def quay(view: View) -> None:
    sky(view)
    _city(view) if view.roll("town") > 0.5 else ridge(view, 200, 24, 8, wash(view.palette, 0.5), name="coast")
    _water(view, 3.6)
    view.face([(-30, 0, _BACK), (30, 0, _BACK), (30, 0, 2.6), (-30, 0, 2.6)], 0.54)
    view.face([(-30, 0, 2.6), (30, 0, 2.6), (30, -1.0, 2.6), (-30, -1.0, 2.6)], 0.26)
    for step in range(24):
        view.path([(-12.0 + step, 0, _BACK), (-12.0 + step, 0, 2.6)], 0.36, 0.8)


def river(view: View) -> None:
    sky(view)
    _far(view)
    ground(view, 0.5)
    banks = [(x * 1.5, 0.0, 3.0 + 0.4 * math.sin(x * 0.8)) for x in range(-14, 15)]
    far_bank = [(x * 1.9, 0.0, 12.0 + 0.8 * math.sin(x * 0.6)) for x in range(14, -15, -1)]
    view.face([*banks, *far_bank], mix(view.palette.sky[1], wash(view.palette, 0.5), 0.4))
    for step in range(26):
        z = 3.8 + 7.6 * view.roll("flow", step)
        x = (view.roll("fx", step) - 0.5) * 16
        view.path([(x, 0, z), (x + 0.8, 0, z + 0.05), (x + 1.6, 0, z)], 0.9 if step % 2 else 0.36, 1.2)
    _tufts(view)


def _facade(view: View, side: int, z: float, wide: float, tall: float, number: int) -> None:
    stage = view.brief.stage
    x = side * stage.width / 2
    wall = Part("house", x, 0, z + wide / 2, -90.0 * side, on_wall=True)
    if not view.faces_camera(wall):
        return
    night = view.brief.air.time == "night"
    tone = (0.34 if night else 0.56) + 0.16 * view.roll("house", side, number)
    view.quad(wall, -wide / 2, 0, wide / 2, tall, tone)
    view.quad(wall, -wide / 2, tall - 0.25, wide / 2, tall, tone - 0.14)
    view.quad(wall, -wide / 2, 0, wide / 2, 2.9, tone - 0.1, ink=False)
    shop = view.roll("shop", side, number) > 0.45 and stage.width > 6
    if shop:
        view.quad(wall, -wide * 0.4, 0.6, wide * 0.12, 2.3, view.palette.lamp if night else 0.8, out=0.04)
        view.quad(
            wall,
            -wide * 0.44,
            2.45,
            wide * 0.44,
            2.9,
            view.palette.accent if number % 2 else view.palette.second,
            out=0.06,
        )
    view.quad(wall, wide * 0.2, 0, wide * 0.2 + 1.0, 2.2, 0.18, out=0.04)
    columns = max(2, int(wide / 1.5))
    for row in range(int((tall - 3.4) / 1.5)):
        for column in range(columns):
            u, v = -wide / 2 + (column + 0.5) * wide / columns, 3.4 + row * 1.5
            lit = night and view.roll("lit", side, number, row, column) > 0.66
            pane: Tone = view.palette.lamp if lit else tone - 0.24 if not night else 0.10
            view.quad(wall, u - 0.36, v, u + 0.36, v + 1.0, pane, out=0.03)


def street(view: View) -> None:
    sky(view)
    stage = view.brief.stage
    half = stage.width / 2
    _city(view) if stage.width > 6 else None
    ground(view, 0.3 if view.brief.air.time == "night" else 0.46)
    if half > 2.5:
        for side in (-1, 1):
            view.face(
                [
                    (side * half, 0.1, -8),
                    (side * (half - 2.1), 0.1, -8),
                    (side * (half - 2.1), 0.1, 60),
                    (side * half, 0.1, 60),
                ],
                0.56,
            )
        for step in range(-2, 14):
            view.face(
                [
                    (-0.07, 0.01, step * 3.0),
                    (0.07, 0.01, step * 3.0),
                    (0.07, 0.01, step * 3.0 + 1.4),
                    (-0.07, 0.01, step * 3.0 + 1.4),
                ],
                0.86,
                ink=False,
            )
    blocks: list[tuple[int, float, float, float, int]] = []
    for side in (-1, 1):
        z, number = -9.0, 0
        while z < stage.depth + 12:
            wide = 4.0 + 3.5 * view.roll("wide", side, number)
            blocks.append((side, z, wide, stage.height * (0.7 + 0.6 * view.roll("tall", side, number)), number))
            z += wide
            number += 1
    for side, z, wide, tall, number in sorted(
        blocks, key=lambda block: -abs(block[1] + block[2] / 2 - view.camera.eye[2])
    ):
        _facade(view, side, z, wide, tall, number)


def platform(view: View) -> None:
    sky(view)
    ridge(view, 260, 30, 9, mix(wash(view.palette, 0.5), view.palette.sky[1], 0.4), name="hill")
    ground(view, 0.36)
    view.face([(-30, 0, -1.9), (30, 0, -1.9), (30, 0, 5), (-30, 0, 5)], 0.6, ink=False)
    view.face(
        [(-30, 0.01, -1.7), (30, 0.01, -1.7), (30, 0.01, -1.45), (-30, 0.01, -1.45)], view.palette.lamp, ink=False
    )
    view.face([(-30, 0, -1.9), (30, 0, -1.9), (30, -0.9, -1.9), (-30, -0.9, -1.9)], 0.2)
    for step in range(-14, 15):
        view.path([(step * 1.6, 0, -1.4), (step * 1.6, 0, 5)], 0.46, 0.7)
    for z in (-2.8, -4.2):
        view.path([(-30, -0.7, z), (30, -0.7, z)], 0.1, 2.4)


def roof(view: View) -> None:
    sky(view)
    _city(view)
    view.face([(-9, 0, _BACK), (9, 0, _BACK), (9, 0, 6), (-9, 0, 6)], 0.46)
    for step in range(-6, 7):
        view.path([(step * 1.5, 0, _BACK), (step * 1.5, 0, 6)], 0.36, 0.8)


def bridge(view: View) -> None:
    sky(view)
    ridge(view, 240, 40, 8, mix(wash(view.palette, 0.52), view.palette.sky[1], 0.4), name="bank")
    _water(view, 20, 0.4)
    view.face([(-2.6, 0, -8), (2.6, 0, -8), (2.6, 0, 46), (-2.6, 0, 46)], 0.5)
    for step in range(-6, 30):
        view.path([(-2.6, 0, step * 1.2), (2.6, 0, step * 1.2)], 0.4, 0.8)


def road(view: View) -> None:
    open_ground(view)
    sweep = [(3.4 - 0.0 * z, z) for z in (-8.0, 0.0)]
    del sweep
    for inner, tone in ((1.0, 0.34), (0.93, 0.4)):
        left = [(-2.8 * inner + 0.006 * z * z, 0.01, z) for z in (-8.0, 0, 8, 20, 40, 70)]
        right = [(2.8 * inner + 0.006 * z * z, 0.01, z) for z in (70.0, 40, 20, 8, 0, -8)]
        view.face([*left, *right], tone, ink=inner == 1.0)
    for step in range(-2, 16):
        z = step * 2.6
        shift = 0.006 * z * z
        view.face(
            [
                (shift - 0.07, 0.02, z),
                (shift + 0.07, 0.02, z),
                (shift + 0.1, 0.02, z + 1.3),
                (shift - 0.05, 0.02, z + 1.3),
            ],
            0.92,
            ink=False,
        )


def cave(view: View) -> None:
    image = view.canvas.image
    image.paste(wash(view.palette, 0.3), (0, 0, image.width, image.height))
    view.face([(-8, 0, _BACK), (8, 0, _BACK), (8, 0, 14), (-8, 0, 14)], 0.34, ink=False)
    width, height = view.frame.width, view.frame.height
    mouth = ellipse(
        width * (0.62 if view.key > 0 else 0.38), horizon(view) - height * 0.06, width * 0.13, height * 0.2, steps=11
    )
    view.canvas.fill(
        spline(
            [
                (x + 26 * (view.roll("mouth", at) - 0.5), y + 20 * view.roll("lip", at))
                for at, (x, y) in enumerate(mouth)
            ]
        ),
        mix(view.palette.sky[1], (255, 255, 255), 0.3),
    )
    for layer, tone in ((0.30, 0.24), (0.18, 0.15), (0.08, 0.08)):
        _rock_frame(view, layer, tone)


def _rock_frame(view: View, room: float, tone: float) -> None:
    width, height = view.frame.width, view.frame.height
    top: list[Point] = [(-30.0, -30.0)]
    for step in range(13):
        part = step / 12
        arch = room * height * (0.3 + 2.4 * abs(part - 0.5) ** 1.6)
        drip = height * 0.16 * view.roll("drip", tone, step) if step % 2 else 0.0
        top.append((width * part, arch + drip))
    top.append((width + 30.0, -30.0))
    view.canvas.fill(top, wash(view.palette, tone), view.palette.ramp[0] if view.inked else None, 1.6)
    for side in (0, 1):
        edge = [
            (abs(side * width - width * room * (0.5 + 0.5 * view.roll("side", tone, side, step))), height * step / 8)
            for step in range(9)
        ]
        view.canvas.fill([(side * width, -20.0), *edge, (side * width, height + 20.0)], wash(view.palette, tone))


def space(view: View) -> None:
    image = view.canvas.image
    image.paste((7, 8, 20), (0, 0, image.width, image.height))
    width, height = view.frame.width, view.frame.height
    for step in range(170):
        x, y, bright = width * view.roll("sx", step), height * view.roll("sy", step), view.roll("bright", step) ** 3
        view.canvas.disc(x, y, 0.7 + 1.7 * bright, mix((60, 66, 100), (255, 255, 255), 0.3 + 0.7 * bright))
    x, y, radius = width * (0.2 + 0.6 * view.roll("px")), height * 1.05, height * 0.62
    colour: Colour = view.palette.second
    view.canvas.fill(ellipse(x, y, radius, radius, steps=60), mix(colour, (0, 0, 0), 0.35))
    view.canvas.fill(
        ellipse(x + radius * 0.05 * view.key, y - radius * 0.05, radius * 0.95, radius * 0.94, steps=60),
        mix(colour, (255, 255, 255), 0.12),
    )
    for step in range(5):
        bar = y - radius * 0.8 + step * radius * 0.2
        half = math.sqrt(max(0.0, radius * radius - (bar - y) ** 2)) * 0.86
        view.canvas.stroke([(x - half, bar), (x, bar + 12), (x + half, bar)], mix(colour, (255, 255, 255), 0.3), 18)


def heaven(view: View) -> None:
    image = view.canvas.image
    top, low = view.palette.sky
    shade = Image.new("RGB", (1, 64))
    shade.putdata([mix(top, low, step / 63) for step in range(64)])
    image.paste(shade.resize(image.size, Image.Resampling.BILINEAR), (0, 0))
    _clouds(view, view.frame.height * 1.2)
    for row in range(3):
        _bank(view, row)


def _bank(view: View, row: int) -> None:
    width, height = view.frame.width, view.frame.height
    base = height * (0.72 + 0.13 * row)
    lumps: list[Point] = [(-60.0, height + 60.0)]
    for step in range(12):
        lumps.append((width * step / 11, base - height * 0.09 * view.roll("bank", row, step)))
    lumps.append((width + 60.0, height + 60.0))
    view.canvas.fill(spline(lumps, closed=False), mix(view.palette.sky[1], (255, 255, 255), 0.25 + 0.25 * row))


GROUNDS = {
    "open": open_ground, "shore": shore, "sea": sea, "quay": quay, "river": river, "street": street, "platform": platform,
    "roof": roof, "bridge": bridge, "road": road, "cave": cave, "space": space, "sky": heaven,
}  # fmt: skip
