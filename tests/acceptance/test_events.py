"""Ends of runs are events in Prefect, and each automation that comes along fires: on a real server."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from server.stack.automations import ALERTS, BACKFILL
from tests.acceptance.conftest import Stack, watch
from tests.acceptance.test_gen_shots import answer, wait_for
from tests.acceptance.test_prefect import LOOK, half_written, prefect
from tests.fakes.chat import says
from tests.waiting import answer_of, looks
from wzrd.domain.announcements import EndedRun, run_event, spend_event
from wzrd.domain.work_queues import BATCH, INTERACTIVE

TAG = {"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.wzrd"}
SHORTEST = 10
"""Seconds: the least that Prefect's server lets an automation wait for an absence."""


async def events_of(stack: Stack, run_id: str, *, seconds: float = 60) -> list[dict[str, Any]]:
    """The events of a run, once there is one."""
    wanted = {"filter": {"resource": {"id": [f"wzrd.run.{run_id}"]}}}
    found = await answer_of(
        lambda: prefect(stack, "POST", "/events/filter", wanted),
        lambda page: page["events"],
        seconds=seconds,
        every=LOOK,
    )
    return found["events"]


async def test_the_end_of_a_run_is_an_event(stack: Stack) -> None:
    """By how it ended, once, with project, kind, credits and error code, and with its flow run beside it."""
    stack.chat.otherwise = says(answer())
    studio = await stack.studio()
    good = await watch(stack, studio).to_the_end()
    await half_written(stack)
    stopped = watch(stack, studio, count=4)
    reading = asyncio.create_task(stopped.to_the_end())
    await wait_for(stopped, "ready")
    await stack.http.post(f"/functions/v1/runs/{stopped.run_id}/cancel", headers=stack.headers(studio))
    await reading
    (succeeded,), (canceled,) = await events_of(stack, good.run_id), await events_of(stack, stopped.run_id)
    assert succeeded["event"] == "wzrd.run.succeeded"
    told = succeeded["payload"]
    assert (told["project_id"], told["kind"], told["credits"], told["error_code"]) == (
        str(studio.project_id), "gen-shots", 2, None,
    )  # fmt: skip
    assert {one["prefect.resource.role"] for one in succeeded["related"]} >= {"project", "flow-run"}
    assert canceled["event"] == "wzrd.run.canceled"
    assert (canceled["payload"]["credits"], canceled["payload"]["error_code"]) == (1, "canceled")
    assert "test-key" not in json.dumps([succeeded, canceled])


@dataclass
class Receiver:
    """Receiver of what automations have told."""

    url: str = ""
    told: list[str] = field(default_factory=list[str])
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for(self, words: str, *, seconds: float = 90) -> str:
        async with asyncio.timeout(seconds):
            while not (found := [text for text in self.told if words in text]):
                self.news.clear()
                await self.news.wait()
        return found[0]


@asynccontextmanager
async def receiver() -> AsyncGenerator[Receiver]:
    """A webhook on loopback."""
    made = Receiver()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        made.told.append(json.loads(await reader.readexactly(length))["text"])
        made.news.set()
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield made
    finally:
        server.close()


async def automations(stack: Stack) -> dict[str, dict[str, Any]]:
    found = await prefect(stack, "POST", "/automations/filter", {})
    return {one["name"].removeprefix("WZRD: "): one for one in found if one["name"].startswith("WZRD: ")}


async def put(stack: Stack, automation: dict[str, Any], **changed: Any) -> None:
    kept = {name: automation[name] for name in ("name", "description", "tags", "trigger", "actions")}
    await prefect(stack, "PUT", f"/automations/{automation['id']}", {**kept, **changed})


