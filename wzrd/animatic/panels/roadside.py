"""Lamps, signs, vehicles, boats, awnings: what stands along streets, rails and quays, and on roofs."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import ellipse, mix, spline
from wzrd.animatic.panels.view import Draw, View, at, named


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


ROADSIDE: dict[str, Draw] = named(_sign, _car, _craft)
