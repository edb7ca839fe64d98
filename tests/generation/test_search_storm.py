"""Storms of lost submits to fal, on a laptop: what fal has is found, and paid once.

Ten run always; `make chaos` runs two hundred of each seed.
"""

import asyncio
import os
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from server.fakes import Behaviour
from tests.generation.storms import Storm, Trial, open_storm, play
from wzrd.runtime.process import Runtime

MODEL = "fal-ai/flux/schnell"
POINTS = ("after_intent", "after_send", "after_ack", "before_record", "before_store", "before_output")
LOST = (
    Behaviour(reply="dropped"),
    Behaviour(reply="malformed"),
    Behaviour(reply="truncated"),
    Behaviour(reply="misshapen"),
    Behaviour(accepted_status=500),
    Behaviour(accepted_status=504),
)
LISTS = (
    Behaviour(status=503),
    Behaviour(status=429, retry_after="0"),
    Behaviour(reply="dropped"),
    Behaviour(reply="truncated"),
    Behaviour(reply="misshapen"),
    Behaviour(wait=0.5),
)
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").replace(",", " ").split()]


@pytest.fixture
async def storm(runtime: Runtime, database_url: str, tmp_path: Path) -> AsyncGenerator[Storm]:
    async with open_storm(runtime, database_url, tmp_path / "home") as made:
        yield made


class LostTrial(Trial):
    """One generation whose answer is lost, or whose process dies; or two with equal words, at once."""

    POINTS = POINTS
    deadline = 120.0

    def __init__(self, storm: Storm, chance: random.Random) -> None:
        super().__init__(storm, chance, MODEL)
        self.never_sent = chance.random() < 0.1
        self.equal = [] if self.never_sent else [EqualTrial(self) for _ in range(chance.choice((0, 0, 1)))]
        if self.never_sent:
            self.deadline = 3.0
        if self.equal:
            self.cancels = 0.0

    def fault(self, round_: int) -> str:
        """One that is never sent dies right before it; with leave of nobody it is not sent afterwards either."""
        if self.never_sent:
            return "" if round_ else "before_send=kill"
        return super().fault(round_)

    async def run(self) -> int:
        """Through it; what it cost its user, or theirs."""
        every = [self, *self.equal]
        if not self.never_sent:
            times = {"seconds": self.chance.choice((0, 0.2, 1.0)), "list_seconds": self.chance.choice((0, 0.5, 2.0))}
            outcome = self.chance.choice(("success", "success", "success", "failure"))
            ways = [self.chance.choice((*LOST, Behaviour())) for _ in every]
            await self.script(*(replace(one, outcome=outcome, **times) for one in ways))
        if self.chance.random() < 0.3:
            await self.storm.fakes.script(replace(self.chance.choice(LISTS), on="list", provider="fal-ai"))
        await asyncio.gather(*(one.start() for one in every))
        await asyncio.gather(*(one.until_ended() for one in every))
        for one in every:
            await one.look_after()
        return await self._check(every)

    async def _check(self, every: Sequence[Trial]) -> int:
        """Each request that fal took is one submit's, followed to its end, and charged once if it is a picture."""
        jobs = [job for one in every for job in await one.jobs()]
        paid = await self.paid()
        known = [job.request_id for job in jobs if job.request_id is not None]
        assert sorted(known) == sorted(paid), "found, each by one"
        assert len(paid) <= len(every), "nothing is sent twice"
        assert {job.status for job in jobs if job.request_id} <= {"succeeded", "failed", "canceled"}
        assert {job.status for job in jobs if not job.request_id} <= {"lost", "intent", "never_sent", "canceled"}
        charged = 0
        for one in every:
            item, its = await one.ended()
            assert its == ((item.output or {})["charged"] if item.delivered else 0)
            made = any(job.status == "succeeded" for job in await one.jobs())
            assert bool(its) == made, "what was made is delivered and paid"
            charged += its
        return charged


class EqualTrial(Trial):
    """Another of equal words."""

    POINTS = POINTS
    cancels = 0.0

    def __init__(self, first: LostTrial) -> None:
        super().__init__(first.storm, random.Random(first.chance.random()), MODEL, first.prompt)
        self.deadline = LostTrial.deadline


async def _count(storm: Storm) -> tuple[int, int]:
    """Requests that fal took, and those of them that are some submit's."""
    async with storm.runtime.begin() as tx:
        known = set((await tx.scalars(text("select request_id from wzrd.provider_jobs"))).all())
    paid = [one.request_id for one in await storm.fakes.paid_submits()]
    return len(paid), len(known & set(paid))


async def test_a_few_lost_submits(storm: Storm) -> None:
    """Ten generations."""
    await play(storm, 3, 10, LostTrial)
    paid, found = await _count(storm)
    assert found == paid > 0


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_storms_of_lost_submits(storm: Storm, seed: int) -> None:
    """Two hundred: all that fal has are found, none is paid twice."""
    await play(storm, seed, 200, LostTrial)
    paid, found = await _count(storm)
    assert found == paid > 150
