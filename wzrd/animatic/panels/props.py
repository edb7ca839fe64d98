"""Further things that people carry and use: weapons, bags, computers, plates, tools."""

from wzrd.animatic.panels.canvas import ellipse, mix, spline
from wzrd.animatic.panels.pencil import BRASS, LEATHER, STEEL, WOOD, Pencil, Sketch
from wzrd.animatic.panels.view import named


def _bat(p: Pencil) -> None:
    wood = p.tint((196, 150, 94))
    p.fill("-.94,.72 -.86,.8 .1,.1 .78,-.5 .92,-.74 .8,-.9 .58,-.8 -.04,-.06", wood, smooth=True)
    p.fill(".1,.1 .78,-.5 .9,-.7 .5,-.4 .04,.04", p.dark(wood, 0.25), ink=False)
    p.draw("-.9,.76 -.56,.44", p.dark(LEATHER, 0.4), 0.13)
    p.oval(-0.93, 0.79, 0.09, 0.09, p.dark(wood, 0.3))


def _rifle(p: Pencil) -> None:
    steel, wood = p.tint((74, 78, 86)), p.tint(WOOD)
    p.fill(".2,-.1 .98,.12 .98,.42 .6,.26 .14,.1", wood)
    p.fill("-.5,-.12 .3,-.12 .3,.08 -.5,.04", wood)
    p.fill("-1,-.16 .32,-.18 .32,-.06 -1,-.08", steel)
    p.fill("-.2,-.3 .2,-.3 .2,-.2 -.2,-.2", p.dark(steel, 0.3))
    p.draw(".22,.08 .3,.24 .4,.14", steel, 0.05)


def _sword(p: Pencil) -> None:
    steel = p.light(p.tint(STEEL), 0.4)
    p.fill("-.98,-.86 -.78,-.84 .52,.4 .42,.52", steel)
    p.draw("-.9,-.84 .46,.46", p.dark(steel, 0.3), 0.03)
    p.fill(".24,.6 .6,.24 .68,.32 .32,.68", p.tint(BRASS))
    p.draw(".5,.5 .86,.86", p.dark(p.tint(LEATHER), 0.3), 0.13)
    p.oval(0.9, 0.9, 0.1, 0.1, p.tint(BRASS))


def _axe(p: Pencil) -> None:
    p.draw(".7,.9 -.5,-.66", p.dark(p.tint(WOOD), 0.5), 0.15)
    p.draw(".7,.9 -.5,-.66", p.tint(WOOD), 0.11)
    p.fill("-.62,-.9 -.2,-.56 -.5,-.1 -.98,-.1 -.94,-.5", p.tint(STEEL))
    p.fill("-.98,-.1 -.94,-.5 -.86,-.46 -.86,-.14", p.light(p.tint(STEEL), 0.6), ink=False)


def _hammer(p: Pencil) -> None:
    p.draw(".6,.9 -.3,-.5", p.dark(p.tint(WOOD), 0.5), 0.17)
    p.draw(".6,.9 -.3,-.5", p.tint(WOOD), 0.13)
    p.fill("-.86,-.36 -.66,-.66 .1,-.86 .3,-.62 .04,-.42 -.6,-.26", p.tint((88, 92, 100)))


def _flashlight(p: Pencil) -> None:
    steel = p.tint((66, 70, 80))
    p.fill("-.96,-.34 -.62,-.3 -.4,-.16 .9,-.16 .9,.16 -.4,.16 -.62,.3 -.96,.34", steel)
    p.fill("-.4,.02 .9,.02 .9,.16 -.4,.16", p.dark(steel, 0.4), ink=False)
    p.oval(-0.96, 0.0, 0.1, 0.34, p.light(p.view.palette.lamp, 0.5))
    p.fill("0,-.24 .24,-.24 .24,-.15 0,-.15", p.accent)


def _bag(p: Pencil) -> None:
    cloth = p.tint((112, 84, 62))
    ring = ellipse(0, -0.5, 0.36, 0.44)
    p.draw([*ring, ring[0]], p.dark(cloth, 0.45), 0.09)
    p.fill("-.8,-.34 .8,-.34 .94,.6 .7,.84 -.7,.84 -.94,.6", cloth, smooth=False)
    p.fill("-.8,-.34 .8,-.34 .84,.06 0,.2 -.84,.06", p.dark(cloth, 0.18))
    p.fill("-.12,.06 .12,.06 .12,.28 -.12,.28", p.tint(BRASS))


