"""The inside of a car or a cockpit, seen through its windscreen."""

import math

from wzrd.animatic.panels.canvas import Point, corners, ellipse, mix, placed, spline, wash, xy
from wzrd.animatic.panels.view import View


def _shares(view: View, text: str) -> list[Point]:
    """Points of a text, given as shares of the picture."""
    return placed(text, 0, 0, view.frame.width, view.frame.height)


def car_inside(view: View) -> None:
    """Side windows with what passes outside, roof, pillars, seat backs."""
    image = view.canvas.image
    image.paste(wash(view.palette, 0.22), (0, 0, image.width, image.height))
    width, height, ink = view.frame.width, view.frame.height, view.palette.ramp[0]
    top, low = view.palette.sky
    night = view.brief.air.time == "night"
    for left, right in ((0.04, 0.46), (0.53, 0.97)):
        pane = ((left, 0.60), (left + 0.05, 0.12), (right - 0.03, 0.10), (right, 0.60))
        view.canvas.fill([(width * x, height * y) for x, y in pane], mix(top, low, 0.6), ink, 3)
        for step in range(5):
            x = width * (left + 0.08 + (right - left - 0.14) * step / 5)
            tall = height * (0.08 + 0.2 * view.unit("passing", left, step))
            foot, roof = height * 0.60, height * 0.60 - tall
            house = [(x, foot), (x, roof), (x + width * 0.05, roof), (x + width * 0.05, foot)]
            view.canvas.fill(house, wash(view.palette, 0.26 if night else 0.6))
            if night and step % 2:
                view.canvas.disc(x, height * 0.3, 7, view.palette.lamp)
    _between(view)
    for x in (0.26, 0.74):
        back = [(width * (x + u), height * v) for u, v in xy("-.12,.62 -.06,.52 .06,.52 .12,.62")]
        seat = [(width * (x - 0.13), height + 20), *back, (width * (x + 0.13), height + 20)]
        view.canvas.fill(spline(seat, closed=False), wash(view.palette, 0.3), ink, 2.5)
        rest = ellipse(width * x, height * 0.46, width * 0.05, height * 0.07)
        view.canvas.fill(rest, wash(view.palette, 0.34), ink, 2.5)


def _between(view: View) -> None:
    """Draws the space behind the seats: a taxi's partition with its card, a truck's berth with a curtain."""
    width, height = view.frame.width, view.frame.height
    ink = view.palette.ramp[0]
    if view.brief.stage.kind == "taxi":
        for x in (0.06, 0.36, 0.64, 0.94):
            view.canvas.line([(width * x, height * 0.3), (width * x, height)], wash(view.palette, 0.5), 5)
        view.canvas.line([(0, height * 0.3), (width, height * 0.3)], wash(view.palette, 0.5), 7)
        view.canvas.fill(_shares(view, ".46,.36 .54,.36 .54,.47 .46,.47"), view.palette.paper, ink, 2)
    if view.brief.stage.kind == "truck":
        berth = _shares(view, ".2,.3 .8,.3 .82,.66 .18,.66")
        view.canvas.fill(berth, wash(view.palette, 0.14), ink, 3)
        for step in range(9):
            x = 0.2 + 0.067 * step
            fold = [(x, 0.3), (x + 0.067, 0.3), (x + 0.07, 0.66), (x - 0.003, 0.66)]
            colour = mix(view.palette.accent, ink, 0.25 if step % 2 else 0.4)
            view.canvas.fill([(u * width, v * height) for u, v in fold], colour, ink, 1.5)


def _on_the_dashboard(view: View) -> None:
    """A taxi's meter; a truck's radio on its cord."""
    ink = view.palette.ramp[0]
    if view.brief.stage.kind == "taxi":
        view.canvas.fill(_shares(view, ".46,.73 .58,.73 .58,.82 .46,.82"), wash(view.palette, 0.16), ink, 3)
        for step in range(4):
            digit = corners(0.475 + 0.025 * step, 0.75, 0.475 + 0.025 * step + 0.015, 0.8)
            shown = [(u * view.frame.width, v * view.frame.height) for u, v in digit]
            view.canvas.fill(shown, view.palette.accent)
    if view.brief.stage.kind == "truck":
        view.canvas.line(_shares(view, ".6,-.02 .61,.05 .595,.08 .61,.11 .595,.14 .605,.17"), ink, 4)
        mic = _shares(view, ".59,.16 .622,.16 .62,.24 .592,.24")
        view.canvas.fill(mic, wash(view.palette, 0.3), ink, 3)


def _front(view: View, sides: float, middle: float) -> None:
    """A dashboard across the picture, so high at the sides and in the middle, as shares of the picture."""
    width, height = view.frame.width, view.frame.height
    low = [(width * 0.3, height * middle), (width * 0.7, height * middle)]
    edge = spline([(-40, height * sides), *low, (width + 40, height * sides)], closed=False)
    shape = [*edge, (width + 40, height + 40), (-40, height + 40)]
    view.canvas.fill(shape, wash(view.palette, 0.1), view.palette.ramp[0], 3)


