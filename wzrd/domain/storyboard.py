"""A storyboard: a project's shots in film order, each in its scene, with what was made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from wzrd.domain.errors import BadRequest
from wzrd.domain.shot_vocabulary import (
    angle_of,
    guess_angle,
    guess_lens,
    guess_move,
    guess_size,
    move_of,
    size_of,
    usual_lens,
)
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea
from wzrd.domain.wanted_format import WantedFormat, read_wanted

_BRIEFS = TypeAdapter(ShotBrief)
_IDEA_FIELDS = frozenset(part.name for part in fields(ShotIdea))


@dataclass(frozen=True, slots=True)
class StoryboardShot:
    """A shot's row. Statuses as the client spells them; absent texts and addresses are empty. `locked`: no batch's."""

    shot_id: UUID
    scene_id: UUID
    number: int | None
    shot_type: str = ""
    prompt_idea: str = ""
    visual_prompt: str = ""
    dialogue: str = ""
    sound_effects: str = ""
    image_url: str = ""
    image_status: str | None = None
    video_url: str = ""
    video_status: str | None = None
    audio_url: str = ""
    audio_status: str | None = None
    locked: bool = False
    packet: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)


@dataclass(frozen=True, slots=True)
class StoryboardScene:
    """A scene and its shots in order of their numbers (none counts as 0)."""

    scene_id: UUID
    number: int | None
    brief: SceneBrief
    shots: tuple[StoryboardShot, ...] = ()


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A project as a film is made of it: scenes in order of their numbers.

    `style_url`: the picture that all of its pictures are to be like; empty when there is none. `delivery`: its setting
    for the film's format (`resolution`, `fps`, `loudness`, `codec`).
    """

    project_id: UUID
    user_id: UUID
    title: str
    aspect_ratio: str | None
    scenes: tuple[StoryboardScene, ...]
    style_url: str = ""
    delivery: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    @property
    def wanted(self) -> WantedFormat:
        """The film's format as the project's setting asks for it; a setting that no film can have asks for nothing.

        What was paid for and arrives must not be lost by it: a film says what is wrong when it begins.
        """
        try:
            return self.read_wanted()
        except BadRequest:
            return WantedFormat(self.aspect_ratio)

    def read_wanted(self) -> WantedFormat:
        """The film's format as the project's setting asks for it.

        Raises:
            BadRequest: it asks for what no film can have.
        """
        return read_wanted(self.delivery, self.aspect_ratio, where="project_settings.delivery.")

    def __iter__(self) -> Iterator[tuple[StoryboardScene, StoryboardShot]]:
        """Every shot with its scene, in film order."""
        for scene in self.scenes:
            for shot in scene.shots:
                yield scene, shot

    def find(self, shot_id: UUID) -> tuple[StoryboardScene, StoryboardShot] | None:
        """A shot with its scene; None when it is not, or no longer, there."""
        return next(((scene, shot) for scene, shot in self if shot.shot_id == shot_id), None)


def idea_of(shot: StoryboardShot) -> ShotIdea:
    """The shot as it was conceived; one that people wrote themselves is read out of its words.

    The row wins over what the writer kept beside it, since people edit it: words that they struck out are gone.
    """
    kept = shot.packet.get("shot")
    words = shot.prompt_idea or shot.visual_prompt
    idea = kept_idea(cast("Mapping[str, Any]", kept)) if isinstance(kept, Mapping) else None
    if idea is None or (words and words != idea.idea):
        return _guessed(shot, words)
    return replace(idea, dialogue=shot.dialogue)


def kept_idea(kept: Mapping[str, Any]) -> ShotIdea | None:
    """Shot idea a writer kept, or None if it is incomplete: clients may write the column too."""
    known = {name: value for name, value in kept.items() if name in _IDEA_FIELDS}
    texts = ("idea", "subject", "dialogue", "title")
    if not isinstance(known.get("idea"), str) or not all(isinstance(known.get(name, ""), str) for name in texts):
        return None
    size, angle, move = (str(known.get(name, "")) for name in ("size", "angle", "move"))
    lens, extra = known.get("lens_mm"), known.get("extra")
    found = size_of(size) or "medium"
    return ShotIdea(
        idea=known["idea"],
        size=found,
        angle=angle_of(angle) or "eye_level",
        move=move_of(move) or "static",
        lens_mm=lens if type(lens) is int and 0 < lens < 2000 else usual_lens(found),  # JSON's true is no lens
        subject=known.get("subject", ""),
        dialogue=known.get("dialogue", ""),
        title=known.get("title", ""),
        extra=_texts(extra),
        brief=_brief(known.get("brief")),
    )


def _brief(kept: object) -> ShotBrief | None:
    """The shot's brief as it was kept; None where there is none, or a client has written something else there."""
    try:
        return None if kept is None else _BRIEFS.validate_python(kept)
    except ValidationError:
        return None


def _texts(extra: object) -> dict[str, str]:
    if not isinstance(extra, Mapping):
        return {}
    pairs = cast("Mapping[object, object]", extra).items()
    return {str(name): value for name, value in pairs if isinstance(value, str)}


def _guessed(shot: StoryboardShot, words: str) -> ShotIdea:
    text = f"{words} {shot.visual_prompt}"
    size = guess_size(text) or size_of(shot.shot_type) or "medium"
    return ShotIdea(
        idea=words,
        size=size,
        angle=guess_angle(text) or "eye_level",
        move=guess_move(text) or "static",
        lens_mm=guess_lens(text) or usual_lens(size),
        dialogue=shot.dialogue,
    )
