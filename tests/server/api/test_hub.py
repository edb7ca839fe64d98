"""The hub: whoever follows a run gets every event once and in order, whatever comes and goes around them."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from sqlalchemy import text

from server.api.hub import BUFFER, SWEEP_SECONDS, Hub
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed, deliver, emit, ended, with_settings
from tests.waiting import any_moment, looks, until
from wzrd.contracts.encoders import plain
from wzrd.contracts.sse import PING, SseFrame, SseReader
from wzrd.db.engine import Tx
from wzrd.db.listen import RUN_EVENTS
from wzrd.domain.errors import TooMany, Unavailable
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@asynccontextmanager
async def running(runtime: Runtime) -> AsyncGenerator[Hub]:
    """A hub that listens."""
    hub = Hub(runtime)
    await hub.start()
    await hub._listener.connected.wait()
    try:
        yield hub
    finally:
        await hub.close()


@pytest.fixture(scope="module")
async def hub(module_runtime: Runtime) -> AsyncGenerator[Hub]:
    """One hub for the tests that only follow."""
    async with running(module_runtime) as made:
        yield made


async def fresh(runtime: Runtime) -> Lease:
    return await claimed(runtime, await opened(runtime, await make_studio(runtime)))


async def follow(hub: Hub, run_id: uuid.UUID, after: int = 0, *, until: int | None = None) -> list[SseFrame]:
    """The frames beyond `after`: all, or so many."""
    reader, frames = SseReader(), list[SseFrame]()
    async with asyncio.timeout(60), aclosing(hub.follow(run_id, after, plain)) as chunks:
        async for chunk in chunks:
            frames += reader.feed(chunk)
            if until is not None and len(frames) >= until:
                break
    return frames


def ids(frames: list[SseFrame]) -> list[int]:
    return [int(frame.id or 0) for frame in frames]


async def idle(hub: Hub, run_id: uuid.UUID, *, followers: int) -> None:
    """Wait until so many follow the run and all of them have caught up."""
    async for _ in looks():
        followed = hub._runs.get(run_id)
        here = list(followed.followers) if followed else []
        if len(here) == followers and not any(f.lagging or f.buffer for f in here):
            return


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), bursts=st.lists(st.integers(1, 40), min_size=5, max_size=12))
async def test_fifty_followers_who_come_and_go_miss_nothing(
    module_runtime: Runtime, hub: Hub, seed: int, bursts: list[int]
) -> None:
    """A writer appends in bursts; each reader leaves at random places and comes back by the last id it saw."""
    dice, lease = random.Random(seed), await fresh(module_runtime)
    last = 1 + sum(bursts) + 1

    async def reader(own: random.Random) -> list[int]:
        seen: list[int] = []
        await any_moment(own, 0.2)
        while not seen or seen[-1] < last:
            wanted = own.choice([1, 2, 7, 30, None])
            seen += ids(await follow(hub, lease.run_id, seen[-1] if seen else 0, until=wanted))
            await any_moment(own, own.choice([0, 0, 0.02, 0.1]))
        return seen

    async def writer() -> None:
        for number, size in enumerate(bursts):
            await emit(module_runtime, lease, *(f"{number}.{i}" for i in range(size)))
            await any_moment(dice, dice.choice([0, 0.02, 0.06]))
        await ended(module_runtime, lease, Outcome(canceled=True))

    readers = [asyncio.create_task(reader(random.Random(seed + i))) for i in range(50)]
    await writer()
    async with asyncio.timeout(60):
        results = await asyncio.gather(*readers)
    assert all(seen == list(range(1, last + 1)) for seen in results)
    assert lease.run_id not in hub._runs


async def test_a_follower_that_lags_reads_the_log_itself(runtime: Runtime, hub: Hub) -> None:
    """Three times what a buffer holds while it does not look, then as much again: all of it, once."""
    lease = await fresh(runtime)
    chunks = hub.follow(lease.run_id, 1, plain)
    reader, seen = SseReader(), list[int]()
    waiting = asyncio.ensure_future(anext(chunks))
    await idle(hub, lease.run_id, followers=1)
    (follower,) = hub._runs[lease.run_id].followers
    for start in (0, 2_000):
        await emit(runtime, lease, *range(start, start + 3 * BUFFER))
        await until(lambda: not (not follower.lagging and hub._runs[lease.run_id].cursor < 1 + 3 * BUFFER))
        seen += ids(reader.feed(await waiting))
        while len(seen) < (1 if start == 0 else 2) * 3 * BUFFER:
            seen += ids(reader.feed(await anext(chunks)))
        waiting = asyncio.ensure_future(anext(chunks))
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await chunks.aclose()
    assert seen == list(range(2, 2 + 6 * BUFFER))


async def cut(runtime: Runtime, but: str = "") -> None:
    """Terminate the database's backends, those of an application name or all."""
    async with runtime.begin() as tx:
        await tx.execute(
            text("""select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
                and pid <> pg_backend_pid() and (:name = '' or application_name = :name)"""),
            {"name": but},
        )


