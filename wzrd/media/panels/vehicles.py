"""The inside of a car, seen through its windscreen or from its back seat."""

from wzrd.media.panels.canvas import ellipse, mix, spline, wash
from wzrd.media.panels.view import View


def car_inside(view: View) -> None:
    """Side windows with what passes outside, roof, pillars, seat backs."""
    image = view.canvas.image
    image.paste(wash(view.palette, 0.16), (0, 0, image.width, image.height))
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
        view.canvas.fill(spline(pane, steps=3) if False else pane, mix(top, low, 0.6), view.palette.ramp[0], 3)
        for step in range(5):
            x = width * (left + 0.08 + (right - left - 0.14) * step / 5)
            tall = height * (0.08 + 0.2 * view.roll("passing", left, step))
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
