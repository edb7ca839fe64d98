"""The composition root: keys from a Prefect block or the environment, one runtime a loop."""

import asyncio
import gc
import logging
import time

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from sqlalchemy import text

from blocks.resolve import _lifetimes, block_keys, resolve_runtime, runtime_for_process, serving
from wzrd.db.engine import open_engine
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings


def settings_for(database_url: str = "postgresql:///x", **more: str) -> Settings:
    return Settings.model_validate({"WZRD_DATABASE_URL": database_url, "GROQ_API_KEY": "gsk_environment", **more})


async def close_runtime() -> None:
    """Close what `runtime_for_process` made in this event loop, as the loop's end does."""
    task = _lifetimes[asyncio.get_running_loop()].task
    task.cancel()
    await asyncio.wait([task])


async def test_without_prefect_the_environment_counts() -> None:
    """No server configured: no look for one."""
    assert await block_keys() == {}


async def test_a_dead_prefect_server_costs_two_seconds_at_most() -> None:
    """A server that accepts and never answers: it is told that nothing can be told, in bounded time."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api"
    started = time.monotonic()
    with temporary_settings({PREFECT_API_URL: address}):
        assert await block_keys() is None
    assert time.monotonic() - started < 60
    server.close()


async def test_a_process_makes_one_runtime_and_closes_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a stock pool ten tasks at once get one and the same runtime, with the environment's providers."""
    monkeypatch.setenv("WZRD_DATABASE_URL", database_url)
    monkeypatch.setenv("GROQ_API_KEY", "gsk_environment")
    runtimes = await asyncio.gather(*(runtime_for_process() for _ in range(10)))
    assert len({id(runtime) for runtime in runtimes}) == 1
    assert runtimes[0].providers.obstacle("groq", "text") is None
    await close_runtime()
    again = await runtime_for_process()
    assert again is not runtimes[0]
    await close_runtime()


async def test_a_failed_opening_is_tried_anew(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without an address says what to do, and works once it has one."""
    monkeypatch.delenv("WZRD_DATABASE_URL", raising=False)
    with pytest.raises(RuntimeError, match="wzrd up"):
        await runtime_for_process()
    monkeypatch.setenv("WZRD_DATABASE_URL", database_url)
    assert await runtime_for_process()
    await close_runtime()


async def test_a_workers_runtime_is_what_its_flows_get(database_url: str, runtime: Runtime) -> None:
    """Inside a warm worker flows share the worker's leases and connections; afterwards nothing of it is left."""
    async with resolve_runtime(settings_for(database_url), application="test") as made:
        assert await runtime_for_process() is made
        async with serving(runtime):
            assert await runtime_for_process() is runtime
        assert await runtime_for_process() is made


async def test_who_leaves_first_takes_nobody_along(runtime: Runtime) -> None:
    """Runtimes that serve one loop may leave in any order; none that has left is handed out."""
    other = Runtime(runtime.settings, runtime.engine, runtime.notifier, runtime.leases)
    first, second = serving(runtime), serving(other)
    await first.__aenter__()
    await second.__aenter__()
    assert await runtime_for_process() is other
    await first.__aexit__(None, None, None)
    assert await runtime_for_process() is other
    await second.__aexit__(None, None, None)
    async with serving(runtime):
        assert await runtime_for_process() is runtime


@pytest.mark.usefixtures("no_litter")
def test_the_end_of_the_loop_closes_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A flow's process ends without a word about what was left open, and without its connections."""
    monkeypatch.setenv("WZRD_DATABASE_URL", database_url)

    async def flow() -> None:
        made = await runtime_for_process()
        async with made.begin() as tx:
            await tx.execute(text("select 1"))

    async def count_connections() -> int:
        engine = open_engine(database_url, application="test")
        async with engine.begin() as tx:
            mine = "datname = current_database() and application_name = 'wzrd-flow'"
            found = await tx.scalar(text(f"select count(*) from pg_stat_activity where {mine}"))
        await engine.dispose()
        return int(found or 0)

    with caplog.at_level(logging.WARNING):
        asyncio.run(flow())
        gc.collect()
    assert caplog.records == []
    until = time.monotonic() + 60  # a backend ends after its client has left
    while asyncio.run(count_connections()) and time.monotonic() < until:
        time.sleep(0.01)  # PostgreSQL tells nobody
    assert asyncio.run(count_connections()) == 0
