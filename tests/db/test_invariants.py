"""Each promise about the money: a sound account breaks none, and the row that breaks one is told by name."""

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from tests.rows import make_studio
from wzrd.assets.content_cache import cache_key
from wzrd.db import ledger
from wzrd.db.engine import Tx
from wzrd.db.invariants import INVARIANTS, list_violations
from wzrd.db.node_outputs import store_output
from wzrd.db.run_holds import NewHold, hold_key, settle_run_hold, take_hold
from wzrd.domain.credits import gen_shots_price
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PRICE = 5


@dataclass(slots=True)
class World:
    """A user with a run of three hours ago: one picture, made, delivered, paid."""

    tx: Tx
    user_id: uuid.UUID
    run_id: uuid.UUID
    kind: str = "generate"

    async def do(self, statement: str, **values: Any) -> None:
        """A statement about the run (`:run`) and its user (`:user`)."""
        given = {"run": self.run_id, "user": self.user_id, **values}
        await self.tx.execute(
            text(statement), {name: value for name, value in given.items() if f":{name}" in statement}
        )

    async def run(self, kind: str = "generate", status: str = "succeeded") -> None:
        """The run's row."""
        await self.do(
            "insert into wzrd.runs (id, kind, user_id, request_id, params_hash, status, finished_at) values "
            "(:run, :kind, :user, :id, '', :status, clock_timestamp() - interval '3 hours')",
            kind=kind, status=status, id=str(self.run_id),
        )  # fmt: skip

    async def item(self, key: str = "output", status: str = "succeeded", price: int = PRICE, **output: Any) -> None:
        """An item; one that succeeded was delivered."""
        await self.do(
            "insert into wzrd.run_items (run_id, key, status, price, output, delivered_at) values (:run, :key, "
            ":status, :price, cast(:output as jsonb), case when :status = 'succeeded' then clock_timestamp() end)",
            key=key, status=status, price=price, output=str(output).replace("'", '"'),
        )  # fmt: skip

    async def job(self, item: str = "output", status: str = "succeeded", no: int = 0, **columns: Any) -> None:
        """A submit to a queue, of three hours ago."""
        more = "".join(f", {name}" for name in columns)
        await self.do(
            "insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, submission_no, status, "
            f"media_type, queued, outputs, output, sent_at, finished_at, deadline{more}) values (:id, :key, :run, "
            ":item, 'fal-ai', 'm', :no, :status, 'image', true, 1, cast(:output as jsonb), "
            "clock_timestamp() - interval '3 hours', clock_timestamp() - interval '3 hours', "
            "clock_timestamp() - interval '170 minutes'"
            f"{''.join(f', {value}' for value in columns.values())})",
            id=uuid.uuid4(), key=str(uuid.uuid4()), item=item, no=no, status=status, output='{"media": ["u"]}',
        )  # fmt: skip

    async def hold(self, charged: int | None = PRICE, item: str = "output", amount: int = PRICE) -> uuid.UUID:
        """A hold of that item, charged, given back (None), or left (-1)."""
        key = hold_key(self.run_id, item, 1)
        about = {"resource_type": "x", "reference_type": "x", "reference_id": "x"}
        new = NewHold(item, amount, **about, purpose="x")
        hold_id = await take_hold(self.tx, new, run_id=self.run_id, user_id=self.user_id, attempt=1)
        if charged is None:
            await ledger.release(self.tx, hold_id, "x")
        elif charged >= 0:
            await ledger.commit(self.tx, hold_id, charged)
        if charged != -1:
            await settle_run_hold(self.tx, key, committed=charged)
        return hold_id


async def world_of(runtime: Runtime, tx: Tx) -> World:
    studio = await make_studio(runtime)
    world = World(tx, studio.user_id, uuid.uuid4())
    await world.run()
    await world.item(charged=PRICE)
    await world.job()
    await world.hold()
    return world


