"""The inside of a car or a cockpit, seen through its windscreen."""

import math

from wzrd.animatic.panels.canvas import ellipse, mix, spline, wash
from wzrd.animatic.panels.view import View


def car_inside(view: View) -> None:
    """Side windows with what passes outside, roof, pillars, seat backs."""
    image = view.canvas.image
    image.paste(wash(view.palette, 0.22), (0, 0, image.width, image.height))
    width, height = view.frame.width, view.frame.height
    top, low = view.palette.sky
    night = view.brief.air.time == "night"
    for left, right in ((0.04, 0.46), (0.53, 0.97)):
        pane = [
            (width * left, height * 0.60),
            (width * (left + 0.05), height * 0.12),
            (width * (right - 0.03), height * 0.10),
            (width * right, height * 0.60),
        ]
        view.canvas.fill(pane, mix(top, low, 0.6), view.palette.ramp[0], 3)
        for step in range(5):
            x = width * (left + 0.08 + (right - left - 0.14) * step / 5)
            tall = height * (0.08 + 0.2 * view.unit("passing", left, step))
            view.canvas.fill(
                [
                    (x, height * 0.60),
                    (x, height * 0.60 - tall),
                    (x + width * 0.05, height * 0.60 - tall),
                    (x + width * 0.05, height * 0.60),
                ],
                wash(view.palette, 0.26 if night else 0.6),
            )
            if night and step % 2:
                view.canvas.disc(x, height * 0.3, 7, view.palette.lamp)
    _between(view)
    for x in (0.26, 0.74):
        seat = [
            (width * (x - 0.13), height + 20),
            (width * (x - 0.12), height * 0.62),
            (width * (x - 0.06), height * 0.52),
            (width * (x + 0.06), height * 0.52),
            (width * (x + 0.12), height * 0.62),
            (width * (x + 0.13), height + 20),
        ]
        view.canvas.fill(spline(seat, closed=False), wash(view.palette, 0.3), view.palette.ramp[0], 2.5)
        rest = ellipse(width * x, height * 0.46, width * 0.05, height * 0.07)
        view.canvas.fill(rest, wash(view.palette, 0.34), view.palette.ramp[0], 2.5)


def _between(view: View) -> None:
    """Draws the space behind the seats: a taxi's partition with its card, a truck's berth with a curtain."""
    width, height = view.frame.width, view.frame.height
    ink = view.palette.ramp[0]
    if view.brief.stage.kind == "taxi":
        for x in (0.06, 0.36, 0.64, 0.94):
            view.canvas.line([(width * x, height * 0.3), (width * x, height)], wash(view.palette, 0.5), 5)
        view.canvas.line([(0, height * 0.3), (width, height * 0.3)], wash(view.palette, 0.5), 7)
        card = [(0.46, 0.36), (0.54, 0.36), (0.54, 0.47), (0.46, 0.47)]
        view.canvas.fill([(u * width, v * height) for u, v in card], view.palette.paper, ink, 2)
    if view.brief.stage.kind == "truck":
        berth = [(0.2, 0.3), (0.8, 0.3), (0.82, 0.66), (0.18, 0.66)]
        view.canvas.fill([(u * width, v * height) for u, v in berth], wash(view.palette, 0.14), ink, 3)
        for step in range(9):
            x = 0.2 + 0.067 * step
            fold = [(x, 0.3), (x + 0.067, 0.3), (x + 0.07, 0.66), (x - 0.003, 0.66)]
            colour = mix(view.palette.accent, ink, 0.25 if step % 2 else 0.4)
            view.canvas.fill([(u * width, v * height) for u, v in fold], colour, ink, 1.5)


def _on_the_dashboard(view: View) -> None:
    """A taxi's meter; a truck's radio on its cord."""
    width, height = view.frame.width, view.frame.height
    ink = view.palette.ramp[0]
    if view.brief.stage.kind == "taxi":
        meter = [(0.46, 0.73), (0.58, 0.73), (0.58, 0.82), (0.46, 0.82)]
        view.canvas.fill([(u * width, v * height) for u, v in meter], wash(view.palette, 0.16), ink, 3)
        for step in range(4):
            x = 0.475 + 0.025 * step
            digit = [(x, 0.75), (x + 0.015, 0.75), (x + 0.015, 0.8), (x, 0.8)]
            view.canvas.fill([(u * width, v * height) for u, v in digit], view.palette.accent)
    if view.brief.stage.kind == "truck":
        cord = [(0.6, -0.02), (0.61, 0.05), (0.595, 0.08), (0.61, 0.11), (0.595, 0.14), (0.605, 0.17)]
        view.canvas.line([(u * width, v * height) for u, v in cord], ink, 4)
        mic = [(0.59, 0.16), (0.622, 0.16), (0.62, 0.24), (0.592, 0.24)]
        view.canvas.fill([(u * width, v * height) for u, v in mic], wash(view.palette, 0.3), ink, 3)