def harmless(actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Actions of which a backfill only plans: other tests of this stack have runs that failed."""
    for one in actions:
        assert one["type"] != "run-deployment" or one["parameters"] == {"dry_run": False}
    return [{**one, "parameters": {"dry_run": True}} if one["type"] == "run-deployment" else one for one in actions]


@asynccontextmanager
async def switched_on(stack: Stack, webhook: str) -> AsyncGenerator[None]:
    """All of them, telling this webhook, with the least patience that there is; as before afterwards."""
    path = f"/block_types/slug/custom-webhook/block_documents/name/{ALERTS}?include_secrets=true"
    alerts = await prefect(stack, "GET", path)
    document = f"/block_documents/{alerts['id']}"
    await prefect(stack, "PATCH", document, {"data": {**alerts["data"], "url": webhook}})
    known = await automations(stack)
    assert not any(one["enabled"] for one in known.values())
    for one in known.values():
        hasty = {**one["trigger"], "within": SHORTEST} if one["trigger"]["posture"] == "Proactive" else one["trigger"]
        await put(stack, one, trigger=hasty, actions=harmless(one["actions"]), enabled=True)
    try:
        yield
    finally:
        for one in known.values():
            await put(stack, one, enabled=False)
        await prefect(stack, "PATCH", document, {"data": alerts["data"]})


async def waiting_flow_run(stack: Stack) -> dict[str, Any]:
    """A flow run that is due in an hour."""
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    due = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": due}}
    body = {"parameters": {"project": str(uuid.uuid4())}, "state": state}
    return await prefect(stack, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)


def event_of(flow_run: dict[str, Any], name: str, *related: dict[str, str]) -> dict[str, Any]:
    resource = {"prefect.resource.id": f"prefect.flow-run.{flow_run['id']}", "prefect.resource.name": flow_run["name"]}
    about = {"id": str(uuid.uuid4()), "occurred": datetime.now(UTC).isoformat(), "event": f"prefect.flow-run.{name}"}
    return {**about, "resource": resource, "related": [TAG, *related], "payload": {}}


def failed_run() -> EndedRun:
    words = "provider_failed", "the lamp broke"
    facts = (uuid.uuid4(), "generate", "failed", 1, uuid.uuid4(), "Dead Air", None, None)
    return EndedRun(*facts, words[1], words[0], 1200, "fal-ai", datetime.now(UTC))


async def states_of(stack: Stack, flow_run_id: str) -> list[tuple[str, str]]:
    found = await prefect(stack, "GET", f"/flow_run_states/?flow_run_id={flow_run_id}")
    return [(state["type"], state["message"] or "") for state in found]


async def reaches(stack: Stack, flow_run_id: str, kind: str, words: str, *, seconds: float = 90) -> None:
    async for _ in looks(seconds=seconds, every=0.5):
        if any(state == kind and words in told for state, told in await states_of(stack, flow_run_id)):
            break


async def test_each_automation_fires(stack: Stack) -> None:
    """Each once: what failed, three failures at providers, the day's spend, a long wait, a silent run, a night."""
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    queue = f"/work_pools/{deployment['work_pool_name']}/queues/{BATCH}"
    assert (await prefect(stack, "GET", queue))["is_paused"] is False
    known = await automations(stack)
    assert len(known) == 6
    try:
        async with receiver() as webhook, switched_on(stack, webhook.url):
            body = {"parameters": {"project": str(uuid.uuid4())}, "state": {"type": "SCHEDULED"}}
            body |= {"work_queue_name": INTERACTIVE}  # the other one is paused meanwhile
            failing = await prefect(stack, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)
            late, silent = await waiting_flow_run(stack), await waiting_flow_run(stack)
            await prefect(
                stack, "POST", f"/flow_runs/{silent['id']}/set_state", {"state": {"type": "RUNNING"}, "force": True}
            )
            home = {
                "prefect.resource.role": "deployment",
                "prefect.resource.id": f"prefect.deployment.{deployment['id']}",
            }
            ended = [failed_run() for _ in range(3)]
            spent = spend_event(ended, 3600, 3000)
            assert spent is not None
            sent = [*map(run_event, ended), spent, event_of(late, "Late"), event_of(silent, "heartbeat", home)]
            await prefect(stack, "POST", "/events", sent)
            assert "fal-ai: the lamp broke" in await webhook.wait_for(f"The queue {BATCH} is paused")
            assert (await prefect(stack, "GET", queue))["is_paused"] is True
            assert "3600 credits today" in await webhook.wait_for("Spend of today")
            await webhook.wait_for(f"{late['name']} waits")
            await reaches(stack, silent["id"], "CRASHED", "no heartbeat")
            assert "Failed" in await webhook.wait_for(str(failing["id"]))
            await night_passes(stack)
    finally:
        await prefect(stack, "PATCH", queue, {"is_paused": False})
    for flow_run in (late, silent):
        await prefect(stack, "DELETE", f"/flow_runs/{flow_run['id']}")


async def night_passes(stack: Stack) -> None:
    """Nobody has run a backfill for as long as the automation waits: it has started one."""
    deployment = await prefect(stack, "GET", f"/deployments/name/{BACKFILL}")
    wanted = {"deployments": {"id": {"any_": [deployment["id"]]}}}
    found = await answer_of(lambda: prefect(stack, "POST", "/flow_runs/filter", wanted), seconds=90, every=LOOK)
    assert UUID(found[0]["id"])
    assert found[0]["parameters"]["dry_run"] is True
