"""Things of the table and the house: cups, bottles, lamps, candles, food, mirrors, flowers."""

import math

from wzrd.animatic.panels.canvas import ellipse, mix, spline
from wzrd.animatic.panels.pencil import BRASS, LEATHER, STEEL, WOOD, Pencil, Sketch, steam
from wzrd.animatic.panels.view import named


def _cup(p: Pencil) -> None:
    china = p.paper
    p.oval(0, 0.62, 0.98, 0.25, mix(china, p.view.palette.ramp[3], 0.25))
    p.oval(0, 0.58, 0.62, 0.14, mix(china, p.view.palette.ramp[2], 0.35), ink=False)
    ring = ellipse(0.62, -0.02, 0.25, 0.28)
    p.draw([*ring, ring[0]], mix(china, p.view.palette.ramp[2], 0.4), 0.11)
    p.fill("-.62,-.42 .62,-.42 .56,.2 .34,.58 -.34,.58 -.56,.2", china)
    p.fill(".2,-.42 .62,-.42 .56,.2 .34,.58 .1,.58 .26,.2", mix(china, p.view.palette.ramp[2], 0.4), ink=False)
    p.draw("-.6,-.22 .6,-.22", p.accent, 0.05)
    p.oval(0, -0.42, 0.62, 0.16, china)
    p.oval(0, -0.41, 0.53, 0.12, p.tint((92, 52, 30)))
    steam(p, -0.62)


def _glass(p: Pencil) -> None:
    clear = mix(p.view.palette.sky[1], (255, 255, 255), 0.35)
    p.fill("-.5,-.8 .5,-.8 .4,.8 -.4,.8", clear)
    p.fill("-.46,.05 .46,.05 .39,.74 -.39,.74", p.tint((196, 122, 44)), ink=False)
    p.oval(0, 0.05, 0.46, 0.09, p.tint((222, 150, 66)), ink=False)
    p.fill("-.24,.1 .06,-.06 .22,.24 -.1,.36", p.light(clear, 0.7))
    p.oval(0, -0.8, 0.5, 0.1, p.light(clear, 0.5))
    p.draw("-.38,-.6 -.3,.66", (255, 255, 255), 0.05)


def _bottle(p: Pencil) -> None:
    green = p.tint((62, 108, 76))
    p.fill("-.36,.96 -.38,-.1 -.3,-.3 -.13,-.46 -.13,-.94 .13,-.94 .13,-.46 .3,-.3 .38,-.1 .36,.96", green)
    p.fill(".1,-.42 .28,-.28 .36,-.1 .34,.94 .14,.94 .16,-.1", p.dark(green, 0.4), ink=False)
    p.fill("-.37,.1 .37,.1 .36,.66 -.36,.66", p.paper)
    p.fill("-.28,.2 .28,.2 .28,.34 -.28,.34", p.accent, ink=False)
    p.lines(2, -0.24, 0.24, 0.45, 0.1)
    p.fill("-.15,-.98 .15,-.98 .15,-.8 -.15,-.8", p.tint(WOOD))
    p.draw("-.27,-.16 -.27,.05", p.light(green, 0.7), 0.05)


def _thermos(p: Pencil) -> None:
    steel = p.tint(STEEL)
    p.fill("-.36,.95 -.36,-.5 -.26,-.62 .26,-.62 .36,-.5 .36,.95", steel)
    p.fill(".1,-.6 .26,-.62 .36,-.5 .36,.95 .14,.95", p.dark(steel, 0.4), ink=False)
    p.fill("-.36,-.1 .36,-.1 .36,.42 -.36,.42", p.accent)
    p.fill("-.28,.02 .2,0 .22,.26 -.28,.28", p.paper)
    p.lines(2, -0.22, 0.14, 0.1, 0.1)
    p.fill("-.29,-.62 -.25,-.95 .25,-.95 .29,-.62", p.light(steel, 0.25))
    p.draw("-.22,-.45 -.22,.9", (255, 255, 255), 0.04)


