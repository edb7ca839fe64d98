"""gen-shots through every process: as documented, streamed while the model writes, charged once, whatever dies."""

import asyncio
import json
import os
import signal
import uuid

import pytest

from tests.acceptance.conftest import Stack, Watcher, shot_rows, watch
from tests.fakes.chat import Call, delta, finish, says
from tests.waiting import until

IDEAS = [
    "Wide shot of the lamp room at night, rain streaking the glass.",
    "Close-up of Mara's hand wiping the great lens.",
    "Insert of a folded letter under the lamp.",
    "Over-the-shoulder on Mara as the door opens.",
    "Tracking shot down the spiral stairs.",
    "Extreme wide of the lighthouse against the storm.",
]


def answer(count: int = 3, *, first: int = 0) -> str:
    """Answer of a good model."""
    return json.dumps({"shots": IDEAS[first : first + count]})


def in_pieces(text: str, size: int = 12) -> list[str]:
    return [text[i : i + size] for i in range(0, len(text), size)]


async def test_the_documented_stream(stack: Stack) -> None:
    """meta, four phases a shot in order, done; rows numbered from one; two credits for three shots; one submit."""
    stack.chat.otherwise = says(*in_pieces(answer()))
    studio = await stack.studio()
    client = await watch(stack, studio).to_the_end()
    client.check_whole(3)
    meta, done = json.loads(client.frames[0].data), json.loads(client.frames[-1].data)
    assert list(meta) == ["requestId", "projectId", "sceneId", "latency"]
    assert done == {"completed": True, "total": 3, "requestId": client.body["requestId"]}
    assert [number for number, prompt in await shot_rows(stack, studio) if prompt] == [1, 2, 3]
    assert await stack.balance(studio) == 98
    assert stack.chat.submits == 1


async def test_a_shot_is_drafted_while_the_next_is_not_yet_written(stack: Stack) -> None:
    """The writer streams: shot 1 is `drafting` before the model has been allowed to write shot 3."""
    go_on = asyncio.Event()

    async def act(call: Call) -> None:
        text = answer()
        cut = text.index(IDEAS[1]) + 5
        await call.head()
        await call.event(delta(text[:cut]))
        await go_on.wait()
        await call.event(delta(text[cut:]))
        await call.event(finish())
        await call.event("[DONE]")

    stack.chat.script.append(act)
    studio = await stack.studio()
    client = watch(stack, studio)
    reading = asyncio.create_task(client.to_the_end())
    await until(lambda: any('"ready"' in frame.data for frame in client.frames))
    assert sum('"drafting"' in frame.data for frame in client.frames) == 1
    go_on.set()
    (await reading).check_whole(3)


async def test_without_a_usable_answer_the_offline_writer_stands_in_and_says_so(stack: Stack) -> None:
    """Nonsense twice: the grammar writes, `done` tells why, and the price is the documented one."""
    stack.chat.otherwise = says("I am sorry, I cannot do that.")
    studio = await stack.studio()
    client = await watch(stack, studio).to_the_end()
    client.check_whole(3)
    done = json.loads(client.frames[-1].data)
    assert done["fallbackUsed"] is True
    assert done["fallbackReason"] == "short_answer"
    assert stack.chat.submits == 2
    assert await stack.balance(studio) == 98


async def test_ten_identical_posts_are_one_run_and_one_hold(stack: Stack) -> None:
    """All ten see the same whole stream; one submit, one charge."""
    stack.chat.otherwise = says(*in_pieces(answer()))
    studio = await stack.studio()
    body = stack.post(studio, request_id=str(uuid.uuid4()))
    clients = await asyncio.gather(*(Watcher(stack, studio, dict(body)).to_the_end() for _ in range(10)))
    for client in clients:
        client.check_whole(3)
    assert len({client.run_id for client in clients}) == 1
    assert len(await shot_rows(stack, studio)) == 3
    assert await stack.balance(studio) == 98
    assert stack.chat.submits == 1


