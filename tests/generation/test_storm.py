"""Storms of paid submits: random providers, faults of theirs, deaths of ours, twins, cancels and retries; every credit.

A few trials run always; `make chaos` runs hundreds.
"""

import asyncio
import os
import random
import uuid
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes, open_fakes
from tests.fakes.providers import settings_with
from tests.generation.forked import Forked, open_forked
from tests.playing import row
from tests.rows import Studio, balance, broken_promises, make_studio
from tests.waiting import any_moment
from wzrd.animatic.provider import Animatic
from wzrd.db.items import find_item
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.errors import Conflict, InsufficientCredits
from wzrd.domain.runs import TERMINAL_ITEM, TERMINAL_RUN
from wzrd.domain.settlement import Outcome
from wzrd.generation.recovery import note_call, recover
from wzrd.operations.generate import ITEM, GenerateParams, start_generate
from wzrd.providers.opening import open_providers
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runtime.process import Runtime

MODELS = {
    "fal": "fal-ai/flux/schnell",
    "gmi": "gmi/z-image-turbo",
    "gmi at once": "gmi/seedream-5.0",
    "chat": "llama-3.3-70b-versatile",
}
POINTS = [
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
]
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
FUNDS = 100_000
AT_ONCE = 10
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1 2").replace(",", " ").split()]


@dataclass(slots=True)
class Storm:
    """Resources that all trials share."""

    runtime: Runtime
    fakes: Fakes
    forked: Forked
    studio: Studio


@pytest.fixture
async def storm(runtime: Runtime, database_url: str, tmp_path: Path) -> AsyncGenerator[Storm]:
    async with open_fakes(process=True) as fakes:
        environment = {
            **fakes.environment(),
            "WZRD_DATABASE_URL": database_url,
            "WZRD_HOME": str(tmp_path / "home"),
            "WZRD_OFFLINE": "never",
            "WZRD_POOL_SIZE": "3",
            "WZRD_PUBLIC_URL": "https://studio.example",
            "PREFECT_API_URL": "",
        }
        runtime.settings = settings_with(runtime.settings, environment)
        runtime.providers = open_providers(runtime.settings, local=[Animatic()])
        async with open_forked(environment) as forked:
            yield Storm(runtime, fakes, forked, await make_studio(runtime, funds=FUNDS))
        await runtime.providers.aclose(grace=0.1)


