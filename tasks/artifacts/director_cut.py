"""Director's Cut on its page in Prefect: how far it is, the film, and what was left out of it."""

from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_link_artifact, acreate_markdown_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from wzrd.db.cuts import read_progress
from wzrd.db.runs import find_run


async def read_stage(run_id: UUID) -> tuple[float, str]:
    """How far the film is, and at which stage."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        progress = await read_progress(tx, run_id)
    return (
        (float(progress.progress), str(progress.payload.get("stage", "")).replace("_", " ")) if progress else (0.0, "")
    )


async def publish_film(run_id: UUID) -> None:
    """Show the film on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    result = (run.result or {}) if run else {}
    if url := result.get("outputUrl"):
        async with best_effort("film on the page"):
            await acreate_link_artifact(str(url), link_text="The film", key=f"film-{run_id}")
            await acreate_markdown_artifact(_report(result), key=f"cut-report-{run_id}", description="The film.")


def _report(result: Any) -> str:
    facts = f"{result['width']}x{result['height']}, {result['frames']} frames, {result['seconds']} s"
    loudness = f", {result['lufs']} LUFS" if "lufs" in result else ", silent"
    lost = [*result.get("shotFailures", []), *result.get("audioFailures", [])]
    lines = [f"| {one['orderIndex']} | {one['assetId'] or ''} | {_cell(one['reason'])} |" for one in lost]
    table = ["", "| place | asset | left out because |", "|---|---|---|", *lines] if lines else []
    return "\n".join([f"**[Play the film]({result['outputUrl']})**", "", facts + loudness, *table])


def _cell(words: object) -> str:
    return " ".join(str(words).replace("|", "/").split())
