"""Who gets into the embedded PostgreSQL: nobody without the home's password, which stands in one private file only."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from server.stack import access, postgres
from server.stack.account import are_root
from tests.files import files_holding
from wzrd.db.engine import open_engine

ATTEMPT = """
import os, sys, psycopg
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]))
for address in sys.argv[3:]:
    try:
        psycopg.connect(address, connect_timeout=60).close()
    except psycopg.OperationalError as error:
        print("refused:", str(error).replace(chr(10), " "))
    else:
        print("let in")
"""


@asynccontextmanager
async def running(cluster: postgres.Cluster) -> AsyncGenerator[int]:
    """The server of `cluster`, and its pid."""
    process = await postgres.start(cluster, cluster.data.with_name("log"), durable=False)
    try:
        await postgres.wait(cluster)
        yield process.pid
    finally:
        await postgres.stop(process)


def attempt(cluster: postgres.Cluster, *addresses: str) -> list[str]:
    """Words of the server to whoever comes as its own user, who may enter the socket's folder."""
    account = cluster.runs_as
    uid, gid = (account.uid, account.gid) if account else (os.getuid(), os.getgid())
    command = [sys.executable, "-c", ATTEMPT, str(uid), str(gid), *addresses]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=plain | {"HOME": "/"})
    return done.stdout.splitlines()


async def trust_everybody(cluster: postgres.Cluster) -> None:
    """Make the cluster as an earlier version left it: no password, everybody trusted; and one table."""
    async with running(cluster):
        async with await psycopg.AsyncConnection.connect(cluster.url("postgres"), autocommit=True) as connection:
            await connection.execute("create table kept as select 7 as number")
            await connection.execute("alter role postgres password null")
        (cluster.data / "pg_hba.conf").write_text("local all all trust\n")
    cluster.passfile.unlink()


async def test_nobody_gets_in_without_the_password(reachable: Path) -> None:
    """Whoever runs as the server's user reaches its socket, and is refused: as superuser, as themselves, by guessing.

    As root the server's user is `nobody`, whom any program may run as: it can not read the file of the password either.
    """
    cluster = postgres.locate(reachable / "home")
    async with running(cluster):
        host = f"host={cluster.socket} connect_timeout=60"
        who = pwd.getpwuid((cluster.data).stat().st_uid).pw_name
        addresses = [f"{host} dbname=postgres user={name}" for name in ("postgres", who)]
        addresses += [f"{host} dbname=postgres user=postgres password={guess}" for guess in ("postgres", "x" * 43)]
        addresses += [f"{host} dbname=postgres user=postgres replication=database"]
        addresses += [cluster.url("postgres")] if are_root() else []
        said = attempt(cluster, *addresses)
        assert len(said) == len(addresses)
        assert all(line.startswith("refused:") and "password" in line for line in said), said


async def test_the_password_stands_in_its_file_only(reachable: Path) -> None:
    """Not in an address, the server's command line, environment, log or data: the file alone, 0600, has it."""
    cluster = postgres.locate(reachable / "home")
    async with running(cluster) as pid:
        password = access.ensure_password(cluster.passfile)
        assert len(password) >= 43
        assert password not in cluster.url("wzrd")
        assert attempt(cluster, f"host={cluster.socket} user=postgres password=wrong")[0].startswith("refused")
        for name in ("cmdline", "environ") if sys.platform == "linux" else ():
            assert password.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
    assert list(files_holding(reachable, password.encode())) == [cluster.passfile]
    assert cluster.passfile.stat().st_mode & 0o777 == 0o600


async def test_folders_are_private(reachable: Path) -> None:
    """Data and socket are 0700. Above them too, but that root lets the server's group through, which lists nothing."""
    home = reachable / "home"
    home.mkdir(mode=0o755)
    cluster = postgres.locate(home)
    async with running(cluster):
        for folder in (cluster.data, cluster.socket):
            assert folder.stat().st_mode & 0o777 == 0o700
        account = cluster.runs_as
        if account is None:
            assert cluster.data.parent.stat().st_mode & 0o777 == 0o700
            return
        for folder in (home, home / "postgres"):
            found = folder.stat()
            assert (found.st_mode & 0o777, found.st_uid, found.st_gid) == (0o710, 0, account.gid)


