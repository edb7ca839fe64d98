"""One generation on the wire: what every generation route accepts besides its own fields, its events, its result."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeAlias, cast
from uuid import UUID

from pydantic import BeforeValidator, ConfigDict, Field

from wzrd.contracts.money import MoneyLimits
from wzrd.contracts.wire import NUMBER, WireModel, or_null

MAX_REFERENCES = 64
"""References of one generation; no model takes as many."""
MAX_URL = 48 << 20
"""Characters of an address: a `data:` URI is one, and the bodies of routes have bounds of their own."""


def _path(value: object) -> object:
    """A path of the program's as its text (the Python client uploads what is no address)."""
    spell = getattr(value, "__fspath__", None)
    return value if spell is None else spell()


class ReferenceAsset(WireModel):
    """Reference for a model: an http(s) address or a `data:` URI, its kind, and what it is for."""

    model_config = ConfigDict(str_max_length=None)

    url: Annotated[str, BeforeValidator(_path)] = Field(min_length=1, max_length=MAX_URL)
    type: Literal["image", "video", "audio", "text", "model"]
    role: str | None = Field(default=None, max_length=100)


class OutputConfig(WireModel):
    """Wishes for the result: `format` such as png or mp4, how many, and where it is stored, if it is."""

    format: str | None = Field(default=None, max_length=20, pattern=r"^[A-Za-z0-9]*$")
    count: Annotated[int | None, NUMBER] = Field(default=None, ge=1, le=100)
    storage_bucket: str | None = Field(default=None, max_length=63)
    storage_path_prefix: str | None = Field(default=None, max_length=500)
    auto_store: Annotated[bool, or_null(bool), Field(strict=True)] = True


class RouteMetadata(WireModel):
    """Metadata that the caller keeps with a generation. `project_id` is its project where the request names none.

    `node_id` is how gmi-execute's clients spell the entity.
    """

    source: str | None = Field(default=None, max_length=100)
    project_id: str | None = Field(default=None, max_length=200)
    entity_id: str | None = Field(default=None, max_length=200)
    node_id: str | None = Field(default=None, max_length=200)
    custom: dict[str, Any] | None = None


class GenerationOptions(MoneyLimits):
    """Options that every generation route accepts besides its own fields; null means the default."""

    reference_assets: Annotated[list[ReferenceAsset], or_null(list[ReferenceAsset])] = Field(
        default_factory=list[ReferenceAsset], max_length=MAX_REFERENCES
    )
    output_config: Annotated[OutputConfig, or_null(OutputConfig)] = Field(default_factory=OutputConfig)
    metadata: Annotated[RouteMetadata, or_null(RouteMetadata)] = Field(default_factory=RouteMetadata)
    max_credits: Annotated[int | None, NUMBER] = Field(default=None, ge=0)


MediaKind: TypeAlias = Literal["image", "video", "audio", "text", "unknown"]
"""Kinds of results, as the documented metadata call them."""


def kind_of(media_type: str) -> MediaKind:
    """The documented word for what a model makes; there is none for anything but these four."""
    return cast("MediaKind", media_type) if media_type in {"image", "video", "audio", "text"} else "unknown"


class GenerationResultMetadata(WireModel):
    """The documented metadata of a result; what is not known is left out. `raw` is the provider's own answer."""

    generation_id: UUID
    resolved_model: str
    requested_model: str
    fallback_used: bool
    fallback_reason: str | None = None
    media_type: MediaKind
    credits: int | None = None
    duration_seconds: float | None = None
    raw: Any = None
    storage_url: str | None = None
    width: int | None = None
    height: int | None = None

    def wire(self) -> dict[str, Any]:
        """The message without what is not known."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class StoredResult(GenerationResultMetadata):
    """Result as a run keeps it: with the address of what was made."""

    url: str | None = None


def meta(
    *,
    requested: str,
    normalized: str,
    resolved: str,
    media_type: str,
    fallback_reason: str | None,
    request_id: str,
    run_id: UUID,
    ignored: Mapping[str, str] | None = None,
    verified: bool = True,
) -> dict[str, Any]:
    """The first event: which model was asked for, which one runs, and what of the request it ignores, and why.

    `verified` is told where it is false: nobody has told what the model takes, and its inputs were not checked.
    """
    return {
        "requested_model": requested,
        "normalized_requested_model": normalized,
        "resolved_model": resolved,
        "media_type": media_type,
        **_fallback(fallback_reason),
        **({} if ignored is None else {"ignored": dict(ignored)}),
        **({} if verified else {"verified": False}),
        "requestId": request_id,
        "runId": str(run_id),
    }


REASONS = ("primary_failed_no_fallback", "fallback_failed")
"""Why nothing was made: no other model was tried, or that one failed too."""
STATUSES: Mapping[str, str] = {"queued": "IN_QUEUE", "running": "IN_PROGRESS"}
"""The words of a `progress` event for a job's phases; a finished one is COMPLETED."""


def fraction_of(phase: str, fraction: float | None, position: int | None) -> float:
    """Fraction done (0 to 1) of a job: as its provider says, else by phase and queue place."""
    if fraction is not None:
        return min(max(fraction, 0.0), 1.0)
    if phase == "queued":
        return 0.1 if position is None else min(max(35 - position, 5), 35) / 100
    return 0.7 if phase == "running" else 0.25


def progress(
    *,
    status: Annotated[str, (*STATUSES.values(), "COMPLETED")],
    fraction: float,
    model: str,
    fallback_used: bool,
    position: int | None = None,
    logs: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Progress of a generation: `fraction` from 0 to 1, its provider's queue position, new lines of its log."""
    queued = {} if position is None else {"queue_position": position}
    event = {"status": status, "progress": round(fraction, 3), **queued, "logs": [{"message": line} for line in logs]}
    return {"event": event, "model": model, "fallback_used": fallback_used}


def delta(text: str) -> dict[str, Any]:
    """The next piece of a text."""
    return {"text": text}


def fallback(*, original: str, instead: str, reason: str) -> dict[str, Any]:
    """Another model takes over from one that failed."""
    message = f"Primary model failed, retrying with {instead}"
    return {"message": message, "original_model": original, "fallback_model": instead, "reason": reason}


def done(result: Annotated[Mapping[str, Any], StoredResult], *, request_id: str, run_id: str) -> dict[str, Any]:
    """The last event of what was made: `result` is the run's own, `GenerationResultMetadata` and `url`."""
    names = ("credits", "url", "storageUrl", "width", "height", "durationSeconds")
    return {
        "result": result.get("raw"),
        "model": result.get("resolvedModel"),
        **_fallback(result.get("fallbackReason")),
        **{name: result[name] for name in names if name in result},
        "requestId": request_id,
        "runId": run_id,
    }


def error(
    message: str, *, code: str, reason: Annotated[str, REASONS], original_error: str | None, run_id: str
) -> dict[str, Any]:
    """The last event of what could not be made."""
    original = {"original_error": original_error} if original_error else {}
    return {"error": message, "code": code, "reason": reason, **original, "runId": run_id}


def _fallback(reason: str | None) -> dict[str, Any]:
    return {"fallback_used": reason is not None, **({"fallback_reason": reason} if reason is not None else {})}


EVENTS: Mapping[str, Callable[..., object]] = {
    "meta": meta,
    "progress": progress,
    "fallback": fallback,
    "delta": delta,
    "done": done,
    "error": error,
}
"""Functions that make the stream's events, by name (fal-stream: by `type`); nothing else is sent."""
