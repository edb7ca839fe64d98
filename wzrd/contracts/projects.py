"""/functions/v1/projects: a screenplay becomes a project; projects, scenes, storyboards and graphs as they are read."""

from base64 import b64decode, b64encode
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer

from wzrd.contracts.breakdown import Breakdown
from wzrd.contracts.director_cut import FilmFormat
from wzrd.contracts.wire import NUMBER, WireModel


def _read_base64(value: object) -> object:
    """The bytes; a browser's reader of files writes `data:…;base64,` before them, other encoders break the lines."""
    if not isinstance(value, str):
        return value
    text = value.partition(",")[2] if value.startswith("data:") else value
    try:
        return b64decode("".join(text.splitlines()), validate=True)
    except ValueError:
        raise ValueError("must be base64") from None


Base64 = Annotated[
    bytes,
    BeforeValidator(
        _read_base64,
        json_schema_input_type=Annotated[str, Field(max_length=24 << 20, json_schema_extra={"format": "byte"})],
    ),
    PlainSerializer(lambda content: b64encode(content).decode(), return_type=str),
]
"""Bytes, as base64 on the wire."""


class ProjectRequest(WireModel):
    """A screenplay's `file` (PDF, Fountain, Final Draft, Word …, as base64); without one a project that has no scenes.

    The same `requestId` is the same project: what is there stays, `delivery` is its films' format from now on.
    `breakdown`: what happens in it, by another hand. `keepShots`: scenes without shots get those that the same scene,
    word for word, has in a former project of the same title; with `shotCount` only if there are so many.
    """

    file: Base64 = b""
    file_name: str = Field("", max_length=255)
    title: str = Field("", max_length=500)
    request_id: str | None = Field(None, max_length=500)
    breakdown: Breakdown | None = None
    delivery: FilmFormat = FilmFormat()
    keep_shots: bool = Field(default=False, strict=True)
    shot_count: Annotated[int | None, NUMBER] = Field(default=None, ge=1, le=100)


class ProjectAnswer(WireModel):
    """The project. `created` is false if it was there before; `keptScenes` have the shots of a former one."""

    project_id: UUID
    title: str
    created: bool
    kept_scenes: int = 0


class ProjectEntry(WireModel):
    """A project in a list."""

    id: UUID
    title: str


class ProjectList(WireModel):
    """Projects, newest first."""

    projects: list[ProjectEntry]


class ShotEntry(WireModel):
    """A shot in a list."""

    id: UUID
    number: int | None


class SceneEntry(WireModel):
    """A scene in a list, with its shots."""

    id: UUID
    number: int | None
    title: str
    location: str
    shots: list[ShotEntry]


class SceneList(WireModel):
    """A project's scenes, in order."""

    project_id: UUID
    title: str
    scenes: list[SceneEntry]


class _Long(WireModel):
    """A part of a storyboard: a scene may be one text of a megabyte."""

    model_config = ConfigDict(str_max_length=None, from_attributes=True)


class LineView(_Long):
    """A spoken line. `extension` stands beside the name (V.O.); `dual`: spoken together with the line before it."""

    character: str
    text: str
    parenthetical: str | None
    extension: str
    dual: bool


class BriefView(_Long):
    """Facts that a writer knows of a scene; `script` has its action paragraphs and lines in the page's order."""

    number: int
    title: str
    description: str
    location: str
    lighting: str
    weather: str
    tone: str
    genre: str
    style: str
    actions: list[str]
    dialogue: list[LineView]
    characters: list[str]
    script: list[str | LineView]
    cast: str


class ShotView(_Long):
    """A shot's row; absent texts and addresses are empty. `packet`: what its writer or its client keeps beside it."""

    shot_id: UUID
    scene_id: UUID
    number: int | None
    shot_type: str
    prompt_idea: str
    visual_prompt: str
    dialogue: str
    sound_effects: str
    image_url: str
    image_status: str | None
    video_url: str
    video_status: str | None
    audio_url: str
    audio_status: str | None
    locked: bool
    packet: dict[str, Any]


class SceneView(_Long):
    """A scene, and its shots in order."""

    scene_id: UUID
    number: int | None
    brief: BriefView
    shots: list[ShotView]


class StoryboardAnswer(_Long):
    """A project as a film is made of it: its scenes with what happens in them, and every shot with what was made."""

    project_id: UUID
    user_id: UUID
    title: str
    aspect_ratio: str | None
    style_url: str
    delivery: dict[str, Any]
    scenes: list[SceneView]


class GraphAnswer(WireModel):
    """A project's compute graph as the studio's tables have it; empty where it has none."""

    project_id: UUID
    title: str
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
