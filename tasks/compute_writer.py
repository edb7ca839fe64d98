"""What a graph's run writes of its nodes: many beginnings, ends and news at once, each batch one statement.

Ends that come while a batch is being written are the next batch. So a level of nodes costs two commits, and nothing
that is told of a node comes after its end.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from prefect.logging import get_logger

from wzrd.contracts.compute import node_progress, node_status
from wzrd.contracts.generate import fraction_of
from wzrd.db.compute_runs import NodeNews, show_progress
from wzrd.db.engine import Tx, is_outage, mirrored
from wzrd.db.graph_items import NodeWrite, write_nodes
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.node_claims import claim_keys, drop_claims
from wzrd.domain.errors import RunStopped
from wzrd.domain.ids import parse_uuid
from wzrd.domain.lease import Lease
from wzrd.domain.submission import RetryPolicy
from wzrd.faults import fault
from wzrd.graph.execution.kept import KeptKey
from wzrd.graph.execution.run_state import GraphRun
from wzrd.providers.base import Progress
from wzrd.retry import retry
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

REPORT_SECONDS = 1.0
MOST_ENDS = 500
"""Ends that one statement writes."""
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

    def write(self) -> NodeWrite:
        """As it is written."""
        row_id = None if self.is_element else parse_uuid(self.key)
        return NodeWrite(
            self.key,
            self.status,
            self._output(),
            self.error,
            self.price,
            [] if self.is_element else self.events(),
            NodeNews(row_id, self.status, error=self.error) if row_id else None,
            (self.kept.cache_key, self.kept.recipe_hash) if self.kept else None,
            self.cached,
        )

    def _output(self) -> dict[str, Any] | None:
        """As its item keeps it."""
        if self.status == "succeeded":
            return {"result": self.result, "ms": self.milliseconds, **({"cached": True} if self.cached else {})}
        return {"code": self.code} if self.code else None

    def events(self) -> list[dict[str, Any]]:
        """As the run's followers are told."""
        begun = [node_status(self.key, "running")] if self.at_once else []
        if self.status != "succeeded":
            return [*begun, node_status(self.key, self.status, error=self.error or "")]
        ended = node_status(self.key, self.status, output=self.result or {}, processing_time_ms=self.milliseconds)
        return [*begun, {**ended, "cached": True} if self.cached else ended]


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
    _ends: list[tuple[NodeEnd, "asyncio.Future[None]", bool]] = field(default_factory=list[Any])
    _news: dict[str, Progress] = field(default_factory=dict[str, Progress])
    _running: set[str] = field(default_factory=set[str])
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
        """Begin nodes, all at once. One that has a key waits while somebody else makes what stands under it.

        `anew`: what is there already is not looked at.

        Raises:
            LeaseLost, CancelRequested: the run may not go on here.
        """
        keyed = {key: kept.cache_key for key, kept in wanted.items() if kept is not None}
        if keyed:
            started, found = await self._claim(wanted, keyed, anew=anew)
        else:
            started, found = set(wanted), dict[str, Mapping[str, Any]]()
            await self._write_nodes([self._beginning(key) for key in wanted])
        self._running |= started
        return Begun(frozenset(started), found, frozenset(wanted.keys() - found.keys() - started))

    async def _claim(
        self, wanted: Iterable[str], keyed: Mapping[str, str], *, anew: bool
    ) -> tuple[set[str], dict[str, Mapping[str, Any]]]:
        """Begin those that nobody else is making; which they are, and what others have made by now."""
        async with step(self.runtime, self._lease()) as current:
            ours = await claim_keys(current.tx, self.run_id, self.state.run.user_id, keyed)
            found = {} if anew else {key: made for key, made in ours.items() if made is not None}
            await drop_claims(current.tx, self.run_id, list(found))
            started = [key for key in wanted if key not in found and (key in ours or key not in keyed)]
            await self._write_in(current.tx, [self._beginning(key) for key in started])
        self._notify()
        return set(started), found

    def _beginning(self, key: str) -> NodeWrite:
        row_id, label = parse_uuid(key), self.state.graph.nodes[key].label
        news = NodeNews(row_id, "running", label) if row_id else None
        return NodeWrite(key, "running", events=[node_status(key, "running")], news=news)

    async def _write_nodes(self, nodes: Sequence[NodeWrite], *, check_cancel: bool = True) -> None:
        """Write what moves, in a transaction that is this one statement, and tell the run's followers."""
        await fault("before_step_commit")
        async with self.runtime.alone() as tx:
            await self._write_in(tx, nodes, check_cancel=check_cancel)
        self._notify()
        await fault("after_step_commit")

    def _notify(self) -> None:
        self.runtime.notifier.notify(RUN_EVENTS, self.run_id)

    async def _write_in(self, tx: Tx, nodes: Sequence[NodeWrite], *, check_cancel: bool = True) -> None:
        run = self.state.run
        await write_nodes(tx, self._lease(), run.user_id, run.project_id, nodes, check_cancel=check_cancel)

    async def end(self, *ends: NodeEnd) -> None:
        """Write these ends in one statement, with what else is to be written; returns when all of them are.

        Raises:
            LeaseLost: another worker owns the run now.
        """
        for one in ends:
            self._running.discard(one.key)
            self._news.pop(one.key, None)
            self._told.pop(one.key, None)
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ends += [(one, written, one is ends[-1]) for one in ends]
        self._wake.set()
        await written

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
        failure: Exception | None = None
        try:
            await retry(WRITING, lambda: self._write([end for end, _, _ in batch]), retryable=is_outage, on_retry=_warn)
        except Exception as error:  # noqa: BLE001 - whoever waits for it hears it
            failure = error
        for _, written, is_last in batch:
            if written.done():
                continue
            if failure is not None:
                written.set_exception(failure)
            elif is_last:
                written.set_result(None)

    async def _write(self, ends: Sequence[NodeEnd]) -> None:
        """What is made is delivered, even if a cancel has come meanwhile."""
        await fault("before_node_end")
        await self._write_nodes([end.write() for end in ends], check_cancel=False)

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
