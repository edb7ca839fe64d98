"""Things on roofs and against walls: fire escapes, tanks, vents, aerials, awnings."""

from wzrd.animatic.panels.brief.values import Part
from wzrd.animatic.panels.canvas import mix, xy
from wzrd.animatic.panels.view import Draw, View, at, named


def _awning(view: View, part: Part) -> None:
    for step in range(6):
        x = -1.5 + step * 0.5
        colour = view.palette.accent if step % 2 else mix(view.palette.paper, view.palette.ramp[2], 0.2)
        slat = ((x, 2.9, 0), (x + 0.5, 2.9, 0), (x + 0.5, 2.4, -1.1), (x, 2.4, -1.1))
        view.face([at(part, *corner) for corner in slat], colour)


def _line(view: View, part: Part) -> None:
    ends = (part.x - 1.8, part.y, part.z), (part.x, part.y - 0.25, part.z), (part.x + 1.8, part.y, part.z)
    view.path(ends, 0.16, 1.0)
    for step, tone in enumerate((0.92, view.palette.second, view.palette.accent)):
        one = Part("cloth", part.x - 1.1 + step * 0.85, part.y - 0.9, part.z)
        view.shape(one, xy("-.26,0 .28,.06 .26,.7 -.26,.7"), tone)


def _tank_roof(view: View, part: Part) -> None:
    for x in (-0.8, 0.8):
        view.stem(part, [(x, 0), (x * 0.9, 1.7)], 0.16, 0.12)
    view.stem(part, [(-0.8, 0.2), (0.72, 1.6)], 0.16, 0.06)
    view.shape(part, [(-1.1, 1.6), (1.1, 1.6), (1.1, 3.4), (-1.1, 3.4)], 0.4)
    for x in (-0.7, -0.3, 0.1, 0.5, 0.9):
        view.stem(part, [(x, 1.6), (x, 3.4)], 0.26, 0.03)
    view.shape(part, [(-1.25, 3.4), (1.25, 3.4), (0, 4.3)], 0.26)


ROOFTOPS: dict[str, Draw] = named(_awning, _line, _tank_roof)
