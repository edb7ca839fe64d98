"""Deployments on a stock Prefect server (SQLite), busy as under load: made, kept as an operator set them, restored."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from flows import FLOWS
from server.stack.deployments import apply
from server.stack.environment import ROOT, common_environment
from server.stack.errors import StackError
from server.stack.health import wait_http
from server.stack.listener import listen
from server.stack.prefect import plugin
from server.stack.prefect.file import Deployment, read_deployments
from server.stack.prefect.plugin import client_timeouts, is_deploying, is_working
from server.stack.process import Command
from server.stack.template import WorkerTemplate
from wzrd.operations import KINDS
from wzrd.providers.global_limits import GlobalLimits

WRITERS = 8
"""Who write at the same time: a stock server answers some of them 503."""
PAUSE = 0.1
"""Seconds between one's writes, seventy a second in all, beside Prefect's own command. It waits 2, 4, 8, … seconds
after each 503, and nobody can tell it not to: where others leave no pause at all it takes minutes a deployment.
"""


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock server, and what is to be deployed."""

    url: str
    http: httpx.AsyncClient
    environment: Mapping[str, str]
    listed: list[Deployment]
    flows: Mapping[str, Any]

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        response = await self.http.request(method, self.url + path, json=body)
        while response.status_code == 503:  # a stock server that is busy writing
            await asyncio.sleep(0.1)  # a client's pause before it asks again
            response = await self.http.request(method, self.url + path, json=body)
        assert response.is_success, response.text
        return response.json() if response.content else None

    async def up(self, *, reset: bool = False) -> list[str]:
        """Applies the deployments as `wzrd up` does."""
        return [str(one) for one in await apply(self.url, self.listed, self.flows, pool="wzrd", reset=reset, slots=8)]

    async def deploy(self) -> None:
        """`prefect deploy --all` in the checkout."""
        command = (sys.executable, "-m", "prefect", "--no-prompt", "deploy", "--all")
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self.environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()

    async def named(self) -> dict[str, Any]:
        """The deployments by `flow/name`."""
        wanted = {"flows": {"name": {"any_": list(FLOWS)}}}
        names = {flow["id"]: flow["name"] for flow in await self.ask("POST", "/flows/filter", wanted)}
        found = await self.ask("POST", "/deployments/filter", {})
        return {f"{names[one['flow_id']]}/{one['name']}": one for one in found}

    async def empty(self) -> None:
        """Nothing is deployed, and there is no pool."""
        for one in (await self.named()).values():
            await self.ask("DELETE", f"/deployments/{one['id']}")
        for pool in await self.ask("POST", "/work_pools/filter", {}):
            await self.ask("DELETE", f"/work_pools/{pool['name']}")


@pytest.fixture(scope="module")
async def stock(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stock]:
    """Started once, empty."""
    home: Path = tmp_path_factory.mktemp("stock")
    bound = listen("127.0.0.1", 0, exactly=False)
    port = bound.port
    bound.socket.close()
    url = f"{bound.url}/api"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = clean | {"PREFECT_HOME": str(home), "PREFECT_API_URL": url, "DO_NOT_TRACK": "1"}
    command = ("-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    with (home / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, cwd=home, env=environment, stdout=log, stderr=log
        )
    listed = read_deployments(ROOT / "prefect.yaml")
    template = WorkerTemplate(
        Command([sys.executable, "-m", "server.worker"], common_environment(clean, home, prefect_given=False), home),
        home / "worker.log",
        sorted({one.entrypoint for one in listed}),
    )
    try:
        flows, _ = await asyncio.gather(
            template.describe(),
            wait_http(f"{url}/health", seconds=300),
        )
        async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
            yield Stock(url, http, environment, listed, flows)
    finally:
        await template.close()
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def writers(stock: Stock, pause: float = 0.0) -> AsyncGenerator[list[int]]:
    """While the block lasts, others write to the server's database; the statuses that they were answered."""
    answered: list[int] = []

    async def write(number: int) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                body = {"name": f"busy-{number}"}
                answered.append((await stock.http.post(f"{stock.url}/flows/", json=body)).status_code)
            await asyncio.sleep(pause)  # a writer's pace

    tasks = [asyncio.create_task(write(number)) for number in range(WRITERS)]
    try:
        yield answered
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def check_deployed(stock: Stock) -> None:
    """Every kind's deployments, with their tags and the pool of our type."""
    found = await stock.named()
    wanted = {kind.deployment_of({"phase": phase}) for kind in KINDS.values() for phase in ("images", "videos")}
    assert wanted <= set(found)
    assert {one["work_pool_name"] for one in found.values()} == {"wzrd"}
    assert (await stock.ask("GET", "/work_pools/wzrd"))["type"] == "warm"
    assert {name: one["parameters"] for name, one in found.items() if name.startswith("auto-generate/")} == {
        "auto-generate/images": {"phase": "images"},
        "auto-generate/videos": {"phase": "videos"},
    }
    for one in found.values():
        assert one["tags"][0] == "wzrd"
        assert len(one["tags"]) == 2
    queues = {one["name"]: one for one in await stock.ask("POST", "/work_pools/wzrd/queues/filter", {})}
    assert queues["interactive"]["priority"] < queues["batch"]["priority"]
    assert queues["interactive"]["concurrency_limit"] is None


