"""Beginnings and ends of a graph's nodes, and the answers of models, written many in one statement.

What comes while some is being written is the next batch (`wzrd.runtime.batches`). Nobody need wait for it at once: a
node's task starts while its beginning is written, and its end is written while Prefect ends its task. Nothing that is
told of a node comes after its end.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal
from uuid import UUID

from wzrd.contracts.compute import node_progress, node_status
from wzrd.contracts.generate import fraction_of
from wzrd.db.compute_runs import NodeNews, show_progress
from wzrd.db.engine import Tx, is_outage, mirrored
from wzrd.db.graph_items import NodesWritten, NodeWrite, write_nodes
from wzrd.db.joined_jobs import SubmitResult
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.node_claims import claim_keys, drop_claims
from wzrd.domain.errors import CancelRequested, RunStopped
from wzrd.domain.ids import parse_uuid
from wzrd.domain.lease import Lease
from wzrd.domain.submission import RetryPolicy
from wzrd.faults import fault
from wzrd.graph.execution.kept import KeptKey
from wzrd.graph.execution.run_state import GraphRun
from wzrd.graph.texts import weigh
from wzrd.providers.base import Progress
from wzrd.retry import best_effort, retry
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

REPORT_SECONDS = 1.0
MOST_NODES = 500
"""Nodes that one statement writes."""
MOST_BYTES = 256 << 10
"""And bytes of what they have made, unless one node alone has more: each stands in its item and in the log."""
WRITING = RetryPolicy(tries=10, first=0.2, longest=4.0)
"""Retries for writing an end while the database is down (11 to 22 s): what it tells of is paid."""


@dataclass(frozen=True, slots=True)
class NodeEnd:
    """The end of a node, or of an element of its batch.

    `price`: what it has cost in truth; None leaves what it was priced at. `kept`: where its result may be found again.
    `at_once`: it has begun with this very step. `answer`: what a model has answered for it, to be recorded with it.
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
    answer: SubmitResult | None = None

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
class Claimed:
    """The outcome for nodes that were to begin and share what they make with other runs.

    `started` may work; `found` has been made meanwhile, by another run; `waiting` is being made by another node.
    """

    started: frozenset[str]
    found: Mapping[str, Mapping[str, Any]]
    waiting: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Write:
    """The nodes that one caller has to write; `begins`: not in a run that is to be canceled."""

    nodes: Sequence[NodeWrite]
    answers: Sequence[SubmitResult] = ()
    begins: bool = False