def _lamp(p: Pencil) -> None:
    brass, glow = p.tint(BRASS), p.view.palette.lamp
    ring = ellipse(0, -0.78, 0.34, 0.26)
    p.draw([*ring, ring[0]], p.dark(brass, 0.4), 0.05)
    p.fill("-.36,-.54 .36,-.54 .22,-.76 -.22,-.76", brass)
    p.fill("-.4,-.5 .4,-.5 .52,.5 -.52,.5", mix(glow, (255, 255, 255), 0.3))
    p.fill("-.16,.4 -.2,.06 0,-.34 .2,.06 .16,.4", mix(glow, (255, 150, 40), 0.4), ink=False, smooth=True)
    p.fill("-.08,.4 -.08,.16 0,-.06 .08,.16 .08,.4", (255, 255, 244), ink=False, smooth=True)
    for x in (-0.46, 0.46):
        p.draw([(x * 0.86, -0.5), (x * 1.12, 0.5)], p.dark(brass, 0.5), 0.05)
    p.fill("-.62,.48 .62,.48 .7,.92 -.7,.92", brass)
    p.fill(".2,.48 .62,.48 .7,.92 .26,.92", p.dark(brass, 0.35), ink=False)


def _candle(p: Pencil) -> None:
    p.oval(0, 0.84, 0.62, 0.16, p.tint(BRASS))
    p.fill("-.2,.8 -.2,-.2 .2,-.2 .2,.8", p.paper)
    p.fill(".04,.8 .06,-.2 .2,-.2 .2,.8", mix(p.paper, p.view.palette.ramp[2], 0.45), ink=False)
    p.fill("-.22,-.2 -.2,.1 -.13,.2 -.08,-.1 .2,-.2", p.paper)
    p.draw("0,-.2 0,-.36", None, 0.035)
    p.fill("-.14,-.46 0,-.98 .14,-.46 0,-.3", (255, 188, 78), smooth=True)
    p.fill("-.06,-.46 0,-.7 .06,-.46 0,-.36", (255, 250, 222), ink=False, smooth=True)


def _cigarette(p: Pencil) -> None:
    p.oval(0, 0.5, 0.9, 0.36, mix(p.view.palette.sky[1], p.view.palette.ramp[2], 0.4))
    p.oval(0, 0.46, 0.66, 0.22, p.view.palette.ramp[1])
    p.fill("-.2,.3 -.16,.18 .96,.06 .97,.17", p.paper)
    p.fill(".6,.1 .96,.06 .97,.17 .62,.21", p.tint((206, 140, 70)))
    p.oval(-0.18, 0.24, 0.06, 0.07, (255, 120, 50))
    steam(p, 0.1)


def _food(p: Pencil) -> None:
    p.oval(0, 0.4, 1.05, 0.4, p.paper)
    p.oval(0, 0.37, 0.72, 0.25, mix(p.paper, p.view.palette.ramp[3], 0.4))
    p.fill("-.5,.34 -.44,0 -.1,-.16 .24,-.1 .46,.16 .48,.38 0,.48", p.tint((196, 132, 66)), smooth=True)
    for x in (-0.24, 0.02, 0.26):
        p.draw([(x - 0.08, 0.02), (x + 0.06, 0.2)], p.tint((142, 84, 40)), 0.05)
    steam(p, -0.24)


def _flower(p: Pencil) -> None:
    p.draw(spline([(0.1, 0.98), (0.0, 0.4), (0.04, -0.2)], closed=False), p.tint((70, 116, 66)), 0.05)
    p.fill(".02,.5 .4,.2 .56,.3 .3,.52", p.tint((80, 130, 76)), smooth=True)
    for step in range(7):
        angle = step * math.tau / 7
        petal = p.accent if step % 2 else p.light(p.accent, 0.2)
        x, y = 0.04 + 0.27 * math.cos(angle), -0.4 + 0.25 * math.sin(angle)
        p.oval(x, y, 0.25, 0.16, petal, turn=math.degrees(angle))
    p.oval(0.04, -0.4, 0.15, 0.14, p.view.palette.lamp)


def _mirror(p: Pencil) -> None:
    p.fill("-.1,.5 .1,.5 .12,1 -.12,1", p.tint(BRASS))
    p.oval(0, -0.15, 0.72, 0.78, p.tint(BRASS))
    p.oval(0, -0.15, 0.6, 0.66, mix(p.view.palette.sky[1], (255, 255, 255), 0.3))
    p.fill("-.4,.1 -.1,-.7 .14,-.72 -.2,.36", (255, 255, 255), ink=False)


