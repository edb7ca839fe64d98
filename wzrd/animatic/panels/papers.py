"""Things of paper and of the desk: letters, books, tickets, photographs, telephones, clocks."""

import math

from wzrd.animatic.panels.canvas import corners, mix, placed, spline
from wzrd.animatic.panels.pencil import BRASS, LEATHER, STEEL, WOOD, Pencil, Sketch
from wzrd.animatic.panels.view import named


def _letter(p: Pencil) -> None:
    p.fill("-.95,-.5 .8,-.68 .95,.5 -.82,.66", p.paper)
    p.fill("-.95,-.5 .8,-.68 .02,.12", mix(p.paper, p.view.palette.ramp[3], 0.4))
    p.oval(0.02, 0.1, 0.15, 0.15, p.accent)
    p.draw("-.04,.06 .02,.14 .08,.05", p.light(p.accent), 0.03)
    p.draw("-.82,.66 -.2,0")
    p.draw(".95,.5 .24,-.05")


def _paper(p: Pencil) -> None:
    p.fill("-.62,-.92 .78,-.8 .66,.95 -.78,.8", p.paper)
    p.fill(".42,.93 .66,.95 .69,.68", mix(p.paper, p.view.palette.ramp[2], 0.5))
    p.fill("-.5,-.78 .3,-.71 .28,-.58 -.51,-.65", p.dark(p.paper, 0.7), ink=False)
    p.lines(8, -0.52, 0.58, -0.44, 0.145, -0.012)
    p.oval(0.32, 0.66, 0.16, 0.16, p.accent, ink=False)


def _book(p: Pencil) -> None:
    p.fill("-1,-.45 -.04,-.3 .94,-.5 1,.5 .02,.72 -.95,.55", p.tint(LEATHER))
    p.fill("-.92,-.55 -.04,-.36 0,.6 -.86,.44", p.paper)
    p.fill(".86,-.58 -.04,-.36 0,.6 .92,.4", mix(p.paper, p.view.palette.ramp[3], 0.35))
    p.lines(6, -0.78, -0.16, -0.3, 0.125, 0.012)
    p.lines(6, 0.1, 0.72, -0.26, 0.12, 0.004)
    p.fill(".02,-.34 .08,-.36 .14,.84 .07,.76 .02,.86", p.accent)


def _phone(p: Pencil) -> None:
    p.fill("-.5,-.94 .4,-.98 .5,-.9 .52,.9 .44,.98 -.42,.98 -.52,.9 -.56,-.86", p.view.palette.ramp[0], smooth=False)
    glow = mix(p.second, (255, 255, 255), 0.45)
    p.fill("-.48,-.82 .42,-.84 .45,.84 -.44,.84", glow, ink=False)
    for row, (left, right) in enumerate(((-0.38, 0.15), (-0.1, 0.36), (-0.38, 0.0))):
        y = -0.55 + row * 0.42
        colour = p.paper if row % 2 else mix(p.accent, (255, 255, 255), 0.25)
        p.fill(corners(left, y, right, y + 0.26), colour, ink=False)


def _telephone(p: Pencil) -> None:
    body = p.dark(p.accent, 0.25)
    p.fill("-.85,.85 .85,.85 .62,-.1 .34,-.28 -.34,-.28 -.62,-.1", body)
    p.oval(0, 0.34, 0.4, 0.36, p.paper)
    for step in range(10):
        angle = 0.6 + step * 0.56
        p.oval(0.28 * math.cos(angle), 0.34 + 0.25 * math.sin(angle), 0.055, 0.05, p.view.palette.ramp[1])
    p.oval(0, 0.34, 0.12, 0.11, body)
    p.fill("-1,-.22 -.96,-.62 -.6,-.72 .6,-.72 .96,-.62 1,-.22 .6,-.2 .5,-.46 -.5,-.46 -.6,-.2", p.dark(p.accent, 0.45))
    p.draw("-.55,-.65 .5,-.65", p.light(p.accent, 0.4), 0.03)


