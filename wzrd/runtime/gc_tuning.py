"""When garbage is collected: not while much is read or imported, and all of it while nothing is under way.

In the middle of a burst a full collection holds everything else up. CPython looks through all long-lived objects in one
go, and does so every few thousand new ones; hundreds of open streams or flow runs make that a tenth of a second on a
slow machine. Young garbage is collected as ever.
"""

import asyncio
import gc
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

LOOK_SECONDS = 1.0
DUE, OVERDUE = 10, 100
"""Collections of the middle generation (each after some seven thousand new objects that stay) after which a full one is
due, as CPython has it; and after which it is made whatever is under way."""

_NEVER = 1 << 30


@contextmanager
def no_collections() -> Generator[None]:
    """No collection is made while inside, whatever is read or imported there.

    Thousands of new objects set off looks through all that lives in the process: a fifth of what a worker imports.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@asynccontextmanager
async def collect_when_idle(is_idle: Callable[[], bool]) -> AsyncGenerator[None]:
    """Inside, a process makes its full collections when it is idle.

    What lives already, and as long as the process, is never looked through again, not even at its end: that would be
    most of a second.
    """
    former = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*former[:2], _NEVER)
    collecting = asyncio.create_task(_collect_forever(is_idle), name="collect garbage")
    try:
        yield
    finally:
        collecting.cancel()
        with suppress(asyncio.CancelledError):
            await collecting
        gc.set_threshold(*former)


async def _collect_forever(is_idle: Callable[[], bool]) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if gc.get_count()[2] >= (DUE if is_idle() else OVERDUE):
            gc.collect()
