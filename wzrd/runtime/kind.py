"""The type of a kind of run: one value a kind, all of which stand in `wzrd.operations.KINDS`, the one table.

What a kind has on another floor (its flow, its steps, its page in Prefect, its route) is found there by its name.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from pydantic.alias_generators import to_snake

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow
from wzrd.domain.money import read_bound
from wzrd.domain.runs import PricedItem
from wzrd.domain.settlement import Ending, Settlement
from wzrd.domain.work_queues import QueuePlacement

if TYPE_CHECKING:  # names of types alone: who begins a run loads neither streams nor providers
    from wzrd.contracts.encoders import EventEncoder
    from wzrd.providers.base import Output

EventMakers: TypeAlias = Callable[..., object] | tuple[Callable[..., object], ...]
"""The functions of the contracts that make an event's data; each of several makes one form of it."""
EndMirror: TypeAlias = Callable[[Tx, RunRow, Settlement, Sequence[Item]], Awaitable[None]]
"""(transaction, run, how it ends, the items that were still open): the studio's own tables follow a run's end."""
ReopenMirror: TypeAlias = Callable[[Tx, RunRow], Awaitable[None]]
"""The studio's own tables follow a run that gets its next attempt."""
SumUp: TypeAlias = Callable[[RunRow, Sequence[Item]], Mapping[str, Any]]
"""Function that reads a run's result from its items at its end: whoever settles gets the same."""
KeepAfterEnd: TypeAlias = "Callable[[Any, RunRow, Item, ProviderJob, Output], Awaitable[Mapping[str, Any]]]"
"""Store what a provider made after the run had ended, with the process's `Runtime`; returns the item's output.

Where several were ordered it has a `SHARE`, by which it is charged, and `PAID_BY` names the file that is paid with it;
neither is kept. With `PARTS`, the file of each of these submits, they are paid once each, and the item stays as it is.
"""
SHARE, PAID_BY, PARTS = "share", "paid_by", "parts"
Kept: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Function for the part of a result that the row keeps, since lists read rows; items have the rest."""
MirrorAfterEnd: TypeAlias = Callable[[Tx, RunRow, Item], Awaitable[None]]
"""The studio's own tables follow an item that was made after its run's end; the item has its output."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new run in place of `replaced`, which has had all its attempts: for its `items` that did not succeed.

    It costs `max_credits` at most and waits at `placement` in Prefect. It is started once, by its request id.
    """

    replaced: RunRow
    items: Sequence[Item]
    request_id: str
    max_credits: int
    placement: QueuePlacement

    def common(self) -> dict[str, Any]:
        """The parameters that a request of every kind has, by the names of `wzrd.runs.start.RunParams`."""
        run = self.replaced
        project_id = str(run.project_id) if run.project_id else None
        return {
            "user_id": run.user_id,
            "project_id": project_id,
            "request_id": self.request_id,
            "placement": self.placement,
            "money": read_bound(run.params),
        }


Replace: TypeAlias = Callable[[Any, Replacement], Awaitable[object]]
"""Starts the run in place of another with the process's `Runtime`, or finds it; raises as the kind's own start."""


def free(_items: Sequence[PricedItem]) -> int:
    """The price of a run that costs nothing itself: its items pay for themselves, or are free."""
    return 0


def same_names(*wire: str) -> dict[str, str]:
    """Parameters that the flow calls as the wire does, in Python's spelling: `maxUsd` is its `max_usd`."""
    return {name: to_snake(name) for name in wire}


def _whole(result: Mapping[str, Any]) -> Mapping[str, Any]:
    return result


def _nothing(_run: RunRow, _items: Sequence[Item]) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of run.

    `route` is the address of the API that starts it; None: operators alone begin it, in Prefect. `events` is what its
    log says beside what every log does: by name the functions that make their data.
    `parameters` are what makes a request the same when it comes again, by their names on the wire, and the parameter
    of the flow that each one is (None: no flow needs it). `price(items)` is what the run's own hold pays for these
    items in all. `encoder` spells the log for the kind's documented stream, `terminal` is the log's last event.
    `deployment` is the name of the kind's deployment in Prefect; `{phase}` in it is that parameter's value.
    `upfront`: items pay for themselves, and their holds are taken with the run's own commit, so that a refusal is the
    answer to the request. `keep_after_end`: what a queue's job makes after the run's end becomes its item's output
    (None: no item has such jobs). `duplicate_key`: the parameters whose equality makes two runs work on the
    same; empty where the items tell. `replace` starts a run in place of one that has no attempts left; None: its user
    alone can ask for it again. Mirrors run in the settling transaction and never fail a run.
    """

    name: str
    route: str | None
    resource_type: str
    reference_type: str
    parameters: Mapping[str, str | None]
    price: Callable[[Sequence[PricedItem]], int]
    events: Mapping[str, EventMakers]
    encoder: "EventEncoder"
    terminal: Callable[[Ending], NewEvent]
    deployment: str
    sum_up: SumUp = _nothing
    kept: Kept = _whole
    on_end: EndMirror | None = None
    on_reopen: ReopenMirror | None = None
    upfront: bool = False
    keep_after_end: "KeepAfterEnd | None" = None
    on_result_after_end: MirrorAfterEnd | None = None
    duplicate_key: Sequence[str] = ()
    replace: Replace | None = None

    @property
    def module(self) -> str:
        """The name of its modules on the floors above, and of its flow: `flows.<module>.<module>`."""
        return self.name.replace("-", "_")

    @property
    def for_operators(self) -> bool:
        """True if no route asks for it: it is begun in Prefect alone."""
        return self.route is None

    @property
    def covers(self) -> bool:
        """True if the run's own hold pays for its items."""
        return self.price is not free

    def check_identity(self, identity: Mapping[str, Any]) -> None:
        """See that every parameter of a request is one that the kind knows.

        Raises:
            ValueError: one is not; it would be dropped on its way to the flow.
        """
        if unknown := sorted(set(identity) - set(self.parameters)):
            raise ValueError(f"{self.name} knows no parameter {', '.join(unknown)}; add it to its Kind and its flow")

    def find(self, package: str, name: str) -> Any:
        """The kind's own on another floor: what `name` means in the module of `package` that is called as the kind is.

        Raises:
            RuntimeError: it has none; the file that is to be added is named.
        """
        path = f"{package}.{self.module}"
        file = f"{path.replace('.', '/')}.py"
        try:
            found = getattr(import_module(path), name, None)
        except ModuleNotFoundError as error:
            if error.name != path:
                raise
            raise RuntimeError(f"the kind {self.name} needs {file} with its `{name}`") from error
        if found is None:
            raise RuntimeError(f"the kind {self.name} needs `{name}` in {file}")
        return found

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
