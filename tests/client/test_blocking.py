"""The twin without async, used as nobody should: told in words, and never hung."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import CancelledError
from typing import Any

import pytest

from tests.client.test_client import LoopbackServer, a_log, chunk, open_stream, serving
from wzrd.client import BlockingGenerationService, GenerationError
from wzrd.contracts.sse import encode
from wzrd.contracts.wire import dumps

NOWHERE = "http://127.0.0.1:9"
PATIENCE = 30.0


def test_it_may_be_opened_again_but_not_twice_at_once() -> None:
    """A loop and a thread of its own each time; none is left."""
    service, before = BlockingGenerationService(NOWHERE, "token", 0, 0.001), threading.active_count()
    for _ in range(2):
        with service:
            with pytest.raises(RuntimeError, match="open already"):
                service.__enter__()
            with pytest.raises(GenerationError, match="no answer from"):
                service.runs()
        with pytest.raises(RuntimeError, match="not open"):
            service.runs()
    assert threading.active_count() == before


def test_an_address_that_is_none_leaves_no_thread() -> None:
    """And the service as it was."""
    service, before = BlockingGenerationService("nonsense", "token"), threading.active_count()
    for _ in range(2):
        with pytest.raises(GenerationError, match="no address"):
            service.__enter__()
    assert threading.active_count() == before


async def test_a_callback_that_asks_the_service_is_told_so() -> None:
    """It runs in the thread that would have to answer: waiting there would never end."""
    told = list[str]()

    def ask(_message: str, _seconds: float) -> None:
        with pytest.raises(RuntimeError, match="cannot wait for the service that calls them") as refused:
            service.runs()
        told.append(str(refused.value))

    service = BlockingGenerationService(NOWHERE, "token", 2, 0.001, ask)

    def program() -> None:
        with service, pytest.raises(GenerationError):
            service.runs()

    await asyncio.wait_for(asyncio.to_thread(program), PATIENCE)
    assert len(told) == 1


@contextlib.asynccontextmanager
async def a_stream_that_stays_open() -> AsyncGenerator[LoopbackServer]:
    """A server that tells four events and then nothing, until the block is left."""
    over = asyncio.Event()

    async def handle(_request: Any, writer: Any) -> None:
        open_stream(writer)
        for seq, name, data in a_log()[:4]:
            chunk(writer, encode(name, dumps(data), seq))
        await writer.drain()
        await over.wait()

    async with serving(handle) as server:
        try:
            yield server
        finally:
            over.set()


@pytest.mark.usefixtures("no_litter")
async def test_a_stream_that_is_left_open(recwarn: pytest.WarningsRecorder, caplog: pytest.LogCaptureFixture) -> None:
    """Left in its middle by a program that runs a loop of its own, and closed after the service: nothing hangs."""
    async with a_stream_that_stays_open() as server:

        async def notebook() -> list[str]:
            with BlockingGenerationService(server.url, "token") as service:
                shots = service.gen_shots("p")
                names = [type(next(shots)).__name__ for _ in range(2)]
            shots.close()
            return names

        names = await asyncio.wait_for(asyncio.to_thread(asyncio.run, notebook()), PATIENCE)
    assert names == ["Meta", "ShotUpdate"]
    assert [str(one.message) for one in recwarn] == []
    assert not caplog.records, "what was left open is closed in order, without a word"


async def test_who_still_waits_when_the_service_is_left_is_told() -> None:
    """Another thread's wait ends with the service, and is not left hanging with its loop gone."""
    async with a_stream_that_stays_open() as server:
        service = BlockingGenerationService(server.url, "token")
        heard, ended = threading.Semaphore(0), list[str]()

        def follow() -> None:
            try:
                for _ in service.gen_shots("p"):
                    heard.release()
            except (CancelledError, RuntimeError) as error:
                ended.append(type(error).__name__)

        def program() -> None:
            with service:
                other = threading.Thread(target=follow)
                other.start()
                for _ in range(2):
                    assert heard.acquire(timeout=PATIENCE)
            other.join(PATIENCE)

        await asyncio.wait_for(asyncio.to_thread(program), 2 * PATIENCE)
    assert ended in (["CancelledError"], ["RuntimeError"]), "in its wait, or just before the next"
