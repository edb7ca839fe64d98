"""What a graph's run writes of its nodes: many beginnings, ends and news at once, each batch one transaction.

Ends that come while a batch is being written are the next batch. So a level of nodes costs two commits, and nothing
that is told of a node comes after its end.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from prefect.logging import get_logger

from wzrd.contracts.compute import node_progress, node_status
from wzrd.contracts.events import NewEvent
from wzrd.contracts.generate import fraction_of
from wzrd.db.compute_runs import NodeNews, mirror_nodes, show_progress
from wzrd.db.engine import is_outage, mirrored
from wzrd.db.graph_items import end_items
from wzrd.db.node_claims import claim_keys, drop_claims
from wzrd.db.node_outputs import note_uses, store_node_outputs
from wzrd.domain.errors import RunStopped
from wzrd.domain.ids import parse_uuid
from wzrd.domain.lease import Lease
from wzrd.domain.submission import RetryPolicy
from wzrd.faults import fault
from wzrd.graph.execution.kept import KeptKey
from wzrd.graph.execution.run_state import GraphRun
from wzrd.providers.base import Progress
from wzrd.retry import retry
from wzrd.runs.steps import Step, step
from wzrd.runtime.process import Runtime

REPORT_SECONDS = 1.0
MOST_ENDS = 500
"""Ends that one transaction writes."""
WRITING = RetryPolicy(tries=6, first=0.2, longest=4.0)
"""How long an end is tried to be written while the database is out of reach: what it tells of is made, and paid."""


@dataclass(frozen=True, slots=True)
class NodeEnd:
    """How a node, or an element of its batch, ends.

    `price`: what it has cost in truth; None leaves what it was priced at. `kept`: where its result may be found again.
    `at_once`: it has begun with this very step.
    """

    key: str
    status: Literal["succeeded", "failed", "skipped"]
    result: Mapping[str, Any] | None = None
    error: str | None = None
    code: str | None = None
    milliseconds: int = 0
    cached: bool = False
    price: int | None = None
    kept: KeptKey | None = None
    is_element: bool = False
    at_once: bool = False

    def row(self) -> dict[str, Any]:
        """As its item keeps it."""
        output: dict[str, Any] | None = None
        if self.status == "succeeded":
            output = {"result": self.result, "ms": self.milliseconds, **({"cached": True} if self.cached else {})}
        elif self.code:
            output = {"code": self.code}
        return {"key": self.key, "status": self.status, "error": self.error, "output": output, "price": self.price}

    def events(self) -> list[dict[str, Any]]:
        """As the run's followers are told."""
        begun = [node_status(self.key, "running")] if self.at_once else []
        if self.status != "succeeded":
            return [*begun, node_status(self.key, self.status, error=self.error or "")]
        ended = node_status(self.key, self.status, output=self.result or {}, processing_time_ms=self.milliseconds)
        return [*begun, {**ended, "cached": True} if self.cached else ended]

    def news(self, node_id: UUID) -> NodeNews:
        """As the studio's own tables show it."""
        return NodeNews(node_id, self.status, output=self.result, error=self.error)


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of nodes that were to begin.

    `started` may work; `found` has been made meanwhile, by another run; `waiting` is being made by another node.
    """

    started: frozenset[str]
    found: Mapping[str, Mapping[str, Any]]
    waiting: frozenset[str]


@dataclass(slots=True)
class Writer:
    """Writes for one run of this process."""

    runtime: Runtime
    state: GraphRun
    _ends: list[tuple[NodeEnd, "asyncio.Future[bool]"]] = field(default_factory=list[Any])
    _news: dict[str, Progress] = field(default_factory=dict[str, Progress])
    _running: set[str] = field(default_factory=set[str])
    _claimed: set[str] = field(default_factory=set[str])
    _told: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: bool = False

    @property
    def run_id(self) -> UUID:
        """The run that it writes."""
        return self.state.run.run_id

    def _lease(self) -> Lease:
        return self.runtime.leases.current(self.run_id)

    def note(self, key: str, news: Progress) -> None:
        """How far a running node is: told within a second, the latest only; nothing after its end."""
        if key in self._running:
            self._news[key] = news

    async def begin(self, wanted: Mapping[str, KeptKey | None], *, anew: bool = False) -> Begun:
        """Begin nodes, in one transaction. One that has a key waits while somebody else makes what stands under it.

        `anew`: what is there already is not looked at.

        Raises:
            LeaseLost, CancelRequested: the run may not go on here.
        """
        keyed = {key: kept.cache_key for key, kept in wanted.items() if kept is not None}
        async with step(self.runtime, self._lease()) as current:
            ours = await claim_keys(current.tx, self.run_id, self.state.run.user_id, keyed)
            found = {} if anew else {key: made for key, made in ours.items() if made is not None}
            await drop_claims(current.tx, self.run_id, list(found))
            self._claimed.update(ours.keys() - found.keys())
            started = [key for key in wanted if key not in found and (key in ours or key not in keyed)]
            await self._start(current, started)
        self._running.update(started)
        return Begun(frozenset(started), found, frozenset(wanted.keys() - found.keys() - set(started)))

    async def _start(self, current: Step, keys: Sequence[str]) -> None:
        moved = await current.move(keys, from_status=("pending",), to="running") if keys else []
        for key in moved:
            current.emit("node_status", node_status(key, "running"))
        nodes, ids = self.state.graph.nodes, _row_ids(moved)
        await self._mirror(current, [NodeNews(ids[key], "running", nodes[key].label) for key in ids])

    async def end(self, *ends: NodeEnd) -> bool:
        """Write these ends in one transaction, with what else is to be written; whether the first of them moved.

        Raises:
            LeaseLost: another worker owns the run now.
        """
        for one in ends:
            self._running.discard(one.key)
            self._news.pop(one.key, None)
            self._told.pop(one.key, None)
        loop = asyncio.get_running_loop()
        futures: list[asyncio.Future[bool]] = [loop.create_future() for _ in ends]
        self._ends += zip(ends, futures, strict=True)
        self._wake.set()
        return (await asyncio.gather(*futures))[0]

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """While inside, what comes is written; what has come by the end is written to its end, whatever happens."""
        pump = asyncio.create_task(self._pump(), name=f"write {self.run_id}")
        try:
            yield
        finally:
            self._closing = True
            self._wake.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wait({pump}))
            if not pump.done():
                await asyncio.wait({pump})

    async def _pump(self) -> None:
        while not self._closing or self._ends:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            while self._ends:
                await self._write_batch()
            if not self._closing:
                await self._tell()

    async def _write_batch(self) -> None:
        batch, self._ends = self._ends[:MOST_ENDS], self._ends[MOST_ENDS:]
        try:
            moved = await retry(
                WRITING, lambda: self._write([end for end, _ in batch]), retryable=is_outage, on_retry=_warn
            )
        except Exception as error:  # noqa: BLE001 - whoever waits for it hears it
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for end, future in batch:
            if not future.done():
                future.set_result(end.key in moved)

    async def _write(self, ends: Sequence[NodeEnd]) -> set[str]:
        """One transaction. What is made is delivered, even if a cancel has come meanwhile."""
        await fault("before_node_end")
        async with step(self.runtime, self._lease(), check_cancel=False) as current:
            moved = await end_items(current.tx, self.run_id, [end.row() for end in ends])
            ended = [end for end in ends if end.key in moved]
            await drop_claims(current.tx, self.run_id, [end.key for end in ended if end.key in self._claimed])
            self._claimed.difference_update(moved)
            await self._keep(current, ended)
            told = [end for end in ended if not end.is_element]
            for end in told:
                current.events.extend(NewEvent("node_status", said) for said in end.events())
            ids = _row_ids([end.key for end in told])
            await self._mirror(current, [end.news(ids[end.key]) for end in told if end.key in ids])
        return moved

    async def _keep(self, current: Step, ended: Sequence[NodeEnd]) -> None:
        kept = [(end, end.kept) for end in ended if end.kept is not None and end.status == "succeeded"]
        await note_uses(current.tx, [kept_key.cache_key for end, kept_key in kept if end.cached])
        made = [
            {
                "cache_key": kept_key.cache_key,
                "recipe_hash": kept_key.recipe_hash,
                "output": end.result,
                "credits": end.price,
            }
            for end, kept_key in kept
            if not end.cached
        ]
        await store_node_outputs(current.tx, self.state.run.user_id, made)

    async def _mirror(self, current: Step, news: Sequence[NodeNews]) -> None:
        project_id = self.state.run.project_id
        if news and project_id is not None:
            async with mirrored(current.tx):
                await mirror_nodes(current.tx, self.run_id, project_id, news)

    async def _tell(self) -> None:
        """Tell how far running nodes are, as far as that has changed."""
        news, self._news = self._news, {}
        told = {key: (_percent(one), _words(one)) for key, one in news.items()}
        fresh = {key: said for key, said in told.items() if self._told.get(key) != said}
        if not fresh:
            return
        self._told |= fresh
        try:
            await self._write_news(news, fresh)
        except RunStopped:
            pass  # what stops the run says so itself
        except Exception as error:  # noqa: BLE001 - news are no result: the nodes go on
            get_logger(__name__).warning("how far nodes are was not told: %s", type(error).__name__)

    async def _write_news(self, news: Mapping[str, Progress], fresh: Mapping[str, tuple[int, str]]) -> None:
        async with step(self.runtime, self._lease()) as current:
            for key, (percent, words) in fresh.items():
                logs = [{"message": line} for line in news[key].logs]
                current.emit("node_progress", node_progress(key, progress=percent, message=words, logs=logs))
            ids = _row_ids(list(fresh))
            percents = {ids[key]: fresh[key][0] for key in ids}
            if self.state.run.project_id is not None:
                async with mirrored(current.tx):
                    await show_progress(current.tx, self.state.run.project_id, percents)


def _row_ids(keys: Sequence[str]) -> dict[str, UUID]:
    """The studio's rows of nodes, by key; a graph that came from elsewhere has none."""
    return {key: row_id for key in keys if (row_id := parse_uuid(key)) is not None}


def _percent(news: Progress) -> int:
    return min(99, round(100 * fraction_of(news.phase, news.fraction, news.position)))


def _words(news: Progress) -> str:
    place = f", {news.position} before it" if news.position is not None else ""
    return f"{'Queued' if news.phase == 'queued' else 'Processing'}{place}"


def _warn(error: Exception, _delay: float) -> None:
    get_logger(__name__).warning("the ends of nodes are not written yet: %s", type(error).__name__)
