"""Daily limit on what calls with the public anon key may cost an account (wzrd.anonymous_days)."""

from typing import Protocol
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx


class DayCheck(Protocol):
    """Either of the two questions below."""

    async def __call__(self, tx: Tx, user_id: UUID, price: int, *, most: int) -> bool:
        """True if the day has room for a call of this price."""
        ...


# One statement decides: who comes second waits for the first one's commit, and the condition is then judged on the row
# as that commit left it. So no number of calls at once gets past the limit, and a rollback counts nothing. The day is
# the database's, in UTC, after the wait.
_COUNT = text("""
    insert into wzrd.anonymous_days as d (user_id, day, credits)
    select :user_id, cast(clock_timestamp() at time zone 'UTC' as date), :price
    where cast(:price as int) <= cast(:most as int)
    on conflict (user_id, day) do update set credits = d.credits + excluded.credits
    where d.credits + excluded.credits <= cast(:most as int)
    returning true
""")


_FITS = text("""
    select credits + :price <= :most from wzrd.anonymous_days
    where user_id = :user_id and day = cast(clock_timestamp() at time zone 'UTC' as date)
""")


async def fits_today(tx: Tx, user_id: UUID, price: int, *, most: int) -> bool:
    """True if the user's day has room for a call of this price now; `count_anonymous` decides. Waits for no lock."""
    found = await tx.scalar(_FITS, {"user_id": user_id, "price": price, "most": most})
    return price <= most if found is None else bool(found)


async def count_anonymous(tx: Tx, user_id: UUID, price: int, *, most: int) -> bool:
    """Count a call of this price into the user's day; False, and not counted, where that would pass `most`."""
    values = {"user_id": user_id, "price": price, "most": most}
    return await tx.scalar(_COUNT, values) is not None
