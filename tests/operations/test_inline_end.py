"""The two statements of an inline run: they leave the rows that the same said step by step leaves."""

import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from tests.operations.inline_runs import CHOSEN, PARAMS, TARGET, begin
from tests.rows import balance, make_studio
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.provider_jobs import job_id_of
from wzrd.domain.errors import InsufficientCredits
from wzrd.domain.submission import intent_key
from wzrd.operations.generate import ITEM, new_generation
from wzrd.operations.inline_end import InlineEnd, RunFacts, RunOutput, end_at_once, end_stepwise
from wzrd.providers.base import Output
from wzrd.runs.start import Inline, start
from wzrd.runtime.process import Runtime

End = Callable[[Runtime, RunFacts, Tx, RunOutput], Awaitable[InlineEnd | None]]


def output_of(facts: RunFacts) -> RunOutput:
    job_id = job_id_of(facts.row.run_id, intent_key(facts.row.run_id, ITEM, TARGET, 0))
    output = Output(text="the words", cost_usd=0.002, raw={"usage": {"total_tokens": 3}, "finish_reason": "stop"})
    return RunOutput(job_id, output, TARGET, [NewEvent("delta", {"text": "the words"})])


async def end(runtime: Runtime, facts: RunFacts, ending: End) -> InlineEnd | None:
    async with runtime.begin() as tx:
        return await ending(runtime, facts, tx, output_of(facts))


async def all_rows(runtime: Runtime, run_id: uuid.UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row that tells of the run; ids and times count by their being there."""
    mine, held = "run_id = :id", "metadata ->> 'run_id' = cast(:id as text)"
    tables = {
        "wzrd.runs": "id = :id",
        **dict.fromkeys(("wzrd.run_items", "wzrd.run_events", "wzrd.run_holds", "wzrd.provider_jobs"), mine),
        **dict.fromkeys(("public.credit_holds", "public.credit_transactions"), held),
    }
    unlike = ("id", "_at", "at", "_until", "deadline", "key", "hash", "owner")
    found: dict[str, list[dict[str, Any]]] = {}
    async with runtime.begin() as tx:
        for table, where in tables.items():
            told = await tx.execute(text(f"select * from {table} where {where}"), {"id": run_id})
            found[table] = [
                {name: value is None if name.endswith(unlike) else value for name, value in row.items()}
                for row in told.mappings()
            ]
    return found


def without(value: object, *ids: object) -> str:
    """The value as JSON, without these ids."""
    told = json.dumps(value, sort_keys=True, default=str)
    for one in ids:
        told = told.replace(str(one), "ID")
    return told


async def test_they_write_the_same(runtime: Runtime) -> None:
    """Rows of run, item, log, hold, ledger and submit; the charge; what is told of it."""
    found: list[tuple[dict[str, list[str]], str, int]] = []
    for ending in (end_at_once, end_stepwise):
        studio = await make_studio(runtime, funds=100)
        started, facts = await begin(runtime, studio, "same")
        ended = await end(runtime, facts, ending)
        assert ended is not None
        ids = (started.run_id, started.hold_id)
        tables = await all_rows(runtime, started.run_id)
        rows = {table: sorted(without(row, *ids) for row in told) for table, told in tables.items()}
        found.append((rows, without(ended.result, started.run_id), await balance(runtime, studio.user_id)))
    for table, rows in found[0][0].items():
        assert rows == found[1][0][table], table
    assert found[0] == found[1]
    assert found[0][2] == 100 - CHOSEN.credits


@pytest.mark.parametrize("ending", [end_at_once, end_stepwise])
async def test_who_has_lost_the_run_writes_nothing(runtime: Runtime, ending: End) -> None:
    """Another epoch, or an ended run: None, and not a row has changed."""
    studio = await make_studio(runtime)
    started, facts = await begin(runtime, studio, "lost")
    before = await all_rows(runtime, started.run_id)
    stale = replace(facts, lease=replace(facts.lease, epoch=facts.lease.epoch + 1))
    assert await end(runtime, stale, ending) is None
    assert await all_rows(runtime, started.run_id) == before
    assert await end(runtime, facts, ending) is not None
    after = await all_rows(runtime, started.run_id)
    assert await end(runtime, facts, ending) is None
    assert await all_rows(runtime, started.run_id) == after


async def test_what_is_not_covered_leaves_nothing(runtime: Runtime) -> None:
    """The ledger's refusal with both numbers; no run, no hold, no submit, no entry."""
    studio = await make_studio(runtime, funds=2)
    with pytest.raises(InsufficientCredits) as refused:
        await begin(runtime, studio, "poor")
    assert (refused.value.required, refused.value.available) == (3, 2)
    async with runtime.begin() as tx:
        for table in ("wzrd.runs", "wzrd.provider_jobs", "public.credit_holds"):
            assert await tx.scalar(text(f"select count(*) from {table}")) == 0
    assert await balance(runtime, studio.user_id) == 2


async def test_the_same_request_finds_the_run(runtime: Runtime) -> None:
    """Nothing is written twice, nothing held twice."""
    studio = await make_studio(runtime)
    first, facts = await begin(runtime, studio, "twice")
    before = await all_rows(runtime, first.run_id)
    params = replace(PARAMS, user_id=studio.user_id, request_id="twice")
    new = replace(await new_generation(runtime, params), inline=Inline(TARGET, 120.0))
    again = await start(runtime, new)
    assert (again.created, again.run_id) == (False, facts.row.run_id)
    assert await all_rows(runtime, first.run_id) == before
    assert await balance(runtime, studio.user_id) == 97
