"""A project with shots that auto-generate makes: their pictures are painted, or made by queues of the fakes."""

import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from server.fakes import Fakes
from tests.fakes.images import FakeImages
from tests.fakes.providers import asking
from tests.playing import log_of
from tests.rows import Studio, balance, make_studio
from tests.shots import insert_shot
from wzrd.animatic.provider import Animatic
from wzrd.db.items import Item, list_items
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.domain.auto_generate import Phase
from wzrd.domain.submission import RetryPolicy, fingerprint
from wzrd.operations.auto_generate.kind import AutoGenerateParams, Started, start_auto_generate
from wzrd.operations.auto_generate.plan import plan_auto_generate
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


IMAGES, CLIPS = "fal-ai/flux/schnell", "gmi/ltx-fast-i2v"
IMAGE_PRICE, PROMPT_PRICE = 3, 1
FUNDS = 1000


@dataclass(frozen=True, slots=True)
class PaidRig:
    """A project with shots `a`, `b`, … and the fakes behind its runtime."""

    batch: BatchRig
    fakes: Fakes

    @property
    def runtime(self) -> Runtime:
        return self.batch.runtime

    def params(self, phase: Phase = "images", **more: Any) -> AutoGenerateParams:
        studio = self.batch.studio
        wanted: dict[str, Any] = {"model": IMAGES if phase == "images" else CLIPS, **more}
        ids: dict[str, Any] = {"user_id": studio.user_id, "project_id": str(studio.project_id)}
        return AutoGenerateParams(phase=phase, **ids, **wanted)

    async def open(self, phase: Phase = "images", **more: Any) -> Started:
        return await start_auto_generate(self.runtime, self.params(phase, **more))

    async def queued(self, phase: Phase = "images", **more: Any) -> uuid.UUID:
        return (await self.open(phase, **more)).run_id

    async def plan(self, phase: Phase = "images", **more: Any) -> Any:
        return await plan_auto_generate(self.runtime, self.params(phase, **more))

    async def jobs(self, run_id: uuid.UUID, key: str) -> list[ProviderJob]:
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, run_id, key)

    async def sent(self, run_id: uuid.UUID, name: str, media: str = "image") -> set[str]:
        """The names of what a shot's one submit carried."""
        (job,) = await self.jobs(run_id, f"{media}/{self.batch.shots[name]}")
        return {path.partition(".")[0] for path in job.fingerprint}

    async def sent_as(self, run_id: uuid.UUID, name: str, media: str = "image", **values: Any) -> bool:
        """True if a shot's one submit carried these values."""
        (job,) = await self.jobs(run_id, f"{media}/{self.batch.shots[name]}")
        return fingerprint(values).items() <= dict(job.fingerprint).items()

    async def paid(self, provider: str = "", match: str = "") -> int:
        return len(await self.fakes.paid_submits(provider, match))

    async def rows(self, table: str) -> list[Any]:
        """The project's rows of one of the studio's tables."""
        async with self.runtime.begin() as tx:
            statement = text(f"select * from public.{table} where project_id = :id order by created_at, id")
            return list((await tx.execute(statement, {"id": self.batch.studio.project_id})).all())

    async def set(self, table: str, key: str, value: uuid.UUID, **columns: Any) -> None:
        changes = ", ".join(f"{name} = :{name}" for name in columns)
        async with self.runtime.begin() as tx:
            await tx.execute(text(f"update public.{table} set {changes} where {key} = :key"), {"key": value, **columns})


@asynccontextmanager
async def open_paid_rig(
    runtime: Runtime, fakes: Fakes, names: str = "abc", *, funds: int = FUNDS, keys: str = "", **columns: Any
) -> AsyncGenerator[PaidRig]:
    """The rig, its providers closed afterwards. `keys`: only the providers whose variables begin so are configured."""
    batch = await make_batch_rig(runtime, names, funds, **columns)
    async with asking(fakes, runtime, keys=keys):
        async with runtime.begin() as tx:
            wide = text("update public.projects set aspect_ratio = '16:9' where id = :id")
            await tx.execute(wide, {"id": batch.studio.project_id})
        yield PaidRig(batch, fakes)
