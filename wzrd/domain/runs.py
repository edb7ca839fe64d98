"""The state machines of runs, items, provider jobs and holds: the only place that says which step is legal.

The right to write a run is its lease: every write carries one (the fence).

Each table reads `{status: {event: next status}}`; an illegal step is a missing key. The same vocabularies
stand as CHECK constraints in wzrd/db/migrations and are drawn into docs/states.md by a test that compares.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.domain.errors import Conflict
from wzrd.domain.ids import ProjectId, RunId, UserId


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed run. A later claim raises the epoch in the database, and writes under this one are refused."""

    run_id: RunId
    owner: str
    epoch: int
    attempt: int
    user_id: UserId
    project_id: ProjectId | None = None


@dataclass(frozen=True, slots=True)
class NewItem:
    """A unit of work to be done, in order of `position`."""

    key: str
    position: int
    entity_type: str
    entity_id: UUID | None
    price: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One unit of work; `phase` is the kind's own ladder within `running`, `price` was stamped when its run began.

    `delivered`: its content is in the log, and is to be paid, whatever became of it since.
    """

    key: str
    position: int
    entity_type: str | None
    entity_id: UUID | None
    status: str
    phase: str | None
    attempts: int
    error: str | None
    output: Mapping[str, Any] | None
    price: int
    delivered: bool


PricedItem: TypeAlias = NewItem | Item
"""An item to be made, or one that is there: each has its key, and its own credits where items are priced one by one."""
Machine: TypeAlias = Mapping[str, Mapping[str, str]]
RunStatus = Literal["queued", "running", "paused", "succeeded", "partial", "failed", "canceled"]

RUN: Machine = {
    "queued": {
        "claimed": "running",
        "paused": "paused",
        "succeeded": "succeeded",  # resumed with all delivered, and ended before anybody claimed it
        "partial": "partial",  # reopened with something delivered, and ended likewise
        "failed": "failed",  # could not be dispatched
        "canceled": "canceled",
    },
    "running": {
        "claimed": "running",  # resumed by another worker, or forced to run twice: the fence decides
        "paused": "paused",
        "succeeded": "succeeded",
        "partial": "partial",
        "failed": "failed",
        "canceled": "canceled",
    },
    "paused": {
        "resumed": "queued",
        "claimed": "running",
        "succeeded": "succeeded",
        "partial": "partial",
        "failed": "failed",
        "canceled": "canceled",
    },
    "succeeded": {},
    "partial": {"reopened": "queued"},
    "failed": {"reopened": "queued"},
    "canceled": {"reopened": "queued"},
}

AWAITS = "awaiting_approval"
"""Phase of a skipped item that waits for a person, and is no failure of its run."""

ITEM: Machine = {
    "pending": {
        "started": "running",
        "succeeded": "succeeded",  # a cached output needs no work
        "failed": "failed",
        "skipped": "skipped",
        "canceled": "canceled",
    },
    "running": {
        "started": "running",  # taken up again after a fault
        "succeeded": "succeeded",
        "failed": "failed",
        "skipped": "skipped",
        "canceled": "canceled",
    },
    "succeeded": {},
    # arrived: its provider finished after the run had ended, and what it made is kept
    "failed": {"reopened": "pending", "arrived": "succeeded"},
    "skipped": {"reopened": "pending", "arrived": "succeeded"},
    "canceled": {"reopened": "pending", "arrived": "succeeded"},
}

PROVIDER_JOB: Machine = {
    "intent": {"sending": "sending", "canceled": "canceled"},
    "sending": {
        "accepted": "accepted",
        "succeeded": "succeeded",  # a synchronous provider accepts and answers at once
        "rejected": "rejected",  # it said no
        "never_sent": "never_sent",  # the bytes never left
        "unknown": "unknown",  # sent, no answer; or its process died in between
        "failed": "failed",
        "useless": "useless",  # what came inside its answer is not what was asked for
        "canceled": "canceled",  # a synchronous call that was hung up on because its run was canceled
    },
    "unknown": {"accepted": "accepted", "succeeded": "succeeded", "failed": "failed", "lost": "lost"},
    "accepted": {
        "succeeded": "succeeded",
        "failed": "failed",
        "canceled": "canceled",
        "lost": "lost",
        "expired": "expired",
    },
    "succeeded": {
        "expired": "expired",  # made, and nobody can fetch it any more
        "useless": "useless",  # made, and it is not what was asked for: a page instead of a picture
    },
    "expired": {},
    "useless": {},
    "failed": {},
    "canceled": {"succeeded": "succeeded"},  # the provider had finished before it heard of the cancel
    "rejected": {},
    "never_sent": {},
    "lost": {"accepted": "accepted", "succeeded": "succeeded"},  # found late: kept, not charged
}

HOLD: Machine = {"held": {"committed": "committed", "released": "released"}, "committed": {}, "released": {}}

OPEN_RUN = frozenset({"queued", "running", "paused"})
TERMINAL_RUN = frozenset(RUN) - OPEN_RUN
"""A later submit of the same intent is allowed only once the former one ended as one of these."""
RESUBMITTABLE = frozenset({"rejected", "never_sent", "failed", "lost", "canceled", "expired", "useless"})

RESUME_WORDS = "wzrd resumes it: "
"""Start of the message with which we, and not a person, have a flow run resumed."""
MAX_RESUMES = 3
RENEWALS_A_LEASE = 10 / 3
"""A lease of 10 seconds is renewed every 3: two renewals may be lost before the third would come too late."""
MAX_NODE_TEXT, MAX_RUN_TEXT = 256 << 10, 4 << 20
"""Bytes of text that a node, and that all nodes of a run may hand on."""


def next_status(machine: Machine, status: str, event: str) -> str:
    """The status that `event` leads to from `status`.

    Raises:
        Conflict: the step is not in the table.
    """
    try:
        return machine[status][event]
    except KeyError:
        able = " or ".join(one for one, steps in machine.items() if event in steps)
        message = f"it is {status}: only what is {able} can be {event}"
        raise Conflict(message, status=status, news=event) from None


def require_transition(machine: Machine, from_statuses: Iterable[str], to: str) -> None:
    """Refuse a move that the table does not have.

    Raises:
        Conflict: from one of these statuses nothing leads to `to`.
    """
    for status in from_statuses:
        if to not in machine.get(status, {}).values():
            raise Conflict(f"nothing leads from {status} to {to}", status=status, to=to)


def source_statuses(machine: Machine, event: str) -> tuple[str, ...]:
    """The statuses in which `event` is legal, for the WHERE of the statement that applies it."""
    return tuple(status for status, steps in machine.items() if event in steps)


def status_of_items(item_statuses: list[str]) -> RunStatus:
    """Status of a run whose items ended so: all well is succeeded, some partial, none failed; no items: succeeded."""
    done = sum(status == "succeeded" for status in item_statuses)
    if done == len(item_statuses):
        return "succeeded"
    return "partial" if done else "failed"
