"""Full garbage collections, made in quiet moments: in the middle of a burst one holds everything else up.

CPython looks through all long-lived objects in one go, and does so every few thousand new ones; hundreds of open
streams or flow runs make that a tenth of a second on a slow machine. Young garbage is collected as ever.
"""

import asyncio
import gc
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

LOOK_SECONDS = 1.0
QUIET_SHARE = 0.2
"""In a quiet moment the loop's thread has used no more of the processor since the last look."""
DUE = 10
"""Collections of the middle generation after which a full one is due: as many as CPython waits for by itself."""
OVERDUE_SECONDS = 300.0
"""However busy it is, then it is made."""

_NEVER = 1 << 30


@asynccontextmanager
async def collect_when_quiet() -> AsyncGenerator[None]:
    """Inside, a process makes its full collections when its event loop has little to do.

    What lives already, and as long as the process, is never looked through again.
    """
    former = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*former[:2], _NEVER)
    collecting = asyncio.create_task(_collect_forever(), name="collect garbage")
    try:
        yield
    finally:
        collecting.cancel()
        with suppress(asyncio.CancelledError):
            await collecting
        gc.set_threshold(*former)
        gc.unfreeze()


async def _collect_forever() -> None:
    last, used = time.monotonic(), time.thread_time()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        before, used = used, time.thread_time()
        is_quiet = used - before <= QUIET_SHARE * LOOK_SECONDS
        if gc.get_count()[2] >= DUE and (is_quiet or time.monotonic() - last >= OVERDUE_SECONDS):
            gc.collect()
            last, used = time.monotonic(), time.thread_time()
