"""Over the shoulder: somebody in the foreground from behind, dark and large, lit along one edge."""

from wzrd.animatic.panels.bodies import draw_head
from wzrd.animatic.panels.brief.values import Figure
from wzrd.animatic.panels.canvas import Canvas, mix, placed, spline
from wzrd.animatic.panels.hair import draw_hair_behind
from wzrd.animatic.panels.heads import Head, Paint
from wzrd.animatic.panels.paints import paint_of
from wzrd.animatic.panels.view import View


def draw_shoulder(view: View, canvas: Canvas, figure: Figure, side: int) -> None:
    """The foreground figure; `side` 1 stands at the right edge and looks into the picture."""
    height, width = view.frame.height, view.frame.width
    size = min(height * 0.66, width * 0.5)
    x, y = width * 0.5 + side * (width * 0.5 - size * 0.42), height * 0.36
    paint = _in_shadow(view, paint_of(view, figure))
    head = Head(canvas, (x, y), size, -side * 138.0, 0, paint, -side)
    base = y + size * 0.50
    robot = figure.look.shape == "robot"
    if not robot:
        draw_hair_behind(head, figure)
    neck = placed("-.19,.2 .19,.2 .24,.7 -.24,.7", x, y, size)
    canvas.fill(neck, paint.skin, paint.ink, 3)
    inner = x - side * size * 0.98
    aside = side * size
    low = [(inner - aside * 0.06, height + 80.0), (x + aside * 1.3, height + 80.0)]
    near, far = placed(".24,0 -.2,0 -.48,.11", x, base, aside, size), placed(".14,.2 0,.44", inner, base, aside, size)
    slope = [*near, *far, *low, *placed("1.3,.2 .6,.1", x, base, aside, size)]
    outline = spline(slope, steps=6)
    canvas.fill(outline, paint.coat, paint.ink, 4)
    canvas.hatch(outline, mix(paint.coat, paint.coat_light, 0.45), 15, 1.4, side)
    collar = placed(".26,-.02 -.24,-.02 -.3,.09 .3,.09", x, base, aside, size)
    if not robot:
        canvas.fill(spline(collar, steps=4), mix(paint.coat, paint.coat_light, 0.4), paint.ink, 3)
    draw_head(head, figure)
    upper, lower = (
        placed("-.26,.02 -.48,.135", x, base, aside, size),
        placed(".16,.225 .03,.44", inner, base, aside, size),
    )
    edge = [*upper, *lower]
    canvas.stroke(spline(edge, closed=False), mix(view.palette.lamp, paint.coat, 0.3), size * 0.022, 0.1, 0.05)


def _in_shadow(view: View, paint: Paint) -> Paint:
    ink = view.palette.ramp[0]
    dark = mix(ink, paint.coat_shade, 0.4)
    return Paint(
        ink=ink,
        skin=mix(dark, paint.skin_shade, 0.55),
        skin_shade=mix(dark, paint.skin_shade, 0.3),
        hair=mix(ink, paint.hair, 0.5),
        hair_light=mix(paint.hair_light, ink, 0.25),
        coat=dark,
        coat_shade=mix(dark, ink, 0.5),
        coat_light=mix(dark, paint.coat, 0.5),
        dark=paint.dark,
        white=mix(dark, paint.white, 0.3),
        glow=mix(paint.glow, ink, 0.35),
        iris=paint.iris,
        lower=paint.lower,
    )