async def broken(world: World) -> dict[str, tuple[int, str]]:
    """The promises that are broken for the user: amount and subject of each."""
    found = await list_violations(world.tx, user_id=world.user_id)
    return {one.invariant.name: (one.amount, one.subject) for one in found}


async def balance(world: World) -> str:
    await world.do("update public.user_credits set total_credits = total_credits + 7 where user_id = :user")
    return "account"


async def used_explained(world: World) -> str:
    await world.do(
        "update public.user_credits set used_credits = used_credits + 3, total_credits = total_credits + 3 "
        "where user_id = :user"
    )
    return "account"


async def holds_covered(world: World) -> str:
    await world.hold(-1, "other", 30)
    await world.do(
        "insert into public.credit_transactions (user_id, amount, transaction_type) values (:user, 0, 'opening')"
    )
    await world.do("update public.user_credits set used_credits = 3 where user_id = :user")
    await world.do("update public.user_credits set total_credits = total_credits - 32 where user_id = :user")
    await world.do("update wzrd.runs set finished_at = clock_timestamp() where id = :run")  # nobody has come by yet
    return "account"


async def welcomed_once(world: World) -> str:
    for _ in range(2):
        await world.do(
            "insert into public.credit_transactions (user_id, amount, transaction_type, metadata) "
            """values (:user, 10, 'free', '{"key": "welcome"}')"""
        )
    await world.do("update public.user_credits set total_credits = total_credits + 20 where user_id = :user")
    return "account"


async def hold_entries(world: World) -> str:
    await world.do(
        "insert into public.credit_transactions (user_id, amount, transaction_type, metadata) select user_id, 2, "
        "'refund_partial', jsonb_build_object('hold_id', id) from public.credit_holds where user_id = :user"
    )
    await world.do("update public.user_credits set total_credits = total_credits + 2 where user_id = :user")
    return hold_key(world.run_id, "output", 1)


async def holds_agree(world: World) -> str:
    await world.do("update wzrd.run_holds set committed = 4 where run_id = :run")
    return hold_key(world.run_id, "output", 1)


async def holds_settled(world: World) -> str:
    await world.hold(-1, "output+1")
    return hold_key(world.run_id, "output+1", 1)


async def jobs_in_time(world: World) -> str:
    await world.item("late", "canceled")
    await world.job("late", "accepted")
    await world.hold(-1, "late")
    return "late"


async def jobs_have_items(world: World) -> str:
    await world.job("nobody#1", "failed")
    return "nobody#1"


async def sent_under_a_hold(world: World) -> str:
    world.run_id = uuid.uuid4()
    await world.run(status="failed")
    await world.item(status="failed")
    await world.job(status="failed")
    return "output"


async def sent_once(world: World) -> str:
    await world.job(no=1)
    return "output"


async def outputs_paid(world: World) -> str:
    await world.do("""update wzrd.provider_jobs set output = '{"media": ["1", "2", "3"]}' where run_id = :run""")
    return "output"


async def delivered_is_charged(world: World) -> str:
    world.run_id = uuid.uuid4()
    await world.run()
    await world.item()
    await world.job()
    await world.hold(None)
    return "output"


async def text_is_charged(world: World) -> str:
    world.run_id = uuid.uuid4()
    await world.run(status="canceled")
    await world.item(status="canceled")
    await world.hold(None)
    await world.do("insert into wzrd.run_events (run_id, seq, attempt, event, data) values (:run, 1, 1, 'delta', '{}')")
    return "output"


async def charged_is_delivered(world: World) -> str:
    await world.hold(PRICE, "output+1")
    return ""


async def made_is_delivered(world: World) -> str:
    world.run_id = uuid.uuid4()
    await world.run(status="canceled")
    await world.item(status="canceled")
    await world.job()
    await world.hold(None)
    return "output"


