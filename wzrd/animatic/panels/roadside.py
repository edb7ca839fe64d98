"""Parts that stand out of doors and whose drawing is worked out: signs, cars, masts, lamps far away."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, placed, spline, wash
from wzrd.animatic.panels.view import Draw, View, at, named


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


def _sign(view: View, part: Part) -> None:
    colour = mix(view.palette.accent, (255, 255, 255), 0.1)
    view.box(part, (0.12, 1.8, 0.9), 0.2, corner=(0, 2.8, -0.55))
    one = Part("sign", *at(part, 0, 2.8, -0.55), part.turn + 90)
    for turn in (90, -90):
        one = Part("sign", *at(part, 0, 2.8, -0.55), part.turn + turn)
        if view.faces_camera(one):
            view.quad(one, -0.36, 0.1, 0.36, 1.7, colour, out=0.08, ink=False)
            for step in range(3):
                view.quad(one, -0.2, 0.3 + step * 0.46, 0.2, 0.6 + step * 0.46, 0.97, out=0.09, ink=False)


def _car(view: View, part: Part) -> None:
    colour = view.palette.accent if view.unit("car", part.x) > 0.5 else view.palette.second
    view.box(part, (1.75, 0.55, 4.1), 0.3, corner=(0, 0.32, 0), colour=colour)
    view.box(part, (1.5, 0.5, 2.1), 0.3, corner=(0, 0.87, 0.15), colour=mix(colour, view.palette.ramp[1], 0.35))
    for z in (-1.3, 1.3):
        for x in (-0.86, 0.86):
            wheel = Part("tyre", *at(part, x, 0.33, z), part.turn + 90)
            view.flat(wheel, ellipse(0, 0, 0.34, 0.34), 0.08)
            view.flat(wheel, ellipse(0, 0, 0.16, 0.16), 0.6)
    for x in (-0.6, 0.6):
        view.quad(part, x - 0.2, 0.56, x + 0.2, 0.76, (255, 244, 206), out=2.07)
    view.quad(part, -0.68, 0.92, 0.68, 1.3, mix(view.palette.sky[1], view.palette.ramp[1], 0.5), out=0.92)


def _craft(view: View, part: Part) -> None:
    one = Part("craft", part.x, 1.2, part.z)
    view.shape(one, spline([(-2.6, 0.0), (-1.6, 0.5), (1.2, 0.45), (2.6, 0.1), (1.2, -0.35), (-1.6, -0.4)]), 0.84)
    view.shape(one, [(-1.4, 0.3), (-2.4, 1.3), (-1.8, 1.3), (-0.2, 0.4)], view.palette.accent)
    view.shape(one, [(-1.4, -0.2), (-2.4, -1.1), (-1.8, -1.1), (-0.2, -0.3)], view.palette.accent)
    view.shape(one, ellipse(1.3, 0.2, 0.5, 0.16), 0.14)


ROADSIDE: dict[str, Draw] = named(_lattice, _hill_lamp, _sign, _car, _craft)