@pytest.mark.parametrize(
    ("command", "deploys"),
    [
        ("python /x/bin/prefect deploy --all", True),
        ("python -m prefect --no-prompt deploy --all", True),
        ("python /x/bin/prefect --profile deploy deployment ls", True),  # an idle look, no more
        ("python /x/bin/prefect deployment run gen-shots/write-shots", False),
        ("python -m pytest deploy", False),
        ("python -m server.cli worker", False),
        ("", False),
    ],
)
def test_when_the_hook_looks(command: str, deploys: bool) -> None:
    """Whatever else imports Prefect in a checkout is left alone."""
    assert is_deploying(command.split()) is deploys


@pytest.mark.parametrize(
    ("command", "works"),
    [
        ("python /usr/bin/prefect worker start --pool p", True),
        ("python -m prefect --profile x worker start", True),
        ("python -m prefect deploy --pool worker", False),
        ("python -m prefect work-pool ls", False),
        ("python -m wzrd worker", False),
    ],
)
def test_prefects_own_worker_is_known(command: str, works: bool) -> None:
    """By its command line, as the deploy command is."""
    assert is_working(command.split()) is works


async def test_processes_of_a_worker_get_no_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them imports Prefect inside a running loop; whoever has said otherwise knows better."""
    monkeypatch.setattr("sys.orig_argv", ["python", "-m", "prefect", "worker", "start"])
    monkeypatch.delenv("PREFECT_PLUGINS_ENABLED", raising=False)
    ctx = SimpleNamespace(api_url="http://127.0.0.1:1/api")
    found = await plugin.setup_environment(ctx=ctx)
    assert found is not None
    assert found.env == {"PREFECT_PLUGINS_ENABLED": "false"}
    monkeypatch.setenv("PREFECT_PLUGINS_ENABLED", "true")
    assert await plugin.setup_environment(ctx=ctx) is None


def test_a_busy_server_is_waited_for() -> None:
    """`prefect deploy` asks more often than Prefect's five times, unless somebody has said how often."""
    assert int(client_timeouts({})["PREFECT_CLIENT_MAX_RETRIES"]) > 5
    assert client_timeouts({"PREFECT_CLIENT_MAX_RETRIES": "2"}) == {}


