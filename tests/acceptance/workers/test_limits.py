"""Shares on the real stack: a provider's slots, its tag, and the API's runs before fifty of the batch queue."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.acceptance.conftest import Stack, Watcher, watch
from tests.acceptance.test_gen_shots import answer
from tests.acceptance.test_prefect import LOOK, flow_state, prefect, run_of, start_form
from tests.fakes.chat import Call, says
from tests.waiting import looks
from wzrd.domain.work_queues import BATCH, INTERACTIVE

LIMIT = "/v2/concurrency_limits/wzrd-groq"
BATCH_RUNS, AT_ONCE = 50, 3


async def _tags(stack: Stack, flow_run_id: UUID) -> set[str]:
    wanted = {"flow_runs": {"id": {"any_": [str(flow_run_id)]}}}
    found: list[dict[str, Any]] = await prefect(stack, "POST", "/task_runs/filter", wanted)
    return {tag for one in found for tag in one["tags"]}


async def _flow_run_of(stack: Stack, client: Watcher) -> UUID:
    answered = await stack.http.get(f"/functions/v1/runs/{client.run_id}", headers=stack.headers(client.studio))
    return UUID(answered.json()["flowRunId"])


async def _begun(stack: Stack, flow_run_ids: list[UUID]) -> list[UUID]:
    return [one for one in flow_run_ids if await run_of(stack, one) is not None]


def _leases(stack: Stack, limit_id: str) -> list[tuple[Path, dict[str, Any]]]:
    """The files of a limit's leases, and what they say; one that is taken away meanwhile is none."""
    found = list[tuple[Path, dict[str, Any]]]()
    for file in (stack.home / "prefect" / "concurrency_leases").glob("*-*.json"):
        with suppress(FileNotFoundError, json.JSONDecodeError):
            lease = json.loads(file.read_text())
            if lease["resource_ids"] == [limit_id]:
                found.append((file, lease))
    return found


def end_leases(stack: Stack, limit_id: str) -> float:
    """Let the time of every lease of a limit be over; the longest that one of them would have lasted, in seconds."""
    longest, over = 0.0, "2026-01-01T00:00:00+00:00"
    for file, lease in _leases(stack, limit_id):
        left = datetime.fromisoformat(lease["expiration"]) - datetime.now(UTC)
        longest = max(longest, left.total_seconds())
        index = file.with_name("expirations.json")
        index.write_text(json.dumps({**json.loads(index.read_text()), lease["id"]: over}))
        file.write_text(json.dumps({**lease, "expiration": over}))
    return longest


@pytest.fixture
async def limit(stack: Stack) -> dict[str, Any]:
    """The limit, with no slot taken: workers that other tests have killed hold theirs for up to a minute."""
    found: dict[str, Any] = await prefect(stack, "GET", LIMIT)
    async for _ in looks(seconds=120, every=LOOK):
        if not _leases(stack, found["id"]):
            break
        with suppress(json.JSONDecodeError):  # Prefect is writing: next time
            end_leases(stack, found["id"])
    await prefect(stack, "PATCH", LIMIT, {"active_slots": 0})
    return found


@pytest.mark.usefixtures("limit")
async def test_a_call_takes_a_slot_of_its_provider_and_its_step_carries_the_tag(stack: Stack) -> None:
    """While the call is out, the limit counts it; afterwards not. Prefect finds the step by its provider."""
    gate, called = asyncio.Event(), asyncio.Event()

    async def when_let(call: Call) -> None:
        called.set()
        await gate.wait()
        await says(answer(1))(call)

    stack.chat.otherwise = when_let
    client = watch(stack, await stack.studio(), count=1)
    reading = asyncio.create_task(client.to_the_end())
    async with asyncio.timeout(60):
        await called.wait()
    taken = await prefect(stack, "GET", LIMIT)
    assert (taken["active_slots"], taken["active"]) == (1, True)
    gate.set()
    await reading
    async with asyncio.timeout(60):
        async for _ in looks(every=LOOK):
            if not (await prefect(stack, "GET", LIMIT))["active_slots"]:
                break
        view = (
            await stack.http.get(f"/functions/v1/runs/{client.run_id}", headers=stack.headers(client.studio))
        ).json()
        async for _ in looks(every=LOOK):
            if "provider:groq" in await _tags(stack, UUID(view["flowRunId"])):
                break


