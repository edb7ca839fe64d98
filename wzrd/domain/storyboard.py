"""A storyboard: a project's shots in film order, each in its scene, with what was made of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, cast
from uuid import UUID

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
from wzrd.domain.shots import SceneBrief, ShotIdea

_IDEA_FIELDS = frozenset(part.name for part in fields(ShotIdea))


@dataclass(frozen=True, slots=True)
class ReelShot:
    """A shot's row. Statuses as the client spells them; absent texts and addresses are empty."""

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
    packet: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)


@dataclass(frozen=True, slots=True)
class ReelScene:
    """A scene and its shots in order of their numbers (none counts as 0)."""

    scene_id: UUID
    number: int | None
    brief: SceneBrief
    shots: tuple[ReelShot, ...] = ()


@dataclass(frozen=True, slots=True)
class Reel:
    """A project as a film is made of it: scenes in order of their numbers."""

    project_id: UUID
    user_id: UUID
    title: str
    aspect_ratio: str | None
    scenes: tuple[ReelScene, ...]

    def __iter__(self) -> Iterator[tuple[ReelScene, ReelShot]]:
        """Every shot with its scene, in film order."""
        for scene in self.scenes:
            for shot in scene.shots:
                yield scene, shot

    def find(self, shot_id: UUID) -> tuple[ReelScene, ReelShot] | None:
        """A shot with its scene; None when it is not, or no longer, there."""
        return next(((scene, shot) for scene, shot in self if shot.shot_id == shot_id), None)


def idea_of(shot: ReelShot) -> ShotIdea:
    """The shot as it was conceived; one that people wrote themselves is read out of its words.

    The row wins over what the writer kept beside it, since people edit it: words that they struck out are gone.
    """
    kept = shot.packet.get("shot")
    words = shot.prompt_idea or shot.visual_prompt
    idea = _kept(cast("Mapping[str, Any]", kept)) if isinstance(kept, Mapping) else None
    if idea is None or (words and words != idea.idea):
        return _guessed(shot, words)
    return replace(idea, dialogue=shot.dialogue)


def _kept(kept: Mapping[str, Any]) -> ShotIdea | None:
    """What a writer kept, if it is whole: the column is the client's to write too."""
    told = {name: value for name, value in kept.items() if name in _IDEA_FIELDS}
    texts = ("idea", "subject", "dialogue", "title")
    if not isinstance(told.get("idea"), str) or not all(isinstance(told.get(name, ""), str) for name in texts):
        return None
    size, angle, move = (str(told.get(name, "")) for name in ("size", "angle", "move"))
    lens, extra = told.get("lens_mm"), told.get("extra")
    found = size_of(size) or "medium"
    return ShotIdea(
        idea=told["idea"],
        size=found,
        angle=angle_of(angle) or "eye_level",
        move=move_of(move) or "static",
        lens_mm=lens if type(lens) is int and 0 < lens < 2000 else usual_lens(found),  # JSON's true is no lens
        subject=told.get("subject", ""),
        dialogue=told.get("dialogue", ""),
        title=told.get("title", ""),
        extra=_texts(extra),
    )


def _texts(extra: object) -> dict[str, str]:
    if not isinstance(extra, Mapping):
        return {}
    pairs = cast("Mapping[object, object]", extra).items()
    return {str(name): value for name, value in pairs if isinstance(value, str)}


def _guessed(shot: ReelShot, words: str) -> ShotIdea:
    told = f"{words} {shot.visual_prompt}"
    size = guess_size(told) or size_of(shot.shot_type) or "medium"
    return ShotIdea(
        idea=words,
        size=size,
        angle=guess_angle(told) or "eye_level",
        move=guess_move(told) or "static",
        lens_mm=guess_lens(told) or usual_lens(size),
        dialogue=shot.dialogue,
    )
