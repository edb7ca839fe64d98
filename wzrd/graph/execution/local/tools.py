"""Functions that run each local tool of `wzrd.graph.tools`, by action id. They know files alone."""

from collections.abc import Mapping
from types import MappingProxyType

from wzrd.graph.execution.local.clips import CLIP_DATA, CLIP_LISTS, CLIPS
from wzrd.graph.execution.local.pictures import PICTURE_LISTS, PICTURES
from wzrd.graph.execution.local.request import MakeData, MakeOne, MakeSeveral
from wzrd.graph.execution.local.sounds import SOUND_DATA, SOUNDS

VERSION = "local-tools-1"
"""Enters cache keys: changed whenever one of the tools would make other bytes."""

ONE: Mapping[str, MakeOne] = MappingProxyType({**PICTURES, **CLIPS, **SOUNDS})
"""Tools that make one file."""
SEVERAL: Mapping[str, MakeSeveral] = MappingProxyType({**PICTURE_LISTS, **CLIP_LISTS})
"""Tools that make a list of files."""
DATA: Mapping[str, MakeData] = MappingProxyType({**CLIP_DATA, **SOUND_DATA})
"""Tools that make no file."""
