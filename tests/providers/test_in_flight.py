"""A call in flight: its listeners hear all of it, and that it is over, however it ends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.waiting import let_others_run
from wzrd.domain.errors import RunStopped
from wzrd.providers.in_flight import AT_ONCE, InFlightCall


async def _listen(call: InFlightCall[str]) -> list[str]:
    return [chunk async for chunk in call.follow()]


async def _abandon(call: InFlightCall[str]) -> None:
    call.abandon()


async def _cancel(call: InFlightCall[str]) -> None:
    await call.cancel(seconds=10)


@pytest.mark.parametrize("stop", [_abandon, _cancel])
async def test_one_that_is_stopped_before_its_first_step_is_over(
    stop: Callable[[InFlightCall[str]], Awaitable[None]],
) -> None:
    """Its key is free, its followers hear it, and its work has never begun."""
    call, registered, begun = InFlightCall[str](), {"key"}, list[str]()

    async def work() -> None:
        begun.append("begun")

    call.start(work(), name="work", on_done=registered.clear)
    following = asyncio.create_task(_listen(call))
    await stop(call)
    async with asyncio.timeout(10):
        with pytest.raises(RunStopped):
            await following
        await call.wait()
    assert (registered, begun) == (set(), [])


async def test_its_key_is_free_before_its_listeners_wake() -> None:
    """Who hears of the end and asks anew starts a call of his own."""
    call, registered = InFlightCall[str](), {"key"}

    async def work() -> None:
        call.emit("one")

    call.start(work(), name="work", on_done=registered.clear)
    async with asyncio.timeout(10):
        assert await _listen(call) == ["one"]
    assert not registered
    assert await _listen(call) == ["one"], "a late listener hears all of it"


async def test_who_comes_late_to_thousands_of_chunks_leaves_others_their_turn() -> None:
    """They are there at once, and are handed on a few at a time."""
    call, turns = InFlightCall[str](), 0
    for _ in range(100 * AT_ONCE):
        call.emit("x")
    call.start(let_others_run(), name="nothing", on_done=lambda: None)

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await let_others_run()

    neighbour = asyncio.create_task(other())
    async for _ in call.follow():
        if turns >= 50:
            break
    else:
        pytest.fail("nobody had a turn")
    neighbour.cancel()
