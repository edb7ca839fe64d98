"""Settlement of a run: its final status, its charge, its stream's last event. Pure: facts in, decision out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from wzrd.contracts.events import NewEvent
from wzrd.domain.credits import attempt_charge, attempt_hold
from wzrd.domain.errors import storable
from wzrd.domain.runs import Item, PricedItem, status_of_items

CANCELED_MESSAGE = "Canceled"


@dataclass(frozen=True, slots=True)
class Ending:
    """All that a terminal event may contain."""

    run_id: str
    request_id: str
    status: str
    completed: int
    error: str | None = None
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error_code: str | None = None


class SettlementRules(Protocol):
    """Rules of a kind of run that settling needs."""

    @property
    def price(self) -> Callable[[Sequence[PricedItem]], int]:
        """Function that returns what the run's own hold pays for these items, in credits."""
        ...

    @property
    def terminal(self) -> Callable[[Ending], NewEvent]:
        """The last event of the log."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome the caller of a settlement asks for: none (the items decide), a cancel, or a failure."""

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
    terminal: NewEvent


def settle(
    kind: SettlementRules,
    outcome: Outcome,
    *,
    run_id: str,
    request_id: str,
    items: Sequence[Item],
    committed: int,
    held: int,
) -> Settlement:
    """Decide how the run ends. What was delivered is kept and charged, however it ends; all delivered is success."""
    delivered = [item for item in items if item.delivered]
    status = _status(outcome, items)
    error, code = _error_of(outcome, status)
    completed = sum(item.status == "succeeded" for item in items)
    ending = Ending(run_id, request_id, status, completed, error, outcome.result or {}, code)
    return Settlement(
        status=status,
        charge=attempt_charge(kind.price(delivered), committed, held),
        error=error,
        error_code=code,
        open_items_become="canceled" if status == "canceled" else "failed",
        terminal=kind.terminal(ending),
    )


def _status(outcome: Outcome, items: Sequence[Item]) -> str:
    if items and all(item.status == "succeeded" for item in items):
        return "succeeded"
    if outcome.canceled:
        return "canceled"
    if any(item.delivered for item in items):
        return "partial"
    return "failed" if outcome.error is not None else status_of_items([item.status for item in items])


def _error_of(outcome: Outcome, status: str) -> tuple[str | None, str | None]:
    if status == "succeeded":
        return None, None
    if status == "canceled":
        return CANCELED_MESSAGE, "canceled"
    return storable(outcome.error or "Not everything could be made"), outcome.error_code or "incomplete"


def next_hold(kind: SettlementRules, *, requested: Sequence[PricedItem], committed: int) -> int:
    """Credits the next attempt must hold for a run of these items, of which `committed` are paid."""
    return attempt_hold(kind.price(requested), committed)
