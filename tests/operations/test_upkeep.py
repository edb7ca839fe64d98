"""Upkeep: what is stale is given back, what is spent forgotten, what nobody noted cleared away; and nothing else."""

import asyncio
import contextlib
import hashlib
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.api.metrics import stored_metrics
from tests.generation.claimed import armed
from tests.playing import opened
from tests.rows import Studio, balance, make_studio
from tests.server.served import claimed, deliver, ended
from tests.waiting import until
from wzrd.assets.content_cache import PANEL, FileCleared, make_once
from wzrd.db import ledger
from wzrd.db.events import read_events
from wzrd.db.orphan_files import expect_file, take_unnoted
from wzrd.db.provider_jobs import advance_job, insert_intent
from wzrd.db.run_holds import list_run_holds
from wzrd.db.upkeep import add_done, list_done
from wzrd.db.users import ensure_user, store_ticket
from wzrd.domain.errors import NotFound
from wzrd.domain.settlement import Outcome
from wzrd.domain.submission import Target
from wzrd.domain.upkeep import Retention
from wzrd.faults import FaultRaised, arm
from wzrd.operations import upkeep
from wzrd.runs.attempt_holds import hold_for_attempt
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

NONE_LEFT = Retention(events_days=0, flow_runs_days=0, unnoted_hours=0)


async def age(runtime: Runtime, *, hours: float = 2) -> None:
    """As if what has ended, and what stands, were so much older."""
    async with runtime.begin() as tx:
        statement = text("update wzrd.runs set finished_at = finished_at - make_interval(hours => :h)")
        await tx.execute(statement, {"h": hours})
        for column in ("created_at", "updated_at"):
            statement = text(f"update public.credit_holds set {column} = {column} - make_interval(hours => :h)")
            await tx.execute(statement, {"h": hours})


async def forgotten_hold(runtime: Runtime, studio: Studio, *, item: str = "shot/1", amount: int = 5) -> uuid.UUID:
    """An ended run whose item's hold nobody has settled."""
    lease = await claimed(runtime, await opened(runtime, studio))
    await deliver(runtime, lease, 3)
    await ended(runtime, lease)
    async with runtime.begin() as tx:
        await hold_for_attempt(
            tx,
            runtime.kind("gen-shots"),
            run_id=lease.run_id,
            user_id=studio.user_id,
            attempt=1,
            amount=amount,
            reference_id="x",
            item_key=item,
        )
    return lease.run_id


async def held(runtime: Runtime, run_id: uuid.UUID) -> list[str]:
    async with runtime.begin() as tx:
        return [hold.status for hold in await list_run_holds(tx, run_id) if hold.item_key]


async def job_for(runtime: Runtime, run_id: uuid.UUID, item: str) -> uuid.UUID:
    """A job that a queue works on."""
    async with runtime.begin() as tx:
        job = await insert_intent(
            *(tx,), run_id=run_id, item_key=item, target=Target("nobody", "m"), submission_no=0, seconds=60, token="t"
        )
        assert job is not None
        await advance_job(tx, job, "sending")
        await advance_job(tx, job, "accepted", request_id=str(job))
    return job


async def test_a_hold_that_nothing_explains_is_given_back(runtime: Runtime) -> None:
    """Long after its run's end, once, in full; what was charged stays charged."""
    studio = await make_studio(runtime)
    run_id = await forgotten_hold(runtime, studio)
    assert await balance(runtime, studio.user_id) == 100 - 2 - 5
    assert await upkeep.release_stale_holds(runtime) == 0  # its run has only just ended
    await age(runtime)
    assert sum(await asyncio.gather(*(upkeep.release_stale_holds(runtime) for _ in range(3)))) == 1
    assert (await balance(runtime, studio.user_id), await held(runtime, run_id)) == (98, ["released"])


async def test_a_hold_for_what_may_still_come_stays(runtime: Runtime) -> None:
    """A provider works on its item: it stays until that is known; then it goes."""
    studio = await make_studio(runtime)
    run_id = await forgotten_hold(runtime, studio)
    job = await job_for(runtime, run_id, "shot/1")
    await age(runtime)
    assert await upkeep.release_stale_holds(runtime) == 0
    async with runtime.begin() as tx:
        await advance_job(tx, job, "failed")
    assert await upkeep.release_stale_holds(runtime) == 1
    assert await balance(runtime, studio.user_id) == 98


