"""WZRD_HOME: the folder, the lock that one supervisor holds, and what a killed supervisor left behind."""

import fcntl
import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from server.stack.errors import StackError
from server.stack.parts import ORDER
from server.stack.process import end_recorded
from server.stack.state import State


def prepare(home: Path) -> None:
    """Make the folder. Others may pass through it (the unprivileged PostgreSQL must); what is secret in it is 0600.

    Raises:
        StackError: it cannot be made or written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o755)
        (home / "logs").mkdir(exist_ok=True, mode=0o700)
        (home / "prefect").mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise StackError(f"the state folder {home} cannot be used: {error}", remedy="set WZRD_HOME") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise StackError(f"the state folder {home} cannot be written", remedy="set WZRD_HOME")


@contextmanager
def locked(home: Path) -> Generator[None]:
    """Hold the home for one supervisor; the kernel lets go of it when the process ends, however it ends.

    Raises:
        StackError: another supervisor holds it.
    """
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StackError(
            f"wzrd runs already in {home}", remedy="see `wzrd status`; stop it with `wzrd down`"
        ) from error
    try:
        yield
    finally:
        os.close(descriptor)


async def clear_leftovers(state: State | None) -> list[str]:
    """End what an earlier supervisor recorded and could not stop; returns the names of the parts that still lived."""
    ended: list[str] = []
    for name in reversed(ORDER):
        part = state.parts.get(name) if state else None
        if part is None or part.process is None:
            continue
        is_database = name == "postgres"
        first = signal.SIGINT if is_database else signal.SIGTERM
        seconds = 15.0 if is_database else 3.0
        if await end_recorded(part.process, first=first, seconds=seconds, group=not is_database):
            ended.append(name)
    return ended
