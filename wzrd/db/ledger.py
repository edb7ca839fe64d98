"""The credit ledger: accounts, holds, transactions.

Every operation locks the account's row first, then acts in one guarded statement; a key is idempotent in every
status; sum(transactions) = total - used, always.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_first, read_one, to_json
from wzrd.domain.credits import MAX_CREDITS, WELCOME_DESCRIPTION, check_amount
from wzrd.domain.errors import BadRequest, Conflict, InsufficientCredits, NotFound
from wzrd.domain.ids import HoldId
from wzrd.settings import WELCOME_CREDITS


@dataclass(frozen=True, slots=True)
class Hold:
    """A reservation of `amount` credits; `status` is held, committed or released."""

    hold_id: HoldId
    user_id: UUID
    amount: int
    status: str
    created: bool = False


# A missing account starts at 0/0. DO UPDATE (of nothing) rather than DO NOTHING, because only an update takes the
# row's lock: whoever comes second waits here, and every statement after this one sees what the first committed.
_LOCK_ACCOUNT = text("""
    insert into public.user_credits (user_id, total_credits, used_credits) values (:user_id, 0, 0)
    on conflict (user_id) do update set user_id = excluded.user_id
    returning total_credits - used_credits as available
""")


async def lock_account(tx: Tx, user_id: UUID) -> int:
    """Take the account's row lock (making the account where there is none) and say what is available."""
    return int(await tx.scalar(_LOCK_ACCOUNT, {"user_id": user_id}) or 0)


async def read_balance(tx: Tx, user_id: UUID) -> int:
    """Credits the user can spend: total less used; 0 without an account."""
    statement = text("select total_credits - used_credits from public.user_credits where user_id = :user_id")
    return int(await tx.scalar(statement, {"user_id": user_id}) or 0)


# The account is locked, so the balance cannot change between this WHERE and this SET; the same transaction that
# raises the total writes the entry. The second guard keeps the total within its column.
_GRANT = text("""
    with account as (
        update public.user_credits set total_credits = total_credits + :amount, updated_at = now()
        where user_id = :user_id and total_credits <= :most - :amount returning user_id
    )
    insert into public.credit_transactions (user_id, amount, transaction_type, resource_type, metadata)
    select user_id, :amount, :kind, 'credits', cast(:metadata as jsonb) from account
""")

_GRANTED = text("""
    select 1 from public.credit_transactions
    where user_id = :user_id and transaction_type = :kind and (
        metadata ->> 'key' = :key or (:key = 'welcome' and metadata ->> 'description' = :description)) limit 1
""")


async def grant(tx: Tx, user_id: UUID, amount: int, *, kind: str, description: str, key: str) -> int:
    """Add `amount` credits once per `key`, and return the balance. A second grant under the key changes nothing.

    Raises:
        BadRequest: the amount is not positive, or the account cannot hold so much.
    """
    check_amount(amount)
    return await _grant_once(tx, user_id, amount, kind=kind, description=description, key=key)


async def _grant_once(tx: Tx, user_id: UUID, amount: int, *, kind: str, description: str, key: str) -> int:
    await lock_account(tx, user_id)
    known = {"user_id": user_id, "kind": kind, "key": key, "description": description}
    if await tx.scalar(_GRANTED, known) is None:
        metadata = to_json({"description": description, "key": key})
        values = {"user_id": user_id, "amount": amount, "kind": kind, "metadata": metadata, "most": MAX_CREDITS}
        if (await tx.execute(_GRANT, values)).rowcount == 0:
            raise BadRequest(f"an account holds at most {MAX_CREDITS} credits in all; {amount} more do not fit")
    return await read_balance(tx, user_id)


async def open_account(tx: Tx, user_id: UUID, welcome: int = WELCOME_CREDITS) -> bool:
    """Make the account and grant `welcome` credits once in the user's life; True when some were granted now.

    A welcome of 0 is an entry, too: whoever came in while nothing was granted is not welcomed when that changes.

    Raises:
        BadRequest: `welcome` is negative, or no whole number.
    """
    check_amount(welcome, least=0)
    before = await lock_account(tx, user_id)
    after = await _grant_once(tx, user_id, welcome, kind="free", description=WELCOME_DESCRIPTION, key="welcome")
    return after != before


