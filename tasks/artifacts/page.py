"""Common parts of a run's artifacts: keys by project, versions by run, and a heading."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from prefect.artifacts import Artifact, MarkdownArtifact, TableArtifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import ARTIFACT_SECONDS, ProgressBar, progress_artifact, warn
from wzrd.db.items import Item, count_items, list_items
from wzrd.db.projects import find_title
from wzrd.db.run_holds import sum_holds
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.run_summary import RunEnd, describe_end
from wzrd.domain.shown import key_prefix, plain

MOST_LINES = 2_000
"""Lines of a table: Prefect keeps an artifact in one piece."""


@dataclass(frozen=True, slots=True)
class RunPage:
    """A run that has ended or is under way, and how its artifacts are called.

    `published`: key and description of those that an earlier writer got through; they are not written again. `seconds`:
    how long Prefect may take for each. `missing`: what could not be shown.
    """

    run: RunRow
    items: Sequence[Item]
    title: str
    prefix: str
    charged: int = 0
    published: frozenset[tuple[str | None, str | None]] = frozenset()
    seconds: float = ARTIFACT_SECONDS
    missing: list[str] = field(default_factory=list[str])

    def key(self, name: str) -> str:
        """The key of the project's artifact of this name."""
        return f"{self.prefix}-{name}"

    def describe(self, words: str) -> str:
        """The heading of one version: which project, what was done, how it ended and when, and what this shows."""
        ended = self.run.finished_at or datetime.now(UTC)
        work = f"{self.run.kind} {str(self.run.run_id)[:8]}"
        about = [plain(self.title), work, self.run.status, f"{ended.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
        return " · ".join([*filter(None, about), words])

    @asynccontextmanager
    async def best_effort(self, what: str) -> AsyncGenerator[None]:
        """Pass over whatever goes wrong inside, and whatever takes too long; it is missing then."""
        try:
            async with asyncio.timeout(self.seconds):
                yield
        except Exception as error:  # noqa: BLE001 - it is a view of the run, not the run
            warn("no %s on the page: %s", what, type(error).__name__)
            self.missing.append(what)

    async def write(self, artifact: Artifact) -> None:
        """Write an artifact of the run's flow run, unless it stands; the same key again is its next version."""
        if (artifact.key, artifact.description) in self.published:
            return
        async with get_client() as client:
            wanted = ArtifactCreate(
                type=artifact.type,
                key=artifact.key,
                description=artifact.description,
                flow_run_id=self.run.flow_run_id,
                data=await artifact.aformat(),
            )
            await client.create_artifact(wanted)

    async def show_table(self, name: str, lines: Sequence[Mapping[str, Any]], words: str) -> None:
        """Show lines as a table."""
        async with self.best_effort(name):
            table = [dict(line) for line in lines[:MOST_LINES]]
            await self.write(TableArtifact(table=table, key=self.key(name), description=self.describe(words)))

    async def show_markdown(self, name: str, markdown: str, words: str) -> None:
        """Show a text."""
        async with self.best_effort(name):
            about = self.describe(words)
            await self.write(MarkdownArtifact(markdown=markdown, key=self.key(name), description=about))

    async def show_outcome(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Show what became of each part of the run, and in sum; a run without parts has one line."""
        await self.show_table("outcome", lines or [self.whole_line()], self.summary())

    def whole_line(self) -> dict[str, Any]:
        """The run as one line of a table."""
        run = self.run
        return {"what": plain(self.title) or run.kind, "status": run.status, "error": plain(run.error or "")}

    def summary(self) -> str:
        """The run's end in words."""
        run = self.run
        end = RunEnd(str(run.run_id), run.kind, run.status, self.charged, run.error, run.error_code, run.result)
        return plain(describe_end(end, self.items))


ReadProgress: TypeAlias = Callable[[UUID], Awaitable[tuple[float, str]]]
"""Progress of a run: per cent, and at what."""


async def count_ended(noun: str, run_id: UUID) -> tuple[float, str]:
    """Progress of a run by its items, in per cent, and how many of them have ended, by what they are called."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        counts = await count_items(tx, run_id)
    ended = counts.total - counts.open
    return (100.0 * ended / counts.total if counts.total else 100.0), f"{ended} of {counts.total} {noun}"


def show_progress(run_id: UUID, read: ReadProgress) -> AbstractAsyncContextManager[ProgressBar]:
    """A bar on the run's page, which follows the run for as long as the block lasts."""

    async def find_key() -> str:
        return (await open_page(run_id)).key("progress")

    return progress_artifact(find_key, partial(read, run_id))


async def open_page(run_id: UUID) -> RunPage:
    """The run's page as the rows have it now."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        assert run is not None
        found = await find_title(tx, run.project_id) if run.project_id else None
        _, charged = await sum_holds(tx, run_id)
    if found is None or run.project_id is None:
        return RunPage(run, items, "", run.kind, charged)
    prefix = key_prefix(found.title, run.project_id, shared=found.shared)
    return RunPage(run, items, found.title, prefix, charged)
