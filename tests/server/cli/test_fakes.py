"""`wzrd fakes` as a user runs it: the variables first, fakes that answer there, an end without a trace."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from server.fakes.app import environment
from server.stack.environment import ROOT

PIPE = asyncio.subprocess.PIPE


@asynccontextmanager
async def started(*words: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`wzrd fakes` with these words, ended with the block."""
    command = (sys.executable, "-m", "server.cli", "fakes", *words)
    told = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=told)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def variables_of(process: asyncio.subprocess.Process) -> dict[str, str]:
    """Variables that it prints on stdout while it serves, as a shell reads them."""
    assert process.stdout is not None
    count = len(environment("http://x"))
    async with asyncio.timeout(60):
        lines = [(await process.stdout.readline()).decode().rstrip("\n") for _ in range(count)]
    found = [re.fullmatch(r"export ([A-Z_]+)=(\S+)", line) for line in lines]
    return {one[1]: one[2] for one in found if one}


async def ended(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
async def test_it_serves_until_it_is_told_to_stop(number: signal.Signals, code: int, http: httpx.AsyncClient) -> None:
    """The variables come first and are true; a signal ends it at once, also while an answer is held back."""
    async with started("--port", "0") as process:
        told = await variables_of(process)
        base_url = told["FAL_QUEUE_URL"].removesuffix("/fal/queue")
        assert told == environment(base_url)
        headers = {"authorization": f"Key {told['FAL_KEY']}"}
        answer = await http.post(f"{told['FAL_QUEUE_URL']}/fal-ai/flux", json={"prompt": "a cat"}, headers=headers)
        assert answer.status_code == 200
        hanging = {"prompt": "[fake: hang]"}
        waiting = asyncio.create_task(http.post(f"{told['FAL_QUEUE_URL']}/fal-ai/flux", json=hanging, headers=headers))
        query = {"at_least": 2, "within": 10}
        submits = (await http.get(f"{base_url}/control/submits", params=query)).json()
        assert submits["total"] == 2
        process.send_signal(number)
        returned, out, err = await ended(process)
        with pytest.raises(httpx.TransportError):
            await waiting
    assert (returned, out) == (code, "")
    served = "fal, GMI Cloud, ElevenLabs, OpenAI-style chat and Supabase Storage"
    assert err == f"fakes of {served} answer at {base_url}; Ctrl-C ends them\n"


async def test_a_script_holds_from_the_start(tmp_path: Path, http: httpx.AsyncClient) -> None:
    """A file of behaviours is what the fakes do, and do again after a reset."""
    (tmp_path / "faults.json").write_text(json.dumps([{"status": 402, "times": 0, "provider": "fal-ai"}]))
    async with started("--port", "0", "--script", str(tmp_path / "faults.json")) as process:
        told = await variables_of(process)
        headers = {"authorization": f"Key {told['FAL_KEY']}"}
        for _ in range(2):
            answer = await http.post(f"{told['FAL_QUEUE_URL']}/fal-ai/flux", json={"prompt": "x"}, headers=headers)
            assert answer.status_code == 402
            await http.post(told["FAL_QUEUE_URL"].replace("/fal/queue", "/control/reset"))


async def test_the_variables_alone() -> None:
    """`--env` prints what the fakes of that port print, and ends; the port is the usual one without a word."""
    async with started("--env", "--port", "9000") as process:
        code, out, err = await ended(process)
    lines = [f"export {name}={value}" for name, value in environment("http://127.0.0.1:9000").items()]
    assert (code, out.splitlines(), err) == (0, lines, "")
    async with started("--env") as process:
        assert "export FAL_QUEUE_URL=http://127.0.0.1:8790/fal/queue\n" in (await ended(process))[1]


async def test_a_port_that_is_taken() -> None:
    """It is named, with what to do; nothing is printed that would send somebody to strangers."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started("--port", str(port)) as process:
            code, out, err = await ended(process)
    assert (code, out) == (1, "")
    assert f"port {port} cannot be had" in err
    assert "--port 0" in err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--port", "70000"], 2, "65535"),
        (["--env", "--port", "0"], 2, "--port 0 names none"),
        (["--script", "no such file"], 2, "no such file cannot be read"),
        (["--script", "{bad}"], 1, "is no JSON"),
        (["--script", "{wrong}"], 1, "0.repli: Unexpected keyword argument"),
    ],
)
async def test_wrong_use(words: list[str], code: int, told: str, tmp_path: Path) -> None:
    """A wrong argument is told with its value; nothing starts."""
    (tmp_path / "bad").write_text("{")
    (tmp_path / "wrong").write_text('{"repli": "slow"}')
    given = [word.format(bad=tmp_path / "bad", wrong=tmp_path / "wrong") for word in words]
    async with started(*given) as process:
        returned, out, err = await ended(process)
    assert (returned, out) == (code, "")
    assert told in err


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as made:
        yield made
