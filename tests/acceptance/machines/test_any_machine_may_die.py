"""Two APIs and three workers on servers of one's own; any of them is killed while runs go on."""

import asyncio
import os
import random
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from server.fakes import Fakes
from tests.acceptance.conftest import Stack, wzrd
from tests.acceptance.machines.conftest import Place
from tests.acceptance.machines.rig import Machine, is_ready, machines_of
from tests.acceptance.machines.work import Round, begin, check_rounds
from tests.waiting import answer_of

KILLS = int(os.environ.get("KILLS", "100"))
AT_WORK = 0.8
"""Share of the kills that wait until their machine takes work; others may hit one that starts."""


@pytest.mark.parametrize("kills", [5, pytest.param(KILLS, marks=pytest.mark.storm)])
async def test_any_machine_may_die(place: Place, tmp_path: Path, kills: int) -> None:
    """Shots, paid pictures, graphs and films while machines are killed: streams whole, each thing paid once, all there.

    The seed is the first of SEEDS.
    """
    async with machines_of(place.stack, place.shared, tmp_path) as (opened, machines):
        await check_operator(opened)
        await check_deaths(opened, machines, place.fakes, kills)


async def check_operator(stack: Stack) -> None:
    """Users are added, and their tokens made, where the environment names the servers and nothing runs in the home."""
    added = await asyncio.to_thread(wzrd, stack.environment, "user", "add", "maker@example.org")
    token = await asyncio.to_thread(wzrd, stack.environment, "user", "token", "maker@example.org")
    assert (added.returncode, token.returncode) == (0, 0), added.stderr + token.stderr
    listed = await stack.http.get("/functions/v1/runs", headers={"authorization": f"Bearer {token.stdout.strip()}"})
    assert listed.json()["runs"] == []


async def check_deaths(stack: Stack, machines: Sequence[Machine], fakes: Fakes, kills: int) -> None:
    chance, left = random.Random(int(os.environ.get("SEEDS", "1").split()[0])), kills
    first = [*machines] if kills == len(machines) else []  # each of them, or any
    rounds = list[Round]()

    async def work() -> None:
        while left:
            rounds.append(await begin(stack))
            await rounds[-1].to_the_end()

    working = [asyncio.create_task(work()) for _ in range(4)]
    while left and not any(task.done() for task in working):
        victim = first.pop(chance.randrange(len(first))) if first else chance.choice(machines)
        if chance.random() < AT_WORK:
            await answer_of(partial(is_ready, victim.url), seconds=180)
        await asyncio.sleep(chance.uniform(0.5, 4))  # any moment
        await victim.stop(signal.SIGKILL)
        await asyncio.sleep(chance.uniform(0, 2))  # any moment
        await victim.start()
        left -= 1
    await asyncio.gather(*working)
    await stack.runtime.engine.dispose()
    await check_rounds(stack, fakes, rounds, most_given_up=kills // 20)
