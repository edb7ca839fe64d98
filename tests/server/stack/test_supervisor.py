"""The supervisor with small parts of its own: real processes, no servers."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.stack.environment import ROOT
from server.stack.errors import StackError
from server.stack.process import Command, identify, is_alive, spawn
from server.stack.state import PartState
from server.stack.supervisor import FIRST_DELAY, LONGEST_DELAY, Notice, StackPart, Supervisor, next_delay
from tests.waiting import until

SLEEPS = "import signal; signal.pause()"


async def at_once() -> None:
    """A part that is up as soon as it is started."""


class Book:
    """Record of what a supervisor recorded and reported."""

    def __init__(self) -> None:
        self.parts: dict[str, PartState] = {}
        self.notices: list[Notice] = []

    def record(self, name: str, part: PartState) -> None:
        self.parts[name] = part

    def pid(self, name: str) -> int:
        process = self.parts[name].process
        assert process is not None
        return process.pid

    def moments(self, name: str) -> list[str]:
        return [notice.moment for notice in self.notices if notice.part == name]


def part(
    folder: Path,
    name: str,
    code: str,
    *,
    ready: Callable[[], Awaitable[None]] = at_once,
    client_timeouts: float = 10.0,
    stop_seconds: float = 2.0,
) -> StackPart:
    log = folder / f"{name}.log"

    async def start() -> Process:
        return await spawn(Command([sys.executable, "-c", code], dict(os.environ), folder), log)

    return StackPart(name, f"here/{name}", log, start, ready, ready_seconds=client_timeouts, stop_seconds=stop_seconds)


def supervisor(book: Book, *names: str) -> Supervisor:
    return Supervisor(names, book.notices.append, book.record)


async def test_a_part_that_dies_is_started_again(tmp_path: Path) -> None:
    """Kill -9 of a part: the supervisor starts it anew, under another pid, and counts it."""
    book = Book()
    watched = supervisor(book, "a")
    await watched.start(part(tmp_path, "a", SLEEPS))
    first = book.pid("a")
    os.kill(first, signal.SIGKILL)
    await until(lambda: book.parts["a"].phase == "up" and book.parts["a"].restarts == 1)
    assert book.pid("a") != first
    assert book.moments("a") == ["starting", "up", "down", "starting", "up"]
    await watched.stop()
    assert book.parts["a"].phase == "stopped"


async def test_a_part_that_keeps_dying_is_started_ever_more_slowly(tmp_path: Path) -> None:
    """A part that ends at once is no tight loop: before each start it waits twice as long as before the last one."""
    book, pauses, enough = Book(), list[float](), asyncio.Event()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 5:
            enough.set()
            await asyncio.Event().wait()

    watched = Supervisor(["a"], book.notices.append, book.record, pause)
    await watched.start(part(tmp_path, "a", "input()"))
    async with asyncio.timeout(60):
        await enough.wait()
    assert pauses == [next_delay(failures) for failures in range(1, 6)]
    assert pauses[1:] == [2 * seconds for seconds in pauses[:-1]]
    assert book.moments("a").count("starting") == 5
    await watched.stop()


@given(st.integers(min_value=0, max_value=10_000))
def test_delays_grow_and_are_bounded(failures: int) -> None:
    """No number of failures gives a wait below the first or above the longest."""
    assert FIRST_DELAY <= next_delay(failures) <= next_delay(failures + 1) <= LONGEST_DELAY


async def test_a_part_that_ends_while_starting_says_why(tmp_path: Path) -> None:
    """The error carries the exit code, the log's place and the log's last words; nothing is left."""
    watched = supervisor(Book(), "a")
    with pytest.raises(StackError) as caught:
        await watched.start(part(tmp_path, "a", "raise SystemExit('no such luck')", ready=never))
    assert "ended with 1" in caught.value.message
    assert "no such luck" in caught.value.remedy
    assert str(tmp_path / "a.log") in caught.value.remedy


async def test_a_part_that_never_answers_is_ended(tmp_path: Path) -> None:
    """Patience is bounded; the silent process does not stay behind."""
    book = Book()
    watched = supervisor(book, "a")
    starting = asyncio.create_task(watched.start(part(tmp_path, "a", SLEEPS, ready=never, client_timeouts=0.3)))
    await until(lambda: book.parts["a"].phase == "starting" if "a" in book.parts else False)
    process = book.parts["a"].process
    with pytest.raises(StackError, match=r"did not answer in 0\.3 s"):
        await starting
    assert process is not None
    assert not is_alive(process)


async def never() -> None:
    """A part that never answers."""
    await asyncio.Event().wait()


async def test_stopping_is_in_reverse_order_and_certain(tmp_path: Path) -> None:
    """Parts end in the reverse of their order, whatever order they were started in; SIGTERM ignored means SIGKILL."""
    book = Book()
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEPS}"

    async def is_deaf() -> None:
        await until(lambda: "deaf" in (tmp_path / "a.log").read_text())

    watched = supervisor(book, "a", "b")
    await watched.start(part(tmp_path, "b", SLEEPS))
    await watched.start(part(tmp_path, "a", deaf, ready=is_deaf))
    pids = [book.pid("a"), book.pid("b")]
    await watched.stop()
    assert [notice.part for notice in book.notices if notice.moment == "stopped"] == ["b", "a"]
    assert [identify(pid) for pid in pids] == [None, None]


async def test_a_second_interrupt_hurries(tmp_path: Path) -> None:
    """Cancelling the stop kills what has not ended yet instead of waiting for it."""
    book = Book()
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEPS}"
    watched = supervisor(book, "a", "b")

    def is_deaf(name: str) -> Callable[[], Awaitable[None]]:
        async def said() -> None:
            await until(lambda: "deaf" in (tmp_path / f"{name}.log").read_text())

        return said

    for name in ("a", "b"):
        await watched.start(part(tmp_path, name, deaf, ready=is_deaf(name), stop_seconds=600))
    pids = [book.pid("a"), book.pid("b")]
    stopping = asyncio.create_task(watched.stop())
    await until(lambda: "stopping" in book.moments("b"))
    stopping.cancel()
    async with asyncio.timeout(60):
        await asyncio.gather(stopping, return_exceptions=True)
    assert [identify(pid) for pid in pids] == [None, None]


async def test_what_a_part_started_ends_with_it(tmp_path: Path) -> None:
    """A grandchild in the part's process group does not outlive it."""
    code = (
        "import signal, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEPS!r}])\n"
        "print(child.pid, flush=True)\nsignal.pause()"
    )

    async def has_child() -> None:
        await until(lambda: (tmp_path / "a.log").read_text().strip())

    watched = supervisor(Book(), "a")
    await watched.start(part(tmp_path, "a", code, ready=has_child))
    grandchild = int((tmp_path / "a.log").read_text())
    assert identify(grandchild) is not None
    await watched.stop()
    await until(lambda: identify(grandchild) is None)


KILLED = """
import asyncio, os, sys
from pathlib import Path
from server.stack.process import Command, spawn
async def main():
    folder = Path(sys.argv[1])
    child = await spawn(Command([sys.executable, "-c", "import signal; signal.pause()"], dict(os.environ), folder),
                        folder / "log")
    print(child.pid, flush=True)
    await child.wait()
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a death signal")
async def test_kill_9_of_a_supervisor_leaves_no_child(tmp_path: Path) -> None:
    """A supervisor that is killed can stop nothing any more: the kernel ends its children."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    child = identify(int(await parent.stdout.readline()))
    assert child is not None
    parent.kill()
    await parent.wait()
    await until(lambda: not is_alive(child))
