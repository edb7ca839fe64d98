"""The limit that finds its own size: growth, halving, order, and no place that gets lost."""

import asyncio
import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import let_others_run
from wzrd.providers.limits import LEAST, PAUSE_SECONDS, AdaptiveLimit
from wzrd.slots import working_for


async def settle() -> None:
    """Let every task that can go on go on."""
    await let_others_run(5)


class Callers:
    """Tasks that take a place, say so in order, and keep it until they are let go."""

    def __init__(self, limit: AdaptiveLimit) -> None:
        self.limit = limit
        self.entered: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._go: list[asyncio.Event] = []

    async def come(self, count: int = 1, *, seconds: float = 30) -> None:
        for _ in range(count):
            self._go.append(asyncio.Event())
            self.tasks.append(asyncio.create_task(self._call(len(self.tasks), seconds)))
            await settle()

    async def leave(self, number: int) -> None:
        self._go[number].set()
        await settle()

    async def _call(self, number: int, seconds: float) -> None:
        async with self.limit.slot(seconds=seconds):
            self.entered.append(number)
            await self._go[number].wait()

    async def all_leave(self) -> None:
        for go in self._go:
            go.set()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_no_more_than_the_limit_are_out() -> None:
    """The third of two waits, and enters when one leaves."""
    callers = Callers(AdaptiveLimit(2))
    await callers.come(3)
    assert (callers.entered, callers.limit.out) == ([0, 1], 2)
    await callers.leave(1)
    assert (callers.entered, callers.limit.out) == ([0, 1, 2], 2)
    await callers.all_leave()
    assert callers.limit.out == 0


async def test_who_came_first_is_served_first_within_a_user() -> None:
    """In the order of asking; a newcomer never passes those of the same user who wait, and another user all of them."""
    callers = Callers(AdaptiveLimit(1))
    await callers.come(6)
    with working_for("another"):
        await callers.come()
    for number in (0, 6, 1, 2, 3, 4, 5):
        await callers.leave(number)
    assert callers.entered == [0, 6, 1, 2, 3, 4, 5]


async def test_it_grows_by_one_a_round_and_only_when_it_holds_calls_back() -> None:
    """As many successes as there are places add one place; successes of an idle lane add none; there is a most."""
    limit = AdaptiveLimit(4, most=6)
    limit.succeeded()
    assert limit.count == 4
    callers = Callers(limit)
    await callers.come(9)
    for _ in range(5):
        limit.succeeded()
    assert limit.count == 5
    await settle()
    assert callers.entered == [0, 1, 2, 3, 4]
    for _ in range(50):
        limit.succeeded()
    assert limit.count == 6
    await callers.all_leave()


async def test_a_refusal_halves_it_once_a_pause() -> None:
    """Ten refusals of one burst are one halving; the next burst is another; it never falls below the least."""
    limit, clock = AdaptiveLimit(16), asyncio.get_running_loop().time
    for _ in range(10):
        limit.refused()
    assert limit.count == 8
    began = clock()
    await asyncio.sleep(PAUSE_SECONDS)  # the limit's own clock
    assert clock() - began >= PAUSE_SECONDS * 0.99
    limit.refused()
    assert limit.count == 4


async def test_one_place_is_always_left() -> None:
    """Whatever is refused, somebody may ask."""
    limit = AdaptiveLimit(1)
    limit.refused()
    assert limit.count == LEAST
    async with limit.slot(seconds=0):
        assert limit.out == 1


async def test_after_a_halving_nobody_enters_until_enough_have_left() -> None:
    """Those who are out stay; the lowered limit holds for the next."""
    callers = Callers(AdaptiveLimit(4))
    await callers.come(5)
    callers.limit.refused()
    await callers.leave(0)
    await callers.leave(1)
    assert (callers.entered, callers.limit.out) == ([0, 1, 2, 3], 2)
    await callers.leave(2)
    assert callers.entered == [0, 1, 2, 3, 4]
    await callers.all_leave()


async def test_a_wait_has_an_end() -> None:
    """TimeoutError after the seconds given, and the place goes to the next."""
    callers = Callers(AdaptiveLimit(1))
    await callers.come()
    await callers.come(seconds=0.02)
    await callers.come()
    with pytest.raises(TimeoutError):
        await callers.tasks[1]
    await callers.leave(0)
    assert callers.entered == [0, 2]
    await callers.all_leave()
    assert callers.limit.out == 0


async def test_who_is_canceled_while_waiting_gives_way() -> None:
    """Neither a place nor the order is lost."""
    callers = Callers(AdaptiveLimit(1))
    await callers.come(4)
    callers.tasks[1].cancel()
    await settle()
    await callers.leave(0)
    assert callers.entered == [0, 2]
    await callers.all_leave()
    assert (callers.entered, callers.limit.out) == ([0, 2, 3], 0)


async def test_a_place_that_comes_with_the_cancel_goes_on() -> None:
    """Given and canceled in one turn of the loop: the next has it."""
    limit, entered = AdaptiveLimit(1), list[int]()

    async def call(number: int) -> None:
        async with limit.slot(seconds=30):
            entered.append(number)

    async with limit.slot(seconds=0):
        waiting = [asyncio.create_task(call(number)) for number in range(3)]
        await settle()
    waiting[0].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (entered, limit.out) == ([1, 2], 0)


async def test_a_failed_call_gives_its_place_back() -> None:
    """An error inside is no leak."""
    limit = AdaptiveLimit(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            async with limit.slot(seconds=0):
                raise ValueError("no")
    assert limit.out == 0


@given(st.integers(1, 5), st.integers(0, 2**32), st.lists(st.sampled_from("cdxgrt"), max_size=40))
def test_whatever_happens_no_place_is_lost(start: int, seed: int, steps: list[str]) -> None:
    """Callers come, leave, are canceled, time out; the limit grows and halves: the count is right, and all get in."""

    async def storm() -> None:
        limit, rnd = AdaptiveLimit(start, most=8), random.Random(seed)
        callers = Callers(limit)
        for step in steps:
            match step:
                case "c":
                    await callers.come()
                case "t":
                    await callers.come(seconds=0)
                case "d" if callers.tasks:
                    await callers.leave(rnd.randrange(len(callers.tasks)))
                case "x" if callers.tasks:
                    callers.tasks[rnd.randrange(len(callers.tasks))].cancel()
                case "g":
                    limit.succeeded()
                case "r":
                    limit.refused()
                case _:
                    pass
            assert 1 <= limit.count <= 8
        await settle()
        inside = [number for number in callers.entered if not callers.tasks[number].done()]
        assert limit.out == len(inside)
        await callers.all_leave()
        assert limit.out == 0
        async with asyncio.timeout(60):
            async with limit.slot(seconds=0):
                assert limit.out == 1
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*callers.tasks, return_exceptions=True)

    asyncio.run(storm())