BREAKS = {
    balance: -7, holds_covered: 27, used_explained: 3, welcomed_once: 10, hold_entries: 2, holds_agree: PRICE,
    holds_settled: PRICE, jobs_in_time: PRICE, jobs_have_items: 0, sent_under_a_hold: PRICE, sent_once: 0,
    outputs_paid: 2,
    delivered_is_charged: PRICE, text_is_charged: PRICE, charged_is_delivered: PRICE, made_is_delivered: PRICE,
}  # fmt: skip
"""Functions that break each promise, and by how much."""


def test_each_promise_is_tested() -> None:
    """By its name; each says what is broken and what to do, and users come with it."""
    assert [one.__name__ for one in BREAKS] == [one.name for one in INVARIANTS]
    assert all(one.broken and one.remedy for one in INVARIANTS)


@pytest.mark.parametrize("breaks", BREAKS, ids=lambda breaks: breaks.__name__)
async def test_a_broken_promise_is_seen(runtime: Runtime, breaks: Any) -> None:
    """It alone, with its run, its user, the amount and where; nothing before, and nothing of other users."""
    async with runtime.begin() as tx:
        world = await world_of(runtime, tx)
        other = await world_of(runtime, tx)
        assert await broken(world) == {}
        subject = await breaks(world)
        found = await list_violations(tx, user_id=world.user_id)
        assert {one.invariant.name: (one.amount, one.subject) for one in found} == {
            breaks.__name__: (BREAKS[breaks], subject)
        }
        assert {one.user_id for one in found} == {world.user_id}
        assert {one.run_id for one in found} == {None if subject == "account" else world.run_id}
        assert await broken(other) == {}


async def test_one_line_that_two_films_have_paid_for(runtime: Runtime) -> None:
    """Equal words by the same voice, made twice by one provider, are told: other keys, one content."""
    async with runtime.begin() as tx:
        world = await world_of(runtime, tx)
        for _ in range(2):
            world.run_id = uuid.uuid4()
            await world.run("director-cut")
            await world.item("shot", price=0)
            line = """'{"text": "a1"}'"""
            await world.job("shot#1", fingerprint=line)
            await world.do("update wzrd.provider_jobs set media_type = 'audio', outputs = null where run_id = :run")
        assert await broken(world) == {"sent_once": (0, "shot#1")}


@pytest.mark.parametrize(("item", "owed", "seen"), [("a/é", PRICE, False), ("a/é", 0, True), ("b", PRICE, True)])
async def test_a_shot_that_waits_in_the_store_is_paid_when_it_is_shown(
    runtime: Runtime, item: str, owed: int, seen: bool
) -> None:
    """Its own file, not yet paid for, is no broken promise; that its user owes for another is no excuse."""
    async with runtime.begin() as tx:
        world = await world_of(runtime, tx)
        world.run_id = uuid.uuid4()
        await world.run("auto-generate", status="canceled")
        await world.item("a/é", status="canceled")
        await world.job("a/é")
        await world.hold(None, "a/é")
        made = {"model": "fal-ai:m", "media": "image", "run": str(world.run_id), "item": item}
        await store_output(tx, cache_key(world.user_id, made), world.user_id, {}, owed=owed)
        assert await broken(world) == ({"made_is_delivered": (PRICE, "a/é")} if seen else {})


@pytest.mark.parametrize("shots", range(1, 7))
async def test_shots_are_priced_as_the_rule_does(runtime: Runtime, shots: int) -> None:
    """gen-shots has one price for all: what it charges is sound, and less or more is not."""
    async with runtime.begin() as tx:
        world = await world_of(runtime, tx)
        for charged, name in ((gen_shots_price(shots), ""), (4, "charged_is_delivered"), (0, "delivered_is_charged")):
            world.run_id = uuid.uuid4()
            await world.run("gen-shots")
            for number in range(shots):
                await world.item(f"shot/{number}", price=0)
            await world.hold(charged, "", 4)
            assert await broken(world) == ({name: (abs(charged - gen_shots_price(shots)), "")} if name else {})
            await world.do("delete from wzrd.runs where id = :run")
