"""A worker's kill -9, and how long its runs wait for another one.

A claimed run is killed in the middle of its only step; the time counts from the kill to its next claim. An unclaimed
one was made by a form, and its worker is killed when Prefect has granted it the flow run; the time counts from the kill
to its first claim. In both the supervisor starts the next worker. Leases are the product's own. No peer: a stock
worker resumes neither.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import text

from benchmarks.figures import Figure, percentile
from benchmarks.ground import folder
from benchmarks.stack import Stack, whole_stack
from server.stack.state import read_state

TRIALS = int(os.environ.get("TRIALS", "3"))
CLAIMED_SECONDS, UNCLAIMED_SECONDS = 15.0, 60.0


async def _start_form(prefect: httpx.AsyncClient, stack: Stack) -> UUID:
    """What the form of Prefect's UI sends: the flow run's id."""
    found = (await prefect.get("/deployments/name/gen-shots/write-shots")).raise_for_status().json()
    body = {"parameters": {"project": str(stack.studio.project_id), "shot_count": 1}}
    made = await prefect.post(f"/deployments/{found['id']}/create_flow_run", json=body)
    return UUID(made.raise_for_status().json()["id"])


async def _claims(stack: Stack, flow_run_id: UUID) -> int:
    """How often the flow run's run was claimed or taken from a dead worker."""
    statement = text("select lease_epoch from wzrd.runs where flow_run_id = :id")
    async with stack.runtime.begin() as tx:
        return await tx.scalar(statement, {"id": flow_run_id}) or 0


async def _until(what: Callable[[], Awaitable[bool]], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not await what():  # noqa: ASYNC110 - other processes are watched
            await asyncio.sleep(0.02)


def _worker(home: Path) -> int:
    """The worker's process, as the supervisor has recorded it."""
    state = read_state(home)
    process = state.parts["worker"].process if state else None
    return process.pid if process else 0


async def _trial(prefect: httpx.AsyncClient, stack: Stack, home: Path, *, place: str, claims: int) -> float:
    """Hold the run at `place`, kill its worker there, and wait until it has been claimed `claims` times."""
    faults, worker = home / "faults", _worker(home / "home")
    for old in faults.iterdir():
        old.unlink()
    (faults / f"{place}.armed").write_text("hold")
    flow_run_id = await _start_form(prefect, stack)

    async def held() -> bool:
        return (faults / f"{place}.held").exists()

    async def again() -> bool:
        return await _claims(stack, flow_run_id) >= claims

    async def up() -> bool:
        return _worker(home / "home") not in {0, worker}

    await _until(held, 60)
    os.kill(worker, signal.SIGKILL)
    (faults / f"{place}.held").unlink()
    killed = time.monotonic()
    await _until(again, 180)
    taken = time.monotonic() - killed
    await _until(up, 60)
    return taken


async def measure() -> list[Figure]:
    """Some trials of each, one after the other (TRIALS says how many)."""
    async with folder() as home:
        faults = home / "faults"
        faults.mkdir()
        faults.chmod(0o755)
        async with (
            whole_stack(home, WZRD_FAULTS_DIR=str(faults)) as stack,
            httpx.AsyncClient(base_url=stack.prefect_api_url, auth=stack.prefect_credentials, timeout=60) as prefect,
        ):
            claimed = [await _trial(prefect, stack, home, place="after_claim", claims=3) for _ in range(TRIALS)]
            unclaimed = [await _trial(prefect, stack, home, place="after_taken", claims=1) for _ in range(TRIALS)]
    return [
        _figure("kill -9 to the next claim, claimed run, p95", percentile(claimed, 0.95), CLAIMED_SECONDS),
        _figure("kill -9 to the first claim, unclaimed, worst", max(unclaimed), UNCLAIMED_SECONDS),
    ]


def _figure(claim: str, seconds: float, target: float) -> Figure:
    return Figure(claim, seconds, None, "s", f"<= {target:.0f} s", seconds <= target)
