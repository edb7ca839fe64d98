"""Tables, seats and beds: what people sit at, on and lie in."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import mix
from wzrd.animatic.panels.view import Draw, View, at


def _legs(view: View, part: Part, w: float, d: float, h: float) -> None:
    for x in (-w, w):
        for z in (d, -d):
            view.box(part, (0.06, h, 0.06), 0.26, corner=(x * 0.92, 0, z * 0.9))


def _table(view: View, part: Part) -> None:
    w, d, h = part.width or 1.2, part.depth or 0.8, part.height or 0.75
    _legs(view, part, w / 2, d / 2, h)
    view.box(part, (w, 0.05, d), 0.5, corner=(0, h - 0.05, 0))


def _table_cloth(view: View, part: Part) -> None:
    w, d = part.width or 0.8, part.depth or 1.1
    view.box(part, (0.12, 0.7, 0.12), 0.3)
    view.box(part, (w, 0.3, d), 0.88, corner=(0, 0.46, 0))
    for x, z in ((-0.18, -0.2), (0.2, 0.1)):
        view.flat(Part("cup", *at(part, x, 0.76, z)), [(-0.05, 0), (0.05, 0), (0.065, 0.09), (-0.065, 0.09)], 0.97)


def _chess_table(view: View, part: Part) -> None:
    view.box(part, (0.12, 0.62, 0.12), 0.3)
    view.box(part, (0.72, 0.05, 0.72), 0.4, corner=(0, 0.62, 0))
    for row in range(8):
        for column in range(8):
            if (row + column) % 2:
                x, z = -0.32 + column * 0.08, -0.32 + row * 0.08
                view.face(
                    [at(part, x + a, 0.675, z + b) for a, b in ((0, 0), (0.08, 0), (0.08, 0.08), (0, 0.08))],
                    0.92,
                    ink=False,
                )
    for step in range(7):
        one = Part("man", *at(part, -0.28 + 0.16 * (step % 4), 0.67, -0.2 + 0.16 * (step // 2)))
        view.shape(
            one,
            [(-0.03, 0), (0.03, 0), (0.012, 0.09), (0.03, 0.13), (0, 0.17), (-0.03, 0.13), (-0.012, 0.09)],
            0.15 if step % 2 else 0.95,
        )


def _desk(view: View, part: Part) -> None:
    small = part.kind == "small"
    w, d = (0.9, 0.5) if small else (1.6, 0.75)
    if small:
        _legs(view, part, w / 2, d / 2, 0.7)
    else:
        view.box(part, (0.45, 0.72, d - 0.06), 0.38, corner=(-w / 2 + 0.26, 0, 0))
        view.box(part, (0.45, 0.72, d - 0.06), 0.38, corner=(w / 2 - 0.26, 0, 0))
        view.box(part, (w - 0.9, 0.4, 0.03), 0.34, corner=(0, 0.32, -0.2))
    view.box(part, (w, 0.05, d), 0.52, corner=(0, 0.70, 0))
    if not small:
        view.box(part, (0.3, 0.03, 0.22), 0.9, corner=(-0.2, 0.75, -0.05))
        view.box(part, (0.26, 0.14, 0.2), 0.66, corner=(-0.55, 0.75, 0.1))


def _chair(view: View, part: Part) -> None:
    _legs(view, part, 0.21, 0.21, 0.45)
    view.box(part, (0.44, 0.05, 0.44), 0.46, corner=(0, 0.44, 0))
    for x in (-0.19, 0.19):
        view.box(part, (0.04, 0.5, 0.04), 0.34, corner=(x, 0.48, 0.2))
    view.box(part, (0.42, 0.24, 0.04), 0.44, corner=(0, 0.74, 0.2))


def _crate_seat(view: View, part: Part) -> None:
    view.box(part, (0.6, 0.44, 0.5), 0.5)


def _stool(view: View, part: Part) -> None:
    view.round(part, 0, 0.02, 0.2, 0.04, 0.2)
    view.stem(part, [(0, 0.03), (0, 0.72)], 0.22, 0.05)
    view.round(part, 0, 0.74, 0.19, 0.06, view.palette.accent)


def _bench(view: View, part: Part) -> None:
    w = part.width or 1.6
    for x in (-0.42, 0.42):
        view.box(part, (0.07, 0.44, 0.4), 0.26, corner=(x * w, 0, 0))
    view.box(part, (w, 0.06, 0.46), 0.46, corner=(0, 0.42, 0))
    if part.kind == "back":
        for y in (0.58, 0.78):
            view.box(part, (w, 0.13, 0.05), 0.44, corner=(0, y, 0.22))


def _sofa(view: View, part: Part) -> None:
    colour = view.palette.second
    view.box(part, (2.0, 0.42, 0.85), 0.3, colour=colour)
    view.box(part, (2.0, 0.5, 0.24), 0.3, corner=(0, 0.4, 0.32), colour=colour)
    for x in (-0.95, 0.95):
        view.box(part, (0.24, 0.62, 0.85), 0.3, corner=(x, 0, 0), colour=colour)
    for x in (-0.42, 0.42):
        view.box(part, (0.8, 0.14, 0.6), 0.3, corner=(x, 0.42, -0.1), colour=mix(colour, (255, 255, 255), 0.15))


def _booth(view: View, part: Part) -> None:
    view.box(part, (0.3, 1.1, 1.3), 0.3, colour=view.palette.accent)
    view.box(part, (0.55, 0.46, 1.3), 0.3, corner=(0.4, 0, 0), colour=view.palette.accent)


def _bed(view: View, part: Part) -> None:
    view.box(part, (1.5, 0.36, 2.0), 0.34)
    view.box(part, (1.5, 0.95, 0.08), 0.3, corner=(0, 0, 1.0))
    view.box(part, (1.46, 0.2, 1.9), 0.88, corner=(0, 0.36, 0))
    view.box(part, (1.5, 0.22, 1.25), 0.5, corner=(0, 0.37, -0.36), colour=view.palette.second)
    for x in (-0.36, 0.36):
        view.box(part, (0.6, 0.14, 0.36), 0.97, corner=(x, 0.56, 0.74))


def _cot(view: View, part: Part) -> None:
    _legs(view, part, 0.45, 0.95, 0.5)
    view.box(part, (0.92, 0.16, 1.95), 0.92, corner=(0, 0.5, 0))
    view.box(part, (0.94, 0.18, 1.1), 0.5, corner=(0, 0.51, -0.4), colour=view.palette.second)
    view.box(part, (0.6, 0.12, 0.34), 0.98, corner=(0, 0.66, 0.72))
    for z in (-1.0, 1.0):
        view.box(part, (0.92, 0.42 if z > 0 else 0.25, 0.04), 0.72, corner=(0, 0.55, z))


def _bunk(view: View, part: Part) -> None:
    for y in (0.42, 1.5):
        view.box(part, (1.9, 0.12, 0.75), 0.55, corner=(0, y, -0.4))
        view.box(part, (0.4, 0.1, 0.6), 0.9, corner=(0.65, y + 0.12, -0.4))
    for x in (-0.93, 0.93):
        view.box(part, (0.06, 1.75, 0.06), 0.22, corner=(x, 0, -0.74))


def _bath(view: View, part: Part) -> None:
    view.box(part, (1.7, 0.56, 0.75), 0.9, corner=(0, 0, -0.38))
    view.face([at(part, x, 0.565, z) for x, z in ((-0.75, -0.68), (0.75, -0.68), (0.75, -0.08), (-0.75, -0.08))], 0.66)


def _rug(view: View, part: Part) -> None:
    w, d = (part.width or 2) / 2, (part.depth or 1.4) / 2
    for grow, tone in (
        (1.0, view.cloth(view.palette.second)),
        (0.86, mix(view.palette.second, (255, 255, 255), 0.25)),
        (0.78, view.cloth(view.palette.second)),
    ):
        view.face(
            [at(part, x * w * grow, 0.005, z * d * grow) for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))],
            tone,
            ink=grow == 1,
        )


def _seats(view: View, part: Part) -> None:
    for x in (-0.22, 0.22):
        view.box(part, (0.42, 0.44, 0.42), 0.3, corner=(x * 1.02, 0, 0))
        view.box(part, (0.42, 0.7, 0.12), 0.34, corner=(x * 1.02, 0.44, 0.2), colour=view.palette.second)


def _seat_back(view: View, part: Part) -> None:
    view.box(part, (1.1, 0.46, 0.5), 0.34, corner=(0, 0, -0.05), colour=view.palette.accent)
    view.box(part, (1.1, 1.12, 0.16), 0.34, corner=(0, 0, 0.25), colour=view.palette.accent)


def _seat_pod(view: View, part: Part) -> None:
    view.box(part, (0.6, 0.5, 0.55), 0.3)
    view.box(part, (0.6, 0.85, 0.16), 0.36, corner=(0, 0.5, -0.2))


def _pew(view: View, part: Part) -> None:
    view.box(part, (2.4, 0.45, 0.4), 0.36)
    view.box(part, (2.4, 0.95, 0.07), 0.42, corner=(0, 0, 0.25))


SEATING: dict[str, Draw] = {
    "table": _table,
    "table_cloth": _table_cloth,
    "chess_table": _chess_table,
    "desk": _desk,
    "chair": _chair,
    "crate_seat": _crate_seat,
    "stool": _stool,
    "bench": _bench,
    "sofa": _sofa,
    "booth": _booth,
    "bed": _bed,
    "cot": _cot,
    "bunk": _bunk,
    "bath": _bath,
    "rug": _rug,
    "seats": _seats,
    "seat_back": _seat_back,
    "seat_pod": _seat_pod,
    "pew": _pew,
}
