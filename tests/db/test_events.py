"""The log as read: in order and whole, page by page, with superseded ends and the very last entry marked."""

import asyncio
import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import NO_LIMITS
from wzrd.contracts.events import NewEvent
from wzrd.db.events import LogEntry, RunHead, append_events, read_events, read_heads, read_tails
from wzrd.db.new_runs import NewRow, insert_run
from wzrd.db.runs import end_run, reopen_run


async def make_run(engine: AsyncEngine, *events: str) -> uuid.UUID:
    run_id = uuid.uuid4()
    async with engine.begin() as tx:
        await insert_run(
            tx,
            NewRow(
                run_id=run_id,
                kind="gen-shots",
                user_id=uuid.uuid4(),
                project_id=None,
                request_id="r",
                params={},
                params_hash="",
                items=[],
                events=[NewEvent(event, {}) for event in events],
            ),
            NO_LIMITS,
        )
    return run_id


async def append(engine: AsyncEngine, run_id: uuid.UUID, *events: str) -> None:
    async with engine.begin() as tx:
        await append_events(tx, run_id, [NewEvent(event, {}) for event in events])


async def end(engine: AsyncEngine, run_id: uuid.UUID, event: str, status: str) -> None:
    async with engine.begin() as tx:
        await append_events(tx, run_id, [NewEvent(event, {})])
        await end_run(tx, run_id, status)


async def reopen(engine: AsyncEngine, run_id: uuid.UUID) -> None:
    async with engine.begin() as tx:
        await reopen_run(tx, run_id, flow_run_id=None)
        await append_events(tx, run_id, [NewEvent("progress", {})])


async def tail(engine: AsyncEngine, run_id: uuid.UUID, after: int = 0, page: int = 500) -> list[LogEntry]:
    async with engine.begin() as tx:
        return await read_events(tx, run_id, after, page=page)


def marks(entries: list[LogEntry]) -> list[tuple[int, str, str]]:
    return [
        (e.event.seq, e.event.event, ("superseded " if e.superseded else "") + ("last" if e.last else ""))
        for e in entries
    ]


async def test_pages_make_the_whole(engine: AsyncEngine) -> None:
    """Read page after page, each from the last number seen: everything once, in order, whatever the page's size."""
    run_id = await make_run(engine, "meta")
    await append(engine, run_id, *(f"e{n}" for n in range(11)))
    await end(engine, run_id, "done", "succeeded")
    for page in (1, 4, 13, 500):
        seen, after = list[LogEntry](), 0
        while entries := await tail(engine, run_id, after, page):
            assert len(entries) <= page
            seen, after = seen + entries, entries[-1].event.seq
        assert [e.event.seq for e in seen] == list(range(1, 14))
        assert [e.event.event for e in seen] == ["meta", *(f"e{n}" for n in range(11)), "done"]
        assert [e.last for e in seen] == [False] * 12 + [True], "a page's end is not the log's end"


async def test_many_tails_at_once_each_from_its_own_place(engine: AsyncEngine) -> None:
    """One query serves many runs; a page is a run's page; runs without new events and unknown runs are not there."""
    short, long, idle = await make_run(engine, "meta"), await make_run(engine, "meta"), await make_run(engine, "meta")
    await append(engine, long, *(f"e{n}" for n in range(5)))
    async with engine.begin() as tx:
        tails = await read_tails(tx, {short: 0, long: 2, idle: 1, uuid.uuid4(): 0}, page=3)
        assert await read_tails(tx, {}) == {}
    assert {run: [e.event.seq for e in entries] for run, entries in tails.items()} == {short: [1], long: [3, 4, 5]}


async def test_last_and_superseded_over_reopenings(engine: AsyncEngine) -> None:
    """Only an ended run's newest entry is `last`; a terminal event of an earlier attempt is superseded from then on."""
    run_id = await make_run(engine, "meta")
    await end(engine, run_id, "error", "failed")
    assert marks(await tail(engine, run_id)) == [(1, "meta", ""), (2, "error", "last")]
    await reopen(engine, run_id)
    assert marks(await tail(engine, run_id)) == [(1, "meta", ""), (2, "error", "superseded "), (3, "progress", "")]
    await end(engine, run_id, "error", "canceled")
    await reopen(engine, run_id)
    await append(engine, run_id, "shot")
    await end(engine, run_id, "done", "succeeded")
    assert marks(await tail(engine, run_id, after=1)) == [
        (2, "error", "superseded "),
        (3, "progress", ""),
        (4, "error", "superseded "),
        (5, "progress", ""),
        (6, "shot", ""),
        (7, "done", "last"),
    ]


async def test_heads_tell_how_far_and_whether_ended(engine: AsyncEngine) -> None:
    """The head follows appends, ends and reopenings; an unknown run has none."""
    one, two = await make_run(engine, "meta"), await make_run(engine, "meta", "shot")
    await end(engine, one, "error", "failed")
    async with engine.begin() as tx:
        assert await read_heads(tx, [one, two, uuid.uuid4()]) == {
            one: RunHead(one, 2, True),
            two: RunHead(two, 2, False),
        }
        assert await read_heads(tx, []) == {}
    await reopen(engine, one)
    async with engine.begin() as tx:
        assert (await read_heads(tx, [one]))[one] == RunHead(one, 3, False)


async def test_a_reader_never_sees_a_gap(engine: AsyncEngine) -> None:
    """Thirty writers at once, each with a batch: whoever has seen n has seen everything before n, at any moment."""
    run_id = await make_run(engine, "meta")
    writing = asyncio.gather(*(append(engine, run_id, f"{n}a", f"{n}b", f"{n}c") for n in range(30)))
    seen = list[int]()
    while len(seen) < 91:
        done = writing.done()
        seen += [e.event.seq for e in await tail(engine, run_id, len(seen))]
        assert seen == list(range(1, len(seen) + 1))
        assert not done or len(seen) == 91
    await writing
    names = [e.event.event for e in await tail(engine, run_id, 1)]
    assert all(names[i][:-1] == names[i + 1][:-1] == names[i + 2][:-1] for i in range(0, 90, 3)), "a batch was torn"


async def test_data_come_back_as_they_were_written(engine: AsyncEngine) -> None:
    """Keys in their order, numbers and any text: line separators, quotes, all planes of Unicode."""
    run_id = await make_run(engine)
    data: dict[str, Any] = {
        "z": 1,
        "a": [None, True, 2.5, -(2**53)],
        "\u2028": "'; drop table --\"\\\r\n",
        "f": "🎬",
        "": {},
    }
    async with engine.begin() as tx:
        await append_events(tx, run_id, [NewEvent("shot", data), NewEvent("shot", {})])
        await append_events(tx, run_id, [])
    first, second = await tail(engine, run_id)
    assert list(first.event.data.items()) == list(data.items())
    assert (second.event.data, second.event.attempt) == ({}, 1)
