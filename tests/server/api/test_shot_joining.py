"""One shot asked for by its own function and by a batch: one submit is paid."""

import asyncio
import uuid
from functools import partial
from typing import Any

import pytest
from prefect.logging import disable_run_logger
from sqlalchemy import text

from flows.auto_generate import work
from server.fakes.script import Behaviour
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer
from tests.shots import insert_shot
from tests.waiting import looks, until
from wzrd.db.items import Item, list_items
from wzrd.db.runs import find_run
from wzrd.domain.auto_generate import Phase
from wzrd.operations.auto_generate.kind import AutoGenerateParams, start_auto_generate
from wzrd.runs.execute import claim, execute
from wzrd.runs.finish import cancel

IMAGE = "/functions/v1/generate-shot-image"
VIDEO = "/functions/v1/generate-video-from-image"
FLUX, PRICE = "fal-ai/flux/schnell", 3


async def shots_of(server: GenerateServer, studio: Studio, count: int = 1) -> list[uuid.UUID]:
    async with server.runtime.begin() as tx:
        return [
            await insert_shot(
                tx,
                studio.project_id,
                studio.scene_ids[0],
                number,
                visual_prompt=f"A lamp, shot {number}",
                image_status="prompt_ready",
            )
            for number in range(1, count + 1)
        ]


async def batch_of(server: GenerateServer, studio: Studio, phase: Phase = "images", **more: Any) -> uuid.UUID:
    params = AutoGenerateParams(
        user_id=studio.user_id, project_id=str(studio.project_id), phase=phase, model=more.pop("model", FLUX), **more
    )
    return (await start_auto_generate(server.runtime, params)).run_id


async def play(server: GenerateServer, run_id: uuid.UUID, phase: Phase = "images") -> str | None:
    """The batch as its worker does it."""
    lease = await claim(server.runtime, run_id, flow_run_id=None)
    assert lease is not None
    with disable_run_logger():
        return await execute(server.runtime, lease, partial(work, phase))


async def ask(server: GenerateServer, studio: Studio, shot_id: uuid.UUID, path: str = IMAGE, **body: Any) -> Any:
    return await server.post(studio.user_id, {"shot_id": str(shot_id), **body}, path)


async def items_of(server: GenerateServer, run_id: uuid.UUID) -> list[Item]:
    async with server.runtime.begin() as tx:
        return await list_items(tx, run_id)


async def row_of(server: GenerateServer, shot_id: uuid.UUID) -> Any:
    async with server.runtime.begin() as tx:
        return (await tx.execute(text("select * from public.shots where id = :id"), {"id": shot_id})).one()


async def test_a_call_joins_a_batchs_shot_that_has_not_begun(server: GenerateServer) -> None:
    """Ten calls wait for the batch's item, and are answered with it while the batch still works on others."""
    studio = await server.maker()
    first, _ = await shots_of(server, studio, 2)
    run_id = await batch_of(server, studio)
    calls = [asyncio.create_task(ask(server, studio, first, image_model=FLUX)) for _ in range(10)]
    await until(lambda: server.app.state.services.hub._by_user[studio.user_id] >= 10)
    assert len(await server.runs(studio)) == 1
    await server.fakes.script(Behaviour(match="shot 2", hold="result"))
    playing = asyncio.create_task(play(server, run_id))
    answers = await asyncio.gather(*calls)
    assert {answer.headers["x-run-id"] for answer in answers} == {str(run_id)}
    assert {answer.json()["image_url"] for answer in answers} == {(await row_of(server, first)).image_url}
    assert all(set(answer.json()) == {"success", "image_url", "status"} for answer in answers)
    assert not playing.done(), "the other shot is still being made"
    await server.fakes.release()
    assert await playing == "succeeded"
    assert len(await server.fakes.paid_submits()) == 2
    assert await balance(server.runtime, studio.user_id) == 100 - 2 * PRICE


async def test_a_batch_waits_for_a_call_and_takes_its_result(server: GenerateServer) -> None:
    """The batch's item costs nothing; what the call made is the shot's, and one submit is paid."""
    studio = await server.maker()
    (shot_id,) = await shots_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    call = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    run_id = await batch_of(server, studio)
    playing = asyncio.create_task(play(server, run_id))
    async for _ in looks():
        if (await row_of_run(server, run_id)).status == "running":
            break
    (item,) = await items_of(server, run_id)
    assert item.status == "pending"
    await server.fakes.release()
    answer = await call
    assert (answer.status_code, await playing) == (200, "succeeded")
    (item,) = await items_of(server, run_id)
    assert item.output is not None
    assert (item.status, item.output["url"], item.output["charged"]) == ("succeeded", answer.json()["image_url"], 0)
    assert len(await server.fakes.paid_submits()) == 1
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


