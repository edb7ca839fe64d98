"""A film's design: who is in it and where it plays, read once for all its panels."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from wzrd.animatic.panels.brief.looks import Cast, cast_of
from wzrd.animatic.panels.brief.places import Sets, Setting, sets_of
from wzrd.domain.shots import SceneBrief


@dataclass(frozen=True, slots=True)
class FilmDesign:
    """`cast`: the film's people. `sets`: the setting of each place, the same in every scene."""

    cast: Cast = field(default_factory=Cast)
    sets: Sets = field(default_factory=dict[str, Setting])


def design_of(scenes: Iterable[SceneBrief]) -> FilmDesign:
    """The design of these scenes. The same scenes give the same one; hand it to every `read_panel` of the film."""
    scenes = tuple(scenes)
    return FilmDesign(cast_of(scenes), sets_of(scenes))
