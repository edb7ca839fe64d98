"""The scheduler of a graph's run: which nodes need no work, which may begin, which wait.

One loop decides all of it (`Scheduler.ready_nodes`). What needs no work (inline, cached, unsupported) is gone through
in memory, as far down the graph as it goes, and written together; the others are handed out as slots come free.
"""

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.contracts.compute import UPSTREAM_FAILED
from wzrd.domain.errors import WzrdError, error_message
from wzrd.graph.actions import refuse_unsupported
from wzrd.graph.execution.kept import KeptKey, KeptOutputs, find_kept, still_stored
from wzrd.graph.execution.node_writer import NodeEnd, NodeWriter
from wzrd.graph.execution.run_state import GraphRun, code_of, read_graph_run, result_of_item
from wzrd.graph.inline import run_inline
from wzrd.graph.ready_set import ReadySet
from wzrd.graph.texts import ResultTooLarge, TextBounds, TextRoom
from wzrd.graph.topological_order import heights
from wzrd.providers.base import Progress
from wzrd.runtime.process import Runtime
from wzrd.threads import CORES

CLAIM_SECONDS = 0.5
"""Between two looks whether another run has made what a node waits for."""
MOST_UPSTREAM = 20
"""Makers of the nodes before a node that are named with it, at most."""
ALL = 1 << 30
STEP_SECONDS = 0.005
"""Seconds that nodes are gone through before other runs come to theirs."""

Lane = Literal["model", "local"]
Maker: TypeAlias = Any
"""Whatever the caller knows the maker of a node by: its task run, say. Of no meaning here."""


class ReadyNode:
    """A node that has begun. No dataclass: Prefect would look for results of tasks in every field of one."""

    __slots__ = ("label", "node_id", "run_id")

    def __init__(self, run_id: UUID, node_id: str, label: str) -> None:
        self.run_id = run_id
        self.node_id = node_id
        self.label = label