def _laptop(p: Pencil) -> None:
    case = p.tint((140, 144, 152))
    p.fill("-.72,-.74 .72,-.74 .78,.3 -.78,.3", p.dark(case, 0.4))
    p.fill("-.64,-.66 .64,-.66 .69,.22 -.69,.22", p.light(p.view.palette.sky[1], 0.35))
    p.lines(4, -0.5, 0.3, -0.48, 0.16)
    p.fill("-.78,.3 .78,.3 1,.66 -1,.66", case)
    for row in range(3):
        p.draw(
            [(-0.68 - row * 0.05, 0.37 + row * 0.07), (0.68 + row * 0.05, 0.37 + row * 0.07)], p.dark(case, 0.5), 0.035
        )
    p.fill("-1,.66 1,.66 .98,.72 -.98,.72", p.dark(case, 0.3))


def _newspaper(p: Pencil) -> None:
    sheet = p.dark(p.paper, 0.06)
    p.fill("-.98,-.7 -.02,-.6 -.02,.86 -.94,.76", sheet)
    p.fill(".02,-.6 .98,-.7 .94,.76 .02,.86", p.dark(sheet, 0.1))
    p.draw("-.86,-.5 -.14,-.42", p.view.palette.ramp[0], 0.1)
    p.lines(8, -0.86, -0.5, -0.26, 0.12)
    p.lines(8, -0.44, -0.12, -0.24, 0.12)
    p.fill(".14,-.4 .56,-.44 .56,0 .14,.04", p.dark(sheet, 0.4))
    p.lines(5, 0.14, 0.84, 0.18, 0.12)


def _plate(p: Pencil) -> None:
    p.oval(0, 0.2, 1.0, 0.4, p.paper)
    p.oval(0, 0.16, 0.72, 0.27, p.dark(p.paper, 0.12), ink=False)
    p.oval(0, 0.15, 0.7, 0.25, p.light(p.paper, 0.4), ink=False)


def _pan(p: Pencil) -> None:
    iron = p.tint((62, 62, 68))
    p.draw(".5,-.02 1.05,-.3", p.dark(iron, 0.3), 0.16)
    p.fill("-.9,-.06 .62,-.06 .46,.42 -.74,.42", iron)
    p.oval(-0.14, -0.06, 0.76, 0.2, p.light(iron, 0.2))
    p.oval(-0.14, -0.04, 0.6, 0.13, p.dark(iron, 0.3), ink=False)


def _pen(p: Pencil) -> None:
    p.fill("-.98,.9 -.74,.56 .72,-.86 .9,-.68 -.58,.72", p.tint((44, 62, 110)))
    p.fill("-.98,.9 -.74,.56 -.58,.72", p.tint(BRASS))
    p.draw(".1,-.24 .66,-.78", p.tint(BRASS), 0.05)


def _easel(p: Pencil) -> None:
    wood = p.tint(WOOD)
    for foot in (-0.62, 0.62):
        p.draw([(0, -0.98), (foot, 0.98)], wood, 0.09)
    p.draw("0,-.9 0,.86", p.dark(wood, 0.3), 0.07)
    p.fill("-.62,-.72 .62,-.72 .62,.34 -.62,.34", p.paper)
    p.fill("-.5,.06 -.2,-.24 .06,0 .3,-.34 .52,.06 .52,.24 -.5,.24", p.accent)
    p.oval(0.28, -0.48, 0.12, 0.1, p.second)
    p.fill("-.7,.34 .7,.34 .7,.44 -.7,.44", wood)


def _bicycle(p: Pencil) -> None:
    frame = p.accent
    for x in (-0.6, 0.6):
        ring = ellipse(x, 0.42, 0.4, 0.4, steps=30)
        p.draw([*ring, ring[0]], p.view.palette.ramp[0], 0.06)
        for spoke in range(4):
            p.draw([ring[spoke * 4], ring[spoke * 4 + 15]], p.view.palette.ramp[2], 0.012)
    p.draw("-.6,.42 -.22,-.26 .42,-.26 .02,.42 -.6,.42", frame, 0.06)
    p.draw("-.28,-.38 .02,.42", frame, 0.06)
    p.draw(".36,-.46 .6,.42", frame, 0.06)
    p.draw(".2,-.52 .36,-.48 .5,-.6", p.view.palette.ramp[0], 0.06)
    p.fill("-.46,-.44 -.1,-.4 -.16,-.32 -.42,-.34", p.dark(LEATHER, 0.4))


