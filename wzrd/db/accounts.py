"""Users beside their credit accounts, as an operator lists them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx
from wzrd.db.rows import read_all


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
