"""Claimed runs whose provider is a scripted chat server, or a queue of the fakes: jobs that outlive their submit."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import SecretStr

from server.fakes import Fakes
from tests.fakes.chat import ChatServer
from tests.fakes.providers import asking
from tests.rows import Studio, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.db.ledger import read_balance
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.run_holds import RunHold, list_run_holds
from wzrd.domain.runs import Lease
from wzrd.domain.submission import RetryPolicy, Target
from wzrd.faults import arm
from wzrd.generation import FallbackTarget, Generated, GenerationRequest, Own, generate
from wzrd.generation.calls import Chunk
from wzrd.net.http import open_http
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.providers.base import Delta
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.registry import Providers
from wzrd.runs.execute import claim
from wzrd.runtime.process import Runtime
from wzrd.runtime.session import utc_now

KEY = "gsk_TOPSECRETtopsecret0123456789"
TARGET = Target("groq", "llama")
ASKED = GenerationRequest("writer/1", TARGET, {"messages": [{"role": "user", "content": "write"}]})
PAID = replace(ASKED, item_key="asset/1", funding=Own(5))
FAL = Target("fal-ai", "fal-ai/flux/dev")
GMI = Target("gmi-cloud", "Z-Image-Turbo")
AT_ONCE = Target("gmi-cloud", "seedream-4-0-250828")
"""A model that answers its submit with the result."""
ITEM = "image/1"
FUNDS = 1000


@dataclass(slots=True)
class ClaimedRun:
    """A run that this process has claimed, and its maker."""

    ITEM: ClassVar[str] = ""

    runtime: Runtime
    studio: Studio
    lease: Lease

    async def jobs(self, item_key: str = "") -> list[ProviderJob]:
        """The item's submits."""
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.lease.run_id, item_key or self.ITEM)

    async def statuses(self, item_key: str = "") -> list[tuple[int, str]]:
        """Number and status of each submit of the item."""
        return [(job.submission_no, job.status) for job in await self.jobs(item_key)]

    async def resumed(self) -> Lease:
        """Another claim: what a resume does after a death."""
        lease = await claim(self.runtime, self.lease.run_id, flow_run_id=None)
        assert lease is not None
        return lease


async def _claimed(runtime: Runtime, *, funds: int, count: int | None = None) -> tuple[Studio, Lease]:
    """A maker, and a run of theirs that this process has claimed."""
    studio = await make_studio(runtime, funds=funds)
    wanted = GenShotsParams(
        user_id=studio.user_id, project_id=str(studio.project_id), shot_count=count, request_id=str(uuid.uuid4())
    )
    opened = await start_gen_shots(runtime, wanted, latency=lambda: 1)
    lease = await claim(runtime, opened.run_id, flow_run_id=None)
    assert lease is not None
    return studio, lease


@dataclass(slots=True)
class TextRun(ClaimedRun):
    """A claimed run with a chat server behind it."""

    ITEM: ClassVar[str] = "writer/1"

    server: ChatServer

    async def ask(self, request: GenerationRequest = ASKED, *, lease: Lease | None = None) -> tuple[str, Generated]:
        """The deltas joined, and the result."""
        chunks = [chunk async for chunk in generate(self.runtime, lease or self.lease, request)]
        assert isinstance(chunks[-1], Generated)
        return "".join(chunk.text for chunk in chunks if isinstance(chunk, Delta)), chunks[-1]

    async def all_done(self) -> None:
        """Wait for whatever is still under way."""
        for _, call in list(self.runtime.providers.in_flight.values()):
            await call.wait()

    async def holds(self) -> list[tuple[str, str]]:
        """Status of each hold that items took."""
        async with self.runtime.begin() as tx:
            holds = await list_run_holds(tx, self.lease.run_id)
        return [(hold.item_key, hold.status) for hold in holds if hold.item_key]


def providers_for(server: ChatServer, *, idle: float = 60.0, **options: Any) -> Providers:
    http = open_http(idle=idle)
    endpoint = ChatEndpoint("groq", server.base_url, SecretStr(KEY), "GROQ_API_KEY")
    defaults: dict[str, Any] = {
        "retry_policy": RetryPolicy(tries=4, first=0.02, longest=0.1),
        "jitter": lambda: 0.5,
        "close": http.aclose,
    }
    return Providers([Animatic(), Chat(endpoint, http, now=utc_now)], **(defaults | options))


async def open_text_run(runtime: Runtime, server: ChatServer, *, funds: int = 100) -> TextRun:
    studio, lease = await _claimed(runtime, funds=funds, count=3)
    return TextRun(runtime, studio, lease, server)


@asynccontextmanager
async def armed(faults: str) -> AsyncGenerator[None]:
    """Fail points set while inside."""
    arm(faults)
    try:
        yield
    finally:
        arm("")


def asked(target: Target = FAL, prompt: str = "a lighthouse", **more: Any) -> GenerationRequest:
    """A picture that costs 5 credits of its own."""
    made = GenerationRequest(ITEM, target, {"prompt": prompt}, Own(5, "image"), media_type="image", deadline=20.0)
    return replace(made, **more)


@dataclass(slots=True)
class QueueRun(ClaimedRun):
    """A claimed run with the fakes behind it."""

    ITEM: ClassVar[str] = ITEM

    fakes: Fakes

    async def ask(self, request: GenerationRequest, *, lease: Lease | None = None) -> Generated:
        """The result."""
        *_, made = await self.chunks(request, lease=lease)
        assert isinstance(made, Generated)
        return made

    async def chunks(self, request: GenerationRequest, *, lease: Lease | None = None) -> list[Chunk]:
        """All that came."""
        return [chunk async for chunk in generate(self.runtime, lease or self.lease, request)]

    async def holds(self) -> list[RunHold]:
        """The item's holds."""
        async with self.runtime.begin() as tx:
            return [hold for hold in await list_run_holds(tx, self.lease.run_id) if hold.item == ITEM]

    async def balance(self) -> int:
        """Credits that the user has left. The run itself holds 2."""
        async with self.runtime.begin() as tx:
            return await read_balance(tx, self.studio.user_id)

    async def paid(self, provider: str = "") -> int:
        """Number of submits that the providers have accepted."""
        return len(await self.fakes.paid_submits(provider))


@asynccontextmanager
async def open_queue_run(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[QueueRun]:
    """The run, its providers closed afterwards."""
    async with asking(fakes, runtime, tries=4):
        studio, lease = await _claimed(runtime, funds=FUNDS)
        yield QueueRun(runtime, studio, lease, fakes)


def with_fallback(request: GenerationRequest, target: Target, price: int) -> GenerationRequest:
    """The request, with another model that may be asked instead."""
    return replace(request, fallbacks=(FallbackTarget(target, str(target), Own(price, "image")),))