async def test_the_command_is_patient_whatever_became_of_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hook that finds no gap in time still has the command ask more often: its pool may be there by then."""

    async def stuck() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(plugin, "_ensure_pool", stuck)
    monkeypatch.setattr(plugin, "POOL_SECONDS", 0.01)
    monkeypatch.setattr(sys, "orig_argv", ["prefect", "deploy", "--all"])
    monkeypatch.delenv("PREFECT_CLIENT_MAX_RETRIES", raising=False)
    found = await plugin.setup_environment(ctx=SimpleNamespace(api_url="http://127.0.0.1:1/api"))
    assert found is not None
    assert found.env == client_timeouts({})


async def test_the_hook_has_its_time(tmp_path: Path) -> None:
    """Prefect gives it the time that pyproject.toml says: it waits for a busy server."""
    shown = "from prefect.settings import get_current_settings as now; print(now().plugins.setup_timeout_seconds)"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    environment = clean | {"PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", shown, cwd=ROOT, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    said, _ = await process.communicate()
    assert float(said) > plugin.POOL_SECONDS


async def test_prefects_own_command_on_an_empty_server(stock: Stock) -> None:
    """The pool is made when missing; `wzrd up` after it finds nothing that differs."""
    await stock.deploy()
    await check_deployed(stock)
    assert await stock.up() == []


async def test_up_while_others_write(stock: Stock) -> None:
    """One after another, and again where the server is busy: all are there, twice in a row."""
    await stock.empty()
    async with writers(stock, PAUSE) as answered:
        for _ in range(2):
            assert await stock.up() == []
    assert answered
    await check_deployed(stock)


async def test_what_an_operator_sets_stays(stock: Stock) -> None:
    """Limit, tags, description, parameters, schedules, pause: told, kept, and restored when that is asked for."""
    await stock.up()
    before = (await stock.named())["gen-shots/write-shots"]
    path = f"/deployments/{before['id']}"
    theirs = {
        "tags": ["wzrd", "shots", "night"],
        "description": "Ours.",
        "parameters": {"shot_count": 5},
        "paused": True,
    }
    await stock.ask("PATCH", path, {**theirs, "concurrency_limit": 2})
    schedules = [
        {"schedule": {"cron": "0 6 * * *"}, "active": True},
        {"schedule": {"interval": 3600}, "slug": "hourly"},
    ]
    await stock.ask("POST", f"{path}/schedules", schedules)
    fields = "description, tags, parameters, concurrency_limit, schedules, paused"
    assert await stock.up() == [f"gen-shots/write-shots ({fields})"]
    after = (await stock.named())["gen-shots/write-shots"]
    kept = ("id", "tags", "description", "parameters", "paused")
    assert {name: after[name] for name in kept} == {"id": before["id"], **theirs}
    assert after["global_concurrency_limit"]["limit"] == 2
    assert len(after["schedules"]) == 2
    assert await stock.up(reset=True) == []
    restored = (await stock.named())["gen-shots/write-shots"]
    same = (*kept, "schedules", "entrypoint", "work_pool_name", "parameter_openapi_schema")
    assert {name: restored[name] for name in same} == {name: before[name] for name in same}
    assert restored["global_concurrency_limit"] is None
    assert await stock.up() == []


async def test_what_no_longer_fits_is_told(stock: Stock) -> None:
    """An operator's default that this version's form refuses: the start says which, and the way out."""
    await stock.up()
    found = (await stock.named())["gen-shots/write-shots"]
    path = f"/deployments/{found['id']}"
    free = {"parameters": {"shot_count": 9}, "enforce_parameter_schema": False}
    await stock.ask("PATCH", path, free)
    with pytest.raises(StackError, match="gen-shots/write-shots as it is set in Prefect does not fit") as refused:
        await stock.up()
    assert "--reset-deployments" in refused.value.remedy
    assert await stock.up(reset=True) == []


@pytest.mark.storm
async def test_twenty_times_on_an_empty_server_under_load(stock: Stock) -> None:
    """20 of 20, by `wzrd up` and by Prefect's own command, while others write."""
    for _ in range(20):
        await stock.empty()
        async with writers(stock):
            await stock.up()
        await check_deployed(stock)
        await stock.empty()
        async with writers(stock, PAUSE):
            await stock.deploy()
        await check_deployed(stock)


async def test_two_processes_share_a_limit_of_one(stock: Stock) -> None:
    """An operator's number stays, without a word in the server's log; two processes' calls never overlap."""
    await stock.empty()
    await stock.up()
    await stock.ask("PATCH", "/v2/concurrency_limits/wzrd-groq", {"limit": 1})
    log = Path(stock.environment["PREFECT_HOME"]) / "server.log"
    said = log.stat().st_size
    await stock.up(reset=True)
    assert b"IntegrityError" not in log.read_bytes()[said:]
    out = most = 0

    async def call(limits: GlobalLimits) -> None:
        nonlocal out, most
        async with limits.slot("groq", seconds=60):
            out += 1
            most = max(most, out)
            await asyncio.sleep(0.01)  # a call takes this long
            out -= 1

    one, other = GlobalLimits(stock.url), GlobalLimits(stock.url)
    async with asyncio.timeout(90), asyncio.TaskGroup() as group:
        for limits in [one, other] * 6:
            group.create_task(call(limits))
    await asyncio.gather(one.aclose(), other.aclose())
    found = await stock.ask("GET", "/v2/concurrency_limits/wzrd-groq")
    assert (most, found["limit"], found["active_slots"]) == (1, 1, 0)
