"""GET /functions/v1/runs/{id} and its neighbours: a run as its owner sees it, and the stream ticket."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from wzrd.contracts.wire import WireModel


class TicketRequest(WireModel):
    """The body of a request for a stream ticket."""

    run_id: str = Field(min_length=1, max_length=200)


class TicketAnswer(WireModel):
    """A ticket for one connection to one run's stream, the address that has it, and how long it is good (seconds)."""

    ticket: str
    url: str
    expires_in: int


class RetryRequest(WireModel):
    """The body of a retry, which may be empty.

    `resubmit_unknown`: send once more what a provider may have accepted already, though its answer was lost.
    """

    resubmit_unknown: bool = Field(default=False, strict=True)


class FramingView(WireModel):
    """Camera of a shot: size, lens, move."""

    size: str
    lens_mm: int
    move: str


class ItemView(WireModel):
    """One unit of work of a run; `framing` of a shot that is being written, once it is conceived."""

    key: str
    id: UUID | None
    status: str
    phase: str | None
    error: str | None
    framing: FramingView | None = None


class CreditsView(WireModel):
    """Credits that the run holds now, and that it has been charged."""

    held: int
    charged: int


class RunView(WireModel):
    """A run. `progress` is a percentage; `last_event_id` is how far its log reaches.

    `details`: what its latest `progress` event says (a batch's places in queues, credits and time left).
    """

    id: UUID
    kind: str
    project_id: UUID | None
    request_id: str
    status: str
    attempt: int
    progress: int
    last_event_id: int
    flow_run_id: UUID | None
    cancel_requested: bool
    error: str | None
    code: str | None
    result: dict[str, Any] | None
    items: list[ItemView]
    credits: CreditsView
    details: dict[str, Any] | None = None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RunList(WireModel):
    """Runs, newest first; their items and details are told one by one only."""

    runs: list[RunView]


def pending(run_id: UUID) -> dict[str, Any]:
    """The answer to a call that does not wait for its run."""
    return {"runId": str(run_id), "status": "pending"}
