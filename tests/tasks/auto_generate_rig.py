"""auto-generate played without Prefect's engine: the tasks' own functions under a kept lease, a few at once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from tests.fakes.images import FakeImages
from tests.playing import log_of
from tests.rows import Studio, balance, make_studio
from tests.shots import insert_shot
from wzrd.animatic.provider import Animatic
from wzrd.db.items import Item, list_items
from wzrd.domain.auto_generate import Phase
from wzrd.domain.submission import RetryPolicy
from wzrd.operations.auto_generate import AutoGenerateParams, Started, start_auto_generate
from wzrd.providers.registry import Providers
from wzrd.runtime.process import Runtime

FLUX = "fal-ai/flux/schnell"
PRICE = 3


@dataclass(frozen=True, slots=True)
class BatchRig:
    """A project with shots that are drafted, whose prompts name them: `a`, `b`, …; its pictures are painted."""

    runtime: Runtime
    studio: Studio
    shots: dict[str, uuid.UUID]
    images: FakeImages

    async def open(
        self, phase: Phase = "images", *, model: str | None = FLUX, request_id: str | None = None
    ) -> Started:
        wanted = AutoGenerateParams(
            user_id=self.studio.user_id,
            project_id=str(self.studio.project_id),
            phase=phase,
            model=model,
            request_id=request_id,
        )
        return await start_auto_generate(self.runtime, wanted)

    async def queued(self, phase: Phase = "images", *, model: str | None = FLUX) -> uuid.UUID:
        return (await self.open(phase, model=model)).run_id

    async def row(self, name: str) -> Any:
        async with self.runtime.begin() as tx:
            statement = text("select * from public.shots where id = :id")
            return (await tx.execute(statement, {"id": self.shots[name]})).one()

    async def statuses(self, made: str = "image") -> dict[str, str]:
        """Each shot's status by its name; a deleted one is not among them."""
        names = {shot_id: name for name, shot_id in self.shots.items()}
        async with self.runtime.begin() as tx:
            statement = text(f"select id, {made}_status from public.shots where project_id = :id order by shot_number")
            return {names[row[0]]: row[1] for row in await tx.execute(statement, {"id": self.studio.project_id})}

    async def left(self) -> int:
        """Credits that can be spent, checked against all entries."""
        return await balance(self.runtime, self.studio.user_id)

    async def items(self, run_id: uuid.UUID) -> dict[str, Item]:
        names = {shot_id: name for name, shot_id in self.shots.items()}
        async with self.runtime.begin() as tx:
            return {names[item.entity_id]: item for item in await list_items(tx, run_id) if item.entity_id}

    async def delete(self, table: str, **where: Any) -> None:
        async with self.runtime.begin() as tx:
            ((column, value),) = where.items()
            await tx.execute(text(f"delete from public.{table} where {column} = :value"), {"value": value})


async def make_batch_rig(runtime: Runtime, names: str = "abc", funds: int = 100, **columns: Any) -> BatchRig:
    """A film of one scene whose shots have their prompts and nothing else (unless `columns` say so)."""
    images = FakeImages()
    policy = RetryPolicy(tries=2, first=0.01, longest=0.02)
    runtime.providers = Providers([Animatic(), images], retry_policy=policy, jitter=lambda: 0.5)
    studio = await make_studio(runtime, funds=funds)
    prompted = {"image_status": "prompt_ready", **columns}
    async with runtime.begin() as tx:
        await tx.execute(
            text("update public.projects set aspect_ratio = '3:1' where id = :id"), {"id": studio.project_id}
        )
        shots = {
            name: await insert_shot(
                tx,
                studio.project_id,
                studio.scene_ids[0],
                number,
                **{"prompt_idea": f"The lamp {name}.", "visual_prompt": name, **prompted},
            )
            for number, name in enumerate(names, start=1)
        }
    return BatchRig(runtime, studio, shots, images)


async def shot_statuses(runtime: Runtime, run_id: uuid.UUID, rig: BatchRig) -> dict[str, list[str]]:
    """Statuses of each shot in the log, in order; progress by pieces is left out."""
    names = {str(shot_id): name for name, shot_id in rig.shots.items()}
    statuses: dict[str, list[str]] = {name: [] for name in rig.shots}
    for event, data in await log_of(runtime, run_id):
        if event == "shot" and "progress" not in data:
            statuses[names[data["shotId"]]].append(data["status"])
    return statuses


async def terminal(runtime: Runtime, run_id: uuid.UUID) -> dict[str, Any]:
    """The `complete` that ends the log."""
    event, data = (await log_of(runtime, run_id))[-1]
    assert event == "complete"
    return data


def all_completed(names: Sequence[str]) -> dict[str, list[str]]:
    """Statuses of shots that were made without a hitch."""
    return {name: ["generating", "completed"] for name in names}
