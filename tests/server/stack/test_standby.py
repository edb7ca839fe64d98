"""A worker process that waits to take another one's place: real processes, with a small program for a worker."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.stack.environment import ROOT
from server.stack.memory import available_bytes
from server.stack.process import Command, end, identify, is_alive
from server.stack.standby import LEAST, OPTION, ROOM, StandbyWorker
from server.stack.supervisor import StackPart, Supervisor
from tests.server.stack.test_supervisor import Book, at_once
from tests.waiting import until
from wzrd.settings import Standby

PROGRAM = """
import signal, sys
from server.stack.standby import OPTION, await_promotion
if OPTION in sys.argv:
    print("waits", flush=True)
    await_promotion()
print("works", flush=True)
signal.pause()
"""


class Rig:
    """A standby worker, and what its processes have written."""

    def __init__(self, folder: Path, wanted: Standby, available: Callable[[], int | None]) -> None:
        self.log = folder / "worker.log"
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = Command([sys.executable, "-c", PROGRAM], environment, folder)
        self.standby = StandbyWorker(command, self.log, wanted, available=available, every=0.01)
        self.working: list[Process] = []

    async def take(self) -> Process:
        self.working.append(await self.standby.take())
        return self.working[-1]

    async def until(self, what: Callable[[], object]) -> None:
        await until(what)

    def says(self, word: str) -> int:
        return self.log.read_text().split().count(word) if self.log.exists() else 0


@asynccontextmanager
async def rig(
    folder: Path, wanted: Standby = "always", available: Callable[[], int | None] = lambda: None
) -> AsyncGenerator[Rig]:
    made = Rig(folder, wanted, available)
    try:
        yield made
    finally:
        await made.standby.close()
        for process in made.working:
            await end(process, seconds=0.0)


async def test_the_one_that_waits_takes_over(tmp_path: Path) -> None:
    """It has begun before and works only when it is told; another one waits from then on."""
    async with rig(tmp_path) as made:
        first = await made.take()
        await made.until(lambda: made.says("waits") and made.says("works"))
        waiting = made.standby.pid
        assert made.says("works") == 1
        first.kill()
        second = await made.take()
        assert second.pid == waiting != first.pid
        await made.until(lambda: made.says("works") == 2)
        await made.until(lambda: made.standby.pid not in {None, second.pid})


async def test_it_ends_with_the_stack(tmp_path: Path) -> None:
    """Closed, nothing waits, and nothing is made to wait any more."""
    async with rig(tmp_path) as made:
        await made.take()
        await made.until(lambda: made.standby.pid)
        assert made.standby.pid is not None
        waiting = identify(made.standby.pid)
        await made.standby.close()
        assert waiting is not None
        assert not is_alive(waiting)
        assert made.standby.pid is None


async def test_one_that_has_died_is_replaced(tmp_path: Path) -> None:
    """A corpse takes nobody's place: a new one works; or another is made to wait before it is needed."""
    async with rig(tmp_path) as made:
        await made.take()
        await made.until(lambda: made.standby.pid)
        dead = made.standby.pid
        assert dead is not None
        os.kill(dead, signal.SIGKILL)
        await made.until(lambda: made.standby.pid not in {None, dead})


@pytest.mark.parametrize("wanted", ["auto", "never"])
async def test_without_it_a_new_process_works(tmp_path: Path, wanted: Standby) -> None:
    """Switched off, or where nobody can tell how much memory there is: as it always was."""
    async with rig(tmp_path, wanted) as made:
        await made.take()
        await made.until(lambda: made.says("works") == 1)
        second = await made.take()
        assert second.pid != made.working[0].pid
        assert made.standby.pid is None
        await made.until(lambda: made.says("works") == 2)
        assert made.says("waits") == 0


async def test_memory_decides(tmp_path: Path) -> None:
    """It is made where there is room, stays where there is less, ends where memory is short, and comes back."""
    free = ROOM - 1
    looks = 0

    def available() -> int:
        nonlocal looks
        looks += 1
        return free

    async def look() -> None:
        seen = looks
        await made.until(lambda: looks > seen + 1)

    async with rig(tmp_path, "auto", available) as made:
        await made.take()
        await look()
        assert made.standby.pid is None
        free = ROOM
        await made.until(lambda: made.standby.pid)
        free = LEAST
        waiting = made.standby.pid
        await look()
        assert made.standby.pid == waiting
        free = LEAST - 1
        await made.until(lambda: made.standby.pid is None)
        free = ROOM
        await made.until(lambda: made.standby.pid)


def test_what_is_free_is_the_lesser_of_machine_and_container(tmp_path: Path) -> None:
    """A container's limit counts what it uses beyond its file cache; without a limit, or a system that tells, none."""
    machine, group = tmp_path / "meminfo", tmp_path / "group"
    group.mkdir()
    assert available_bytes(machine, group) is None
    machine.write_text("MemTotal: 9000 kB\nMemAvailable:    4000 kB\n")
    assert available_bytes(machine, group) == 4000 * 1024
    (group / "memory.current").write_text("1500000\n")
    (group / "memory.stat").write_text("anon 1\ninactive_file 500000\n")
    (group / "memory.max").write_text("max\n")
    assert available_bytes(machine, group) == 4000 * 1024
    (group / "memory.max").write_text("2000000\n")
    assert available_bytes(machine, group) == 1_000_000


async def test_a_supervisor_restarts_with_it(tmp_path: Path) -> None:
    """Kill -9 of the working process: the one that waited is the part's process now; the stop ends both."""
    async with rig(tmp_path) as made:
        book = Book()
        supervisor = Supervisor(["worker"], book.notices.append, book.record)
        await supervisor.start(
            StackPart("worker", "here", made.log, made.standby.take, at_once, close=made.standby.close)
        )
        await made.until(lambda: made.standby.pid and made.says("waits"))
        waiting, working = made.standby.pid, book.pid("worker")
        assert waiting is not None
        os.kill(working, signal.SIGKILL)
        await made.until(lambda: book.parts["worker"].process and book.pid("worker") == waiting)
        await made.until(lambda: made.standby.pid)
        left = [identify(pid) for pid in (waiting, made.standby.pid) if pid]
        await supervisor.stop()
        assert [one for one in left if one and is_alive(one)] == []


async def test_the_real_worker_waits_and_asks_nobody() -> None:
    """It imports everything and has neither an address nor a socket; when its supervisor is gone it ends, in peace."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("WZRD_", "PREFECT_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "importtime", "-m", "server.worker", OPTION,
        cwd=ROOT, env=environment, stdin=PIPE, stdout=DEVNULL, stderr=PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stderr is not None
    async with asyncio.timeout(120):
        while not (line := await process.stderr.readline()).endswith(b"| server.worker.serve\n"):
            assert line, "it ended while it was importing"
        sockets = [str(file.readlink()) for file in Path(f"/proc/{process.pid}/fd").iterdir()]
        assert not [name for name in sockets if name.startswith("socket:")]
        process.stdin.close()
        told = (await process.stderr.read()).decode()
        assert (await process.wait(), "Traceback" in told) == (0, False)
