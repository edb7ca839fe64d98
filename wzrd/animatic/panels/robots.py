"""A robot's head: a box of sheet metal with a visor."""

from wzrd.animatic.panels.canvas import mix, xyz
from wzrd.animatic.panels.heads import Head


def draw_robot_head(head: Head) -> None:
    """A box of sheet metal with a visor, turned like any head."""
    paint = head.paint
    metal = mix(paint.coat_light, (206, 204, 196), 0.5)
    head.canvas.line(head.spots([(0.12, -0.4, 0), (0.12, -0.62, 0)]), paint.ink, head.size * 0.03)
    x, y = head.spot((0.12, -0.64, 0))
    head.canvas.disc(x, y, head.size * 0.045, paint.glow, paint.ink, head.line)
    for side in (-1, 1):
        if side * head.side < 0.3 or head.away:
            bolt = xyz(".4,-.08,-.1 .4,.1,-.1 .34,.1,.1 .34,-.08,.1")
            head.shape([(side * x, y, z) for x, y, z in bolt], mix(metal, paint.ink, 0.5), smooth=False)
    head.shape([(a, b, c) for a in (-0.34, 0.34) for b in (-0.42, 0.4) for c in (-0.32, 0.34)], metal, smooth=False)
    _walls(head, mix(metal, paint.ink, 0.42))
    front = 0.35 if not head.away else -0.33
    for a, b in ((-0.28, -0.35), (0.28, -0.35), (-0.28, 0.34), (0.28, 0.34)):
        x, y = head.spot((a, b, front))
        head.canvas.disc(x, y, head.size * 0.02, mix(metal, paint.ink, 0.6))
    if head.away:
        dark = mix(metal, paint.ink, 0.7)
        for y in (-0.1, 0.0, 0.1):
            head.canvas.line(head.spots([(-0.18, y, front), (0.18, y, front)]), dark, head.line * 2)
        return
    _visor(head)


def _visor(head: Head) -> None:
    paint = head.paint
    glass = head.spots(xyz("-.28,-.2,.35 .28,-.2,.35 .28,.06,.35 -.28,.06,.35"))
    head.canvas.fill(glass, paint.dark, paint.ink, head.line)
    for side in (-1, 1):
        x, y = head.spot((side * 0.13, -0.07, 0.36))
        x += head.gaze * head.size * 0.02
        head.canvas.disc(x, y, head.size * 0.075, mix(paint.glow, (255, 255, 255), 0.25))
        head.canvas.disc(x, y, head.size * 0.032, (255, 255, 255))
    for step in range(5):
        across = -0.2 + step * 0.1
        head.canvas.line(head.spots([(across, 0.2, 0.35), (across, 0.32, 0.35)]), paint.ink, head.line * 1.4)
    head.canvas.line(head.spots(xyz(".1,-.42,.35 .16,-.34,.35 .13,-.28,.35 .2,-.2,.35")), paint.ink, head.line)


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