async def test_a_killed_holders_slot_comes_back_with_its_lease(stack: Stack, limit: dict[str, Any]) -> None:
    """The only slot is held by a worker that dies: its lease is a minute at most, and then the resumed run calls."""
    gate, calls, called = asyncio.Event(), 0, asyncio.Event()

    async def when_let(call: Call) -> None:
        nonlocal calls
        calls += 1
        called.set()
        await gate.wait()
        await says(answer(1))(call)

    stack.chat.otherwise = when_let
    await prefect(stack, "PATCH", LIMIT, {"limit": 1})
    try:
        client = watch(stack, await stack.studio(), count=1)
        reading = asyncio.create_task(client.to_the_end(seconds=120))
        async with asyncio.timeout(60):
            await called.wait()
        called.clear()
        await stack.kill("worker")
        await stack.healthy()
        held = await prefect(stack, "GET", LIMIT)
        assert (held["active_slots"], calls) == (1, 1)
        assert 0 < end_leases(stack, held["id"]) <= 60
        async with asyncio.timeout(60):
            await called.wait()
        gate.set()
        await reading
    finally:
        gate.set()
        await prefect(stack, "PATCH", LIMIT, {"limit": limit["limit"]})
    client.check_whole(1)
    assert calls == 2


async def test_an_api_run_goes_before_fifty_of_the_batch_queue(stack: Stack) -> None:
    """The batch runs hang at their writer and fill their queue's limit: the API's run begins all the same.

    They fill it before the fifty come: Prefect's server offers others in place of those that are just being taken.
    """
    gate = asyncio.Event()

    async def when_let(call: Call) -> None:
        await gate.wait()
        await says(answer(1))(call)

    stack.chat.otherwise = when_let
    ada, bob = await stack.studio(), await stack.studio()
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    assert deployment["work_queue_name"] == BATCH
    queue = f"/work_pools/{deployment['work_pool_name']}/queues/{BATCH}"
    usual = (await prefect(stack, "GET", queue))["concurrency_limit"]
    await prefect(stack, "PATCH", queue, {"concurrency_limit": AT_ONCE})
    parameters = {"project": str(ada.project_id), "shot_count": 1}
    many = [await start_form(stack, parameters) for _ in range(AT_ONCE)]
    async for _ in looks(seconds=90, every=LOOK):
        if len(await _begun(stack, many)) == AT_ONCE:
            break
    many += [await start_form(stack, parameters) for _ in range(BATCH_RUNS)]
    client = watch(stack, bob, count=1)
    async with asyncio.timeout(60):
        await client.once(stop_after=2)
    assert [frame.event for frame in client.frames] == ["meta", "shot"], "the API's run has placed its shot"
    begun = await _begun(stack, many)
    assert len(begun) == AT_ONCE, "fifty of the batch still wait"
    flow_run = await prefect(stack, "GET", f"/flow_runs/{await _flow_run_of(stack, client)}")
    assert flow_run["work_queue_name"] == INTERACTIVE
    for one in set(many) - set(begun):
        await prefect(stack, "POST", f"/flow_runs/{one}/set_state", {"state": {"type": "CANCELLED"}})
    await prefect(stack, "PATCH", queue, {"concurrency_limit": usual})
    gate.set()
    await client.to_the_end()
    for one in begun:
        await flow_state(stack, one, "COMPLETED", seconds=120)
    assert await stack.balance(ada) == 100 - AT_ONCE
