"""Events appended a second: batches under the fence, against one INSERT and NOTIFY an event a commit.

Both write the same events from eight writers of one process to the same durable PostgreSQL, in alternating slices.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from statistics import median

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.figures import Measure
from benchmarks.ground import database, folder
from tests.rows import NO_LIMITS
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import open_engine, to_json
from wzrd.db.events import append_events
from wzrd.db.new_runs import NewRow, insert_run
from wzrd.db.run_leases import claim_run, fence
from wzrd.domain.runs import Lease

WRITERS = 8
BATCH = 50
SLICE_SECONDS = 3.0
ROUNDS = 3

Write = Callable[[int], Awaitable[int]]
"""Writes once as writer n; returns how many events that were."""

_TABLE = text("create table public.plain_events (id bigserial primary key, run_id uuid, event text, data jsonb)")
_INSERT = text("insert into public.plain_events (run_id, event, data) values (:run_id, :event, cast(:data as jsonb))")
_NOTIFY = text("select pg_notify('plain_events', cast(:run_id as text))")


def _event(number: int) -> NewEvent:
    return NewEvent("node_progress", {"nodeId": "node-7", "progress": number / 1000, "message": "rendering the frame"})


async def _leased_runs(engine: AsyncEngine, count: int) -> list[Lease]:
    """As many running runs, all leased by us for a long while."""
    leases: list[Lease] = []
    for number in range(count):
        run_id, user_id = uuid.uuid4(), uuid.uuid4()
        async with engine.begin() as tx:
            await insert_run(
                tx,
                NewRow(
                    run_id=run_id,
                    kind="gen-shots",
                    user_id=user_id,
                    project_id=None,
                    request_id=f"bench-{number}",
                    params={},
                    params_hash="",
                    items=[],
                    events=[NewEvent("meta", {})],
                ),
                NO_LIMITS,
            )
            lease = await claim_run(tx, run_id, owner="benchmarks", flow_run_id=None, seconds=3600)
            assert lease is not None
            leases.append(lease)
    return leases


def _ours(engine: AsyncEngine, leases: Sequence[Lease]) -> Write:
    batch = [_event(number) for number in range(BATCH)]

    async def write(writer: int) -> int:
        async with engine.begin() as tx:
            await fence(tx, leases[writer])
            await append_events(tx, leases[writer].run_id, batch)
        return BATCH

    return write


def _plain(engine: AsyncEngine, leases: Sequence[Lease]) -> Write:
    new_event = _event(1)
    values = [{"run_id": lease.run_id, "event": new_event.event, "data": to_json(new_event.data)} for lease in leases]

    async def write(writer: int) -> int:
        async with engine.begin() as tx:
            await tx.execute(_INSERT, values[writer])
            await tx.execute(_NOTIFY, {"run_id": str(values[writer]["run_id"])})
        return 1

    return write


async def _rate(write: Write) -> float:
    """Events a second of eight writers in one slice of time."""
    began = time.perf_counter()

    async def go_on(writer: int) -> int:
        written = 0
        while time.perf_counter() - began < SLICE_SECONDS:
            written += await write(writer)
        return written

    written = sum(await asyncio.gather(*(go_on(writer) for writer in range(WRITERS))))
    return written / (time.perf_counter() - began)


async def measure() -> list[Measure]:
    """Alternating slices after a warm-up of each."""
    async with folder() as home, database(home) as url:
        engine = open_engine(url, pool_size=WRITERS)
        async with engine.begin() as tx:
            await tx.execute(_TABLE)
        leases = await _leased_runs(engine, WRITERS)
        sides = {"ours": _ours(engine, leases), "peer": _plain(engine, leases)}
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for turn in range(ROUNDS + 1):
            for name, write in sides.items():
                rate = await _rate(write)
                if turn:
                    rates[name].append(rate)
        await engine.dispose()
    ours, peer = median(rates["ours"]), median(rates["peer"])
    return [Measure("events appended, in batches of 50", ours, peer, "/s", ">= 10,000/s", ours >= 10_000)]
