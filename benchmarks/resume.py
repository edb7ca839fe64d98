"""1,000 random cuts, at any byte, of streams whose runs go on meanwhile: what is lost or repeated.

Each follower drops its connection without a word, often within a frame, and comes back after the last number that it
has seen whole. Peer: the floor of `fanout`, which keeps no log and loses what was sent while a follower was away.
"""

import asyncio
import os
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.append import leased_runs
from benchmarks.figures import Figure
from benchmarks.ground import Server, database, folder, open_stream, our_api, peer_api, token
from benchmarks.peers.api import CHANNEL
from wzrd.contracts.events import NewEvent
from wzrd.contracts.sse import SseReader
from wzrd.db.engine import open_engine
from wzrd.db.events import append_events
from wzrd.db.listen import RUN_EVENTS, Notifier
from wzrd.domain.lease import Lease

RUNS, EVENTS = 20, 400
MOST_BYTES = 1_000
CUTS = 1_000
SPACING = 0.02
FIRST = 2
"""The number of a run's first event of ours: its beginning is the one before."""


@dataclass(slots=True)
class Account:
    """What followers have seen in all."""

    cuts: int = 0
    seen: int = 0
    lost: int = 0
    repeated: int = 0


async def _follow(server: Server, lease: Lease, account: Account, chance: random.Random) -> None:
    """One run from its first event of ours to its last, through many connections."""
    last, end = FIRST - 1, FIRST - 1 + EVENTS
    while last < end:
        path = f"/functions/v1/runs/{lease.run_id}/events?after={last}"
        reader, writer = await open_stream(server.port, path, token(lease.user_id))
        frames, left = SseReader(), chance.randint(1, MOST_BYTES)
        while left and last < end and (chunk := await reader.read(left)):
            left -= len(chunk)
            for frame in frames.feed(chunk):
                number = int(frame.id or 0)
                account.seen += number > last
                account.repeated += number <= last
                account.lost += max(0, number - last - 1)
                last = max(last, number)
        account.cuts += last < end
        writer.transport.abort()


async def _tell(engine: AsyncEngine, notifier: Notifier, lease: Lease) -> None:
    for number in range(EVENTS):
        async with engine.begin() as tx:
            await append_events(tx, lease.run_id, [NewEvent("node_progress", {"nodeId": "n", "at": f"{number}"})])
        notifier.notify(RUN_EVENTS, lease.run_id)
        await asyncio.sleep(SPACING)


async def _floor(server: Server, url: str, chance: random.Random) -> int:
    """How many of as many events a follower misses that is cut as often; it cannot say where it stood."""
    seen = 0

    async def follow() -> None:
        nonlocal seen
        while True:
            reader, writer = await open_stream(server.port, "/fanout/topic-0")
            left = chance.randint(1, MOST_BYTES)
            while left and (chunk := await reader.read(left)):
                left -= len(chunk)
                seen += chunk.count(b"\n\n")
            writer.transport.abort()

    following = asyncio.create_task(follow())
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for number in range(EVENTS):
            payload = f'topic-0 {{"nodeId":"n","at":"{number}"}}'
            await connection.execute("select pg_notify(%s, %s)", [CHANNEL, payload])
            await asyncio.sleep(SPACING)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return EVENTS - seen


async def measure() -> list[Figure]:
    """The floor first, then ours."""
    chance, account = random.Random(os.environ.get("SEED", "1")), Account()
    async with folder() as home, database(home) as url, AsyncExitStack() as stack:
        engine = open_engine(url, application="bench")
        stack.push_async_callback(engine.dispose)
        leases = await leased_runs(engine, RUNS)
        async with peer_api(url) as peer:
            missed = await _floor(peer, url, chance)
        async with our_api(url) as api, asyncio.timeout(600):
            notifier = Notifier(engine)
            following = (_follow(api, lease, account, random.Random(chance.random())) for lease in leases)
            await asyncio.gather(*following, *(_tell(engine, notifier, lease) for lease in leases))
            await notifier.close()
    whole = account.seen == RUNS * EVENTS and not account.lost
    return [
        Figure("cuts at any byte", account.cuts, None, "", f">= {CUTS:,}", account.cuts >= CUTS),
        Figure(f"events lost, of {RUNS * EVENTS:,} / of {EVENTS} without a log", account.lost, missed, "", "0", whole),
        Figure("events repeated", account.repeated, None, "", "0", not account.repeated),
    ]
