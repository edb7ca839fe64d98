"""The twin without async, used as nobody should: told in words, and never hung."""

import asyncio
import threading
from typing import Any

import pytest

from tests.client.test_client import a_log, chunk, open_stream, serving
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


async def test_a_stream_that_is_left_open(recwarn: pytest.WarningsRecorder) -> None:
    """Left in its middle by a program that runs a loop of its own, and closed after the service: nothing hangs."""

    async def never_ends(_request: Any, writer: Any) -> None:
        open_stream(writer)
        for seq, name, data in a_log()[:4]:
            chunk(writer, encode(name, dumps(data), seq))
        await writer.drain()
        await asyncio.Event().wait()

    async with serving(never_ends) as server:

        async def notebook() -> list[str]:
            with BlockingGenerationService(server.url, "token") as service:
                shots = service.gen_shots("p")
                names = [type(next(shots)).__name__ for _ in range(2)]
            shots.close()
            return names

        names = await asyncio.wait_for(asyncio.to_thread(asyncio.run, notebook()), PATIENCE)
    assert names == ["Meta", "ShotUpdate"]
    assert not [one for one in recwarn if "never awaited" in str(one.message)]
