"""Starting a supervisor that outlives us, and ending one from outside."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server.stack import home as homes
from server.stack.environment import common_environment
from server.stack.errors import StackError
from server.stack.process import Identity, end_recorded, identify, open_log, tail
from server.stack.state import read_state
from server.stack.supervisor import Notice, Report

STOP_SECONDS = 60.0  # the supervisor's own limits for its parts are shorter


@asynccontextmanager
async def _reading(descriptor: int) -> AsyncGenerator[asyncio.StreamReader]:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(descriptor, "rb"))
    try:
        yield reader
    finally:
        transport.close()


def _spawn(home: Path, environ: Mapping[str, str], options: Sequence[str]) -> tuple[Identity | None, int]:
    """The supervisor in a session of its own, holding nothing of ours but the pipe whose other end is returned.

    Not through asyncio, which kills the children that it still knows when it ends.
    """
    ours, theirs = os.pipe()
    sink = open_log(home / "logs" / "supervisor.log")
    arguments = [sys.executable, "-m", "server.stack", str(theirs), *options]
    try:
        process = subprocess.Popen(  # our own program
            arguments,
            env={**environ, **_own(environ, home)},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            pass_fds=[theirs],
            start_new_session=True,
        )
    finally:
        os.close(theirs)
        os.close(sink)
    return identify(process.pid), ours


def _own(environ: Mapping[str, str], home: Path) -> dict[str, str]:
    """Variables that the supervisor needs beyond our environment, which it hands on to its parts itself."""
    common = common_environment(environ, home, prefect_given=True)
    return {name: common[name] for name in ("PYTHONPATH", "PYTHONUNBUFFERED", "WZRD_HOME")}


async def _follow(reader: asyncio.StreamReader, report: Report, log: Path) -> None:
    """Pass the supervisor's notices on until all is up.

    Raises:
        StackError: it failed, or died without a word.
    """
    while line := await reader.readline():
        content: dict[str, Any] = json.loads(line)
        kind = content.pop("kind")
        if kind == "ready":
            return
        if kind == "failed":
            raise StackError(content["message"], remedy=f"{content['remedy']}\nlog: {log}".strip())
        report(Notice(**content))
    raise StackError("the supervisor ended without a word", remedy=f"log: {log}\n{tail(log)}".rstrip())


async def start_detached(
    home: Path,
    environ: Mapping[str, str],
    report: Report,
    *,
    port: int | None = None,
    system_user: str | None = None,
    reset_deployments: bool = False,
) -> None:
    """Start a supervisor in `home` (absolute) and return when all its parts answer; it holds none of our files.

    Raises:
        StackError: a part did not come up; nothing is left running.
    """
    homes.prepare(home)
    named = {"--port": port, "--system-user": system_user}
    options = [f"{name}={value}" for name, value in named.items() if value is not None]
    options += ["--reset-deployments"] if reset_deployments else []
    supervisor, descriptor = _spawn(home, environ, options)
    try:
        async with _reading(descriptor) as reader:
            await _follow(reader, report, home / "logs" / "supervisor.log")
    except BaseException:  # also Ctrl-C: what we started ends with us
        if supervisor is not None:
            await asyncio.shield(end_recorded(supervisor, seconds=STOP_SECONDS, group=False))
        raise


async def stop(home: Path) -> bool:
    """Stop the stack of `home`, whoever started it, and whatever a killed supervisor left of it.

    Returns False when nothing ran.
    """
    state = read_state(home)
    if state is None:
        return False
    stopped = False
    if state.supervisor is not None:
        stopped = await end_recorded(state.supervisor, first=signal.SIGTERM, seconds=STOP_SECONDS, group=False)
    left = await homes.clear_leftovers(read_state(home))
    return stopped or bool(left)
