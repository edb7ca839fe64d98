"""Events between processes: NOTIFY coalesced in a transaction of its own, LISTEN on one connection that comes back.

A notification is only a hint that saves waiting: everybody who listens also sweeps, so a lost one costs a second.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import SILENCE_SECONDS, giving_up
from wzrd.retry import best_effort

log = logging.getLogger(__name__)

RUN_EVENTS = "wzrd_run"
"""A run's log has grown; payload: run id."""
RUN_CANCEL = "wzrd_cancel"
"""A run's cancel flag was raised; payload: run id."""
RUN_ENDED = "wzrd_ended"
"""A run has ended, and its place at Prefect is free for its user's next; payload: user id."""
PROVIDER_NEWS = "wzrd_provider"
"""A provider has called about a job of a run; payload: run id."""
SLOT_FREE = "wzrd_slot"
"""A slot of a provider came free; payload: the provider's name."""
RUN_WAKE = "wzrd_wake"
"""A flow run was created: workers look into their pool; payload: run id."""

_NOTIFY = text("""
    select pg_notify(n.channel, n.payload)
    from unnest(cast(:channels as text[]), cast(:payloads as text[])) as n(channel, payload)
""")


FIRST_PAUSE = 0.1
"""Seconds before a lost listening connection is opened anew; doubled while that fails."""


class Notifier:
    """Sends notifications after commits. Those that come while one statement is under way go together in the next."""

    def __init__(self, engine: AsyncEngine, *, spacing: float = 0.003) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._spacing = spacing
        self._pending: set[tuple[str, str]] = set()
        self._task: asyncio.Task[None] | None = None

    def notify(self, channel: str, payload: object) -> None:
        """Send a notification soon; never waits and never fails (a sweep finds what a lost one was about)."""
        self._pending.add((channel, str(payload)))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, set()
            channels, payloads = zip(*batch, strict=True)
            with best_effort(log.warning, "notification lost"):  # a hint may be lost; the sweep is the truth
                async with self._engine.connect() as connection:
                    await connection.execute(_NOTIFY, {"channels": list(channels), "payloads": list(payloads)})
            await asyncio.sleep(self._spacing)

    async def close(self) -> None:
        """Wait until everything pending is sent."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)


Handler = Callable[[str], Awaitable[None] | None]


async def _until_readable(descriptor: int) -> None:
    """Sleep until the server has sent something; psycopg's own wait wakes ten times a second."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)


class Listener:
    """One connection that listens; it reconnects by itself, and then calls `on_gap` since some may have been missed."""

    def __init__(self, url: str, handlers: Mapping[str, Handler], *, on_gap: Callable[[], None] | None = None) -> None:
        self._url = url
        self._handlers = handlers
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    async def start(self) -> None:
        """Begin to listen in the background."""
        self._task = asyncio.create_task(self._listen(), name="listen")

    async def _listen(self) -> None:
        delay = FIRST_PAUSE
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                delay = FIRST_PAUSE if self.connected.is_set() else delay
                log.warning("listening connection lost (%s), again in %.1f s", type(error).__name__, delay)
            self.connected.clear()
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)

    async def _listen_once(self) -> None:
        connection = await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            connect_timeout=5,
            application_name="wzrd-listen",
            **giving_up(SILENCE_SECONDS),
        )
        async with connection:
            for channel in self._handlers:
                await connection.execute(f"listen {channel}".encode())
            self.connected.set()
            if self._on_gap:
                self._on_gap()
            while True:
                async for notice in connection.notifies(timeout=0):
                    await self._handle(notice)
                await _until_readable(connection.fileno())

    async def _handle(self, notice: psycopg.Notify) -> None:
        """Anybody who reaches the database can send any payload: one that a handler cannot take must not deafen us."""
        try:
            result = self._handlers[notice.channel](notice.payload)
            if result is not None:
                await result
        except Exception:
            log.exception("a notification on %s could not be handled", notice.channel)

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
