"""The database under machines that work: behind a pooler, too few connections, a primary that dies."""

import asyncio
import logging
import signal
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from server.stack import postgres
from server.stack.account import chown_data
from server.stack.wheel import readable_binaries
from tests.acceptance.conftest import wzrd
from tests.acceptance.machines.conftest import Place
from tests.acceptance.machines.rig import NAME, machines_of
from tests.acceptance.machines.work import PATIENCE, begin, check_rounds, is_drafting
from tests.database import Database
from tests.pgbouncer import needs_pgbouncer, pooler
from tests.waiting import answer_of, until

log = logging.getLogger(__name__)


@pytest.mark.storm
@needs_pgbouncer
async def test_behind_pgbouncer(place: Place, tmp_path: Path) -> None:
    """Transaction mode: nobody is notified, sweeps and polls find all; prepared statements are the pooler's matter."""
    async with pooler(postgres.locate(place.stack.home), default_pool_size=6) as at:
        behind = {**place.shared, "WZRD_DATABASE_URL": f"{at}/{NAME}"}
        async with machines_of(place.stack, behind, tmp_path, ("api1", "api2", "worker1")) as (stack, _):
            rounds = [await begin(stack) for _ in range(2)]
            await asyncio.gather(*(one.to_the_end() for one in rounds))
            await check_rounds(stack, place.fakes, rounds)


@pytest.mark.storm
async def test_one_connection_a_process(place: Place, tmp_path: Path) -> None:
    """Eight clients at two processes whose pools have one connection each: slow or 503, and all of it is made."""
    few = {**place.shared, "WZRD_POOL_SIZE": "1"}
    async with machines_of(place.stack, few, tmp_path, ("api1", "worker1")) as (stack, _):
        rounds = [await begin(stack) for _ in range(8)]
        await asyncio.gather(*(one.to_the_end() for one in rounds))
        await check_rounds(stack, place.fakes, rounds)


def sockets(*of: Database) -> str:
    """The address of whichever of these takes writes."""
    hosts = ",".join(str(one.cluster.socket) for one in of)
    query = f"host={quote(hosts)}&passfile={quote(str(of[0].cluster.passfile))}&password="
    return f"postgresql://postgres@/postgres?{query}&target_session_attrs=read-write"


async def execute(database: Database, statement: str) -> object:
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as connection:
        answered = await connection.execute(statement.encode())
        row = await answered.fetchone() if answered.description else None
        return row and row[0]


@asynccontextmanager
async def primary_and_standby() -> AsyncGenerator[tuple[Database, Database]]:
    """Two servers; what the first has committed, the second has too (synchronous replication)."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        async with _both(folder) as servers:
            yield servers


@asynccontextmanager
async def _both(folder: Path) -> AsyncGenerator[tuple[Database, Database]]:
    first = Database(postgres.Cluster(folder / "a" / "data", folder / "a" / "s"), folder / "a.log")
    secret = first.cluster.passfile
    second = Database(postgres.Cluster(folder / "b" / "data", folder / "b" / "s", secret=secret), folder / "b.log")
    for one in (first, second):
        one.cluster.data.parent.mkdir(mode=0o755)
    try:
        await start(first)
        password = secret.read_text().strip().rpartition(":")[2]
        source = f"host={first.cluster.socket} user=postgres password={password}"
        program = readable_binaries() / "pg_basebackup"
        command = (program, "-D", second.cluster.data, "-d", source, "-R", "-X", "stream", "-c", "fast")
        copying = await asyncio.create_subprocess_exec(*command)
        assert await copying.wait() == 0
        if first.cluster.runs_as is not None:
            chown_data(second.cluster.data, first.cluster.runs_as)
        await start(second)
        await execute(first, "alter system set synchronous_standby_names = '*'")
        await execute(first, "select pg_reload_conf()")
        state = "select sync_state from pg_stat_replication"
        await answer_of(lambda: execute(first, state), lambda found: found == "sync")
        yield first, second
    finally:
        for one in (second, first):
            await one.stop(signal.SIGQUIT)


async def start(database: Database) -> None:
    """Start it with durability: a commit that is no commit cannot be copied."""
    database.process = await postgres.start(database.cluster, database.log)
    await postgres.wait(database.cluster)


@pytest.mark.storm
async def test_the_standby_takes_over(place: Place, tmp_path: Path) -> None:
    """The primary is killed in mid-work and its standby promoted: streams go on, nothing is lost or paid twice."""
    async with primary_and_standby() as (first, second):
        shared = {**place.shared, "WZRD_DATABASE_URL": sockets(first, second)}
        ended = await asyncio.to_thread(wzrd, shared, "prepare")
        assert ended.returncode == 0, ended.stderr
        async with machines_of(place.stack, shared, tmp_path, ("api1", "worker1", "worker2")) as (stack, _):
            rounds = [await begin(stack) for _ in range(2)]
            working = [asyncio.create_task(one.to_the_end()) for one in rounds]
            await until(lambda: all(is_drafting(one) for one in rounds), seconds=PATIENCE)
            await first.stop(signal.SIGKILL)
            await asyncio.sleep(5)  # until somebody has noticed, as long as a watchdog takes
            await execute(second, "select pg_promote()")
            await execute(second, "alter system reset synchronous_standby_names")
            await execute(second, "select pg_reload_conf()")
            begun = asyncio.get_running_loop().time()
            await asyncio.gather(*working)
            log.warning("all ended %.0f s after the promotion", asyncio.get_running_loop().time() - begun)
            await stack.runtime.engine.dispose()
            await check_rounds(stack, place.fakes, rounds)
