"""Storyboard panels, before a pencil touches paper: a scene and a shot read into what is to be drawn. Pure."""
