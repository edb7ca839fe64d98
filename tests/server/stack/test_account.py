"""As whom PostgreSQL runs, and how a cluster changes hands."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from server.stack import postgres
from server.stack.account import (
    UNPRIVILEGED,
    Account,
    allow_traversal,
    are_root,
    chown_data,
    find_account,
    own,
    user_command,
)

root_only = pytest.mark.skipif(not are_root(), reason="only root gives files to others")


def other_user() -> Account:
    """A system user that every machine has, in the part of a dedicated one."""
    entry = pwd.getpwnam("daemon")
    return Account(entry.pw_uid, entry.pw_gid, "daemon")


async def one_life(cluster: postgres.Cluster, statement: LiteralString) -> tuple[object, ...]:
    """Start the server, run one statement, stop it."""
    process = await postgres.start(cluster, cluster.data.with_name("log"), durable=False)
    try:
        await postgres.wait(cluster)
        async with await psycopg.AsyncConnection.connect(cluster.url("postgres"), autocommit=True) as connection:
            row = await (await connection.execute(statement)).fetchone()
        assert row is not None
        return row
    finally:
        await postgres.stop(process)


@root_only
async def test_a_home_is_given_to_a_user_of_its_own(reachable: Path) -> None:
    """A cluster of `nobody`'s goes to the user named, rows and all; later starts keep that user without being told."""
    home = reachable / "home"
    first = postgres.locate(home)
    assert first.account is not None
    assert first.account.name == UNPRIVILEGED
    made = "with made as (select lo_from_bytea(4711, 'kept')) select * from made"
    assert await one_life(first, made) == (4711,)
    named = postgres.locate(home, system_user=other_user().name)
    assert await one_life(named, "select convert_from(lo_get(4711), 'UTF8')") == ("kept",)
    owners = {path.lstat().st_uid for path in (named.data, *named.data.rglob("*"), named.socket)}
    assert owners == {other_user().uid}
    assert home.stat().st_gid == other_user().gid
    again = postgres.locate(home)
    assert again.account == other_user()
    assert await one_life(again, "select 3") == (3,)


@root_only
def test_only_what_the_former_owner_had_changes_hands(tmp_path: Path) -> None:
    """A hard link to root's file, laid by the former owner, stays root's."""
    data, kept = tmp_path / "data", tmp_path / "kept"
    (data / "base").mkdir(parents=True)
    (data / "base" / "1").write_text("row")
    kept.write_text("root's")
    former = pwd.getpwnam(UNPRIVILEGED)
    for path in (data, data / "base", data / "base" / "1"):
        os.chown(path, former.pw_uid, former.pw_gid)
    os.link(kept, data / "base" / "2")
    chown_data(data, other_user())
    assert kept.stat().st_uid == 0
    assert {path.stat().st_uid for path in (data, data / "base", data / "base" / "1")} == {other_user().uid}


@root_only
@pytest.mark.parametrize("target", ["file", "folder"])
def test_a_link_in_a_cluster_is_not_followed(tmp_path: Path, target: str) -> None:
    """A link that leads out of the cluster ends the hand-over; what it leads to, and the cluster, keep their owners."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("root's")
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, pwd.getpwnam(UNPRIVILEGED).pw_uid, -1)
    (data / "link").symlink_to(tmp_path / target)
    with pytest.raises(RuntimeError, match="link"):
        chown_data(data, other_user())
    assert (tmp_path / target).stat().st_uid == 0
    assert data.stat().st_uid == pwd.getpwnam(UNPRIVILEGED).pw_uid


@root_only
def test_a_linked_folder_is_not_opened_to_the_server(tmp_path: Path) -> None:
    """A link laid where a folder leads to the data is refused; the folder behind it keeps mode and group."""
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    before = target.stat()
    (tmp_path / "postgres").symlink_to(target)
    with pytest.raises(RuntimeError, match="make it a folder"):
        allow_traversal(tmp_path / "postgres", other_user())
    assert (target.stat().st_mode, target.stat().st_gid) == (before.st_mode, before.st_gid)


def test_a_private_folder_that_is_open_is_closed(tmp_path: Path) -> None:
    """A folder of the server's that was left open is 0700 after the next start."""
    folder = tmp_path / "inside" / "s"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    own(folder, None)
    assert folder.stat().st_mode & 0o777 == 0o700


@root_only
@pytest.mark.parametrize(
    ("name", "says"),
    [("root", "refuses to run as root"), ("-o", "no user's name"), ("a b", "no user's name"), ("A", "no user's name")],
)
def test_a_user_that_cannot_be(tmp_path: Path, name: str, says: str) -> None:
    """Root itself, and names that no user has or that are options of useradd: told, and nothing is run."""
    with pytest.raises(RuntimeError, match=says):
        find_account(tmp_path, name)


@root_only
def test_without_useradd_a_missing_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without useradd and adduser, or where they fail: the name and what to do, and no user."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"no user wzrd-none, and neither useradd nor adduser .* make it yourself"):
        find_account(tmp_path, "wzrd-none")
    program = tmp_path / "useradd"
    program.write_text("#!/bin/sh\necho cannot lock /etc/passwd >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(RuntimeError, match="wzrd-none cannot be made: cannot lock /etc/passwd"):
        find_account(tmp_path, "wzrd-none")


@root_only
@pytest.mark.skipif(shutil.which("useradd") is None, reason="needs useradd")
def test_useradd_makes_a_system_user(tmp_path: Path) -> None:
    """The real useradd, in a system folder of the test's own: a user below 1000 without a home or a shell."""
    (tmp_path / "etc").mkdir()
    for name in ("passwd", "group", "shadow", "gshadow"):
        (tmp_path / "etc" / name).write_text("")
    command = user_command("wzrd-db")
    assert command is not None
    subprocess.run([*command[:-1], "--prefix", str(tmp_path), command[-1]], check=True, capture_output=True)
    name, _, uid, _, _, folder, shell = (tmp_path / "etc" / "passwd").read_text().strip().split(":")
    assert (name, folder, shell) == ("wzrd-db", "/nonexistent", "/bin/false")
    assert 0 < int(uid) < 1000
    assert not (tmp_path / "nonexistent").exists()


@pytest.mark.skipif(are_root(), reason="root may")
def test_only_root_names_a_user(tmp_path: Path) -> None:
    """Who is not root cannot run PostgreSQL as another user, and is told."""
    with pytest.raises(RuntimeError, match="only root"):
        find_account(tmp_path, "daemon")
