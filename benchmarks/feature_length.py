"""A screenplay of feature length made into a film by `wzrd film`: its time against the film's own running time.

SCRIPT names the screenplay, which is yours; without it the figure is skipped, since no feature is in the repository.
The memory is the worker's process alone (its peak) and the worker with everything that it starts, sampled.
"""

import asyncio
import os
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.figures import Measure, Skipped
from benchmarks.ground import folder
from benchmarks.stack import whole_stack, wzrd
from server.stack.state import read_state
from wzrd.media.probe import probe

SHARE = 0.30
MOST_GIB = 1.0
EVERY_SECONDS = 2.0
LONGEST_SECONDS = 6 * 3600.0


def _status(pid: int, field: str) -> float:
    """A field of a process's memory in GiB; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 2**20 for line in lines if line.startswith(f"{field}:")), 0.0)


def _descendants(pid: int) -> list[int]:
    children = defaultdict[int, list[int]](list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            children[int(stat.read_text().rpartition(")")[2].split()[1])].append(int(stat.parent.name))
        except OSError:
            continue
    found = [pid]
    for one in found:
        found += children[one]
    return found


async def _peaks(pid: int) -> tuple[float, float]:
    """The worker's peak and the most of it with its children, in GiB, until this is cancelled."""
    alone = together = 0.0
    try:
        while True:
            alone = max(alone, _status(pid, "VmHWM"))
            together = max(together, sum(_status(one, "VmRSS") for one in _descendants(pid)))
            await asyncio.sleep(EVERY_SECONDS)
    except asyncio.CancelledError:
        return alone, together


async def measure() -> list[Measure]:
    """Once: it takes a third of an evening at the cinema."""
    script = os.environ.get("SCRIPT", "")
    if not script:
        raise Skipped("SCRIPT names no screenplay")
    async with folder() as home, whole_stack(home) as stack:
        state = read_state(home / "home")
        worker = state.parts["worker"].process if state else None
        assert worker is not None
        watching = asyncio.create_task(_peaks(worker.pid))
        began = time.perf_counter()
        await wzrd(stack.environment, "film", str(Path(script).resolve()), "--out", str(home / "out"))
        seconds = time.perf_counter() - began
        watching.cancel()
        alone, together = await watching
        runs = probe(home / "out" / "film.mp4", longest=LONGEST_SECONDS).seconds
    return [
        Measure("script to film / its running time", seconds / 60, runs / 60, "min", f"<= {SHARE:.2f}x",
               seconds <= SHARE * runs),
        Measure("worker, peak", alone, None, "GiB", f"<= {MOST_GIB:.1f} GiB", alone <= MOST_GIB),
        Measure("worker and what it starts, peak", together, None, "GiB", "", None),
    ]  # fmt: skip
