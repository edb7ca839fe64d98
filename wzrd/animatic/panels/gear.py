"""Machines, instruments and dressings of rooms: consoles, drapes, columns, plants, pianos."""

import math

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, wash
from wzrd.animatic.panels.view import Draw, View, at


def _plant(view: View, part: Part) -> None:
    view.shape(part, [(-0.15, 0), (0.15, 0), (0.2, 0.34), (-0.2, 0.34)], view.palette.accent)
    for step in range(9):
        angle = -1.2 + step * 0.3
        tip = (0.62 * math.sin(angle), 0.36 + 0.75 * math.cos(angle * 0.8))
        view.shape(
            part,
            [(0, 0.33), (tip[0] * 0.5 - 0.07, tip[1] * 0.62), tip, (tip[0] * 0.5 + 0.07, tip[1] * 0.55)],
            0.34 + 0.03 * (step % 3),
        )


def _bell(view: View, part: Part) -> None:
    view.shape(part, [(-0.07, 0), (0.07, 0), (0.05, 0.06), (0, 0.08), (-0.05, 0.06)], view.palette.lamp)


def _ladder(view: View, part: Part) -> None:
    for x in (-0.22, 0.22):
        view.path([at(part, x, 0, -0.4), at(part, x, 2.7, 0)], 0.2, 1.8)
    for step in range(8):
        y = 0.25 + step * 0.32
        view.path([at(part, -0.22, y, -0.4 + 0.15 * y), at(part, 0.22, y, -0.4 + 0.15 * y)], 0.2, 1.4)


def _column(view: View, part: Part) -> None:
    h = part.height or view.brief.stage.height
    view.box(part, (0.52, 0.3, 0.52), 0.5)
    view.shape(part, [(-0.19, 0.3), (0.19, 0.3), (0.17, h - 0.3), (-0.17, h - 0.3)], 0.62)
    view.shape(
        part,
        [(0.19 * -view.key, 0.3), (0.05 * -view.key, 0.3), (0.05 * -view.key, h - 0.3), (0.17 * -view.key, h - 0.3)],
        0.42,
        ink=False,
    )
    view.box(part, (0.52, 0.3, 0.52), 0.54, corner=(0, h - 0.3, 0))


def _pole(view: View, part: Part) -> None:
    view.path([(part.x, 0, part.z), (part.x, view.brief.stage.height, part.z)], view.palette.lamp, 2.2)


def _console(view: View, part: Part) -> None:
    w = part.width or 2.2
    view.box(part, (w, 0.78, 0.55), 0.26)
    view.face(
        [
            at(part, x, y, z)
            for x, y, z in ((-w / 2, 0.78, -0.35), (w / 2, 0.78, -0.35), (w / 2, 0.98, 0.3), (-w / 2, 0.98, 0.3))
        ],
        0.4,
    )
    for step in range(12):
        x = -w / 2 + 0.14 + step * (w - 0.28) / 11
        view.path([at(part, x, 0.81, -0.28), at(part, x, 0.93, 0.1)], 0.14, 0.8)
        tone = view.palette.accent if step % 4 == 1 else 0.88
        y, z = 0.82 + 0.1 * view.unit("fader", step), -0.26 + 0.34 * view.unit("fader", step)
        view.face(
            [
                at(part, x - 0.03, y, z),
                at(part, x + 0.03, y, z),
                at(part, x + 0.03, y + 0.03, z + 0.06),
                at(part, x - 0.03, y + 0.03, z + 0.06),
            ],
            tone,
        )


def _console_pod(view: View, part: Part) -> None:
    _console(view, Part("console", part.x, 0, part.z, part.turn, 1.3))
    view.quad(part, -0.5, 1.0, 0.5, 1.45, mix(view.palette.second, (255, 255, 255), 0.3), out=-0.3)


def _mic_arm(view: View, part: Part) -> None:
    view.stem(part, [(0.5, 0.0), (0.42, 0.5), (0.05, 0.62)], 0.1, 0.025)
    view.shape(part, [(-0.06, 0.48), (0.06, 0.48), (0.06, 0.7), (-0.06, 0.7)], 0.12)
    view.stem(part, [(-0.06, 0.58), (0.06, 0.58)], view.palette.accent, 0.03)


