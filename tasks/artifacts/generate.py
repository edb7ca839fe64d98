"""A direct generation on its page in Prefect: its picture shown, any other file linked."""

from uuid import UUID

from prefect.artifacts import acreate_image_artifact, acreate_link_artifact, acreate_markdown_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from wzrd.db.runs import find_run


async def publish_output(run_id: UUID) -> None:
    """Show what was made on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    result = (run.result or {}) if run is not None else {}
    url, key, told = str(result.get("url") or ""), f"output-{run_id}", str(result.get("resolvedModel", ""))
    async with best_effort("output"):
        if url and result.get("mediaType") == "image":
            await acreate_image_artifact(image_url=url, key=key, description=told)
        elif url:
            await acreate_link_artifact(link=url, link_text=told, key=key, description="What was made.")
        elif isinstance(result.get("raw"), dict) and "text" in result["raw"]:
            await acreate_markdown_artifact(markdown=str(result["raw"]["text"]), key=key, description=told)
