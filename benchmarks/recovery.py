"""From a worker's kill -9 to the next claim of its run, at rest and under load.

A claimed run is killed in the middle of its only step; the time counts from the kill to its next claim. An unclaimed
one was made by a form, and its worker is killed when Prefect has granted it the flow run; the time counts from the kill
to its first claim. Ours is forked from a template that has imported everything; the peer is the same stack whose
template is killed as well, so that the next worker starts from nothing. Leases are the product's own. A stock worker
resumes neither.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from statistics import median
from uuid import UUID

import httpx
import psutil
from sqlalchemy import text

from benchmarks.figures import Measure
from benchmarks.ground import end, folder
from benchmarks.stack import Stack, whole_stack
from server.stack.state import read_state

TRIALS = int(os.environ.get("TRIALS", "3"))
BUSY_A_CORE = 4
"""Processes that compute, a core, while a trial is made under load."""
CLAIMED_SECONDS, UNCLAIMED_SECONDS = 15.0, 60.0


async def _start_form(prefect: httpx.AsyncClient, stack: Stack) -> UUID:
    """Starts a flow run as the form of Prefect's UI does; returns its id."""
    found = (await prefect.get("/deployments/name/gen-shots/write-shots")).raise_for_status().json()
    body = {"parameters": {"project": str(stack.studio.project_id), "shot_count": 1}}
    made = await prefect.post(f"/deployments/{found['id']}/create_flow_run", json=body)
    return UUID(made.raise_for_status().json()["id"])


async def _claims(stack: Stack, flow_run_id: UUID) -> int:
    """Number of times the flow run's run was claimed or taken from a dead worker."""
    statement = text("select lease_epoch from wzrd.runs where flow_run_id = :id")
    async with stack.runtime.begin() as tx:
        return await tx.scalar(statement, {"id": flow_run_id}) or 0


async def _until(what: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await what():
            await asyncio.sleep(0.02)


def _worker(home: Path) -> int:
    """The worker's process, as the supervisor has recorded it."""
    state = read_state(home)
    process = state.parts["worker"].process if state else None
    return process.pid if process else 0


async def _trial(
    prefect: httpx.AsyncClient, stack: Stack, home: Path, *, point: str, claims: int, with_template: bool
) -> float:
    """Hold the run at `point`, kill its worker there, and wait until it has been claimed `claims` times."""
    faults, worker = home / "faults", _worker(home / "home")
    for old in faults.iterdir():
        old.unlink()
    (faults / f"{point}.armed").write_text("hold")
    flow_run_id = await _start_form(prefect, stack)

    async def held() -> bool:
        return (faults / f"{point}.held").exists()

    async def again() -> bool:
        return await _claims(stack, flow_run_id) >= claims

    async def up() -> bool:
        return _worker(home / "home") not in {0, worker}

    await _until(held, 120)
    os.kill(psutil.Process(worker).ppid() if with_template else worker, signal.SIGKILL)
    (faults / f"{point}.held").unlink()
    killed = time.monotonic()
    await _until(again, 180)
    taken = time.monotonic() - killed
    await _until(up, 180)
    return taken


@asynccontextmanager
async def _load() -> AsyncGenerator[None]:
    """Others keep the machine busy."""
    program = [sys.executable, "-c", "while True: pass"]
    number = BUSY_A_CORE * (os.cpu_count() or 1)
    busy = [await asyncio.create_subprocess_exec(*program) for _ in range(number)]
    try:
        yield
    finally:
        await asyncio.gather(*map(end, busy))


Taken = Mapping[tuple[str, str], list[float]]
"""Seconds of each trial, by place ("claimed", "unclaimed") and circumstance ("at rest", "under load")."""


async def _trials(*, with_template: bool) -> Taken:
    """Some trials of each, one after the other (TRIALS says how many)."""
    taken: dict[tuple[str, str], list[float]] = {}
    async with folder() as home:
        faults = home / "faults"
        faults.mkdir()
        faults.chmod(0o755)
        async with (
            whole_stack(home, WZRD_FAULTS_DIR=str(faults)) as stack,
            httpx.AsyncClient(base_url=stack.prefect_api_url, auth=stack.prefect_credentials, timeout=60) as prefect,
        ):
            for kind, point, claims in (("claimed", "after_claim", 3), ("unclaimed", "after_taken", 1)):
                for _ in range(TRIALS):
                    for circumstance in ("at rest", "under load"):
                        async with _load() if circumstance == "under load" else nullcontext():
                            seconds = await _trial(
                                prefect, stack, home, point=point, claims=claims, with_template=with_template
                            )
                        taken.setdefault((kind, circumstance), []).append(seconds)
    return taken


async def measure() -> list[Measure]:
    """The worker killed, then the worker with its template."""
    ours, peer = await _trials(with_template=False), await _trials(with_template=True)
    return [
        figure
        for kind, target in (("claimed", CLAIMED_SECONDS), ("unclaimed", UNCLAIMED_SECONDS))
        for circumstance in ("at rest", "under load")
        for figure in _figures(kind, circumstance, ours, peer, target if circumstance == "at rest" else None)
    ]


def _figures(kind: str, circumstance: str, ours: Taken, peer: Taken, target: float | None) -> Iterator[Measure]:
    """Kills of one kind to their next claims, the worker's against its template's: the median and the worst."""
    message = f"{kind} {circumstance}"
    mine, others = ours[kind, circumstance], peer[kind, circumstance]
    yield Measure(f"{message}, median of {len(mine)}", median(mine), median(others), "s", "", None)
    ok, aim = (None, "") if target is None else (max(mine) <= target, f"<= {target:.0f} s")
    yield Measure(f"{message}, worst", max(mine), max(others), "s", aim, ok)
