"""Garments over the trunk: coat and shirt, sweater, cardigan with a scarf, a robot's chest plate."""

from collections.abc import Callable, Sequence

from wzrd.animatic.panels.brief.values import Figure
from wzrd.animatic.panels.canvas import Canvas, Point, corners, mix, placed, spline, xyz
from wzrd.animatic.panels.heads import Paint

Edges = Sequence[tuple[Point, Point]]


def draw_garment(
    canvas: Canvas, figure: Figure, paint: Paint, edges: Edges, scale: float, side: float, key: int
) -> None:
    """The front of what somebody wears; `edges` run from hem to neck, `side` is how far the body is turned."""
    if scale < 50:
        return
    line = max(0.8, min(4.6, scale * 0.0028))
    shift, last = side * 0.085 * scale, len(edges) - 1
    middle = [
        ((left[0] + right[0]) / 2 + shift * min(1.0, (last - at) / 2.5), (left[1] + right[1]) / 2)
        for at, (left, right) in enumerate(edges)
    ]
    if figure.look.shape == "robot":
        _plate(canvas, paint, middle, scale, line)
        return
    wide = (edges[-1][1][0] - edges[-1][0][0]) / 2
    chest = (edges[-5][1][0] - edges[-5][0][0]) / 2
    garment = "coat" if figure.look.coat_length > 0.2 else figure.look.garment
    if garment == "coat" and (figure.look.gender == "woman" or figure.look.age in {"child", "teen"}):
        garment = "jacket"
    _GARMENTS.get(garment, _coat)(canvas, paint, middle, (wide, scale, line, chest), key)


_Measure = tuple[float, float, float, float]  # half the neck's width, pixels a metre, the ink's width, half the chest


def _at_neck(middle: Sequence[Point], measure: _Measure, text: str) -> list[Point]:
    """Points from the throat on: half necks aside, shares of the way that the chest leads, metres down."""
    (x, y), wide, scale = middle[-1], measure[0], measure[1]
    lead = middle[-3][0] - x
    return [(x + aside * wide + ahead * lead, y + down * scale) for aside, ahead, down in xyz(text)]