async def test_a_lost_listener_costs_a_second(runtime: Runtime, hub: Hub) -> None:
    """Events notified while nobody listens are found by the sweep; and the listener comes back."""
    lease = await fresh(runtime)
    async with running(runtime) as deaf:
        reading = asyncio.create_task(follow(deaf, lease.run_id, 1, until=1))
        await idle(deaf, lease.run_id, followers=1)
        await deaf._listener.close()
        assert SWEEP_SECONDS <= 1
        await emit(runtime, lease, "unheard")
        assert ids(await reading) == [2]
        await deaf._listener.start()
        await until(deaf._listener.connected.is_set)
        both = deaf._listener.connected, hub._listener.connected  # the other tests' is cut off, too
        for connected in both:
            connected.clear()
        await cut(runtime, "wzrd-listen")
        for connected in both:
            await until(connected.is_set)


class Hesitant(Runtime):
    """A runtime whose next reading, once `held`, is given back late: what is read is old when it arrives."""

    held: asyncio.Event | None = None
    read: asyncio.Event

    def hold(self) -> None:
        """Hold the next one, after it was read, until the event is set."""
        self.held, self.read = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[Tx]:
        async with super().autocommit() as tx:
            yield tx
        if self.held is not None and not self.read.is_set():
            self.read.set()
            await self.held.wait()


async def test_events_between_reading_and_joining_do_not_wait_for_the_sweep(runtime: Runtime) -> None:
    """An event that is written while a follower is on its way in reaches it by its notification."""
    lease, other = await fresh(runtime), await fresh(runtime)
    slow = Hesitant(runtime.settings, runtime.engine, runtime.notifier, runtime.leases)
    async with running(slow) as hub:
        beside = asyncio.create_task(follow(hub, other.run_id, 1))
        await idle(hub, other.run_id, followers=1)
        hub._swept = time.monotonic() + 600  # no sweep while this test lasts
        slow.hold()
        reading = asyncio.create_task(follow(hub, lease.run_id, 1, until=1))
        await slow.read.wait()
        assert lease.run_id not in hub._runs
        await emit(runtime, lease, "just now")
        await until(lambda: lease.run_id in hub._dirty)
        assert slow.held is not None
        slow.held.set()
        async with asyncio.timeout(60):
            assert ids(await reading) == [2]
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)


async def test_strange_notifications_harm_nobody(runtime: Runtime, hub: Hub) -> None:
    """Anybody in the database may notify anything: no payload ends the listening."""
    lease = await fresh(runtime)
    reading = asyncio.create_task(follow(hub, lease.run_id, 1, until=1))
    await idle(hub, lease.run_id, followers=1)
    for payload in ("", "no uuid", "x" * 7_000, str(uuid.uuid4())):
        async with runtime.begin() as tx:
            await tx.execute(text("select pg_notify(:channel, :payload)"), {"channel": RUN_EVENTS, "payload": payload})
    task = hub._listener._task
    await emit(runtime, lease, "heard")  # in the order of their commits: it comes after the strange ones
    assert ids(await reading) == [2]
    assert task is not None
    assert not task.done()
    assert hub._listener.connected.is_set()


