"""Peers that are no dependencies of ours: installed into a throw-away environment by uv, asked over stdin."""

import asyncio
import contextlib
import shutil
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Skipped
from benchmarks.ground import ROOT, end, plain_environment

INSTALL_SECONDS = 300.0
ROUND_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A program of somebody else's. It runs once for each line on stdin, and prints one number."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    async def run(self) -> float:
        """The number of one more run.

        Raises:
            RuntimeError: it ended; the message is the end of what it wrote.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"go\n")
        async with asyncio.timeout(ROUND_SECONDS):
            said = await self.process.stdout.readline()
        if not said:
            raise RuntimeError(f"{self.name} ended:\n{self.log.read_text(errors='replace')[-2000:]}")
        return float(said)


def _uv() -> str:
    """The uv that the Makefile uses."""
    found = shutil.which("uv") or shutil.which("uv", path=str(ROOT / ".uv" / "bin"))
    if found is None:
        raise Skipped("peers are installed by uv, and there is none: `make setup` brings it")
    return found


async def install(home: Path, *packages: str) -> Path:
    """A Python of its own with these packages.

    Raises:
        Skipped: they could not be installed; the message says what uv said.
    """
    uv, target = _uv(), home / "peers"
    await _call([uv, "venv", "--quiet", "--python", sys.executable, str(target)])
    python = target / "bin" / "python"
    await _call([uv, "pip", "install", "--quiet", "--python", str(python), *packages])
    return python


async def _call(command: Sequence[str]) -> None:
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            _, said = await process.communicate()
    except TimeoutError:
        raise Skipped(f"{' '.join(command[1:3])} took longer than {INSTALL_SECONDS:.0f} s") from None
    finally:
        await end(process)
    if process.returncode:
        raise Skipped(f"peers could not be installed: {said.decode(errors='replace').strip()[-400:]}")


@asynccontextmanager
async def started(python: Path, script: Path, log: Path, environment: Mapping[str, str]) -> AsyncGenerator[Peer]:
    """The script in that Python for as long as the block lasts; what it writes beside numbers is in `log`."""
    given = {name: value for name, value in plain_environment().items() if name != "PYTHONPATH"}
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            str(python),
            str(script),
            cwd=log.parent,
            env=given | dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=written,
        )
    try:
        yield Peer(script.stem, process, log)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                await process.wait()
        await end(process)
