"""A claimed run whose provider is a scripted chat server: the rig of the tests of generation."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from pydantic import SecretStr

from tests.fakes.chat import ChatServer
from tests.rows import Studio, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.runs import Lease
from wzrd.domain.submission import RetryPolicy, Target
from wzrd.faults import arm
from wzrd.generation import Generated, GenerationRequest, Own, generate
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
ASKED = GenerationRequest("writer/1", TARGET, {"messages": [{"role": "user", "content": "write JSON"}], "json": True})
PAID = replace(ASKED, item_key="asset/1", funding=Own(5))


@dataclass(slots=True)
class GenerationRig:
    """A claimed run with a chat server behind it."""

    runtime: Runtime
    server: ChatServer
    studio: Studio
    lease: Lease

    async def ask(self, request: GenerationRequest = ASKED, *, lease: Lease | None = None) -> tuple[str, Generated]:
        """The deltas joined, and the result."""
        chunks = [chunk async for chunk in generate(self.runtime, lease or self.lease, request)]
        assert isinstance(chunks[-1], Generated)
        return "".join(chunk.text for chunk in chunks if isinstance(chunk, Delta)), chunks[-1]

    async def jobs(self, item_key: str = "writer/1") -> list[ProviderJob]:
        """The item's rows."""
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.lease.run_id, item_key)

    async def statuses(self, item_key: str = "writer/1") -> list[tuple[int, str]]:
        """Number and status of each submit of the item."""
        return [(job.submission_no, job.status) for job in await self.jobs(item_key)]

    async def resumed(self) -> Lease:
        """Another claim: what the reaper's resume does after a death."""
        lease = await claim(self.runtime, self.lease.run_id, flow_run_id=None)
        assert lease is not None
        return lease

    async def all_done(self) -> None:
        """Wait for whatever is still under way."""
        for _, call in list(self.runtime.providers.in_flight.values()):
            await call.wait()

    async def holds(self) -> list[tuple[str, str]]:
        """Status of each hold that items took."""
        async with self.runtime.begin() as tx:
            holds = await list_run_holds(tx, self.lease.run_id)
        return [(hold.item_key, hold.status) for hold in holds if hold.item_key]


def providers_for(server: ChatServer, *, idle: float = 60.0, **options: object) -> Providers:
    http = open_http(idle=idle)
    endpoint = ChatEndpoint("groq", server.base_url, SecretStr(KEY), "GROQ_API_KEY")
    defaults = {
        "retry_policy": RetryPolicy(tries=4, first=0.02, longest=0.1),
        "jitter": lambda: 0.5,
        "close": http.aclose,
    }
    return Providers([Animatic(), Chat(endpoint, http, now=utc_now)], **(defaults | options))  # type: ignore[arg-type]


async def open_rig(runtime: Runtime, server: ChatServer, *, funds: int = 100) -> GenerationRig:
    studio = await make_studio(runtime, funds=funds)
    wanted = GenShotsParams(
        user_id=studio.user_id, project_id=str(studio.project_id), shot_count=3, request_id=str(uuid.uuid4())
    )
    opened = await start_gen_shots(runtime, wanted, latency=lambda: 1)
    lease = await claim(runtime, opened.run_id, flow_run_id=None)
    assert lease is not None
    return GenerationRig(runtime, server, studio, lease)


@asynccontextmanager
async def armed(faults: str) -> AsyncGenerator[None]:
    """Fail points set while inside."""
    arm(faults)
    try:
        yield
    finally:
        arm("")
