"""Reports of costs: dollars that were planned and billed, credits that were charged, by what one asks."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.fakes.chat import says
from tests.generation.claimed import ASKED, PAID, TextRun
from wzrd.contracts.spending import CostEntry, CostReport
from wzrd.db.costs import CostKey
from wzrd.db.provider_jobs import advance_job, insert_intent
from wzrd.domain.errors import BadRequest
from wzrd.domain.submission import Target
from wzrd.operations.costs import report_costs

VEO = Target("fal-ai", "fal-ai/veo3.1")


async def report(
    rig: TextRun, by: CostKey = "model", since: str = "30d", *, user: uuid.UUID | None = None
) -> CostReport:
    async with rig.runtime.begin() as tx:
        return await report_costs(tx, by, since, datetime.now(UTC), user or rig.studio.user_id)


async def submitted(rig: TextRun, item: str, planned: str | None, *news: str, billed: float | None = None) -> None:
    """A submit of a run, and what has become of it."""
    async with rig.runtime.begin() as tx:
        job_id = await insert_intent(
            tx, run_id=rig.lease.run_id, item_key=item, target=VEO, submission_no=0, seconds=60, token=item
        )
        assert job_id is not None
        await tx.execute(
            text("update wzrd.provider_jobs set planned_usd = cast(:planned as numeric) where id = :id"),
            {"planned": planned, "id": job_id},
        )
        for one in news:
            await advance_job(tx, job_id, one, cost_usd=billed if one == news[-1] else None)


async def test_planned_billed_and_unknown_stand_beside_each_other(rig: TextRun) -> None:
    """A bill takes the plan's place in what was spent; a refusal costs nothing; what nobody knows is counted."""
    await submitted(rig, "a", "1.6", "sending", "accepted", "succeeded", billed=1.5)
    await submitted(rig, "b", "0.8", "sending", "accepted")
    await submitted(rig, "c", "9", "sending", "rejected")
    await submitted(rig, "d", None, "sending", "accepted")
    told = await report(rig)
    assert told.lines == [
        CostEntry(
            key=VEO.model, submits=4, planned_usd=2.4, unknown=1, billed_usd=1.5, bills=1,
            spent_usd=2.3, credits=0,
        )
    ]  # fmt: skip
    assert told.total["spentUsd"] == 2.3
    assert "key" not in told.total


async def test_credits_stand_with_the_model_that_made_it(rig: TextRun) -> None:
    """An item's own hold is its model's; by run and project it is theirs, by day today's."""
    rig.server.script = [says("one"), says("two")]
    await rig.ask(PAID)
    await rig.ask(replace(ASKED, item_key="writer/1"))
    (line,) = (await report(rig)).lines
    assert (line.submits, line.credits, line.unknown) == (2, 5, 2)
    asked: tuple[tuple[CostKey, str], ...] = (
        ("run", str(rig.lease.run_id)),
        ("project", str(rig.studio.project_id)),
        ("day", datetime.now(UTC).date().isoformat()),
    )
    for by, key in asked:
        assert [(one.key, one.submits, one.credits) for one in (await report(rig, by)).lines] == [(key, 2, 5)]


async def test_credits_of_parts_stand_with_their_model(rig: TextRun) -> None:
    """One hold pays all clips and lines that an item is made of, each a submit of its own."""
    rig.server.script = [says("one")]
    await rig.ask(PAID)
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set item_key = item_key || '#2'"))
    (line,) = (await report(rig)).lines
    assert (line.submits, line.credits) == (1, 5)


async def test_each_sees_their_own_since_when_they_ask(rig: TextRun) -> None:
    """Another user has none of it, and nothing is older than the moment that is asked for."""
    await submitted(rig, "a", "1")
    assert (await report(rig, user=uuid.uuid4())).lines == []
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert (await report(rig, since=later)).lines == []
    assert len((await report(rig, since="1h")).lines) == 1
    with pytest.raises(BadRequest, match="since is 'soon'"):
        await report(rig, since="soon")
