"""How a run ends: its status, what it charges, what its stream says last. Pure: facts in, decision out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wzrd.contracts.events import News
from wzrd.domain.credits import attempt_charge, attempt_hold
from wzrd.domain.kinds import Ending, Kind
from wzrd.domain.runs import run_outcome

CANCELED_MESSAGE = "Canceled"
MAX_WORDS = 2_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the one who settles wishes: nothing (the items decide), a cancel, or a failure with its words."""

    canceled: bool = False
    error: str | None = None
    error_code: str | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """The decision: `charge` is what this attempt's hold commits; 0 gives the hold back whole."""

    status: str
    charge: int
    error: str | None
    error_code: str | None
    open_items_become: str
    terminal: News


def settle(
    kind: Kind,
    verdict: Verdict,
    *,
    run_id: str,
    request_id: str,
    item_statuses: Sequence[str],
    committed: int,
    held: int,
) -> Settlement:
    """Decide how the run ends. What was delivered is kept and charged, however it ends; all delivered is success."""
    delivered = sum(status == "succeeded" for status in item_statuses)
    status = _status(verdict, item_statuses, delivered)
    error, code = _words(verdict, status)
    ending = Ending(run_id, request_id, status, delivered, error, verdict.result or {})
    return Settlement(
        status=status,
        charge=attempt_charge(kind.price(delivered), committed, held),
        error=error,
        error_code=code,
        open_items_become="canceled" if status == "canceled" else "failed",
        terminal=kind.terminal(ending),
    )


def _status(verdict: Verdict, item_statuses: Sequence[str], delivered: int) -> str:
    if item_statuses and delivered == len(item_statuses):
        return "succeeded"
    if verdict.canceled:
        return "canceled"
    if verdict.error is not None:
        return "partial" if delivered else "failed"
    return run_outcome(list(item_statuses))


def _words(verdict: Verdict, status: str) -> tuple[str | None, str | None]:
    if status == "succeeded":
        return None, None
    if status == "canceled":
        return CANCELED_MESSAGE, "canceled"
    return storable(verdict.error or "Not everything could be made"), verdict.error_code or "incomplete"


def storable(words: str) -> str:
    """Words that came from far away as the database takes them: no NUL, no half characters, not endless."""
    return words.replace("\0", "").encode("utf-8", "replace").decode()[:MAX_WORDS]


def next_hold(kind: Kind, *, requested: int, committed: int) -> int:
    """What the next attempt must hold for a run of `requested` items of which `committed` credits are paid."""
    return attempt_hold(kind.price(requested), committed)
