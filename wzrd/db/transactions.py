"""The ledger's entries as their owner reads them, newest first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx
from wzrd.db.rows import read_all


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
