"""A board as it is made offline, without a stack, read into the judge's record."""

import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from benchmarks.beats.labels import LabelledScript, acts_for, fold
from benchmarks.beats.pages import pages_of
from benchmarks.beats.shown import Contact, Shown, ShownBoard, Span, Subject
from tests.shots import scene_brief
from wzrd.animatic.provider import PanelBrief, write_shots
from wzrd.domain.pacing import VOICE_LEAD, VOICE_TAIL, look_seconds, shots_wanted
from wzrd.domain.shots import Line, ShotIdea
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.language.set_ups import speech_seconds
from wzrd.screenplay.model import Scene, Screenplay
from wzrd.screenplay.parse import parse
from wzrd.storyboard.report import Reported, ReportedShot

_CLOSE = frozenset({"close_up", "extreme_close_up", "insert"})
_TOGETHER = frozenset({"punch", "embrace", "give", "dance", "carry", "aim", "reach", "hold", "kneel", "strike"})
_SEX = {"man": "m", "woman": "f"}
_SENTENCE = re.compile(
    r"[^\s.!?\u2026\u3002\uff01\uff1f][^.!?\u2026\u3002\uff01\uff1f\n]*[.!?\u2026\u3002\uff01\uff1f]*"
)
_SHARE = 0.6  # of a sentence's words that a shot's words hold when they tell it


def board_of(script: LabelledScript) -> ShownBoard:
    """The board that the offline writer makes of a script, without a stack."""
    screenplay = parse(script.path.read_bytes(), script.name)
    storyboard, ideas = _storyboard(screenplay)
    reported = Reported(storyboard)
    scenes = {scene.number: scene for scene in screenplay.scenes}
    shots = [
        _shown(script, scenes[one.scene.number or 0], one, idea, reported.lines_of(one.shot))
        for one, idea in zip(reported.shots, ideas, strict=True)
    ]
    return ShownBoard(tuple(shots), pages_of(screenplay))


def _storyboard(screenplay: Screenplay) -> tuple[Storyboard, list[ShotIdea]]:
    """Every scene with as many shots as its length asks for."""
    made: list[StoryboardScene] = []
    ideas: list[ShotIdea] = []
    for scene in screenplay.scenes:
        brief = scene_brief(scene, tone=screenplay.tone, genre=screenplay.genre, style=screenplay.style)
        written = write_shots(brief, shots_wanted(len(scene.elements)))
        scene_id = uuid.uuid4()
        shots = tuple(_row(scene_id, number, idea) for number, idea in enumerate(written, 1))
        made.append(StoryboardScene(scene_id, scene.number, brief, shots))
        ideas += written
    return Storyboard(uuid.uuid4(), uuid.uuid4(), screenplay.title, "16:9", tuple(made)), ideas


def _row(scene_id: uuid.UUID, number: int, idea: ShotIdea) -> StoryboardShot:
    return StoryboardShot(
        uuid.uuid4(), scene_id, number, idea.shot_type, idea.idea, dialogue=idea.dialogue, packet={"shot": asdict(idea)}
    )


def _shown(script: LabelledScript, scene: Scene, one: ReportedShot, idea: ShotIdea, lines: Sequence[Line]) -> Shown:
    panel = one.panel
    assert panel is not None  # animatic mode draws every shot
    subjects = tuple(_subjects(panel))
    heard = VOICE_LEAD + speech_seconds(lines) + VOICE_TAIL if lines else 0.0
    spoken = [span for line in lines for span in _places(script.text, line.text)]
    return Shown(
        scene=scene.number,
        spans=(*_told(script.text, scene, idea), *spoken),
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
        subject = Subject(figure.name, _SEX.get(figure.look.gender, ""), age, acts, figure.feeling)
        yield replace(subject, crowd=True) if figure in panel.crowd else subject


def _props(panel: PanelBrief, idea: ShotIdea) -> Iterator[str]:
    yield from (thing for thing in (panel.thing, panel.label, *(one.thing for one in panel.figures)) if thing)
    if panel.thing:
        yield idea.subject
    if panel.size not in _CLOSE:
        yield from (part.name for part in panel.stage.parts)


def _contacts(panel: PanelBrief) -> Iterator[Contact]:
    for figure in panel.figures:
        if figure.pose in _TOGETHER:
            for other in panel.figures:
                for act in acts_for("pose", figure.pose) if other is not figure else ():
                    yield Contact(act, frozenset({figure.name, other.name}))


def _told(text: str, scene: Scene, idea: ShotIdea) -> Iterator[Span]:
    """The sentences of the scene's action that the shot's words tell."""
    action = _squeezed(" ".join(scene.actions))
    said = set(re.findall(r"\w+", fold(idea.idea)))
    folded = _squeezed(idea.idea)
    for found in _SENTENCE.finditer(text):
        sentence = found.group()
        named = sentence.isascii() and " " not in sentence  # a cue, "Mr."
        if not named and _squeezed(sentence) in action and _tells(sentence, said, folded):
            yield Span(found.start(), found.end())


def _tells(sentence: str, said: set[str], folded: str) -> bool:
    words = {word for word in re.findall(r"\w+", fold(sentence)) if len(word) > 2}
    return _squeezed(sentence) in folded or (len(words) > 1 and len(words & said) >= _SHARE * len(words))


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _places(text: str, words: str) -> Iterator[Span]:
    """Every place where the text says these words, however it breaks the line."""
    parts = words.split()
    if parts:
        for found in re.finditer(r"\s+".join(map(re.escape, parts)), text):
            yield Span(found.start(), found.end())
