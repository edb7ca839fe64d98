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
    """One signed entry of the ledger."""

    amount: int
    kind: str
    metadata: Mapping[str, Any]
    created_at: str


async def list_transactions(tx: Tx, user_id: UUID, *, limit: int = 50) -> list[Transaction]:
    """The newest entries first."""
    statement = text("""
        select amount, transaction_type as kind, metadata, created_at from public.credit_transactions
        where user_id = :user_id order by created_at desc, id limit :limit
    """)
    return read_all(_transaction, await tx.execute(statement, {"user_id": user_id, "limit": limit}))


def _transaction(*, created_at: datetime, **columns: Any) -> Transaction:
    return Transaction(created_at=created_at.isoformat(), **columns)
