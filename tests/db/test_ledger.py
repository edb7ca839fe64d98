"""The ledger against the real database: a state machine beside a plain dict, races, crashes, adopted rows."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import NO_LIMITS
from wzrd.db import ledger
from wzrd.db.engine import Tx, open_engine
from wzrd.db.invariants import INVARIANTS, list_violations
from wzrd.db.new_runs import NewRow, insert_run
from wzrd.db.run_holds import NewHold, take_hold
from wzrd.domain.credits import MAX_CREDITS, WELCOME_DESCRIPTION
from wzrd.domain.errors import BadRequest, Conflict, InsufficientCredits, NotFound, WzrdError
from wzrd.settings import WELCOME_CREDITS

T = TypeVar("T")

_BOOKS = text("""
    select a.total_credits as total, a.used_credits as used,
        (select coalesce(sum(amount), 0) from public.credit_transactions t where t.user_id = a.user_id) as entries,
        (select coalesce(sum(amount), 0) from public.credit_holds h
            where h.user_id = a.user_id and status = 'held') as held,
        (select coalesce(sum(cast(metadata ->> 'actual' as int)), 0) from public.credit_holds h
            where h.user_id = a.user_id and status = 'committed') as charged
    from public.user_credits a where a.user_id = :user_id
""")


@dataclass(frozen=True, slots=True)
class Books:
    """Sums of one account in the tables."""

    total: int = 0
    used: int = 0
    entries: int = 0
    held: int = 0
    charged: int = 0


async def read_books(tx: Tx, user_id: uuid.UUID) -> Books:
    """The account, in which no promise is broken."""
    assert await list_violations(tx, user_id=user_id, only=INVARIANTS[:4]) == []  # those of an account alone
    row = (await tx.execute(_BOOKS, {"user_id": user_id})).first()
    return Books(*row) if row else Books()


async def hold(tx: Tx, user_id: uuid.UUID, amount: int, key: str, run_id: uuid.UUID | None = None) -> ledger.Hold:
    return await ledger.hold(
        tx,
        user_id,
        amount,
        key=key,
        resource_type="text",
        reference_type="test",
        reference_id="there",
        metadata={"run_id": str(run_id)} if run_id else None,
    )


async def fund(engine: AsyncEngine, amount: int) -> uuid.UUID:
    user_id = uuid.uuid4()
    async with engine.begin() as tx:
        await ledger.grant(tx, user_id, amount, kind="grant", description="test", key="funds")
    return user_id


async def within(engine: AsyncEngine, act: Callable[[Tx], Awaitable[T]]) -> T:
    async with engine.begin() as tx:
        return await act(tx)


async def books(engine: AsyncEngine, user_id: uuid.UUID) -> Books:
    return await within(engine, lambda tx: read_books(tx, user_id))


class _Crash(Exception):
    """The process dies before the commit."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A hold as the model knows it."""

    user: int
    hold_id: uuid.UUID
    amount: int
    status: str = "held"
    charged: int = 0


USERS = st.integers(0, 1)
KEYS = st.sampled_from(["a", "b", "c", "d"])
CRASHES = st.sampled_from([False, False, False, True])


