"""Heads that are no people's: robots, and animals as small figures of their own."""

from wzrd.animatic.panels.brief.values import Figure
from wzrd.animatic.panels.canvas import Canvas, Point, ellipse, mix, spline
from wzrd.animatic.panels.heads import Head, Paint, Spot


def draw_robot_head(head: Head) -> None:
    """A box of sheet metal with a visor, turned like any head."""
    paint = head.paint
    metal = mix(paint.coat_light, (206, 204, 196), 0.5)
    head.canvas.line(head.spots([(0.12, -0.4, 0), (0.12, -0.62, 0)]), paint.ink, head.size * 0.03)
    x, y = head.spot((0.12, -0.64, 0))
    head.canvas.disc(x, y, head.size * 0.045, paint.glow, paint.ink, head.line)
    for side in (-1, 1):
        if side * head.side < 0.3 or head.away:
            bolt: list[Spot] = [
                (side * 0.4, -0.08, -0.1),
                (side * 0.4, 0.1, -0.1),
                (side * 0.34, 0.1, 0.1),
                (side * 0.34, -0.08, 0.1),
            ]
            head.shape(bolt, mix(metal, paint.ink, 0.5), smooth=False)
    head.shape([(a, b, c) for a in (-0.34, 0.34) for b in (-0.42, 0.4) for c in (-0.32, 0.34)], metal, smooth=False)
    _walls(head, mix(metal, paint.ink, 0.42))
    front = 0.35 if not head.away else -0.33
    for a, b in ((-0.28, -0.35), (0.28, -0.35), (-0.28, 0.34), (0.28, 0.34)):
        x, y = head.spot((a, b, front))
        head.canvas.disc(x, y, head.size * 0.02, mix(metal, paint.ink, 0.6))
    if head.away:
        for y in (-0.1, 0.0, 0.1):
            head.canvas.line(
                head.spots([(-0.18, y, front), (0.18, y, front)]), mix(metal, paint.ink, 0.7), head.line * 2
            )
        return
    _visor(head)


def _visor(head: Head) -> None:
    paint = head.paint
    head.canvas.fill(
        head.spots([(-0.28, -0.2, 0.35), (0.28, -0.2, 0.35), (0.28, 0.06, 0.35), (-0.28, 0.06, 0.35)]),
        paint.dark,
        paint.ink,
        head.line,
    )
    for side in (-1, 1):
        x, y = head.spot((side * 0.13, -0.07, 0.36))
        x += head.gaze * head.size * 0.02
        head.canvas.disc(x, y, head.size * 0.075, mix(paint.glow, (255, 255, 255), 0.25))
        head.canvas.disc(x, y, head.size * 0.032, (255, 255, 255))
    for step in range(5):
        across = -0.2 + step * 0.1
        head.canvas.line(head.spots([(across, 0.2, 0.35), (across, 0.32, 0.35)]), paint.ink, head.line * 1.4)
    seam: list[Spot] = [(0.1, -0.42, 0.35), (0.16, -0.34, 0.35), (0.13, -0.28, 0.35), (0.2, -0.2, 0.35)]
    head.canvas.line(head.spots(seam), paint.ink, head.line)


def _walls(head: Head, colour: tuple[int, int, int]) -> None:
    """The side of the box that is away from its front."""
    if abs(head.side) < 0.12:
        return
    side = -1 if head.side > 0 else 1
    side = -side if head.away else side
    wall = [(side * 0.34, y, z) for y, z in ((-0.42, 0.34), (-0.42, -0.32), (0.4, -0.32), (0.4, 0.34))]
    placed = head.spots(wall)
    head.canvas.fill(placed, colour, head.paint.ink, head.line)
    if head.size > 60:
        head.canvas.hatch(placed, mix(colour, head.paint.ink, 0.4), head.size * 0.05, max(1.0, head.size * 0.006))


def draw_animal(canvas: Canvas, figure: Figure, foot: Point, scale: float, side: int, paint: Paint) -> None:
    """A four-legged animal or a bird from the side; `scale` pixels a metre, `side` 1 when it looks right."""
    words = figure.name.casefold()
    size = next((size for name, size in _SIZES.items() if name in words), 0.6) * scale
    line = max(0.9, min(4.0, size * 0.012))

    def at(points: list[Point]) -> list[Point]:
        return [(foot[0] + side * x * size, foot[1] - y * size) for x, y in points]

    fur, shade = mix(paint.hair, paint.skin_shade, 0.35), mix(paint.hair, paint.ink, 0.3)
    canvas.fill(ellipse(*foot, size * 0.7, size * 0.1), mix(paint.ink, shade, 0.3))
    if any(name in words for name in ("bird", "crow", "raven", "owl", "vulture")):
        for x in (-0.06, 0.08):
            canvas.line(at([(x, 0), (x, 0.3)]), paint.ink, line * 2)
        canvas.fill(
            spline(at([(-0.6, 0.34), (-0.2, 0.26), (0.2, 0.3), (0.34, 0.6), (0.3, 0.84), (0.12, 0.8), (-0.1, 0.66)])),
            fur,
            paint.ink,
            line,
        )
        canvas.fill(at([(0.36, 0.78), (0.58, 0.7), (0.36, 0.68)]), paint.white, paint.ink, line)
        canvas.disc(*at([(0.24, 0.74)])[0], size * 0.03, paint.ink)
        return
    for x, colour in ((-0.38, shade), (0.34, shade), (-0.48, fur), (0.24, fur)):
        canvas.fill(at([(x, 0), (x + 0.1, 0), (x + 0.14, 0.5), (x - 0.04, 0.5)]), colour, paint.ink, line)
    canvas.fill(
        spline(at([(-0.58, 0.42), (-0.2, 0.36), (0.36, 0.4), (0.44, 0.7), (0.0, 0.74), (-0.5, 0.74)])),
        fur,
        paint.ink,
        line,
    )
    canvas.stroke(spline(at([(-0.56, 0.68), (-0.8, 0.8), (-0.86, 1.0)]), closed=False), fur, size * 0.1, 0.6, 0.2)
    canvas.fill(
        spline(at([(0.3, 0.62), (0.34, 0.92), (0.52, 1.02), (0.66, 0.94), (0.88, 0.86), (0.86, 0.76), (0.6, 0.74)])),
        fur,
        paint.ink,
        line,
    )
    canvas.fill(at([(0.4, 0.96), (0.42, 1.16), (0.54, 1.0)]), shade, paint.ink, line)
    canvas.disc(*at([(0.62, 0.9)])[0], size * 0.03, paint.ink)


_SIZES = {"mouse": 0.09, "rat": 0.13, "horse": 1.45, "cow": 1.3, "bear": 1.2, "lion": 0.95, "tiger": 0.95,
    "cat": 0.32, "kitten": 0.2,
          "rabbit": 0.26, "puppy": 0.28, "crow": 0.34, "raven": 0.36, "owl": 0.36, "bird": 0.26, "vulture": 0.6,
              "wolf": 0.75}  # fmt: skip