async def row_of_run(server: GenerateServer, run_id: uuid.UUID) -> Any:
    async with server.runtime.begin() as tx:
        return await find_run(tx, run_id)


async def test_a_batch_makes_what_a_call_could_not(server: GenerateServer) -> None:
    """It waits, the call fails, and then the batch submits itself."""
    studio = await server.maker()
    (shot_id,) = await shots_of(server, studio)
    await server.fakes.script(Behaviour(hold="result", outcome="failure"))
    call = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    playing = asyncio.create_task(play(server, await batch_of(server, studio)))
    await server.fakes.release()
    assert (await call).status_code == 500
    assert await playing == "succeeded"
    row = await row_of(server, shot_id)
    assert (row.image_status, row.failure_reason) == ("completed", None)
    assert len(await server.fakes.paid_submits()) == 2
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


async def test_a_batch_that_waits_can_be_canceled(server: GenerateServer) -> None:
    """It ends, and the call's work goes on."""
    studio = await server.maker()
    (shot_id,) = await shots_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    call = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    run_id = await batch_of(server, studio)
    playing = asyncio.create_task(play(server, run_id))
    async for _ in looks():
        if (await row_of_run(server, run_id)).status == "running":
            break
    await cancel(server.runtime, run_id, studio.user_id)
    assert await playing == "canceled"
    await server.fakes.release()
    assert (await call).status_code == 200
    assert (await row_of(server, shot_id)).image_status == "completed"


async def test_a_joined_shot_that_cannot_be_paid(server: GenerateServer) -> None:
    """402 as if the call had begun it."""
    studio = await server.maker(funds=1)
    (shot_id,) = await shots_of(server, studio)
    run_id = await batch_of(server, studio)
    call = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await until(lambda: server.app.state.services.hub._by_user[studio.user_id])
    await play(server, run_id)
    answer = await call
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
    assert (answer.json()["required"], answer.json()["available"]) == (PRICE, 1)


async def test_who_names_a_model_and_gets_a_batchs_is_told(server: GenerateServer) -> None:
    """The answer names what ran, and that the work was another's."""
    studio = await server.maker()
    (shot_id,) = await shots_of(server, studio)
    run_id = await batch_of(server, studio)
    call = asyncio.create_task(ask(server, studio, shot_id, image_model="gmi/seedream-5.0-lite"))
    await until(lambda: server.app.state.services.hub._by_user[studio.user_id])
    assert await play(server, run_id) == "succeeded"
    body = (await call).json()
    told = (body["resolved_model_id"], body["fallback_used"], body["fallback_reason"])
    assert told == (FLUX, True, f"joined_run:{run_id}")


async def test_two_batches_with_keys_of_their_own_pay_once(server: GenerateServer) -> None:
    """Both want the shot; one makes it, the other waits for it and takes it."""
    studio = await server.maker()
    await shots_of(server, studio)
    runs = [await batch_of(server, studio, request_id=name) for name in "ab"]
    assert await asyncio.gather(*(play(server, run_id) for run_id in runs)) == ["succeeded", "succeeded"]
    assert len(await server.fakes.paid_submits()) == 1
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


@pytest.mark.parametrize("batch_first", [True, False])
async def test_a_clip_is_joined_as_a_picture_is(server: GenerateServer, *, batch_first: bool) -> None:
    """A clip's call and its batch join both ways round, in animatic mode."""
    studio = await server.maker()
    (shot_id,) = await shots_of(server, studio)
    still = (await ask(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    body = {"image_url": still, "model_id": "animatic", "duration": 1}
    if batch_first:
        run_id = await batch_of(server, studio, "videos", model="animatic")
        call = asyncio.create_task(ask(server, studio, shot_id, VIDEO, **body))
        await until(lambda: server.app.state.services.hub._by_user[studio.user_id])
    else:
        server.player.gate.clear()
        call = asyncio.create_task(ask(server, studio, shot_id, VIDEO, **body))
        async for _ in looks():
            if len(await server.runs(studio)) >= 2:
                break
        run_id = await batch_of(server, studio, "videos", model="animatic")
        server.player.gate.set()
    assert await play(server, run_id, "videos") == "succeeded"
    answer = await call
    assert answer.status_code == 200, answer.json()
    (item,) = await items_of(server, run_id)
    assert item.output is not None
    assert item.output["url"] == answer.json()["video_url"] == (await row_of(server, shot_id)).video_url
    assert bool(item.output["reused"]) is not batch_first
