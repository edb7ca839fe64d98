"""Counts of what happened within the last minute, for all processes in one place (wzrd.rate_limits)."""

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
