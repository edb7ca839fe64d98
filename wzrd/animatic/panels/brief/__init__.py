"""Storyboard panels, before a pencil touches paper: a scene and a shot read into what is to be drawn. Pure."""

from wzrd.animatic.panels.brief.looks import Cast, cast_of
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.values import Air, Figure, Look, Palette, PanelBrief, Part, SlateText, Stage

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
