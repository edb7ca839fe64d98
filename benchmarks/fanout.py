"""From an event's commit to a client: 1,000 streams of 100 runs, ten each, an event a run every second.

The peer is the floor: NOTIFY carries the event itself and one process hands it to queues in memory. It keeps no log,
loses what was sent while a client was away, and holds 8,000 bytes at most. (Streams that poll would need 10,000
queries a second for a latency of 100 ms: that peer falls over and would flatter us.)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.append import leased_runs
from benchmarks.figures import Figure, percentile
from benchmarks.ground import Server, database, folder, open_stream, our_api, peer_api, raise_file_limit, token
from benchmarks.peers.api import CHANNEL
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import open_engine
from wzrd.db.events import append_events
from wzrd.db.listen import RUN_EVENTS, Notifier
from wzrd.db.run_leases import fence
from wzrd.domain.lease import Lease

RUNS = 100
FOLLOWERS = 10
WARM_UP_SECONDS = 3
SECONDS = 8
TARGET_MS = 150.0
MARK = b'"at":"'

Tell = Callable[[int, str], Awaitable[float]]
"""Tells run n an event with this mark; returns when it was committed (perf_counter)."""


class Arrivals:
    """When each event reached each of its followers."""

    def __init__(self) -> None:
        self.committed: dict[str, float] = {}
        self.seen: list[tuple[str, float]] = []

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Note the marks of a stream until it ends."""
        rest = b""
        while chunk := await reader.read(65536):
            now = time.perf_counter()
            *whole, rest = (rest + chunk).split(b"\n\n")
            for frame in whole:
                _, found, after = frame.partition(MARK)
                if found:
                    self.seen.append((after.partition(b'"')[0].decode(), now))

    def latencies_ms(self) -> list[float]:
        """Milliseconds from commit to receipt, of every delivery after the warm-up."""
        return [(now - self.committed[mark]) * 1000 for mark, now in self.seen if mark in self.committed]


async def _drive(on_progress: Tell, arrivals: Arrivals) -> None:
    """An event a run a second, spread evenly over the second, as that many workers would."""
    spacing, began = 1 / RUNS, time.perf_counter()
    telling: list[asyncio.Task[None]] = []

    async def one(number: int) -> None:
        mark = f"{number}"
        committed = await on_progress(number % RUNS, mark)
        if number >= WARM_UP_SECONDS * RUNS:
            arrivals.committed[mark] = committed

    for number in range((WARM_UP_SECONDS + SECONDS) * RUNS):
        await asyncio.sleep(max(0.0, began + number * spacing - time.perf_counter()))
        telling.append(asyncio.create_task(one(number)))
    await asyncio.gather(*telling)
    await asyncio.sleep(2.0)


async def _measured(server: Server, paths: Sequence[tuple[str, str]], on_progress: Tell) -> list[float]:
    arrivals = Arrivals()
    async with AsyncExitStack() as stack:
        gate = asyncio.Semaphore(50)

        async def follow(path: str, bearer: str) -> None:
            async with gate:
                reader, writer = await open_stream(server.port, path, bearer)
            stack.callback(writer.close)
            readers.append(asyncio.create_task(arrivals.read(reader)))

        readers: list[asyncio.Task[None]] = []
        await asyncio.gather(*(follow(*path) for path in paths))
        await _drive(on_progress, arrivals)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    latencies = arrivals.latencies_ms()
    expected = SECONDS * RUNS * FOLLOWERS
    if len(latencies) != expected:
        raise RuntimeError(f"{len(latencies)} deliveries of {expected}: something was lost or repeated")
    return latencies


def _ours(engine: AsyncEngine, notifier: Notifier, leases: Sequence[Lease]) -> Tell:
    async def tell(run: int, mark: str) -> float:
        lease = leases[run]
        async with engine.begin() as tx:
            await fence(tx, lease)
            await append_events(tx, lease.run_id, [NewEvent("node_progress", {"nodeId": "n", "at": mark})])
        committed = time.perf_counter()
        notifier.notify(RUN_EVENTS, lease.run_id)
        return committed

    return tell


def _floor(connection: "psycopg.AsyncConnection[tuple[object, ...]]") -> Tell:
    async def tell(run: int, mark: str) -> float:
        payload = f'topic-{run} {{"nodeId":"n","at":"{mark}"}}'
        await connection.execute("select pg_notify(%s, %s)", [CHANNEL, payload])
        return time.perf_counter()

    return tell


async def measure() -> list[Figure]:
    """The floor first, then ours, on the same PostgreSQL, from the same client process."""
    raise_file_limit(4096)
    async with folder() as home, database(home) as url, AsyncExitStack() as stack:
        engine = open_engine(url, application="bench")
        stack.push_async_callback(engine.dispose)
        leases = await leased_runs(engine, RUNS)
        async with peer_api(url) as peer, await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            paths = [(f"/fanout/topic-{n % RUNS}", "") for n in range(RUNS * FOLLOWERS)]
            theirs = await _measured(peer, paths, _floor(connection))
        async with our_api(url) as api:
            notifier = Notifier(engine)
            tokens = [token(lease.user_id) for lease in leases]
            paths = [
                (f"/functions/v1/runs/{leases[n % RUNS].run_id}/events?after=1", tokens[n % RUNS])
                for n in range(RUNS * FOLLOWERS)
            ]
            ours = await _measured(api, paths, _ours(engine, notifier, leases))
            await notifier.close()
    p99, floor = percentile(ours, 0.99), percentile(theirs, 0.99)
    return [
        Figure("commit to client, 1,000 streams, p99", p99, floor, "ms", "<= 150 ms", p99 <= TARGET_MS),
        Figure("the same, p50", percentile(ours, 0.5), percentile(theirs, 0.5), "ms", "", None),
    ]
