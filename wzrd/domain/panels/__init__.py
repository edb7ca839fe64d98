"""Storyboard panels, before a pencil touches paper: a scene and a shot read into what is to be drawn. Pure."""

from wzrd.domain.panels.brief import Air, Figure, Look, Palette, PanelBrief, Part, SlateText, Stage
from wzrd.domain.panels.reading import read_panel

__all__ = ["Air", "Figure", "Look", "Palette", "PanelBrief", "Part", "SlateText", "Stage", "read_panel"]
