"""gmi-execute on the wire: one body for `submit` and `poll`, and answers in the shape of GMI Cloud's own queue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypedDict
from uuid import UUID

from pydantic import BeforeValidator, Field

from wzrd.contracts.generate import GenerationOptions
from wzrd.contracts.text_generation import TextAnswer
from wzrd.contracts.wire import members_of

PROVIDER = "gmi-cloud"
STATUSES: Mapping[str, str] = {
    "queued": "queued",
    "running": "processing",
    "paused": "processing",
    "succeeded": "success",
    "partial": "failed",
    "failed": "failed",
    "canceled": "cancelled",
}
"""GMI's word for each status of a run; its clients wait for the last three."""


class GmiExecuteRequest(GenerationOptions):
    """The body. `model_id` is judged by the route, in this function's own words."""

    action: str = Field(default="submit", max_length=20)
    model_id: Any = None
    inputs: Annotated[dict[str, Any], BeforeValidator(members_of, json_schema_input_type=Any)] = Field(
        default_factory=dict[str, Any]
    )
    request_id: str | None = Field(default=None, max_length=200)


class GmiMediaUrl(TypedDict):
    """The address of one file that was made."""

    id: str
    url: str


class GmiOutcome(TypedDict, total=False):
    """Media made, in GMI's shape; `video_url` is the first of a clip."""

    media_urls: list[GmiMediaUrl]
    video_url: str


class GmiMeta(TypedDict, total=False):
    """Facts of the body that leaves: `ignored`, fields that were left out or changed, and why; `verified` if false."""

    ignored: dict[str, str]
    verified: bool


def submitted(
    run_id: UUID, *, model: str, status: Annotated[str, STATUSES], status_url: str, meta: GmiMeta | None = None
) -> dict[str, Any]:
    """The answer to a submit: `requestId` is what a poll asks about; `meta` where there is anything to tell."""
    data = {"request_id": str(run_id), "model": model, "status": STATUSES[status]}
    told = {"meta": dict(meta)} if meta else {}
    return {
        "success": True, "data": data, "requestId": str(run_id), "statusUrl": status_url, "provider": PROVIDER, **told
    }  # fmt: skip


def polled(
    run_id: UUID,
    *,
    model: str,
    status: Annotated[str, STATUSES],
    created_at: datetime,
    error: str | None,
    code: str | None,
    outcome: Annotated[Mapping[str, Any] | None, GmiOutcome],
) -> dict[str, Any]:
    """The answer to a poll; `outcome` once there is one, `error` and `code` where there will be none."""
    data: dict[str, Any] = {
        "request_id": str(run_id),
        "model": model,
        "status": STATUSES[status],
        "created_at": created_at.isoformat(),
    }
    if outcome is not None:
        data["outcome"] = dict(outcome)
    if error is not None:
        data |= {"error": error, "code": code}
    return {"success": True, "data": data, "requestId": str(run_id), "status": STATUSES[status]}


def outcome_of(raw: object, urls: Sequence[str], media_type: str) -> dict[str, Any]:
    """The outcome of a success: the provider's own, with our addresses where clients look for media.

    A thumbnail that was not brought home is left out: its address is the provider's, and expires.
    """
    members = members_of(members_of(raw).get("outcome"))
    outcome = {name: value for name, value in members.items() if not name.startswith("thumbnail") or value in urls}
    if urls:
        outcome["media_urls"] = [{"id": str(number), "url": url} for number, url in enumerate(urls)]
        if media_type == "video":
            outcome["video_url"] = urls[0]
    return outcome


def completed(
    run_id: UUID, text: str, *, model: str, created_at: datetime, said: Annotated[Mapping[str, Any], TextAnswer]
) -> dict[str, Any]:
    """The answer of a text model: OpenAI's chat completion under `data`. `said`: what else the model told."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": said.get("finish_reason") or "stop"}
    data = {
        "id": f"chatcmpl-{run_id.hex}",
        "object": "chat.completion",
        "created": int(created_at.timestamp()),
        "model": model,
        "choices": [choice],
        **({"usage": said["usage"]} if said.get("usage") else {}),
    }
    return {"success": True, "data": data, "provider": PROVIDER}