async def test_a_superseded_end_is_never_told(runtime: Runtime, hub: Hub) -> None:
    """A run that failed and was retried: who reads now sees the attempts' work and one end; the ids have a gap."""
    lease = await fresh(runtime)
    await deliver(runtime, lease, 1)
    await ended(runtime, lease, Outcome(error="no"))
    assert [frame.event for frame in await follow(hub, lease.run_id)] == ["meta", "shot", "error"]
    assert await follow(hub, lease.run_id, 3) == []
    await reopen(runtime, lease.run_id)
    reading = asyncio.create_task(follow(hub, lease.run_id))
    await idle(hub, lease.run_id, followers=1)
    lease = await claimed(runtime, lease.run_id)
    await deliver(runtime, lease, 3)
    await ended(runtime, lease)
    frames = await reading
    assert [frame.event for frame in frames] == ["meta", "shot", "progress", "shot", "shot", "done"]
    assert ids(frames) == [1, 2, 4, 5, 6, 7]
    assert ids(await follow(hub, lease.run_id, 3)) == [4, 5, 6, 7]


async def test_places_in_and_beyond_the_log(runtime: Runtime, hub: Hub) -> None:
    """Beyond the head and negative mean from the start; at the end of an ended run, and of no run, there is nothing."""
    lease = await fresh(runtime)
    await ended(runtime, lease, Outcome(canceled=True))
    for place in (3, 10**17, -1, 0):
        assert ids(await follow(hub, lease.run_id, place)) == [1, 2]
    assert await follow(hub, lease.run_id, 2) == []
    assert await follow(hub, uuid.uuid4()) == []


async def test_a_quiet_stream_pings_and_ends_at_its_age(runtime: Runtime) -> None:
    """Comments while nothing happens; then the end, after which a resume goes on; a busy one has to end as well."""
    lease = await fresh(runtime)
    async with running(with_settings(runtime, stream_ping=0.05, stream_max_age=0.5)) as hub:
        quiet = [chunk async for chunk in hub.follow(lease.run_id, 1, plain)]
        assert set(quiet) == {PING}
        assert len(quiet) >= 3

        async def chatter() -> None:
            while True:
                await emit(runtime, lease, "on and on")

        talking = asyncio.create_task(chatter())
        frames = await follow(hub, lease.run_id, 1)
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        assert ids(frames) == list(range(2, 2 + len(frames)))
        await ended(runtime, lease, Outcome(canceled=True))
        rest = await follow(hub, lease.run_id, ids(frames)[-1])
        assert ids(frames + rest) == list(range(2, 2 + len(frames + rest)))
        assert rest[-1].event == "error"


async def test_a_log_that_is_gone_is_not_asked_for_without_end(runtime: Runtime, hub: Hub) -> None:
    """Somebody deleted the run by hand: its follower waits and pings, it does not spin."""
    lease = await fresh(runtime)
    await emit(runtime, lease, 1, 2, 3)
    chunks = hub.follow(lease.run_id, 1, plain)
    assert len([await anext(chunks) for _ in range(3)]) == 3
    (follower,) = hub._runs[lease.run_id].followers
    async with runtime.begin() as tx:
        await tx.execute(text("delete from wzrd.runs where id = :id"), {"id": lease.run_id})
    follower.lagging, follower.after = True, 1
    assert [await anext(chunks) for _ in range(2)] == [PING, PING]
    assert not follower.lagging
    await chunks.aclose()