def _coat(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    _lapels(canvas, paint, middle, measure, key)
    scale, line = measure[1], measure[2]
    knot, tip, end = _at_neck(middle, measure, "0,.15,.005 0,1,.18 0,1,.2")
    wide = 0.014 * scale
    tie = [(knot[0] - wide, knot[1]), (knot[0] + wide, knot[1]), (tip[0] + 0.012 * scale, tip[1]), end]
    canvas.fill([*tie, (tip[0] - wide, tip[1])], paint.glow, paint.ink, line * 0.7)


def _jacket(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    """A coat worn open at the neck, without a tie."""
    _lapels(canvas, paint, middle, measure, key)
    throat = _at_neck(middle, measure, "-.7,0,0 .7,0,0 0,.5,.085")
    canvas.fill(throat, paint.skin_shade, paint.ink, measure[2] * 0.8)


def _lapels(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    wide, scale, line, _ = measure
    x, y = middle[-1]
    lead = middle[-3][0] - x
    shirt = _at_neck(middle, measure, "-1,0,0 1,0,0 .2,.6,.15 0,1,.2 -.3,.6,.15")
    canvas.fill(shirt, paint.white, paint.ink, line)
    front = spline([(x + lead, y + 0.2 * scale), *reversed(middle[:-3])], closed=False, steps=4)
    canvas.stroke(front, paint.ink, line * 1.3, 0.8, 0.8)
    for side in (-1, 1):
        lapel = [
            (x + side * wide * 0.95, y - 0.012 * scale), (x + side * wide * 1.4, y + 0.03 * scale),
                (x + side * (wide * 1.25 + 0.02 * scale) + lead * 0.4, y + 0.10 * scale),
            (x + lead + side * 0.008 * scale, y + 0.21 * scale),
                (x + side * wide * 0.62 + lead * 0.3, y + 0.075 * scale),
        ]  # fmt: skip
        canvas.fill(lapel, paint.coat_light if side == key else paint.coat, paint.ink, line)
    for step in range(2):
        bx, by = middle[-4]
        canvas.disc(bx + 0.016 * scale, by + (0.10 + 0.13 * step) * scale, max(1.0, 0.009 * scale), paint.ink)


def _sweater(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    wide, scale, line, chest = measure
    x, y = middle[-1]
    collar = _at_neck(middle, measure, "-1.12,0,-.03 1.12,0,-.03 1.2,0,.025 0,0,.05 -1.2,0,.025")
    canvas.fill(spline(collar, steps=3), paint.coat_light, paint.ink, line)
    knit = mix(paint.coat, paint.ink, 0.5)
    for step in range(-3, 4):
        rib = [(x + step * wide * 0.3, y - 0.02 * scale), (x + step * wide * 0.31, y + 0.03 * scale)]
        canvas.line(rib, knit, line * 0.7)
    bx, by = (middle[-5][0] + middle[-4][0]) / 2 - (middle[-4][0] - x) * 0.8, middle[-5][1]
    for row in range(2):
        band = [(bx + chest * 0.36 * (k - 2), by + (0.02 * (k % 2) + 0.05 * row) * scale) for k in range(5)]
        canvas.line(band, mix(paint.coat_light, paint.white, 0.4), line * 1.6)
    canvas.stroke(placed(".1,.16 .07,.24 .09,.32", x, y, key * scale, scale), paint.ink, line)


def _scarf(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    wide, scale, line, _ = measure
    x, y = middle[-1]
    canvas.stroke(spline(list(reversed(middle[:-2])), closed=False, steps=4), paint.ink, line * 1.3, 0.8, 0.8)
    cloth = mix(paint.glow, paint.coat_shade, 0.15)
    tail = _at_neck(middle, measure, ".1,0,.02 .8,0,.03 .95,0,.24 .25,0,.26")
    tail = [(x + key * (u - x), v) for u, v in tail]
    canvas.fill(tail, cloth, paint.ink, line)
    wrap = _at_neck(middle, measure, "-1.25,0,-.035 0,0,-.015 1.25,0,-.035 1.4,0,.03 0,0,.065 -1.4,0,.03")
    canvas.fill(spline(wrap, steps=4), cloth, paint.ink, line)
    for part in (-0.6, 0.1, 0.7):
        fold = [(x + (part + far) * wide, y + down * scale) for far, down in ((0, -0.012), (0.1, 0.02), (0.3, 0.05))]
        canvas.stroke(fold, mix(cloth, paint.ink, 0.6), line)


def _cardigan(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    del key
    wide, scale, line, _ = measure
    x, y = middle[-1]
    blouse = _at_neck(middle, measure, "-1,0,0 1,0,0 .3,0,.09 -.3,0,.09")
    canvas.fill(blouse, paint.white, paint.ink, line)
    front = spline([(x, y + 0.09 * scale), *reversed(middle[:-2])], closed=False, steps=4)
    canvas.line(front, paint.coat_light, 0.035 * scale)
    canvas.line([(px - 0.018 * scale, py) for px, py in front], paint.ink, line)
    canvas.line([(px + 0.018 * scale, py) for px, py in front], paint.ink, line)
    for at in range(2, len(front) - 1, 4):
        canvas.disc(*front[at], max(1.0, 0.009 * scale), paint.white, paint.ink, line * 0.7)
    for side in (-1, 1):
        collar = placed("1,-.015 1.35,.05 .5,.085 .12,.05", x, y, side * wide, scale)
        canvas.fill(collar, paint.white, paint.ink, line)


def _dress(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    """A round neckline with the throat bare, and a belt."""
    wide, scale, line, chest = measure
    x, y = middle[-1]
    lead = middle[-3][0] - x
    neckline = _at_neck(middle, measure, "-1.05,0,-.005 1.05,0,-.005 1.1,.5,.06 .3,.8,.115 -.3,.8,.115 -1.1,.5,.06")
    canvas.fill(spline(neckline, steps=4), paint.skin, paint.ink, line)
    canvas.stroke([(x - wide * 0.5, y + 0.03 * scale), (x + lead * 0.4, y + 0.05 * scale)], paint.skin_shade, line)
    bx, by = middle[2]
    belt = corners(bx - chest * 0.86, by - 0.014 * scale, bx + chest * 0.86, by + 0.02 * scale)
    canvas.fill(belt, mix(paint.coat_shade, paint.dark, 0.3), paint.ink, line * 0.8)
    fold = [(bx + key * chest * 0.4, by - 0.2 * scale), (bx + key * chest * 0.3, by - 0.07 * scale)]
    canvas.stroke(fold, paint.ink, line)


def _blouse(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    """An open collar over a bare throat, a row of small buttons."""
    del key
    wide, scale, line, _ = measure
    x, y = middle[-1]
    lead = middle[-3][0] - x
    canvas.fill(_at_neck(middle, measure, "-1,0,0 1,0,0 0,.8,.13"), paint.skin, paint.ink, line)
    for side in (-1, 1):
        collar = [
            (x + side * wide * 0.9, y - 0.015 * scale), (x + side * wide * 1.5, y + 0.05 * scale),
            (x + side * wide * 0.75 + lead * 0.5, y + 0.115 * scale), (x + lead * 0.8, y + 0.125 * scale),
        ]  # fmt: skip
        canvas.fill(collar, paint.coat_light, paint.ink, line)
    front = spline([(x + lead * 0.8, y + 0.13 * scale), *reversed(middle[:-3])], closed=False, steps=4)
    canvas.stroke(front, paint.ink, line)
    for at in range(2, len(front) - 1, 3):
        canvas.disc(*front[at], max(0.8, 0.006 * scale), paint.coat_light, paint.ink, line * 0.6)


def _bare(canvas: Canvas, paint: Paint, middle: Sequence[Point], measure: _Measure, key: int) -> None:
    """No garment: collarbones, the chest's lower edge, the navel."""
    del key
    scale, line, chest = measure[1:]
    x, y = middle[-1]
    for side in (-1, 1):
        canvas.stroke(placed(".12,.05 .5,.03 .85,.05", x, y, side * chest, scale), paint.ink, line)
        canvas.stroke(placed(".06,.25 .42,.28 .74,.23", x, y, side * chest, scale), paint.ink, line * 1.2)
    canvas.stroke(placed("0,.1 .01,.2 0,.26", x, y, scale, scale), paint.coat_shade, line)
    canvas.disc(middle[1][0], middle[1][1], max(1.0, 0.008 * scale), paint.ink)


def _plate(canvas: Canvas, paint: Paint, middle: Sequence[Point], scale: float, line: float) -> None:
    x, y = middle[2]
    plate = corners(x - 0.11 * scale, y - 0.06 * scale, x + 0.09 * scale, y - 0.26 * scale)
    canvas.fill(plate, paint.coat_shade, paint.ink, line)
    canvas.disc(x - 0.01 * scale, y - 0.16 * scale, 0.05 * scale, paint.glow, paint.ink, line)
    canvas.disc(x - 0.025 * scale, y - 0.175 * scale, 0.014 * scale, (255, 255, 255))
    for step in range(3):
        level = y + (0.02 + 0.03 * step) * scale
        canvas.line([(x - 0.1 * scale, level), (x + 0.08 * scale, level)], paint.ink, line)


_GARMENTS: dict[str, Callable[[Canvas, Paint, Sequence[Point], _Measure, int], None]] = {
    "coat": _coat, "jacket": _jacket, "sweater": _sweater, "scarf": _scarf, "cardigan": _cardigan, "dress": _dress,
    "blouse": _blouse, "bare": _bare,
}  # fmt: skip
