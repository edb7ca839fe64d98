"""Shores, the sea from a deck, quays, rivers."""

import math

from wzrd.animatic.panels.canvas import corners, mix, wash
from wzrd.animatic.panels.grounds import ground, stones, tufts
from wzrd.animatic.panels.skies import city, distance, horizon, ridge, sky
from wzrd.animatic.panels.view import Tone, View

_BACK = -6.0  # metres: how far a deck or a quay reaches towards the camera


def water(view: View, start: float, tone: float = 0.46) -> None:
    """Water from the horizon on, with wave lines beyond `start` metres."""
    low = mix(view.palette.sky[1], wash(view.palette, tone), 0.45)
    line = horizon(view)
    view.canvas.fill(corners(-500, line, view.frame.width + 500, view.frame.height + 500), low)
    for step in range(46):
        z = start + 90 * view.unit("wave", step) ** 2.4
        x, wide = (view.unit("wx", step) - 0.5) * (8 + z * 1.9), 0.7 + z * 0.10
        crest = [(x - wide + k * wide / 3, 0.05 * math.sin(k * 2.2 + step), z) for k in range(7)]
        tone_of: Tone = mix(low, (255, 255, 255), 0.5) if step % 2 else mix(low, view.palette.ramp[1], 0.45)
        view.path(crest, tone_of, 1.6)


def shore(view: View) -> None:
    """A beach with its tide line, and a headland."""
    sky(view)
    ridge(view, 300, 40, 4, mix(wash(view.palette, 0.58), view.palette.sky[1], 0.45), name="headland")
    water(view, 9.0)
    snowed = "snow" in view.brief.air.weather
    edge = [(x * 2.0, 0.0, 6.4 + 0.8 * math.sin(x * 0.9) + 0.05 * x * x * 0.2) for x in range(-16, 17)]
    view.face([(-32, 0, -7), *edge, (32, 0, -7)], 0.88 if snowed else 0.7, ink=False)
    for shift, tone in ((0.0, 0.99), (0.5, 0.9), (-0.35, 0.56)):
        view.path([(x, 0, z + shift) for x, _, z in edge], tone, 2.4 if tone > 0.95 else 1.2)
    stones(view)


def sea(view: View) -> None:
    """The sea from a deck."""
    sky(view)
    water(view, 5.0, 0.36)
    for row in range(5):
        z = 5.5 + row * 3.2
        swell = [((k - 9) * (1.0 + z * 0.2), 0.16 + 0.42 * math.sin(k * 0.9 + row * 2.1) - 0.2, z) for k in range(19)]
        low = [(x, -1.2, z) for x, _, z in reversed(swell)]
        view.face([*swell, *low], mix(wash(view.palette, 0.3 + 0.05 * row), view.palette.sky[1], 0.12 * row), ink=True)
    for step in range(12):
        x = -4.5 + step * 0.75
        plank = [(x, 0, _BACK), (x + 0.75, 0, _BACK), (x + 0.68 - 0.1 * (x > 0), 0, 1.6), (x, 0, 1.6)]
        view.face(plank, 0.46 + 0.05 * (step % 2))


def quay(view: View) -> None:
    """A quay with its edge, the harbour beyond."""
    sky(view)
    city(view) if view.unit("town") > 0.5 else ridge(view, 200, 24, 8, wash(view.palette, 0.5), name="coast")
    water(view, 3.6)
    view.face([(-30, 0, _BACK), (30, 0, _BACK), (30, 0, 2.6), (-30, 0, 2.6)], 0.54)
    view.face([(-30, 0, 2.6), (30, 0, 2.6), (30, -1.0, 2.6), (-30, -1.0, 2.6)], 0.26)
    for step in range(24):
        view.path([(-12.0 + step, 0, _BACK), (-12.0 + step, 0, 2.6)], 0.36, 0.8)


def river(view: View) -> None:
    """A river between two banks."""
    sky(view)
    distance(view)
    ground(view, 0.5)
    banks = [(x * 1.5, 0.0, 3.0 + 0.4 * math.sin(x * 0.8)) for x in range(-14, 15)]
    far_bank = [(x * 1.9, 0.0, 12.0 + 0.8 * math.sin(x * 0.6)) for x in range(14, -15, -1)]
    view.face([*banks, *far_bank], mix(view.palette.sky[1], wash(view.palette, 0.5), 0.4))
    for step in range(26):
        z = 3.8 + 7.6 * view.unit("flow", step)
        x = (view.unit("fx", step) - 0.5) * 16
        view.path([(x, 0, z), (x + 0.8, 0, z + 0.05), (x + 1.6, 0, z)], 0.9 if step % 2 else 0.36, 1.2)
    tufts(view)
