"""Subjects that an insert shows whole: doors, windows, signs, vehicles, hands and eyes."""

import math

from wzrd.animatic.panels.canvas import corners, mix, spline, wash, xy
from wzrd.animatic.panels.pencil import BRASS, WOOD, Pencil, Sketch
from wzrd.animatic.panels.view import named


def _handle(p: Pencil) -> None:
    wood = p.tint(WOOD)
    p.fill("-1.5,-1.4 1.5,-1.4 1.5,1.4 -1.5,1.4", wood)
    p.fill("-1.3,-1.3 -.5,-1.3 -.5,1.3 -1.3,1.3", p.dark(wood, 0.18))
    for x in (-1.0, -0.75, 0.9, 1.2):
        p.draw([(x + 0.03 * math.sin(k), -1.4 + k * 0.28) for k in range(11)], p.dark(wood, 0.35), 0.012)
    brass = p.tint(BRASS)
    p.fill("-.16,-.72 .3,-.72 .3,.86 -.16,.86", brass)
    p.oval(0.07, 0.52, 0.07, 0.09, p.view.palette.ramp[0])
    p.fill(".04,.54 .1,.54 .13,.74 .01,.74", p.view.palette.ramp[0], ink=False)
    p.fill("0,-.3 .14,-.3 .18,-.14 .98,-.12 1.06,0 .98,.1 .1,.12 -.04,0", p.light(brass, 0.15))
    p.draw(".22,-.06 .92,-.04", p.light(brass, 0.7), 0.035)


def _car(p: Pencil) -> None:
    p.fill("-1.2,.5 -1.2,.1 -.8,0 -.46,-.42 .4,-.44 .74,-.02 1.15,.1 1.22,.5", p.accent)
    p.fill("-.66,0 -.4,-.34 -.04,-.35 -.04,0", mix(p.view.palette.sky[1], p.view.palette.ramp[1], 0.3))
    p.fill(".04,-.35 .36,-.36 .6,0 .04,0", mix(p.view.palette.sky[1], p.view.palette.ramp[1], 0.3))
    for x in (-0.72, 0.72):
        p.oval(x, 0.5, 0.25, 0.25, p.view.palette.ramp[0])
        p.oval(x, 0.5, 0.12, 0.12, p.paper)
    p.oval(1.12, 0.2, 0.07, 0.08, (255, 240, 190))
    p.draw("-1.1,.24 1,.24", p.light(p.accent), 0.03)


def _boat(p: Pencil) -> None:
    p.fill("-1.1,.25 1.2,.15 .85,.75 -.8,.75", p.accent)
    p.fill("-.6,.24 .2,.2 .16,-.25 -.52,-.25", p.paper)
    p.draw(".35,.2 .35,-1", p.tint(WOOD), 0.06)
    p.fill(".4,-.9 .95,.05 .4,.1", p.paper)
    p.draw("-1.4,.8 -.8,.72 -.2,.82 .4,.72 1,.82 1.5,.74", p.view.palette.ramp[3], 0.06)


def _hand(p: Pencil) -> None:
    skin = mix((74, 48, 38), p.view.palette.skin, 0.86)
    skin = mix(skin, wash(p.view.palette, 0.6), 0.2)
    shade = p.dark(skin, 0.3)
    p.fill("-.4,1.4 -.42,.4 .42,.36 .44,1.4", p.tint((88, 92, 104)))
    p.fill("-.36,.5 -.5,0 -.42,-.28 .44,-.3 .5,.02 .34,.5", skin, smooth=True)
    for x, top, lean in ((-0.36, -0.78, -0.12), (-0.12, -0.98, -0.03), (0.13, -0.94, 0.05), (0.36, -0.72, 0.13)):
        tip = [(x - 0.1 + lean, top + 0.08), (x + lean, top), (x + 0.1 + lean, top + 0.08)]
        p.fill([(x - 0.11, -0.2), *tip, (x + 0.11, -0.2), (x, -0.1)], skin, smooth=True)
        p.draw([(x - 0.07 + lean * 0.5, (top - 0.2) / 2), (x + 0.07 + lean * 0.5, (top - 0.2) / 2)], shade, 0.02)
    p.fill("-.46,.24 -.78,-.1 -.86,-.32 -.74,-.4 -.56,-.16 -.38,0", skin, smooth=True)
    p.draw("-.3,.3 -.1,.08 -.16,-.16", shade, 0.025)
    p.draw("-.36,-.1 0,-.02 .38,-.1", shade, 0.02)


