"""The ground out of doors, and all the shells that stand on it or on water."""

import math
from collections.abc import Callable
from itertools import pairwise

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import wash
from wzrd.animatic.panels.skies import distance, sky
from wzrd.animatic.panels.view import Tone, View

_TONES = {
    "sand": 0.78, "shingle": 0.66, "wheat": 0.7, "cobbles": 0.5, "litter": 0.4, "plain": 0.46, "asphalt": 0.34,
    "flags": 0.66, "concrete": 0.6, "snow": 0.94,
}  # fmt: skip


def open_ground(view: View) -> None:
    """Sky, silhouettes far away, and a ground of some kind."""
    sky(view)
    distance(view)
    snowed = "snow" in view.brief.air.weather
    tone = 0.92 if view.brief.air.time != "night" else 0.74
    ground(view, tone if snowed else _TONES.get(view.brief.stage.floor, 0.55))
    _GROUNDS.get(view.brief.stage.floor, tufts)(view)


def ground(view: View, tone: Tone) -> None:
    """The plane of the ground, in bands that pale with distance."""
    edges = (260.0, 90, 40, 22, 13, 8, 5, 3, 1.5, -12)
    cosine, sine = math.cos(view.camera.yaw), math.sin(view.camera.yaw)
    eye = view.camera.eye
    for outer, inner in pairwise(edges):
        corners = [
            (side * (outer if depth == outer else inner) * 2.6 + side * 14, depth)
            for depth, side in ((outer, -1), (outer, 1), (inner, 1), (inner, -1))
        ]
        world = [(eye[0] + x * cosine + z * sine, 0.0, eye[2] - x * sine + z * cosine) for x, z in corners]
        view.face(world, tone, ink=False)


def tufts(view: View) -> None:
    """Grass in tufts, poking through snow where there is any."""
    snowed = "snow" in view.brief.air.weather
    for step in range(46):
        z = 0.6 + 16 * view.unit("tuft", step) ** 1.6
        x = (view.unit("across", step) - 0.5) * (5 + z * 1.7)
        tall = 0.10 + 0.14 * view.unit("blade", step)
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
            x = (step / 53 - 0.5) * (4 + z * 2.1) + 0.2 * (view.unit("stalk", row, step) - 0.5)
            if abs(x) < 0.9 and z < 3.4:
                continue
            tall, lean = 0.55 + 0.3 * view.unit("tall", row, step), 0.2 * (view.unit("lean", row, step) - 0.3)
            stalk = [(0, 0), (lean * 0.4, tall * 0.7), (lean, tall)]
            view.stem(Part("stalk", x, 0, z), stalk, 0.42 if step % 2 else ears, 0.022)


def _sand(view: View) -> None:
    for step in range(14):
        z = 1.0 + 24 * view.unit("ripple", step) ** 1.5
        x, wide = (view.unit("x", step) - 0.5) * (6 + z * 2), 1.0 + z * 0.22
        view.path([(x - wide + k * wide / 4, 0.0, z + 0.12 * math.sin(k * 1.3 + step)) for k in range(9)], 0.56, 0.9)
    for step in range(8):
        z = 1.2 + 10 * view.unit("crack", step)
        x = (view.unit("cx", step) - 0.5) * (4 + z * 1.6)
        view.path([(x, 0, z), (x + 0.3, 0, z + 0.3), (x + 0.2, 0, z + 0.7), (x + 0.7, 0, z + 0.9)], 0.46, 0.8)


def stones(view: View) -> None:
    """Pebbles, denser near the camera."""
    for step in range(70):
        z = 0.7 + 12 * view.unit("stone", step) ** 1.8
        x, size = (view.unit("sx", step) - 0.5) * (4 + z * 1.8), 0.05 + 0.12 * view.unit("size", step)
        part, tone = Part("stone", x, 0, z), 0.44 + 0.3 * view.unit("tone", step)
        view.round(part, 0, size * 0.3, size, size * 0.5, tone, ink=size > 0.09)


def _cobbles(view: View) -> None:
    for row in range(9):
        z = 0.4 + row * 0.9 + row * row * 0.1
        for step in range(12):
            x = (step - 6 + (row % 2) * 0.5) * (0.7 + row * 0.06)
            view.pad(x, z, 0.24 + 0.02 * row, 0.2, 0.44 + 0.16 * view.unit("cobble", row, step))


def _slabs(view: View) -> None:
    for step in range(1, 14):
        z = step * 1.3 - 1.5
        view.path([(-24, 0, z), (24, 0, z)], 0.52, 0.7)
    for step in range(-9, 10):
        view.path([(step * 1.5, 0, -3), (step * 1.5, 0, 16)], 0.52, 0.7)


def _cracks(view: View) -> None:
    for step in range(7):
        z, x = 1.2 + 12 * view.unit("crack", step), (view.unit("side", step) - 0.5) * 12
        view.path([(x, 0, z), (x + 0.4, 0, z + 0.3), (x + 0.5, 0, z + 0.9), (x + 1.0, 0, z + 1.1)], 0.24, 0.9)


_GROUNDS: dict[str, Callable[[View], None]] = {
    "wheat": _wheat, "sand": _sand, "scree": stones, "shingle": stones, "cobbles": _cobbles,
        "plain": lambda _: None, "litter": tufts,
    "asphalt": _cracks, "flags": _slabs, "concrete": _slabs, "snow": lambda _: None,
}  # fmt: skip