class LedgerMachine(RuleBasedStateMachine):
    """The ledger and a dict of what it ought to say; every act may crash before its commit, and then never was."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    engine: ClassVar[AsyncEngine]

    def __init__(self) -> None:
        super().__init__()
        self.users = [uuid.uuid4(), uuid.uuid4()]
        self.granted: dict[tuple[int, str], int] = {}
        self.holds: dict[tuple[int, str], _Held] = {}

    def available(self, user: int) -> int:
        mine = [h for h in self.holds.values() if h.user == user]
        spent = sum(h.amount if h.status == "held" else h.charged for h in mine)
        return sum(amount for (owner, _), amount in self.granted.items() if owner == user) - spent

    def act(self, crash: bool, operation: Callable[[Tx], Awaitable[T]]) -> T | None:
        async def once() -> T:
            async with self.engine.begin() as tx:
                result = await operation(tx)
                if crash:
                    raise _Crash
                return result

        try:
            return self.loop.run_until_complete(once())
        except _Crash:
            return None

    def refused(self, kind: type[WzrdError], operation: Callable[[Tx], Awaitable[object]]) -> None:
        with pytest.raises(kind):
            self.act(False, operation)

    @rule(user=USERS, key=KEYS, amount=st.integers(1, 60), crash=CRASHES)
    def grant(self, user: int, key: str, amount: int, crash: bool) -> None:
        def operation(tx: Tx) -> Awaitable[int]:
            return ledger.grant(tx, self.users[user], amount, kind="grant", description="more", key=key)

        after = self.act(crash, operation)
        if after is not None:
            self.granted.setdefault((user, key), amount)
            assert after == self.available(user)

    @rule(user=USERS, crash=CRASHES)
    def welcome(self, user: int, crash: bool) -> None:
        welcomed = self.act(crash, lambda tx: ledger.open_account(tx, self.users[user]))
        if welcomed is not None:
            assert welcomed is ((user, "welcome") not in self.granted)
            self.granted.setdefault((user, "welcome"), WELCOME_CREDITS)

    @rule(user=USERS, key=KEYS, amount=st.integers(1, 60), again=st.booleans(), crash=CRASHES)
    def hold(self, user: int, key: str, amount: int, again: bool, crash: bool) -> None:
        known = self.holds.get((user, key))
        amount = known.amount if known and again else amount

        def operation(tx: Tx) -> Awaitable[ledger.Hold]:
            return hold(tx, self.users[user], amount, key)

        if known and known.amount != amount:
            self.refused(Conflict, operation)
        elif known is None and amount > self.available(user):
            self.refused(InsufficientCredits, operation)
        elif made := self.act(crash, operation):
            if known is None:
                self.holds[user, key] = _Held(user, made.hold_id, amount)
            status = known.status if known else "held"
            assert made.created is (known is None)
            assert (made.hold_id, made.status) == (self.holds[user, key].hold_id, status)

    @rule(user=USERS, key=KEYS, size=st.sampled_from(["zero", "less", "equal", "more"]), crash=CRASHES)
    def commit(self, user: int, key: str, size: str, crash: bool) -> None:
        known = self.holds.get((user, key))
        if known is None:
            return
        actual = {"zero": 0, "less": known.amount // 2, "equal": known.amount, "more": known.amount + 7}[size]
        hold_id = known.hold_id

        def operation(tx: Tx) -> Awaitable[int]:
            return ledger.commit(tx, hold_id, actual)

        if known.status == "released":
            self.refused(Conflict, operation)
            return
        charged = self.act(crash, operation)
        if charged is not None:
            if known.status == "held":
                known = replace(known, status="committed", charged=min(actual, known.amount))
                self.holds[user, key] = known
            assert charged == known.charged

    @rule(user=USERS, key=KEYS, crash=CRASHES)
    def release(self, user: int, key: str, crash: bool) -> None:
        known = self.holds.get((user, key))
        if known is None:
            return

        def operation(tx: Tx) -> Awaitable[int]:
            return ledger.release(tx, known.hold_id, "test")

        if known.status == "committed":
            self.refused(Conflict, operation)
            return
        returned = self.act(crash, operation)
        if returned is not None:
            assert returned == (known.amount if known.status == "held" else 0)
            self.holds[user, key] = replace(known, status="released")

    @rule(user=USERS, key=KEYS, amount=st.integers(-60, 0))
    def wrong_amount(self, user: int, key: str, amount: int) -> None:
        self.refused(BadRequest, lambda tx: hold(tx, self.users[user], amount, f"wrong {key}"))

    @rule()
    def foreign(self) -> None:
        self.refused(NotFound, lambda tx: ledger.commit(tx, uuid.uuid4(), 1))
        self.refused(NotFound, lambda tx: ledger.release(tx, uuid.uuid4(), "test"))

    @invariant()
    def adds_up(self) -> None:
        for user, user_id in enumerate(self.users):
            found = self.loop.run_until_complete(within(self.engine, lambda tx, u=user_id: read_books(tx, u)))
            assert found.total - found.used == self.available(user)


def test_whatever_is_done_the_ledger_adds_up(database_url: str) -> None:
    """Any order of holds, commits, releases and grants, repeated, foreign or crashed, leaves what a dict would hold."""
    LedgerMachine.loop, LedgerMachine.engine = asyncio.new_event_loop(), open_engine(database_url, pool_size=2)
    try:
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=35, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )
    finally:
        LedgerMachine.loop.run_until_complete(LedgerMachine.engine.dispose())
        LedgerMachine.loop.close()


async def test_two_hundred_holds_at_once_against_a_balance_for_forty(engine: AsyncEngine) -> None:
    """Exactly forty pass, the others are refused, and nothing is overdrawn."""
    user_id = await fund(engine, 80)

    async def one(number: int) -> ledger.Hold:
        return await within(engine, lambda tx: hold(tx, user_id, 2, f"h{number}"))

    ends = await asyncio.gather(*(one(n) for n in range(200)), return_exceptions=True)
    assert sum(isinstance(end, ledger.Hold) for end in ends) == 40
    refused = [end for end in ends if isinstance(end, InsufficientCredits)]
    assert [(end.required, end.available) for end in refused] == [(2, 0)] * 160
    assert await books(engine, user_id) == Books(total=80, used=80, entries=0, held=80)


async def test_holds_at_once_under_one_key_are_one(engine: AsyncEngine) -> None:
    """Thirty requests with one key: one hold, one charge, one answer; even on an account that did not exist."""
    user_id = await fund(engine, 100)
    made = await asyncio.gather(*(within(engine, lambda tx: hold(tx, user_id, 5, "same")) for _ in range(30)))
    assert sum(h.created for h in made) == 1
    assert len({h.hold_id for h in made}) == 1
    assert (await books(engine, user_id)).held == 5


async def ordered(engine: AsyncEngine) -> tuple[uuid.UUID, Callable[[Tx], Awaitable[uuid.UUID]]]:
    """Somebody with 100 credits and a run, and how its hold of 5 is taken."""
    user_id, run_id = await fund(engine, 100), uuid.uuid4()
    row = NewRow(run_id, "gen-shots", user_id, None, str(run_id), {}, "hash", [], [])
    await within(engine, lambda tx: insert_run(tx, row, NO_LIMITS))
    new = NewHold("", 5, "text", "test", "there", "test")
    return user_id, lambda tx: take_hold(tx, new, run_id=run_id, user_id=user_id, attempt=1)


async def test_a_hold_of_a_run_asked_twice_at_once_is_one(engine: AsyncEngine) -> None:
    """Whoever takes a run's hold has locked the run; two that had not would make one hold, and an error."""
    user_id, take = await ordered(engine)
    ends = await asyncio.gather(*(within(engine, take) for _ in range(20)), return_exceptions=True)
    held = {end for end in ends if isinstance(end, uuid.UUID)}
    assert len(held) == 1
    assert all(isinstance(end, uuid.UUID | IntegrityError) for end in ends)
    assert await books(engine, user_id) == Books(total=100, used=5, entries=95, held=5)
    assert {await within(engine, take)} == held  # who comes later has the same


