"""The inside of a car, seen through its windscreen or from its back seat."""

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


def dashboard(view: View) -> None:
    """What is before the people in a car: dashboard, wheel, mirror, the frame of the windscreen."""
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
    glow = mix(view.palette.accent, view.palette.lamp, 0.4)
    for step in range(3):
        view.canvas.disc(width * (0.25 + 0.03 * step), height * 0.865, height * 0.011, glow, ink, 1.5)