@dataclass(slots=True)
class Scheduler:
    """Hands out the nodes of one run of this process."""

    runtime: Runtime
    state: GraphRun
    kept: KeptOutputs
    writer: NodeWriter
    ready: ReadySet
    rank: Mapping[str, tuple[int, int]]
    free: dict[Lane, int]
    room: TextRoom
    keys: dict[str, KeptKey | None] = field(default_factory=dict[str, KeptKey | None])
    _queues: dict[Lane, list[tuple[tuple[int, int], str]]] = field(default_factory=dict[Any, Any])
    _beginnings: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, asyncio.Task[None]])
    _made: dict[str, tuple[NodeEnd, asyncio.Task[None]]] = field(default_factory=dict[str, Any])
    _awaited: set[str] = field(default_factory=set[str])
    _remade: set[str] = field(default_factory=set[str])
    _makers: dict[str, tuple[Maker, ...]] = field(default_factory=dict[str, Any])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def ready_nodes(self) -> AsyncGenerator[tuple[ReadyNode, tuple[Maker, ...]]]:
        """The nodes that are to be worked on, each as soon as its inputs and a slot are there, until all have ended.

        With each who has made the nodes before it, as `release` was given them.
        """
        run_id = self.state.run.run_id
        while True:
            self._changed.clear()
            await self._pass_through()
            if self.ready.is_over:
                return
            begun = await self._begin()
            for node_id in begun:
                yield ReadyNode(run_id, node_id, self.state.node(node_id).label), self._upstream(node_id)
            if not begun:
                await self._rest()

    async def begun(self, node_id: str) -> None:
        """Wait until it is written that the node has begun; it is written once more where that has failed.

        Raises:
            LeaseLost, CancelRequested: the run may not go on here.
        """
        beginning = self._beginnings.get(node_id)
        if beginning is None:  # written
            return
        if beginning.done() and beginning.exception() is not None:
            beginning = self._beginnings[node_id] = self.writer.begin([node_id])
        await asyncio.shield(beginning)
        self._beginnings.pop(node_id, None)

    def close(self, end: NodeEnd) -> asyncio.Task[None]:
        """A node that was handed out has ended: its end is written, with those of the nodes that it was needed for.

        Who closes it need not wait for that: `release` does.
        """
        if end.status != "succeeded":
            return self.writer.end(end, *self._apply(end))
        written = self.writer.end(end)
        self._made[end.key] = end, written
        return written

    async def release(self, node_id: str, maker: Maker | None) -> None:
        """Nobody works on the node any more: its slot is free. `maker`: who has made it (None: it was not made).

        What waited for it may begin now, not when its end was written: its maker is over.

        Raises:
            LeaseLost: another worker owns the run now.
        """
        if maker is not None:
            self._makers[node_id] = (maker,)
        if node_id in self._made:
            end, written = self._made.pop(node_id)
            await asyncio.shield(written)
            self._apply(end)
        self.free[self._lane(node_id)] += 1
        self._changed.set()

    def progress_of(self, node_id: str) -> Callable[[Progress], None]:
        """Takes how far a node is."""
        return lambda news: self.writer.note(node_id, news)

    def is_open(self, node_id: str) -> bool:
        """True if the node has been handed out and has no end yet."""
        return node_id in self.ready.running and node_id not in self._made

    async def _pass_through(self) -> None:
        """End everything that is ready and needs no work, and what becomes ready by that; queue the rest."""
        ends: list[NodeEnd] = []
        while taken := self.ready.take(ALL):
            cached: list[tuple[str, Mapping[str, Any]]] = []
            began = -inf
            for node_id in taken:
                if time.monotonic() - began > STEP_SECONDS:
                    await asyncio.sleep(0)
                    began = time.monotonic()
                end = self._end_at_once(node_id)
                if end is not None:
                    ends += [end, *self._apply(end)]
                elif (found := self._look_up(node_id)) is not None:
                    cached.append((node_id, found))
                else:
                    self._queue(node_id)
            ends += await self._end_cached(cached)
        ends = [end for end in ends if self.state.items[end.key].status in {"pending", "running"}]
        if ends:
            await self.writer.end(*ends)

    def _end_at_once(self, node_id: str) -> NodeEnd | None:
        """End of the node if it needs no work; None if there is some to be done."""
        item, node, work = self.state.items[node_id], self.state.node(node_id), self.state.works[node_id]
        if item.status in {"failed", "skipped", "canceled"}:  # before this attempt was taken up again
            return NodeEnd(node_id, "failed")
        try:
            refuse_unsupported(node, work)
            if not work.is_inline:
                return None
            made = run_inline(node, self.state.inputs(node_id), work=work, room=self.room)
            return NodeEnd(node_id, "succeeded", made, at_once=True)
        except WzrdError as error:
            return NodeEnd(node_id, "failed", error=error_message(error), code=code_of(error), at_once=True)

    def _look_up(self, node_id: str) -> Mapping[str, Any] | None:
        key = self.keys[node_id] = self.kept.key(node_id, self.state.inputs(node_id))
        return self.kept.find(node_id, key)

    async def _end_cached(self, cached: Sequence[tuple[str, Mapping[str, Any]]]) -> list[NodeEnd]:
        """The ends of nodes that were found; one whose files are gone is queued, and made."""
        stored, ends = await still_stored(self.runtime, cached), list[NodeEnd]()
        for node_id, _ in cached:
            if node_id not in stored:
                self._remade.add(node_id)
                self._queue(node_id)
                continue
            end = self._cached_end(node_id, stored[node_id])
            ends += [end, *self._apply(end)]
        return ends

    def _cached_end(self, node_id: str, result: Mapping[str, Any]) -> NodeEnd:
        try:
            if self.state.works[node_id].makes_text:
                self.room.take(self.state.node(node_id), result, joined=result.get("type") != "text")
        except ResultTooLarge as error:
            return NodeEnd(node_id, "failed", error=error_message(error), code=code_of(error))
        return NodeEnd(node_id, "succeeded", result, cached=True, price=0, kept=self.keys[node_id])

    def _apply(self, end: NodeEnd) -> list[NodeEnd]:
        """Note an end in memory; the ends of those that are skipped because of it."""
        if end.status == "succeeded":
            assert end.result is not None
            self.state.results[end.key] = end.result
            self._makers.setdefault(end.key, self._upstream(end.key))
            self.ready.succeed(end.key)
            return []
        return [NodeEnd(one, "skipped", error=UPSTREAM_FAILED) for one in self.ready.fail(end.key)]

    def _lane(self, node_id: str) -> Lane:
        return "model" if self.state.works[node_id].generates else "local"

    def _queue(self, node_id: str) -> None:
        heapq.heappush(self._queues.setdefault(self._lane(node_id), []), (self.rank[node_id], node_id))

    async def _begin(self) -> list[str]:
        """Begin as many as there are slots; what another run has made meanwhile is taken from there."""
        shared = {one: self._shared(one) for one in self._choose()}
        begun = [one for one, key in shared.items() if key is None]
        if begun:
            self._beginnings |= dict.fromkeys(begun, self.writer.begin(begun))
        for remade in (False, True):
            wanted = {one: key for one, key in shared.items() if key is not None and (one in self._remade) is remade}
            if wanted:
                claimed = await self.writer.claim(wanted, remade=remade)
                begun += [one for one in wanted if one in claimed.started]
                self._awaited |= claimed.waiting
                ends = await self._end_cached([(one, claimed.found[one]) for one in wanted if one in claimed.found])
                if ends:
                    await self.writer.end(*ends)
                    self._changed.set()
        for node_id in begun:
            self.free[self._lane(node_id)] -= 1
        return begun

    def _choose(self) -> list[str]:
        """Those that may begin now: whoever waited for another first, then what the longest chain waits for."""
        chosen: list[str] = []
        for lane in ("model", "local"):
            waiting = sorted((one for one in self._awaited if self._lane(one) == lane), key=self.rank.__getitem__)
            room, queue = self.free[lane], self._queues.get(lane, [])
            again = waiting[:room]
            self._awaited.difference_update(again)
            chosen += again
            while queue and len(again) < room:
                again.append(heapq.heappop(queue)[1])
                chosen.append(again[-1])
        return chosen

    def _shared(self, node_id: str) -> KeptKey | None:
        """The key under which the node shares what it makes with other runs; None where it is to be made again."""
        return self.keys.get(node_id) if node_id in self.kept.readable else None

    async def _rest(self) -> None:
        """Until something has ended; where another run is waited for, not for long."""
        try:
            async with asyncio.timeout(CLAIM_SECONDS if self._awaited else None):
                await self._changed.wait()
        except TimeoutError:
            pass

    def _upstream(self, node_id: str) -> tuple[Maker, ...]:
        """Who made the nearest nodes before it that were made."""
        found = (one for source in self.state.sources(node_id) for one in self._makers.get(source, ()))
        return tuple(dict.fromkeys(found))[:MOST_UPSTREAM]