@pytest.mark.parametrize("amount", [0, -1, 101, MAX_CREDITS + 1, 1 << 40, 1 << 70])
async def test_a_hold_that_is_not_covered_leaves_nothing(engine: AsyncEngine, amount: int) -> None:
    user_id, run_id = await fund(engine, 100), uuid.uuid4()
    new = NewHold("", amount, "text", "test", "there", "test")
    with pytest.raises(BadRequest if amount < 1 else InsufficientCredits):
        await within(engine, lambda tx: take_hold(tx, new, run_id=run_id, user_id=user_id, attempt=1))
    assert await books(engine, user_id) == Books(total=100, entries=100)


async def test_a_hold_that_was_settled_is_not_taken_again(engine: AsyncEngine) -> None:
    user_id, take = await ordered(engine)
    held = await within(engine, take)
    await within(engine, lambda tx: ledger.release(tx, held, "test"))
    with pytest.raises(Conflict, match="was released before"):
        await within(engine, take)
    assert await books(engine, user_id) == Books(total=100, entries=100)


async def test_commit_and_release_at_once(engine: AsyncEngine) -> None:
    """Of many that settle one hold with different words exactly one kind wins, once, and the ledger adds up."""
    for turn in range(6):
        user_id = await fund(engine, 10)
        held = await within(engine, lambda tx, u=user_id: hold(tx, u, 6, "k"))

        def commit(tx: Tx, hold_id: uuid.UUID = held.hold_id) -> Awaitable[int]:
            return ledger.commit(tx, hold_id, 4)

        def release(tx: Tx, hold_id: uuid.UUID = held.hold_id) -> Awaitable[int]:
            return ledger.release(tx, hold_id, "race")

        acts = [commit, release] if turn % 2 else [release, commit]
        ends = await asyncio.gather(*(within(engine, act) for act in acts * 5), return_exceptions=True)
        assert {type(end) for end in ends} == {int, Conflict}
        after = await books(engine, user_id)
        assert (after.charged, after.held) in {(4, 0), (0, 0)}
        assert sum(end for end in ends if isinstance(end, int)) == (20 if after.charged else 6)


