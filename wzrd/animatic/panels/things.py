"""Things one can hold or see large: a hand and an insert show the same letter."""

from wzrd.animatic.panels.canvas import Canvas, Point
from wzrd.animatic.panels.papers import PAPERS
from wzrd.animatic.panels.pencil import Pencil, Sketch
from wzrd.animatic.panels.props import PROPS
from wzrd.animatic.panels.sights import SIGHTS
from wzrd.animatic.panels.tools import TOOLS
from wzrd.animatic.panels.vessels import VESSELS
from wzrd.animatic.panels.view import View

THINGS: dict[str, Sketch] = {**PAPERS, **VESSELS, **TOOLS, **PROPS, **SIGHTS}


def draw_thing(canvas: Canvas, thing: str, middle: Point, size: float, view: View, *, flip: int = 1) -> None:
    """A thing with its middle at `middle`, half its size `size` pixels; an unknown one is a covered shape."""
    THINGS.get(thing, THINGS["object"])(Pencil(canvas, middle, size, view, flip))
