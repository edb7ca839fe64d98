"""The embedded PostgreSQL as homes have it: two at once, killed, left behind."""

import asyncio
import os
import signal
import tempfile
from asyncio.subprocess import Process
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from server.stack import postgres, wheel
from server.stack.process import identify


@pytest.fixture
def homes() -> Generator[tuple[Path, Path]]:
    """Two state folders that the unprivileged server may enter."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        pair = (Path(folder) / "one", Path(folder) / "two")
        for home in pair:
            home.mkdir()
        yield pair


async def directory_of(cluster: postgres.Cluster) -> str:
    async with await psycopg.AsyncConnection.connect(cluster.url("postgres")) as connection:
        row = await (await connection.execute("show data_directory")).fetchone()
    assert row is not None
    return str(row[0])


async def start_persistently(cluster: postgres.Cluster, log: Path) -> Process:
    """Start as the supervisor does: once more when it ends, since children of a killed server may still be ending."""
    for _ in range(5):
        process = await postgres.start(cluster, log, durable=False)
        up, ended = asyncio.create_task(postgres.wait(cluster)), asyncio.create_task(process.wait())
        await asyncio.wait({up, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        if up.done():
            up.result()
            return process
        up.cancel()
    raise AssertionError(log.read_text())


async def test_two_homes_do_not_disturb_each_other(homes: tuple[Path, Path]) -> None:
    """Two checkouts on one machine: two servers at once, each reached through its own home's address."""
    clusters = [postgres.locate(home) for home in homes]
    running = await asyncio.gather(*(postgres.start(one, one.data.parent / "log", durable=False) for one in clusters))
    try:
        for one in clusters:
            await postgres.wait(one)
            await postgres.ensure_database(one, "wzrd")
            await postgres.ensure_database(one, "wzrd")
            assert await directory_of(one) == str(one.data)
        await postgres.stop(running[0])
        assert await directory_of(clusters[1]) == str(clusters[1].data)
    finally:
        await asyncio.gather(*(postgres.stop(process) for process in running))


async def test_a_server_left_behind_is_ended_and_its_data_kept(homes: tuple[Path, Path]) -> None:
    """A new start ends what a killed supervisor left on its cluster, also after a kill -9 of the server itself."""
    cluster = postgres.locate(homes[0])
    left = await postgres.start(cluster, homes[0] / "log", durable=False)
    await postgres.wait(cluster)
    await postgres.ensure_database(cluster, "wzrd")
    await postgres.clear(cluster)
    assert await left.wait() == 0
    killed = await postgres.start(cluster, homes[0] / "log", durable=False)
    await postgres.wait(cluster)
    os.kill(killed.pid, signal.SIGKILL)
    await killed.wait()
    await postgres.clear(cluster)
    again = await start_persistently(cluster, homes[0] / "log")
    try:
        async with await psycopg.AsyncConnection.connect(cluster.url("wzrd")) as connection:
            await connection.execute("select 1")
    finally:
        await postgres.stop(again)


async def test_a_strangers_pid_in_the_pid_file(homes: tuple[Path, Path]) -> None:
    """A pid file whose number belongs to another program by now: that one lives on, and the server starts."""
    cluster = postgres.locate(homes[0])
    await postgres.initialise(cluster)
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    await postgres.clear(cluster)
    assert identify(os.getpid()) is not None
    assert not (cluster.data / "postmaster.pid").exists()


async def test_a_half_made_cluster_is_made_anew(homes: tuple[Path, Path]) -> None:
    """An initdb that was killed in the middle leaves something that the next start replaces."""
    cluster = postgres.locate(homes[0])
    await postgres.initialise(cluster)
    (cluster.data / "global" / "pg_control").unlink()
    await postgres.initialise(cluster)
    assert (cluster.data / "global" / "pg_control").exists()


async def test_a_long_home_has_a_short_socket(homes: tuple[Path, Path]) -> None:
    """A unix socket's path is short at most; a long home gets a private folder elsewhere, the same one each time."""
    home = homes[0] / ("long" * 30)
    home.mkdir()
    cluster = postgres.locate(home)
    assert len(os.fsencode(cluster.socket)) <= postgres.SOCKET_PATH_LIMIT
    assert postgres.locate(home) == cluster
    await postgres.initialise(cluster)
    try:
        assert cluster.socket.stat().st_mode & 0o077 == 0
    finally:
        cluster.socket.rmdir()


async def test_a_socket_folder_of_somebody_elses(homes: tuple[Path, Path]) -> None:
    """A link laid where the socket's folder belongs (its name can be guessed) is refused, and not followed."""
    target = homes[1]
    before = target.stat()
    socket = homes[0] / "s"
    socket.symlink_to(target)
    with pytest.raises(RuntimeError, match="belongs to somebody else"):
        await postgres.initialise(postgres.Cluster(homes[0] / "data", socket))
    after = target.stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)


def test_prefects_extension_is_there() -> None:
    """Prefect's server needs pg_trgm, and other wheels lack it."""
    assert wheel.has_extension("pg_trgm")
    assert not wheel.has_extension("no_such_extension")
