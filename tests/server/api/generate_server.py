"""The application on a port with the fakes behind it; its runs are played in this process."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from fastapi import FastAPI

from blocks.resolve import serving
from server.api.services import services_of
from server.dispatch import Dispatcher
from server.fakes import Fakes, open_fakes
from server.stack import postgres
from tests.playing import run_until_ended
from tests.rows import Studio, make_studio
from tests.server.served import bearer, calling, read, shared_runtime
from wzrd.animatic.provider import Animatic
from wzrd.contracts.sse import SseFrame
from wzrd.db.run_holds import RunHold, list_run_holds
from wzrd.db.runs import RunRow, list_runs
from wzrd.domain.submission import RetryPolicy
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime

FAL_STREAM, GMI_EXECUTE = "/functions/v1/fal-stream", "/functions/v1/gmi-execute"


class Player(Dispatcher):
    """Plays every run here, instead of asking Prefect to; while `gate` is closed it only takes them."""

    gate: asyncio.Event
    plays: dict[uuid.UUID, asyncio.Task[Any]]

    def send_soon(self, run_id: uuid.UUID, run: RunRow | None = None) -> None:
        """Play it, once."""
        if run_id not in self.plays or self.plays[run_id].done():
            self.plays[run_id] = asyncio.get_running_loop().create_task(self._play(run_id))

    async def _play(self, run_id: uuid.UUID) -> tuple[str | None, int]:
        await self.gate.wait()
        return await run_until_ended(self._runtime, run_id)


@dataclass(slots=True)
class GenerateServer:
    """A served application, and what stands behind it."""

    runtime: Runtime
    client: httpx.AsyncClient
    app: FastAPI
    fakes: Fakes
    player: Player
    makers: list[Studio] = field(default_factory=list[Studio])

    async def maker(self, *, funds: int = 100) -> Studio:
        """A user with credits and a project."""
        return await make_studio(self.runtime, funds=funds)

    async def post(self, user: uuid.UUID, body: object, path: str = FAL_STREAM, **more: Any) -> httpx.Response:
        """The whole answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": "application/json", **bearer(user), **more.pop("headers", {})}
        return await self.client.post(path, content=content, headers=headers, **more)

    async def stream(
        self, user: uuid.UUID, body: object, *, until: int | None = None, headers: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """The frames of a fal-stream, or its first `until`, after which the client hangs up."""
        return [json.loads(frame.data) for frame in await self.frames(user, body, until=until, headers=headers)]

    async def frames(
        self, user: uuid.UUID, body: object, *, until: int | None = None, headers: Mapping[str, str] | None = None
    ) -> list[SseFrame]:
        """Frames of a stream with their ids."""
        sent = {**bearer(user), **(headers or {})}
        async with self.client.stream("POST", FAL_STREAM, json=body, headers=sent) as response:
            assert response.status_code == 200, (await response.aread(), response.status_code)
            return await read(response.aiter_bytes(), until=until)

    async def view(self, user: uuid.UUID, run_id: str) -> dict[str, Any]:
        """The run as its owner sees it."""
        response = await self.client.get(f"/functions/v1/runs/{run_id}", headers=bearer(user))
        assert response.status_code == 200, response.text
        return response.json()

    async def runs(self, studio: Studio) -> list[RunRow]:
        """The user's runs."""
        async with self.runtime.begin() as tx:
            return await list_runs(tx, studio.user_id)

    async def holds(self, run_id: str) -> list[RunHold]:
        """The run's holds."""
        async with self.runtime.begin() as tx:
            return await list_run_holds(tx, uuid.UUID(run_id))

    async def ended(self, run_id: str) -> None:
        """Wait until the run's play is over."""
        async with asyncio.timeout(60):
            await asyncio.wait({self.player.plays[uuid.UUID(run_id)]})


@asynccontextmanager
async def open_generate_server(cluster: postgres.Cluster, **environment: object) -> AsyncGenerator[GenerateServer]:
    """The whole, ended afterwards; `environment` as settings spell it."""
    async with open_fakes() as fakes, shared_runtime(cluster, **{**fakes.environment(), **environment}) as runtime:
        runtime.providers = open_providers(runtime.settings, local=[Animatic()])
        runtime.providers.retry_policy = RetryPolicy(tries=4, first=0.02, longest=0.1)
        async with calling(runtime) as (client, app), serving(runtime):
            services = services_of(app)
            player = Player(runtime, services.prefect)
            player.gate, player.plays = asyncio.Event(), {}
            player.gate.set()
            app.state.services = replace(services, dispatcher=player)
            try:
                yield GenerateServer(runtime, client, app, fakes, player)
            finally:
                for play in list(player.plays.values()):
                    play.cancel()
                    with suppress(BaseException):
                        await play
                await runtime.providers.aclose(grace=0.1)
