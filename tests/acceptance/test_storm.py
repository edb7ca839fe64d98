"""Storms: runs under way while processes are killed at random. `make chaos` gives new seeds each time, in SEEDS."""

import asyncio
import json
import os
import random
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.fakes import Behaviour, open_fakes
from tests.acceptance.conftest import Stack, open_stack, shot_rows, watch
from tests.acceptance.test_film import Filmed, film, write
from tests.acceptance.test_gen_shots import answer, in_pieces
from tests.fakes.chat import says
from tests.rows import Studio
from tests.tasks.graph_project import ComputeRig
from tests.tasks.test_compute_kills import HELD, PRICE, outputs, save_chains
from wzrd.contracts.sse import SseReader

PARTS = ("worker", "worker", "api", "prefect", "postgres")
RUNS = 8
KILLS = 6
CHAINS, VOICES = 6, 8
GRAPH_KILLS = 8
SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1 2").replace(",", " ").split()]


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_dies_whenever_every_run_ends_whole(stack: Stack, seed: int) -> None:
    """Eight runs, six kills -9 at random moments: all complete, nothing twice, each charged once, streams unbroken."""
    chance = random.Random(seed)
    stack.chat.otherwise = says(*in_pieces(answer(), 6), pause=0.05)
    studios = [await stack.studio() for _ in range(RUNS)]
    clients = [watch(stack, studio) for studio in studios]

    async def come(client_number: int) -> None:
        await asyncio.sleep(chance.uniform(0, 12))  # any moment
        await clients[client_number].to_the_end(seconds=240)

    reading = [asyncio.create_task(come(number)) for number in range(RUNS)]
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(1, 5))  # any moment
        await stack.kill(chance.choice(PARTS))
        await stack.healthy(seconds=90)
    await asyncio.gather(*reading)
    await stack.runtime.engine.dispose()
    for studio, client in zip(studios, clients, strict=True):
        client.check_whole(3)
        assert [number for number, _ in await shot_rows(stack, studio)] == [1, 2, 3]
        assert await stack.balance(studio) == 98


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_dies_whenever_a_film_is_made(stack: Stack, tmp_path: Path, seed: int) -> None:
    """Six kills -9 at random moments: there is a film, and byte for byte the one that is made when nothing dies.

    The command itself may find no database just then, and says so; its user asks again, and it goes on.
    """
    chance = random.Random(seed)
    script = write(tmp_path)

    async def insist() -> Filmed:
        for _ in range(KILLS):
            made = await film(stack, script, tmp_path / "stormy")
            if made.code == 0:
                return made
            assert "does not answer" in made.err or "no answer" in made.err, made.err
            await asyncio.sleep(2)  # a person's patience
        raise AssertionError("asked often, and never made")

    making = asyncio.create_task(insist())
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(0.5, 4))  # any moment
        await stack.kill(chance.choice(("worker", "worker", "prefect", "postgres", "api")))
        await stack.healthy(seconds=90)
        if making.done():
            break
    stormy = await making
    calm = await film(stack, script, tmp_path / "calm")
    assert calm.film.read_bytes() == stormy.film.read_bytes()


@dataclass(slots=True)
class GraphClient:
    """A client of compute-execute that comes back whenever its stream was cut, and keeps all that it saw."""

    stack: Stack
    studio: Studio
    body: dict[str, Any]
    run_id: str = ""
    seqs: list[int] = field(default_factory=list[int])
    status: str = ""

    async def to_the_end(self) -> None:
        """Until the run has ended; one that was resumed too often is given its next attempt, as its user would."""
        while self.status != "succeeded":
            try:
                await self._once()
                if self.status in {"failed", "partial"}:
                    await self._retry()
            except httpx.HTTPError:
                await asyncio.sleep(0.2)  # a client's pause before it comes again

    async def _once(self) -> None:
        last = {"last-event-id": str(self.seqs[-1])} if self.seqs else {}
        headers = {**self.stack.headers(self.studio), **last}
        path = "/functions/v1/compute-execute"
        async with self.stack.http.stream("POST", path, json=self.body, headers=headers) as response:
            if response.status_code == int(httpx.codes.SERVICE_UNAVAILABLE):
                raise httpx.NetworkError("comes again, as after a connection that is cut")
            assert response.status_code == 200, await response.aread()
            self.run_id, reader = response.headers["x-run-id"], SseReader()
            async for chunk in response.aiter_bytes():
                for frame in reader.feed(chunk):
                    if frame.id:
                        self.seqs.append(int(frame.id))
                    if frame.event == "complete":
                        self.status = json.loads(frame.data)["status"]

    async def _retry(self) -> None:
        body, headers = {"resubmitUnknown": True}, self.stack.headers(self.studio)
        answer = await self.stack.http.post(f"/functions/v1/runs/{self.run_id}/retry", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        self.status = ""


@pytest.mark.storm
@pytest.mark.parametrize("seed", SEEDS)
async def test_the_worker_dies_whenever_a_paid_graph_runs(seed: int) -> None:
    """Sixty nodes, eight kills -9: each voice paid once, each number seen once, outputs as undisturbed."""
    chance = random.Random(seed)
    async with open_fakes(process=True) as fakes, open_stack(**fakes.environment()) as stack:
        rig = ComputeRig(stack.runtime, await stack.studio(funds=1000), None)
        await save_chains(rig, CHAINS, VOICES)
        await fakes.script(Behaviour(match=HELD, hold="result"))
        asked = {"projectId": str(rig.studio.project_id), "requestId": str(uuid.uuid4())}
        client = GraphClient(stack, rig.studio, asked)
        async with asyncio.timeout(900):
            reading = asyncio.create_task(client.to_the_end())
            for _ in range(GRAPH_KILLS):
                await asyncio.sleep(chance.uniform(0.5, 6))  # any moment
                await stack.kill("worker")
                await stack.healthy(seconds=120)
            await fakes.release(HELD)
            await reading
        run_id = uuid.UUID(client.run_id)
        assert client.seqs == sorted(set(client.seqs))
        assert len(await fakes.paid_submits()) == CHAINS * VOICES
        assert await rig.left() == 1000 - CHAINS * VOICES * PRICE
        async with stack.runtime.begin() as tx:
            statement = text("select seq from wzrd.run_events where run_id = :id order by seq")
            logged = list((await tx.scalars(statement, {"id": run_id})).all())
        assert logged == list(range(1, len(logged) + 1))
        calm = GraphClient(stack, rig.studio, {**asked, "requestId": str(uuid.uuid4()), "useCache": False})
        await calm.to_the_end()
        assert await outputs(rig, uuid.UUID(calm.run_id)) == await outputs(rig, run_id)
