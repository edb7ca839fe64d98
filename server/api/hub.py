"""One hub a process: it reads each event of each followed run once and gives it to everybody who follows.

One listening connection, one sweep query a second for all runs together, nothing pooled held while idle. A follower
has its place in the log and a bounded buffer; when it lags behind, it reads the log itself instead.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

from prometheus_client import Counter as Count
from prometheus_client import Histogram

from server.api.limits import Admission
from wzrd.contracts.encoders import EventEncoder
from wzrd.contracts.events import RunEvent
from wzrd.contracts.sse import PING
from wzrd.db.engine import is_outage
from wzrd.db.events import PAGE, LogEntry, read_events, read_heads, read_tails
from wzrd.db.listen import RUN_CANCEL, RUN_EVENTS, SLOT_FREE, Listener
from wzrd.domain.errors import TooMany, Unavailable
from wzrd.domain.ids import parse_uuid
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
OUTAGE_SECONDS = 0.5
BUFFER = 512

sweeps = Count("wzrd_sweeps", "Sweep queries: one looks at all followed runs of this process")
lags = Histogram(
    "wzrd_event_lag_seconds",
    "From an event's row to the streams of this process, by the database's clock and this one's.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
)


@dataclass(slots=True, eq=False)
class StreamFollower:
    """One open stream: `after` is the last number it has passed on or may skip."""

    run_id: UUID
    after: int
    joined: bool = False
    buffer: deque[LogEntry] = field(default_factory=deque[LogEntry])
    lagging: bool = True  # reads the log itself until it has caught up with the hub
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    early: bool = False  # its stream has ended before its run's log did

    def push(self, entries: list[LogEntry]) -> None:
        """Take new entries, or give up buffering and read the log later."""
        if self.lagging or len(self.buffer) + len(entries) > BUFFER:
            self.buffer.clear()
            self.lagging = True
        else:
            self.buffer.extend(entries)
        self.wake.set()


class _Followed:
    """A run that somebody follows: how far the hub has read, and who follows."""

    __slots__ = ("cursor", "followers")

    def __init__(self, cursor: int) -> None:
        self.cursor = cursor
        self.followers: set[StreamFollower] = set()


class Hub:
    """Follows runs for all streams of this process."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._runs: dict[UUID, _Followed] = {}
        self._joining: Counter[UUID] = Counter()
        self._dirty: set[UUID] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        url = runtime.settings.database_url  # `start` demands it
        self._listener = Listener(
            url.get_secret_value() if url else "",
            {
                RUN_EVENTS: self._on_notification,
                RUN_CANCEL: self._on_cancel,
                SLOT_FREE: runtime.providers.slot_came_free,
            },
            on_gap=self._sweep_soon,
        )
        self._by_user: Counter[UUID] = Counter()
        self._swept = 0.0
        self.closing = False

    async def start(self) -> None:
        """Begin to listen and sweep."""
        self._runtime.settings.require_database_url()
        await self._listener.start()
        self._tasks = [asyncio.create_task(self._read_forever(), name="hub")]

    def end_streams(self) -> None:
        """End all streams, each of which can be resumed; those that begin from now on end at once."""
        self.closing = True
        for followed in self._runs.values():
            for follower in followed.followers:
                follower.wake.set()

    async def close(self) -> None:
        """End all streams and stop."""
        self.end_streams()
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._listener.close()

    def admit(self, user_id: UUID) -> Admission:
        """Count a stream against the caps, until the admission is closed.

        Raises:
            TooMany: the user, or this process, has as many streams as allowed.
        """
        settings = self._runtime.settings
        if self._by_user[user_id] >= settings.streams_per_user:
            raise TooMany(f"You have {settings.streams_per_user} streams open; close one first")
        if self._by_user.total() >= settings.streams_total:
            raise Unavailable("This server has as many streams open as it allows")
        return Admission(self._by_user, user_id)

    async def follow(
        self, run_id: UUID, after: int, encoder: EventEncoder, *, closing_frame: bytes = b""
    ) -> AsyncGenerator[bytes]:
        """The run's frames, as `events` yields them, with pings in between.

        `closing_frame` is the last of a stream that ends early, where its client knows no other way to hear of that.
        """
        follower = StreamFollower(run_id, after)
        async with aclosing(self._events(follower)) as events:
            async for event in events:
                frame = PING if event is None else encoder(event)
                if frame is not None:
                    yield frame
        if follower.early and closing_frame:
            yield closing_frame

    def events(self, run_id: UUID, after: int) -> AsyncGenerator[RunEvent | None]:
        """The run's events beyond `after`, then what comes; ends after the run's last. None: nothing came for a while.

        `after` beyond the log's head means from the start. It ends early only when the hub closes or the stream has
        reached its greatest age; the client then resumes by the last id it saw.
        """
        return self._events(StreamFollower(run_id, after))

    async def _events(self, follower: StreamFollower) -> AsyncGenerator[RunEvent | None]:
        deadline = time.monotonic() + self._runtime.settings.stream_max_age
        try:
            while not self.closing and time.monotonic() < deadline:
                entries = await self._next_or_pause(follower, deadline)
                if entries is None:
                    return
                if not entries and not self.closing:
                    yield None
                for entry in entries:
                    follower.after = entry.event.seq
                    if not entry.superseded:
                        yield entry.event
                    if entry.last:
                        return
            follower.early = True
        finally:
            self._leave(follower)

    async def _join(self, follower: StreamFollower) -> bool:
        """Take a place among the run's followers; False when there is nothing more to say.

        Events that come between the reading and the joining are noted: they must not wait for the sweep.
        """
        run_id = follower.run_id
        self._joining[run_id] += 1
        try:
            async with self._runtime.autocommit() as tx:
                head = (await read_heads(tx, [run_id])).get(run_id)
            if head is None:
                return False
            follower.after = follower.after if 0 <= follower.after <= head.last_seq else 0
            if head.terminal and follower.after == head.last_seq:
                return False
            followed = self._runs.setdefault(run_id, _Followed(head.last_seq))
            followed.followers.add(follower)
            follower.lagging = follower.after < followed.cursor
            follower.joined = True
            return True
        finally:
            self._joining[run_id] -= 1
            if not self._joining[run_id]:
                del self._joining[run_id]
            if run_id in self._dirty:
                self._wake.set()

    def _leave(self, follower: StreamFollower) -> None:
        followed = self._runs.get(follower.run_id)
        if followed is not None:
            followed.followers.discard(follower)
            if not followed.followers:
                del self._runs[follower.run_id]

    async def _next_or_pause(self, follower: StreamFollower, deadline: float) -> list[LogEntry] | None:
        """As `_next`; while the database is out of reach a stream stays open and only pings."""
        try:
            return await self._next(follower, deadline)
        except Exception as error:
            if not is_outage(error):
                raise
            await asyncio.sleep(OUTAGE_SECONDS)
            return []

    async def _next(self, follower: StreamFollower, deadline: float) -> list[LogEntry] | None:
        """The next entries; an empty list when it is time for a ping; None when the stream is to end."""
        if not follower.joined and not await self._join(follower):
            return None
        if not follower.lagging and not follower.buffer:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(self._runtime.settings.stream_ping, deadline - time.monotonic())):
                    await follower.wake.wait()
        follower.wake.clear()
        if follower.lagging:
            return await self._catch_up(follower)
        entries = [entry for entry in follower.buffer if entry.event.seq > follower.after]
        follower.buffer.clear()
        return entries

    async def _catch_up(self, follower: StreamFollower) -> list[LogEntry]:
        followed = self._runs[follower.run_id]
        cursor = followed.cursor
        async with self._runtime.autocommit() as tx:
            entries = await read_events(tx, follower.run_id, follower.after)
        reached = entries[-1].event.seq if entries else follower.after
        log_is_gone = not entries and followed.cursor == cursor
        if len(entries) < PAGE and (reached >= followed.cursor or log_is_gone):
            follower.lagging = False
        return entries

    def _on_notification(self, payload: str) -> None:
        run_id = parse_uuid(payload)  # anybody may notify anything
        if run_id is not None and (run_id in self._runs or run_id in self._joining):
            self._dirty.add(run_id)
            self._wake.set()

    def _on_cancel(self, payload: str) -> None:
        """A run of this process may be meant."""
        run_id = parse_uuid(payload)
        if run_id is not None:
            self._runtime.leases.cancel(run_id)

    def _sweep_soon(self) -> None:
        self._swept = 0.0
        self._wake.set()

    async def _read_forever(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._swept + SWEEP_SECONDS - time.monotonic())):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._read_new_events()
            except Exception as error:
                if not is_outage(error):
                    log.exception("the hub could not read the log")
                await asyncio.sleep(SWEEP_SECONDS / 2)

    async def _read_new_events(self) -> None:
        sweep = time.monotonic() - self._swept >= SWEEP_SECONDS
        if sweep:
            self._swept = time.monotonic()
        if not self._runs:
            return
        dirty = self._dirty & self._runs.keys()
        self._dirty = (self._dirty - dirty) & self._joining.keys()
        async with self._runtime.autocommit() as tx:
            if sweep:
                sweeps.inc()
                heads = await read_heads(tx, list(self._runs))
                dirty |= {h.run_id for h in heads.values() if h.last_seq > self._cursor(h.run_id)}
            tails = await read_tails(tx, {run_id: self._cursor(run_id) for run_id in dirty}) if dirty else {}
        for run_id, entries in tails.items():
            self._push(run_id, entries)

    def _cursor(self, run_id: UUID) -> int:
        followed = self._runs.get(run_id)
        return followed.cursor if followed else 1 << 62

    def _push(self, run_id: UUID, entries: list[LogEntry]) -> None:
        followed = self._runs.get(run_id)
        if followed is None:
            return
        fresh = [entry for entry in entries if entry.event.seq > followed.cursor]
        if fresh:
            followed.cursor = fresh[-1].event.seq
            if at := fresh[0].event.at:
                lags.observe(max(0.0, (self._runtime.now() - at).total_seconds()))
            for follower in followed.followers:
                follower.push(fresh)
        if len(entries) >= PAGE:
            self._dirty.add(run_id)
            self._wake.set()