@pytest.mark.skipif(not are_root(), reason="only root's server is another user")
async def test_a_home_that_the_server_cannot_reach(tmp_path: Path) -> None:
    """Below a private folder root's data lie elsewhere, whatever the umask; home and password stay closed (0700)."""
    home = tmp_path / "home"
    tmp_path.chmod(0o700)
    home.mkdir(mode=0o700)
    before = os.umask(0o077)
    cluster = postgres.locate(home)
    try:
        async with running(cluster):
            assert attempt(cluster, f"host={cluster.socket} user=postgres dbname=postgres")[0].startswith("refused")
        assert cluster.data.parent.stat().st_mode & 0o777 == 0o710
        assert home.stat().st_mode & 0o777 == 0o700
        assert postgres.locate(home) == cluster
    finally:
        os.umask(before)
        assert not cluster.data.is_relative_to(home)
        shutil.rmtree(cluster.data.parent)


async def test_a_cluster_that_trusted_everybody_asks_for_a_password(reachable: Path) -> None:
    """An earlier version's home: the next start sets a password, the rows stay, and who has none is refused."""
    cluster = postgres.locate(reachable / "home")
    await trust_everybody(cluster)
    async with running(cluster):
        assert attempt(cluster, f"host={cluster.socket} user=postgres dbname=postgres")[0].startswith("refused")
        async with await psycopg.AsyncConnection.connect(cluster.url("postgres")) as connection:
            row = await (await connection.execute("select number from kept")).fetchone()
            assert row == (7,)


async def test_a_lost_password_is_made_anew(reachable: Path) -> None:
    """Without its file the next start makes another password; the old one opens nothing any more."""
    cluster = postgres.locate(reachable / "home")
    await postgres.initialise(cluster)
    old = access.ensure_password(cluster.passfile)
    cluster.passfile.unlink()
    async with running(cluster):
        assert access.ensure_password(cluster.passfile) != old
        said = attempt(cluster, f"host={cluster.socket} user=postgres dbname=postgres password={old}")
        assert said[0].startswith("refused")
        async with await psycopg.AsyncConnection.connect(cluster.url("postgres")) as connection:
            await connection.execute("select 1")


async def test_somebody_elses_rules_are_put_back(reachable: Path) -> None:
    """Rules that were changed to trust everybody, or laid as a link to another file: replaced, the file untouched."""
    cluster = postgres.locate(reachable / "home")
    await postgres.initialise(cluster)
    target = reachable / "target"
    target.write_text("local all all trust\n")
    rules = cluster.data / "pg_hba.conf"
    rules.unlink()
    rules.symlink_to(target)
    await postgres.initialise(cluster)
    assert not rules.is_symlink()
    assert target.read_text() == "local all all trust\n"
    assert rules.stat().st_uid == cluster.data.stat().st_uid
    assert "trust" not in rules.read_text()


async def test_a_password_in_our_own_environment_is_not_taken(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's PGPASSWORD belongs to another server: psycopg and SQLAlchemy connect with the home's own."""
    monkeypatch.setenv("PGPASSWORD", "another server's")
    cluster = postgres.locate(reachable / "home")
    async with running(cluster):
        engine = open_engine(cluster.url("postgres"))
        async with engine.connect() as connection:
            assert (await connection.execute(text("select 1"))).scalar_one() == 1
        await engine.dispose()


async def test_a_password_that_the_server_does_not_know_is_told(reachable: Path) -> None:
    """A superuser's password that was changed by hand: the start fails at once and names the file to remove."""
    cluster = postgres.locate(reachable / "home")
    process = await postgres.start(cluster, cluster.data.with_name("log"), durable=False)
    try:
        await postgres.wait(cluster)
        async with await psycopg.AsyncConnection.connect(cluster.url("postgres"), autocommit=True) as connection:
            await connection.execute("alter role postgres password 'another'")
        with pytest.raises(RuntimeError, match=r"pgpass: remove that file"):
            await postgres.wait(cluster)
    finally:
        await postgres.stop(process)


@pytest.mark.parametrize(
    "content", ["", "*:*:*:postgres:\n", "*:*:*:postgres:short\n", "a.host:5432:db:me:" + "p" * 40]
)
def test_a_file_that_is_not_ours_is_told(tmp_path: Path, content: str) -> None:
    """A pgpass of other content is neither used nor overwritten, and not shown."""
    passfile = tmp_path / "pgpass"
    passfile.write_text(content)
    with pytest.raises(RuntimeError, match="no password of ours") as caught:
        access.ensure_password(passfile)
    assert passfile.read_text() == content
    assert "p" * 40 not in str(caught.value)
