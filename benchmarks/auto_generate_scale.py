"""Cost of a shot in a batch of 1,000 and in one of 50: pictures by the fakes' models.

Everything that a worker does for a shot is in it: hold, submit, polls, download, the house's format, storing, rows,
events. Peer: the same shot in the batch of 50. All shots lie in one scene, which is the worst that a film can do.
"""

import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prefect.logging import disable_run_logger
from sqlalchemy import text

from benchmarks.figures import Measure, at_most
from benchmarks.ground import database, folder, open_paid_fakes
from benchmarks.processes import computed_below, resident_mib
from blocks.resolve import serving
from flows.auto_generate import work
from server.fakes import Fakes
from wzrd.db import ledger
from wzrd.db.engine import open_engine
from wzrd.operations import KINDS
from wzrd.operations.auto_generate.kind import AutoGenerateParams, start_auto_generate
from wzrd.providers.opening import open_providers
from wzrd.runs.execute import claim, execute
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

FEW, MANY = 50, 1_000
MODEL, PRICE = "fal-ai/flux/schnell", 3
RATIO = "3:1"
"""The smallest frame that a film may have."""
TARGET = 1.2
GROWTH_MIB = 30.0


@dataclass(frozen=True, slots=True)
class ShotCost:
    """Cost of a shot in a batch: seconds on the clock, processor seconds of the worker and of PostgreSQL."""

    seconds: float
    cpu: float
    database_cpu: float


@asynccontextmanager
async def _worker(home: Path, database_url: str, fakes: Fakes) -> AsyncGenerator[Runtime]:
    """A worker's runtime, whose provider is the fake fal."""
    environment = {"WZRD_HOME": home / "home", "WZRD_DATABASE_URL": database_url, "SUPABASE_JWT_SECRET": "s" * 40}
    settings = Settings.model_validate({**environment, **fakes.environment()})
    engine = open_engine(database_url, application="bench")
    runtime = make_runtime(settings, engine, KINDS)
    runtime.providers = open_providers(settings)
    try:
        async with serving(runtime):
            yield runtime
    finally:
        await runtime.providers.aclose(grace=1.0)
        await runtime.aclose()
        await engine.dispose()


async def _film(runtime: Runtime, shots: int) -> uuid.UUID:
    """A queued batch of so many shots that have their prompts, for a user who can pay them."""
    user_id, project_id, scene_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    ids = {"user": user_id, "project": project_id, "scene": scene_id, "shots": shots, "ratio": RATIO}
    async with runtime.begin() as tx:
        await ledger.grant(tx, user_id, shots * PRICE, kind="grant", description="bench", key="bench")
        for statement in (
            "insert into public.projects (id, user_id, title, aspect_ratio) values (:project, :user, 'Long', :ratio)",
            "insert into public.scenes (id, project_id, scene_number) values (:scene, :project, 1)",
            """insert into public.shots (project_id, scene_id, shot_number, prompt_idea, visual_prompt, image_status)
               select :project, :scene, n, 'The lamp ' || n, 'The lamp ' || n || ', night.', 'prompt_ready'
               from generate_series(1, :shots) n""",
        ):
            await tx.execute(text(statement), ids)
    params = AutoGenerateParams(user_id=user_id, project_id=str(project_id), phase="images", model=MODEL)
    return (await start_auto_generate(runtime, params)).run_id


async def _make(runtime: Runtime, postgres_pid: int, shots: int) -> ShotCost:
    """The cost of a shot of such a film, from the claim to the run's end."""
    run_id = await _film(runtime, shots)
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None
    began, cpu, theirs = time.perf_counter(), time.process_time(), computed_below(postgres_pid)
    with disable_run_logger():
        status = await execute(runtime, lease, partial(work, "images"))
    if status != "succeeded":
        async with runtime.begin() as tx:
            errors = await tx.scalars(
                text("select distinct error from wzrd.run_items where run_id = :id"), {"id": run_id}
            )
        raise RuntimeError(f"a batch of {shots} ended {status}: {', '.join(filter(None, errors))[:500]}")
    taken = time.perf_counter() - began, time.process_time() - cpu, computed_below(postgres_pid) - theirs
    return ShotCost(*(seconds / shots for seconds in taken))


def _postmaster(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


async def measure() -> list[Measure]:
    """A warm-up, then few, many, and few again: what the machine does meanwhile counts on both sides."""
    async with (
        folder() as home,
        database(home) as url,
        open_paid_fakes() as fakes,
        _worker(home, url, fakes) as runtime,
    ):
        pid = _postmaster(home)
        await _make(runtime, pid, 2 * FEW)
        few = [await _make(runtime, pid, FEW)]
        before = resident_mib()
        many = await _make(runtime, pid, MANY)
        grown = resident_mib() - before
        few.append(await _make(runtime, pid, FEW))
        paid = len(await fakes.paid_submits("fal-ai"))
    expected = 4 * FEW + MANY
    spent, base = many.cpu + many.database_cpu, _mean([one.cpu + one.database_cpu for one in few])
    clock = _mean([one.seconds for one in few])
    return [
        at_most("CPU a shot, of 1,000 / of 50", spent * 1e3, base * 1e3, TARGET, "ms"),
        Measure("of it PostgreSQL's", many.database_cpu * 1e3, _mean([one.database_cpu for one in few]) * 1e3, "ms",
               "", None),
        at_most("time a shot, of 1,000 / of 50", many.seconds * 1e3, clock * 1e3, TARGET, "ms"),
        Measure("memory that 1,000 shots leave", grown, None, "MiB", f"<= {GROWTH_MIB:.0f} MiB", grown <= GROWTH_MIB),
        Measure("submits counted", paid, None, "", f"{expected:,}", paid == expected),
    ]  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