def _clock(p: Pencil) -> None:
    p.oval(0, 0, 0.95, 0.95, p.dark(p.accent, 0.3))
    p.oval(0, 0, 0.82, 0.82, p.paper)
    for step in range(12):
        angle = step * math.tau / 12
        near, width = (0.66, 0.04) if step % 3 else (0.58, 0.07)
        p.draw([(far * math.sin(angle), -far * math.cos(angle)) for far in (near, 0.76)], None, width)
    hour = 0.4 + 5.4 * p.view.unit("hour", p.view.brief.slate.scene)
    p.draw([(0, 0), (0.4 * math.sin(hour), -0.4 * math.cos(hour))], None, 0.09)
    p.draw([(0, 0), (0.64 * math.sin(hour * 3.1), -0.64 * math.cos(hour * 3.1))], None, 0.06)
    p.draw([(0, 0), (0.58 * math.sin(2.6), -0.58 * math.cos(2.6))], p.accent, 0.025)
    p.oval(0, 0, 0.06, 0.06, p.accent)


def _watch(p: Pencil) -> None:
    brass = p.tint(BRASS)
    p.draw(spline([(0, -0.78), (0.5, -0.96), (0.95, -0.6), (1.25, -0.86)], closed=False), brass, 0.06)
    p.fill("-.1,-.62 .1,-.62 .1,-.84 -.1,-.84", brass)
    p.oval(0, 0.12, 0.74, 0.76, brass)
    p.oval(0, 0.12, 0.6, 0.62, p.paper)
    for step in range(12):
        angle = step * math.tau / 12
        p.oval(0.5 * math.sin(angle), 0.12 - 0.52 * math.cos(angle), 0.03, 0.03, p.view.palette.ramp[0], ink=False)
    p.draw("0,.12 .16,-.2", None, 0.06)
    p.draw("0,.12 -.34,.3", None, 0.045)


def _ticket(p: Pencil) -> None:
    p.fill("-.98,-.34 .86,-.52 .98,.3 -.86,.5", mix(p.paper, p.accent, 0.16))
    p.draw(".42,-.47 .54,.34", p.dark(p.paper, 0.45), 0.02)
    p.fill("-.84,-.22 .28,-.33 .31,-.12 -.81,-.01", p.accent, ink=False)
    p.lines(3, -0.76, 0.28, 0.1, 0.12, 0.015)
    p.oval(0.7, -0.08, 0.12, 0.13, p.dark(p.paper, 0.75))


def _photo(p: Pencil) -> None:
    p.fill("-.78,-.9 .66,-.98 .8,.86 -.64,.96", p.paper)
    p.fill("-.64,-.76 .54,-.83 .63,.42 -.55,.5", p.view.palette.ramp[2])
    p.fill("-.6,-.1 .58,-.2 .63,.42 -.55,.5", p.view.palette.ramp[1], ink=False)
    for x, size in ((-0.2, 0.17), (0.22, 0.15)):
        bust = placed("-1.6,0 -1.3,0 0,0 1.3,0 1.6,0", x, 0, size)
        bust = [(u, y) for (u, _), y in zip(bust, (0.46, 0.06, -0.08, 0.05, 0.43), strict=True)]
        p.fill(spline(bust, closed=False), p.dark(p.accent, 0.3) if x > 0 else p.view.palette.ramp[0], ink=False)
        p.oval(x, -0.24, size * 0.8, size, p.view.palette.ramp[3], ink=False)


def _stamp(p: Pencil) -> None:
    wood = p.tint(WOOD)
    p.fill("-.8,.85 -.8,.5 .8,.5 .8,.85", p.dark(p.accent, 0.2))
    p.fill("-.62,.5 -.5,.3 .5,.3 .62,.5", wood)
    p.fill("-.2,.3 -.14,-.3 .14,-.3 .2,.3", wood)
    p.oval(0, -0.5, 0.36, 0.34, wood)
    p.oval(-0.1, -0.6, 0.12, 0.1, p.light(wood, 0.4), ink=False)


def _money(p: Pencil) -> None:
    green = p.tint((126, 156, 116))
    for step in range(4):
        lift = step * 0.1
        note = [(-0.95, 0.35 - lift), (0.75, 0.12 - lift), (0.98, 0.55 - lift), (-0.7, 0.8 - lift)]
        p.fill(note, mix(green, p.paper, 0.1 * step))
    p.oval(0.02, 0.14, 0.2, 0.12, p.light(green, 0.4), turn=-8)
    p.fill("-.16,.02 .06,-.01 .3,.42 .08,.45", p.accent)


