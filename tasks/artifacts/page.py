"""What all artifacts of a run have in common: keys by project, versions by run, and a heading."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import ProgressBar, best_effort, progress_artifact
from wzrd.db.items import Item, list_items
from wzrd.db.projects import find_title
from wzrd.db.run_holds import sum_holds
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.artifact_keys import key_prefix, plain
from wzrd.domain.run_summary import RunEnd, describe_end

MOST_LINES = 2_000
"""Lines of a table: Prefect keeps an artifact in one piece."""


@dataclass(frozen=True, slots=True)
class Page:
    """A run that has ended or is under way, and how its artifacts are called."""

    run: RunRow
    items: Sequence[Item]
    title: str
    prefix: str
    charged: int = 0

    def key(self, name: str) -> str:
        """The key of the project's artifact of this name."""
        return f"{self.prefix}-{name}"

    def describe(self, words: str) -> str:
        """The heading of one version: which project, what was done, how it ended and when, and what this shows."""
        ended = self.run.finished_at or datetime.now(UTC)
        work = f"{self.run.kind} {str(self.run.run_id)[:8]}"
        about = [plain(self.title), work, self.run.status, f"{ended.astimezone(UTC):%Y-%m-%d %H:%M} UTC"]
        return " · ".join([*filter(None, about), words])

    async def show_table(self, name: str, lines: Sequence[Mapping[str, Any]], words: str) -> None:
        """Show lines as a table, best effort."""
        async with best_effort(f"{name} on the page"):
            table = [dict(line) for line in lines[:MOST_LINES]]
            await acreate_table_artifact(table=table, key=self.key(name), description=self.describe(words))

    async def show_markdown(self, name: str, markdown: str, words: str) -> None:
        """Show a text, best effort."""
        async with best_effort(f"{name} on the page"):
            await acreate_markdown_artifact(markdown, key=self.key(name), description=self.describe(words))

    async def show_outcome(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Show what became of each part of the run, and in sum; a run without parts has one line."""
        run = self.run
        end = RunEnd(str(run.run_id), run.kind, run.status, self.charged, run.error, run.error_code, run.result)
        whole = {"what": plain(self.title) or run.kind, "status": run.status, "error": plain(run.error or "")}
        await self.show_table("outcome", lines or [whole], plain(describe_end(end, self.items)))


ReadProgress: TypeAlias = Callable[[UUID], Awaitable[tuple[float, str]]]
"""How far a run is: per cent, and at what."""


def show_progress(run_id: UUID, read: ReadProgress) -> AbstractAsyncContextManager[ProgressBar]:
    """A bar on the run's page, which follows the run for as long as the block lasts."""

    async def find_key() -> str:
        return (await open_page(run_id)).key("progress")

    return progress_artifact(find_key, partial(read, run_id))


async def open_page(run_id: UUID) -> Page:
    """The run's page as the rows have it now."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        assert run is not None
        found = await find_title(tx, run.project_id) if run.project_id else None
        _, charged = await sum_holds(tx, run_id)
    if found is None or run.project_id is None:
        return Page(run, items, "", run.kind, charged)
    prefix = key_prefix(found.title, run.project_id, shared=found.shared)
    return Page(run, items, found.title, prefix, charged)
