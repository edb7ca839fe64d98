"""Two APIs and three workers on servers of one's own, each with its own folder, their files in S3.

`wzrd prepare`, `api` and `worker` as containers start them, on a PostgreSQL and a Prefect server that are there. Any of
them is killed while runs go on. Each machine is a process group here, and sees nothing of the others' folders.
"""

import asyncio
import dataclasses
import logging
import os
import random
import signal
import sys
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import httpx
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server.fakes import Fakes, open_fakes
from server.stack.environment import ROOT
from server.stack.state import client_settings
from tests.acceptance.conftest import Stack, Watcher, _opened, open_stack, shot_rows, watch, wzrd
from tests.acceptance.test_gen_shots import answer, in_pieces
from tests.fakes.chat import says
from tests.rows import Studio, broken_promises
from tests.shots import insert_shot
from tests.test_reverse_proxy import free_port
from tests.waiting import answer_of, looks
from wzrd.domain.runs import TERMINAL_RUN

NAME, KEY = "machines", "a-key-that-nobody-may-see"
FLUX = "fal-ai/flux/schnell"
SHOTS, PICTURES, PRICE = 3, 3, 3


@dataclass(slots=True)
class Machine:
    """One machine: a process of ours with a folder and a port of its own."""

    name: str
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        kind = self.name.rstrip("0123456789")
        command = [sys.executable, "-m", "server.cli", kind]
        self.process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self.environment, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
        )

    async def stop(self, number: int) -> int:
        """End it with all that it started; how it ended."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        return await self.process.wait()


class AnyApi(httpx.AsyncBaseTransport):
    """A load balancer: another API answers where one does not."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = [httpx.URL(address) for address in addresses]
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in self._addresses:
            at = self._addresses[0]
            request.url = request.url.copy_with(host=at.host, port=at.port)
            try:
                return await self._inner.handle_async_request(request)
            except httpx.ConnectError:
                self._addresses = [*self._addresses[1:], at]
        raise httpx.ConnectError("no API answers", request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@pytest.fixture
def endpoint() -> Iterator[str]:
    """An S3 on loopback, with an empty bucket."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urlopen(Request(f"http://{host}:{port}/media", method="PUT")).close()
    yield f"http://{host}:{port}"
    server.stop()


@asynccontextmanager
async def machines_of(stack: Stack, endpoint: str, folder: Path) -> AsyncGenerator[tuple[Stack, list[Machine]]]:
    """Prepared twice, then two APIs and three workers that answer; ended as a container runtime does."""
    given = client_settings(stack.home)
    async with stack.runtime.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text(f"create database {NAME}"))
    shared = stack.environment | {
        "WZRD_HOME": str(folder / "operator"),
        "WZRD_DATABASE_URL": make_url(given.database_url).set(database=NAME).render_as_string(False),
        "PREFECT_API_URL": given.prefect_api_url,
        "PREFECT_API_AUTH_STRING": given.prefect_auth,
        "SUPABASE_JWT_SECRET": stack.secret,
        "WZRD_WORK_POOL": NAME,
        "WZRD_STORAGE": "s3",
        "WZRD_S3_BUCKET": "media",
        "WZRD_S3_ENDPOINT": endpoint,
        "WZRD_DEADLINES": "image=120",
        "AWS_ACCESS_KEY_ID": "wzrd",
        "AWS_SECRET_ACCESS_KEY": KEY,
    }
    for _ in range(2):
        ended = await asyncio.to_thread(wzrd, shared, "prepare")
        assert ended.returncode == 0, ended.stderr
    made = list[Machine]()
    for name in ("api1", "api2", "worker1", "worker2", "worker3"):
        (folder / name).mkdir()
        made.append(Machine(name, shared | {"WZRD_HOME": str(folder / name), "WZRD_PORT": str(free_port())}))
    apis = [f"http://127.0.0.1:{one.environment['WZRD_PORT']}" for one in made[:2]]
    there = dataclasses.replace(given, api_url=apis[0], database_url=shared["WZRD_DATABASE_URL"])
    try:
        for one in made:
            await one.start()
        async with (
            _opened(there, folder / "operator", stack.faults, shared, stack.chat) as opened,
            httpx.AsyncClient(transport=AnyApi(apis), base_url=apis[0], timeout=60) as opened.http,
        ):
            for api in apis:
                await answer_of(lambda api=api: _is_healthy(api))
            yield opened, made
    finally:
        ended = [await one.stop(signal.SIGTERM) for one in made if one.process]
    assert set(ended) <= {0, -signal.SIGTERM}


async def _is_healthy(api: str) -> bool:
    async with httpx.AsyncClient() as http:
        with suppress(httpx.HTTPError):
            return (await http.get(f"{api}/healthz")).is_success
    return False


async def picture(stack: Stack, studio: Studio) -> str:
    """The id of a paid batch of pictures, begun once however often it is asked for."""
    async with stack.runtime.begin() as tx:
        for number in range(1, PICTURES + 1):
            words = f"The lamp {number} of {studio.project_id}."
            facts = {"prompt_idea": words, "visual_prompt": words, "image_status": "prompt_ready"}
            await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **facts)
    asked_for = {"project_id": str(studio.project_id), "phase": "images", "image_model": FLUX}
    body = {**asked_for, "request_id": str(uuid.uuid4())}
    async for _ in looks(seconds=120, every=0.1):
        with suppress(httpx.HTTPError):
            asked = await stack.http.post(
                "/functions/v1/project-auto-generate", json=body, headers=stack.headers(studio)
            )
            if asked.status_code == int(httpx.codes.ACCEPTED):
                return str(asked.json()["runId"])
            assert asked.is_server_error, asked.text
    raise AssertionError("looks have no end")


async def pictured(stack: Stack, studio: Studio, run_id: str) -> None:
    """Wait until the batch is made; its pictures are read from any API.

    A run whose workers died too often under it fails, as one that kills them would; its user tries again. A submit
    whose worker died between noting and sending it is looked for until its deadline, and never sent again unless its
    user says so.
    """
    path, headers = f"/functions/v1/runs/{run_id}", stack.headers(studio)
    view: dict[str, Any] = {"status": "", "code": "", "items": []}
    async for _ in looks(seconds=500, every=0.2):
        with suppress(httpx.HTTPError):
            view = (await stack.http.get(path, headers=headers)).json()
            if view["status"] == "succeeded":
                break
            never_sent = any("may have accepted this" in (one["error"] or "") for one in view["items"])
            if view["status"] in TERMINAL_RUN:
                assert never_sent or view["code"] == "interrupted_too_often", view
                await stack.http.post(f"{path}/retry", json={"resubmitUnknown": never_sent}, headers=headers)
    assert view["status"] == "succeeded", view
    async with stack.runtime.begin() as tx:
        of = {"id": studio.project_id}
        found = await tx.execute(text("select image_url from public.shots where project_id = :id"), of)
        urls = [httpx.URL(row.image_url).path for row in found]
    for url in urls:
        content = await answer_of(lambda url=url: _fetched(stack, url))
        assert content.startswith((b"\x89PNG", b"\xff\xd8"))


async def _fetched(stack: Stack, path: str) -> bytes:
    with suppress(httpx.HTTPError):
        return (await stack.http.get(path)).raise_for_status().content
    return b""


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.storm)])
async def test_any_machine_may_die(tmp_path: Path, endpoint: str, kills: int) -> None:
    """Shots and paid pictures while machines are killed: streams whole at any API, each picture paid once, all charged.

    In a stack of its own: deployments that are put on another pool are no longer on the former one.
    """
    async with open_fakes() as fakes:
        paid = {name: value for name, value in fakes.environment().items() if not name.startswith("GROQ")}
        async with open_stack(**paid) as stack, machines_of(stack, endpoint, tmp_path) as (opened, machines):
            stack.chat.otherwise = says(*in_pieces(answer(), 6), pause=0.05)
            await check_operator(opened)
            await check_deaths(opened, machines, fakes, kills)


async def check_operator(stack: Stack) -> None:
    """Users are added, and their tokens made, where the environment names the servers and nothing runs in the home."""
    added = await asyncio.to_thread(wzrd, stack.environment, "user", "add", "maker@example.org")
    token = await asyncio.to_thread(wzrd, stack.environment, "user", "token", "maker@example.org")
    assert (added.returncode, token.returncode) == (0, 0), added.stderr + token.stderr
    listed = await stack.http.get("/functions/v1/runs", headers={"authorization": f"Bearer {token.stdout.strip()}"})
    assert listed.json()["runs"] == []


async def check_deaths(stack: Stack, machines: Sequence[Machine], fakes: Fakes, kills: int) -> None:
    chance, left = random.Random(int(os.environ.get("SEEDS", "1").split()[0])), kills
    first = [*machines] if kills == len(machines) else []  # each of them, or any
    watchers, painters = list[Watcher](), list[Studio]()

    async def work() -> None:
        while left:
            watcher, painter = watch(stack, await stack.studio(), count=SHOTS), await stack.studio()
            run_id = await picture(stack, painter)
            watchers.append(watcher)
            painters.append(painter)
            await watcher.to_the_end(seconds=240)
            await pictured(stack, painter, run_id)

    working = [asyncio.create_task(work()) for _ in range(4)]
    while left and not any(task.done() for task in working):
        await asyncio.sleep(chance.uniform(0.5, 4))  # any moment
        victim = first.pop(chance.randrange(len(first))) if first else chance.choice(machines)
        await victim.stop(signal.SIGKILL)
        await asyncio.sleep(chance.uniform(0, 2))  # any moment
        await victim.start()
        left -= 1
    await asyncio.gather(*working)
    await stack.runtime.engine.dispose()
    given_up = [one for one in watchers if one.frames[-1].event == "error"]
    assert all("interrupted too often" in one.frames[-1].data for one in given_up)
    assert len(given_up) <= kills // 20, "a run goes on after three deaths of its worker"
    for watcher in (one for one in watchers if one not in given_up):
        watcher.check_whole(SHOTS)
        assert [number for number, _ in await shot_rows(stack, watcher.studio)] == [1, 2, 3]
    submits = Counter(one.prompt for one in await fakes.paid_submits())
    assert (len(submits), set(submits.values())) == (PICTURES * len(painters), {1}), submits
    assert await broken_promises(stack.runtime) == []
    assert [await stack.balance(one) for one in painters] == [100 - PRICE * PICTURES] * len(painters)
