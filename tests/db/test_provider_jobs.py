"""Rows of paid submits: numbers, guarded moves, facts that are never lost."""

import asyncio
import itertools
import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.provider_jobs import ProviderJob, advance_job, find_job, insert_intent, list_item_jobs
from wzrd.domain.ids import RunId
from wzrd.domain.runs import PROVIDER_JOB, RESUBMITTABLE
from wzrd.domain.submission import Target

GROQ = Target("groq", "llama")


@pytest.fixture
async def run_id(engine: AsyncEngine) -> RunId:
    """A bare run row."""
    made = RunId(uuid.uuid4())
    async with engine.begin() as tx:
        await tx.execute(
            text("""insert into wzrd.runs (id, kind, user_id, request_id, params_hash)
                values (:id, 'gen-shots', :id, 'r', 'h')"""),
            {"id": made},
        )
    return made


async def intend(engine: AsyncEngine, run_id: RunId, no: int = 0, target: Target = GROQ) -> uuid.UUID | None:
    async with engine.begin() as tx:
        return await insert_intent(tx, run_id=run_id, item_key="i", target=target, submission_no=no, seconds=60)


async def stand(engine: AsyncEngine, job_id: uuid.UUID, status: str) -> None:
    """Put a row where a test wants it."""
    async with engine.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set status = :s where id = :id"), {"s": status, "id": job_id})


async def advance(engine: AsyncEngine, job_id: uuid.UUID, event: str, **facts: Any) -> bool:
    async with engine.begin() as tx:
        return await advance_job(tx, job_id, event, **facts)


async def read(engine: AsyncEngine, job_id: uuid.UUID) -> ProviderJob:
    async with engine.begin() as tx:
        found = await find_job(tx, job_id)
    assert found is not None
    return found


async def test_every_step_of_the_table_and_no_other(engine: AsyncEngine, run_id: RunId) -> None:
    """All statuses against all events: exactly the table's steps move a row, to where the table says."""
    job_id = await intend(engine, run_id)
    assert job_id is not None
    events = {event for steps in PROVIDER_JOB.values() for event in steps}
    for status, event in itertools.product(PROVIDER_JOB, sorted(events)):
        await stand(engine, job_id, status)
        moved = await advance(engine, job_id, event)
        assert moved is (event in PROVIDER_JOB[status]), (status, event)
        assert (await read(engine, job_id)).status == PROVIDER_JOB[status].get(event, status)


async def test_a_number_only_after_the_former_ended(engine: AsyncEngine, run_id: RunId) -> None:
    """Number 1 is refused while number 0 may still be alive, and so is a gap or a repetition."""
    first = await intend(engine, run_id, 0)
    assert first is not None
    for status in PROVIDER_JOB:
        await stand(engine, first, status)
        assert await intend(engine, run_id, 2) is None
        assert await intend(engine, run_id, 0) is None
        async with engine.connect() as tx:
            made = await insert_intent(tx, run_id=run_id, item_key="i", target=GROQ, submission_no=1, seconds=1)
        assert (made is not None) is (status in RESUBMITTABLE), status


async def test_two_that_intend_the_same_are_one(engine: AsyncEngine, run_id: RunId) -> None:
    """Ten at once insert one row, and ten at once begin to send it once."""
    made = await asyncio.gather(*(intend(engine, run_id) for _ in range(10)))
    (job_id,) = [one for one in made if one is not None]
    assert sum(await asyncio.gather(*(advance(engine, job_id, "sending") for _ in range(10)))) == 1


async def test_targets_count_for_themselves(engine: AsyncEngine, run_id: RunId) -> None:
    """Each target of an item has its own numbers; the item's list shows all."""
    assert await intend(engine, run_id)
    assert await intend(engine, run_id, target=Target("openai", "llama"))
    assert await intend(engine, run_id, target=Target("groq", "other"))
    async with engine.begin() as tx:
        jobs = await list_item_jobs(tx, run_id, "i")
        assert await list_item_jobs(tx, run_id, "another") == []
    assert len({job.intent_key for job in jobs}) == 3


async def test_facts_are_kept(engine: AsyncEngine, run_id: RunId) -> None:
    """Request id, addresses, result, cost and times stay through later steps; a success has no error."""
    job_id = await intend(engine, run_id)
    assert job_id is not None
    await advance(engine, job_id, "sending")
    await advance(engine, job_id, "accepted", request_id="q1", urls={"status_url": "https://x/s"})
    await advance(engine, job_id, "lost", error="no word\x00", output={"text": "half"})
    job = await read(engine, job_id)
    assert (job.error, job.output) == ("no word", {"text": "half"})
    await advance(engine, job_id, "succeeded", cost_usd=0.0123)
    job = await read(engine, job_id)
    assert (job.status, job.request_id, job.urls, job.error) == ("succeeded", "q1", {"status_url": "https://x/s"}, None)
    assert (job.output, float(job.cost_usd or 0)) == ({"text": "half"}, 0.0123)
    async with engine.connect() as tx:
        times = (await tx.execute(text("select created_at, sent_at, accepted_at, finished_at, deadline "
                                       "from wzrd.provider_jobs"))).one()  # fmt: skip
    assert None not in times
    assert list(times[:4]) == sorted(times[:4])


async def test_an_unknown_row_does_not_move(engine: AsyncEngine) -> None:
    """A step of a job that is not there is False, not an error."""
    assert await advance(engine, uuid.uuid4(), "sending") is False