def _mic_stand(view: View, part: Part) -> None:
    view.round(part, 0, 0.02, 0.18, 0.04, 0.15)
    view.stem(part, [(0, 0), (0, 1.48)], 0.12, 0.025)
    view.round(part, 0, 1.54, 0.05, 0.075, 0.3)


def _speaker(view: View, part: Part) -> None:
    view.box(part, (0.34, 0.5, 0.3), 0.16)
    view.flat(part, ellipse(0, 0.17, 0.12, 0.12), 0.4, out=0.16)
    view.flat(part, ellipse(0, 0.38, 0.06, 0.06), 0.4, out=0.16)


def _curtain_rail(view: View, part: Part) -> None:
    for step in range(5):
        x = -0.7 + step * 0.32
        view.shape(
            part,
            [(x, 0.25), (x + 0.3, 0.25), (x + 0.32, 2.2), (x, 2.2)],
            mix(view.palette.second, (255, 255, 255), 0.3 + 0.12 * (step % 2)),
        )


def _monitor(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 1.1)], 0.2, 0.04)
    view.box(part, (0.5, 0.38, 0.2), 0.3, corner=(0, 1.08, 0))
    view.quad(part, -0.2, 1.12, 0.2, 1.42, 0.06, out=0.11)
    trace = ((-0.18, 0.1), (-0.08, 0.1), (-0.04, 0.24), (0.0, 0.03), (0.04, 0.1), (0.18, 0.1))
    view.path([at(part, x, 1.12 + y, -0.12) for x, y in trace], (120, 240, 170), 1.6)


def _drip(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 1.95), (0.14, 1.95)], 0.25, 0.025)
    view.shape(part, [(0.08, 1.88), (0.2, 1.88), (0.18, 1.6), (0.1, 1.6)], 0.94)


def _drape(view: View, part: Part) -> None:
    w, h = (part.width or 8) / 2, part.height or 5
    folds = 22
    for step in range(folds):
        x = -w + step * 2 * w / folds
        tone = 0.34 + 0.14 * (step % 2) + 0.06 * view.unit("fold", step)
        view.quad(part, x, 0, x + 2 * w / folds, h, tone, ink=step % 2 == 0)
    for step in range(8):
        x = -w + (step + 0.5) * w / 4
        view.flat(
            part,
            [(x - w / 8, h), (x + w / 8, h), (x + w / 10, h - 0.5), (x, h - 0.75), (x - w / 10, h - 0.5)],
            0.5,
            out=0.1,
        )


def _drape_side(view: View, part: Part) -> None:
    _drape(view, Part("drape", part.x * 0.86, 0, part.z, part.turn * 0.4, 1.6, 5.4))


def _flat(view: View, part: Part) -> None:
    view.quad(part, -0.9, 0, 0.9, 2.4, 0.7)
    view.flat(part, [(-0.9, 0), (0.9, 0), (0.9, 0.9), (0.3, 1.5), (-0.3, 1.0), (-0.9, 1.3)], 0.5, out=0.01)


def _spot(view: View, part: Part) -> None:
    """A follow spot: its pool on the floor and the edges of its beam."""
    view.pad(part.x, part.z, 1.5, 0.9, mix(view.palette.lamp, wash(view.palette, 0.9), 0.4))
    for side in (-1, 1):
        view.path([(part.x + side * 1.5, 0, part.z), (part.x + 2.6 + side * 0.2, 7.5, part.z + 1.5)], 0.62, 1.2)


def _footlights(view: View, part: Part) -> None:
    for step in range(9):
        one = Part("light", part.x - 3 + step * 0.75, 0, part.z)
        view.shape(one, [(-0.14, 0), (0.14, 0), (0.1, 0.2), (-0.1, 0.2)], 0.1)
        view.round(one, 0, 0.2, 0.1, 0.03, view.palette.lamp)


def _flag_pole(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 2.7)], view.palette.lamp, 0.04)
    view.shape(part, [(0, 2.6), (0.42, 2.3), (0.36, 1.2), (0.05, 1.0), (0, 1.2)], view.palette.accent)


def _rail(view: View, part: Part) -> None:
    w = (part.width or 4) / 2
    for step in range(int(w * 5) + 1):
        x = -w + step * 0.4
        view.box(part, (0.05, 0.9, 0.05), 0.28, corner=(x, 0, 0))
    view.box(part, (2 * w, 0.07, 0.1), 0.4, corner=(0, 0.9, 0))


