"""Progress and end of a generation, read from its run: percent, the documented result, the error."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID

from wzrd.client.errors import ErrorCode, GenerationError, read_as, recoded
from wzrd.client.stream import Event
from wzrd.contracts.generate import GenerationResultMetadata, kind_of
from wzrd.contracts.generation_service import GenerationResult, GenerationRouteAnswer, status_of
from wzrd.contracts.runs import RunView
from wzrd.contracts.wire import members_of

_WORDS = {"IN_QUEUE": "Waiting in the queue", "IN_PROGRESS": "Generating", "COMPLETED": "Storing the result"}
_NO_MEDIA = frozenset({"text", "unknown"})


class GenerationProgress(NamedTuple):
    """Progress of a generation: a whole percentage that never falls, and words for people."""

    percent: int
    message: str


OnProgress: TypeAlias = Callable[[GenerationProgress], object]


class Reporter:
    """Tells progress to whoever wants it, from 0 to 100; `media_type` is what the stream said of it at its start."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._reported = GenerationProgress(0, "")
        self.media_type = ""

    def update(self, percent: float, message: str) -> None:
        """Tell it, unless it has been told just so."""
        now = GenerationProgress(max(self._reported.percent, min(100, round(percent))), message)
        if self._on_progress is not None and now != self._reported:
            self._reported = now
            self._on_progress(now)

    def take(self, event: Event) -> None:
        """Take in what one event of a generation's stream says of it."""
        data = event.data
        match event.name:
            case "meta":
                self.media_type = str(data.get("media_type") or "")
                self.update(1, f"Started on {data.get('resolved_model')}")
            case "fallback":
                self.update(1, str(data.get("message")))
            case "delta":
                self.update(50, "Writing")
            case "progress" if isinstance(inner := data.get("event"), dict):
                step = cast("Mapping[str, Any]", inner)
                position = step.get("queue_position")
                words = _WORDS.get(str(step.get("status")), "Generating")
                share = step.get("progress")
                percent = share * 100 if isinstance(share, int | float) else 0
                self.update(min(99, percent), words if position is None else f"{words}: place {position}")
            case _:
                pass


def pending(run_id: object, requested: str, route: GenerationRouteAnswer) -> GenerationResult:
    """A generation that has been started, as far as it is known."""
    metadata = {
        "generationId": run_id,
        "requestedModel": requested,
        "resolvedModel": route.resolved_model,
        "fallbackUsed": route.fallback_used,
        "fallbackReason": route.fallback_reason,
        "mediaType": kind_of(route.media_type),
        "credits": route.credits,
    }
    return GenerationResult(url="", metadata=read_as(GenerationResultMetadata, metadata), status="pending")


def current(run: RunView, meta: Mapping[str, Any]) -> GenerationResult:
    """A run as it stands; `meta` is its first event, which says what is known from the start."""
    if run.status == "succeeded":
        return completed(run, None)
    raw = {"error": run.error, "code": run.code} if run.finished_at else None
    metadata = {
        "generationId": run.id,
        "requestedModel": meta.get("requested_model", ""),
        "resolvedModel": meta.get("resolved_model", ""),
        "fallbackUsed": meta.get("fallback_used", False),
        "fallbackReason": meta.get("fallback_reason"),
        "mediaType": kind_of(str(meta.get("media_type"))),
        "credits": run.credits.charged if run.finished_at else None,
        "raw": raw,
    }
    status = status_of(run.status)
    return GenerationResult(url="", metadata=read_as(GenerationResultMetadata, metadata), status=status)


def completed(run: RunView, requested: str | None) -> GenerationResult:
    """Result of a run; `requested` is the model as its caller spelled it.

    Raises:
        GenerationError: no_result: it has made nothing.
    """
    return _completed(run.id, {**(run.result or {}), **({"requestedModel": requested} if requested else {})})


def streamed(done: Event, media_type: str, requested: str) -> GenerationResult:
    """Result from the last event of fal-stream, which says as much as its run: that need not be asked.

    Raises:
        GenerationError: no_result: it has made nothing.
    """
    data = done.data
    documented = {
        "generationId": data.get("runId"),
        "resolvedModel": data.get("model"),
        "requestedModel": requested,
        "fallbackUsed": data.get("fallback_used"),
        "fallbackReason": data.get("fallback_reason"),
        "mediaType": kind_of(media_type),
        "raw": data.get("result"),
    }
    return _completed(done.run_id, {**data, **documented})


def _completed(run_id: UUID | None, result: Mapping[str, Any]) -> GenerationResult:
    metadata = read_as(GenerationResultMetadata, result)
    url, raw = str(result.get("url") or ""), cast("object", metadata.raw)
    text = members_of(raw).get("text")
    if not (text if metadata.media_type == "text" else url or metadata.media_type in _NO_MEDIA):
        raise GenerationError("no_result", "it ended without a result", generation_id=run_id)
    return GenerationResult(url=url, metadata=metadata, status="completed")


def failure(run: RunView, code: ErrorCode, refusal: GenerationError | None = None) -> GenerationError:
    """Why there is no result; `refusal` is how the call itself was answered, in its function's own words."""
    if run.status == "canceled":
        return GenerationError("no_result", run.error or "Canceled", reason="canceled", generation_id=run.id)
    error = refusal or GenerationError(code, run.error or "The generation failed")
    error.generation_id, error.reason = run.id, run.code or error.reason
    return recoded(error, code)