@dataclass(slots=True)
class NodeWriter:
    """Writes for one run of this process."""

    runtime: Runtime
    state: GraphRun
    _news: dict[str, Progress] = field(default_factory=dict[str, Progress])
    _running: set[str] = field(default_factory=set[str])
    _reported: dict[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def run_id(self) -> UUID:
        """The run that it writes."""
        return self.state.run.run_id

    def _lease(self) -> Lease:
        return self.runtime.leases.current(self.run_id)

    def note(self, key: str, news: Progress) -> None:
        """Reports how far a running node is: within a second, the latest only; nothing after its end."""
        if key in self._running:
            self._news[key] = news

    def begin(self, keys: Sequence[str]) -> "asyncio.Task[None]":
        """Begin nodes that share nothing with other runs; the task ends when that is written.

        It ends with LeaseLost or CancelRequested where the run may not go on here.
        """
        self._running.update(keys)
        return self._start(_Write([self._beginning(key) for key in keys], begins=True))

    async def claim(self, wanted: Mapping[str, KeptKey], *, remade: bool = False) -> Claimed:
        """Begin nodes that nobody else is making under the same key.

        `remade`: what is there already is not looked at.

        Raises:
            LeaseLost, CancelRequested: the run may not go on here.
        """
        keys = {key: kept.cache_key for key, kept in wanted.items()}
        async with step(self.runtime, self._lease()) as current:
            ours = await claim_keys(current.tx, self.run_id, self.state.run.user_id, keys)
            found = {} if remade else {key: made for key, made in ours.items() if made is not None}
            await drop_claims(current.tx, self.run_id, list(found))
            started = frozenset(ours.keys() - found.keys())
            await self._write_in(current.tx, [self._beginning(key) for key in wanted if key in started])
        self._notify()
        self._running |= started
        return Claimed(started, found, frozenset(wanted.keys() - ours.keys()))

    def _beginning(self, key: str) -> NodeWrite:
        row_id, label = parse_uuid(key), self.state.graph.nodes[key].label
        news = NodeNews(row_id, "running", label) if row_id else None
        return NodeWrite(key, "running", events=[node_status(key, "running")], news=news)

    def end(self, *ends: NodeEnd) -> "asyncio.Task[None]":
        """Write these ends, with what else is to be written; the task ends when they are.

        What is made is delivered, even if a cancel has come meanwhile. The task ends with LeaseLost, and nothing is
        written, where another worker owns the run now.
        """
        for one in ends:
            self._running.discard(one.key)
            self._news.pop(one.key, None)
            self._reported.pop(one.key, None)
        answers = [one.answer for one in ends if one.answer is not None]
        return self._start(_Write([one.write() for one in ends], answers))

    def _start(self, write: _Write) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._add(write), name=f"write {self.run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it has heard it, too

    async def _add(self, write: _Write) -> None:
        if not await self.runtime.batches.add(("nodes", self.run_id, self._lease().epoch), write, self._write_all):
            raise CancelRequested(run_id=str(self.run_id))

    async def _write_all(self, writes: Sequence[_Write]) -> list[bool]:
        """Everything in one statement, or in few; of each whether it was to be written at all."""
        if any(not write.begins for write in writes):
            await fault("before_node_end")
        written = partial(self._write_once, writes)
        async with self._writing:
            canceling = await retry(WRITING, written, retryable=is_outage, on_retry=_warn)
        return [not (write.begins and canceling) for write in writes]

    async def _write_once(self, writes: Sequence[_Write]) -> bool:
        """Writes the rows; returns True if the run is to be canceled."""
        await fault("before_step_commit")
        nodes = [node for write in writes for node in write.nodes]
        answers = [answer for write in writes for answer in write.answers]
        canceling = False
        async with self.runtime.autocommit() as tx:
            for some in portions(nodes):
                canceling |= (await self._write_in(tx, some, answers)).canceling
                answers = []
        self._notify()
        await fault("after_step_commit")
        return canceling

    async def _write_in(self, tx: Tx, nodes: Sequence[NodeWrite], answers: Sequence[SubmitResult] = ()) -> NodesWritten:
        run = self.state.run
        return await write_nodes(tx, self._lease(), run.user_id, run.project_id, nodes, answers)

    def _notify(self) -> None:
        self.runtime.notifier.notify(RUN_EVENTS, self.run_id)

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[None]:
        """While inside, news are told; what has come by the end is written to its end, whatever happens."""
        reporting = asyncio.create_task(self._report_forever(), name=f"report {self.run_id}")
        try:
            yield
        finally:
            self._closing.set()
            open_tasks = {reporting, *self._tasks}
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.shield(asyncio.wait(open_tasks))
            await asyncio.wait(open_tasks)

    async def _report_forever(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS):
                    await self._closing.wait()
            if self._news and not self._closing.is_set():
                async with self._writing:
                    await self._report()

    async def _report(self) -> None:
        """Report how far running nodes are, as far as that has changed."""
        news, self._news = self._news, {}
        reports = {key: (_percent(one), _words(one)) for key, one in news.items()}
        fresh = {key: said for key, said in reports.items() if self._reported.get(key) != said}
        if not fresh:
            return
        self._reported |= fresh
        with best_effort(log.warning, "how far nodes are was not told"), suppress(RunStopped):
            await self._write_news(news, fresh)

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


def portions(nodes: Sequence[NodeWrite]) -> Iterator[list[NodeWrite]]:
    """As many as one statement writes: others have their turn between two that are long."""
    some, size = list[NodeWrite](), 0
    for node in nodes:
        some.append(node)
        size += weigh(node.output, MOST_BYTES, files=True)
        if len(some) == MOST_NODES or size >= MOST_BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def _row_ids(keys: Sequence[str]) -> dict[str, UUID]:
    """The studio's rows of nodes, by key; a graph that came from elsewhere has none."""
    return {key: row_id for key in keys if (row_id := parse_uuid(key)) is not None}


def _percent(news: Progress) -> int:
    return min(99, round(100 * fraction_of(news.phase, news.fraction, news.position)))


def _words(news: Progress) -> str:
    queued = f", {news.position} before it" if news.position is not None else ""
    return f"{'Queued' if news.phase == 'queued' else 'Processing'}{queued}"


def _warn(error: Exception, _delay: float) -> None:
    log.warning("the ends of nodes are not written yet: %s", type(error).__name__)
