"""gen-shots at its edges: opened from Prefect's own form, summed up at its end, shown as a table in Prefect's UI."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from wzrd.db.items import Item, list_items
from wzrd.domain.settlement import Verdict
from wzrd.operations.gen_shots import Wanted, open_gen_shots
from wzrd.runtime.process import Runtime


def open_from_prefect(
    project_id: UUID, scene_id: UUID | None, shot_count: int, request_id: str | None
) -> Callable[[Runtime, UUID], Awaitable[UUID]]:
    """How a flow run without a run row gets one: for the project's owner, under a key of its own."""

    async def open_run(runtime: Runtime, flow_run_id: UUID) -> UUID:
        wanted = Wanted(
            user_id=None,
            project_id=str(project_id),
            scene_id=str(scene_id) if scene_id else None,
            shot_count=shot_count,
            request_id=request_id or f"prefect:{flow_run_id}",
            flow_run_id=flow_run_id,
        )
        return (await open_gen_shots(runtime, wanted, latency=lambda: 0)).started.run_id

    return open_run


async def outcome(run_id: UUID) -> Verdict:
    """What the run's `done` tells beside the numbers: whether, and why, the offline writer stood in."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    reasons = [reason for item in items if (reason := (item.output or {}).get("fallback"))]
    return Verdict(result={"fallbackUsed": True, "fallbackReason": reasons[0]} if reasons else {})


async def publish_shots(run_id: UUID) -> None:
    """Show the shots on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    async with best_effort("table of shots"):
        await acreate_table_artifact(
            table=[_line(item) for item in items if "idea" in (item.output or {})],
            key=f"shots-{run_id}",
            description="The shots of this run, in order.",
        )


def _line(item: Item) -> dict[str, Any]:
    output = item.output or {}
    idea = output["idea"]
    return {
        "shot": output["number"],
        "status": item.phase or item.status,
        "size": idea["size"],
        "angle": idea["angle"],
        "lens": f"{idea['lens_mm']} mm",
        "move": idea["move"],
        "title": idea["title"],
        "idea": idea["idea"],
    }
