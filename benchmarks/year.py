"""A busy studio's year in the databases: requests, lists and upkeep, beside the first thousand shots.

One real run of three shots is copied by SQL, with all its rows, its money and its pages' rows in Prefect, 50 users in
turn, their times spread over a year. The same stack is measured before and after; YEAR=0.1 fills a tenth.
"""

import asyncio
import os
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.figures import Measure, at_most, percentile
from benchmarks.ground import folder
from benchmarks.processes import computed_below
from benchmarks.stack import Stack, read_pieces, shoot, whole_stack
from server.stack.state import read_state
from wzrd.db.engine import open_engine
from wzrd.db.runs import find_run
from wzrd.db.users import list_transactions
from wzrd.domain.upkeep import Retention
from wzrd.operations import upkeep

SHOTS = 3
FEW = 334
"""Runs of the first thousand shots."""
RUNS = round(33_334 * float(os.environ.get("YEAR", "1")))
TASKS, LOGS = 9, 21
"""Rows in Prefect of each run: with these a year has a million."""
REQUESTS, LOOKS, BATCH = 30, 20, 500
LIMIT = 1.2

# The copy of a row under another number: what is its run's own gets ids of its own, what is its user's those of one of
# fifty users, and each time lies further back.
_COPY = """
    create function bench_copy(kept jsonb, own text[], owner text[], n int, years float) returns jsonb
    language plpgsql immutable as $$
    declare said text := kept::text; one text; found jsonb;
    begin
        foreach one in array own loop said := replace(said, one, md5(one || n)::uuid::text); end loop;
        if n % 50 > 0 then
            foreach one in array owner loop said := replace(said, one, md5(one || 'u' || n % 50)::uuid::text); end loop;
        end if;
        select jsonb_object_agg(key, case when key ~ '(^|_)at$' and value <> 'null'
            then to_jsonb((value #>> '{}')::timestamptz - years * interval '365 days') else value end)
            into found from jsonb_each(said::jsonb);
        return found;
    end $$
"""
_FILL = """
    insert into {table} select copy.* from generate_series(cast(:first as int), cast(:last as int)) n,
        lateral (select * from {table} where {of}) kept,
        lateral jsonb_populate_record(null::{table},
            bench_copy(to_jsonb(kept), cast(:own as text[]), cast(:owner as text[]), n, n / cast(:most as float))) copy
    on conflict do nothing
"""
_OURS = {
    "wzrd.runs": "id = :run",
    "wzrd.run_items": "run_id = :run",
    "wzrd.run_events": "run_id = :run",
    "wzrd.run_holds": "run_id = :run",
    "public.credit_holds": "id in (select hold_id from wzrd.run_holds where run_id = :run)",
    "public.credit_transactions":
        "metadata ->> 'hold_id' in (select hold_id::text from wzrd.run_holds where run_id = :run)",
    "public.projects": "id = :project",
    "public.scenes": "project_id = :project",
    "public.shots": "id in (select entity_id from wzrd.run_items where run_id = :run)",
}  # fmt: skip
_ACCOUNTS = (
    """insert into public.credit_transactions (user_id, amount, transaction_type, resource_type, metadata)
       select distinct run.user_id, 1000000, 'grant', 'credits', '{}'::jsonb from wzrd.runs run
       where not exists (select from public.user_credits account where account.user_id = run.user_id)""",
    """insert into public.user_credits (user_id, total_credits, used_credits)
       select distinct user_id, 1000000, 0 from wzrd.runs on conflict (user_id) do nothing""",
    """update public.user_credits account set used_credits = total_credits - entries.total
       from (select user_id, sum(amount) as total from public.credit_transactions group by user_id) entries
       where entries.user_id = account.user_id and used_credits <> total_credits - entries.total""",
)
_TASKS = f"""
    insert into task_run (id, name, task_key, dynamic_key, flow_run_id, state_type, state_name, start_time, end_time)
    select gen_random_uuid(), 'shot', 'shot', n || '-' || task, md5(cast(:flow_run as text) || n)::uuid,
        'COMPLETED', 'Completed', now(), now()
    from generate_series(cast(:first as int), cast(:last as int)) n, generate_series(1, {TASKS}) task
"""
_LOGS = f"""
    insert into log (id, name, level, flow_run_id, message, timestamp)
    select gen_random_uuid(), 'prefect.flow_runs', 20, md5(cast(:flow_run as text) || n)::uuid,
        'a line of a run, as long as most of them are', now()
    from generate_series(cast(:first as int), cast(:last as int)) n, generate_series(1, {LOGS}) line
"""


