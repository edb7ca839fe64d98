"""Child processes: started on a leash in their own session, known by pid and start time, ended for certain.

A pid alone is nobody's identity (it is used again, in containers soon): only pid and start time together are.
"""

import asyncio
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from server.stack import child
from server.stack.account import Account
from server.stack.errors import StackError

LOG_BYTES = 5_000_000  # a larger log is put aside when its process starts again; one old log is kept
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, for ever: its pid and when it started (in the system's own notation)."""

    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class Command:
    """Command to run: arguments, environment, and open files that the child inherits under their numbers."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    inherited: Sequence[int] = ()


def _proc_stat(pid: int) -> tuple[str, str] | None:
    """State letter and start time (ticks since boot) of `pid` on Linux. The name in brackets may hold spaces."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], fields[19]


@functools.cache
def _boot() -> str:
    """A word that changes with every boot, so that ticks since boot mean one moment only."""
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text()[:8]
    except OSError:
        return ""


def identify(pid: int) -> Identity | None:
    """The process that has this pid now; None when there is none, or only its corpse."""
    if sys.platform == "linux":
        stat = _proc_stat(pid)
        return None if stat is None or stat[0] in "ZX" else Identity(pid, f"{_boot()}:{stat[1]}")
    listing = subprocess.run(  # a fixed program and a number
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return Identity(pid, listing.stdout.strip()) if listing.stdout.strip() else None


def is_alive(identity: Identity) -> bool:
    """True if that very process still runs."""
    return identify(identity.pid) == identity


def tie(death_signal: signal.Signals, program: str | Path, *arguments: str, user: Account | None = None) -> list[str]:
    """The command line of a child that gets `death_signal` when its parent dies, and runs as `user` (None: as we do).

    The kernel ties this to the thread that starts it: start children from a thread that lives as long as we do. Where
    the system has no such thing, a new start cleans up by recorded pids.
    """
    uid, gid = (str(user.uid), str(user.gid)) if user else (child.UNCHANGED, child.UNCHANGED)
    becoming = [sys.executable, "-I", "-S", child.__file__, str(int(death_signal)), str(os.getpid()), uid, gid]
    return [*becoming, str(program), *arguments]


def open_log(path: Path) -> int:
    """A descriptor that appends to the log at `path`; a log that has grown too large is put aside first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(path.suffix + ".1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def tail(path: Path, *, lines: int = 12) -> str:
    """The last lines of a log, for an error message."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, path.stat().st_size - 16_384))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


class Child(Protocol):
    """A process that can be waited for and signalled."""

    @property
    def pid(self) -> int:
        """Its number while it runs, and until it has been waited for."""
        ...

    @property
    def returncode(self) -> int | None:
        """The exit code, or the number of the signal that ended it as a negative one; None while it runs."""
        ...

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        ...

    def send_signal(self, signal: int, /) -> None:
        """Send it a signal, while it runs."""

    def kill(self) -> None:
        """End it at once."""


MESSAGE_BYTES = 1 << 24


async def spawn(command: Command, log: Path, *, piped: bool = False) -> Process:
    """Start a child in a session of its own, its output in `log`; it dies with its parent.

    `piped`: its input and output are pipes, for lines of at most 16 MiB, and `log` has its complaints alone.

    Raises:
        StackError: the program cannot be started.
    """
    program = command.arguments[0]
    if shutil.which(program) is None:
        raise StackError(f"{program} cannot be started: there is no such program")
    sink = open_log(log)
    try:
        return await asyncio.create_subprocess_exec(
            *tie(signal.SIGKILL, *command.arguments),
            env=dict(command.environment),
            cwd=command.folder,
            stdin=PIPE if piped else DEVNULL,
            stdout=PIPE if piped else sink,
            stderr=sink,
            pass_fds=tuple(command.inherited),
            start_new_session=True,
            limit=MESSAGE_BYTES,
        )
    finally:
        os.close(sink)


async def run_to_end(arguments: Sequence[str], *, stdin: bytes = b"", **more: Any) -> tuple[int, bytes, bytes]:
    """Exit code, output and complaints of a child that is given `stdin`; it is killed where nobody waits any more."""
    process = await asyncio.create_subprocess_exec(*arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, **more)
    try:
        output, complaint = await process.communicate(stdin)
    finally:
        if process.returncode is None:
            process.kill()
    return await process.wait(), output, complaint


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that our child led (it was started as a leader)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


async def end(process: Child, *, first: signal.Signals = signal.SIGTERM, seconds: float = 10.0) -> None:
    """Ask a child of ours to end, kill it when it takes too long, and sweep up its process group."""
    try:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(first)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await process.wait()
    finally:  # also when we are asked to stop at once
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        kill_group(process.pid)


async def end_recorded(
    identity: Identity, *, first: signal.Signals = signal.SIGTERM, seconds: float = 10.0, group: bool = True
) -> bool:
    """End a process that an earlier supervisor started and recorded; False when it is gone already.

    Nothing is sent unless pid and start time are the recorded ones.
    """
    if not is_alive(identity):
        return False
    for sent, limit in ((first, seconds), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(identity.pid, sent)
        if await _gone(identity, limit):
            break
    if group:
        kill_group(identity.pid)
    return True


async def _gone(identity: Identity, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while is_alive(identity):  # noqa: ASYNC110 - nobody tells about a process that is not our child
                await asyncio.sleep(0.02)
            return True
    return False
