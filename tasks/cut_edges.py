"""Director's Cut at its edges: opened from Prefect's form, its work list, its progress and its film in Prefect's UI."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import (
    acreate_link_artifact,
    acreate_markdown_artifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
)

from blocks.resolve import runtime_for_process
from tasks.cut_notes import cut_of
from wzrd.contracts.director_cut import CutSettings
from wzrd.db.cuts import read_progress
from wzrd.db.runs import find_run
from wzrd.domain.cut_list import Cut
from wzrd.domain.errors import Conflict
from wzrd.runs.director_cut import Wanted, open_director_cut
from wzrd.runtime import Runtime

ARTIFACT_SECONDS = 3.0
LOOK_SECONDS = 2.0


def open_from_prefect(
    project_id: UUID, settings: CutSettings, request_id: str | None
) -> Callable[[Runtime, UUID], Awaitable[UUID]]:
    """How a flow run without a run row gets one: for the project's owner, under a key of its own."""

    async def open_run(runtime: Runtime, flow_run_id: UUID) -> UUID:
        wanted = Wanted(
            user_id=None,
            project_id=str(project_id),
            settings=settings,
            told=settings.wire(),
            request_id=request_id or f"prefect:{flow_run_id}",
            flow_run_id=flow_run_id,
        )
        opened = await open_director_cut(runtime, wanted)
        if opened.started is None:
            raise Conflict(opened.summary.blocking_reason if opened.summary else None)
        return opened.started.run_id

    return open_run


async def cut_of_run(run_id: UUID) -> Cut:
    """What the flow walks through."""
    return await cut_of(await runtime_for_process(), run_id)


async def show_progress(run_id: UUID) -> None:
    """Keep a progress bar on the flow run's page while the film is made: best effort, until it is cancelled."""
    runtime, shown = await runtime_for_process(), -1
    artifact: UUID | None = None
    while True:
        async with runtime.begin() as tx:
            told = await read_progress(tx, run_id)
        if told is not None and told.progress != shown:
            shown = told.progress
            try:
                async with asyncio.timeout(ARTIFACT_SECONDS):
                    artifact = await _show(run_id, artifact, shown, str(told.payload.get("stage", "")))
            except Exception as error:  # noqa: BLE001 - an outage of Prefect's server must not stall a run
                get_run_logger().debug("no progress shown: %s", type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def _show(run_id: UUID, artifact: UUID | None, progress: int, stage: str) -> UUID:
    if artifact is None:
        return await acreate_progress_artifact(float(progress), key=f"cut-{run_id}", description=stage)
    await aupdate_progress_artifact(artifact, float(progress), description=stage)
    return artifact


async def publish_film(run_id: UUID) -> None:
    """Show the film on the flow run's page: best effort, bounded, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    result = (run.result or {}) if run else {}
    url = result.get("outputUrl")
    if not url:
        return
    try:
        async with asyncio.timeout(ARTIFACT_SECONDS):
            await acreate_link_artifact(str(url), link_text="The film", key=f"film-{run_id}")
            await acreate_markdown_artifact(_report(result), key=f"cut-report-{run_id}", description="The film.")
    except Exception as error:  # noqa: BLE001 - as above
        get_run_logger().warning("no artifacts: %s", type(error).__name__)


def _report(result: Any) -> str:
    facts = f"{result['width']}x{result['height']}, {result['frames']} frames, {result['seconds']} s"
    loudness = f", {result['lufs']} LUFS" if "lufs" in result else ", silent"
    lost = [*result.get("shotFailures", []), *result.get("audioFailures", [])]
    lines = [f"| {one['orderIndex']} | {one['assetId'] or ''} | {_cell(one['reason'])} |" for one in lost]
    table = ["", "| place | asset | left out because |", "|---|---|---|", *lines] if lines else []
    return "\n".join([f"**[Play the film]({result['outputUrl']})**", "", facts + loudness, *table])


def _cell(words: object) -> str:
    return " ".join(str(words).replace("|", "/").split())
