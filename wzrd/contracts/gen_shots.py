"""POST /functions/v1/gen-shots: its request and its events, spelled as the documentation spells them."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias, TypedDict
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, FailFast, Field

from wzrd.contracts.money import MoneyLimits
from wzrd.contracts.wire import NUMBER, WireModel, or_null, read_number

Phase = Literal["creating", "drafting", "enriching", "ready"]
PHASES: tuple[Phase, ...] = ("creating", "drafting", "enriching", "ready")
HIGHEST_SHOT_NUMBER = 1_000_000
MOST_SCENE_SHOTS = 60


_MAX_NUMERIC_TEXT = 100
_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")
_OTHER_BASE = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)")
_BLANK = " \t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_TRIMMED = re.compile(f"[{_BLANK}]*([^{_BLANK}]*)[{_BLANK}]*")


def _number_or_text(value: object) -> object:
    """A JSON number, or a text that JavaScript's `Number` reads as one (the original did no more than arithmetic).

    Not all that JavaScript makes a number of: an empty text and a boolean were one shot there, and are refused here,
    since what is asked for is paid for.
    """
    if not isinstance(value, str):
        return read_number(value)
    found = _TRIMMED.fullmatch(value) if len(value) <= _MAX_NUMERIC_TEXT else None
    text = found[1] if found else ""
    if _OTHER_BASE.fullmatch(text):
        return float(int(text, 0))
    if _DECIMAL.fullmatch(text):
        return float(text)
    raise ValueError("must be a number")


Numeric = Annotated[str, Field(max_length=_MAX_NUMERIC_TEXT, pattern=r"^[+-]?[0-9]{1,9}(\.[0-9]{1,9})?$")]
"""A text of a number, as it is described; more forms are read."""


class ExistingShot(WireModel):
    """Shot that the client says it shows; only the number matters here."""

    id: Any = None
    shot_number: Annotated[float | None, NUMBER] = Field(None, alias="shot_number")


class GenShotsRequest(MoneyLimits):
    """The body. Absent and null mean the default."""

    project_id: str = Field(min_length=1, max_length=200)
    scene_id: str | None = Field(None, max_length=200)
    existing_shots: Annotated[list[ExistingShot], FailFast(), or_null(list[ExistingShot])] = Field(
        default_factory=list[ExistingShot], max_length=10_000
    )
    shot_count: Annotated[
        float | None, BeforeValidator(_number_or_text, json_schema_input_type=float | Numeric | None)
    ] = None
    request_id: str | None = Field(None, max_length=200)
    scene_shots: Annotated[float | None, NUMBER] = Field(None, ge=1, le=MOST_SCENE_SHOTS)
    """Shots that the scene is to have in all, where several requests write them: these are the next `shot_count`."""

    @property
    def highest_number(self) -> int:
        """The highest shot number that the client knows of; absurd ones do not count."""
        known = (shot.shot_number for shot in self.existing_shots if shot.shot_number is not None)
        return int(max((n for n in known if 0 <= n <= HIGHEST_SHOT_NUMBER), default=0))


def meta(*, request_id: str, project_id: UUID, scene_id: UUID, latency: int) -> dict[str, Any]:
    """The first event; `latency` is in milliseconds from the request's receipt to this event's append."""
    return {"requestId": request_id, "projectId": str(project_id), "sceneId": str(scene_id), "latency": latency}


def shot(
    *,
    shot_id: UUID,
    project_id: UUID,
    scene_id: UUID,
    shot_number: int,
    status: Phase,
    title: str | None = None,
    description: str | None = None,
    visual_prompt: str | None = None,
) -> dict[str, Any]:
    """A shot's latest known state; title, description and prompt are null while it is `creating`."""
    return {
        "id": str(shot_id),
        "project_id": str(project_id),
        "scene_id": str(scene_id),
        "shot_number": shot_number,
        "status": status,
        "title": title,
        "description": description,
        "visual_prompt": visual_prompt,
        "thumbnail": None,
    }


class StandIn(TypedDict, total=False):
    """That another writer stood in, and why; absent where none did."""

    fallbackUsed: bool
    fallbackReason: str


def done(total: int, *, request_id: str, result: Annotated[Mapping[str, Any], StandIn]) -> dict[str, Any]:
    """The last event of shots that were written: how many there are."""
    return {"completed": True, "total": total, "requestId": request_id, **result}


def error(message: str, *, request_id: str) -> dict[str, Any]:
    """The last event of shots that could not be written."""
    return {"error": message, "requestId": request_id}


EVENTS: Mapping[str, Callable[..., object]] = {"meta": meta, "shot": shot, "done": done, "error": error}
"""Functions that make the stream's events, by the event's name; nothing else is sent."""


class Meta(WireModel):
    """The stream stands; `latency` is in milliseconds."""

    request_id: str
    project_id: str
    scene_id: str
    latency: int = 0


class ShotUpdate(BaseModel):
    """The latest known state of one shot; merge updates by `id`. This event is spelled with underscores."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    id: str
    project_id: str
    scene_id: str
    shot_number: int
    status: Phase
    title: str | None = None
    description: str | None = None
    visual_prompt: str | None = None
    thumbnail: str | None = None


class Done(WireModel):
    """All shots are ready; `fallback_reason` says why the offline writer stood in, if it did."""

    total: int
    request_id: str
    fallback_used: bool = False
    fallback_reason: str | None = None


GenShotsEvent: TypeAlias = Meta | ShotUpdate | Done

STREAM_EVENTS: dict[str, type[Meta] | type[ShotUpdate] | type[Done]] = {"meta": Meta, "shot": ShotUpdate, "done": Done}