async def test_welcomes_at_once_are_one(engine: AsyncEngine) -> None:
    """Ten first sign-ins at once open one account with one welcome."""
    user_id = uuid.uuid4()
    welcomed = await asyncio.gather(*(within(engine, lambda tx: ledger.open_account(tx, user_id)) for _ in range(10)))
    assert sum(welcomed) == 1
    assert (await books(engine, user_id)).total == WELCOME_CREDITS


async def test_a_welcome_of_another_size(engine: AsyncEngine) -> None:
    """As many credits as the operator says, once; no negative ones."""
    user_id = uuid.uuid4()
    assert await within(engine, lambda tx: ledger.open_account(tx, user_id, 7))
    assert not await within(engine, lambda tx: ledger.open_account(tx, user_id, 100))
    assert (await books(engine, user_id)).total == 7
    with pytest.raises(BadRequest, match="-1"):
        await within(engine, lambda tx: ledger.open_account(tx, uuid.uuid4(), -1))


async def test_who_came_in_without_a_welcome_is_not_welcomed_later(engine: AsyncEngine) -> None:
    """A welcome of nothing is one: else throw-away users made meanwhile would draw it when it is switched on."""
    user_id = uuid.uuid4()
    assert not await within(engine, lambda tx: ledger.open_account(tx, user_id, 0))
    assert not await within(engine, lambda tx: ledger.open_account(tx, user_id, 100))
    assert (await books(engine, user_id)).total == 0
    assert await within(engine, lambda tx: ledger.read_balance(tx, user_id)) == 0


async def test_the_original_s_welcome_counts(engine: AsyncEngine) -> None:
    """Whoever was welcomed by the original's trigger, which knew no keys, is not welcomed again."""
    user_id = uuid.uuid4()
    async with engine.begin() as tx:
        await adopt_account(tx, user_id, total=100, used=0)
        await adopt_entry(tx, user_id, 100, "free", f'{{"description": "{WELCOME_DESCRIPTION}"}}')
    assert not await within(engine, lambda tx: ledger.open_account(tx, user_id))
    assert (await books(engine, user_id)).total == 100


async def test_a_hold_of_no_amount_is_refused(engine: AsyncEngine) -> None:
    """Nothing, less than nothing and fractions are a clear error, and nothing is written: no credits out of the air."""
    user_id = await fund(engine, 10)
    amounts: list[Any] = [0, -1, -(2**31), -(2**70), 2.5, True, float("nan")]
    for amount in amounts:
        with pytest.raises(BadRequest, match="whole number from 1"):
            await within(engine, lambda tx, a=amount: hold(tx, user_id, a, "k"))
    assert await books(engine, user_id) == Books(total=10, entries=10)


async def test_a_hold_beyond_the_balance_is_refused_however_huge(engine: AsyncEngine) -> None:
    """Beyond what the columns can count it is still just not covered, and the error says by how much."""
    user_id = await fund(engine, 10)
    for amount in (11, 2**31 - 1, 2**31, 2**63, 2**70):
        with pytest.raises(InsufficientCredits) as refused:
            await within(engine, lambda tx, a=amount: hold(tx, user_id, a, "k"))
        assert (refused.value.required, refused.value.available) == (amount, 10)
    assert await books(engine, user_id) == Books(total=10, entries=10)