class Studio:
    """The stack, its databases, and the run that is copied."""

    def __init__(self, stack: Stack, ours: AsyncEngine, prefect: AsyncEngine, values: dict[str, Any]) -> None:
        self.stack, self.ours, self.prefect, self._values, self._filled = stack, ours, prefect, values, 0

    async def fill(self, runs: int) -> None:
        """Add copies until there are so many, then let both databases know their tables."""
        for first in range(self._filled + 1, runs + 1, BATCH):
            values = {**self._values, "first": first, "last": min(first + BATCH - 1, runs), "most": RUNS}
            async with self.ours.begin() as tx:
                for table, of in _OURS.items():
                    await tx.execute(text(_FILL.format(table=table, of=of)), values)
            async with self.prefect.begin() as tx:
                await tx.execute(text(_FILL.format(table="flow_run", of="id = cast(:flow_run as uuid)")), values)
                for statement in (_TASKS, _LOGS):
                    await tx.execute(text(statement), values)
        self._filled = runs
        async with self.ours.begin() as tx:
            for statement in _ACCOUNTS:
                await tx.execute(text(statement))
        for engine in (self.ours, self.prefect):
            async with engine.connect() as connection:
                alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await alone.execute(text("vacuum (analyze)"))

    async def size(self) -> float:
        """MiB of both databases."""
        sizes = list[int]()
        for engine in (self.ours, self.prefect):
            async with engine.connect() as connection:
                sizes.append(await connection.scalar(text("select pg_database_size(current_database())")) or 0)
        return sum(sizes) / 2**20

    async def measure(self, http: httpx.AsyncClient) -> dict[str, float]:
        """Milliseconds and processor seconds by claim."""
        stack, metas, dones = self.stack, list[float](), list[float]()
        await asyncio.sleep(2)  # until what the filling has left to do is done
        state = read_state(Path(stack.environment["WZRD_HOME"]))
        assert state is not None
        assert state.supervisor is not None
        before = computed_below(state.supervisor.pid)
        for _ in range(REQUESTS):
            began = time.perf_counter()
            _, arrived = await shoot(http, stack)
            metas.append((arrived[0] - began) * 1000)
            dones.append((arrived[-1] - began) * 1000)
        computed = computed_below(state.supervisor.pid) - before

        async def get(path: str) -> None:
            (await http.get(path, headers=stack.headers)).raise_for_status()

        async def ledger() -> None:
            async with stack.runtime.begin() as tx:
                await list_transactions(tx, stack.studio.user_id, limit=100)

        return {
            "POST to meta, p50": median(metas),
            "POST to meta, p95": percentile(metas, 0.95),
            "a run of one shot, p50": median(dones),
            "the same, processor time": computed / REQUESTS * 1000,
            "a user's 50 newest runs": await clock(lambda: get("/functions/v1/runs?limit=50")),
            "the catalog": await clock(lambda: get("/functions/v1/model-catalog")),
            "100 entries of a ledger": await clock(ledger),
        }


async def clock(ask: Callable[[], Awaitable[object]], times: int = LOOKS) -> float:
    """Median milliseconds."""
    took = list[float]()
    for _ in range(times):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


async def first_run(stack: Stack, http: httpx.AsyncClient) -> dict[str, Any]:
    """One real run of three shots: its ids, and those of its user."""
    body = {**stack.request(), "shotCount": SHOTS}
    async with http.stream("POST", "/functions/v1/gen-shots", json=body, headers=stack.headers) as answer:
        run_id = uuid.UUID(answer.headers["x-run-id"])
        async for _ in answer.aiter_bytes():
            pass
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, run_id)
        assert run is not None
        of = {"run": run_id}
        holds = text("select hold_id::text from wzrd.run_holds where run_id = :run")
        hold_ids = list((await tx.scalars(holds, of)).all())
        entries = text("select id::text from public.credit_transactions where metadata ->> 'hold_id' = any(:holds)")
        shots = text("select entity_id::text from wzrd.run_items where run_id = :run")
        ids = [*(await tx.scalars(shots, of)).all(), *(await tx.scalars(entries, {"holds": hold_ids})).all(), *hold_ids]
    studio, flow_run = stack.studio, str(run.flow_run_id)
    places = [str(studio.project_id), str(studio.scene_ids[0])]
    own = [str(run_id), str(body["requestId"]), flow_run, *ids, *places]
    return {
        **of, "project": studio.project_id, "flow_run": flow_run, "own": own, "owner": [str(studio.user_id)],
    }  # fmt: skip


async def look_after(stack: Stack) -> Sequence[Measure]:
    """Upkeep of the year, as its hourly run does it."""
    lines, began = list[Measure](), time.perf_counter()
    broken = await upkeep.check_money(stack.runtime)
    lines.append(Measure("upkeep: promises about money, all asked", time.perf_counter() - began, None, "s", "", None))
    lines.append(Measure("upkeep: of them broken", len(broken), None, "", "0", not broken))
    began = time.perf_counter()
    gone = await upkeep.forget_old_events(stack.runtime, Retention())
    lines.append(Measure("upkeep: logs of old runs forgotten", gone, None, "", "", None))
    lines.append(Measure("upkeep: seconds for that", time.perf_counter() - began, None, "s", "", None))
    return lines


async def measure() -> list[Measure]:
    """Warm, with a thousand shots, and with a year's."""
    async with (
        folder() as home,
        whole_stack(home) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=60) as http,
    ):
        url = make_url(stack.database_url)
        ours = open_engine(stack.database_url, application="bench")
        prefect = open_engine(url.set(database="prefect").render_as_string(False), application="bench")
        for engine in (ours, prefect):
            async with engine.begin() as tx:
                await tx.execute(text(_COPY))
        studio = Studio(stack, ours, prefect, await first_run(stack, http))
        for _ in range(5):
            await read_pieces(http, "/functions/v1/gen-shots", stack)
        empty = await studio.size()
        await studio.fill(FEW)
        first = await studio.measure(http)
        small = await studio.size()
        await studio.fill(RUNS)
        large = await studio.size()
        year = await studio.measure(http)
        grown = (large - small) / (RUNS - FEW) / SHOTS * 1024
        lines = [Measure("runs of three shots", RUNS, FEW, "", "", None)]
        for claim, took in year.items():
            lines.append(at_most(claim, took, first[claim], LIMIT, "ms"))
        lines.append(Measure("both databases", large, empty, "MiB", "", None))
        lines.append(Measure("of that a shot with its rows in Prefect", grown, None, "KiB", "", None))
        lines += await look_after(stack)
        for engine in (ours, prefect):
            await engine.dispose()
    return lines
