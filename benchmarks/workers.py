"""Three workers of four places against one, pictures that take their provider five seconds; how busy the places are.

Whole stack with the fakes' fal, all pictures asked for at once by twenty users. No place can do better than the jobs'
own seconds: that is the peer of one worker, and one worker is the peer of three.
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


async def _clock(ground: Ground, home: Path, workers: int) -> float:
    """Seconds that all pictures take so many workers, which have made some before."""
    async with AsyncExitStack() as stack:
        for number in range(workers):
            await stack.enter_async_context(worker_of(ground.stack, home / f"{workers}-{number}", places=PLACES))
        await ground.pictures(2 * PLACES * workers)
        began = time.monotonic()
        await ground.pictures(ROUNDS_ALONE * PLACES)
        return time.monotonic() - began


async def measure() -> list[Measure]:
    """One worker, then three."""
    async with folder() as home, open_ground(home, seconds=JOB_SECONDS) as ground:
        one, three = await _clock(ground, home, 1), await _clock(ground, home, 3)
    jobs = ROUNDS_ALONE * JOB_SECONDS
    return [
        Measure("one worker / its jobs' own seconds", one, jobs, "s", f">= {BUSY:.0%} busy", jobs / one >= BUSY),
        Measure("three workers / one", three, one, "s", f">= {SOONER}x", one >= SOONER * three, better="sooner"),
    ]
