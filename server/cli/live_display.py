"""Display of work while it goes on: redrawn in place on a terminal, line by line elsewhere."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live

from wzrd.client import Event
from wzrd.contracts.wire import dumps

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


class WorkDisplay:
    """View of work, as a context around it; this one shows nothing of its begin and end."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class LiveView(WorkDisplay):
    """One that draws in place what `_frame` makes."""

    def __init__(self, console: Console, *, transient: bool) -> None:
        self._console = console
        self._shown = live_display(console, self._frame, transient=transient)

    def _frame(self) -> RenderableType:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self._shown.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._shown.__aexit__(None, None, None)


def print_event(event: Event, **about: object) -> None:
    """Print an event as one line of JSON, with where it belongs."""
    print(dumps({**about, "seq": event.seq, "event": event.name, "data": event.data}).decode(), flush=True)


def open_console(console: Console | None = None) -> Console:
    """The console that is given, else stdout's."""
    return console or Console(highlight=False, soft_wrap=False)
