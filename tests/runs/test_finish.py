"""A run's end under attack: no hold outlives it, whoever ends it and whatever others did to its rows meanwhile."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from tests.rows import Studio, balance, make_studio
from wzrd.db import ledger
from wzrd.db.events import read_events
from wzrd.db.items import list_items
from wzrd.db.run_holds import RunHold, list_run_holds, settle_run_hold
from wzrd.db.run_leases import reap_expired
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import Conflict, LeaseLost
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations import KINDS
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.runs.attempt_holds import hold_for_attempt
from wzrd.runs.execute import claim
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime


async def opened(runtime: Runtime, studio: Studio, *, count: int = 3, request: str = "r") -> uuid.UUID:
    wanted = GenShotsParams(
        user_id=studio.user_id, project_id=str(studio.project_id), shot_count=count, request_id=request
    )
    return (await start_gen_shots(runtime, wanted, latency=lambda: 0)).run_id


async def claimed(runtime: Runtime, run_id: uuid.UUID) -> Lease:
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None
    return lease


async def deliver(runtime: Runtime, lease: Lease, *keys: str) -> None:
    async with step(runtime, lease) as current:
        await current.move(keys, from_status=("pending",), to="succeeded")


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def holds(runtime: Runtime, run_id: uuid.UUID) -> list[RunHold]:
    async with runtime.begin() as tx:
        return await list_run_holds(tx, run_id)


async def hold_item(runtime: Runtime, lease: Lease, key: str, price: int) -> RunHold:
    """A generation in the run that pays its own, as far as its hold."""
    async with runtime.begin() as tx:
        await hold_for_attempt(
            tx,
            KINDS["gen-shots"],
            run_id=lease.run_id,
            user_id=lease.user_id,
            attempt=lease.attempt,
            amount=price,
            reference_id="x",
            item_key=key,
        )
    return next(hold for hold in await holds(runtime, lease.run_id) if hold.item_key == key)


async def nothing_is_held(runtime: Runtime) -> bool:
    async with runtime.begin() as tx:
        ours = await tx.scalar(text("select count(*) from wzrd.run_holds where status = 'held'"))
        theirs = await tx.scalar(text("select count(*) from public.credit_holds where status = 'held'"))
    return (ours, theirs) == (0, 0)


async def test_no_way_out_of_a_run_leaves_a_hold(runtime: Runtime) -> None:
    """By process, hook, cancel before and during, reaper: the run's hold and an item's forgotten one are settled."""
    studio = await make_studio(runtime)

    async def begin(request: str) -> Lease:
        lease = await claimed(runtime, await opened(runtime, studio, request=request))
        await hold_item(runtime, lease, "shot/2", 7)
        await deliver(runtime, lease, "shot/1")
        return lease

    lease = await begin("carrier fails")
    assert await finish(runtime, lease.run_id, Outcome(error="no"), lease=lease) == "partial"
    lease = await begin("canceled while carried")
    await cancel(runtime, lease.run_id, studio.user_id)
    assert await finish(runtime, lease.run_id, Outcome(canceled=True), lease=lease) == "canceled"
    lease = await begin("reaped")
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = now() - interval '1 s' where status = 'running'"))
        await reap_expired(tx)
    assert await finish(runtime, lease.run_id, Outcome(error="given up")) == "partial"
    run_id = await opened(runtime, studio, request="canceled while queued")
    assert (await cancel(runtime, run_id, studio.user_id)).status == "canceled"
    run_id = await opened(runtime, studio, request="failed by a hook")
    assert await finish(runtime, run_id, Outcome(error="bad parameters")) == "failed"
    assert await nothing_is_held(runtime)
    assert await balance(runtime, studio.user_id) == 100 - 3


async def test_all_who_would_end_a_run_at_once_end_it_once(runtime: Runtime) -> None:
    """Process, cancel and hooks together: one terminal event, one settlement."""
    studio = await make_studio(runtime)
    for round_ in range(3):
        lease = await claimed(runtime, await opened(runtime, studio, request=f"{round_}"))
        await deliver(runtime, lease, "shot/1")
        acts = [
            *(finish(runtime, lease.run_id, Outcome(error="no"), lease=lease) for _ in range(3)),
            *(finish(runtime, lease.run_id, Outcome(error="hook")) for _ in range(3)),
            *(cancel(runtime, lease.run_id, studio.user_id) for _ in range(3)),
        ]
        ends = await asyncio.gather(*acts, return_exceptions=True)
        assert {type(end) for end in ends if isinstance(end, BaseException)} <= {LeaseLost}
        async with runtime.begin() as tx:
            entries = await read_events(tx, lease.run_id, 0)
        assert [e.event.event for e in entries] == ["meta", "error"]
    assert await nothing_is_held(runtime)
    assert await balance(runtime, studio.user_id) == 97


async def test_an_item_that_pays_its_own_does_not_pay_for_the_run(runtime: Runtime) -> None:
    """The charge of an item's own hold is no part of the run's price, at its end or when reopened."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=6))
    hold = await hold_item(runtime, lease, "shot/1", 7)
    async with runtime.begin() as tx:
        await ledger.commit(tx, hold.hold_id, 7, run_id=lease.run_id)
        await settle_run_hold(tx, hold.key, committed=7)
    await deliver(runtime, lease, "shot/1", "shot/2", "shot/3")
    assert await finish(runtime, lease.run_id, Outcome(), lease=lease) == "partial"
    assert await balance(runtime, studio.user_id) == 100 - 7 - 2
    await reopen(runtime, lease.run_id)
    assert await balance(runtime, studio.user_id) == 100 - 7 - 3


