"""Report on a film for a person: its people, places and pictures, and what was not understood.

Pure: worked out from the storyboard with the rules that draw and speak it, so that the two cannot disagree.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from wzrd.animatic.provider import PanelBrief, design_of, is_generic, read_panel
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, shot_label
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot, idea_of
from wzrd.language.shots.set_ups import picture_seconds
from wzrd.language.sound.dialogue import Dialogue, dialogue_of, speakers_seen
from wzrd.language.sound.speech import can_be_said
from wzrd.language.words.plurals import singular_of_people

_NTH = re.compile(r"\Athe (?:second|third|\w+th) (?=\w)")


@dataclass(frozen=True, slots=True)
class PersonReport:
    """Somebody who speaks or is seen. `pitch` in Hz, 0 without a voice; `panels` in which they are seen."""

    name: str
    look: str
    pitch: int
    lines: int
    panels: int


@dataclass(frozen=True, slots=True)
class PlaceReport:
    """A place with its set and its scenes' numbers. `understood`: the set is more than a plain one of its kind."""

    name: str
    set: str
    scenes: tuple[int, ...]
    understood: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a person should look at, and where it is: "scene 4, shot 2"."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class FilmReport:
    """All that is told of a film. `longest` is the picture that stays longest under speech, `seconds` how long."""

    title: str
    scenes: int
    shots: int
    people: tuple[PersonReport, ...]
    places: tuple[PlaceReport, ...]
    unsayable: tuple[Found, ...]
    props: tuple[Found, ...]
    empty: tuple[str, ...]
    longest: str
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ReportedShot:
    """A shot with its scene, and what its panel shows (None where nothing is drawn)."""

    scene: StoryboardScene
    shot: StoryboardShot
    panel: PanelBrief | None

    @property
    def where(self) -> str:
        """Label that a person knows the shot by."""
        return shot_label(self.scene.number, self.shot.number)

    @property
    def seen(self) -> tuple[str, ...]:
        """Who is in the picture, from behind too; where nothing is drawn, who is to be."""
        if self.panel is None:
            brief = idea_of(self.shot).brief
            return tuple(one.name for one in brief.subjects) if brief else ()
        figures = (*self.panel.figures, self.panel.over, *self.panel.crowd)
        return tuple(figure.name for figure in figures if figure)

    @property
    def is_empty(self) -> bool:
        """True if its picture shows neither anybody nor a thing."""
        return self.panel is not None and not self.seen and not self.panel.thing


class Reported:
    """A storyboard read as it is drawn (if it is) and spoken; each part is worked out once."""

    def __init__(self, storyboard: Storyboard, *, drawn: bool = True, scratch: bool = True) -> None:
        self.storyboard = storyboard
        self.scratch = scratch
        self._is_drawn = drawn

    @cached_property
    def shots(self) -> Sequence[ReportedShot]:
        """Every shot, in film order."""
        if not self._is_drawn:
            return [ReportedShot(scene, shot, None) for scene, shot in self.storyboard]
        design = design_of(scene.brief for scene in self.storyboard.scenes)
        return [
            ReportedShot(
                scene, shot, read_panel(scene.brief, idea_of(shot), shot_number=shot.number or 0, design=design)
            )
            for scene, shot in self.storyboard
        ]

    @cached_property
    def dialogue(self) -> Dialogue:
        """Who says what in which shot."""
        return dialogue_of(self.storyboard)

    def lines_of(self, shot: StoryboardShot) -> tuple[Line, ...]:
        """The lines that are heard in a shot."""
        return self.dialogue.lines.get(shot.shot_id, ())


def report_film(storyboard: Storyboard, *, drawn: bool = True, scratch: bool = True) -> FilmReport:
    """Report on a film. Of animatic mode's pictures (`drawn`) sets count, of its voices (`scratch`) their pitch."""
    return report_of(Reported(storyboard, drawn=drawn, scratch=scratch))


def report_of(reported: Reported) -> FilmReport:
    """The report on a storyboard that has been read."""
    longest, seconds = _longest(reported)
    return FilmReport(
        title=reported.storyboard.title,
        scenes=len(reported.storyboard.scenes),
        shots=len(reported.shots),
        people=tuple(_people(reported)),
        places=tuple(_places(reported)),
        unsayable=tuple(_unsayable(reported)),
        props=tuple(_props(reported)),
        empty=tuple(one.where for one in reported.shots if one.is_empty),
        longest=longest,
        seconds=round(seconds, 1),
    )


def _people(reported: Reported) -> Iterator[PersonReport]:
    """Everybody, in order of appearance."""
    names: dict[str, str] = {}
    lines: dict[str, int] = {}
    panels: dict[str, int] = {}
    for one in reported.shots:
        for name in dict.fromkeys(map(_kind, one.seen)):
            names[voice_key(name)] = name  # as it is written under pictures, not as its cue is
            panels[voice_key(name)] = panels.get(voice_key(name), 0) + 1
        for line in reported.lines_of(one.shot):
            names.setdefault(voice_key(line.character), line.character)
            lines[voice_key(line.character)] = lines.get(voice_key(line.character), 0) + 1
    cast = reported.dialogue.cast
    for key, name in names.items():
        voice = cast.get(key) if key in lines and reported.scratch else None
        look = reported.dialogue.register.profile(name).words
        yield PersonReport(name, look, round(voice.pitch * 200) if voice else 0, lines.get(key, 0), panels.get(key, 0))


def _kind(name: str) -> str:
    """A name without the number of one of several, who are told once: the fourth person, Women 3."""
    several, _, number = name.rpartition(" ")
    is_one_of = number.isdigit() and singular_of_people(several.casefold())
    return several if is_one_of else _NTH.sub("the ", name)


def _places(reported: Reported) -> Iterator[PlaceReport]:
    """Every place of the film, in order of appearance."""
    scenes: dict[tuple[str, str], list[int]] = {}
    for one in reported.shots:
        name = one.scene.brief.location or one.scene.brief.title
        numbers = scenes.setdefault((name, one.panel.stage.kind if one.panel else ""), [])
        if one.scene.number is not None and one.scene.number not in numbers:
            numbers.append(one.scene.number)
    for (name, kind), numbers in scenes.items():
        yield PlaceReport(name, kind, tuple(numbers), not is_generic(kind))


def _props(reported: Reported) -> Iterator[Found]:
    """Things that a camera was asked to show and nobody knows how to draw."""
    for one in reported.shots:
        for thing in one.panel.labels if one.panel else ():
            yield Found(one.where, thing)


def _unsayable(reported: Reported) -> Iterator[Found]:
    for one in reported.shots:
        for line in reported.lines_of(one.shot):
            if not can_be_said(line.text):
                yield Found(one.where, f"{line.character}: {line.text[:80]}")


def _longest(reported: Reported) -> tuple[str, float]:
    """The picture that stays longest under speech."""
    scenes = reported.storyboard.scenes
    people = {scene.scene_id: [speakers_seen(scene, shot) for shot in scene.shots] for scene in scenes}
    timed = [
        (picture_seconds(lines, one.scene.shots.index(one.shot), people[one.scene.scene_id]), one.where)
        for one in reported.shots
        if (lines := reported.lines_of(one.shot))
    ]
    seconds, where = max(timed, default=(0.0, ""), key=lambda one: one[0])
    return where, seconds
