"""A screenplay of feature length made into a film by `wzrd film`: its time against the film's own running time.

SCRIPT names the screenplay, which is yours; without it the figure is skipped, since no feature is in the repository.
The memory is the worker's process alone (its peak) and the worker with everything that it starts, sampled.
"""

import asyncio
import os
import time
from pathlib import Path

from benchmarks.figures import Measure, Skipped, at_most
from benchmarks.ground import folder
from benchmarks.processes import family_of, peak_mib, resident_mib
from benchmarks.stack import whole_stack, wzrd
from server.stack.state import read_state
from wzrd.media.probe import probe

SHARE = 0.30
MOST_GIB = 1.0
EVERY_SECONDS = 2.0
LONGEST_SECONDS = 6 * 3600.0


async def _peaks(pid: int) -> tuple[float, float]:
    """The worker's peak and the most of it with its children, in GiB, until this is cancelled."""
    alone = together = 0.0
    try:
        while True:
            alone = max(alone, peak_mib(pid) / 1024)
            together = max(together, sum(resident_mib(one.pid) for one in family_of(pid)) / 1024)
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
        at_most("script to film / its running time", seconds / 60, runs / 60, SHARE, "min"),
        Measure("worker, peak", alone, None, "GiB", f"<= {MOST_GIB:.1f} GiB", alone <= MOST_GIB),
        Measure("worker and what it starts, peak", together, None, "GiB", "", None),
    ]  # fmt: skip
