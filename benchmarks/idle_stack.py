"""A stack that nobody uses: processor time and memory of each process over ten quiet minutes (SECONDS).

The peer is what somebody has who runs Prefect alone, idle in the very same minutes: `prefect server start` on the same
kind of PostgreSQL and one `prefect worker start`, with their default settings. It has no API, no rows and no films.
OLD names a checkout of an older version: that is then the peer, its whole stack idle in the very same minutes.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.figures import Measure
from benchmarks.ground import folder, free_port, plain_environment, running, until_up
from benchmarks.processes import MIB
from benchmarks.stack import whole_stack, wzrd
from server.stack import postgres
from server.stack.state import read_state

SECONDS = float(os.environ.get("SECONDS", "600"))
SETTLE_SECONDS = float(os.environ.get("SETTLE_SECONDS", "90"))
"""From the start until a stack is quiet: what is imported late, the first rounds of everything."""
SHARE = 0.045
"""Of one core; twice that is what it took before anybody counted."""
OLD = Path(os.environ["OLD"]).resolve() if os.environ.get("OLD") else None


@dataclass(frozen=True, slots=True)
class Used:
    """Of a process and its descendants: processor seconds since their start, MiB of memory, shared parts shared."""

    seconds: float
    mebibytes: float


def use_of(leaders: Collection[int]) -> dict[int, Used]:
    """Use of each of these processes, with the descendants that are nearer to it than to another of them."""
    used = dict.fromkeys(leaders, Used(0.0, 0.0))
    for one in psutil.process_iter():
        with suppress(psutil.Error):  # it has ended meanwhile
            leader = next((each.pid for each in (one, *one.parents()) if each.pid in used), None)
            if leader is not None:
                seconds = sum(one.cpu_times()[:4])  # its own and that of its children who have ended
                before, mebibytes = used[leader], one.memory_full_info().pss / MIB
                used[leader] = Used(before.seconds + seconds, before.mebibytes + mebibytes)
    return used


def parts_of(home: Path) -> dict[str, int]:
    """The process of each part, and the supervisor."""
    state = read_state(home)
    assert state is not None
    assert state.supervisor is not None
    parts = {name: part.process.pid for name, part in state.parts.items() if part.process}
    return {**parts, "supervisor": state.supervisor.pid}


@asynccontextmanager
async def _stock(home: Path) -> AsyncGenerator[dict[str, int]]:
    """Prefect alone: server, worker and database."""
    cluster = postgres.Cluster(home / "stock-data", home / "stock-s")
    database = await postgres.start(cluster, home / "stock.log", durable=True)
    try:
        await postgres.wait(cluster)
        await postgres.ensure_database(cluster, "prefect")
        port = free_port()
        environment = plain_environment() | {
            "PREFECT_HOME": str(home / "stock"),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": cluster.url("prefect", driver="postgresql+asyncpg"),
            "PREFECT_PLUGINS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        serving = ("-m", "prefect", "server", "start", "--port", str(port))
        polling = ("-m", "prefect", "worker", "start", "--pool", "stock", "--type", "process")
        async with running(*serving, environment=environment) as server:
            await until_up(f"{environment['PREFECT_API_URL']}/health", seconds=180)
            async with running(*polling, environment=environment) as working:
                yield {"prefect": server, "worker": working, "postgres": database.pid}
    finally:
        await postgres.stop(database)


@asynccontextmanager
async def _old(home: Path, checkout: Path) -> AsyncGenerator[dict[str, int]]:
    """The stack of another checkout, by the packages of this one."""
    own = {"WZRD_HOME": str(home / "old"), "WZRD_PORT": str(free_port()), "WZRD_STANDBY_WORKER": "never"}
    environment = plain_environment() | own | {"PYTHONPATH": str(checkout)}
    await wzrd(environment, "up", "--detach", checkout=checkout)
    try:
        yield parts_of(home / "old")
    finally:
        await wzrd(environment, "down", checkout=checkout)


async def measure() -> list[Measure]:
    """Both at once, so that they have the same machine."""
    async with folder() as home, whole_stack(home), _old(home, OLD) if OLD else _stock(home) as stock:
        ours = parts_of(home / "home")
        await asyncio.sleep(SETTLE_SECONDS)
        before = use_of([*ours.values(), *stock.values()])
        await asyncio.sleep(SECONDS)
        after = use_of(before)
    spent = {pid: after[pid].seconds - before[pid].seconds for pid in before}
    figures = [_of_part(name, spent[pid], spent.get(stock.get(name, 0))) for name, pid in sorted(ours.items())]
    total, stock_total = sum(spent[pid] for pid in ours.values()), sum(spent[pid] for pid in stock.values())
    limit = SHARE * SECONDS
    memory, stock_memory = (sum(after[pid].mebibytes for pid in part.values()) for part in (ours, stock))
    return [
        *figures,
        Measure(f"all, {SECONDS:.0f} s", total, stock_total, "CPU-s", f"<= {limit:.0f} CPU-s", total <= limit),
        Measure("memory of all", memory, stock_memory, "MiB", "", None),
    ]


def _of_part(name: str, seconds: float, stock: float | None) -> Measure:
    peer = "the old version's" if OLD else "stock Prefect's"
    return Measure(f"{name}, processor time / {peer}", seconds, stock, "CPU-s", "", None)
