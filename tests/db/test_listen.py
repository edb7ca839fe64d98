"""NOTIFY and LISTEN: told often, sent seldom; a lost connection on either side comes back by itself."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
import pytest

from wzrd.db.engine import open_engine
from wzrd.db.listen import RUN_NEWS, RUN_WAKE, Listener, Notifier


class Ear:
    """A raw connection that listens and remembers all it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self._changed = asyncio.Event()

    async def listen(self, connection: psycopg.AsyncConnection) -> None:
        async for notice in connection.notifies():
            self.heard.append((notice.channel, notice.payload))
            self._changed.set()

    async def until(self, payload: str) -> None:
        async with asyncio.timeout(5):
            while payload not in {told for _, told in self.heard}:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def ear(url: str) -> AsyncGenerator[Ear]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for channel in (RUN_NEWS, RUN_WAKE):
            await connection.execute(f"listen {channel}".encode())
        listening = Ear()
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


async def tell_directly(url: str, channel: str, payload: str) -> None:
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
    async with ear(database_url) as listening, notifier(database_url) as notify:
        for number in range(5_000):
            notify.tell(RUN_NEWS, "same")
            notify.tell(RUN_NEWS, number % 100)
        await notify.close()
        notify.tell(RUN_WAKE, "end")
        await listening.until("end")
    assert Counter(listening.heard) == Counter(
        [(RUN_NEWS, "same"), (RUN_WAKE, "end"), *((RUN_NEWS, str(n)) for n in range(100))]
    )


async def test_what_is_told_during_a_flush_goes_with_the_next(database_url: str) -> None:
    """News after a flush has begun is not swallowed by it: it is sent once more, together with all that came since."""
    async with ear(database_url) as listening, notifier(database_url, spacing=0.2) as notify:
        notify.tell(RUN_NEWS, "run")
        await listening.until("run")
        for _ in range(300):
            notify.tell(RUN_NEWS, "run")
            await asyncio.sleep(0)
        notify.tell(RUN_NEWS, "end")
        await listening.until("end")
    assert Counter(listening.heard) == Counter({(RUN_NEWS, "run"): 2, (RUN_NEWS, "end"): 1})


async def test_a_notifier_outlives_its_connection(database_url: str) -> None:
    """Told while its connection is cut it neither fails nor blocks; what is told afterwards arrives."""
    async with ear(database_url) as listening, notifier(database_url) as notify:
        notify.tell(RUN_NEWS, "before")
        await listening.until("before")
        assert await cut(database_url, "wzrd-notify") == 1
        notify.tell(RUN_NEWS, "perhaps lost")
        await notify.close()
        notify.tell(RUN_NEWS, "after")
        await listening.until("after")


async def test_news_told_while_a_flush_fails_is_not_left_lying(database_url: str) -> None:
    """The batch of a failed flush may be lost, but what was told meanwhile goes out without another word."""
    async with ear(database_url) as listening, notifier(database_url) as notify:
        notify.tell(RUN_NEWS, "before")
        await listening.until("before")
        await notify.close()
        await cut(database_url, "wzrd-notify")
        notify.tell(RUN_NEWS, "perhaps lost")
        await asyncio.sleep(0)
        notify.tell(RUN_NEWS, "meanwhile")
        await listening.until("meanwhile")


class Heard:
    """Handlers that remember, one plain and one to be awaited, and how often there was a gap."""

    def __init__(self) -> None:
        self.news: asyncio.Queue[str] = asyncio.Queue()
        self.gaps = 0

    def gap(self) -> None:
        self.gaps += 1

    async def later(self, payload: str) -> None:
        await asyncio.sleep(0)
        self.news.put_nowait(f"awaited {payload}")

    async def next(self) -> str:
        return await asyncio.wait_for(self.news.get(), 10)


@asynccontextmanager
async def listening(url: str, heard: Heard) -> AsyncGenerator[Listener]:
    handlers = {RUN_NEWS: heard.news.put_nowait, RUN_WAKE: heard.later}
    listener = Listener(url, handlers, on_gap=heard.gap)
    await listener.start()
    try:
        await asyncio.wait_for(listener.connected.wait(), 10)
        yield listener
    finally:
        await listener.close()


async def reconnected(listener: Listener, heard: Heard, gaps: int) -> None:
    async with asyncio.timeout(15):
        while heard.gaps < gaps or not listener.connected.is_set():
            await asyncio.sleep(0.01)


async def test_a_listener_hears_each_channel(database_url: str) -> None:
    """Every channel reaches its handler, plain or awaited, and the first connection counts as a gap."""
    heard = Heard()
    async with listening(database_url, heard):
        assert heard.gaps == 1
        await tell_directly(database_url, RUN_NEWS, "one")
        assert await heard.next() == "one"
        await tell_directly(database_url, RUN_WAKE, "two")
        assert await heard.next() == "awaited two"


async def test_a_listener_comes_back_and_tells_of_the_gap(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Cut off again and again it connects anew, says that news may be missing, and waits no longer each time."""
    heard = Heard()
    with caplog.at_level(logging.WARNING, "wzrd.db.listen"):
        async with listening(database_url, heard) as listener:
            for gaps in (2, 3, 4):
                assert await cut(database_url, "wzrd-listen") == 1
                await reconnected(listener, heard, gaps)
                await tell_directly(database_url, RUN_NEWS, f"after {gaps}")
                assert await heard.next() == f"after {gaps}"
    assert [record.getMessage().count("again in 0.1 s") for record in caplog.records] == [1, 1, 1]


async def test_a_handler_that_fails_does_not_deafen_the_listener(database_url: str) -> None:
    """Whoever can reach the database can send any payload; what a handler cannot read is that payload's end only."""
    heard = Heard()

    def only_numbers(payload: str) -> None:
        heard.news.put_nowait(str(int(payload)))

    listener = Listener(database_url, {RUN_NEWS: only_numbers}, on_gap=heard.gap)
    await listener.start()
    await asyncio.wait_for(listener.connected.wait(), 10)
    await tell_directly(database_url, RUN_NEWS, "no number")
    await tell_directly(database_url, RUN_NEWS, "7")
    try:
        assert await asyncio.wait_for(heard.news.get(), 2) == "7"
    finally:
        await listener.close()


async def test_a_listener_without_a_database_waits_and_can_be_closed(caplog: pytest.LogCaptureFixture) -> None:
    """No server there is no error for whoever started it: it keeps trying, and says so, until it is closed."""
    listener = Listener("postgresql://nobody@127.0.0.1:1/none", {})
    await listener.start()
    async with asyncio.timeout(20):
        while caplog.text.count("listening connection lost") < 2:
            await asyncio.sleep(0.01)
    assert not listener.connected.is_set()
    await listener.close()
    assert listener._task is not None
    assert listener._task.done()
