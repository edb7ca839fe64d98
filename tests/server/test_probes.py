"""Probes and metrics: of the API, of a worker's own port, and what is counted from the rows."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from server.api.app import create_app
from server.probes import probed
from tests.playing import asked, opened
from tests.rows import make_studio
from tests.server.served import calling, with_settings
from tests.waiting import answer_of
from wzrd.db.costs import CostLine
from wzrd.db.engine import open_engine
from wzrd.db.invariants import note_broken
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


class Usage(NamedTuple):
    """A disk, as shutil tells of it."""

    total: int
    used: int
    free: int


def full_disk(_folder: Path) -> Usage:
    """A disk without a free byte."""
    return Usage(10, 10, 0)


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


async def scrape(client: httpx.AsyncClient) -> dict[str, float]:
    """The metrics, by name and labels."""
    answer = await client.get("/metrics")
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


async def test_runs_holds_and_submits_are_counted(runtime: Runtime) -> None:
    """Whatever process made them: one API that is scraped is enough."""
    studio = await make_studio(runtime, funds=1000)
    run_id = await opened(runtime, studio)
    ended = await asked(runtime, studio)
    async with runtime.begin() as tx:
        await tx.execute(
            text("update wzrd.runs set created_at = now() - interval '40 s' where id = :id"), {"id": run_id}
        )
        await tx.execute(
            text("""update wzrd.runs set status = 'failed', created_at = now() - interval '20 s',
                started_at = now() - interval '15 s', finished_at = now() where id = :id"""),
            {"id": ended},
        )
        for number, (status, seconds) in enumerate((("succeeded", 2), ("succeeded", 4), ("failed", 9))):
            await tx.execute(
                text("""insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model,
                    submission_no, status, media_type, queued, created_at, sent_at, finished_at, planned_usd)
                    values (gen_random_uuid(), :key, :run, 'output', 'fal-ai', 'm', :no, :status, 'image', false,
                    now(), now() - make_interval(secs => :seconds), now(), 0.5)"""),
                {"key": f"{number}", "run": ended, "no": number, "status": status, "seconds": seconds},
            )
    async with calling(runtime) as (client, _):
        found = await scrape(client)
    assert found['wzrd_runs_open{kind="gen-shots",state="queued"}'] == 1
    assert 40 <= found['wzrd_runs_oldest_seconds{kind="gen-shots",state="queued"}'] < 100
    assert found['wzrd_runs_ended{kind="generate",state="failed"}'] == 1
    assert found['wzrd_runs_begin_seconds{kind="generate",state="failed"}'] == pytest.approx(5, abs=0.5)
    assert found["wzrd_holds"] >= 1
    assert found["wzrd_holds_credits"] >= 1
    made = 'model="m",provider="fal-ai"'
    submits = {name: value for name, value in found.items() if name.startswith("wzrd_provider_submits")}
    assert sorted(submits.values()) == [1, 2], submits
    medians = [v for k, v in found.items() if k.startswith("wzrd_provider_seconds") and 'quantile="0.5"' in k]
    assert sorted(round(value) for value in medians) == [3, 9], made
    assert found['wzrd_spent_usd{model="fal-ai/m"}'] == pytest.approx(1.5)
    assert found['wzrd_pool_connections{what="most"}'] == runtime.settings.pool_size
    assert found['wzrd_disk_bytes{what="free"}'] > 0
    assert "wzrd_loop_lag_seconds" in found


async def test_a_silent_loop_is_measured(runtime: Runtime) -> None:
    """A step of a second is seen as one that came late by about so much."""
    async with calling(runtime) as (client, _):
        loop = asyncio.get_running_loop()
        until = loop.time() + 1.2
        while loop.time() < until:
            pass
        late = await answer_of(lambda: scrape(client), lambda found: found["wzrd_loop_lag_seconds"] > 0.5)
    assert late["wzrd_loop_lag_seconds"] < 30


async def test_the_api_says_if_it_lives_and_is_ready(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old schema, a full disk and a process that ends are reasons to send nobody there; it lives all the same."""
    async with calling(runtime) as (client, app):
        assert (await client.get("/health/ready")).json() == {"status": "ok", "reasons": []}
        async with runtime.begin() as tx:
            newest = await tx.scalar(text("select version_num from wzrd.alembic_version"))
            await tx.execute(text("update wzrd.alembic_version set version_num = '0001'"))
        monkeypatch.setattr("server.readiness.shutil.disk_usage", full_disk)
        app.state.services.hub.end_streams()
        refused = await client.get("/health/ready")
        assert refused.status_code == 503
        assert [reason.partition(":")[0] for reason in refused.json()["reasons"]] == [
            "this process is ending",
            "the database's schema is older than this version",
            "the disk of WZRD_HOME is full",
        ]
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        async with runtime.begin() as tx:
            await tx.execute(text("update wzrd.alembic_version set version_num = :newest"), {"newest": newest})


async def test_a_database_without_a_schema_is_a_reason(runtime: Runtime) -> None:
    """Nobody has prepared it yet: that is no fault of ours, and nothing to come here for."""
    async with calling(runtime) as (client, _):
        async with runtime.begin() as tx:
            await tx.execute(text("alter table wzrd.alembic_version rename to hidden"))
        try:
            answer = await client.get("/health/ready")
        finally:
            async with runtime.begin() as tx:
                await tx.execute(text("alter table wzrd.hidden rename to alembic_version"))
    assert answer.status_code == 503
    assert [reason.partition(":")[0] for reason in answer.json()["reasons"]] == [
        "the database's schema is older than this version"
    ]


async def test_broken_promises_are_told_however_busy_the_day(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the counts of a day take too long, the alert on money is still there."""

    async def endless(*_: object) -> list[CostLine]:
        raise TimeoutError

    async with runtime.begin() as tx:
        await note_broken(tx, ())
    monkeypatch.setattr("server.metrics.list_costs", endless)
    async with calling(runtime) as (client, _):
        found = await scrape(client)
    assert found['wzrd_money_broken{promise="balance"}'] == 0
    assert not any(name.startswith("wzrd_runs_open") for name in found)


async def test_a_database_out_of_reach_is_a_reason(runtime: Runtime) -> None:
    """It is said, and not where it would be."""
    lost = replace(runtime, engine=open_engine(f"postgresql://nobody@127.0.0.1:{free_port()}/none"))
    transport = httpx.ASGITransport(create_app(lost))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8787") as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the database does not answer"])


async def test_a_worker_answers_on_a_port_of_its_own(runtime: Runtime) -> None:
    """Probes and metrics of this process, the latter by the rules of WZRD_METRICS; nothing listens without a port."""
    port = free_port()
    worker = with_settings(runtime, probe_port=port, metrics="token", metrics_token=SecretStr("t" * 20))
    ending = False
    async with probed(worker, closing=lambda: ending), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await answer_of(lambda: client.get("/health/live"))).json() == {"status": "ok"}
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.get("/metrics")).status_code == 401
        told = await client.get("/metrics", headers={"authorization": f"Bearer {'t' * 20}"})
        assert "wzrd_loop_lag_seconds" in told.text
        assert (await client.get("/other")).status_code == 404
        ending = True
        assert (await client.get("/health/ready")).json()["reasons"] == ["this process is ending"]
        async with probed(worker, closing=bool):  # a second worker of the same machine goes on without
            assert (await client.get("/health/live")).status_code == 200
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:{port}/health/live")
