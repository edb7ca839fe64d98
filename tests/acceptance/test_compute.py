"""`wzrd compute` through every process: the example graphs, made small, run offline; Ctrl-C stops one."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.conftest import ROOT, Stack
from tests.ctrl_c import HEARS_CTRL_C

EXAMPLES = sorted((ROOT / "examples" / "graphs").glob("*.json"))
TIMES = ("duration", "start", "seconds", "transitionSeconds", "fadeIn", "fadeOut")
SCALE, MOST_LINES = 0.25, 2


def smaller(path: Path) -> Any:
    """The example with a quarter of every time, and two lines of every long list."""
    told = json.loads(path.read_bytes())
    for node in told.get("nodes", ()):
        params = node.get("params", {})
        for name in TIMES:
            if name in params:
                params[name] = max(0.05, params[name] * SCALE) if params[name] else 0
        if params.get("text", "").count("\n") > MOST_LINES:
            params["text"] = "\n".join(params["text"].splitlines()[:MOST_LINES])
    return told


async def wzrd(stack: Stack, *words: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-c", HEARS_CTRL_C, *words)
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=stack.environment, stdout=pipe, stderr=pipe)


async def test_the_examples_run(stack: Stack, tmp_path: Path) -> None:
    """Planned for nothing, run to the end, their files written; again, everything that takes time is cached."""
    for path in EXAMPLES:
        (tmp_path / path.name).write_text(json.dumps(smaller(path)))
    out, two = tmp_path / "out", asyncio.Semaphore(2)

    async def run(path: Path, *more: str) -> tuple[list[Any], str]:
        async with two:
            process = await wzrd(stack, "compute", str(tmp_path / path.name), "--json", *more)
            said, told = await asyncio.wait_for(process.communicate(), 240)
        assert process.returncode == 0, (path.name, told.decode(), said.decode()[-2_000:])
        return [json.loads(line) for line in said.splitlines()], told.decode()

    ran = await asyncio.gather(*(run(path, "--out", str(out / path.stem)) for path in EXAMPLES))
    for path, (lines, _) in zip(EXAMPLES, ran, strict=True):
        assert (lines[0]["event"], lines[0]["data"]["runnable"]) == ("plan", True)
        assert next(line["data"]["status"] for line in lines if line["event"] == "complete") == "succeeded"
        files = [Path(line["data"]["path"]) for line in lines if line["event"] == "file"]
        assert files, path.name
        assert {file.suffix for file in files} <= {".png", ".mp4"}
        assert all(file.stat().st_size > 1_000 for file in files)
    assert len(list((out / "ten-styles").iterdir())) == MOST_LINES
    again, told = await run(EXAMPLES[-1])
    plan = again[0]["data"]
    assert {node["doing"] for node in plan["nodes"]} == {"cached", "inline"}
    assert "cached" in told


async def test_ctrl_c_cancels(stack: Stack, tmp_path: Path) -> None:
    """The run is stopped and has ended when the command has; exit code 130, and how to go on."""
    graph = smaller(next(path for path in EXAMPLES if path.stem == "voice-and-music"))
    for node in graph["nodes"]:
        if node["kind"] == "Video":
            node["params"]["duration"] = 40
    (tmp_path / "long.json").write_text(json.dumps({**graph, "name": "Long"}))
    process = await wzrd(stack, "compute", str(tmp_path / "long.json"), "--json")
    assert process.stdout is not None
    async for line in process.stdout:
        told = json.loads(line)
        if told["event"] == "node_status" and told["data"]["status"] == "running":
            process.send_signal(signal.SIGINT)
            break
    said, error = await asyncio.wait_for(process.communicate(), 240)
    assert process.returncode == 130, error.decode()
    last = json.loads(said.splitlines()[-1])
    assert (last["event"], last["data"]["status"]) == ("complete", "canceled")
    assert "try what is left again: wzrd retry" in error.decode()


@pytest.mark.parametrize("words", [("--only", "nobody"), ("--budget", "-1")])
async def test_wrong_use(stack: Stack, words: tuple[str, ...]) -> None:
    """Exit code 2, and nothing is started."""
    process = await wzrd(stack, "compute", str(EXAMPLES[-1]), *words)
    said, _ = await process.communicate()
    assert (process.returncode, said) == (2, b"")
