"""A process that workers are forked from: real processes, with a small program for a worker."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.stack.environment import ROOT
from server.stack.errors import StackError
from server.stack.process import Command, end, identify, is_alive
from server.stack.supervisor import StackPart, Supervisor
from server.stack.template import OPTION, ForkedWorker, WorkerTemplate
from tests.server.stack.test_supervisor import Book, at_once
from tests.waiting import until

PROGRAM = """
import os, signal, sys
from server.stack.template import await_fork
print("imports", file=sys.stderr, flush=True)
await_fork(lambda names: print("describes") or {name: "x" * 200_000 for name in names})
files = os.listdir("/proc/self/fd")
line = f"works {os.getsid(0) == os.getpid()} {os.readlink('/proc/self/fd/0')} {len(files)}"
os.write(1, f"{line}\\n".encode())  # in one write: its twin writes into the same file
if os.path.exists("fails"):
    sys.exit(7)
signal.pause()
"""


class Rig:
    """A template, and what its processes have written."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder, self.log = folder, folder / "worker.log"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.template = WorkerTemplate(
            Command([sys.executable, "-c", program], environment, folder), self.log, ["a", "b"]
        )

    def count(self, word: str) -> int:
        return self.log.read_text().split().count(word) if self.log.exists() else 0

    async def fork(self) -> ForkedWorker:
        """A worker that has begun to work."""
        before = self.count("works")
        made = await self.template.fork()
        await until(lambda: self.count("works") > before)
        return made

    def parent(self, worker: ForkedWorker) -> int:
        return int(Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()[1])


@asynccontextmanager
async def rig(folder: Path, program: str = PROGRAM) -> AsyncGenerator[Rig]:
    made = Rig(folder, program)
    try:
        yield made
    finally:
        await made.template.close()


async def test_workers_are_forks_of_what_has_imported_once(tmp_path: Path) -> None:
    """It describes the flows, in lines of any length; each worker has a session and files of its own."""
    async with rig(tmp_path) as made:
        described, first, second = await asyncio.gather(made.template.describe(), made.fork(), made.fork())
        assert {name: len(text) for name, text in described.items()} == {"a": 200_000, "b": 200_000}
        assert (made.count("imports"), made.count("describes")) == (1, 1)
        assert first.pid != second.pid
        await until(lambda: made.count("works") == 2)
        shown = [line for line in made.log.read_text().splitlines() if line.startswith("works")]
        assert shown == ["works True /dev/null 4"] * 2  # three files, and the folder that is listed


async def test_ends_are_told(tmp_path: Path) -> None:
    """Its own exit code, or the signal; what has ended is signalled no more, for its pid may be another's."""
    async with rig(tmp_path) as made:
        killed, ended = await made.fork(), await made.fork()
        killed.kill()
        assert (await killed.wait(), killed.returncode, ended.returncode) == (-signal.SIGKILL, -signal.SIGKILL, None)
        killed.kill()
        await end(ended)
        assert ended.returncode == -signal.SIGTERM
        (tmp_path / "fails").touch()
        assert await (await made.template.fork()).wait() == 7


async def test_nothing_outlives_it(tmp_path: Path) -> None:
    """Closed, or killed itself, it takes its workers along, and says so; a request starts it anew."""
    async with rig(tmp_path) as made:
        worker = await made.fork()
        alive = [identify(worker.pid)]
        os.kill(made.parent(worker), signal.SIGKILL)
        assert await worker.wait() == -signal.SIGKILL
        again = await made.fork()
        assert made.count("imports") == 2
        alive.append(identify(again.pid))
        await made.template.close()
        assert again.returncode == -signal.SIGKILL
        await until(lambda: not [one for one in alive if one is None or is_alive(one)])


async def test_what_cannot_be_imported_is_told(tmp_path: Path) -> None:
    """Who wants a description or a worker gets its last words; each request tries it again."""
    async with rig(tmp_path, "raise SystemExit('no module named toys')") as made:
        for wanted in (made.template.describe, made.template.fork, made.template.fork):
            with pytest.raises(StackError, match="no module named toys"):
                await wanted()


async def test_a_supervisor_restarts_with_it(tmp_path: Path) -> None:
    """Kill -9 of the worker: another fork is the part's process; the stop ends both, the template last."""
    async with rig(tmp_path) as made:
        book = Book()
        supervisor = Supervisor(["worker"], book.notices.append, book.record)
        supervisor.close_last(made.template.close)
        await supervisor.start(StackPart("worker", "here", made.log, made.fork, at_once))
        first = book.pid("worker")
        os.kill(first, signal.SIGKILL)
        await until(lambda: book.parts["worker"].restarts == 1 and book.parts["worker"].phase == "up")
        second = book.pid("worker")
        left = [identify(pid) for pid in (second, made.parent(ForkedWorker(second)))]
        await supervisor.stop()
        assert (second != first, made.count("imports")) == (True, 1)
        assert [one for one in left if one and is_alive(one)] == []
        assert book.moments("worker")[-2:] == ["stopping", "stopped"]


async def test_the_real_template_asks_nobody() -> None:
    """It imports everything, with few looks for garbage, and has neither an address nor a socket nor a second thread.

    When its supervisor is gone it ends, in peace.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WZRD_", "PREFECT_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.worker", OPTION, "flows.generate.generate",
        cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=1 << 24,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(120):
        assert b'"flow_name": "generate"' in await process.stdout.readline()
        sockets = [str(file.readlink()) for file in Path(f"/proc/{process.pid}/fd").iterdir()]
        assert not [name for name in sockets if name.startswith("socket:")]
        process.stdin.write(b"\n")
        assert b"forked" in await process.stdout.readline()
        assert len(list(Path(f"/proc/{process.pid}/task").iterdir())) == 1
        process.stdin.close()
        assert await process.wait() == 0
