"""Shares on the real stack: a provider's slots, its tag, and the API's runs before fifty of the batch queue."""

import asyncio
from typing import Any
from uuid import UUID

from server.dispatch import BATCH, INTERACTIVE
from tests.acceptance.conftest import Stack, Watcher, watch
from tests.acceptance.test_gen_shots import answer
from tests.acceptance.test_prefect import flow_state, prefect, run_of, start_form
from tests.fakes.chat import Call, says

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
    limit = await prefect(stack, "GET", LIMIT)
    assert (limit["active_slots"], limit["active"]) == (1, True)
    gate.set()
    await reading
    async with asyncio.timeout(60):
        while (await prefect(stack, "GET", LIMIT))["active_slots"]:
            await asyncio.sleep(0.1)
        view = (
            await stack.http.get(f"/functions/v1/runs/{client.run_id}", headers=stack.headers(client.studio))
        ).json()
        while "provider:groq" not in await _tags(stack, UUID(view["flowRunId"])):
            await asyncio.sleep(0.1)


async def test_an_api_run_goes_before_fifty_of_the_batch_queue(stack: Stack) -> None:
    """The batch runs hang at their writer and fill their queue's limit: the API's run begins all the same."""
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
    many = [await start_form(stack, parameters) for _ in range(AT_ONCE + BATCH_RUNS)]
    async with asyncio.timeout(90):
        while len(await _begun(stack, many)) < AT_ONCE:
            await asyncio.sleep(0.2)
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
