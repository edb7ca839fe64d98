"""The pages of ended runs: written by the flow that ended, else by whoever comes next, until they stand.

A run's row says when its page is looked after (`page_due_at`); nobody else needs to remember. What stands is not
written again, and after a day nobody tries any more.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.exceptions import ObjectNotFound

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import RunPage, open_page
from tasks.artifacts.progress import warn
from wzrd.db.pages import note_page, take_due_pages
from wzrd.operations import KINDS
from wzrd.retry import best_effort

Publish: TypeAlias = Callable[[RunPage], Awaitable[None]]
"""Shows a run that has ended on its page."""

PAGES: Mapping[str, Publish] = {name: kind.find("tasks.artifacts", "publish") for name, kind in KINDS.items()}
"""By the kind of run."""
AT_ONCE = 20
"""Pages that one round writes at most."""
LATE_SECONDS = 30.0
"""Seconds that Prefect may take for each artifact of a page that comes late: nobody waits for it."""


async def publish(run_id: UUID) -> None:
    """Show an ended run on its page. Best effort: what is missing is written later."""
    with best_effort(warn, "no page yet"):
        await _write(await open_page(run_id))


async def _write(page: RunPage) -> None:
    await PAGES[page.run.kind](page)
    if not page.missing:
        await _note(page)


async def _note(page: RunPage) -> None:
    """Nobody needs to look after the page of this attempt any more."""
    async with (await runtime_for_process()).begin() as tx:
        await note_page(tx, page.run.run_id, page.run.attempt)


async def publish_due() -> int:
    """Write pages that their own flows could not; returns how many there were."""
    async with (await runtime_for_process()).begin() as tx:
        due = await take_due_pages(tx, limit=AT_ONCE)
    for run_id in due:
        await _publish_after_end(run_id)
    return len(due)


async def _publish_after_end(run_id: UUID) -> None:
    with best_effort(warn, "the page of run %s is not written yet", run_id):
        page = await open_page(run_id)
        published = await _read_published(page)
        if published is None:
            await _note(page)
        else:
            await _write(replace(page, published=published, seconds=LATE_SECONDS))


async def _read_published(page: RunPage) -> frozenset[tuple[str | None, str | None]] | None:
    """Artifacts that the page already has, by key and description; None if Prefect no longer knows its flow run."""
    assert page.run.flow_run_id is not None
    async with get_client() as client:
        try:
            await client.read_flow_run(page.run.flow_run_id)
        except ObjectNotFound:
            return None
        mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[page.run.flow_run_id]))
        found = await client.read_artifacts(artifact_filter=mine)
    return frozenset((one.key, one.description) for one in found)