# On an adopted database the ledger may not add up (older code, deleted rows). The difference is stored once as an
# opening entry, and from there sum(transactions) = balance holds. FULL JOIN: entries whose account is gone count, too,
# since an account made anew begins at nothing.
_OPENING = text("""
    insert into public.credit_transactions (user_id, amount, transaction_type, resource_type, metadata)
    select user_id, coalesce(a.balance, 0) - coalesce(t.total, 0), 'opening', 'credits',
           '{"description": "Opening balance", "key": "opening"}'::jsonb
    from (select user_id, total_credits - used_credits as balance from public.user_credits) a
    full join (select user_id, sum(amount) as total from public.credit_transactions group by user_id) t using (user_id)
    where coalesce(a.balance, 0) <> coalesce(t.total, 0)
      and not exists (select 1 from public.credit_transactions o
                      where o.user_id = coalesce(a.user_id, t.user_id) and o.transaction_type = 'opening')
""")


async def store_opening_balances(tx: Tx) -> int:
    """Store what an adopted ledger does not explain, once an account; returns how many accounts needed it."""
    await tx.execute(text("lock table public.user_credits in share row exclusive mode"))
    return (await tx.execute(_OPENING)).rowcount


# The account pays, the hold stands and the entry is written, or none of it; `payer` says who. The guard on the balance
# is in the UPDATE itself: it is checked again when it has waited for the account's lock.
HOLD = """
    account as (
        update public.user_credits a set used_credits = a.used_credits + :amount, updated_at = now()
        from payer where a.user_id = payer.user_id and :amount > 0 and a.total_credits - a.used_credits >= :amount
            and not exists (select 1 from public.credit_holds h where h.user_id = payer.user_id
                and h.idempotency_key = :key)
        returning a.user_id
    ), hold as (
        insert into public.credit_holds
            (user_id, amount, resource_type, reference_type, reference_id, idempotency_key, status, metadata)
        select user_id, :amount, :resource_type, :reference_type, :reference_id, :key, 'held', cast(:metadata as jsonb)
        from account returning id, user_id
    ), entry as (
        insert into public.credit_transactions (user_id, amount, transaction_type, resource_type, metadata)
        select user_id, -:amount, 'hold', :resource_type, jsonb_build_object(
            'hold_id', id, 'reference_type', cast(:reference_type as text), 'reference_id',
            cast(:reference_id as text)) || cast(:metadata as jsonb)
        from hold
    )"""
_HOLD = text(f"with payer as (select cast(:user_id as uuid) as user_id), {HOLD} select id from hold")

_FIND_HOLD = text("""
    select id as hold_id, user_id, amount, status from public.credit_holds
    where user_id = :user_id and idempotency_key = :key order by created_at limit 1
""")


async def hold(
    tx: Tx,
    user_id: UUID,
    amount: int,
    *,
    key: str,
    resource_type: str,
    reference_type: str,
    reference_id: str,
    metadata: Mapping[str, Any] | None = None,
) -> Hold:
    """Reserve `amount` credits under `key`; the same key again, in whatever status, returns the hold it made.

    Raises:
        InsufficientCredits: the balance does not cover it; nothing was written.
        Conflict: the key exists with another amount.
        BadRequest: the amount is not positive.
    """
    check_amount(min(amount, MAX_CREDITS))  # a greater one is simply not covered
    available = await lock_account(tx, user_id)
    known = read_first(Hold, await tx.execute(_FIND_HOLD, {"user_id": user_id, "key": key}))
    if known is not None:
        if known.amount != amount:
            raise Conflict(f"hold {key} exists with {known.amount} credits, not {amount}")
        return known
    values = {
        "user_id": user_id,
        "amount": amount,
        "key": key,
        "resource_type": resource_type,
        "reference_type": reference_type,
        "reference_id": reference_id,
        "metadata": to_json(metadata or {}),
    }
    hold_id = await tx.scalar(_HOLD, values) if amount <= available else None
    if hold_id is None:
        raise InsufficientCredits(amount, max(available, 0))
    return Hold(HoldId(hold_id), user_id, amount, "held", created=True)