async def test_simultaneous_requests_never_share_a_number(stack: Stack) -> None:
    """Three requests for the same scene at once: nine shots, numbers 1 to 9."""
    stack.chat.otherwise = says(answer())
    studio = await stack.studio()
    clients = await asyncio.gather(*(watch(stack, studio).to_the_end() for _ in range(3)))
    for client in clients:
        client.check_whole(3)
    assert [number for number, _ in await shot_rows(stack, studio)] == list(range(1, 10))


async def test_dropped_fifty_times_nothing_is_lost_or_repeated(stack: Stack) -> None:
    """A client cut after every single frame, over and over, ends with the whole stream."""
    stack.chat.otherwise = says(*in_pieces(answer(6), 4), pause=0.005)
    studio = await stack.studio()
    client = watch(stack, studio, count=6)
    async with asyncio.timeout(60):
        while not client.ended:
            await client.once(stop_after=1)
    client.check_whole(6)
    assert await stack.balance(studio) == 97


PLACES = ["after_claim", "before_step_commit", "after_step_commit", "after_send", "before_settle_commit"]


@pytest.mark.parametrize("place", PLACES)
async def test_a_worker_killed_in_mid_run_is_resumed(stack: Stack, place: str) -> None:
    """Kill -9 at a fail point: the run ends complete, no shot or phase twice, one charge, the client misses nothing."""
    stack.chat.otherwise = says(*in_pieces(answer()))
    studio = await stack.studio()
    stack.arm(place, "kill@2" if "step" in place else "kill")
    client = await watch(stack, studio).to_the_end()
    await stack.wait_for_fault(place)
    client.check_whole(3)
    assert [number for number, _ in await shot_rows(stack, studio)] == [1, 2, 3]
    assert await stack.balance(studio) == 98


@pytest.mark.parametrize("part", ["api", "prefect", "postgres"])
async def test_another_process_killed_in_mid_run(stack: Stack, part: str) -> None:
    """Kill -9 of the API, Prefect's server or PostgreSQL while the model writes: the same promises hold."""
    stack.chat.otherwise = says(*in_pieces(answer()), pause=0.05)
    studio = await stack.studio()
    client = watch(stack, studio)
    reading = asyncio.create_task(client.to_the_end())
    await until(lambda: any('"drafting"' in frame.data for frame in client.frames))
    await stack.kill(part)
    (await reading).check_whole(3)
    await stack.runtime.engine.dispose()  # the test's own connections died with PostgreSQL
    assert [number for number, _ in await shot_rows(stack, studio)] == [1, 2, 3]
    assert await stack.balance(studio) == 98
    await stack.healthy()


async def test_a_draining_worker_hands_its_runs_over(stack: Stack) -> None:
    """SIGTERM while the model writes: the worker leaves at once, its successor ends the run, one charge."""
    stack.chat.otherwise = says(*in_pieces(answer()), pause=0.1)
    studio = await stack.studio()
    client = watch(stack, studio)
    reading = asyncio.create_task(client.to_the_end())
    await wait_for(client, "drafting")
    await stack.kill("worker", signal.SIGTERM)
    (await reading).check_whole(3)
    assert [number for number, _ in await shot_rows(stack, studio)] == [1, 2, 3]
    assert await stack.balance(studio) == 98
    await stack.healthy()


async def test_a_sleeper_that_lost_its_lease_is_refused(stack: Stack) -> None:
    """SIGSTOP past the lease, another worker finishes the run; woken, the sleeper writes nothing."""
    stack.chat.otherwise = says(*in_pieces(answer()), pause=0.05)
    studio = await stack.studio()
    client = watch(stack, studio)
    reading = asyncio.create_task(client.to_the_end())
    await until(lambda: any('"drafting"' in frame.data for frame in client.frames))
    sleeper = stack.pid("worker")
    await stack.kill("worker", signal.SIGSTOP)
    async with stack.another_worker():
        try:
            (await reading).check_whole(3)
        finally:
            os.kill(sleeper, signal.SIGCONT)
        await until(lambda: b"stops here" in (stack.home / "logs" / "worker.log").read_bytes(), every=0.1)
    assert [number for number, _ in await shot_rows(stack, studio)] == [1, 2, 3]
    assert await stack.balance(studio) == 98