def _globe(view: View, part: Part) -> None:
    view.box(part, (0.5, 0.72, 0.4), 0.42, corner=(0, -0.75, 0))
    view.stem(part, [(0, 0), (0, 0.16)], 0.2, 0.05)
    view.round(part, 0, 0.34, 0.2, 0.2, view.palette.second)


def _flasks(view: View, part: Part) -> None:
    for step, x in enumerate((-0.4, -0.15, 0.12, 0.36)):
        colour = (view.palette.accent, view.palette.second, view.palette.lamp, view.palette.accent)[step]
        view.shape(
            part,
            [(x - 0.09, 0), (x + 0.09, 0), (x + 0.025, 0.16), (x + 0.025, 0.28), (x - 0.025, 0.28), (x - 0.025, 0.16)],
            mix(colour, (255, 255, 255), 0.2),
        )


def _pipes(view: View, part: Part) -> None:
    for y, tone in ((0.5, 0.34), (2.2, 0.4), (2.45, 0.28)):
        view.quad(part, -4, y, 4, y + 0.16, tone, out=0.15)


def _bars(view: View, part: Part) -> None:
    w = (part.width or 3) / 2
    for step in range(int(2 * w / 0.16)):
        x = -w + step * 0.16
        view.quad(part, x, 0, x + 0.04, 2.6, 0.12, out=0.06)
    view.quad(part, -w, 1.2, w, 1.28, 0.12, out=0.07)


def _wheel(view: View, part: Part) -> None:
    view.box(part, (0.16, 0.8, 0.16), 0.3)
    for step in range(8):
        angle = step * math.tau / 8
        view.stem(part, [(0, 1.05), (0.62 * math.cos(angle), 1.05 + 0.62 * math.sin(angle))], 0.2, 0.04)
    outline = ellipse(0, 1.05, 0.5, 0.5, steps=30)
    view.stem(part, [*outline, outline[0]], 0.26, 0.07)


def _piano(view: View, part: Part) -> None:
    view.box(part, (1.5, 1.2, 0.5), 0.14)
    view.box(part, (1.4, 0.08, 0.3), 0.95, corner=(0, 0.72, -0.36))


def _tripod(view: View, part: Part) -> None:
    for x in (-0.36, 0.0, 0.36):
        view.stem(part, [(x, 0), (0, 1.2)], 0.2, 0.03)
    view.shape(part, [(-0.5, 1.12), (0.5, 1.5), (0.54, 1.38), (-0.44, 1.02)], view.palette.second)


def _statue(view: View, part: Part) -> None:
    view.box(part, (0.7, 0.8, 0.7), 0.5)
    view.shape(
        part,
        [(-0.28, 0.8), (0.28, 0.8), (0.2, 1.8), (0.26, 2.1), (0.1, 2.3), (-0.1, 2.3), (-0.26, 2.1), (-0.2, 1.8)],
        0.7,
    )
    view.round(part, 0, 2.45, 0.13, 0.17, 0.72)


def _chain(view: View, part: Part) -> None:
    view.stem(part, [(0, 5.4), (0, 2.4)], 0.14, 0.03)
    view.shape(part, [(-0.08, 2.4), (0.08, 2.4), (0.14, 2.2), (0.0, 2.0), (-0.12, 2.1), (0.02, 2.2)], 0.14)


GEAR: dict[str, Draw] = {
    "plant": _plant,
    "bell": _bell,
    "ladder": _ladder,
    "column": _column,
    "pole": _pole,
    "console": _console,
    "console_pod": _console_pod,
    "mic_arm": _mic_arm,
    "mic_stand": _mic_stand,
    "speaker": _speaker,
    "curtain_rail": _curtain_rail,
    "monitor": _monitor,
    "drip": _drip,
    "drape": _drape,
    "drape_side": _drape_side,
    "flat": _flat,
    "spot": _spot,
    "footlights": _footlights,
    "flag_pole": _flag_pole,
    "rail": _rail,
    "globe": _globe,
    "flasks": _flasks,
    "pipes": _pipes,
    "bars": _bars,
    "wheel": _wheel,
    "piano": _piano,
    "tripod": _tripod,
    "statue": _statue,
    "chain": _chain,
}
