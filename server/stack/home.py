"""WZRD_HOME: the folder, the lock that one supervisor holds, and what a killed supervisor left behind."""

import fcntl
import os
import signal
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from server.stack.account import PASSAGE, are_root, find_account
from server.stack.errors import StackError
from server.stack.parts import ORDER
from server.stack.postgres import MARK_FILE, find_data
from server.stack.process import end_recorded
from server.stack.state import AUTH_FILE, SECRET_FILE, StackState
from wzrd.folders import PRIVATE, make_private

_INSIDE = ("logs", "prefect", "media", "work")
_MARKS = {"lock", "state.json", SECRET_FILE, AUTH_FILE, MARK_FILE, "pgpass"}
"""Files by which a folder is known as a home."""


def prepare(home: Path) -> None:
    """Make the folder and what lies in it private (0700), also where an earlier version left it open.

    As root it may be 0710 in the group of the user whom PostgreSQL runs as, who must reach the data inside.

    Raises:
        StackError: it cannot be made, written or closed, or it is a folder that others use for something else.
    """
    try:
        make_private(home)
        _close(home, _passage(home) if are_root() else PRIVATE)
        for name in ("logs", "prefect"):
            (home / name).mkdir(exist_ok=True, mode=PRIVATE)
        for folder in (home / name for name in _INSIDE):
            if folder.is_dir() and not folder.is_symlink():  # a link leads to an operator's own folder
                folder.chmod(PRIVATE)
    except OSError as error:
        raise StackError(f"the state folder {home} cannot be used: {error}", remedy="set WZRD_HOME") from error
    if not os.access(home, os.W_OK | os.X_OK):
        raise StackError(f"the state folder {home} cannot be written", remedy="set WZRD_HOME")


def _passage(home: Path) -> int:
    """The mode of root's home: 0710 once it is in the group of the server's user, who may be running in it now."""
    found = find_data(home)
    inside = found is not None and found.parent.parent == home
    if found is None or not inside:
        return PRIVATE
    account = find_account(found)
    return PASSAGE if account is not None and home.stat().st_gid == account.gid else PRIVATE


def _close(home: Path, mode: int) -> None:
    """Take from others what `mode` does not give them, if the folder is ours to close."""
    found = home.stat()
    if not found.st_mode & 0o077 & ~mode:
        return
    names = {inner.name for inner in home.iterdir()}
    ours = not names - _MARKS - {*_INSIDE, "postgres"} or names & _MARKS
    if found.st_mode & stat.S_ISVTX or not ours:
        remedy = f"set WZRD_HOME to a folder of its own, or close this one: chmod 700 {home}"
        raise StackError(f"the state folder {home} is open to other users and holds other things", remedy=remedy)
    home.chmod(mode)


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


async def clear_leftovers(state: StackState | None) -> list[str]:
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
