"""What is redrawn in place on a terminal, a few times a second, while a command works."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from rich.console import Console, RenderableType
from rich.live import Live

FRAMES_A_SECOND = 12


@asynccontextmanager
async def live_display(
    console: Console, frame: Callable[[], RenderableType], *, transient: bool = False
) -> AsyncGenerator[None]:
    """Show `frame()` while the block lasts; its last state stays, unless it is `transient`."""
    with Live(console=console, auto_refresh=False, transient=transient, vertical_overflow="crop") as live:
        ticking = asyncio.create_task(_tick(live, frame), name="redraw")
        try:
            yield
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking
            live.update(frame(), refresh=True)


async def _tick(live: Live, frame: Callable[[], RenderableType]) -> None:
    while True:
        live.update(frame(), refresh=True)
        await asyncio.sleep(1 / FRAMES_A_SECOND)
