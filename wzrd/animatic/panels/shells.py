"""Shells around a set: rooms and halls with their walls and floors. Outdoor shells stand in grounds.py."""

from collections.abc import Callable

from wzrd.animatic.panels.brief.values import Part, Stage
from wzrd.animatic.panels.canvas import corners, mix, wash
from wzrd.animatic.panels.view import View

_FRONT = -5.0  # metres: how far floor and side walls reach towards the camera


def room(view: View) -> None:
    """Floor, ceiling and three walls; the fourth is where the camera is."""
    stage = view.brief.stage
    w, d, h = stage.width / 2, stage.depth, stage.height
    view.face([(-w, 0, _FRONT), (w, 0, _FRONT), (w, 0, d), (-w, 0, d)], 0.40, ink=False)
    _FLOORS.get(stage.floor, _plain)(view, stage)
    ceiling = 0.62 if stage.wall != "dark" else 0.1
    view.face([(-w, h, _FRONT), (w, h, _FRONT), (w, h, d), (-w, h, d)], ceiling, ink=False)
    key = view.key
    walls = (
        (Part("wall", 0, 0, d, 0, stage.width, h, on_wall=True), 0.60),
        (Part("wall", -w, 0, (d + _FRONT) / 2, 90, d - _FRONT, h, on_wall=True), 0.60 - 0.10 * -key),
        (Part("wall", w, 0, (d + _FRONT) / 2, -90, d - _FRONT, h, on_wall=True), 0.60 - 0.10 * key),
    )
    for wall, tone in walls:
        if view.faces_camera(wall):
            _wall(view, stage, wall, tone)


def hall(view: View) -> None:
    """A long room: the same walls, seen down their length."""
    room(view)
    stage = view.brief.stage
    w, h = stage.width / 2, stage.height
    for z in range(1, int(stage.depth), 3):
        view.path([(-w, h, float(z)), (w, h, float(z))], width=0.6)


def theatre(view: View) -> None:
    """A stage: dark depth around a lit floor."""
    stage = view.brief.stage
    w, d, h = stage.width / 2 + 3, stage.depth + 1, stage.height + 3
    view.face([(-w, -3, d), (w, -3, d), (w, h, d), (-w, h, d)], 0.08, ink=False)
    view.face([(-w, 0, _FRONT), (w, 0, _FRONT), (w, 0, d), (-w, 0, d)], 0.42, ink=False)
    _boards(view, stage)


def _wall(view: View, stage: Stage, wall: Part, tone: float) -> None:
    w, h = wall.width / 2, wall.height
    dark = {"dark": -0.45, "foam": -0.16, "stone": -0.10, "hull": -0.12}.get(stage.wall, 0.0)
    tone += dark
    view.quad(wall, -w, 0, w, h, tone)
    _WALLS.get(stage.wall, _skirting)(view, wall, tone)


def _skirting(view: View, wall: Part, tone: float) -> None:
    view.quad(wall, -wall.width / 2, 0, wall.width / 2, 0.12, tone - 0.18)


def _dado(view: View, wall: Part, tone: float) -> None:
    w = wall.width / 2
    view.quad(wall, -w, 0, w, 0.95, tone - 0.16, ink=False)
    view.quad(wall, -w, 0.95, w, 1.02, tone + 0.10)
    view.quad(wall, -w, 0, w, 0.12, tone - 0.26)


def _panels(view: View, wall: Part, tone: float) -> None:
    w, x = wall.width / 2, -wall.width / 2 + 0.12
    view.quad(wall, -w, 0, w, 1.25, tone - 0.20, ink=False)
    while x + 0.7 < w:
        view.quad(wall, x, 0.18, x + 0.66, 1.1, tone - 0.14)
        x += 0.82
    view.quad(wall, -w, 1.25, w, 1.33, tone - 0.02)
    view.quad(wall, -w, wall.height - 0.14, w, wall.height, tone - 0.12)


def _tiles(view: View, wall: Part, tone: float) -> None:
    w, top = wall.width / 2, min(1.5, wall.height - 0.4)
    view.quad(wall, -w, 0, w, top, tone + 0.14, ink=False)
    step = 0.3
    for row in range(1, int(top / step) + 1):
        view.path([_on(wall, -w, row * step), _on(wall, w, row * step)], tone - 0.06, 0.5)
    for column in range(1, int(wall.width / step)):
        view.path([_on(wall, -w + column * step, 0), _on(wall, -w + column * step, top)], tone - 0.06, 0.5)
    view.quad(wall, -w, top, w, top + 0.06, tone - 0.25)


def _stones(view: View, wall: Part, tone: float) -> None:
    w = wall.width / 2
    for row in range(int(wall.height / 0.42)):
        y = row * 0.42
        for column in range(int(wall.width / 0.8)):
            chance = view.unit("stone", round(wall.x), row, column)
            if chance < 0.4:
                x = -w + column * 0.8 + (0.4 if row % 2 else 0)
                view.quad(wall, x, y, min(w, x + 0.74), y + 0.38, tone + 0.14 * (chance / 0.4 - 0.5), ink=chance < 0.2)


def _foam(view: View, wall: Part, tone: float) -> None:
    w, step = wall.width / 2, 0.4
    for row in range(int(wall.height / step)):
        for column in range(int(wall.width / step)):
            x, y = -w + column * step, row * step
            light = 0.06 if (row + column) % 2 else -0.02
            view.quad(wall, x, y, x + step - 0.03, y + step - 0.03, tone + light, ink=False)
            view.path([_on(wall, x, y), _on(wall, x + step, y + step)], tone - 0.1, 0.5)


