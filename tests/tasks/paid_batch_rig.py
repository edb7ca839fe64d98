"""auto-generate whose models are queues of the fakes: pictures of fal's, clips of GMI's, words of GMI's chat."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from server.fakes import Fakes
from tests.fakes.providers import asking
from tests.tasks.auto_generate_rig import BatchRig, make_batch_rig
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.domain.auto_generate import Phase
from wzrd.domain.submission import fingerprint
from wzrd.operations.auto_generate import AutoGenerateParams, Started, plan_auto_generate, start_auto_generate
from wzrd.runtime.process import Runtime

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
