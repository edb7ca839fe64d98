"""Sets with a shape of their own: attics, tunnels, booths, tents, the fronts of buildings, cliffs, the deep sea."""

import math
from itertools import pairwise

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, wash
from wzrd.animatic.panels.grounds import ground, tufts
from wzrd.animatic.panels.shells import room
from wzrd.animatic.panels.skies import city, horizon, sky
from wzrd.animatic.panels.view import View
from wzrd.animatic.panels.waters import water

_FRONT = -5.0  # metres: how far a set reaches towards the camera


def attic(view: View) -> None:
    """A room under a roof: both sides slope, beams run across."""
    room(view)
    stage = view.brief.stage
    w, d, h = stage.width / 2, stage.depth, stage.height
    for side in (-1, 1):
        slope = [(side * w, 1.0, _FRONT), (side * w, 1.0, d), (side * w * 0.2, h, d), (side * w * 0.2, h, _FRONT)]
        view.face(slope, 0.5 if side == view.key else 0.4)
        for step in range(int(d - _FRONT)):
            z = _FRONT + step + 0.5
            view.path([(side * w, 1.0, z), (side * w * 0.2, h, z)], 0.26, 2.4)
    view.path([(-w * 0.62, h * 0.66, 2.2), (w * 0.62, h * 0.66, 2.2)], 0.26, 5)


def tunnel(view: View) -> None:
    """A vault that leads away into the dark, lit from ring to ring."""
    stage = view.brief.stage
    image = view.canvas.image
    image.paste(wash(view.palette, 0.08), (0, 0, image.width, image.height))
    r = stage.width / 2
    rings = [1.6 * step - 4.0 for step in range(int((stage.depth + 5) / 1.6))]
    angles = [math.pi * step / 8 for step in range(9)]
    for at, z in reversed(list(enumerate(rings))):
        for one, other in pairwise(angles):
            arch = [(r * math.cos(a), 1.0 + (stage.height - 1.0) * math.sin(a)) for a in (one, other)]
            ring = [(*arch[0], z), (*arch[1], z), (*arch[1], z + 1.6), (*arch[0], z + 1.6)]
            tone = 0.46 + 0.07 * math.cos(one) * view.key - 0.012 * max(0, at - 3) + (0.03 if at % 2 else 0)
            view.face(ring, max(0.1, tone), ink=at % 2 == 0 and one > 0)
        for side in (-1, 1):
            wall = [(side * r, 0, z), (side * r, 1.0, z), (side * r, 1.0, z + 1.6), (side * r, 0, z + 1.6)]
            view.face(wall, max(0.1, 0.4 - 0.012 * at), ink=False)
    view.face([(-r, 0, _FRONT), (r, 0, _FRONT), (r, 0, stage.depth), (-r, 0, stage.depth)], 0.3, ink=False)
    view.face([(-0.5, 0.01, _FRONT), (0.5, 0.01, _FRONT), (0.5, 0.01, 18), (-0.5, 0.01, 18)], 0.22, ink=False)


def booth(view: View) -> None:
    """A glass box with a street behind it."""
    sky(view)
    city(view)
    ground(view, 0.46)
    stage = view.brief.stage
    w, d, h = stage.width / 2, stage.depth, stage.height
    view.face([(-w, 0, -w), (w, 0, -w), (w, 0, d), (-w, 0, d)], 0.34)
    frame = view.cloth(view.palette.accent)
    for x in (-w, 0.0, w):
        view.box(Part("post", x, 0, d), (0.09, h, 0.09), 0.3, colour=frame)
    for side in (-w, w):
        view.box(Part("post", side, 0, -0.5), (0.09, h, 0.09), 0.3, colour=frame)
        for y in (0.1, 0.8, 1.5):
            view.path([(side, y, -0.5), (side, y, d)], frame, 3)
    for y in (0.1, 0.8, 1.5):
        view.path([(-w, y, d), (w, y, d)], frame, 3)
    view.box(Part("roof", 0, h - 0.25, d / 2 - 0.25), (stage.width + 0.2, 0.3, d + 0.8), 0.3, colour=frame)