async def test_a_run_ends_though_its_hold_was_released_behind_it(runtime: Runtime) -> None:
    """On an adopted database the original's `credits_release` may have been called: what it did stands."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=1))
    (hold,) = await holds(runtime, lease.run_id)
    async with runtime.begin() as tx:
        await ledger.release(tx, hold.hold_id, "by the original")
    await deliver(runtime, lease, "shot/1")
    assert await finish(runtime, lease.run_id, Outcome(), lease=lease) == "succeeded"
    assert [(h.status, h.committed) for h in await holds(runtime, lease.run_id)] == [("released", None)]
    assert await balance(runtime, studio.user_id) == 100


async def test_a_run_ends_though_its_hold_was_committed_behind_it(runtime: Runtime) -> None:
    """A charge behind our back is noted, so that a retry does not charge it again."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=6))
    (hold,) = await holds(runtime, lease.run_id)
    async with runtime.begin() as tx:
        await ledger.commit(tx, hold.hold_id, 2)
    assert await finish(runtime, lease.run_id, Outcome(error="no"), lease=lease) == "failed"
    assert [(h.status, h.committed) for h in await holds(runtime, lease.run_id)] == [("committed", 2)]
    await reopen(runtime, lease.run_id)
    assert await balance(runtime, studio.user_id) == 97, "three in all for six shots, two of them paid before"


async def test_a_run_ends_though_its_hold_is_gone(runtime: Runtime) -> None:
    """A deleted row of the ledger is no reason to hang for ever."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=1))
    async with runtime.begin() as tx:
        await tx.execute(text("delete from public.credit_holds"))
    await deliver(runtime, lease, "shot/1")
    assert await finish(runtime, lease.run_id, Outcome(), lease=lease) == "succeeded"
    assert [h.status for h in await holds(runtime, lease.run_id)] == ["released"]


async def test_a_foreign_trigger_does_not_keep_a_run_from_ending(runtime: Runtime) -> None:
    """Blank shots that may not be deleted stay; the settlement stands."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=2))
    async with runtime.begin() as tx:
        (first, _) = await list_items(tx, lease.run_id)
        await tx.execute(
            text("insert into public.shots (id, project_id, scene_id, shot_number) values (:id, :project, :scene, 1)"),
            {"id": first.entity_id, "project": studio.project_id, "scene": studio.scene_ids[0]},
        )
        await tx.execute(
            text("""create function refuse() returns trigger language plpgsql as
            $$ begin raise exception 'not here'; end $$""")
        )
        await tx.execute(text("create trigger t before delete on public.shots execute function refuse()"))
    assert await finish(runtime, lease.run_id, Outcome(error="no"), lease=lease) == "failed"
    assert await balance(runtime, studio.user_id) == 100


async def test_words_that_no_database_takes_do_not_keep_a_run_from_ending(runtime: Runtime) -> None:
    """NUL and half characters in a provider's message are dropped."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio))
    assert await finish(runtime, lease.run_id, Outcome(error="a\0b\ud800" + "x" * 10_000), lease=lease) == "failed"
    assert ((await row(runtime, lease.run_id)).error or "").startswith("ab?x")


async def test_a_reopened_run_that_nobody_claimed_ends_partial(runtime: Runtime) -> None:
    """Failed by a hook while queued, it keeps what the first attempt delivered and paid, and is charged no more."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=6))
    await deliver(runtime, lease, "shot/1", "shot/2", "shot/3")
    await finish(runtime, lease.run_id, Outcome(), lease=lease)
    await reopen(runtime, lease.run_id)
    assert await finish(runtime, lease.run_id, Outcome(error="no worker")) == "partial"
    assert await balance(runtime, studio.user_id) == 98


async def test_a_settled_key_pays_for_no_second_run(runtime: Runtime) -> None:
    """A run whose row was deleted cannot come again under its old request id and live on its old hold."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    await finish(runtime, run_id, Outcome(error="no"))
    async with runtime.begin() as tx:
        await tx.execute(text("delete from wzrd.runs"))
    with pytest.raises(Conflict, match="use a new requestId"):
        await opened(runtime, studio)


async def test_a_step_that_the_table_lacks_is_refused(runtime: Runtime) -> None:
    """A delivered item cannot be made to fail: it was charged."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio, count=1))
    await deliver(runtime, lease, "shot/1")
    with pytest.raises(Conflict, match="nothing leads from succeeded to failed"):
        async with step(runtime, lease) as current:
            await current.move(["shot/1"], from_status=("running", "succeeded"), to="failed")