def _stripes(view: View, wall: Part, tone: float) -> None:
    w, x = wall.width / 2, -wall.width / 2
    while x < w:
        view.quad(wall, x, 0.12, min(w, x + 0.16), wall.height, tone - 0.05, ink=False)
        x += 0.4
    _skirting(view, wall, tone)


def _ribs(view: View, wall: Part, tone: float) -> None:
    w, x = wall.width / 2, -wall.width / 2
    while x < w:
        view.quad(wall, x, 0, min(w, x + 0.07), wall.height, tone - 0.10, ink=False)
        x += 0.7
    view.quad(wall, -w, 0, w, 0.3, tone - 0.2)


def _hull(view: View, wall: Part, tone: float) -> None:
    w, x = wall.width / 2, -wall.width / 2
    while x < w:
        view.quad(wall, x + 0.06, 0.3, min(w, x + 1.1), wall.height - 0.5, tone + 0.08)
        x += 1.2
    view.quad(wall, -w, wall.height - 0.32, w, wall.height - 0.22, view.palette.accent, ink=False)


def _planks(view: View, wall: Part, tone: float) -> None:
    w, x = wall.width / 2, -wall.width / 2
    view.quad(wall, -w, 0, w, wall.height, tone - 0.1, ink=False)
    while x < w:
        view.path([_on(wall, x, 0), _on(wall, x, wall.height)], tone - 0.26, 0.7)
        x += 0.42


def _glazing(view: View, wall: Part, tone: float) -> None:
    w, x = wall.width / 2, -wall.width / 2
    view.quad(wall, -w, 0.8, w, wall.height, mix(view.palette.sky[0], view.palette.sky[1], 0.7), ink=False)
    view.quad(wall, -w, 0, w, 0.8, tone - 0.1)
    while x <= w:
        view.path([_on(wall, x, 0.8), _on(wall, x, wall.height)], 0.9, 2)
        x += 0.9
    for y in (1.9, 3.0):
        view.path([_on(wall, -w, y), _on(wall, w, y)], 0.9, 1.6)


def _padding(view: View, wall: Part, tone: float) -> None:
    w, step = wall.width / 2, 0.4
    for row in range(int(wall.height / step) + 1):
        for column in range(int(wall.width / step) + 1):
            x, y = -w + column * step, row * step
            if x + step <= w and y + step <= wall.height:
                view.path([_on(wall, x, y), _on(wall, x + step, y + step)], tone - 0.16, 0.7)
                view.path([_on(wall, x + step, y), _on(wall, x, y + step)], tone - 0.16, 0.7)


def _on(wall: Part, x: float, y: float) -> tuple[float, float, float]:
    if wall.turn == 0:
        return wall.x + x, y, wall.z
    return wall.x, y, wall.z + (x if wall.turn > 0 else -x)


_WALLS: dict[str, Callable[[View, Part, float], None]] = {
    "plain": _skirting, "dado": _dado, "panel": _panels, "tiles": _tiles, "stone": _stones, "foam": _foam,
    "paper": _stripes, "metal": _ribs, "hull": _hull, "planks": _planks, "glass": _glazing, "padded": _padding,
}  # fmt: skip


def _plain(view: View, stage: Stage) -> None:
    view.path([(-stage.width / 2, 0, stage.depth), (stage.width / 2, 0, stage.depth)])


def _boards(view: View, stage: Stage) -> None:
    w = stage.width / 2
    for step in range(int(stage.width / 0.32)):
        x = -w + step * 0.32
        tone = 0.40 + 0.07 * (view.unit("board", step) - 0.5)
        view.face([(u, 0, z) for u, z in corners(x, _FRONT, x + 0.32, stage.depth)], tone, ink=False)
        view.path([(x, 0, _FRONT), (x, 0, stage.depth)], 0.24, 0.5)


def _checks(view: View, stage: Stage) -> None:
    step, w = 0.45, stage.width / 2
    for column in range(int(stage.width / step) + 1):
        for row in range(int((stage.depth + 2.4) / step) + 1):
            if (row + column) % 2:
                x, z = -w + column * step, stage.depth - row * step
                right = min(w, x + step)
                view.face([(x, 0, z), (right, 0, z), (right, 0, z - step), (x, 0, z - step)], 0.62, ink=False)


def _grid(size: float, tone: float) -> Callable[[View, Stage], None]:
    def draw(view: View, stage: Stage) -> None:
        w, z = stage.width / 2, stage.depth
        while z > _FRONT:
            view.path([(-w, 0, z), (w, 0, z)], tone, 0.6)
            z -= size
        for column in range(int(stage.width / size) + 1):
            x = -w + column * size
            view.path([(x, 0, _FRONT), (x, 0, stage.depth)], tone, 0.6)

    return draw


def _carpet(view: View, stage: Stage) -> None:
    w, d = stage.width / 2, stage.depth
    colour = wash(view.palette, 0.3)
    view.face([(-w, 0, _FRONT), (w, 0, _FRONT), (w, 0, d), (-w, 0, d)], colour, ink=False)
    view.face([(-w * 0.4, 0, _FRONT), (w * 0.4, 0, _FRONT), (w * 0.4, 0, d), (-w * 0.4, 0, d)], 0.36, ink=False)


_FLOORS: dict[str, Callable[[View, Stage], None]] = {
    "boards": _boards, "checks": _checks, "tiles": _grid(0.6, 0.3), "flags": _grid(1.0, 0.26),
    "rubber": _grid(0.5, 0.32), "concrete": _grid(2.5, 0.3), "grating": _grid(0.35, 0.24), "carpet": _carpet,
}  # fmt: skip
