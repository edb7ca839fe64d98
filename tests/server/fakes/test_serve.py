"""Fakes in this event loop and in a process of their own: the three happy paths, the account, the signals."""

import asyncio
import os
import sys

import httpx
import pytest

from server.fakes import Behaviour, Fakes, open_fakes
from server.stack.environment import ROOT
from server.stack.process import identify
from tests.waiting import until


async def _submit_everywhere(fakes: Fakes, http: httpx.AsyncClient) -> list[httpx.Response]:
    env = fakes.environment()
    bearer = {"authorization": f"Bearer {env['GMI_CLOUD_API_KEY']}"}
    chat = {"model": "llama", "messages": [{"role": "user", "content": "a cat speaks"}]}
    return [
        await http.post(
            f"{env['FAL_QUEUE_URL']}/fal-ai/flux/schnell",
            json={"prompt": "a cat"},
            headers={"authorization": f"Key {env['FAL_KEY']}"},
        ),
        await http.post(
            f"{env['GMI_QUEUE_URL']}/requests",
            json={"model": "wan2.7-i2v", "payload": {"prompt": "a cat walks", "duration": 2}},
            headers=bearer,
        ),
        await http.post(f"{env['GROQ_BASE_URL']}/chat/completions", json=chat, headers=bearer),
    ]


@pytest.mark.parametrize("process", [False, True], ids=["in the loop", "in a process"])
async def test_a_happy_day(process: bool, http: httpx.AsyncClient) -> None:
    """Each provider takes a submit and counts it, wherever the fakes run."""
    async with open_fakes(process=process) as fakes:
        answers = await _submit_everywhere(fakes, http)
        assert [answer.status_code for answer in answers] == [200, 200, 200]
        submits = await fakes.paid_submits()
        assert [one.provider for one in submits] == ["fal-ai", "gmi-cloud", "groq"]
        assert [one.prompt for one in submits] == ["a cat", "a cat walks", "a cat speaks"]
        assert submits[0].request_id == answers[0].json()["request_id"]
        assert len(await fakes.paid_submits(match="WALKS")) == len(await fakes.paid_submits("groq")) == 1
        await fakes.reset()
        assert await fakes.paid_submits() == []


async def test_a_held_answer_ends_with_the_fakes(http: httpx.AsyncClient) -> None:
    """Whoever still waits when the fakes are closed is cut off; the closing does not wait for it."""
    async with open_fakes() as fakes:
        await fakes.script(Behaviour(hold="reply"))
        waiting = asyncio.create_task(_submit_everywhere(fakes, http))
        await fakes.wait_submit()
    with pytest.raises(httpx.TransportError):
        await waiting


async def test_a_held_answer_is_released(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """A test waits for the submit, looks around, and lets the answer go."""
    await fakes.script(Behaviour(hold="reply", match="a cat"))
    waiting = asyncio.create_task(_submit_everywhere(fakes, http))
    assert (await fakes.wait_submit())[0].prompt == "a cat"
    assert await fakes.release("no such prompt") == 0
    assert await fakes.release("a cat") == 1
    assert [answer.status_code for answer in await waiting] == [200, 200, 200]


async def test_the_process_never_outlives_its_parent() -> None:
    """Killed without a word, the parent leaves nobody behind."""
    script = """
import asyncio
from server.fakes import open_fakes
async def main():
    async with open_fakes(process=True) as fakes:
        print(fakes.pid, fakes.base_url, flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""
    pipe = asyncio.subprocess.PIPE
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=pipe, env=environment)
    assert parent.stdout is not None
    pid, base_url = (await parent.stdout.readline()).decode().split()
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        assert (await http.get(f"{base_url}/control/submits")).status_code == 200
        parent.kill()
        await parent.wait()
        await until(lambda: identify(int(pid)) is None)
        with pytest.raises(httpx.TransportError):
            await http.get(f"{base_url}/control/submits")


async def test_waiting_for_more_submits_than_come(fakes: Fakes) -> None:
    """It fails after the time given, and says how many there were."""
    with pytest.raises(TimeoutError, match="0 of 2 submits"):
        await fakes.wait_submit(2, seconds=0.05)
