"""Which users there are, what each can spend, and the entries of one's ledger, as operators list them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A user, and what they can spend (0 without an account)."""

    user_id: UUID
    email: str | None
    credits: int


async def list_accounts(tx: Tx) -> list[AccountLine]:
    """All users of this server, the first one first."""
    statement = text("""
        select u.id as user_id, u.email, coalesce(c.total_credits - c.used_credits, 0) as credits from wzrd.users u
        left join public.user_credits c on c.user_id = u.id order by u.created_at, u.id
    """)
    return read_all(AccountLine, await tx.execute(statement))


@dataclass(frozen=True, slots=True)
class Transaction:
    """One signed entry of the ledger, and the run that it is for, where it is for one."""

    amount: int
    kind: str
    metadata: Mapping[str, Any]
    created_at: str
    run_id: str | None = None


async def list_transactions(tx: Tx, user_id: UUID, *, limit: int = 50) -> list[Transaction]:
    """The newest entries first."""
    statement = text("""
        select entry.amount, entry.transaction_type as kind, entry.metadata, entry.created_at,
            coalesce(entry.metadata ->> 'run_id', hold.metadata ->> 'run_id') as run_id
        from public.credit_transactions entry
        left join public.credit_holds hold on cast(hold.id as text) = entry.metadata ->> 'hold_id'
        where entry.user_id = :user_id order by entry.created_at desc, entry.id limit :limit
    """)
    return read_all(_transaction, await tx.execute(statement, {"user_id": user_id, "limit": limit}))


def _transaction(*, created_at: datetime, **columns: Any) -> Transaction:
    return Transaction(created_at=created_at.isoformat(), **columns)
