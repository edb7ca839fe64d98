"""A board as it is made offline, without a stack, read into the judge's record."""

import math
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace

from benchmarks.beats.labels import LabelledScript, acts_for
from benchmarks.beats.shown import Contact, Shown, ShownBoard, Span, Subject
from wzrd.animatic.panels.brief.briefed import things_beside
from wzrd.animatic.provider import PanelBrief, write_shots
from wzrd.contracts.breakdown import Beat, Breakdown, SceneBreakdown
from wzrd.domain.pacing import VOICE_LEAD, VOICE_TAIL, look_seconds, shots_wanted
from wzrd.domain.shots import Line, ShotIdea
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.language.breakdown.by_rule import read_breakdown
from wzrd.language.shots.set_ups import speech_seconds
from wzrd.screenplay.model import Element, Screenplay, briefs_of
from wzrd.screenplay.parse import parse
from wzrd.storyboard.report import Reported, ReportedShot

_CLOSE = frozenset({"close_up", "extreme_close_up", "insert"})
_TOGETHER = frozenset({"punch", "embrace", "give", "dance", "carry", "aim", "reach", "hold", "kneel", "strike"})
_TOUCHING = frozenset({"shove", "pull", "heave", "bow", "join", "kiss_hand"})
_SEX = {"man": "m", "woman": "f"}


def board_of(script: LabelledScript, given: Breakdown | None = None) -> ShownBoard:
    """The board that the offline writer makes of a script, without a stack. `given`: its breakdown, of another hand."""
    screenplay = parse(script.path.read_bytes(), script.name)
    storyboard, ideas, beats = _storyboard(screenplay, given)
    reported = Reported(storyboard)
    shots = [
        _shown(script, beats[one.scene.number or 0], one, idea, reported.lines_of(one.shot))
        for one, idea in zip(reported.shots, ideas, strict=True)
    ]
    return ShownBoard(tuple(shots), pages_of(screenplay))


def _storyboard(
    screenplay: Screenplay, given: Breakdown | None
) -> tuple[Storyboard, list[ShotIdea], dict[int, Sequence[Beat]]]:
    """Every scene with as many shots as its length asks for."""
    made: list[StoryboardScene] = []
    beats: dict[int, Sequence[Beat]] = {}
    ideas: list[ShotIdea] = []
    briefs = briefs_of(screenplay)
    film = given or read_breakdown(briefs)
    for scene, brief in zip(screenplay.scenes, briefs, strict=True):
        read = film.scene(scene.number) or SceneBreakdown(number=scene.number)
        written = write_shots(brief, shots_wanted(read), breakdown=read, film=film)
        beats[scene.number] = read.beats
        scene_id = uuid.uuid4()
        shots = tuple(_row(scene_id, number, idea) for number, idea in enumerate(written, 1))
        made.append(StoryboardScene(scene_id, scene.number, brief, shots))
        ideas += written
    return Storyboard(uuid.uuid4(), uuid.uuid4(), screenplay.title, "16:9", tuple(made)), ideas, beats


def _row(scene_id: uuid.UUID, number: int, idea: ShotIdea) -> StoryboardShot:
    return StoryboardShot(
        uuid.uuid4(), scene_id, number, idea.shot_type, idea.idea, dialogue=idea.dialogue, packet={"shot": asdict(idea)}
    )


def _shown(
    script: LabelledScript, beats: Sequence[Beat], one: ReportedShot, idea: ShotIdea, lines: Sequence[Line]
) -> Shown:
    panel = one.panel
    assert panel is not None  # animatic mode draws every shot
    subjects = tuple(_subjects(panel))
    heard = VOICE_LEAD + speech_seconds(lines) + VOICE_TAIL if lines else 0.0
    spoken = [span for line in lines for span in _places(script.text, line.text)]
    return Shown(
        scene=one.scene.number or 0,
        spans=(*_told(script.text, beats, idea), *spoken),
        subjects=subjects,
        props=tuple(_props(panel, idea)),
        contacts=tuple(_contacts(panel)),
        size=panel.size,
        angle=panel.angle,
        seconds=max(look_seconds(idea), heard),
        lines=tuple(line.text for line in lines),
    )


