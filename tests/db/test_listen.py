"""NOTIFY and LISTEN: told often, sent seldom; a lost connection on either side comes back by itself."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import psycopg
import pytest

from tests.waiting import let_others_run, until
from wzrd.db.engine import open_engine
from wzrd.db.listen import RUN_EVENTS, RUN_WAKE, Listener, Notifier


class RawListener:
    """A raw connection that listens and remembers all it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self._changed = asyncio.Event()

    async def listen(self, connection: psycopg.AsyncConnection) -> None:
        async for notice in connection.notifies():
            self.heard.append((notice.channel, notice.payload))
            self._changed.set()

    async def until(self, payload: str) -> None:
        async with asyncio.timeout(60):
            while payload not in {told for _, told in self.heard}:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def raw_listener(url: str) -> AsyncGenerator[RawListener]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for channel in (RUN_EVENTS, RUN_WAKE):
            await connection.execute(f"listen {channel}".encode())
        listening = RawListener()
        task = asyncio.create_task(listening.listen(connection))
        try:
            yield listening
        finally:
            task.cancel()
            await asyncio.wait({task})


@asynccontextmanager
async def notifier(url: str, **options: float) -> AsyncGenerator[Notifier]:
    engine = open_engine(url, pool_size=1, application="wzrd-notify")
    made = Notifier(engine, **options)
    try:
        yield made
    finally:
        await made.close()
        await engine.dispose()


async def notify_directly(url: str, channel: str, payload: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("select pg_notify(%s, %s)", (channel, payload))


async def cut(url: str, application: str) -> int:
    """End the connections of that application as a failing network or a restarting server does; how many there were."""
    statement = """
        select count(pg_terminate_backend(pid)) from pg_stat_activity
        where application_name = %s and datname = current_database()"""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(statement, (application,))).fetchone()
    return row[0] if row else 0


async def test_what_is_told_often_is_sent_once(database_url: str) -> None:
    """A burst about one run is one notification; each of many runs is told, once."""
    async with raw_listener(database_url) as listening, notifier(database_url) as notify:
        for number in range(5_000):
            notify.notify(RUN_EVENTS, "same")
            notify.notify(RUN_EVENTS, number % 100)
        await notify.close()
        notify.notify(RUN_WAKE, "end")
        await listening.until("end")
    assert Counter(listening.heard) == Counter(
        [(RUN_EVENTS, "same"), (RUN_WAKE, "end"), *((RUN_EVENTS, str(n)) for n in range(100))]
    )


async def test_what_is_told_during_a_flush_goes_with_the_next(database_url: str) -> None:
    """A notification after a flush has begun is not lost: it is sent once more, with all that came since."""
    async with raw_listener(database_url) as listening, notifier(database_url, spacing=0.2) as notify:
        notify.notify(RUN_EVENTS, "run")
        await listening.until("run")
        for _ in range(300):
            notify.notify(RUN_EVENTS, "run")
            await let_others_run()
        notify.notify(RUN_EVENTS, "end")
        await listening.until("end")
    assert Counter(listening.heard) == Counter({(RUN_EVENTS, "run"): 2, (RUN_EVENTS, "end"): 1})


async def test_a_notifier_outlives_its_connection(database_url: str) -> None:
    """Told while its connection is cut it neither fails nor blocks; what is told afterwards arrives."""
    async with raw_listener(database_url) as listening, notifier(database_url) as notify:
        notify.notify(RUN_EVENTS, "before")
        await listening.until("before")
        assert await cut(database_url, "wzrd-notify") == 1
        notify.notify(RUN_EVENTS, "perhaps lost")
        await notify.close()
        notify.notify(RUN_EVENTS, "after")
        await listening.until("after")


async def test_what_is_notified_while_a_flush_fails_is_sent_later(database_url: str) -> None:
    """The batch of a failed flush may be lost, but what was told meanwhile goes out without another word."""
    async with raw_listener(database_url) as listening, notifier(database_url) as notify:
        notify.notify(RUN_EVENTS, "before")
        await listening.until("before")
        await notify.close()
        await cut(database_url, "wzrd-notify")
        notify.notify(RUN_EVENTS, "perhaps lost")
        await let_others_run()
        notify.notify(RUN_EVENTS, "meanwhile")
        await listening.until("meanwhile")


