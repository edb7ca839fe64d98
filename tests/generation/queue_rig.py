"""A claimed run whose provider is a queue of the fakes: jobs that outlive their submit."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from server.fakes import Fakes
from tests.rows import Studio, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.db.ledger import read_balance
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.run_holds import RunHold, list_run_holds
from wzrd.domain.runs import Lease
from wzrd.domain.submission import RetryPolicy, Target
from wzrd.generation import Fallback, FallbackTarget, Generated, GenerationRequest, Own, generate
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.providers.base import Progress
from wzrd.providers.opening import open_providers
from wzrd.runs.execute import claim
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

FAL = Target("fal-ai", "fal-ai/flux/dev")
GMI = Target("gmi-cloud", "Z-Image-Turbo")
AT_ONCE = Target("gmi-cloud", "seedream-4-0-250828")
"""A model that answers its submit with the result."""
ITEM = "image/1"
FUNDS = 1000


def asked(target: Target = FAL, prompt: str = "a lighthouse", **more: Any) -> GenerationRequest:
    """A picture that costs 5 credits of its own."""
    made = GenerationRequest(ITEM, target, {"prompt": prompt}, Own(5, "image"), media_type="image", deadline=20.0)
    return replace(made, **more)


@dataclass(slots=True)
class QueueRig:
    """A claimed run with the fakes behind it."""

    runtime: Runtime
    fakes: Fakes
    studio: Studio
    lease: Lease

    async def ask(self, request: GenerationRequest, *, lease: Lease | None = None) -> Generated:
        """The result."""
        return (await self.chunks(request, lease=lease))[-1]  # type: ignore[return-value]

    async def chunks(
        self, request: GenerationRequest, *, lease: Lease | None = None
    ) -> list[Progress | Fallback | Generated]:
        """All that came."""
        return [chunk async for chunk in generate(self.runtime, lease or self.lease, request)]  # type: ignore[misc]

    async def jobs(self) -> list[ProviderJob]:
        """The item's submits."""
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.lease.run_id, ITEM)

    async def statuses(self) -> list[tuple[int, str]]:
        """Number and status of each."""
        return [(job.submission_no, job.status) for job in await self.jobs()]

    async def holds(self) -> list[RunHold]:
        """The item's holds."""
        async with self.runtime.begin() as tx:
            return [hold for hold in await list_run_holds(tx, self.lease.run_id) if hold.item == ITEM]

    async def balance(self) -> int:
        """Credits that the user has left. The run itself holds 2."""
        async with self.runtime.begin() as tx:
            return await read_balance(tx, self.studio.user_id)

    async def resumed(self) -> Lease:
        """Another claim: what a resume does after a death."""
        lease = await claim(self.runtime, self.lease.run_id, flow_run_id=None)
        assert lease is not None
        return lease

    async def paid(self, provider: str = "") -> int:
        """Number of submits that the providers have accepted."""
        return len(await self.fakes.paid_submits(provider))


def settings_with(settings: Settings, environment: Mapping[str, str | None]) -> Settings:
    """Settings with these variables, the fakes' keys and addresses for one."""
    return Settings.model_validate({**settings.model_dump(by_alias=True), **environment})


@asynccontextmanager
async def open_queue_rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[QueueRig]:
    """The rig, its providers closed afterwards."""
    runtime.settings = settings_with(runtime.settings, fakes.environment())
    runtime.providers = open_providers(runtime.settings, local=[Animatic()])
    runtime.providers.retry_policy = RetryPolicy(tries=4, first=0.02, longest=0.1)
    studio = await make_studio(runtime, funds=FUNDS)
    wanted = GenShotsParams(user_id=studio.user_id, project_id=str(studio.project_id), request_id=str(uuid.uuid4()))
    opened = await start_gen_shots(runtime, wanted)
    lease = await claim(runtime, opened.run_id, flow_run_id=None)
    assert lease is not None
    try:
        yield QueueRig(runtime, fakes, studio, lease)
    finally:
        await runtime.providers.aclose(grace=0.1)


def with_fallback(request: GenerationRequest, target: Target, price: int) -> GenerationRequest:
    """The request, with another model that may be asked instead."""
    return replace(request, fallbacks=(FallbackTarget(target, str(target), Own(price, "image")),))
