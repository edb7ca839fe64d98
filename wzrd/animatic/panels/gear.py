"""Machines, instruments and dressings of rooms: consoles, drapes, columns, plants, pianos."""

import math

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, wash
from wzrd.animatic.panels.view import Draw, View, at, named


def _column(view: View, part: Part) -> None:
    h = part.height or view.brief.stage.height
    view.box(part, (0.52, 0.3, 0.52), 0.5)
    view.shape(part, [(-0.19, 0.3), (0.19, 0.3), (0.17, h - 0.3), (-0.17, h - 0.3)], 0.62)
    shadow = [(x * -view.key, y) for x, y in ((0.19, 0.3), (0.05, 0.3), (0.05, h - 0.3), (0.17, h - 0.3))]
    view.shape(part, shadow, 0.42, ink=False)
    view.box(part, (0.52, 0.3, 0.52), 0.54, corner=(0, h - 0.3, 0))


def _pole(view: View, part: Part) -> None:
    view.path([(part.x, 0, part.z), (part.x, view.brief.stage.height, part.z)], view.palette.lamp, 2.2)


def _console(view: View, part: Part) -> None:
    w = part.width or 2.2
    view.box(part, (w, 0.78, 0.55), 0.26)
    desk = ((-w / 2, 0.78, -0.35), (w / 2, 0.78, -0.35), (w / 2, 0.98, 0.3), (-w / 2, 0.98, 0.3))
    view.face([at(part, *corner) for corner in desk], 0.4)
    for step in range(12):
        x = -w / 2 + 0.14 + step * (w - 0.28) / 11
        view.path([at(part, x, 0.81, -0.28), at(part, x, 0.93, 0.1)], 0.14, 0.8)
        tone = view.palette.accent if step % 4 == 1 else 0.88
        y, z = 0.82 + 0.1 * view.unit("fader", step), -0.26 + 0.34 * view.unit("fader", step)
        knob = ((x - 0.03, y, z), (x + 0.03, y, z), (x + 0.03, y + 0.03, z + 0.06), (x - 0.03, y + 0.03, z + 0.06))
        view.face([at(part, *corner) for corner in knob], tone)


def _console_pod(view: View, part: Part) -> None:
    _console(view, Part("console", part.x, 0, part.z, part.turn, 1.3))
    view.quad(part, -0.5, 1.0, 0.5, 1.45, mix(view.palette.second, (255, 255, 255), 0.3), out=-0.3)


def _drape(view: View, part: Part) -> None:
    w, h = (part.width or 8) / 2, part.height or 5
    folds = 22
    for step in range(folds):
        x = -w + step * 2 * w / folds
        tone = 0.34 + 0.14 * (step % 2) + 0.06 * view.unit("fold", step)
        view.quad(part, x, 0, x + 2 * w / folds, h, tone, ink=step % 2 == 0)
    for step in range(8):
        x = -w + (step + 0.5) * w / 4
        swag = [(x - w / 8, h), (x + w / 8, h), (x + w / 10, h - 0.5), (x, h - 0.75), (x - w / 10, h - 0.5)]
        view.flat(part, swag, 0.5, out=0.1)


def _drape_side(view: View, part: Part) -> None:
    _drape(view, Part("drape", part.x * 0.86, 0, part.z, part.turn * 0.4, 1.6, 5.4))


def _spot(view: View, part: Part) -> None:
    """A follow spot: its pool on the floor and the edges of its beam."""
    view.pad(part.x, part.z, 1.5, 0.9, mix(view.palette.lamp, wash(view.palette, 0.9), 0.4))
    for side in (-1, 1):
        view.path([(part.x + side * 1.5, 0, part.z), (part.x + 2.6 + side * 0.2, 7.5, part.z + 1.5)], 0.62, 1.2)


def _rail(view: View, part: Part) -> None:
    w = (part.width or 4) / 2
    for step in range(int(w * 5) + 1):
        x = -w + step * 0.4
        view.box(part, (0.05, 0.9, 0.05), 0.28, corner=(x, 0, 0))
    view.box(part, (2 * w, 0.07, 0.1), 0.4, corner=(0, 0.9, 0))


def _wheel(view: View, part: Part) -> None:
    view.box(part, (0.16, 0.8, 0.16), 0.3)
    for step in range(8):
        angle = step * math.tau / 8
        view.stem(part, [(0, 1.05), (0.62 * math.cos(angle), 1.05 + 0.62 * math.sin(angle))], 0.2, 0.04)
    outline = ellipse(0, 1.05, 0.5, 0.5, steps=30)
    view.stem(part, [*outline, outline[0]], 0.26, 0.07)


GEAR: dict[str, Draw] = named(_column, _pole, _console, _console_pod, _drape, _drape_side, _spot, _rail, _wheel)