async def test_caps_count_open_streams(runtime: Runtime) -> None:
    """A user's and the server's; a place given back twice is given back once."""
    async with running(with_settings(runtime, streams_per_user=2, streams_total=3)) as hub:
        one, two = uuid.uuid4(), uuid.uuid4()
        first, second = hub.admit(one), hub.admit(one)
        with pytest.raises(TooMany):
            hub.admit(one)
        third = hub.admit(two)
        with pytest.raises(Unavailable):
            hub.admit(two)
        for place in (first, first, second, second, third):
            place.close()
        assert not hub._by_user
        hub.admit(one).close()


async def test_a_closing_hub_ends_all_streams_and_takes_no_new_ones(runtime: Runtime) -> None:
    """Each can be resumed elsewhere; closing twice is closing once."""
    lease = await fresh(runtime)
    async with running(runtime) as hub:
        reading = [asyncio.create_task(follow(hub, lease.run_id, 1)) for _ in range(20)]
        await idle(hub, lease.run_id, followers=20)
        hub.end_streams()
        async with asyncio.timeout(60):
            assert await asyncio.gather(*reading) == [[]] * 20
        assert await follow(hub, lease.run_id) == []
        assert not hub._runs
        await hub.close()


async def test_streams_outlive_a_lost_database(runtime: Runtime) -> None:
    """All backends terminated, then none accepted for a while: open streams ping, and then tell what came since."""
    lease = await fresh(runtime)
    name = runtime.engine.url.database
    async with running(runtime) as hub:
        reading = [asyncio.create_task(follow(hub, lease.run_id, 1, until=2)) for _ in range(5)]
        await idle(hub, lease.run_id, followers=5)
        await cut(runtime)
        await allow(runtime, name, allowed=False)
        await runtime.engine.dispose()
        async with aclosing(hub.follow(lease.run_id, 0, plain)) as chunks, asyncio.timeout(60):
            assert [await anext(chunks) for _ in range(2)] == [PING, PING]  # two tries to read the log have failed
        late = asyncio.create_task(follow(hub, lease.run_id, until=3))
        assert not any(task.done() for task in [*reading, late])
        await allow(runtime, name, allowed=True)
        await emit(runtime, lease, "a", "b")
        assert [ids(await task) for task in reading] == [[2, 3]] * 5
        assert ids(await late) == [1, 2, 3]


async def allow(runtime: Runtime, name: str | None, *, allowed: bool) -> None:
    """Let the database accept connections, or not, from beside it."""
    import psycopg
    from psycopg import sql

    url = runtime.settings.require_database_url().replace(f"/{name}", "/postgres")
    statement = sql.SQL("alter database {} with allow_connections {}").format(
        sql.Identifier(name or ""), sql.SQL("true" if allowed else "false")
    )
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(statement)
        if not allowed:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )


def sample(name: str) -> float:
    return REGISTRY.get_sample_value(name) or 0.0


def swept() -> float:
    return sample("wzrd_sweeps_total")


async def test_one_sweep_serves_all_runs(runtime: Runtime) -> None:
    """However many runs are followed, one look finds the news of all, with no notification; the next is due later."""
    leases = [await fresh(runtime) for _ in range(5)]
    hub = Hub(runtime)  # neither listens nor sweeps by itself
    reading = [asyncio.create_task(follow(hub, lease.run_id, 1, until=1)) for lease in leases for _ in range(4)]
    for lease in leases:
        await idle(hub, lease.run_id, followers=4)
    for lease in leases:
        await emit(runtime, lease, json.dumps({"é": 1}))
    before, told = swept(), sample("wzrd_event_lag_seconds_count")
    await hub._read_new_events()
    assert swept() == before + 1
    assert sample("wzrd_event_lag_seconds_count") == told + 5
    assert [ids(await task) for task in reading] == [[2]] * 20
    assert not hub._runs
    hub._swept = time.monotonic() + 600  # as if the look had just been: it is not due for longer than this test takes
    reading = [asyncio.create_task(follow(hub, lease.run_id, 2, until=1)) for lease in leases]
    for lease in leases:
        await idle(hub, lease.run_id, followers=1)
    await hub._read_new_events()
    assert swept() == before + 1
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    await hub.close()
