"""A served application whose chat providers are the fakes: for the tests of text routes and inline runs."""

import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from server.api.services import Services, services_of
from server.fakes import Fakes, open_fakes
from server.stack import postgres
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, shared_runtime
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.submission import RetryPolicy
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime

CHAT, STREAM, GEMINI = (f"/functions/v1/{name}" for name in ("groq-chat", "groq-stream", "gemini-text-generation"))
LLAMA = "llama-3.3-70b-versatile"


@dataclass(slots=True)
class TextServer:
    """The application, the fakes behind it, and a user who may ask."""

    runtime: Runtime
    services: Services
    client: httpx.AsyncClient
    fakes: Fakes
    studio: Studio

    @property
    def headers(self) -> dict[str, str]:
        return bearer(self.studio.user_id)

    async def ask(self, path: str = CHAT, prompt: str = "Say a word.", **body: Any) -> httpx.Response:
        """One call, its answer whole."""
        model = {"model": LLAMA} if path == CHAT else {}
        return await self.client.post(path, json={"prompt": prompt, **model, **body}, headers=self.headers)

    async def row(self, run_id: object) -> RunRow:
        async with self.runtime.begin() as tx:
            found = await find_run(tx, uuid.UUID(str(run_id)))
        assert found is not None
        return found

    async def jobs(self, run_id: object) -> list[ProviderJob]:
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, uuid.UUID(str(run_id)), "output")

    async def view(self, run_id: object) -> dict[str, Any]:
        """The run as its owner sees it."""
        return (await self.client.get(f"/functions/v1/runs/{run_id}", headers=self.headers)).json()

    async def balance(self) -> int:
        return await balance(self.runtime, self.studio.user_id)

    async def all_ended(self) -> None:
        """Wait for whatever this process still executes."""
        for run in list(self.services.inline._open.values()):
            await run.call.wait()


@asynccontextmanager
async def open_text_server(
    cluster: postgres.Cluster, *, funds: int = 100, **environment: Any
) -> AsyncGenerator[TextServer]:
    """The rig on a database of its own; retries are quick. `environment` as settings spell it, over the fakes' own."""
    async with open_fakes() as fakes, shared_runtime(cluster, **{**fakes.environment(), **environment}) as runtime:
        runtime.providers = open_providers(runtime.settings)
        runtime.providers.retry_policy = RetryPolicy(tries=4, first=0.02, longest=0.1)
        studio = await make_studio(runtime, funds=funds)
        async with calling(runtime) as (client, app):
            yield TextServer(runtime, services_of(app), client, fakes, studio)
        await runtime.providers.aclose()


def frames(text: str) -> list[Any]:
    """The data of a stream's frames, `[DONE]` as it is."""
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


def words_of(chunks: list[Any]) -> str:
    """The text of a stream's frames."""
    return "".join(one["choices"][0]["delta"].get("content", "") for one in chunks if "choices" in one)
