"""Random orders of approve, reject, replace and restart: no clip leaves whose still is not the chosen, approved one."""

import asyncio
import itertools
import logging
import random
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from sqlalchemy import text

from tests.generation.claimed import armed
from tests.playing import run_once
from tests.tasks.shot_batch import BatchRig, make_batch_rig
from tests.waiting import let_others_run
from wzrd.db.takes import choose_take, judge_stills, list_takes
from wzrd.domain.errors import Conflict, LeaseLost, ProviderRejected
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.faults import FaultRaised
from wzrd.operations.auto_generate.kind import AutoGenerateParams, start_approved, start_auto_generate
from wzrd.runs.execute import Interrupted
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime
from wzrd.storyboard.batch.ends import ShotFailed, start_progress
from wzrd.storyboard.batch.items import list_chains
from wzrd.storyboard.batch.shots import make_shot

pytestmark = pytest.mark.usefixtures("module_runtime")

MODEL = "fal-ai/veo3.1/image-to-video"
FAULTS = ("", "after_intent=pause:0.01", "after_intent@1=raise", "before_send@1=raise", "before_step_commit@2=raise")
AT_ONCE = 6
_numbers = itertools.count()

# Noted by the very transaction that begins to send: what it believed is what is judged.
AUDIT = """
    create table if not exists public.audit (shot_id uuid, approved boolean);
    create or replace function public.audit_sending() returns trigger language plpgsql as $$
    begin
        if new.status = 'sending' then
            insert into public.audit select shot.id, exists (select 1 from wzrd.takes take
                where take.shot_id = shot.id and take.url = shot.image_url and take.verdict = 'approved')
            from public.shots shot where 'video/' || shot.id = new.item_key;
        end if;
        return null;
    end $$;
    create or replace trigger audit after insert or update of status on wzrd.provider_jobs
        for each row execute function public.audit_sending();
"""


@dataclass
class Order:
    """One project under a random order of what people and machines do to it."""

    rig: BatchRig
    draw: random.Random
    playing: list["asyncio.Task[Any]"] = field(default_factory=list["asyncio.Task[Any]"])
    runs: list[uuid.UUID] = field(default_factory=list[uuid.UUID])

    @property
    def runtime(self) -> Runtime:
        return self.rig.runtime

    async def judge(self, verdict: Literal["approved", "rejected"]) -> None:
        studio = self.rig.studio
        shots = self.draw.sample(list(self.rig.shots.values()), self.draw.randint(1, len(self.rig.shots)))
        async with self.runtime.begin() as tx:
            await judge_stills(tx, studio.project_id, shots, verdict, user_id=studio.user_id)

    async def approve(self) -> None:
        await self.judge("approved")
        if started := await start_approved(self.runtime, self.rig.studio.user_id, self.rig.studio.project_id):
            self.play(started.run_id)

    async def reject(self) -> None:
        await self.judge("rejected")

    async def replace(self) -> None:
        """By a client's own write, or by choosing another take."""
        shot_id = self.draw.choice(list(self.rig.shots.values()))
        async with self.runtime.begin() as tx:
            takes = await list_takes(tx, self.rig.studio.project_id, shot_id=shot_id)
            if self.draw.random() < 0.5:
                await choose_take(tx, self.draw.choice([take for take in takes if take.made == "image"]))
            else:
                statement = text("update public.shots set image_url = :url where id = :id")
                await tx.execute(statement, {"url": f"https://8.8.8.8/{next(_numbers)}.png", "id": shot_id})

    async def start(self) -> None:
        studio = self.rig.studio
        ids: dict[str, Any] = {"user_id": studio.user_id, "project_id": str(studio.project_id)}
        wanted = AutoGenerateParams(phase="videos", model=MODEL, require_approval=True, **ids)
        self.play((await start_auto_generate(self.runtime, wanted)).run_id)

    async def restart(self) -> None:
        """Take up what was broken off, or retry what has ended."""
        if self.runs:
            run_id = self.draw.choice(self.runs)
            with suppress(Conflict):
                await reopen(self.runtime, run_id)
            self.play(run_id)

    def play(self, run_id: uuid.UUID) -> None:
        self.runs.append(run_id)
        self.playing.append(asyncio.create_task(self._play(run_id)))

    async def _play(self, run_id: uuid.UUID) -> None:
        with suppress(Interrupted, FaultRaised, LeaseLost):
            await run_once(self.runtime, run_id, work=self._work)

    async def _work(self, lease: Lease) -> Outcome:
        """The flow's own steps, without Prefect's pages and the contact sheet."""
        await start_progress(self.runtime, lease.run_id, "videos", 2)
        for ((key, label),) in await list_chains(self.runtime, lease.run_id):
            with suppress(ShotFailed):
                await make_shot(self.runtime, lease.run_id, key, label, logging.getLogger(__name__))
        return Outcome()


