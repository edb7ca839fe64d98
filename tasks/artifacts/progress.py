"""Progress on a run's page in Prefect: best effort, bounded in time. An outage of Prefect stalls no run."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias
from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.exceptions import MissingContextError

from wzrd import retry

log = logging.getLogger(__name__)

ARTIFACT_SECONDS = 3.0
PROGRESS_SECONDS = 2.0
"""Seconds between two updates of a bar, and before it first appears: a shorter run needs none."""

ReadProgress: TypeAlias = Callable[[], Awaitable[tuple[float, str]]]
"""Progress of the run: per cent, and at what."""
FindKey: TypeAlias = Callable[[], Awaitable[str]]
"""Finds the key that the bar is shown under."""


def warn(message: str, *values: object) -> None:
    """Tell the run's log; outside of a flow run, the process's."""
    try:
        get_run_logger().warning(message, *values)
    except MissingContextError:
        log.warning(message, *values)


@asynccontextmanager
async def best_effort(what: str) -> AsyncGenerator[None]:
    """Pass over whatever goes wrong inside, and whatever takes too long."""
    with retry.best_effort(warn, "no %s", what):
        async with asyncio.timeout(ARTIFACT_SECONDS):
            yield


@asynccontextmanager
async def progress_artifact(key: FindKey, read_progress: ReadProgress) -> AsyncGenerator["ProgressBar"]:
    """A progress bar on the flow run's page, which follows `read_progress` as long as the block lasts.

    Where that is not long, there is none.
    """
    bar = ProgressBar(key)
    watching = asyncio.create_task(_watch(bar, read_progress), name="show progress")
    try:
        yield bar
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await watching


class ProgressBar:
    """One progress artifact, made when it is first shown."""

    def __init__(self, key: FindKey) -> None:
        self._find_key = key
        self._artifact: UUID | None = None
        self._shown: tuple[float, str] | None = None

    async def fill(self) -> None:
        """Show that the run has ended well, if there is a bar."""
        if self._artifact is not None:
            await self.show(100.0, "done")

    async def show(self, percent: float, words: str) -> None:
        """Show how far the run is, best effort."""
        if (percent, words) == self._shown:
            return
        async with best_effort("progress"):
            if self._artifact is None:
                self._artifact = await acreate_progress_artifact(percent, key=await self._find_key(), description=words)
            else:
                await aupdate_progress_artifact(self._artifact, percent, description=words)
            self._shown = percent, words


async def _watch(bar: ProgressBar, read_progress: ReadProgress) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        await bar.show(*await read_progress())
