"""Storyboard panels, before a pencil touches paper: a scene and a shot read into what is to be drawn. Pure."""

from wzrd.domain.panels.brief import Air, Figure, Look, Palette, PanelBrief, Part, SlateText, Stage
from wzrd.domain.panels.looks import Cast, cast_of
from wzrd.domain.panels.reading import read_panel

__all__ = [
    "Air",
    "Cast",
    "Figure",
    "Look",
    "Palette",
    "PanelBrief",
    "Part",
    "SlateText",
    "Stage",
    "cast_of",
    "read_panel",
]
