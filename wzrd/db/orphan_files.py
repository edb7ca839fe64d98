"""Files between the store and a row: expected before they are put, noted with it, else cleared away."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx

# The row need not survive a crash of the database, only one of ours: nobody waits for the disk.
_EXPECT = text("""
    with quick as (select set_config('synchronous_commit', 'off', true))
    insert into wzrd.unnoted_files (bucket, path, user_id) select :bucket, :path, :user_id from quick
    on conflict (bucket, path) do update set stored_at = clock_timestamp(), cleared_at = null
""")
_NOTE = text("delete from wzrd.unnoted_files where bucket = :bucket and path = :path and cleared_at is null")
# SKIP LOCKED: one that is being noted this moment is left alone. What was taken before and not removed is taken again.
_TAKE = text("""
    update wzrd.unnoted_files set cleared_at = coalesce(cleared_at, clock_timestamp()) where (bucket, path) in (
        select bucket, path from wzrd.unnoted_files where stored_at < clock_timestamp() - make_interval(secs => :older)
        order by stored_at limit :limit for update skip locked)
    returning bucket, path
""")
_FORGET = text("delete from wzrd.unnoted_files where bucket = :bucket and path = :path and cleared_at is not null")


async def expect_file(tx: Tx, bucket: str, path: str, user_id: UUID) -> None:
    """A file is about to be put there; in a transaction of its own, that ends before the put."""
    await tx.execute(_EXPECT, {"bucket": bucket, "path": path, "user_id": user_id})


async def note_file(tx: Tx, bucket: str, path: str) -> bool:
    """This transaction notes the file; False when it came too late, and the file is gone or going."""
    return (await tx.execute(_NOTE, {"bucket": bucket, "path": path})).rowcount == 1


async def take_unnoted(tx: Tx, *, older_than: float, limit: int) -> Sequence[tuple[str, str]]:
    """Take files that nobody has noted for `older_than` seconds: from here on nobody can. Bucket and path of each."""
    rows = await tx.execute(_TAKE, {"older": older_than, "limit": limit})
    return [(row.bucket, row.path) for row in rows]


async def forget_unnoted(tx: Tx, bucket: str, path: str) -> None:
    """The file is gone from the store."""
    await tx.execute(_FORGET, {"bucket": bucket, "path": path})
