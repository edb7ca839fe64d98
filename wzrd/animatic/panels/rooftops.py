"""What stands on roofs and against walls: fire escapes, tanks, vents, aerials, awnings."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import mix
from wzrd.animatic.panels.view import Draw, View, at


def _fire_escape(view: View, part: Part) -> None:
    for y in (3.2, 5.6):
        view.box(part, (2.4, 0.08, 0.9), 0.16, corner=(0, y, -0.45))
        view.path([at(part, -1.2, y + 0.9, -0.9), at(part, 1.2, y + 0.9, -0.9)], 0.12, 1.4)
        for step in range(7):
            x = -1.2 + step * 0.4
            view.path([at(part, x, y, -0.9), at(part, x, y + 0.9, -0.9)], 0.12, 1.0)
    view.path([at(part, 1.0, 3.2, -0.8), at(part, -1.0, 5.6, -0.8)], 0.12, 2.0)


def _awning(view: View, part: Part) -> None:
    for step in range(6):
        x = -1.5 + step * 0.5
        colour = view.palette.accent if step % 2 else mix(view.palette.paper, view.palette.ramp[2], 0.2)
        view.face(
            [at(part, x, 2.9, 0), at(part, x + 0.5, 2.9, 0), at(part, x + 0.5, 2.4, -1.1), at(part, x, 2.4, -1.1)],
            colour,
        )


def _line(view: View, part: Part) -> None:
    view.path(
        [(part.x - 1.8, part.y, part.z), (part.x, part.y - 0.25, part.z), (part.x + 1.8, part.y, part.z)], 0.16, 1.0
    )
    for step in range(3):
        x, y = -1.1 + step * 0.85, part.y - 0.2
        one = Part("cloth", part.x + x, y - 0.7, part.z)
        view.shape(
            one,
            [(-0.26, 0.0), (0.28, 0.06), (0.26, 0.7), (-0.26, 0.7)],
            (0.92, view.palette.second, view.palette.accent)[step],
        )


def _parapet(view: View, part: Part) -> None:
    w = (part.width or 12) / 2
    view.box(part, (2 * w, 0.95, 0.4), 0.5)
    view.box(part, (2 * w, 0.1, 0.56), 0.62, corner=(0, 0.95, 0))


def _tank_roof(view: View, part: Part) -> None:
    for x in (-0.8, 0.8):
        view.stem(part, [(x, 0), (x * 0.9, 1.7)], 0.16, 0.12)
    view.stem(part, [(-0.8, 0.2), (0.72, 1.6)], 0.16, 0.06)
    view.shape(part, [(-1.1, 1.6), (1.1, 1.6), (1.1, 3.4), (-1.1, 3.4)], 0.4)
    for x in (-0.7, -0.3, 0.1, 0.5, 0.9):
        view.stem(part, [(x, 1.6), (x, 3.4)], 0.26, 0.03)
    view.shape(part, [(-1.25, 3.4), (1.25, 3.4), (0, 4.3)], 0.26)


def _vent(view: View, part: Part) -> None:
    view.box(part, (0.9, 1.1, 0.9), 0.54)
    for y in (0.3, 0.5, 0.7):
        view.quad(part, -0.36, y, 0.36, y + 0.08, 0.2, out=0.46)


def _antenna_roof(view: View, part: Part) -> None:
    view.stem(part, [(0, 0), (0, 3.2)], 0.14, 0.06)
    for y, w in ((3.0, 0.4), (2.7, 0.55), (2.4, 0.7)):
        view.stem(part, [(-w, y), (w, y)], 0.14, 0.04)


def _stair_head(view: View, part: Part) -> None:
    view.box(part, (2.4, 2.5, 2.2), 0.5)
    view.quad(part, -0.45, 0, 0.45, 2.0, view.palette.accent, out=1.12)
    view.quad(part, -0.2, 2.1, 0.2, 2.3, view.palette.lamp, out=1.14)


ROOFTOPS: dict[str, Draw] = {
    "fire_escape": _fire_escape,
    "awning": _awning,
    "line": _line,
    "parapet": _parapet,
    "tank_roof": _tank_roof,
    "vent": _vent,
    "antenna_roof": _antenna_roof,
    "stair_head": _stair_head,
}
