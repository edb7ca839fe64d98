"""POST /functions/v1/project-auto-generate: its request, its answer and its events. Requests are in snake_case."""

from typing import Any
from uuid import UUID

from pydantic import Field

from wzrd.contracts.wire import WireModel


class AutoGenerateRequest(WireModel):
    """The body. `request_id` is an idempotency key of the caller's; `image_model`, `video_model`: a model's id."""

    project_id: str = Field("", max_length=200, alias="project_id")
    phase: Any = None
    request_id: str | None = Field(None, max_length=200, alias="request_id")
    image_model: str | None = Field(None, max_length=200, alias="image_model")
    video_model: str | None = Field(None, max_length=200, alias="video_model")


class AutoGenerateAnswer(WireModel):
    """202: the run, how many shots the project has, how many are worked on, and what that may cost at most."""

    success: bool = True
    run_id: UUID
    phase: str
    total: int
    queued: int
    skipped: int
    estimated_credits: int


def meta(answer: AutoGenerateAnswer, *, project_id: UUID, request_id: str) -> dict[str, Any]:
    """The first event: the fields of the answer."""
    fields = answer.wire()
    del fields["success"]
    return {**fields, "projectId": str(project_id), "requestId": request_id}


def shot(
    *,
    shot_id: UUID,
    scene_id: UUID | None,
    shot_number: int | None,
    phase: str,
    status: str,
    **more: Any,
) -> dict[str, Any]:
    """One shot's event: `generating`, then `completed` (with `url`, `reused`) or `failed` (with `error`).

    A shot that was deleted meanwhile has no scene and no number any more.
    """
    head = {"shotId": str(shot_id), "sceneId": str(scene_id) if scene_id else None, "shotNumber": shot_number}
    return {**head, "phase": phase, "status": status, **more}


def progress(*, phase: str, completed: int, failed: int, total: int) -> dict[str, Any]:
    """How far the batch is; `percent` is whole and reaches 100 when nothing is left, never before."""
    percent = 100 if total == 0 else 100 * (completed + failed) // total
    return {"phase": phase, "completed": completed, "failed": failed, "total": total, "percent": percent}