def _subjects(panel: PanelBrief) -> Iterator[Subject]:
    over = (panel.over,) if panel.over else ()
    for figure in (*panel.figures, *over, *panel.crowd):
        age = "child" if figure.look.shape == "child" else figure.look.age
        acts = acts_for("pose", figure.pose) | frozenset(["speak"] if figure.speaks else [])
        acts |= acts_for("pose", "hold") if figure.thing else frozenset()
        animal = figure.look.shape == "animal"
        subject = Subject(figure.name, _SEX.get(figure.look.gender, ""), age, acts, figure.feeling, animal=animal)
        yield replace(subject, crowd=True) if figure in panel.crowd else subject


def _props(panel: PanelBrief, idea: ShotIdea) -> Iterator[str]:
    """Things that are drawn: a stand-in with a name on a tag is none."""
    held = (name for one in panel.figures for name in (one.thing, one.second.thing))
    yield from (thing for thing in (panel.thing, *held, *(one.thing for one in panel.beside)) if thing)
    for subject in idea.brief.subjects if idea.brief else ():
        if any(one.name == subject.name and one.thing for one in panel.figures):
            yield from (one for one in subject.holds[:2] if one not in panel.labels)  # a card drawn as a ticket is one
    if panel.beside and idea.brief:
        yield from things_beside(idea.brief)
    if panel.thing and not panel.label:
        yield idea.subject
    if panel.size not in _CLOSE:
        yield from (part.name for part in (*panel.stage.parts, *panel.near))


def _contacts(panel: PanelBrief) -> Iterator[Contact]:
    for figure in panel.figures:
        if figure.pose in _TOGETHER or (figure.pose in _TOUCHING and any(figure.hands)):
            for other in panel.figures:
                for act in acts_for("pose", figure.pose) if other is not figure else ():
                    yield Contact(act, frozenset({figure.name, other.name}))


def _told(text: str, beats: Sequence[Beat], idea: ShotIdea) -> Iterator[Span]:
    """The words of the script that the shot's brief is about."""
    for number in idea.brief.beats if idea.brief else ():
        yield from _places(text, beats[number].span)


def _places(text: str, words: str) -> Iterator[Span]:
    """Every place where the text says these words, however it breaks the line."""
    parts = words.split()
    if parts:
        for found in re.finditer(r"\s+".join(map(re.escape, parts)), text):
            yield Span(found.start(), found.end())


_LINES = 55
_ACROSS = {"action": 61, "dialogue": 35, "lyric": 35, "parenthetical": 25}
_SHEET_LINES, _SHEET_ACROSS = 20, 20
_KANA = re.compile("[\u3040-\u30ff]")


def pages_of(screenplay: Screenplay) -> float:
    """Pages of these scenes, without a title page."""
    elements = [element for scene in screenplay.scenes for element in scene.elements]
    if _KANA.search("".join(element.text for element in elements)):
        lines = sum(1 + _sheet_lines(scene.elements) for scene in screenplay.scenes)
        return lines / _SHEET_LINES
    return sum(3 + sum(map(_printed_lines, scene.elements)) for scene in screenplay.scenes) / _LINES


def _sheet_lines(elements: Iterable[Element]) -> int:
    return sum(
        math.ceil((len(element.text) + len(element.character)) / _SHEET_ACROSS) for element in elements if element.text
    )


def _printed_lines(element: Element) -> int:
    """Lines of a paragraph with the empty one after it; a speech has its cue above it."""
    across = _ACROSS.get(element.kind, 61)
    lines = sum(math.ceil(max(1, len(part)) / across) for part in element.text.split("\n"))
    return lines + 1 + bool(element.character) + bool(element.parenthetical)
