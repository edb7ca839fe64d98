"""Buildings and structures out of doors: houses, castles, roofs, masts, bridges."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import placed, wash, xy
from wzrd.animatic.panels.view import Draw, View, at, named


def _house(view: View, part: Part) -> None:
    tone = 0.46 + 0.26 * view.unit("house", part.x)
    view.box(part, (4.2, 2.7, 3.6), tone)
    lit = view.brief.air.time in {"night", "dusk"}
    for x in (-1.2, 1.2):
        view.quad(part, x - 0.36, 1.0, x + 0.36, 1.95, view.palette.lamp if lit else 0.24, out=1.82)
    door = view.palette.accent if view.unit("door", part.x) > 0.4 else view.palette.second
    view.quad(part, -0.4, 0, 0.4, 1.95, door, out=1.82)
    gable = [(-2.4, 2.65, -1.95), (2.4, 2.65, -1.95), (2.4, 4.3, 0.0), (-2.4, 4.3, 0.0)]
    back = [(-2.4, 2.65, 1.95), (2.4, 2.65, 1.95), (2.4, 4.3, 0.0), (-2.4, 4.3, 0.0)]
    snow = "snow" in view.brief.air.weather
    view.face([at(part, *point) for point in back], 0.3)
    for x in (-2.1, 2.1):
        view.face([at(part, x, 2.65, -1.8), at(part, x, 2.65, 1.8), at(part, x, 4.2, 0)], tone - 0.06)
    view.face([at(part, *point) for point in gable], 0.96 if snow else 0.34, width=1.2)
    view.box(part, (0.5, 1.0, 0.5), 0.4, corner=(1.2, 3.7, 0.4))


def _keep(view: View, part: Part) -> None:
    for x, tall in ((-4, 8.0), (4, 9.5), (0, 6.0)):
        wide = 2.6 if x else 6.0
        view.box(part, (wide, tall, 2.6), 0.46, corner=(x, 0, 0))
        for step in range(int(wide / 0.8)):
            view.box(part, (0.5, 0.6, 2.6), 0.46, corner=(x - wide / 2 + 0.4 + step * 0.8, tall, 0))
    gate = [(-1.0, 0.0), (1.0, 0.0), (1.0, 2.4), (0.6, 3.1), (0, 3.4), (-0.6, 3.1), (-1.0, 2.4)]
    view.flat(part, gate, 0.06, out=1.32)
    pane = view.palette.lamp if view.brief.air.time == "night" else 0.1
    for x in (-4, 4):
        view.quad(part, x - 0.15, 4.4, x + 0.15, 5.6, pane, out=1.32)


def _station_house(view: View, part: Part) -> None:
    one = Part("front", part.x, 0, part.z)
    view.quad(one, -16, 0, 16, 4.4, 0.42)
    dark = view.brief.air.time in {"night", "dusk"}
    for step in range(9):
        x = -12 + step * 3.0
        outline = [(x + u, v) for u, v in xy("-.6,.7 .6,.7 .6,2.3 .4,2.7 0,2.85 -.4,2.7 -.6,2.3")]
        view.flat(one, [(x + (u - x) * 1.16, v + (0.1 if v > 2 else -0.1)) for u, v in outline], 0.56, out=0.03)
        pane = view.palette.lamp if dark and view.unit("pane", step) > 0.6 else 0.16 if dark else 0.3
        view.flat(one, outline, pane, out=0.05)
    view.quad(one, -16, 0, 16, 0.5, 0.3, out=0.04)


def _lattice(view: View, part: Part) -> None:
    """A lattice mast: it goes out of the picture at the top."""
    tall = 17.0
    for step in range(14):
        y, high = step * 1.2, step * 1.2 + 1.2
        low_w, top_w = 0.95 * (1 - y / tall * 0.75), 0.95 * (1 - high / tall * 0.75)
        for z, tone, thick in ((0.8, 0.34, 1.0), (-0.8, 0.2, 1.5)):
            depth = z * low_w
            for side in (-1, 1):
                view.path([at(part, side * low_w, y, depth), at(part, -side * top_w, high, depth)], tone, thick)
            view.path([at(part, -low_w, y, depth), at(part, low_w, y, depth)], 0.16, 1.2)
    for x in (-0.95, 0.95):
        for z in (0.76, -0.76):
            view.path([at(part, x, 0, z), at(part, x * 0.25, tall, z * 0.25)], 0.08, 3.2)
    view.box(part, (2.6, 0.5, 2.4), 0.46)
    top = Part("lamp", part.x, tall, part.z)
    view.round(top, 0, 0.4, 0.5, 0.5, view.palette.accent)


def _hut(view: View, part: Part) -> None:
    view.box(part, (2.6, 2.2, 2.2), 0.42)
    roof = ((-1.5, 2.2, -1.3), (1.5, 2.2, -1.3), (1.5, 2.7, 1.3), (-1.5, 2.7, 1.3))
    view.face([at(part, *corner) for corner in roof], 0.9 if "snow" in view.brief.air.weather else 0.26)
    view.quad(part, -0.2, 1.0, 0.7, 1.7, view.palette.lamp, out=1.12)
    view.quad(part, -1.0, 0, -0.35, 1.9, 0.2, out=1.12)


def _hill_lamp(view: View, part: Part) -> None:
    """A hill at the side with a lamp on it, where a story has one that can be seen from far away."""
    del part
    x, y, scale = view.camera.picture((-22, 6, 60))
    if not scale:
        return
    hill = placed("-34,9 -12,1 0,0 14,4 30,8", x, y, scale)
    view.canvas.fill(hill, wash(view.palette, 0.46), view.palette.ramp[1], 1.2)
    view.canvas.line([(x, y), (x, y - 9 * scale)], view.palette.ramp[1], max(1.4, 0.35 * scale))
    view.canvas.disc(x, y - 9.4 * scale, max(2.5, 0.7 * scale), view.palette.accent)


BUILDINGS: dict[str, Draw] = named(_house, _keep, _station_house, _lattice, _hut, _hill_lamp)
