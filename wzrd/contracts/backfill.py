"""Events in the log of a backfill: what is planned, what became of each run, how it ended."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID


def meta(*, runs: int, skipped: int, cost: int, since: str, until: str) -> dict[str, Any]:
    """The first event: how many runs are tried again and how many are not, and the most that they charge."""
    return {"runs": runs, "skipped": skipped, "credits": cost, "since": since, "until": until}


def tried(run_id: UUID, *, action: str, status: str, charged: int, error: str | None) -> dict[str, Any]:
    """A `progress` event: what became of one run; `charged` is what it was charged for this."""
    return {"runId": str(run_id), "action": action, "status": status, "credits": charged, "error": error}


def complete(status: str, completed: int, result: Mapping[str, Any], error: str | None) -> dict[str, Any]:
    """The last event."""
    return {"status": status, "completed": completed, **result, **({"error": error} if error else {})}


EVENTS: Mapping[str, Callable[..., object]] = {"meta": meta, "progress": tried, "complete": complete}
"""Functions that make the log's events, by the event's name."""
