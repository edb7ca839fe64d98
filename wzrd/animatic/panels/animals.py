"""Animals from the side: a few body plans with each kind's own measures."""

from collections.abc import Callable, Mapping

from wzrd.animatic.panels.animal_pen import Pen
from wzrd.animatic.panels.brief.animal_kinds import facts_of, young
from wzrd.animatic.panels.brief.values import Figure
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix, xy
from wzrd.animatic.panels.paints import tinted
from wzrd.animatic.panels.quadrupeds import draw_quadruped
from wzrd.animatic.panels.view import View
from wzrd.animatic.seeded import seeded


def draw_animal(view: View, canvas: Canvas, figure: Figure, foot: Point, scale: float, side: int) -> None:
    """An animal from the side; `scale` pixels a metre, `side` 1 when it looks right."""
    facts, aloft = facts_of(figure.look.animal), figure.pose == "fly"
    if aloft:
        foot = (foot[0], foot[1] - figure.look.height * scale)
    depth = view.camera.focal / scale
    colours: list[list[int]] = facts["colours"]
    red, green, blue = seeded.pick(tuple(map(tuple, colours)), "fur", figure.name)
    size = facts["size"] * young(figure.look.animal) * scale
    fur = view.colour(tinted(view, (red, green, blue), 0.04), depth)
    shade = view.colour(tinted(view, (red, green, blue), -0.2), depth)
    ahead = facts.get("length", 1.0) * 0.55
    start = (foot[0] - side * ahead * size, foot[1])
    pen = Pen(canvas, start, size, side, fur, shade, view.ink(depth)[0], facts, figure.name)
    wide = facts.get("length", 1.0) * 0.6
    if not aloft:
        canvas.fill(ellipse(*pen.foot, size * wide, size * 0.08, steps=18), view.colour(0.16, depth))
    plan = "flying" if aloft and facts["plan"] == "bird" else facts["plan"]
    _BODIES[plan](pen)


def _bird(pen: Pen) -> None:
    neck, beak = pen.facts.get("neck", 0.0), pen.facts.get("beak", 0.2)
    horn = mix((222, 160, 62), pen.shade, 0.15)
    for x in (-0.04, 0.1):
        pen.canvas.line(pen.at([(x, 0.0), (x, 0.34)]), horn, max(1.0, 0.04 * pen.size))
        pen.canvas.line(pen.at([(x - 0.06, 0.0), (x + 0.12, 0.0)]), horn, max(1.0, 0.03 * pen.size))
    top = 0.84 + neck
    chest = [
        (0.36, 0.56), (0.3 + 0.1 * (neck > 0), top - 0.1), (0.26, top + 0.1), (0.1, top + 0.06), (0.06, top - 0.16),
    ]  # fmt: skip
    pen.fill([*xy("-.72,.5 -.66,.36 -.2,.28 .22,.32"), *chest, (-0.12, 0.68)])
    pen.fill([(0.12, 0.6), (-0.1, 0.62), (-0.62, 0.42), (-0.2, 0.38), (0.1, 0.44)], pen.shade)
    pen.oval(0.22, top, 0.16, 0.15)
    pen.fill([(0.34, top + 0.06), (0.36 + beak, top - 0.02), (0.34, top - 0.08)], horn, smooth=False)
    if pen.facts.get("marks") == "comb":
        comb = [(0.12, top + 0.12), (0.16, top + 0.26), (0.22, top + 0.16), (0.28, top + 0.26), (0.32, top + 0.1)]
        pen.fill(comb, (188, 52, 44), smooth=False)
    ((ex, ey),) = pen.at([(0.26, top + 0.03)])
    pen.canvas.disc(ex, ey, max(0.8, 0.035 * pen.size), pen.ink)


def _flying(pen: Pen) -> None:
    """On the wing: body and two wings, up or down."""
    beat = 0.5 + 0.7 * seeded.unit("beat", pen.seed)
    pen.fill([(-0.1, 0.02), (-0.7, beat), (-1.0, beat * 0.9), (-0.34, -0.1)], pen.shade, smooth=False)
    pen.fill([(-0.8, -0.06), (-0.2, -0.14), (0.4, -0.04), (0.6, 0.06), (0.2, 0.12), (-0.3, 0.06)])
    pen.fill([(0.12, 0.06), (-0.1, beat * 1.1), (-0.4, beat * 1.15), (-0.26, 0.02)], smooth=False)


def _swimmer(pen: Pen) -> None:
    pen.fill([(-0.9, 0.9), (-1.3, 1.2), (-1.15, 0.85), (-1.3, 0.5), (-0.9, 0.8)], pen.shade, smooth=False)
    pen.fill([(-0.2, 1.05), (-0.1, 1.4), (0.3, 1.08)], pen.shade, smooth=False)
    pen.fill([(-1.0, 0.85), (-0.3, 1.12), (0.5, 1.1), (1.0, 0.86), (0.5, 0.62), (-0.3, 0.62)])
    pen.fill([(0.2, 0.78), (-0.1, 0.5), (0.4, 0.66)], pen.shade, smooth=False)
    ((ex, ey),) = pen.at([(0.74, 0.92)])
    pen.canvas.disc(ex, ey, max(0.8, 0.05 * pen.size), pen.ink)


def _crawler(pen: Pen) -> None:
    if pen.facts.get("leg"):
        for x in (-0.9, -0.6, 0.5, 0.8):
            pen.stroke([(x, 0.5), (x - 0.2, 0.3), (x + 0.05, 0.04)], 0.2, pen.shade, 0.6)
    wave = [(-2.4, 0.12), (-1.7, 0.3), (-1.0, 0.42), (0.0, 0.5), (0.9, 0.5), (1.5, 0.6)]
    if not pen.facts.get("leg"):
        wave = [(-2.4, 0.1), (-1.7, 0.5), (-1.0, 0.16), (-0.3, 0.5), (0.3, 0.2), (0.9, 0.5), (1.3, 0.8)]
    pen.stroke(wave, 0.5 if pen.facts.get("leg") else 0.3, end=0.7)
    x, y = wave[-1]
    pen.oval(x + 0.2, y, 0.4, 0.2)
    ((ex, ey),) = pen.at([(x + 0.3, y + 0.06)])
    pen.canvas.disc(ex, ey, max(0.8, 0.05 * pen.size), pen.ink)


def _insect(pen: Pen) -> None:
    for x in (-0.4, -0.1, 0.2, 0.45):
        pen.canvas.line(pen.at([(x, 0.6), (x - 0.3, 1.0), (x - 0.5, 0.0)]), pen.ink, max(1.0, 0.06 * pen.size))
        pen.canvas.line(pen.at([(x, 0.6), (x + 0.3, 1.0), (x + 0.5, 0.0)]), pen.ink, max(1.0, 0.06 * pen.size))
    pen.oval(-0.4, 0.62, 0.55, 0.36)
    pen.oval(0.4, 0.58, 0.28, 0.24, pen.shade)
    if pen.facts.get("marks") == "wings":
        pen.fill([(0.1, 0.8), (-0.5, 1.7), (-0.9, 1.5), (-0.2, 0.8)], mix(pen.fur, (255, 255, 255), 0.5))


_BODIES: Mapping[str, Callable[[Pen], None]] = {
    "quadruped": draw_quadruped, "bird": _bird, "flying": _flying, "swimmer": _swimmer, "crawler": _crawler,
    "insect": _insect,
}  # fmt: skip