def dashboard(view: View) -> None:
    """Draws the front of a car before its people: dashboard, wheel, mirror, the frame of the windscreen."""
    width, height = view.frame.width, view.frame.height
    ink, dark = view.palette.ramp[0], wash(view.palette, 0.1)
    _front(view, 0.86, 0.80)
    rim = ellipse(width * 0.28, height * 0.95, width * 0.13, height * 0.22, steps=40)
    view.canvas.line([*rim, rim[0], rim[1]], ink, 16)
    view.canvas.line([*rim, rim[0], rim[1]], wash(view.palette, 0.3), 9)
    for x in (-10, width + 10):
        side = 1 if x < 0 else -1
        pillar = [(x, -10), (x + side * width * 0.09, -10), (x + side * width * 0.03, height * 0.86), (x, height * 0.9)]
        view.canvas.fill(pillar, dark, ink, 3)
    mirror = [(width * 0.42, -10), (width * 0.58, -10), (width * 0.57, height * 0.085), (width * 0.43, height * 0.085)]
    view.canvas.fill(mirror, dark, ink, 3)
    _on_the_dashboard(view)
    glow = mix(view.palette.accent, view.palette.lamp, 0.4)
    for step in range(3):
        view.canvas.disc(width * (0.25 + 0.03 * step), height * 0.865, height * 0.011, glow, ink, 1.5)


def cockpit(view: View) -> None:
    """The cabin behind two pilots: bulkhead, switches overhead, side windows with the sky in them."""
    image = view.canvas.image
    image.paste(wash(view.palette, 0.24), (0, 0, image.width, image.height))
    width, height = view.frame.width, view.frame.height
    ink = view.palette.ramp[0]
    for door, tone in ((".3,.16 .7,.16 .7,1 .3,1", 0.36), (".43,.2 .57,.2 .57,1 .43,1", 0.28)):
        view.canvas.fill(_shares(view, door), wash(view.palette, tone), ink, 2.5)
    glass = mix(view.palette.sky[0], view.palette.sky[1], 0.55)
    for side in (0, 1):
        pane = [(abs(side - x) * width, y * height) for x, y in xy("0,.22 .25,.18 .28,.44 .24,.6 0,.62")]
        view.canvas.fill(pane, glass, ink, 3)
        cloud = ellipse(width * (0.12 if side == 0 else 0.88), height * 0.46, width * 0.09, height * 0.045)
        view.canvas.fill(cloud, mix(glass, (255, 255, 255), 0.5))
    panel = [(width * 0.26, -10), (width * 0.74, -10), (width * 0.66, height * 0.15), (width * 0.34, height * 0.15)]
    view.canvas.fill(panel, wash(view.palette, 0.14), ink, 2.5)
    for row in range(3):
        for step in range(9):
            x, y = width * (0.36 + 0.035 * step), height * (0.03 + 0.04 * row)
            lit = view.unit("switch", row, step) > 0.7
            colour = view.palette.accent if lit else wash(view.palette, 0.5)
            view.canvas.disc(x, y, height * 0.008, colour, ink, 1)
    for x in (0.27, 0.73):
        seat = [((x + u) * width, v * height) for u, v in xy("-.12,1.04 -.11,.5 -.07,.38 .07,.38 .11,.5 .12,1.04")]
        view.canvas.fill(spline(seat, closed=False), wash(view.palette, 0.3), ink, 2.5)


def controls(view: View) -> None:
    """Draws the controls before two pilots: the panel's rim with its dials, and two yokes."""
    width, height, ink = view.frame.width, view.frame.height, view.palette.ramp[0]
    _front(view, 0.8, 0.84)
    for step in range(9):
        x, y = width * (0.1 + 0.1 * step), height * 0.93
        view.canvas.disc(x, y, height * 0.032, wash(view.palette, 0.5), ink, 2)
        turn = 6.28 * view.unit("dial", step)
        tip = (x + height * 0.024 * math.cos(turn), y + height * 0.024 * math.sin(turn))
        view.canvas.line([(x, y), tip], view.palette.accent if step % 3 == 0 else view.palette.paper, 2.5)
    for x in (0.27, 0.73):
        yoke = [((x + u) * width, v * height) for u, v in xy("-.055,.74 -.05,.82 0,.84 .05,.82 .055,.74")]
        line = spline(yoke, closed=False)
        view.canvas.line(line, ink, 15)
        view.canvas.line(line, wash(view.palette, 0.3), 9)
        view.canvas.line([(x * width, height * 0.84), (x * width, height)], ink, 9)
