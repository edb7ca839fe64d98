"""Storms: runs under way while processes are killed at random. `make chaos` gives new seeds each time, in SEEDS."""

import asyncio
import os
import random
from pathlib import Path

import pytest

from tests.acceptance.conftest import Stack, shot_rows, watch
from tests.acceptance.test_film import Filmed, film, write
from tests.acceptance.test_gen_shots import answer, in_pieces
from tests.fakes.chat import says

PARTS = ("worker", "worker", "api", "prefect", "postgres")
RUNS = 8
KILLS = 6
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1 2").replace(",", " ").split()]


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_dies_whenever_every_run_ends_whole(stack: Stack, seed: int) -> None:
    """Eight runs, six kills -9 at random moments: all complete, nothing twice, each charged once, streams unbroken."""
    chance = random.Random(seed)
    stack.chat.otherwise = says(*in_pieces(answer(), 6), pause=0.05)
    studios = [await stack.studio() for _ in range(RUNS)]
    clients = [watch(stack, studio) for studio in studios]

    async def come(client_number: int) -> None:
        await asyncio.sleep(chance.uniform(0, 12))
        await clients[client_number].to_the_end(seconds=240)

    reading = [asyncio.create_task(come(number)) for number in range(RUNS)]
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(1, 5))
        await stack.kill(chance.choice(PARTS))
        await stack.healthy(seconds=90)
    await asyncio.gather(*reading)
    await stack.runtime.engine.dispose()
    for studio, client in zip(studios, clients, strict=True):
        client.check_whole(3)
        assert [number for number, _ in await shot_rows(stack, studio)] == [1, 2, 3]
        assert await stack.balance(studio) == 98


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_dies_whenever_a_film_is_made(stack: Stack, tmp_path: Path, seed: int) -> None:
    """Six kills -9 at random moments: there is a film, and byte for byte the one that is made when nothing dies.

    The command itself may find no database just then, and says so; its user asks again, and it goes on.
    """
    chance = random.Random(seed)
    script = write(tmp_path)

    async def insist() -> Filmed:
        for _ in range(KILLS):
            made = await film(stack, script, tmp_path / "stormy")
            if made.code == 0:
                return made
            assert "does not answer" in made.err or "no answer" in made.err, made.err
            await asyncio.sleep(2)
        raise AssertionError("asked often, and never made")

    making = asyncio.create_task(insist())
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.5, 4))
        await stack.kill(chance.choice(("worker", "worker", "prefect", "postgres", "api")))
        await stack.healthy(seconds=90)
        if making.done():
            break
    stormy = await making
    calm = await film(stack, script, tmp_path / "calm")
    assert calm.film.read_bytes() == stormy.film.read_bytes()