def _skull(p: Pencil) -> None:
    bone = mix(p.paper, p.tint((220, 206, 170)), 0.5)
    p.fill("-.7,-.1 -.62,-.6 -.2,-.88 .3,-.86 .68,-.5 .7,0 .5,.3 .42,.76 -.36,.78 -.46,.32", bone, smooth=True)
    for x in (-0.3, 0.3):
        p.oval(x, 0.0, 0.19, 0.2, p.view.palette.ramp[0])
    p.fill("0,.16 .1,.36 -.1,.36", p.view.palette.ramp[0])
    for x in (-0.24, -0.08, 0.08, 0.24):
        p.draw([(x, 0.52), (x, 0.76)], None, 0.03)


def _toy(p: Pencil) -> None:
    fur = p.tint((176, 128, 82))
    for x in (-0.34, 0.34):
        p.oval(x, -0.72, 0.18, 0.18, fur)
        p.oval(x * 1.3, 0.75, 0.24, 0.2, fur)
        p.oval(x * 1.6, 0.15, 0.17, 0.3, fur, turn=30 if x < 0 else -30)
    p.oval(0, 0.36, 0.46, 0.5, fur)
    p.oval(0, -0.38, 0.45, 0.42, fur)
    p.oval(0, -0.26, 0.2, 0.16, p.light(fur, 0.4))
    for x in (-0.16, 0.16):
        p.oval(x, -0.46, 0.05, 0.06, p.view.palette.ramp[0])
    p.oval(0, -0.32, 0.07, 0.05, p.view.palette.ramp[0])


def _box(p: Pencil) -> None:
    card = p.tint((184, 146, 100))
    p.fill("-.85,-.1 .15,.1 .15,.95 -.85,.7", card)
    p.fill(".15,.1 .9,-.16 .9,.62 .15,.95", p.dark(card, 0.3))
    p.fill("-.85,-.1 -.1,-.36 .9,-.16 .15,.1", p.light(card, 0.25))
    p.fill("-.42,-.01 -.3,.01 -.3,.83 -.42,.8", p.accent)
    p.fill("-.42,-.01 .36,-.27 .5,-.24 -.3,.01", p.accent)


def _hat(p: Pencil) -> None:
    felt = p.tint((92, 78, 66))
    p.oval(0, 0.4, 1.05, 0.34, felt)
    p.fill("-.6,.4 -.52,-.3 -.3,-.52 0,-.4 .3,-.52 .52,-.3 .6,.4 .3,.52 -.3,.52", felt, smooth=True)
    p.fill("-.6,.22 .6,.22 .61,.44 .3,.54 -.3,.54 -.61,.44", p.accent)


def _shoe(p: Pencil) -> None:
    leather = p.tint(LEATHER)
    p.fill("-.9,.72 -.9,-.5 -.3,-.56 -.2,-.1 .3,.14 .86,.26 1.02,.52 1,.72", leather, smooth=False)
    p.fill("-.95,.66 1.04,.66 1.04,.82 -.4,.82 -.42,.92 -.95,.92", p.view.palette.ramp[0])
    for step in range(4):
        x, y = -0.24 + step * 0.16, -0.22 + step * 0.12
        p.draw([(x - 0.12, y + 0.06), (x + 0.1, y - 0.04)], p.paper, 0.04)


def _cap(p: Pencil) -> None:
    steel = p.tint(STEEL)
    teeth = [(k * math.tau / 108, 1 + 0.06 * math.cos(18 * (k * math.tau / 108))) for k in range(108)]
    rim = [(0.72 * far * math.cos(a), 0.18 + 0.5 * far * math.sin(a)) for a, far in teeth]
    p.fill(rim, p.dark(steel, 0.2))
    p.fill([(x * 0.96, y * 0.94 - 0.2) for x, y in rim], p.accent)
    p.oval(0, -0.03, 0.5, 0.33, p.light(p.accent, 0.22))
    turns = [(k * math.pi / 5, 0.13 if k % 2 else 0.3, 0.09 if k % 2 else 0.21) for k in range(10)]
    p.fill([(wide * math.sin(a), -0.03 - high * math.cos(a)) for a, wide, high in turns], p.paper)


VESSELS: dict[str, Sketch] = named(
    _cup, _glass, _bottle, _thermos, _lamp, _candle, _cigarette, _food, _flower, _mirror, _skull, _toy, _box, _hat,
    _shoe, _cap,
)  # fmt: skip