class Trial:
    """One generation through a storm of its own."""

    def __init__(self, storm: Storm, chance: random.Random, provider: str | None = None) -> None:
        self.storm, self.chance = storm, chance
        self.runtime = storm.runtime
        self.provider = provider or chance.choice(sorted(MODELS))
        self.prompt = f"a lighthouse {uuid.uuid4().hex}"
        self.run_id = uuid.uuid4()
        self.story: list[object] = [self.provider]

    async def run(self) -> int:
        """Through it; what it cost its user."""
        behaviours = self.chance.choices(BEHAVIOURS, k=self.chance.randint(1, 2))
        self.story += behaviours
        await self.storm.fakes.script(*(replace(one, match=self.prompt) for one in behaviours))
        await self.start()
        calling = asyncio.create_task(self._call_back())
        try:
            await self._until_ended()
            if self.chance.random() < 0.25:
                await self._retry()
            await self._look_after()
        finally:
            calling.cancel()
            with suppress(asyncio.CancelledError):
                await calling
        return await self.check()

    async def start(self) -> None:
        """Asked for ten times at once: one run."""
        params = GenerateParams(
            user_id=self.storm.studio.user_id,
            project_id=str(self.storm.studio.project_id),
            request_id=self.prompt,
            model=MODELS[self.provider],
            inputs={"prompt": self.prompt},
        )
        started = await asyncio.gather(*(start_generate(self.runtime, params) for _ in range(10)))
        assert len({one.run_id for one in started}) == 1
        assert sum(one.created for one in started) == 1
        self.run_id = started[0].run_id

    async def _until_ended(self) -> None:
        """In processes that may die, some of them several at once, until the run has ended."""
        for round_ in range(8):
            twins = self.chance.choice((1, 1, 1, 2)) if round_ else 1
            faults = [self._fault(round_) for _ in range(twins)]
            work = asyncio.gather(*(self.storm.forked.execute(self.run_id, fault) for fault in faults))
            if self.chance.random() < 0.15:
                await any_moment(self.chance, 1.0)
                await cancel(self.runtime, self.run_id, self.storm.studio.user_id)
                self.story.append("cancel")
            self.story.append((faults, await work))
            if (await row(self.runtime, self.run_id)).status in TERMINAL_RUN:
                return
            if (await row(self.runtime, self.run_id)).cancel_requested_at is not None:  # as the reaper does
                await self._expire()
                await finish(self.runtime, self.run_id, Outcome(canceled=True))
                return
        await self._expire()
        await finish(self.runtime, self.run_id, Outcome(error="given up", error_code="interrupted_too_often"))

    async def _expire(self) -> None:
        async with self.runtime.begin() as tx:
            await tx.execute(
                text("update wzrd.runs set lease_owner = null, lease_until = null where id = :id"), {"id": self.run_id}
            )

    def _fault(self, round_: int) -> str:
        if round_ > 4 or self.chance.random() < 0.3:
            return ""
        return f"{self.chance.choice(POINTS)}@{self.chance.choice((1, 1, 1, 2))}=kill"

    async def _retry(self) -> None:
        with suppress(Conflict, InsufficientCredits):
            await reopen(self.runtime, self.run_id)
            self.story.append("retry")
            await self._until_ended()

    async def _call_back(self) -> None:
        """Be fal's webhook: call about each submit that it took, and whose answer may have been lost."""
        while True:
            for job in await self._jobs():
                if self.provider == "fal" and job.token and job.status in {"sending", "unknown", "lost"}:
                    for paid in await self._paid():
                        await note_call(self.runtime, job.token, paid)
                    self.runtime.providers.wake(self.run_id)
            await asyncio.sleep(0.1)  # fal's webhook calls when it likes

    async def _paid(self) -> list[str]:
        return [one.request_id for one in await self.storm.fakes.paid_submits(match=self.prompt)]

    async def _jobs(self) -> list[ProviderJob]:
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.run_id, ITEM)

    async def _look_after(self) -> None:
        """Looks after jobs that are left with a provider until their end is known, or their time is over."""
        for look in range(60):
            if not any(
                job.is_left or (job.queued and job.status in {"sending", "unknown", "accepted"})
                for job in await self._jobs()
            ):
                return
            async with self.runtime.begin() as tx:
                statement = "update wzrd.provider_jobs set checked_at = null {} where run_id = :id"
                late = ", deadline = clock_timestamp()" if look > 40 else ""
                await tx.execute(text(statement.format(late)), {"id": self.run_id})
            await recover(self.runtime)
            await asyncio.sleep(0.05)  # what a queue answers late has no signal
        raise AssertionError([job.status for job in await self._jobs()])

    async def check(self) -> int:
        """The promises. What was retried without leave is sent no second time to a queue either."""
        run = await row(self.runtime, self.run_id)
        async with self.runtime.begin() as tx:
            item, holds = await find_item(tx, self.run_id, ITEM), await list_run_holds(tx, self.run_id)
        assert item is not None
        jobs, paid = await self._jobs(), len(await self._paid())
        charged = sum(hold.committed or 0 for hold in holds)
        failures = sum(job.status == "failed" for job in jobs)
        assert run.status in TERMINAL_RUN
        assert item.status in TERMINAL_ITEM
        assert [hold.status for hold in holds if hold.status == "held"] == []
        begun = self.provider == "chat" and item.delivered and item.status != "succeeded"  # its first words were shown
        assert charged == (item.price if begun else (item.output or {})["charged"] if item.delivered else 0)
        assert charged == 0 or begun or any(job.status == "succeeded" for job in jobs)
        most = 2 if self.provider == "chat" else 1
        assert paid - failures <= most
        return charged


async def _trials(storm: Storm, seed: int, count: int) -> None:
    chance = random.Random(seed)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> int:
        async with places:
            trial = Trial(storm, random.Random(chance.random()))
            try:
                async with asyncio.timeout(120):
                    return await trial.run()
            except BaseException as error:
                error.add_note(f"trial {number} of seed {seed}: {trial.story}")
                raise

    charged = await asyncio.gather(*(one(number) for number in range(count)))
    assert await balance(storm.runtime, storm.studio.user_id) == FUNDS - sum(charged)
    assert await broken_promises(storm.runtime) == []
    assert any(charged), "something must have been made"


async def test_text_of_a_dead_process(storm: Storm) -> None:
    """Shown, and then its process is killed: the process that takes it up asks nobody again, and charges it."""
    trial = Trial(storm, random.Random(1), "chat")
    await trial.start()
    before = await balance(storm.runtime, storm.studio.user_id)
    assert await storm.forked.execute(trial.run_id, "before_output@1=kill") < 0
    await storm.forked.execute(trial.run_id, "")
    assert await trial.check() == 1
    assert await balance(storm.runtime, storm.studio.user_id) == before
    assert await broken_promises(storm.runtime) == []


async def test_a_few_storms(storm: Storm) -> None:
    """Twelve generations: each paid once at its provider and once by its user, or by nobody."""
    await _trials(storm, 7, 12)


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_storms_of_paid_submits(storm: Storm, seed: int) -> None:
    """A hundred more, of other moments each time."""
    await _trials(storm, seed, 100)