async def play_group(runtime: Runtime, seeds: Sequence[int]) -> None:
    """Some orders at once, to their ends; the provider refuses each clip, so that none costs the test its encoding."""
    still = {"image_status": "completed", "image_url": "https://8.8.8.8/first.png"}
    rigs = [await make_batch_rig(runtime, "ab", funds=100_000, **still) for _ in seeds]
    rigs[-1].images.acts = {name: [ProviderRejected("no", status=422) for _ in range(1000)] for name in "ab"}
    async with armed(random.Random(seeds[0]).choice(FAULTS)):
        orders = [Order(rig, random.Random(seed)) for rig, seed in zip(rigs, seeds, strict=True)]
        await asyncio.gather(*(play_order(order) for order in orders))


async def play_order(order: Order) -> None:
    """One order to its end."""
    draw, acts = order.draw, (order.approve, order.approve, order.reject, order.replace, order.start, order.restart)
    await order.start()
    for _ in range(draw.randint(3, 9)):
        await draw.choice(acts)()
        await let_others_run(draw.randint(0, 60))
    for task in order.playing:
        await task


async def play_orders(runtime: Runtime, seeds: Sequence[int]) -> tuple[int, int]:
    """Clips that were sent over all orders, and those of them without an approval."""
    async with runtime.begin() as tx:
        await tx.exec_driver_sql(AUDIT)
        await tx.execute(text("delete from public.audit"))
    for at in range(0, len(seeds), AT_ONCE):
        await play_group(runtime, seeds[at : at + AT_ONCE])
    async with runtime.begin() as tx:
        statement = text("select count(*) as sent, count(*) filter (where not approved) as wrong from public.audit")
        row = (await tx.execute(statement)).one()
    return row.sent, row.wrong


async def test_no_clip_leaves_without_its_approval(runtime: Runtime) -> None:
    """Twelve orders, of which some send clips."""
    sent, wrong = await play_orders(runtime, range(12))
    assert (sent > 0, wrong) == (True, 0), (sent, wrong)


@pytest.mark.storm
@pytest.mark.parametrize("first", range(1000, 2000, 100))
async def test_no_clip_leaves_without_its_approval_in_a_thousand_orders(runtime: Runtime, first: int) -> None:
    """The figure that is asked: none in 1,000."""
    sent, wrong = await play_orders(runtime, range(first, first + 100))
    assert (sent > 50, wrong) == (True, 0), (sent, wrong)


async def test_the_audit_finds_what_is_sent_without(runtime: Runtime) -> None:
    """A batch that asks for no approval is found out by it: the figure above can fail."""
    async with runtime.begin() as tx:
        await tx.exec_driver_sql(AUDIT)
        await tx.execute(text("delete from public.audit"))
    still = {"image_status": "completed", "image_url": "https://8.8.8.8/first.png"}
    rig = await make_batch_rig(runtime, "a", funds=100_000, **still)
    rig.images.acts = {"a": [ProviderRejected("no", status=422)]}
    order = Order(rig, random.Random(0))
    run = await rig.open("videos", model=MODEL)
    order.play(run.run_id)
    for task in order.playing:
        await task
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from public.audit where not approved")) == 1