def _eye(p: Pencil) -> None:
    skin = mix(p.view.palette.skin, wash(p.view.palette, 0.6), 0.15)
    p.fill("-1.5,-1.2 1.5,-1.2 1.5,1.2 -1.5,1.2", skin, ink=False)
    p.fill("-1.2,.1 -.5,-.62 .4,-.7 1.2,.05 .5,.56 -.4,.54", p.dark(skin, 0.22), ink=False, smooth=True)
    p.fill("-1,.1 -.5,-.36 .2,-.46 .98,.06 .4,.36 -.4,.36", p.paper, smooth=True)
    p.oval(0, -0.04, 0.4, 0.4, mix(p.second, p.view.palette.ramp[1], 0.3))
    p.oval(0, -0.04, 0.19, 0.19, p.view.palette.ramp[0])
    p.oval(-0.12, -0.17, 0.09, 0.09, (255, 255, 255), ink=False)
    for curve, width in (("-1.05,.12 -.5,-.38 .2,-.5 1.05,.04", 0.1), ("-1.1,-.66 -.3,-1 .6,-.98 1.2,-.6", 0.2)):
        p.canvas.stroke(p.at(spline(xy(curve), closed=False)), p.view.palette.ramp[0], p.size * width)


def _window(p: Pencil) -> None:
    sky = mix(*p.view.palette.sky, 0.6)
    p.fill("-1.5,-1.05 1.5,-1.05 1.5,1.05 -1.5,1.05", wash(p.view.palette, 0.8))
    p.fill("-1.34,-.92 1.34,-.92 1.34,.9 -1.34,.9", sky)
    for step in range(9):
        left = -1.34 + step * 0.3
        top = 0.9 - 0.25 - 0.5 * p.view.unit("roof", step)
        shade = wash(p.view.palette, 0.2 + 0.04 * (step % 3))
        p.fill([(left, 0.9), (left, top), (left + 0.28, top), (left + 0.28, 0.9)], shade, ink=False)
        if p.view.unit("lit", step) > 0.4 and p.view.brief.air.time == "night":
            p.fill(corners(left + 0.08, top + 0.12, left + 0.17, top + 0.22), p.view.palette.lamp, ink=False)
    if {"rain", "storm", "snow"} & set(p.view.brief.air.weather):
        for step in range(40):
            x, y = -1.3 + 2.6 * p.view.unit("drop", step), -0.9 + 1.6 * p.view.unit("fall", step)
            if "snow" in p.view.brief.air.weather:
                p.oval(x, y, 0.018, 0.018, (250, 250, 252), ink=False)
            else:
                low = y + 0.12 + 0.1 * p.view.unit("run", step)
                p.draw([(x, y), (x + 0.01, low)], mix(sky, (255, 255, 255), 0.6), 0.014)
    for x in (-0.03, -1.36, 1.3):
        p.fill([(x, -0.95), (x + 0.08, -0.95), (x + 0.08, 0.92), (x, 0.92)], wash(p.view.palette, 0.74))
    p.fill("-1.34,-.1 1.34,-.1 1.34,-.02 -1.34,-.02", wash(p.view.palette, 0.74))
    p.fill("-1.6,.9 1.6,.9 1.6,1.06 -1.6,1.06", wash(p.view.palette, 0.9))
    for x in (-1, 1):
        p.fill([(x * 1.62, -1.15), (x * 1.0, -1.15), (x * 1.24, 0.1), (x * 1.5, 1.15), (x * 1.66, 1.15)], p.second)


def _sign(p: Pencil) -> None:
    p.fill("-1.3,-.55 1.3,-.55 1.3,.55 -1.3,.55", p.view.palette.ramp[0])
    glow = mix(p.accent, (255, 255, 255), 0.15)
    ring = [(-1.18, -0.43), (1.18, -0.43), (1.18, 0.43), (-1.18, 0.43), (-1.18, -0.43)]
    p.draw(ring, glow, 0.05)
    for step in range(5):
        x = -0.86 + step * 0.42
        end = -0.24 if step % 2 else 0.24
        for colour, width in ((glow, 0.08), ((255, 244, 240), 0.025)):
            p.draw([(x, 0.24), (x, -0.24), (x + 0.26, end), (x + 0.26, -end)], colour, width)


def _tree(p: Pencil) -> None:
    p.fill("-.3,1.2 -.2,0 -.6,-.6 -.05,-.2 .1,-1.1 .16,-.2 .7,-.5 .24,.1 .34,1.2", p.tint((84, 62, 48)))


SIGHTS: dict[str, Sketch] = named(_handle, _car, _boat, _hand, _eye, _window, _sign, _tree)
