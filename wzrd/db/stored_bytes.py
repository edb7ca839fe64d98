"""Bytes in the file store, counted by first folder, and the room that uploads have taken (wzrd.stored_bytes)."""

from uuid import UUID, uuid4

from sqlalchemy import text

from wzrd.db.engine import Tx

# Uploads of one user take their room one after the other: each sees what those before it have taken, so together they
# never take more than there is. Nobody holds the lock longer than these statements.
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:user, 15))")
_USED = text("""
    select coalesce(sum(bytes), 0)::bigint from wzrd.stored_bytes
    where (until is null or until > clock_timestamp())
      and (folder in (
              select cast(:user as text) union all select id::text from public.projects where user_id = :user_id)
          or (bucket, path) in (select bucket, path from wzrd.path_owners where user_id = :user_id))
""")
_TAKE = text("""
    insert into wzrd.stored_bytes (bucket, path, folder, bytes, until)
    values ('', :path, :user, :bytes, clock_timestamp() + make_interval(secs => :seconds))
""")
_NOTE = text("""
    insert into wzrd.stored_bytes (bucket, path, folder, bytes)
    values (:bucket, :path, split_part(:path, '/', 1), :bytes)
    on conflict (bucket, path) do update set bytes = excluded.bytes
""")
_FORGET = text("delete from wzrd.stored_bytes where bucket = :bucket and path = :path")
_LATE = text("delete from wzrd.stored_bytes where bucket = '' and until < clock_timestamp()")


async def sum_bytes(tx: Tx, user_id: UUID) -> int:
    """The bytes of the user's folders and projects and of paths that he wrote first, with his uploads' room.

    Until this transaction ends, no other upload of the user's takes room.
    """
    await tx.execute(_LOCK, {"user": str(user_id)})
    return int(await tx.scalar(_USED, {"user": str(user_id), "user_id": user_id}) or 0)


async def take_room(tx: Tx, user_id: UUID, size: int, *, seconds: float) -> str:
    """Take room for an upload of `size` bytes, in the transaction of `sum_bytes`; whoever is gone then has had it."""
    await tx.execute(_LATE)
    path = str(uuid4())
    await tx.execute(_TAKE, {"path": path, "user": str(user_id), "bytes": size, "seconds": seconds})
    return path


async def give_room_back(tx: Tx, room: str) -> None:
    """The upload has ended: what it has stored is counted as such."""
    await tx.execute(_FORGET, {"bucket": "", "path": room})


async def note_bytes(tx: Tx, bucket: str, path: str, size: int) -> None:
    """The file there has so many bytes now."""
    await tx.execute(_NOTE, {"bucket": bucket, "path": path, "bytes": size})


async def forget_bytes(tx: Tx, bucket: str, path: str) -> None:
    """The file there is gone."""
    await tx.execute(_FORGET, {"bucket": bucket, "path": path})
