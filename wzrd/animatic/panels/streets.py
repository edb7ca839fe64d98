"""Streets, platforms, roofs, bridges, roads, caves: what people built or walk through."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import Point, corners, ellipse, mix, spline, wash
from wzrd.animatic.panels.grounds import ground, open_ground
from wzrd.animatic.panels.skies import city, horizon, ridge, sky
from wzrd.animatic.panels.view import Tone, View
from wzrd.animatic.panels.waters import water

_BACK = -6.0  # metres: how far a deck or a quay reaches towards the camera


def _facade(view: View, side: int, z: float, wide: float, tall: float, number: int) -> None:
    stage = view.brief.stage
    x = side * stage.width / 2
    wall = Part("house", x, 0, z + wide / 2, -90.0 * side, on_wall=True)
    if not view.faces_camera(wall):
        return
    night = view.brief.air.time == "night"
    tone = (0.34 if night else 0.56) + 0.16 * view.unit("house", side, number)
    view.quad(wall, -wide / 2, 0, wide / 2, tall, tone)
    view.quad(wall, -wide / 2, tall - 0.25, wide / 2, tall, tone - 0.14)
    view.quad(wall, -wide / 2, 0, wide / 2, 2.9, tone - 0.1, ink=False)
    shop = view.unit("shop", side, number) > 0.45 and stage.width > 6
    if shop:
        sign = view.palette.accent if number % 2 else view.palette.second
        view.quad(wall, -wide * 0.4, 0.6, wide * 0.12, 2.3, view.palette.lamp if night else 0.8, out=0.04)
        view.quad(wall, -wide * 0.44, 2.45, wide * 0.44, 2.9, sign, out=0.06)
    view.quad(wall, wide * 0.2, 0, wide * 0.2 + 1.0, 2.2, 0.18, out=0.04)
    columns = max(2, int(wide / 1.5))
    for row in range(int((tall - 3.4) / 1.5)):
        for column in range(columns):
            u, v = -wide / 2 + (column + 0.5) * wide / columns, 3.4 + row * 1.5
            lit = night and view.unit("lit", side, number, row, column) > 0.66
            pane: Tone = view.palette.lamp if lit else tone - 0.24 if not night else 0.10
            view.quad(wall, u - 0.36, v, u + 0.36, v + 1.0, pane, out=0.03)


def street(view: View) -> None:
    """Two rows of houses along a street, or the walls of an alley."""
    sky(view)
    stage = view.brief.stage
    half = stage.width / 2
    city(view) if stage.width > 6 else None
    ground(view, 0.3 if view.brief.air.time == "night" else 0.46)
    if half > 2.5:
        for side in (-1, 1):
            kerb, edge = side * half, side * (half - 2.1)
            view.face([(kerb, 0.1, -8), (edge, 0.1, -8), (edge, 0.1, 60), (kerb, 0.1, 60)], 0.56)
        for z in (step * 3.0 for step in range(-2, 14)):
            view.face([(x, 0.01, z + far) for x, far in corners(-0.07, 0, 0.07, 1.4)], 0.86, ink=False)
    blocks: list[tuple[int, float, float, float, int]] = []
    for side in (-1, 1):
        z, number = -9.0, 0
        while z < stage.depth + 12:
            wide = 4.0 + 3.5 * view.unit("wide", side, number)
            blocks.append((side, z, wide, stage.height * (0.7 + 0.6 * view.unit("tall", side, number)), number))
            z += wide
            number += 1
    blocks.sort(key=lambda block: -abs(block[1] + block[2] / 2 - view.camera.eye[2]))
    for side, z, wide, tall, number in blocks:
        _facade(view, side, z, wide, tall, number)


def platform(view: View) -> None:
    """A platform with its edge and rails towards the camera."""
    sky(view)
    ridge(view, 260, 30, 9, mix(wash(view.palette, 0.5), view.palette.sky[1], 0.4), name="hill")
    ground(view, 0.36)
    view.face([(-30, 0, -1.9), (30, 0, -1.9), (30, 0, 5), (-30, 0, 5)], 0.6, ink=False)
    view.face([(x, 0.01, z) for x, z in corners(-30, -1.7, 30, -1.45)], view.palette.lamp, ink=False)
    view.face([(-30, 0, -1.9), (30, 0, -1.9), (30, -0.9, -1.9), (-30, -0.9, -1.9)], 0.2)
    for step in range(-14, 15):
        view.path([(step * 1.6, 0, -1.4), (step * 1.6, 0, 5)], 0.46, 0.7)
    for z in (-2.8, -4.2):
        view.path([(-30, -0.7, z), (30, -0.7, z)], 0.1, 2.4)


def roof(view: View) -> None:
    """A flat roof over a city."""
    sky(view)
    city(view)
    view.face([(-9, 0, _BACK), (9, 0, _BACK), (9, 0, 6), (-9, 0, 6)], 0.46)
    for step in range(-6, 7):
        view.path([(step * 1.5, 0, _BACK), (step * 1.5, 0, 6)], 0.36, 0.8)


def bridge(view: View) -> None:
    """A deck over water, seen along it."""
    sky(view)
    ridge(view, 240, 40, 8, mix(wash(view.palette, 0.52), view.palette.sky[1], 0.4), name="bank")
    water(view, 20, 0.4)
    view.face([(-2.6, 0, -8), (2.6, 0, -8), (2.6, 0, 46), (-2.6, 0, 46)], 0.5)
    for step in range(-6, 30):
        view.path([(-2.6, 0, step * 1.2), (2.6, 0, step * 1.2)], 0.4, 0.8)


def road(view: View) -> None:
    """A road that bends away through open ground."""
    open_ground(view)
    for inner, tone in ((1.0, 0.34), (0.93, 0.4)):
        left = [(-2.8 * inner + 0.006 * z * z, 0.01, z) for z in (-8.0, 0, 8, 20, 40, 70)]
        right = [(2.8 * inner + 0.006 * z * z, 0.01, z) for z in (70.0, 40, 20, 8, 0, -8)]
        view.face([*left, *right], tone, ink=inner == 1.0)
    for step in range(-2, 16):
        z = step * 2.6
        shift = 0.006 * z * z
        dash = ((-0.07, 0), (0.07, 0), (0.1, 1.3), (-0.05, 1.3))
        view.face([(shift + x, 0.02, z + far) for x, far in dash], 0.92, ink=False)


def cave(view: View) -> None:
    """Rock all around, and a mouth of light."""
    image = view.canvas.image
    image.paste(wash(view.palette, 0.3), (0, 0, image.width, image.height))
    view.face([(-8, 0, _BACK), (8, 0, _BACK), (8, 0, 14), (-8, 0, 14)], 0.34, ink=False)
    width, height = view.frame.width, view.frame.height
    side = 0.62 if view.key > 0 else 0.38
    mouth = ellipse(width * side, horizon(view) - height * 0.06, width * 0.13, height * 0.2, steps=11)
    ragged = [
        (x + 26 * (view.unit("mouth", at) - 0.5), y + 20 * view.unit("lip", at)) for at, (x, y) in enumerate(mouth)
    ]
    view.canvas.fill(spline(ragged), mix(view.palette.sky[1], (255, 255, 255), 0.3))
    for layer, tone in ((0.30, 0.24), (0.18, 0.15), (0.08, 0.08)):
        _rock_frame(view, layer, tone)


def _rock_frame(view: View, room: float, tone: float) -> None:
    width, height = view.frame.width, view.frame.height
    top: list[Point] = [(-30.0, -30.0)]
    for step in range(13):
        part = step / 12
        arch = room * height * (0.3 + 2.4 * abs(part - 0.5) ** 1.6)
        drip = height * 0.16 * view.unit("drip", tone, step) if step % 2 else 0.0
        top.append((width * part, arch + drip))
    top.append((width + 30.0, -30.0))
    view.canvas.fill(top, wash(view.palette, tone), view.palette.ramp[0] if view.inked else None, 1.6)
    for side in (0, 1):
        rims = [width * room * (0.5 + 0.5 * view.unit("side", tone, side, step)) for step in range(9)]
        edge = [(abs(side * width - rim), height * step / 8) for step, rim in enumerate(rims)]
        view.canvas.fill([(side * width, -20.0), *edge, (side * width, height + 20.0)], wash(view.palette, tone))