async def test_a_grant_of_no_amount_is_refused(engine: AsyncEngine) -> None:
    """A grant must be a whole number that an account can hold."""
    user_id = await fund(engine, 10)

    def give(tx: Tx, amount: Any) -> Awaitable[int]:
        return ledger.grant(tx, user_id, amount, kind="grant", description="", key="k")

    for amount in (0, -5, 2**31, 2**70, 0.5):
        with pytest.raises(BadRequest, match="whole number"):
            await within(engine, lambda tx, a=amount: give(tx, a))
    assert await books(engine, user_id) == Books(total=10, entries=10)


async def test_a_grant_that_does_not_fit_the_account_is_refused(engine: AsyncEngine) -> None:
    """An account filled to the brim takes no more; the refused key may be used later."""
    user_id = await fund(engine, MAX_CREDITS)
    with pytest.raises(BadRequest, match="do not fit"):
        await within(engine, lambda tx: ledger.grant(tx, user_id, 1, kind="grant", description="", key="k"))
    assert await books(engine, user_id) == Books(total=MAX_CREDITS, entries=MAX_CREDITS)


async def test_a_commit_stays_between_nothing_and_its_hold(engine: AsyncEngine) -> None:
    """A charge takes at most what was held; one below zero is refused, as it would pay credits out."""
    user_id = await fund(engine, 24)
    for number, (actual, charged) in enumerate([(2**31, 6), (2**70, 6), (6, 6), (0, 0)]):
        held = await within(engine, lambda tx, n=number: hold(tx, user_id, 6, f"{n}"))
        with pytest.raises(BadRequest):
            await within(engine, lambda tx, h=held: ledger.commit(tx, h.hold_id, -1))
        assert await within(engine, lambda tx, h=held, a=actual: ledger.commit(tx, h.hold_id, a)) == charged
    assert (await books(engine, user_id)).charged == 18


async def test_only_the_run_that_holds_may_settle(engine: AsyncEngine) -> None:
    """Another run finds no such hold, by commit or release; nor does any run find a hold of the original's."""
    user_id, run_id, other = await fund(engine, 10), uuid.uuid4(), uuid.uuid4()
    mine = await within(engine, lambda tx: hold(tx, user_id, 6, "mine", run_id))
    orphan = await within(engine, lambda tx: hold(tx, user_id, 1, "orphan"))
    for hold_id, who in ((mine.hold_id, other), (orphan.hold_id, run_id)):
        with pytest.raises(NotFound):
            await within(engine, lambda tx, h=hold_id, w=who: ledger.commit(tx, h, 1, run_id=w))
        with pytest.raises(NotFound):
            await within(engine, lambda tx, h=hold_id, w=who: ledger.release(tx, h, "theft", run_id=w))
    assert (await books(engine, user_id)).held == 7
    assert await within(engine, lambda tx: ledger.commit(tx, mine.hold_id, 2, run_id=run_id)) == 2


async def test_the_key_of_one_user_is_not_the_key_of_another(engine: AsyncEngine) -> None:
    """The original matched a key over all users; here a stranger's key neither pays nor blocks."""
    one, two = await fund(engine, 10), await fund(engine, 10)
    first = await within(engine, lambda tx: hold(tx, one, 6, "k"))
    second = await within(engine, lambda tx: hold(tx, two, 3, "k"))
    assert first.hold_id != second.hold_id
    assert ((await books(engine, one)).held, (await books(engine, two)).held) == (6, 3)


# Rows as the original's functions left them: no keys in the entries, no `actual` in the holds.


async def adopt_account(tx: Tx, user_id: uuid.UUID, *, total: int, used: int) -> None:
    statement = text("insert into public.user_credits (user_id, total_credits, used_credits) values (:u, :t, :s)")
    await tx.execute(statement, {"u": user_id, "t": total, "s": used})


