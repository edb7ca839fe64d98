"""Every command of docs/tasks.md, typed as it stands there, in its order, on a stack with the fakes as providers."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, Stack
from tests.acceptance.test_prefect import prefect

DOCUMENT = (ROOT / "docs" / "tasks.md").read_text()
SCREENPLAY = "examples/dead-air.fountain"
BLOCKS: list[str] = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


@dataclass(slots=True)
class Shell:
    """One shell for the whole document; it ends at the first command that fails."""

    process: Process
    folder: Path
    typed: int = 0

    async def type_up_to(self, number: int) -> None:
        """Type the blocks that were not typed yet, this one the last of them."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        while self.typed <= number:
            told, end = list[str](), f"block {self.typed} has ended"
            self.process.stdin.write(f"{{\n{BLOCKS[self.typed]}\n}} </dev/null\necho; echo {end}\n".encode())
            self.typed += 1
            async with asyncio.timeout(240):
                while (line := (await self.process.stdout.readline()).decode(errors="replace")).strip() != end:
                    told.append(line)
                    assert line, "".join(told)[-6000:]


@pytest.fixture(scope="module")
async def shell(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Shell]:
    """In a folder with the examples, the film's first scene alone; its programs are those of this environment."""
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "examples").mkdir()
    head, *scenes = re.split(r"^(?=(?:INT|EXT)\. )", (ROOT / SCREENPLAY).read_text(), flags=re.MULTILINE)
    assert len(scenes) > 1
    (folder / SCREENPLAY).write_text(head + scenes[0])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**stack.environment, "PATH": path, "PYTHONPATH": str(ROOT)}
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", cwd=folder, env=environment, stdin=PIPE, stdout=PIPE, stderr=STDOUT, limit=1 << 20
    )
    yield Shell(process, folder)
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest.mark.parametrize("number", range(len(BLOCKS)))
async def test_the_commands_run(shell: Shell, number: int) -> None:
    """Each block, after those that stand before it."""
    await shell.type_up_to(number)


async def test_what_they_leave(stack: Stack, shell: Shell) -> None:
    """A film, a picture, a limit and a schedule; what was set in Prefect is undone."""
    assert len(BLOCKS) >= 5
    await shell.type_up_to(len(BLOCKS) - 1)
    assert (shell.folder / "out" / "dead-air" / "film.mp4").stat().st_size > 100_000
    assert (shell.folder / "out" / "lighthouse.png").read_bytes()[:4] == b"\x89PNG"
    limit = await prefect(stack, "GET", "/v2/concurrency_limits/wzrd-fal-ai")
    await prefect(stack, "PATCH", "/v2/concurrency_limits/wzrd-fal-ai", {"limit": 64})
    assert limit["limit"] == 10
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    crons = [one["schedule"].get("cron") for one in deployment["schedules"]]
    for one in deployment["schedules"]:
        await prefect(stack, "DELETE", f"/deployments/{deployment['id']}/schedules/{one['id']}")
    assert "0 3 * * *" in crons
