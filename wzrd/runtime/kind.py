"""What a kind of run is: one value a kind, all of which stand in `wzrd.operations.KINDS`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from wzrd.contracts.encoders import EventEncoder
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow
from wzrd.domain.settlement import Ending, PricedItem, Settlement
from wzrd.domain.shown import shown_line
from wzrd.providers.base import Output

if TYPE_CHECKING:
    from wzrd.runtime.process import Runtime

EndMirror: TypeAlias = Callable[[Tx, RunRow, Settlement, Sequence[Item]], Awaitable[None]]
"""(transaction, run, how it ends, the items that were still open): the studio's own tables follow a run's end."""
ReopenMirror: TypeAlias = Callable[[Tx, RunRow], Awaitable[None]]
"""The studio's own tables follow a run that gets its next attempt."""
SumUp: TypeAlias = Callable[[RunRow, Sequence[Item]], Mapping[str, Any]]
"""What a run tells at its end, read from its items: whoever settles says the same."""
KeepLate: TypeAlias = "Callable[[Runtime, RunRow, Item, ProviderJob, Output], Awaitable[Mapping[str, Any]]]"
"""Store what a provider made after the run had ended; returns the item's output.

Where several were ordered it has a `SHARE`, by which it is charged, and `PAID_BY` names the file that is paid with it;
neither is kept. With `PARTS`, the file of each of these submits, they are paid once each, and the item stays as it is.
"""
SHARE, PAID_BY, PARTS = "share", "paid_by", "parts"
Kept: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What of a result the run's row keeps, which is read whenever runs are listed; the rest can be read from items."""
LateMirror: TypeAlias = Callable[[Tx, RunRow, Item], Awaitable[None]]
"""The studio's own tables follow an item that was made after its run's end; the item has its output."""


def free(_items: Sequence[PricedItem]) -> int:
    """The price of a run that costs nothing itself: its items pay for themselves, or are free."""
    return 0


def _whole(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return result


def _nothing(_run: RunRow, _items: Sequence[Item]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of run.

    `parameters` are what makes a request the same when it comes again, by their names on the wire, and the parameter
    of the flow that each one is (None: no flow needs it). `price(items)` is what the run's own hold pays for these
    items in all. `encoder` spells the log for the kind's documented stream, `terminal` is the log's last event.
    `deployment` is the name of the kind's deployment in Prefect; `{phase}` in it is that parameter's value.
    `upfront`: items pay for themselves, and their holds are taken with the run's own commit, so that a refusal is the
    answer to the request. `keep_late`: what a queue's job makes after the run's end becomes its item's output (None: no
    item has such jobs). `for_operators`: it is begun in Prefect alone, and no route asks for it. Mirrors run in the
    settling transaction and never fail a run.
    """

    name: str
    resource_type: str
    reference_type: str
    parameters: Mapping[str, str | None]
    price: Callable[[Sequence[PricedItem]], int]
    encoder: EventEncoder
    terminal: Callable[[Ending], NewEvent]
    deployment: str
    sum_up: SumUp = _nothing
    kept: Kept = _whole
    on_end: EndMirror | None = None
    on_reopen: ReopenMirror | None = None
    upfront: bool = False
    keep_late: "KeepLate | None" = None
    on_late: LateMirror | None = None
    for_operators: bool = False

    @property
    def covers(self) -> bool:
        """Whether the run's own hold pays for its items."""
        return self.price is not free

    def check_identity(self, identity: Mapping[str, Any]) -> None:
        """See that every parameter of a request is one that the kind knows.

        Raises:
            ValueError: one is not; it would be dropped on its way to the flow.
        """
        if unknown := sorted(set(identity) - set(self.parameters)):
            raise ValueError(f"{self.name} knows no parameter {', '.join(unknown)}; add it to its Kind and its flow")

    def deployment_of(self, params: Mapping[str, Any]) -> str:
        """The deployment that serves a run with these parameters, as `flow/name`."""
        return f"{self.name}/{self.deployment.format_map(params)}"

    def flow_parameters(self, run: RunRow) -> dict[str, Any]:
        """A run's parameters as its flow's signature spells them, plus the run's id."""
        named = {flow: run.params[wire] for wire, flow in self.parameters.items() if flow and wire in run.params}
        return {**named, "run_id": str(run.run_id)}


def entities(items: Sequence[Item], entity_type: str) -> list[UUID]:
    """The rows that these items are about, of one type."""
    return [item.entity_id for item in items if item.entity_type == entity_type and item.entity_id]


def name_flow_run(kind: str, run_id: UUID, params: Mapping[str, Any]) -> str:
    """A name that a person finds again in Prefect's UI: what it is about, what is done, which run it is."""
    work = f"{kind} {str(run_id)[:8]}"
    label = shown_line(str(params.get("label") or ""))
    return f"{label} · {work}" if label else work
