"""The worker template: a process that has imported the flows, and that workers are forked from.

It never works itself. It reads a line for each worker that it is to fork, and writes lines of JSON: first what
deployments say of their flows, then the pid of each fork and the exit code of each end. It has one thread and asks
nobody anything. The kernel ends its workers with it, and it with its supervisor.
"""

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from server.stack.child import die_with_parent
from server.stack.errors import StackError
from server.stack.process import Command, end, spawn, tail

OPTION = "--template"
_INPUT, _OUTPUT, _LOG = 0, 1, 2


class ForkedWorker:
    """A worker, waited for and signalled as if its supervisor had started it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def returncode(self) -> int | None:
        """As a `Child` has it."""
        return self._code.result() if self._code.done() else None

    def note_end(self, code: int) -> None:
        """Its template has seen it end."""
        self._code.set_result(code)

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        return await asyncio.shield(self._code)

    def send_signal(self, number: int) -> None:
        """Send it a signal, while it runs."""
        if not self._code.done():
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class WorkerTemplate:
    """The supervisor's side: the template is started when it is first needed, and again where it has died."""

    def __init__(self, command: Command, log: Path, entrypoints: Sequence[str]) -> None:
        self._command = Command([*command.arguments, OPTION, *entrypoints], command.environment, command.folder)
        self._log = log
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None
        self._described: asyncio.Future[Mapping[str, Any]]
        self._forks: list[asyncio.Future[ForkedWorker]] = []
        self._workers: dict[int, ForkedWorker] = {}

    async def describe(self) -> Mapping[str, Any]:
        """Name, description and parameter schema of each entrypoint's flow, and our types of blocks as `blocks`.

        Raises:
            StackError: a flow cannot be imported, with the template's last words.
        """
        await self._started()
        return await asyncio.shield(self._described)

    async def fork(self) -> ForkedWorker:
        """A worker that works.

        Raises:
            StackError: the template cannot be started, or ends before it has forked one.
        """
        process = await self._started()
        assert process.stdin is not None
        forked: asyncio.Future[ForkedWorker] = asyncio.get_running_loop().create_future()
        self._forks.append(forked)
        process.stdin.write(b"\n")
        return await asyncio.shield(forked)

    async def close(self) -> None:
        """End it, and with it what workers are left, for good."""
        if self._process is not None and self._listening is not None:
            await end(self._process, seconds=1.0)
            await self._listening

    async def _started(self) -> Process:
        async with self._starting:
            if self._process is None or self._listening is None or self._listening.done():
                self._described = asyncio.get_running_loop().create_future()
                self._process = await spawn(self._command, self._log, piped=True)
                self._listening = asyncio.create_task(self._listen(self._process), name="worker template")
            return self._process

    async def _listen(self, process: Process) -> None:
        """Take its messages until it has ended."""
        assert process.stdout is not None
        while line := await process.stdout.readline():
            match json.loads(line):
                case {"flows": described}:
                    self._described.set_result(described)
                case {"forked": int(pid)}:
                    self._workers[pid] = ForkedWorker(pid)
                    self._forks.pop(0).set_result(self._workers[pid])
                case {"ended": int(pid), "code": int(code)}:
                    self._workers.pop(pid).note_end(code)
                case _:
                    raise AssertionError(line)
        await process.wait()
        error = StackError(f"the flows of prefect.yaml cannot be loaded:\n{tail(self._log, lines=6)}")
        for waiting in (self._described, *self._forks):
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # where nobody waits for it, nobody misses it
        self._forks.clear()
        while self._workers:
            self._workers.popitem()[1].note_end(-signal.SIGKILL)


def await_fork(describe: Callable[[Sequence[str]], Mapping[str, Any]]) -> None:
    """In the template: describe the flows, then fork at each request. Returns in the workers only."""
    channel = os.dup(_OUTPUT)
    os.dup2(_LOG, _OUTPUT)  # whatever prints, prints into the log
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(writer)
    gc.freeze()  # what is shared with the workers stays so
    _write(channel, flows=describe(sys.argv[sys.argv.index(OPTION) + 1 :]))
    while True:
        ready = select.select([_INPUT, reader], [], [])[0]
        if reader in ready:
            os.read(reader, 1024)
            _report_ends(channel)
        if _INPUT in ready:
            asked = os.read(_INPUT, 1024)
            if not asked:
                sys.exit(0)
            for _ in asked.splitlines():
                template = os.getpid()
                if pid := os.fork():
                    _write(channel, forked=pid)
                    continue
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in (channel, reader, writer):
                    os.close(descriptor)
                _become_worker(template)
                return


def _write(channel: int, **message: Any) -> None:
    line = json.dumps(message).encode() + b"\n"
    while line:
        line = line[os.write(channel, line) :]


def _report_ends(channel: int) -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _write(channel, ended=ended[0], code=os.waitstatus_to_exitcode(ended[1]))


def _become_worker(template: int) -> None:
    """A session of its own, no input, and an end with the template. Where forks are not safe, its program anew."""
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _INPUT)
    os.close(nothing)
    die_with_parent(signal.SIGKILL, template)
    if sys.platform == "darwin":  # its frameworks end a fork that goes on without exec
        os.execv(sys.executable, [sys.executable, "-m", "server.worker"])  # noqa: S606 - our own program
