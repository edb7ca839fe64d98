"""Slots of a process: never too many, never idle, and nobody's queue before somebody else."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import let_others_run, until
from wzrd.slots import FairSlots, LoopSlots, next_round, working_for


@dataclass(eq=False)
class Work:
    """Somebody's work: it waits for a slot, then holds it until it is told to end."""

    user: str
    task: asyncio.Task[None] | None = None
    begun: bool = False
    end: asyncio.Event = field(default_factory=asyncio.Event)
    others: Counter[str] = field(default_factory=Counter[str])
    newcomer: bool = False


class Users:
    """Several users' work before the same slots, and what they saw."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.slots = FairSlots(count)
        self.works: list[Work] = []

    @property
    def holding(self) -> list[Work]:
        return [work for work in self.works if work.begun]

    @property
    def waiting(self) -> list[Work]:
        return [work for work in self.works if not work.begun]

    async def ask(self, user: str) -> Work:
        made = Work(user, newcomer=all(work.user != user for work in self.works))
        self.works.append(made)
        with working_for(user):
            made.task = asyncio.create_task(self._run(made))
        await self.settle()
        return made

    async def _run(self, work: Work) -> None:
        async with self.slots.slot():
            work.begun = True
            for other in self.waiting:
                other.others[work.user] += 1
            await work.end.wait()

    async def finish(self, work: Work) -> None:
        self.works.remove(work)
        work.end.set()
        await self.settle()

    async def cancel(self, work: Work) -> None:
        self.works.remove(work)
        assert work.task is not None
        work.task.cancel()
        await self.settle()

    async def settle(self) -> None:
        await let_others_run(6)


QUEUES = st.lists(st.sampled_from("aaabbc"), min_size=3, max_size=20)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "finish", "finish", "finish", "cancel"]), st.sampled_from("abcde"), st.integers(0, 99)
    ),
    min_size=5,
    max_size=60,
)


@given(st.integers(1, 3), QUEUES, STEPS)
def test_nobody_waits_for_more_than_one_of_each_other_user(
    count: int, asked: list[str], steps: list[tuple[str, str, int]]
) -> None:
    """Whatever is asked, ended and given up: all slots are used, and a newcomer waits for one of each other at most."""

    async def play() -> None:
        users = Users(count)
        for user in asked:
            await users.ask(user)
        for step, user, number in steps:
            if step == "ask":
                await users.ask(user)
            elif some := users.holding if step == "finish" else users.works:
                one = some[number % len(some)]
                await (users.finish(one) if step == "finish" else users.cancel(one))
            assert len(users.holding) == min(count, len(users.works)), "never too many, and none idle"
            for work in users.works:
                assert not work.newcomer or all(seen <= 1 for other, seen in work.others.items() if other != work.user)
        while users.holding:
            await users.finish(users.holding[0])
        again = [await users.ask(str(number)) for number in range(count + 1)]
        assert [work.begun for work in again] == [*[True] * count, False], "no slot was lost or made"
        for work in again:
            await users.finish(work)

    asyncio.run(play())


async def test_forty_of_one_user_keep_another_waiting_for_none_of_theirs() -> None:
    """Somebody holds all slots and has forty waiting: the next that is free is the other user's."""
    users = Users(2)
    many = [await users.ask("busy") for _ in range(42)]
    other = await users.ask("other")
    assert not other.begun
    await users.finish(many[0])
    assert other.begun
    await users.finish(other)
    assert [work.begun for work in many[1:4]] == [True, True, False]
    for work in list(users.works):
        await users.cancel(work)


async def test_one_user_s_own_come_in_order() -> None:
    """First come, first served among what one user has asked for."""
    users = Users(1)
    works = [await users.ask("a") for _ in range(4)]
    for work in works:
        assert [one for one in works if one.begun][-1] is work
        await users.finish(work)


async def test_a_slot_that_comes_with_a_cancel_is_handed_on() -> None:
    """It was given in the same moment in which its waiter was cancelled: the next one has it."""
    users = Users(1)
    first, second, third = [await users.ask(user) for user in "abc"]
    users.works.remove(first)
    users.works.remove(second)
    first.end.set()
    await until(lambda: not (not first.task or not first.task.done()), every=0)
    assert second.task is not None
    second.task.cancel()
    await users.settle()
    assert third.begun
    await users.finish(third)


async def test_a_failure_gives_its_slot_back_and_tasks_inherit_whose_they_are() -> None:
    """A task that begins within somebody's work is theirs, however deep; outside it is nobody's again."""
    slots, order = LoopSlots(1), list[str]()

    async def one(name: str) -> None:
        async with slots.slot():
            order.append(name)
            raise ValueError(name)

    async def group(*names: str) -> None:
        await asyncio.gather(*(asyncio.create_task(one(name)) for name in names), return_exceptions=True)

    async with slots.slot():
        with working_for("a"):
            first = asyncio.create_task(group("a1", "a2", "a3"))
        with working_for("b"):
            second = asyncio.create_task(group("b1", "b2"))
        rest = asyncio.create_task(group("nobody"))
        await let_others_run(6)
    await asyncio.gather(first, second, rest)
    assert order == ["a1", "b1", "nobody", "a2", "b2", "a3"]
    with pytest.raises(ValueError, match="x"):
        await one("x")


async def test_long_works_take_their_steps_in_rounds_of_their_own() -> None:
    """Whoever is cancelled while he waits costs nobody his round."""
    taken, most, seen = 0, 0, 0

    async def work() -> None:
        nonlocal taken
        for _ in range(10):
            await next_round()
            taken += 1

    works = [asyncio.create_task(work()) for _ in range(9)]
    await let_others_run(3)
    works.pop().cancel()
    seen = taken
    while not all(one.done() for one in works):
        await let_others_run()
        most, seen = max(most, taken - seen), taken
    assert (most, taken >= 80) == (1, True)
