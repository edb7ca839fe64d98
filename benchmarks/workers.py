"""Three workers against one, and two that share four slots of a provider, on jobs of five seconds.

Whole stack with the fakes' fal, all pictures asked for at once by twenty users. No place and no slot can do better than
the jobs' own seconds: that is the peer of one worker and of the slots, and one worker is the peer of three. A worker's
place has a run's start and end to do beside its job; a slot has not.
"""

import time
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.figures import Measure
from benchmarks.generations import Ground, open_ground, worker_of
from benchmarks.ground import folder

PLACES, JOB_SECONDS = 4, 5.0
ROUNDS_ALONE = 12
"""Jobs that each place of one worker does, one after the other."""
BUSY, SOONER = 0.95, 2.5


async def _clock(ground: Ground, home: Path, workers: int, places: int = PLACES) -> float:
    """Seconds that all pictures take so many workers, which have made some before."""
    async with AsyncExitStack() as stack:
        for number in range(workers):
            own = home / f"{workers}-{places}-{number}"
            await stack.enter_async_context(worker_of(ground.stack, own, places=places))
        await ground.pictures(2 * PLACES * workers)
        began = time.monotonic()
        await ground.pictures(ROUNDS_ALONE * PLACES)
        return time.monotonic() - began


async def measure() -> list[Measure]:
    """One worker, then three; then two before four slots."""
    async with folder() as home, open_ground(home, seconds=JOB_SECONDS) as ground:
        one, three = await _clock(ground, home, 1), await _clock(ground, home, 3)
        await ground.prefect.call("PATCH", "/v2/concurrency_limits/wzrd-fal-ai", {"limit": PLACES})
        limited = await _clock(ground, home, 2, places=4 * PLACES)
    jobs = ROUNDS_ALONE * JOB_SECONDS
    return [
        Measure("one worker / its jobs' own seconds", one, jobs, "s", "-", None),
        Measure("three workers / one", three, one, "s", f">= {SOONER}x", one >= SOONER * three, better="sooner"),
        Measure(
            "two workers, four slots / the jobs' seconds",
            limited,
            jobs,
            "s",
            f">= {BUSY:.0%} busy",
            jobs / limited >= BUSY,
        ),
    ]