def tent_inside(view: View) -> None:
    """Canvas walls that slope to a ridge, the back open a hand's breadth to the outside."""
    stage = view.brief.stage
    w, d, h = stage.width / 2, stage.depth, stage.height
    image = view.canvas.image
    image.paste(wash(view.palette, 0.5), (0, 0, image.width, image.height))
    view.face([(-w, 0, _FRONT), (w, 0, _FRONT), (w, 0, d), (-w, 0, d)], 0.4, ink=False)
    view.face([(-w, 0, d), (w, 0, d), (w, 1.1, d), (0, h, d), (-w, 1.1, d)], 0.6)
    flap = [(-0.5, 0, d - 0.02), (0.35, 0, d - 0.02), (0.0, h * 0.86, d - 0.02)]
    view.face(flap, mix(view.palette.sky[0], view.palette.sky[1], 0.7))
    for side in (-1, 1):
        light = 0.06 * side * view.key
        view.face([(side * w, 0, _FRONT), (side * w, 0, d), (side * w, 1.1, d), (side * w, 1.1, _FRONT)], 0.54 - light)
        view.face([(side * w, 1.1, _FRONT), (side * w, 1.1, d), (0, h, d), (0, h, _FRONT)], 0.68 - light)
        for step in range(int((d - _FRONT) / 1.5)):
            z = _FRONT + 1.5 * step
            view.path([(side * w, 0, z), (side * w, 1.1, z), (0, h, z)], 0.44, 1)
    view.path([(0, 0, d - 0.1), (0, h, d - 0.1)], 0.3, 4)


def street_front(view: View) -> None:
    """A pavement before a building across the whole picture; sky above it."""
    sky(view)
    city(view)
    ground(view, 0.3 if view.brief.air.time == "night" else 0.46)
    view.face([(-40, 0.02, 1.4), (40, 0.02, 1.4), (40, 0.02, 30), (-40, 0.02, 30)], 0.58)
    for step in range(-8, 9):
        view.path([(step * 2.0, 0.03, 1.4), (step * 2.0, 0.03, 6)], 0.46, 0.7)
    view.path([(-40, 0.03, 1.5), (40, 0.03, 1.5)], 0.4, 1.6)


def cliff(view: View) -> None:
    """Ground that breaks off; the sea far below and the next headlands beyond."""
    sky(view)
    water(view, 10, 0.36)
    line = horizon(view)
    width = view.frame.width
    for at, (x, tall, wide) in enumerate(((0.86, 0.10, 0.34), (0.1, 0.16, 0.3))):
        base = line + view.frame.height * 0.03 * (at + 1)
        left, right = (x - wide / 2) * width, (x + wide / 2) * width
        top = line - view.frame.height * tall
        edge = [(left, base), (left + 12, top + 14), (x * width, top), (right - 16, top + 10), (right, base)]
        view.canvas.fill(edge, wash(view.palette, 0.56 - 0.08 * at), view.palette.ramp[1], 1.4)
    rim = [(-30.0, 4.6), (-9, 5.2), (-4, 4.4), (-1.2, 5.6), (2, 4.9), (5, 6), (10, 5), (30, 5.4)]
    for (x, z), (nx, nz) in pairwise(rim):
        view.face([(x, 0, z), (nx, 0, nz), (nx - 0.3, -6, nz + 1.2), (x - 0.3, -6, z + 1.2)], 0.4)
    view.face([(-30, 0, -8), *((x, 0.0, z) for x, z in rim), (30, 0, -8)], 0.58, width=1.4)
    tufts(view)


def deep(view: View) -> None:
    """Under water: light from above in shafts, a bed of sand, bubbles."""
    image = view.canvas.image
    top, low = mix(view.palette.sky[0], (255, 255, 255), 0.1), wash(view.palette, 0.16)
    bands = 24
    for step in range(bands):
        y = image.height * step // bands
        image.paste(mix(top, low, (step / bands) ** 0.7), (0, y, image.width, image.height))
    ground(view, 0.44)
    width, height = view.frame.width, view.frame.height
    for step in range(4):
        x = width * (0.12 + 0.24 * step)
        low_end = [(x - width * 0.02, height * 0.62), (x - width * 0.1, height * 0.6)]
        shaft = [(x, -10.0), (x + width * 0.06, -10.0), *low_end]
        view.canvas.fill(shaft, mix(top, low, 0.22 + 0.05 * step))
    for step in range(16):
        x, y = width * view.unit("bubble", step), height * view.unit("rise", step) * 0.8
        size = 2 + 6 * view.unit("round", step)
        view.canvas.fill(ellipse(x, y, size, size, steps=12), mix(top, low, 0.3), mix(top, (255, 255, 255), 0.5), 1.2)