async def wait_for(client: Watcher, phase: str, *, seconds: float = 60) -> None:
    await until(lambda: any(f'"{phase}"' in frame.data for frame in client.frames), seconds=seconds)


async def cancel(stack: Stack, client: Watcher) -> tuple[int, str]:
    path = f"/functions/v1/runs/{client.run_id}/cancel"
    response = await stack.http.post(path, headers=stack.headers(client.studio))
    return response.status_code, response.json().get("status", "")


async def test_cancel_while_the_writer_streams(stack: Stack) -> None:
    """The stream ends with `error` Canceled, finished shots are kept and charged, blank ones are gone."""

    async def act(call: Call) -> None:
        text = answer(4)
        await call.head()
        await call.event(delta(text[: text.index(IDEAS[1]) + 5]))
        await asyncio.Event().wait()

    stack.chat.script.append(act)
    studio = await stack.studio()
    client = watch(stack, studio, count=4)
    reading = asyncio.create_task(client.to_the_end())
    await wait_for(client, "ready")
    assert (await cancel(stack, client))[0] == 202
    await reading
    assert json.loads(client.frames[-1].data)["error"] == "Canceled"
    assert len(await shot_rows(stack, studio)) == 1
    assert await stack.balance(studio) == 99
    assert await cancel(stack, client) == (200, "canceled")


async def test_cancel_after_the_end_changes_nothing(stack: Stack) -> None:
    """A run that has succeeded stays so."""
    stack.chat.otherwise = says(answer())
    studio = await stack.studio()
    client = await watch(stack, studio).to_the_end()
    assert await cancel(stack, client) == (200, "succeeded")
    assert await stack.balance(studio) == 98


async def test_cancel_while_queued(stack: Stack) -> None:
    """Nobody works: the cancel settles at once, and a worker that comes later leaves the run alone."""
    studio = await stack.studio()
    worker = stack.pid("worker")
    await stack.kill("worker", signal.SIGSTOP)
    try:
        client = watch(stack, studio)
        reading = asyncio.create_task(client.to_the_end())
        await until(lambda: client.run_id)
        assert await cancel(stack, client) == (200, "canceled")
        await reading
    finally:
        os.kill(worker, signal.SIGCONT)
    assert [frame.event for frame in client.frames] == ["meta", "error"]
    assert await stack.balance(studio) == 100
    await asyncio.sleep(2)  # that nothing comes any more has no signal
    assert await shot_rows(stack, studio) == []


async def test_retry_finishes_what_was_left(stack: Stack) -> None:
    """Canceled after one of six, retried: six shots, three credits, the same stream goes on."""

    async def act(call: Call) -> None:
        text = answer(6)
        await call.head()
        await call.event(delta(text[: text.index(IDEAS[1]) + 5]))
        await asyncio.Event().wait()

    stack.chat.script.append(act)
    studio = await stack.studio()
    client = watch(stack, studio, count=6)
    reading = asyncio.create_task(client.to_the_end())
    await wait_for(client, "ready")
    await cancel(stack, client)
    await reading
    stack.chat.otherwise = says(answer(5, first=1))
    path = f"/functions/v1/runs/{client.run_id}/retry"
    assert (await stack.http.post(path, headers=stack.headers(studio))).status_code == 202
    client.frames.pop()
    again = await Watcher(stack, studio, client.body).to_the_end()
    assert json.loads(again.frames[-1].data)["total"] == 6
    assert [frame.event for frame in again.frames].count("error") == 0
    assert [number for number, prompt in await shot_rows(stack, studio) if prompt] == [1, 2, 3, 4, 5, 6]
    assert await stack.balance(studio) == 97
