"""Counts of the last minute, and of what the anon key may cost a day, for all processes."""

from typing import Protocol
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx

WINDOW_SECONDS = 60

# One statement decides: whoever comes second with a bucket waits for the first one's commit, and the condition is then
# judged on the row as that commit left it. So no number of calls at once gets past the limit, and a rollback counts
# nothing. Times come from clock_timestamp(): now() would be the time before the wait.
_COUNT = text("""
    insert into wzrd.rate_limits as r (bucket, recent, last_at)
    values (:bucket, array[clock_timestamp()], clock_timestamp())
    on conflict (bucket) do update set last_at = clock_timestamp(), recent = clock_timestamp() || array(
        select t from unnest(r.recent) t where t > clock_timestamp() - make_interval(secs => :window))
    where (select count(*) from unnest(r.recent) t
           where t > clock_timestamp() - make_interval(secs => :window)) < :limit
    returning true
""")
# There is room when the limit-th latest event has left the window.
_WAIT = text("""
    select extract(epoch from t + make_interval(secs => :window) - clock_timestamp())
    from wzrd.rate_limits r, unnest(r.recent) t where r.bucket = :bucket order by t desc offset :limit - 1 limit 1
""")
# After the count and never before: what is locked here is skipped by others and waited for by nobody who holds a
# bucket that this transaction still wants.
_FORGET = text("""
    delete from wzrd.rate_limits where bucket in (
        select bucket from wzrd.rate_limits where last_at < now() - make_interval(secs => 2 * :window)
        limit 100 for update skip locked)
""")


async def count_event(tx: Tx, bucket: str, limit: int) -> float:
    """Count an event of `bucket`: 0 when it is within `limit` a minute, else the seconds until there is room.

    An event that is refused, or whose transaction is rolled back, is not counted. The bucket is locked until the
    transaction ends.
    """
    values = {"bucket": bucket, "limit": limit, "window": WINDOW_SECONDS}
    if await tx.scalar(_COUNT, values):
        await tx.execute(_FORGET, {"window": WINDOW_SECONDS})
        return 0.0
    return max(0.001, float(await tx.scalar(_WAIT, values) or 0.0))


class DayCheck(Protocol):
    """Either of the two questions below."""

    async def __call__(self, tx: Tx, user_id: UUID, price: int, *, most: int) -> bool:
        """True if the day has room for a call of this price."""
        ...


# One statement decides: who comes second waits for the first one's commit, and the condition is then judged on the row
# as that commit left it. So no number of calls at once gets past the limit, and a rollback counts nothing. The day is
# the database's, in UTC, after the wait.
_COUNT_DAY = text("""
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
    return await tx.scalar(_COUNT_DAY, values) is not None
