"""The elements of a node that goes through a list: a call each, some at once, each paid for itself."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from wzrd.db.graph_items import insert_elements
from wzrd.db.joined_jobs import SubmitResult
from wzrd.domain.errors import error_message
from wzrd.faults import fault
from wzrd.graph.execution.generation import MadeNode, element_key, join_results, prepare_call
from wzrd.graph.execution.node_calls import make_call
from wzrd.graph.execution.node_writer import NodeEnd
from wzrd.graph.execution.run_state import ElementsFailed, code_of, result_of_item
from wzrd.graph.execution.scheduler import Scheduler
from wzrd.providers.base import Progress
from wzrd.runs.execute import deciding_error
from wzrd.runs.steps import step
from wzrd.runs.top_up import top_up
from wzrd.runtime.stops import stops_the_run

ELEMENTS_AT_ONCE = 8
"""Elements of one batch that are under way at once; the provider's own limit counts beside it."""


@dataclass(slots=True)
class ElementBatch:
    """The elements of one node, a call each; one that fails fails the node, and the others are kept, and paid."""

    scheduler: Scheduler
    node_id: str
    calls: Sequence[Mapping[str, Any]]
    made: dict[str, MadeNode] = field(init=False)
    price: int = 0

    def __post_init__(self) -> None:
        elements = self.scheduler.state.elements.get(self.node_id, ())
        found = {item.key: result for item in elements if (result := result_of_item(item)) is not None}
        self.made = {key: MadeNode(result) for key, result in found.items()}

    @property
    def count(self) -> int:
        """Number of calls in all."""
        return len(self.calls)

    async def make(self, policy: str) -> MadeNode:
        """Make every element that is not there yet, some at once.

        Raises:
            NodeFailed: some could not be made.
        """
        keys = [element_key(self.node_id, number) for number in range(self.count)]
        missing = {number: self.calls[number] for number, key in enumerate(keys) if key not in self.made}
        if missing:
            await self._open(next(iter(missing.values())))
            await self._make_missing(missing)
        elements = [self.made[key] for key in keys]
        return MadeNode(join_results(policy, [one.result for one in elements]), 0, all(one.keeps for one in elements))

    async def _open(self, inputs: Mapping[str, Any]) -> None:
        """The elements' items, priced as one of them is; what that is more than was held is held now.

        Raises:
            InsufficientCredits: it is refused, and nothing is sent.
        """
        scheduler = self.scheduler
        node, work = scheduler.state.node(self.node_id), scheduler.state.works[self.node_id]
        call = await prepare_call(scheduler.runtime, node, work, inputs, self.node_id)
        self.price = call.price
        lease = scheduler.runtime.leases.current(scheduler.state.run.run_id)
        async with step(scheduler.runtime, lease) as current:
            await insert_elements(current.tx, lease.run_id, self.node_id, self.count, self.price)
            await top_up(scheduler.runtime, current.tx, lease)

    async def _make_missing(self, missing: Mapping[int, Mapping[str, Any]]) -> None:
        """Make these elements.

        Raises:
            NodeFailed: some could not be made.
        """
        slots, errors = asyncio.Semaphore(ELEMENTS_AT_ONCE), list[Exception]()

        async def one(number: int, inputs: Mapping[str, Any]) -> None:
            async with slots:
                try:
                    await self._make_one(number, inputs)
                except Exception as error:  # its node fails, and the other elements go on
                    if stops_the_run(error):
                        raise
                    errors.append(error)
                    await self._fail(number, error)
            self.scheduler.writer.note(self.node_id, Progress("running", len(self.made) / self.count))

        try:
            async with asyncio.TaskGroup() as group:
                for number, inputs in missing.items():
                    group.create_task(one(number, inputs))
        except BaseExceptionGroup as failures:
            raise deciding_error(failures) or failures from failures
        if errors:
            failed = f"{len(errors)} of {self.count} could not be made: {error_message(errors[0])}"
            raise ElementsFailed(failed, code_of(errors[0])) from errors[0]

    async def _make_one(self, number: int, inputs: Mapping[str, Any]) -> None:
        scheduler, key = self.scheduler, element_key(self.node_id, number)
        node, work = scheduler.state.node(self.node_id), scheduler.state.works[self.node_id]
        if work.makes_text:
            scheduler.room.check(node, asks=True)
        call = await prepare_call(scheduler.runtime, node, work, inputs, key)
        close = partial(self._close, key)
        made = await make_call(scheduler, call, self.price, lambda _news: None, close)
        await fault("before_element")
        if key not in self.made:
            await close(made)

    def _close(self, key: str, made: MadeNode, answer: SubmitResult | None = None) -> asyncio.Task[None]:
        scheduler = self.scheduler
        if scheduler.state.works[self.node_id].makes_text:
            scheduler.room.take(scheduler.state.node(self.node_id), made.result, key=key)
        self.made[key] = made
        end = NodeEnd(key, "succeeded", made.result, price=made.price, is_element=True, answer=answer)
        return scheduler.writer.end(end)

    async def _fail(self, number: int, error: Exception) -> None:
        key, message = element_key(self.node_id, number), error_message(error)
        await self.scheduler.writer.end(NodeEnd(key, "failed", error=message, code=code_of(error), is_element=True))
