"""Display of work while it goes on: redrawn in place on a terminal, line by line elsewhere."""

import asyncio
import contextlib
from typing import Self

from rich.console import Console, RenderableType
from rich.live import Live

from wzrd.client import Event
from wzrd.contracts.wire import dumps

FRAMES_A_SECOND = 12


class WorkDisplay:
    """View of work, as a context around it; this one shows nothing of its begin and end."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


class LiveView(WorkDisplay):
    """One that draws in place what `_frame` makes; its last state stays, unless it is `transient`."""

    def __init__(self, console: Console, *, transient: bool) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=transient, vertical_overflow="crop")

    def _frame(self) -> RenderableType:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self._live.start()
        self._redrawing = asyncio.create_task(self._redraw(), name="redraw")
        return self

    async def _redraw(self) -> None:
        while True:
            self._live.update(self._frame(), refresh=True)
            await asyncio.sleep(1 / FRAMES_A_SECOND)

    async def __aexit__(self, *_: object) -> None:
        self._redrawing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._redrawing
        try:
            self._live.update(self._frame(), refresh=True)
        finally:
            self._live.stop()


def print_event(event: Event, **about: object) -> None:
    """Print an event as one line of JSON, with where it belongs."""
    print(dumps({**about, "seq": event.seq, "event": event.name, "data": event.data}).decode(), flush=True)


def open_console(console: Console | None = None) -> Console:
    """The console that is given, else stdout's."""
    return console or Console(highlight=False, soft_wrap=False)