@asynccontextmanager
async def open_scheduler(runtime: Runtime, run_id: UUID) -> AsyncGenerator[Scheduler]:
    """The scheduler of a run whose nodes are about to be made; what they end with is written as long as it is open."""
    scheduler = await _read(runtime, run_id)
    async with scheduler.writer.writing():
        with runtime.leases.objects(run_id).keeping(scheduler):
            yield scheduler


async def _read(runtime: Runtime, run_id: UUID) -> Scheduler:
    state = await read_graph_run(runtime, run_id)
    height = heights(state.graph)
    kept = await find_kept(
        runtime,
        state.run.user_id,
        state.graph,
        state.works,
        use_cache=state.run.params.get("useCache"),
        node_ids=state.named,
    )
    return Scheduler(
        runtime=runtime,
        state=state,
        kept=kept,
        writer=NodeWriter(runtime, state),
        ready=ReadySet(state.graph, done=state.results),
        rank={node_id: (-height[node_id], index) for index, node_id in enumerate(state.graph.nodes)},
        free={"model": runtime.settings.nodes_at_once, "local": CORES},
        room=_text_room(runtime, state),
    )


def _text_room(runtime: Runtime, state: GraphRun) -> TextRoom:
    """Room for texts beside what an earlier attempt, or another process, has handed on."""
    room = TextRoom(TextBounds(runtime.settings.node_text, runtime.settings.run_text))
    for node_id, result in state.results.items():
        if state.works[node_id].makes_text and node_id not in state.elements:
            room.note(node_id, result)
    for node_id, elements in state.elements.items():
        for item in elements if state.works[node_id].makes_text else ():
            if (result := result_of_item(item)) is not None:
                room.note(item.key, result)
    return room
