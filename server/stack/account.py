"""As whom the embedded PostgreSQL runs, and the folders that belong to it.

PostgreSQL refuses to run as root. When we are root it runs as a user of its own (`wzrd up --system-user NAME`), as
whoever owns the cluster already, or else as `nobody`, which other programs use too. When we are not root: as we do.
"""

import contextlib
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from wzrd.folders import PRIVATE, make_private

UNPRIVILEGED = "nobody"
ROOT_DATA = Path("/var/lib/wzrd")  # where root's data goes when the server cannot reach the home
PASSAGE = 0o710  # root's folders above the data: their group, the server's, may pass through and see nothing
_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine that is not root."""

    uid: int
    gid: int
    name: str


def are_root() -> bool:
    """True if we are root, so that the server must be somebody else."""
    return os.geteuid() == 0


def find_account(data: Path, system_user: str | None = None) -> Account | None:
    """Whom the server of `data` runs as; None when that is us. A `system_user` that is missing is made.

    Raises:
        RuntimeError: a system user without root, or one that cannot be, or no `nobody`.
    """
    if not are_root():
        if system_user:
            raise RuntimeError(f"--system-user {system_user}: only root can run PostgreSQL as another user")
        return None
    if system_user:
        return _system_account(system_user)
    owner = _owner(data)
    if owner is not None:
        return owner
    found = _lookup(UNPRIVILEGED)
    if found is None:
        raise RuntimeError(f"this machine has no user {UNPRIVILEGED}: name one with `wzrd up --system-user NAME`")
    return found


def _owner(data: Path) -> Account | None:
    """The owner of an existing cluster, unless it is root (an interrupted start)."""
    try:
        found = data.stat()
    except OSError:
        return None
    if found.st_uid == 0:
        return None
    try:
        name = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:  # made in another container, say
        name = str(found.st_uid)
    return Account(found.st_uid, found.st_gid, name)


def _lookup(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_uid, entry.pw_gid, name)


def _system_account(name: str) -> Account:
    if not _NAME.fullmatch(name):
        raise RuntimeError(f"--system-user {name!r} is no user's name: lower-case letters, digits, - and _")
    found = _lookup(name) or _make_user(name)
    if found.uid == 0:
        raise RuntimeError(f"--system-user {name}: PostgreSQL refuses to run as root; name another user")
    return found


_MAKERS = {
    "useradd": "--system --user-group --no-create-home --home-dir /nonexistent --shell /bin/false",
    "adduser": "--system --disabled-password --no-create-home --home /nonexistent --shell /bin/false",
}
"""Options that make a system user without home and shell; adduser as Debian and BusyBox both read it."""


def user_command(name: str) -> list[str] | None:
    """Command that makes the system user `name` on this machine; None when nothing here does."""
    found = ((shutil.which(program), options) for program, options in _MAKERS.items())
    return next(([path, *options.split(), name] for path, options in found if path), None)


def _make_user(name: str) -> Account:
    command = user_command(name)
    if command is None:
        raise RuntimeError(f"there is no user {name}, and neither useradd nor adduser to make it: make it yourself")
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # a checked name
    found = _lookup(name)
    if found is None:
        said = (made.stderr or made.stdout).strip() or f"exit code {made.returncode}"
        raise RuntimeError(f"the user {name} cannot be made: {said}; make it yourself, or name another")
    return found


def traversable(path: Path) -> bool:
    """True if every folder above `path` lets any user pass."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


def make_passable(path: Path) -> None:
    """Make a folder that others may pass through, where there is none."""
    if not path.exists():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)  # whatever our umask says


def allow_traversal(folder: Path, account: Account) -> None:
    """Let the server's group, and nobody else, through a folder of root's that leads to its data.

    Raises:
        RuntimeError: it is a link: whoever laid it would have us change another folder.
    """
    make_passable(folder.parent)
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise RuntimeError(f"{folder} is no folder, or a link ({error.strerror}): make it a folder") from error
    try:
        os.fchown(descriptor, -1, account.gid)
        os.fchmod(descriptor, PASSAGE)
    finally:
        os.close(descriptor)


def own(path: Path, account: Account | None) -> None:
    """Make `path` the server's own private folder.

    Raises:
        RuntimeError: somebody else made it first (names in the temporary folder can be guessed).
    """
    (make_private if account is None else make_passable)(path.parent)
    uid = os.getuid() if account is None else account.uid
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=PRIVATE)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise RuntimeError(_foreign(path)) from error
    try:
        found = os.fstat(descriptor)
        if found.st_uid not in {uid, os.getuid()}:
            raise RuntimeError(_foreign(path))
        if account is not None:
            os.fchown(descriptor, uid, account.gid)
        os.fchmod(descriptor, PRIVATE)
    finally:
        os.close(descriptor)


def _foreign(path: Path) -> str:
    return f"{path} belongs to somebody else: remove it, or set WZRD_HOME to a shorter path"


def chown_data(data: Path, account: Account) -> None:
    """Give a stopped cluster to another user. An interrupted one is repeated: the top folder changes hands last.

    Its former owner may have put anything there, so each file is opened first, without following a link, and changes
    hands only when it was the former owner's.

    Raises:
        RuntimeError: a link leads out of it.
    """
    former = data.stat().st_uid
    for _, folders, files, descriptor in os.fwalk(data, follow_symlinks=False):
        for name in (*folders, *files):
            _change_owner(name, descriptor, former, account)
    _change_owner(data, None, former, account)


def _change_owner(name: str | Path, folder: int | None, former: int, account: Account) -> None:
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        raise RuntimeError(f"the cluster cannot be given to {account.name}: {name}: {error.strerror}") from error
    try:
        if os.fstat(descriptor).st_uid == former:
            os.fchown(descriptor, account.uid, account.gid)
    finally:
        os.close(descriptor)