class Notifications:
    """Handlers that remember, one plain and one to be awaited, and how often there was a gap."""

    def __init__(self) -> None:
        self.payloads: asyncio.Queue[str] = asyncio.Queue()
        self.gaps = 0

    def gap(self) -> None:
        self.gaps += 1

    async def later(self, payload: str) -> None:
        await let_others_run()
        self.payloads.put_nowait(f"awaited {payload}")

    async def next(self) -> str:
        return await asyncio.wait_for(self.payloads.get(), 60)


@asynccontextmanager
async def listening(url: str, heard: Notifications) -> AsyncGenerator[Listener]:
    handlers = {RUN_EVENTS: heard.payloads.put_nowait, RUN_WAKE: heard.later}
    listener = Listener(url, handlers, on_gap=heard.gap)
    await listener.start()
    try:
        await asyncio.wait_for(listener.connected.wait(), 60)
        yield listener
    finally:
        await listener.close()


async def reconnected(listener: Listener, heard: Notifications, gaps: int) -> None:
    await until(lambda: not (heard.gaps < gaps or not listener.connected.is_set()))


async def test_a_listener_hears_each_channel(database_url: str) -> None:
    """Every channel reaches its handler, plain or awaited, and the first connection counts as a gap."""
    heard = Notifications()
    async with listening(database_url, heard):
        assert heard.gaps == 1
        await notify_directly(database_url, RUN_EVENTS, "one")
        assert await heard.next() == "one"
        await notify_directly(database_url, RUN_WAKE, "two")
        assert await heard.next() == "awaited two"


async def test_a_listener_comes_back_and_tells_of_the_gap(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Cut off again and again it connects anew, says that some may be missing, and waits no longer each time."""
    heard = Notifications()
    with caplog.at_level(logging.WARNING, "wzrd.db.listen"):
        async with listening(database_url, heard) as listener:
            for gaps in (2, 3, 4):
                assert await cut(database_url, "wzrd-listen") == 1
                await reconnected(listener, heard, gaps)
                await notify_directly(database_url, RUN_EVENTS, f"after {gaps}")
                assert await heard.next() == f"after {gaps}"
    assert [record.getMessage().count("again in 0.1 s") for record in caplog.records] == [1, 1, 1]


async def test_a_handler_that_fails_does_not_deafen_the_listener(database_url: str) -> None:
    """Whoever can reach the database can send any payload; what a handler cannot read is that payload's end only."""
    heard = Notifications()

    def only_numbers(payload: str) -> None:
        heard.payloads.put_nowait(str(int(payload)))

    listener = Listener(database_url, {RUN_EVENTS: only_numbers}, on_gap=heard.gap)
    await listener.start()
    await asyncio.wait_for(listener.connected.wait(), 60)
    await notify_directly(database_url, RUN_EVENTS, "no number")
    await notify_directly(database_url, RUN_EVENTS, "7")
    try:
        assert await asyncio.wait_for(heard.payloads.get(), 60) == "7"
    finally:
        await listener.close()


async def test_a_listener_without_a_database_waits_and_can_be_closed(caplog: pytest.LogCaptureFixture) -> None:
    """No server there is no error for whoever started it: it keeps trying, and says so, until it is closed."""
    listener = Listener("postgresql://nobody@127.0.0.1:1/none", {})
    await listener.start()
    await until(lambda: caplog.text.count("listening connection lost") >= 2)
    assert not listener.connected.is_set()
    await listener.close()
    assert listener._task is not None
    assert listener._task.done()


async def test_a_listener_that_hears_nothing_sleeps(database_url: str) -> None:
    """No timer wakes its event loop between two notifications: it waits for the socket alone."""

    async def timers() -> int:
        heard = asyncio.Event()
        listener = Listener(database_url, {RUN_WAKE: lambda _: heard.set()})
        await listener.start()
        await listener.connected.wait()
        await notify_directly(database_url, RUN_WAKE, "one")
        await heard.wait()
        await let_others_run(20)
        scheduled = cast("list[asyncio.TimerHandle]", vars(asyncio.get_running_loop())["_scheduled"])
        waiting = [timer for timer in scheduled if not timer.cancelled()]
        await listener.close()
        return len(waiting)

    async with asyncio.timeout(60):
        assert await asyncio.to_thread(asyncio.run, timers()) == 0