def dashboard(view: View) -> None:
    """Draws the front of a car before its people: dashboard, wheel, mirror, the frame of the windscreen."""
    width, height = view.frame.width, view.frame.height
    ink, dark = view.palette.ramp[0], wash(view.palette, 0.1)
    edge = spline(
        [(-40, height * 0.86), (width * 0.3, height * 0.80), (width * 0.7, height * 0.80), (width + 40, height * 0.86)],
        closed=False,
    )
    view.canvas.fill([*edge, (width + 40, height + 40), (-40, height + 40)], dark, ink, 3)
    rim = ellipse(width * 0.28, height * 0.95, width * 0.13, height * 0.22, steps=40)
    view.canvas.line([*rim, rim[0], rim[1]], ink, 16)
    view.canvas.line([*rim, rim[0], rim[1]], wash(view.palette, 0.3), 9)
    for x in (-10, width + 10):
        side = 1 if x < 0 else -1
        pillar = [(x, -10), (x + side * width * 0.09, -10), (x + side * width * 0.03, height * 0.86), (x, height * 0.9)]
        view.canvas.fill(pillar, dark, ink, 3)
    view.canvas.fill(
        [(width * 0.42, -10), (width * 0.58, -10), (width * 0.57, height * 0.085), (width * 0.43, height * 0.085)],
        dark,
        ink,
        3,
    )
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
    view.canvas.fill(
        [(width * 0.3, height * 0.16), (width * 0.7, height * 0.16), (width * 0.7, height), (width * 0.3, height)],
        wash(view.palette, 0.36), ink, 2.5,
    )  # fmt: skip
    view.canvas.fill(
        [(width * 0.43, height * 0.2), (width * 0.57, height * 0.2), (width * 0.57, height), (width * 0.43, height)],
        wash(view.palette, 0.28), ink, 2.5,
    )  # fmt: skip
    glass = mix(view.palette.sky[0], view.palette.sky[1], 0.55)
    for side in (0, 1):
        edge = [(0.0, 0.22), (0.25, 0.18), (0.28, 0.44), (0.24, 0.6), (0.0, 0.62)]
        pane = [((x if side == 0 else 1 - x) * width, y * height) for x, y in edge]
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
        seat = [
            (x - 0.12, 1.04),
            (x - 0.11, 0.5),
            (x - 0.07, 0.38),
            (x + 0.07, 0.38),
            (x + 0.11, 0.5),
            (x + 0.12, 1.04),
        ]
        outline = spline([(u * width, v * height) for u, v in seat], closed=False)
        view.canvas.fill(outline, wash(view.palette, 0.3), ink, 2.5)


def controls(view: View) -> None:
    """Draws the controls before two pilots: the panel's rim with its dials, and two yokes."""
    width, height = view.frame.width, view.frame.height
    ink, dark = view.palette.ramp[0], wash(view.palette, 0.1)
    edge = spline([(-40, height * 0.8), (width * 0.3, height * 0.84), (width * 0.7, height * 0.84),
                   (width + 40, height * 0.8)], closed=False)  # fmt: skip
    view.canvas.fill([*edge, (width + 40, height + 40), (-40, height + 40)], dark, ink, 3)
    for step in range(9):
        x, y = width * (0.1 + 0.1 * step), height * 0.93
        view.canvas.disc(x, y, height * 0.032, wash(view.palette, 0.5), ink, 2)
        turn = 6.28 * view.unit("dial", step)
        tip = (x + height * 0.024 * math.cos(turn), y + height * 0.024 * math.sin(turn))
        view.canvas.line([(x, y), tip], view.palette.accent if step % 3 == 0 else view.palette.paper, 2.5)
    for x in (0.27, 0.73):
        yoke = [(x - 0.055, 0.74), (x - 0.05, 0.82), (x, 0.84), (x + 0.05, 0.82), (x + 0.055, 0.74)]
        line = spline([(u * width, v * height) for u, v in yoke], closed=False)
        view.canvas.line(line, ink, 15)
        view.canvas.line(line, wash(view.palette, 0.3), 9)
        view.canvas.line([(x * width, height * 0.84), (x * width, height)], ink, 9)
