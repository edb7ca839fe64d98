"""The takes of a project's shots, and the approval of stills: /functions/v1/projects/{id}/takes and …/approvals."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from wzrd.contracts.wire import WireModel


class TakeView(WireModel):
    """One picture (`image`), clip (`video`) or voice (`audio`) of a shot; the `chosen` one of each is the shot's.

    `number` counts a shot's takes of one medium from 1. `runId`, `model`, `credits`: of what was made here; null or
    empty: somebody brought it. `note`: what it was to show besides. `verdict`: what was said of a still, by whom, when.
    """

    id: UUID
    shot_id: UUID
    scene_number: int | None
    shot_number: int | None
    media: Literal["image", "video", "audio"]
    number: int
    url: str
    chosen: bool
    run_id: UUID | None
    model: str
    credits: int | None
    note: str
    made_at: datetime
    verdict: Literal["approved", "rejected"] | None
    judged_by: UUID | None
    judged_at: datetime | None


class TakeList(WireModel):
    """Takes in film order; of a shot by medium and number."""

    takes: list[TakeView]


class ApprovalRequest(WireModel):
    """A verdict on the chosen stills of these `shots` (ids), or of `all` that have one.

    `lock`: batches leave these shots as they are from now on, or (false) no longer do; null: as it was.
    """

    verdict: Literal["approved", "rejected"] = "approved"
    shots: list[UUID] = Field(default_factory=list[UUID], max_length=10_000)
    all: bool = Field(default=False, strict=True)
    lock: bool | None = Field(default=None, strict=True)


class ApprovalAnswer(WireModel):
    """Shots that were judged, and how the project's stills stand: approved, and awaiting approval.

    `runId`: the batch of clips that this has started; `notStarted`: why it could not start, though clips wait.
    """

    shots: list[UUID]
    approved: int
    awaiting: int
    run_id: UUID | None
    not_started: str | None
