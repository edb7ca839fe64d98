"""A command's two ways in, while what they lead to is away."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from server.cli.caller import transaction
from server.stack.errors import StackError
from server.stack.state import read_state, write_state
from tests.client.test_client import LoopbackServer, Request, a_view, answer, serving
from tests.database import own_database
from tests.server.cli.conftest import CliStack


def served_at(site: CliStack, server: LoopbackServer) -> None:
    """Let commands take this server for the stack's API."""
    state = read_state(site.home)
    assert state is not None
    write_state(site.home, replace(state, api_url=server.url))


async def test_a_command_outlasts_an_api_that_is_away(site: CliStack) -> None:
    """Refused for now, hung up on, then answered: it succeeds, and says once that it waits."""
    acts: list[Any] = [503, "drop", 502]

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        match acts.pop(0) if acts else 200:
            case 200:
                answer(writer, 200, {"runs": [a_view()]})
            case int(status):
                answer(writer, status, {"error": "Service Unavailable"})
            case _:
                writer.close()

    async with serving(handle) as server:
        served_at(site, server)
        ended = await site.wzrd("runs")
    assert (ended.code, len(ended.lines), acts) == (0, 1, [])
    assert ended.err.count("waiting for it") == 1
    assert f"no answer from {server.url}: Service Unavailable" in ended.err


async def test_a_refusal_ends_a_command_at_once(site: CliStack) -> None:
    """A command does not ask again after an error that does not pass."""

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        answer(writer, 500, {"error": "no luck"})

    async with serving(handle) as server:
        served_at(site, server)
        ended = await site.wzrd("runs")
    assert (ended.code, len(server.asked), ended.out) == (1, 1, "")
    assert "no luck" in ended.err
    assert "waiting" not in ended.err


async def test_a_database_that_never_answered_is_told_at_once() -> None:
    """Nobody waits for a stack that is down."""

    async def work(url: str) -> None:
        async with transaction(url):
            raise AssertionError("there is no database")

    async with own_database() as database:
        await database.stop()
        async with asyncio.timeout(60):
            with pytest.raises(StackError, match="the database does not answer"):
                await work(database.url)
