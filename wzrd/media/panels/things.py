"""Things one can hold or see large: a hand and an insert show the same letter."""

from wzrd.media.panels.canvas import Canvas, Point
from wzrd.media.panels.papers import PAPERS
from wzrd.media.panels.pencil import Pencil, Sketch
from wzrd.media.panels.sights import SIGHTS
from wzrd.media.panels.tools import TOOLS
from wzrd.media.panels.vessels import VESSELS
from wzrd.media.panels.view import View

THINGS: dict[str, Sketch] = {**PAPERS, **VESSELS, **TOOLS, **SIGHTS}


def draw_thing(canvas: Canvas, thing: str, middle: Point, size: float, view: View) -> None:
    """A thing with its middle at `middle`, half its size `size` pixels; an unknown one is a covered shape."""
    THINGS.get(thing, THINGS["object"])(Pencil(canvas, middle, size, view))
