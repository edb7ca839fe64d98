"""The log's entry as every floor sees it, and which events end a stream."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

TERMINAL_EVENTS = frozenset({"done", "error", "complete"})
"""Events that end a run's stream, over all kinds of run."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event before it has a place in the log."""

    event: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One entry of a run's log; `seq` ascends within the run and may have gaps."""

    run_id: UUID
    seq: int
    attempt: int
    event: str
    data: dict[str, Any]
    at: datetime | None = None

    @property
    def terminal(self) -> bool:
        """True if this entry ends its attempt."""
        return self.event in TERMINAL_EVENTS


def taken_up(attempt: int, resumes: int) -> dict[str, Any]:
    """A `progress` event of any kind of run: it is worked on again, after its worker was lost."""
    return {"status": "running", "attempt": attempt, "resumes": resumes}


def retrying(attempt: int) -> dict[str, Any]:
    """A `progress` event of any kind of run: it has been given its next attempt."""
    return {"status": "retrying", "attempt": attempt}


def paused(attempt: int) -> dict[str, Any]:
    """A `progress` event of any kind of run: somebody has paused it, and it waits to be resumed."""
    return {"status": "paused", "attempt": attempt}


EVENTS: Mapping[str, tuple[Callable[..., object], ...]] = {"progress": (taken_up, retrying, paused)}
"""Functions that make the log's events common to any kind of run, by the event's name."""
