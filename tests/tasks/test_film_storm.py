"""A paid film whose processes are killed again and again: sheets, stills, approvals, clips, voices and lips.

Twenty kills of a film of ten shots run always; `make chaos` kills two hundred times in films of thirty.
"""

import os
import random
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from server.fakes import Fakes
from tests.generation.forked import Forked
from tests.playing import row
from tests.rows import broken_promises
from tests.tasks.bible_project import EDIT, open_processes
from tests.tasks.speech_project import CLIPS, LIPS, SpeechRig, open_speech_rig
from tests.tasks.test_speech import LINE, MOVED
from tests.tasks.whole_film import SCRIPT, VOICES, film_of
from wzrd.db.items import list_items
from wzrd.db.storyboards import write_delivery
from wzrd.db.takes import judge_stills, list_takes
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

FUNDS = 10_000
FOUND_SECONDS = 6.0
"""Seconds after which a submit that the vendor does not list has never been sent."""
PLACES = (
    "after_intent", "after_send", "after_ack", "before_record", "before_store", "after_store", "before_sheet",
    "before_shot", "before_voice", "before_lips", "before_step_commit", "after_step_commit", "before_settle_commit",
)  # fmt: skip
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1").replace(",", " ").split()]
ASKED: dict[str, Any] = {"model": CLIPS, "voices": VOICES, "lips": (LIPS,), "require_approval": True}


@dataclass(slots=True)
class FilmStorm:
    """A film, the processes that execute its runs, and how often they may still be killed."""

    rig: SpeechRig
    forked: Forked
    chance: random.Random
    killed: int = 0

    async def execute(self, run_id: uuid.UUID, kills: int) -> None:
        """Execute a run to its end, in processes that are killed until there have been so many."""
        while (await row(self.rig.runtime, run_id)).status not in TERMINAL_RUN:
            places = self.chance.sample(PLACES, 3) if self.killed < kills else []
            faults = ",".join(f"{place}@1=kill" for place in places)
            code = await self.forked.execute(run_id, faults, deadline=FOUND_SECONDS, at_once=2)
            assert code in {0, -9}
            self.killed += code == -9
            if await self._is_unknown(run_id):  # killed right before it was sent: nobody knows, its user says so
                await reopen(self.rig.runtime, run_id, resubmit_unknown=True)

    async def _is_unknown(self, run_id: uuid.UUID) -> bool:
        """True if the run has ended with items that may have been made, and with no other fault."""
        async with self.rig.runtime.begin() as tx:
            failed = [item for item in await list_items(tx, run_id) if item.status == "failed"]
        codes = {(item.output or {}).get("code") for item in failed}
        assert not failed or codes - {"sheet_failed"} == {"provider_outcome_unknown"}, failed
        return bool(failed) and (await row(self.rig.runtime, run_id)).status in TERMINAL_RUN


@asynccontextmanager
async def open_film(runtime: Runtime, fakes: Fakes, *, count: int) -> AsyncGenerator[SpeechRig]:
    """So many shots with their prompts, small, so that pictures cost little."""
    prompted: Mapping[str, Any] = {"image_status": "prompt_ready", "image_url": None}
    async with open_speech_rig(
        runtime, fakes, funds=FUNDS, script=SCRIPT, shots=film_of(count), columns=prompted
    ) as rig:
        async with runtime.begin() as tx:
            await write_delivery(tx, rig.batch.studio.project_id, {"resolution": "320x180"})
        yield rig


async def approved(rig: SpeechRig) -> set[uuid.UUID]:
    """The shots whose chosen still is approved."""
    async with rig.runtime.begin() as tx:
        takes = await list_takes(tx, rig.batch.studio.project_id)
    return {take.shot_id for take in takes if take.made == "image" and take.chosen and take.verdict == "approved"}


async def told_lost(rig: SpeechRig, run_id: uuid.UUID) -> tuple[int, int]:
    """Lines whose answer a kill has lost, and mouths that so were not moved: told, and not charged.

    The scratch voice speaks such a line.
    """
    async with rig.runtime.begin() as tx:
        items = await list_items(tx, run_id)
    skipped = [item.entity_type for item in items if item.status != "succeeded"]
    assert skipped == ["shot_lips"] * len(skipped)
    told = [one for item in items for one in (item.output or {}).get("fallbacks", ())]
    assert {one["fallbackReason"] for one in told} <= {"provider_outcome_unknown"}
    return len(told), len(skipped)


async def check_storm(storm: FilmStorm, kills: int) -> None:
    """Through all of the film; every submit is paid once, and the plans are the charge."""
    rig, studio = storm.rig, storm.rig.batch.studio
    shots = [*rig.batch.shots.values()]
    pictures = await rig.plan(model=EDIT, sheets="all")
    assert pictures.sheets
    await storm.execute((await rig.open(model=EDIT, sheets="all")).run_id, kills // 2)
    async with rig.runtime.begin() as tx:
        await judge_stills(tx, studio.project_id, shots, "approved", user_id=studio.user_id)
    plan = await rig.plan("videos", **ASKED)
    run_id = (await rig.open("videos", **ASKED)).run_id
    await storm.execute(run_id, kills)
    lost, unmoved = await told_lost(rig, run_id)
    assert storm.killed >= kills, "its processes were killed so often"
    assert (
        await rig.batch.left()
        == FUNDS - pictures.estimated_credits - plan.estimated_credits + LINE * lost + MOVED * unmoved
    )
    assert await approved(rig) == {*shots}
    paid = Counter(one.model for one in await rig.fakes.paid_submits("fal-ai"))
    lips = next(one.shots for one in plan.speech if one.model == LIPS) - unmoved
    assert (paid[EDIT], paid[CLIPS], paid[LIPS]) == (len(shots), len(shots), lips)
    assert paid.total() == 2 * len(shots) + lips + len(pictures.sheets)
    assert await broken_promises(rig.runtime) == []


async def play(runtime: Runtime, database_url: str, home: Path, seed: int, *, count: int, kills: int) -> None:
    async with open_processes(runtime, database_url, home, partial(open_film, count=count)) as (rig, forked):
        await check_storm(FilmStorm(rig, forked, random.Random(seed)), kills)


async def test_twenty_kills(runtime: Runtime, database_url: str, tmp_path: Path) -> None:
    """Of a film of ten shots."""
    await play(runtime, database_url, tmp_path / "home", SEEDS[0], count=10, kills=20)


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("part", range(7))
async def test_two_hundred_kills(runtime: Runtime, database_url: str, tmp_path: Path, seed: int, part: int) -> None:
    """Of films of thirty shots, some thirty kills each."""
    await play(runtime, database_url, tmp_path / "home", seed * 100 + part, count=30, kills=30)
