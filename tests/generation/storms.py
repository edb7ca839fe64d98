"""A storm of paid submits, and one generation's way through it: processes that die, twins, cancels, retries."""

import asyncio
import random
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import text

from server.fakes import Behaviour, Fakes, open_fakes
from tests.fakes.providers import settings_with
from tests.generation.forked import Forked, open_forked
from tests.playing import row
from tests.rows import Studio, balance, broken_promises, make_studio
from tests.waiting import any_moment
from wzrd.animatic.provider import Animatic
from wzrd.db.items import Item, find_item
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.run_holds import RunHold, list_run_holds
from wzrd.domain.errors import Conflict, InsufficientCredits
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.domain.settlement import Outcome
from wzrd.generation.recovery import recover
from wzrd.operations.generate import ITEM, GenerateParams, start_generate
from wzrd.providers.opening import open_providers
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runtime.process import Runtime

FUNDS = 100_000
AT_ONCE = 10


@dataclass(slots=True)
class Storm:
    """Resources that all trials share."""

    runtime: Runtime
    fakes: Fakes
    forked: Forked
    studio: Studio


@asynccontextmanager
async def open_storm(runtime: Runtime, database_url: str, home: Path, **more: str) -> AsyncGenerator[Storm]:
    """The fakes and the executing side in processes of their own; `more` are variables of both."""
    async with open_fakes(process=True) as fakes:
        environment = {
            **fakes.environment(),
            "WZRD_DATABASE_URL": database_url,
            "WZRD_HOME": str(home),
            "WZRD_OFFLINE": "never",
            "WZRD_POOL_SIZE": "3",
            "PREFECT_API_URL": "",
            **more,
        }
        runtime.settings = settings_with(runtime.settings, environment)
        runtime.providers = open_providers(runtime.settings, local=[Animatic()])
        async with open_forked(environment) as forked:
            yield Storm(runtime, fakes, forked, await make_studio(runtime, funds=FUNDS))
        await runtime.providers.aclose(grace=0.1)


class Trial:
    """One generation through a storm of its own."""

    POINTS: Sequence[str] = ()
    """Fail points at which its processes may be killed."""
    deadline = 10.0
    cancels = 0.15
    """Chance of a cancel, each time that it is executed."""

    def __init__(self, storm: Storm, chance: random.Random, model: str, prompt: str = "") -> None:
        self.storm, self.chance = storm, chance
        self.runtime = storm.runtime
        self.model = model
        self.prompt = prompt or f"a lighthouse {uuid.uuid4().hex}"
        self.run_id = uuid.uuid4()
        self.story: list[object] = [model]

    async def script(self, *behaviours: Behaviour) -> None:
        """Faults that meet this generation alone."""
        self.story += behaviours
        await self.storm.fakes.script(*(replace(one, match=self.prompt) for one in behaviours))

    async def start(self) -> None:
        """Asked for ten times at once: one run."""
        params = GenerateParams(
            user_id=self.storm.studio.user_id,
            project_id=str(self.storm.studio.project_id),
            request_id=str(self.run_id),
            model=self.model,
            inputs={"prompt": self.prompt},
        )
        started = await asyncio.gather(*(start_generate(self.runtime, params) for _ in range(10)))
        assert len({one.run_id for one in started}) == 1
        assert sum(one.created for one in started) == 1
        self.run_id = started[0].run_id

    async def until_ended(self) -> None:
        """In processes that may die, some of them several at once, until the run has ended."""
        for round_ in range(8):
            twins = self.chance.choice((1, 1, 1, 2)) if round_ else 1
            faults = [self.fault(round_) for _ in range(twins)]
            executed = (self.storm.forked.execute(self.run_id, fault, deadline=self.deadline) for fault in faults)
            work = asyncio.gather(*executed)
            if self.chance.random() < self.cancels:
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

    def fault(self, round_: int) -> str:
        """Where the process of this round is killed; nowhere after some rounds."""
        if round_ > 4 or self.chance.random() < 0.3:
            return ""
        return f"{self.chance.choice(self.POINTS)}@{self.chance.choice((1, 1, 1, 2))}=kill"

    async def retry(self) -> None:
        """Once more, where that may be."""
        with suppress(Conflict, InsufficientCredits):
            await reopen(self.runtime, self.run_id)
            self.story.append("retry")
            await self.until_ended()

    async def paid(self) -> list[str]:
        """The requests of this prompt that the vendor has taken."""
        return [one.request_id for one in await self.storm.fakes.paid_submits(match=self.prompt)]

    async def jobs(self) -> list[ProviderJob]:
        """Its submits."""
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.run_id, ITEM)

    async def look_after(self) -> None:
        """Looks after jobs that are left with a provider until their end is known, or their time is over."""
        for look in range(60):
            if not any(
                job.is_left or (job.queued and job.status in {"sending", "unknown", "accepted"})
                for job in await self.jobs()
            ):
                return
            async with self.runtime.begin() as tx:
                statement = "update wzrd.provider_jobs set checked_at = null {} where run_id = :id"
                late = ", deadline = clock_timestamp()" if look > 40 else ""
                await tx.execute(text(statement.format(late)), {"id": self.run_id})
            await recover(self.runtime)
            await asyncio.sleep(0.05)  # what a queue answers late has no signal
        raise AssertionError([job.status for job in await self.jobs()])

    async def ended(self) -> tuple[Item, int]:
        """The item of a run that has ended and holds nothing, and the credits that it was charged."""
        run = await row(self.runtime, self.run_id)
        async with self.runtime.begin() as tx:
            item = await find_item(tx, self.run_id, ITEM)
            holds: list[RunHold] = await list_run_holds(tx, self.run_id)
        assert item is not None
        assert run.status in TERMINAL_RUN
        assert item.status in {"succeeded", "failed", "skipped", "canceled"}
        assert [hold.status for hold in holds if hold.status == "held"] == []
        return item, sum(hold.committed or 0 for hold in holds)

    async def run(self) -> int:
        """Through it; what it cost its user."""
        raise NotImplementedError


async def play(storm: Storm, seed: int, count: int, trial: Callable[[Storm, random.Random], Trial]) -> None:
    """So many trials, some at once; every credit is accounted for."""
    chance = random.Random(seed)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> int:
        async with places:
            made = trial(storm, random.Random(chance.random()))
            try:
                async with asyncio.timeout(180):
                    return await made.run()
            except BaseException as error:
                error.add_note(f"trial {number} of seed {seed}: {made.story}")
                raise

    charged = await asyncio.gather(*(one(number) for number in range(count)))
    assert await balance(storm.runtime, storm.studio.user_id) == FUNDS - sum(charged)
    assert await broken_promises(storm.runtime) == []
    assert any(charged), "something must have been made"