def _ball(p: Pencil) -> None:
    p.oval(0, 0, 0.8, 0.8, p.tint((214, 132, 62)))
    p.draw("-.8,0 .8,0", None, 0.03)
    p.draw("0,-.8 0,.8", None, 0.03)
    p.draw(spline([(-0.5, -0.62), (-0.24, 0.0), (-0.5, 0.62)], closed=False), None, 0.03)
    p.draw(spline([(0.5, -0.62), (0.24, 0.0), (0.5, 0.62)], closed=False), None, 0.03)


def _ring(p: Pencil) -> None:
    gold = p.tint(BRASS)
    ring = ellipse(0, 0.24, 0.56, 0.6, steps=36)
    p.draw([*ring, ring[0]], p.dark(gold, 0.5), 0.2)
    p.draw([*ring, ring[0]], gold, 0.13)
    p.fill("-.26,-.6 .26,-.6 .4,-.44 0,-.06 -.4,-.44", p.light(p.view.palette.sky[1], 0.5))
    p.draw("-.4,-.44 .4,-.44", None, 0.02)


def _syringe(p: Pencil) -> None:
    clear = mix(p.view.palette.sky[1], (255, 255, 255), 0.4)
    p.draw("-1,0 -.5,0", p.tint(STEEL), 0.03)
    p.fill("-.5,-.14 .5,-.14 .5,.14 -.5,.14", clear)
    p.fill("-.44,-.08 .06,-.08 .06,.08 -.44,.08", p.accent, ink=False)
    p.draw(".06,0 .92,0", p.tint(STEEL), 0.06)
    p.draw(".92,-.2 .92,.2", p.tint(STEEL), 0.07)
    p.draw(".5,-.26 .5,.26", p.tint(STEEL), 0.06)


def _mask(p: Pencil) -> None:
    white = p.light(p.paper, 0.3)
    p.fill("-.64,-.7 0,-.86 .64,-.7 .68,.1 .3,.8 0,.9 -.3,.8 -.68,.1", white, smooth=True)
    for x in (-0.3, 0.3):
        p.oval(x, -0.16, 0.19, 0.13, p.view.palette.ramp[0])
    p.draw(spline([(-0.26, 0.46), (0.0, 0.56), (0.26, 0.46)], closed=False), None, 0.05)
    p.fill(".02,-.06 .12,.26 -.06,.26", p.dark(white, 0.2), ink=False)


def _shovel(p: Pencil) -> None:
    p.draw(".62,-.94 -.3,.3", p.dark(p.tint(WOOD), 0.5), 0.13)
    p.draw(".62,-.94 -.3,.3", p.tint(WOOD), 0.09)
    p.draw(".5,-.98 .76,-.8", p.tint(WOOD), 0.1)
    p.fill("-.5,.1 -.12,.38 -.4,.8 -.9,.94 -.86,.5", p.tint(STEEL))


def _broom(p: Pencil) -> None:
    p.draw(".5,-.98 -.2,.3", p.tint(WOOD), 0.08)
    straw = p.tint((206, 172, 96))
    p.fill("-.34,.22 -.06,.36 -.16,.96 -.86,.66", straw)
    for end in ((-0.7, 0.74), (-0.5, 0.84), (-0.32, 0.9)):
        p.draw([(-0.2, 0.3), end], p.dark(straw, 0.4), 0.02)


def _pillow(p: Pencil) -> None:
    p.fill("-.9,-.46 0,-.56 .9,-.46 .98,0 .9,.5 0,.6 -.9,.5 -.98,0", p.paper, smooth=True)
    p.draw(spline([(-0.6, -0.2), (-0.2, 0.0), (-0.5, 0.26)], closed=False), p.dark(p.paper, 0.3), 0.03)


PROPS: dict[str, Sketch] = named(
    _bat, _rifle, _sword, _axe, _hammer, _flashlight, _bag, _laptop, _newspaper, _plate, _pan, _pen, _easel, _bicycle,
    _ball, _ring, _syringe, _mask, _shovel, _broom, _pillow,
)  # fmt: skip