async def test_holds_of_open_runs_and_of_others_stay(runtime: Runtime) -> None:
    """A run that waits, however long; and, in an adopted ledger, holds that are none of ours."""
    studio = await make_studio(runtime)
    await opened(runtime, studio)
    about: dict[str, Any] = {"resource_type": "x", "reference_type": "x", "reference_id": "x"}
    async with runtime.begin() as tx:
        await ledger.hold(tx, studio.user_id, 7, key="theirs", **about)
        theirs = {"run_id": str(uuid.uuid4())}
        await ledger.hold(tx, studio.user_id, 7, key=f"run:{theirs['run_id']}", metadata=theirs, **about)
    await age(runtime, hours=9000)
    assert await upkeep.release_stale_holds(runtime) == 0
    assert await balance(runtime, studio.user_id) == 100 - 2 - 14


async def test_a_hold_of_a_run_that_is_gone_is_given_back(runtime: Runtime) -> None:
    """Somebody deleted the run with its rows: its credits come back."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    async with runtime.begin() as tx:
        await tx.execute(text("delete from wzrd.runs where id = :id"), {"id": run_id})
    assert await upkeep.release_stale_holds(runtime) == 0
    await age(runtime)
    assert await upkeep.release_stale_holds(runtime) == 1
    assert await balance(runtime, studio.user_id) == 100


async def test_a_file_that_was_stored_and_not_noted_is_cleared_away(runtime: Runtime) -> None:
    """A process dies between the two: the file goes, after a day; what was noted stays, and so do uploads."""
    user = uuid.uuid4()

    async def make(path: Path) -> dict[str, int]:
        await asyncio.to_thread(path.write_bytes, b"x")
        return {}

    kept = await make_once(runtime, user, {"kept": 1}, PANEL, make)
    upload = f"{user}/up/{uuid.uuid4().hex}.png"
    await runtime.storage.put_bytes("project-assets", upload, b"x", content_type="image/png")
    with contextlib.suppress(FaultRaised):
        async with armed("after_store=raise"):
            await make_once(runtime, user, {"lost": 1}, PANEL, make)
    root = runtime.settings.media_folder
    assert len(files(root)) == 3
    assert await upkeep.clear_unnoted_files(runtime, Retention()) == 0
    assert await upkeep.clear_unnoted_files(runtime, NONE_LEFT) == 1
    assert len(files(root)) == 2
    assert (await runtime.storage.stat(kept.bucket, kept.path)).sha256 == hashlib.sha256(b"x").hexdigest()
    assert await upkeep.clear_unnoted_files(runtime, NONE_LEFT) == 0


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file() and not {".meta", ".tmp"} & set(path.parts)]


async def test_a_file_that_is_being_cleared_away_can_not_be_noted(runtime: Runtime, tmp_path: Path) -> None:
    """A very slow process comes too late: it hears so, and makes the file anew; a removal that was cut is repeated."""
    user = uuid.uuid4()

    async def make(path: Path) -> dict[str, int]:
        await asyncio.to_thread(path.write_bytes, b"y")
        return {}

    arm("after_store=hold", tmp_path)
    making = asyncio.create_task(make_once(runtime, user, {"slow": 1}, PANEL, make))
    held = tmp_path / "after_store.held"
    await until(held.exists)
    async with runtime.begin() as tx:
        ((bucket, path),) = await take_unnoted(tx, older_than=0, limit=10)
    assert path.startswith(str(user))
    held.unlink()
    with pytest.raises(FileCleared):
        await making
    arm("")
    assert await upkeep.clear_unnoted_files(runtime, NONE_LEFT) == 1
    with pytest.raises(NotFound):
        await runtime.storage.stat(bucket, path)
    assert not (await make_once(runtime, user, {"slow": 1}, PANEL, make)).reused


async def test_a_put_that_never_came_is_forgotten(runtime: Runtime) -> None:
    """Nothing was stored under the name: there is nothing to remove, and the name goes."""
    async with runtime.begin() as tx:
        await expect_file(tx, "workflow-media", "a/never.png", uuid.uuid4())
    assert await upkeep.clear_unnoted_files(runtime, NONE_LEFT) == 0
    async with runtime.begin() as tx:
        assert await take_unnoted(tx, older_than=0, limit=10) == []


async def test_old_logs_keep_their_two_ends(runtime: Runtime) -> None:
    """Who comes late still learns what it was and how it ended; open runs and young ones keep all."""
    await upkeep.forget_old_events(runtime, NONE_LEFT)
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio))
    await deliver(runtime, lease, 2)
    await ended(runtime, lease, Outcome(error="no"))
    waiting = await opened(runtime, studio)
    async with runtime.begin() as tx:
        before = [entry.event for entry in await read_events(tx, lease.run_id, 0)]
    assert await upkeep.forget_old_events(runtime, Retention()) == 0
    assert await upkeep.forget_old_events(runtime, NONE_LEFT) == len(before) - 2 > 0
    assert await upkeep.forget_old_events(runtime, NONE_LEFT) == 0
    async with runtime.begin() as tx:
        assert [entry.event for entry in await read_events(tx, lease.run_id, 0)] == [before[0], before[-1]]
        assert (await read_events(tx, lease.run_id, 0))[-1].last
        assert len(await read_events(tx, waiting, 0)) == 1


async def test_what_has_expired_is_forgotten(runtime: Runtime) -> None:
    """Tickets, sessions, signatures, nonces, counters: those that are of no use any more, and no others."""
    async with runtime.begin() as tx:
        user = await ensure_user(tx, None, f"{uuid.uuid4()}@example.org")
        for seconds in (60, -1):
            await store_ticket(tx, uuid.uuid4().bytes, user.user_id, uuid.uuid4(), seconds)
        for days in (-2, 5):
            values = {"hash": uuid.uuid4().bytes, "user": user.user_id, "days": days}
            await tx.execute(
                text("""insert into wzrd.refresh_tokens (token_hash, session_id, user_id, expires_at)
                    values (:hash, gen_random_uuid(), :user, now() + make_interval(days => :days))"""),
                values,
            )
            await tx.execute(
                text("insert into wzrd.used_signatures values (:hash, now() + make_interval(days => :days))"), values
            )
            await tx.execute(
                text("insert into wzrd.wallet_nonces values (:nonce, now() + make_interval(days => :days))"),
                {"nonce": str(uuid.uuid4()), "days": days},
            )
    assert await upkeep.forget_spent(runtime) == 4
    assert await upkeep.forget_spent(runtime) == 0


async def test_runs_that_nobody_takes_from_a_dead_worker_are_counted(runtime: Runtime) -> None:
    """Where no reaper is up, somebody must hear of it."""
    lease = await claimed(runtime, await opened(runtime, await make_studio(runtime)))
    assert await upkeep.count_waiting_for_a_worker(runtime) == 0
    async with runtime.begin() as tx:
        statement = text("update wzrd.runs set lease_until = now() - interval '5 minutes' where id = :id")
        await tx.execute(statement, {"id": lease.run_id})
    assert await upkeep.count_waiting_for_a_worker(runtime) == 1
    await ended(runtime, lease, Outcome(canceled=True))


async def test_what_was_done_is_counted(runtime: Runtime) -> None:
    """In all, by task, whoever did it."""
    for _ in range(2):
        async with runtime.begin() as tx:
            await add_done(tx, {"holds given back": 2, "files cleared away": 0})
    async with runtime.begin() as tx:
        assert [(count.task, count.done) for count in await list_done(tx)] == [
            ("files cleared away", 0),
            ("holds given back", 4),
        ]


async def test_what_is_wrong_with_the_money_is_found_and_counted(runtime: Runtime) -> None:
    """Each broken promise with its run and user; how often each is broken stands in the metrics, and goes again."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        statement = text("update public.user_credits set total_credits = total_credits + :more where user_id = :user")
        await tx.execute(statement, {"user": studio.user_id, "more": 7})
    found = [one for one in await upkeep.check_money(runtime) if one.user_id == studio.user_id]
    assert [(one.invariant.name, one.amount) for one in found] == [("balance", -7)]
    before = (await stored_metrics(runtime)).decode()
    assert 'wzrd_money_broken{promise="balance"} 1.0' in before
    assert 'task="money' not in before
    async with runtime.begin() as tx:
        await tx.execute(statement, {"user": studio.user_id, "more": -7})
    assert not [one for one in await upkeep.check_money(runtime) if one.user_id == studio.user_id]
    assert 'wzrd_money_broken{promise="balance"} 0.0' in (await stored_metrics(runtime)).decode()