def _screen(p: Pencil) -> None:
    p.fill("-1.05,-.75 1.05,-.75 1.05,.55 -1.05,.55", p.view.palette.ramp[0])
    p.fill("-.96,-.66 .96,-.66 .96,.46 -.96,.46", mix(p.second, (255, 255, 255), 0.25), ink=False)
    p.draw([(-0.9 + k * 0.18, 0.05 - 0.4 * p.view.unit("trace", k)) for k in range(11)], (255, 255, 255), 0.03)
    p.fill("-.86,.2 -.2,.2 -.2,.34 -.86,.34", p.accent, ink=False)
    p.fill("-.2,.55 .2,.55 .36,.85 -.36,.85", p.view.palette.ramp[1])


def _camera(p: Pencil) -> None:
    body = p.tint((58, 58, 64))
    p.fill("-.95,-.42 -.4,-.42 -.28,-.66 .28,-.66 .4,-.42 .95,-.42 .95,.62 -.95,.62", body)
    p.oval(0, 0.1, 0.46, 0.46, p.dark(body, 0.4))
    p.oval(0, 0.1, 0.32, 0.32, mix(p.second, p.view.palette.ramp[0], 0.4))
    p.oval(-0.1, 0.0, 0.1, 0.1, (255, 255, 255), ink=False)
    p.oval(0.7, -0.24, 0.1, 0.08, p.accent)


def _glasses(p: Pencil) -> None:
    for x in (-0.5, 0.5):
        p.oval(x, 0.1, 0.42, 0.34, mix(p.view.palette.sky[1], (255, 255, 255), 0.4))
        p.draw([(x - 0.2, 0.26), (x + 0.1, -0.1)], (255, 255, 255), 0.05)
    p.draw("-.1,.02 0,-.06 .1,.02", None, 0.06)
    for x in (-1, 1):
        p.draw([(x * 0.92, 0.04), (x * 1.1, -0.5), (x * 0.98, -0.6)], None, 0.05)


def _key(p: Pencil) -> None:
    brass = p.tint(BRASS)
    p.oval(-0.58, -0.12, 0.36, 0.34, brass)
    p.oval(-0.58, -0.12, 0.18, 0.16, p.dark(brass, 0.7))
    p.fill("-.24,-.2 .96,.02 .93,.16 -.26,-.06", brass)
    for x in (0.56, 0.76):
        p.fill([(x, 0.08), (x + 0.11, 0.1), (x + 0.05, 0.42), (x - 0.06, 0.4)], brass)
    p.draw("-.2,-.16 .9,.05", p.light(brass), 0.025)
    p.draw(spline([(-0.8, -0.3), (-1.0, 0.2), (-0.7, 0.6), (-0.9, 0.9)], closed=False), p.accent, 0.04)


def _radio(p: Pencil) -> None:
    wood = p.tint(WOOD)
    p.draw(".6,-.6 .95,-1.2", p.tint(STEEL), 0.03)
    p.fill("-.98,-.6 .98,-.6 .98,.8 -.98,.8", wood)
    p.oval(-0.42, 0.1, 0.42, 0.46, p.dark(wood, 0.6))
    for step in range(5):
        p.draw([(-0.76, -0.12 + step * 0.12), (-0.08, -0.12 + step * 0.12)], p.light(wood, 0.25), 0.03)
    p.fill(".12,-.4 .84,-.4 .84,-.08 .12,-.08", mix(p.view.palette.lamp, (255, 255, 255), 0.3))
    p.draw(".52,-.4 .52,-.08", p.accent, 0.04)
    for x in (0.28, 0.68):
        p.oval(x, 0.38, 0.16, 0.16, p.paper)
        p.draw([(x, 0.38), (x + 0.08, 0.28)], None, 0.04)


def _mic(p: Pencil) -> None:
    steel = p.tint(STEEL)
    p.fill("-.12,.2 .12,.2 .1,1.3 -.1,1.3", p.view.palette.ramp[1])
    p.fill("-.42,-.55 -.3,-.9 .3,-.9 .42,-.55 .42,.1 .26,.32 -.26,.32 -.42,.1", steel)
    for y in (-0.7, -0.52, -0.34, -0.16, 0.02):
        p.draw([(-0.4, y), (0.4, y)], p.dark(steel, 0.5), 0.04)
    p.fill("-.44,-.3 .44,-.3 .44,-.2 -.44,-.2", p.accent)


PAPERS: dict[str, Sketch] = named(
    _letter, _paper, _book, _phone, _telephone, _clock, _watch, _ticket, _photo, _stamp, _money, _screen, _camera,
    _glasses, _key, _radio, _mic,
)  # fmt: skip