async def adopt_entry(tx: Tx, user_id: uuid.UUID, amount: int, kind: str, metadata: str = "{}") -> None:
    statement = text("""
        insert into public.credit_transactions (user_id, amount, transaction_type, metadata)
        values (:u, :a, :k, cast(:m as jsonb))""")
    await tx.execute(statement, {"u": user_id, "a": amount, "k": kind, "m": metadata})


async def adopt_hold(tx: Tx, user_id: uuid.UUID, amount: int, status: str) -> uuid.UUID:
    statement = text("""
        insert into public.credit_holds (user_id, amount, resource_type, status) values (:u, :a, 'image', :s)
        returning id""")
    return await tx.scalar(statement, {"u": user_id, "a": amount, "s": status}) or uuid.UUID(int=0)


async def sums(engine: AsyncEngine) -> list[tuple[int, int]]:
    statement = text("""
        select coalesce(total_credits - used_credits, 0), coalesce(sum(amount), 0) from public.user_credits
        full join public.credit_transactions using (user_id) group by user_id, total_credits, used_credits""")
    async with engine.begin() as tx:
        return [(row[0], row[1]) for row in await tx.execute(statement)]


async def test_an_adopted_ledger_adds_up_from_its_opening_entry(engine: AsyncEngine) -> None:
    """Lost entries, unexplained totals and entries without an account are explained once; twice changes nothing."""
    whole, lost, bare, gone = (uuid.uuid4() for _ in range(4))
    async with engine.begin() as tx:
        await adopt_account(tx, whole, total=100, used=4)
        await adopt_entry(tx, whole, 100, "free")
        await adopt_entry(tx, whole, -4, "hold")
        await adopt_hold(tx, whole, 4, "committed")
        await adopt_account(tx, lost, total=500, used=130)
        await adopt_entry(tx, lost, -40, "hold")
        await adopt_account(tx, bare, total=50_000, used=0)
        await adopt_entry(tx, gone, 90, "free")
    assert await within(engine, ledger.store_opening_balances) == 3
    assert all(balance == entries for balance, entries in await sums(engine))
    assert await within(engine, ledger.store_opening_balances) == 0
    assert await within(engine, lambda tx: ledger.read_balance(tx, lost)) == 370
    held = await within(engine, lambda tx: hold(tx, lost, 370, "all of it"))
    await within(engine, lambda tx: ledger.commit(tx, held.hold_id, 1))
    assert await within(engine, lambda tx: ledger.open_account(tx, gone))
    assert all(balance == entries for balance, entries in await sums(engine))


async def test_openings_at_once_are_one(engine: AsyncEngine) -> None:
    """Several processes that start on one adopted database store one opening entry an account."""
    user_id = uuid.uuid4()
    await within(engine, lambda tx: adopt_account(tx, user_id, total=70, used=20))
    stored = await asyncio.gather(*(within(engine, ledger.store_opening_balances) for _ in range(6)))
    assert sorted(stored) == [0, 0, 0, 0, 0, 1]
    assert await sums(engine) == [(50, 50)]


async def test_a_hold_that_the_original_committed_tells_what_it_charged(engine: AsyncEngine) -> None:
    """Without `actual` the charge is what was held less what came back; committing it anew moves nothing."""
    user_id = uuid.uuid4()
    async with engine.begin() as tx:
        await adopt_account(tx, user_id, total=100, used=11)
        full, part = await adopt_hold(tx, user_id, 4, "committed"), await adopt_hold(tx, user_id, 9, "committed")
        await adopt_entry(tx, user_id, 100, "free")
        await adopt_entry(tx, user_id, -4, "hold")
        await adopt_entry(tx, user_id, -9, "hold")
        await adopt_entry(tx, user_id, 2, "refund_partial", f'{{"hold_id": "{part}"}}')
    assert await within(engine, lambda tx: ledger.commit(tx, full, 9)) == 4
    assert await within(engine, lambda tx: ledger.commit(tx, part, 9)) == 7
    with pytest.raises(Conflict):
        await within(engine, lambda tx: ledger.release(tx, part, "no"))
    assert await sums(engine) == [(89, 89)]
