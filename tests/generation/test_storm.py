"""Storms of paid submits: random providers, faults of theirs, deaths of ours, twins, cancels and retries; every credit.

A few trials run always; `make chaos` runs hundreds.
"""

import asyncio
import os
import random
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from server.fakes import Behaviour
from tests.generation.storms import Storm, Trial, open_storm, play
from tests.rows import balance, broken_promises
from wzrd.generation.recovery import note_call
from wzrd.runtime.process import Runtime

MODELS = {
    "fal": "fal-ai/flux/schnell",
    "gmi": "gmi/z-image-turbo",
    "gmi at once": "gmi/seedream-5.0",
    "chat": "llama-3.3-70b-versatile",
}
POINTS = (
    "after_claim",
    "after_intent",
    "before_send",
    "after_send",
    "after_ack",
    "before_record",
    "before_store",
    "after_store",
    "before_output",
    "before_step_commit",
    "before_settle_commit",
    "after_settle_commit",
)
BEHAVIOURS = (
    Behaviour(),
    Behaviour(reply="dropped"),
    Behaviour(reply="malformed"),
    Behaviour(reply="truncated"),
    Behaviour(accepted_status=500),
    Behaviour(status=429, retry_after="0"),
    Behaviour(status=503),
    Behaviour(status=402),
    Behaviour(outcome="failure"),
    Behaviour(media="wrong_type"),
    Behaviour(places=2, place_seconds=0.1, seconds=0.3),
    Behaviour(seconds=0.5, cancel="refused"),
)
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1 2").replace(",", " ").split()]


@pytest.fixture
async def storm(runtime: Runtime, database_url: str, tmp_path: Path) -> AsyncGenerator[Storm]:
    public = "https://studio.example"
    async with open_storm(runtime, database_url, tmp_path / "home", WZRD_PUBLIC_URL=public) as made:
        yield made


class PaidTrial(Trial):
    """A generation by any provider, fal's calls to us among them."""

    POINTS = POINTS

    def __init__(self, storm: Storm, chance: random.Random, provider: str | None = None) -> None:
        self.provider = provider or chance.choice(sorted(MODELS))
        super().__init__(storm, chance, MODELS[self.provider])

    async def run(self) -> int:
        """Through it; what it cost its user."""
        await self.script(*self.chance.choices(BEHAVIOURS, k=self.chance.randint(1, 2)))
        await self.start()
        calling = asyncio.create_task(self._call_back())
        try:
            await self.until_ended()
            if self.chance.random() < 0.25:
                await self.retry()
            await self.look_after()
        finally:
            calling.cancel()
            with suppress(asyncio.CancelledError):
                await calling
        return await self.check()

    async def _call_back(self) -> None:
        """Be fal's webhook: call about each submit that it took, and whose answer may have been lost."""
        while True:
            for job in await self.jobs():
                if self.provider == "fal" and job.token and job.status in {"sending", "unknown", "lost"}:
                    for paid in await self.paid():
                        await note_call(self.runtime, job.token, paid)
                    self.runtime.providers.wake(self.run_id)
            await asyncio.sleep(0.1)  # fal's webhook calls when it likes

    async def check(self) -> int:
        """The promises. What was retried without leave is sent no second time to a queue either."""
        item, charged = await self.ended()
        jobs, paid = await self.jobs(), len(await self.paid())
        failures = sum(job.status == "failed" for job in jobs)
        begun = self.provider == "chat" and item.delivered and item.status != "succeeded"  # its first words were shown
        assert charged == (item.price if begun else (item.output or {})["charged"] if item.delivered else 0)
        assert charged == 0 or begun or any(job.status == "succeeded" for job in jobs)
        most = 2 if self.provider == "chat" else 1
        assert paid - failures <= most
        return charged


async def test_text_of_a_dead_process(storm: Storm) -> None:
    """Shown, and then its process is killed: the process that takes it up asks nobody again, and charges it."""
    trial = PaidTrial(storm, random.Random(1), "chat")
    await trial.start()
    before = await balance(storm.runtime, storm.studio.user_id)
    assert await storm.forked.execute(trial.run_id, "before_output@1=kill") < 0
    await storm.forked.execute(trial.run_id, "")
    assert await trial.check() == 1
    assert await balance(storm.runtime, storm.studio.user_id) == before
    assert await broken_promises(storm.runtime) == []


async def test_a_few_storms(storm: Storm) -> None:
    """Twelve generations: each paid once at its provider and once by its user, or by nobody."""
    await play(storm, 7, 12, PaidTrial)


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_storms_of_paid_submits(storm: Storm, seed: int) -> None:
    """A hundred more, of other moments each time."""
    await play(storm, seed, 100, PaidTrial)
