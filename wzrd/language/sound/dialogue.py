"""Who says what in which shot of a storyboard, and with whose voice."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from wzrd.domain.shots import Line
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot, idea_of
from wzrd.language.people.register import Register
from wzrd.language.sound.casting import Voice, cast_voices
from wzrd.language.sound.spotting import ShotText, assign_lines, named_in


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The film's people, the voice of each (by `voice_key`), and the lines of each shot that has any, as spoken."""

    register: Register
    cast: Mapping[str, Voice]
    lines: Mapping[UUID, tuple[Line, ...]]


def dialogue_of(storyboard: Storyboard) -> Dialogue:
    """Every line of the screenplay in exactly one shot, and a cast for the whole film."""
    lines = {shot.shot_id: spoken for scene in storyboard.scenes for shot, spoken in _scene_lines(scene)}
    characters = dict.fromkeys(line.character for scene in storyboard.scenes for line in scene.brief.dialogue)
    characters |= dict.fromkeys(line.character for spoken in lines.values() for line in spoken)
    register = Register(scene.brief for scene in storyboard.scenes)
    return Dialogue(register, cast_voices(tuple(characters), register), lines)


def speakers_seen(scene: StoryboardScene, shot: StoryboardShot) -> tuple[str, ...]:
    """The `voice_key`s of the scene's speakers whom a shot's words show."""
    idea = idea_of(shot)
    return named_in(f"{idea.idea} {idea.subject}", (line.character for line in scene.brief.dialogue))


def _scene_lines(scene: StoryboardScene) -> list[tuple[StoryboardShot, tuple[Line, ...]]]:
    texts = [_text(shot) for shot in scene.shots]
    assigned = assign_lines(scene.brief.script or scene.brief.dialogue, texts)
    return [(shot, spoken) for shot, spoken in zip(scene.shots, assigned, strict=True) if spoken]


def _text(shot: StoryboardShot) -> ShotText:
    idea = idea_of(shot)
    return ShotText(idea.idea, idea.dialogue, idea.extra.get("speaker", ""), idea.brief.lines if idea.brief else ())