# The account is locked first (lock order: account, then hold). `status = 'held'` is the guard: only one settlement
# ever passes it. `least(:actual, amount)` keeps a commit within the hold; the rest goes back with an entry.
_COMMIT = text("""
    with hold as (
        update public.credit_holds set status = 'committed', updated_at = now(),
            metadata = coalesce(metadata, '{}'::jsonb) || cast(:metadata as jsonb)
            || jsonb_build_object('actual', least(cast(:actual as int), amount))
        where id = :hold_id and status = 'held'
        returning id, user_id, amount, resource_type, least(cast(:actual as int), amount) as actual
    ), account as (
        update public.user_credits a set used_credits = a.used_credits - (hold.amount - hold.actual), updated_at = now()
        from hold where a.user_id = hold.user_id and hold.amount > hold.actual
    ), entry as (
        insert into public.credit_transactions (user_id, amount, transaction_type, resource_type, metadata)
        select user_id, amount - actual, 'refund_partial', resource_type,
               jsonb_build_object('hold_id', id, 'actual', actual) || cast(:metadata as jsonb)
        from hold where amount > actual
    )
    select actual from hold
""")

_RELEASE = text("""
    with hold as (
        update public.credit_holds set status = 'released', updated_at = now(),
            metadata = coalesce(metadata, '{}'::jsonb) || jsonb_build_object('release_reason', cast(:reason as text))
        where id = :hold_id and status = 'held' returning id, user_id, amount, resource_type
    ), account as (
        update public.user_credits a set used_credits = a.used_credits - hold.amount, updated_at = now()
        from hold where a.user_id = hold.user_id
    ), entry as (
        insert into public.credit_transactions (user_id, amount, transaction_type, resource_type, metadata)
        select user_id, amount, 'release', resource_type,
               jsonb_build_object('hold_id', id, 'release_reason', cast(:reason as text))
        from hold
    )
    select amount from hold
""")

_FIND_OWNER = text("select user_id, metadata ->> 'run_id' as run_id from public.credit_holds where id = :id")
_READ_HOLD = text("select id as hold_id, user_id, amount, status from public.credit_holds where id = :id")

# What a hold was charged is what it took less what came back: true for the original's commits, too.
_CHARGED = text("""
    select greatest(h.amount - coalesce(sum(t.amount), 0), 0) from public.credit_holds h
    left join public.credit_transactions t on t.user_id = h.user_id and t.transaction_type = 'refund_partial'
        and t.metadata ->> 'hold_id' = cast(h.id as text)
    where h.id = :id and h.status = 'committed' group by h.amount
""")


async def read_charge(tx: Tx, hold_id: UUID) -> int | None:
    """Credits charged to a committed hold; None when it is not committed."""
    return await tx.scalar(_CHARGED, {"id": hold_id})


async def _lock_for(tx: Tx, hold_id: UUID, run_id: UUID | None) -> Hold:
    """Lock the account that the hold belongs to, then read the hold as it stands under that lock."""
    owner = (await tx.execute(_FIND_OWNER, {"id": hold_id})).first()
    if owner is None or (run_id is not None and owner.run_id != str(run_id)):
        raise NotFound(f"no credit hold {hold_id}" + (f" of run {run_id}" if run_id else ""))
    await lock_account(tx, owner.user_id)
    return read_one(Hold, await tx.execute(_READ_HOLD, {"id": hold_id}))


async def commit(
    tx: Tx, hold_id: UUID, actual: int, *, run_id: UUID | None = None, metadata: Mapping[str, Any] | None = None
) -> int:
    """Settle a hold for `actual` credits (never more than held; the rest returns), and say what was charged.

    Committing again changes nothing and answers what the first commit charged. `run_id`: the run that settles.

    Raises:
        NotFound: no such hold, or not that run's.
        Conflict: it was released.
        BadRequest: the charge is negative.
    """
    held = await _lock_for(tx, hold_id, run_id)
    if held.status == "released":
        raise Conflict(f"hold {hold_id} was released")
    if held.status == "committed":
        return await read_charge(tx, hold_id) or 0
    charge = check_amount(min(actual, held.amount), least=0)
    values = {"hold_id": hold_id, "actual": charge, "metadata": to_json(metadata or {})}
    return int(await tx.scalar(_COMMIT, values) or 0)


async def release(tx: Tx, hold_id: UUID, reason: str, *, run_id: UUID | None = None) -> int:
    """Give a hold back whole, and say how much; releasing again changes nothing and answers 0.

    Raises:
        NotFound: no such hold, or not that run's.
        Conflict: it was committed.
    """
    held = await _lock_for(tx, hold_id, run_id)
    if held.status == "committed":
        raise Conflict(f"hold {hold_id} was committed")
    return int(await tx.scalar(_RELEASE, {"hold_id": hold_id, "reason": reason}) or 0)
