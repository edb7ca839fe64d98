"""Whose a path is that no folder's name tells: who claims it first (wzrd.path_owners).

`key` is the path's own (`wzrd.domain.buckets.path_key`). A claim is a transaction of its own, before the file is put.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all


@dataclass(frozen=True, slots=True)
class PathOwner:
    """Whose a path is. `stored_at`: since when the file is there that is there; None, there is none."""

    key: bytes
    path: str
    user_id: UUID
    stored_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnedName:
    """A name right in a folder, of files that are the user's: a file since `stored_at`, a folder, or both."""

    name: str
    stored_at: datetime | None
    is_folder: bool


async def find_path_owners(tx: Tx, bucket: str, keys: Collection[bytes]) -> Mapping[bytes, PathOwner]:
    """The owners that there are, by key."""
    statement = text("""
        select key, path, user_id, stored_at from wzrd.path_owners where bucket = :bucket and key = any(:keys)
    """)
    rows = read_all(PathOwner, await tx.execute(statement, {"bucket": bucket, "keys": list(keys)}))
    return {row.key: row for row in rows}


# One statement decides: who comes second waits for the first one's commit, and the condition is then judged on the row
# as that commit left it. The owner's own puts are counted, so that one that fails does not end what another one needs.
_CLAIM = text("""
    insert into wzrd.path_owners as o (bucket, key, path, user_id, writing)
    values (:bucket, :key, :path, :user_id, 1)
    on conflict (bucket, key) do update set writing = o.writing + 1
    where o.user_id = excluded.user_id and o.path = excluded.path
    returning true
""")
_END = text("""
    update wzrd.path_owners set writing = greatest(writing - 1, 0), written = written or :stored,
        stored_at = case when :stored then clock_timestamp() else stored_at end
    where bucket = :bucket and key = :key
""")
_FORGET = text("delete from wzrd.path_owners where bucket = :bucket and key = :key and writing = 0 and not written")


async def claim_path(tx: Tx, bucket: str, path: str, key: bytes, user_id: UUID) -> bool:
    """The user puts a file there, which counts until `end_put`; False: the path is somebody else's."""
    values = {"bucket": bucket, "key": key, "path": path, "user_id": user_id}
    return await tx.scalar(_CLAIM, values) is not None


async def end_put(tx: Tx, bucket: str, key: bytes, *, stored: bool) -> None:
    """A put that had claimed the path is over. A path where no put has left anything is nobody's again."""
    await tx.execute(_END, {"bucket": bucket, "key": key, "stored": stored})
    await tx.execute(_FORGET, {"bucket": bucket, "key": key})


async def note_deleted(tx: Tx, bucket: str, owner: PathOwner) -> None:
    """The file that was there is deleted, unless another one has come since `owner` was read."""
    statement = text("""
        update wzrd.path_owners set stored_at = null
        where bucket = :bucket and key = :key and stored_at is not distinct from :stored_at
    """)
    await tx.execute(statement, {"bucket": bucket, "key": owner.key, "stored_at": owner.stored_at})


async def list_owned_names(tx: Tx, bucket: str, folder: str, user_id: UUID) -> list[OwnedName]:
    """Names directly in the folder, of the user's own files and of folders with some."""
    statement = text("""
        select split_part(below, '/', 1) as name, max(stored_at) filter (where position('/' in below) = 0) as stored_at,
            bool_or(position('/' in below) > 0) as is_folder
        from (
            select substr(path, length(:prefix) + 1) as below, stored_at from wzrd.path_owners
            where user_id = :user_id and bucket = :bucket and stored_at is not null and starts_with(path, :prefix)
        ) named group by 1
    """)
    values = {"bucket": bucket, "user_id": user_id, "prefix": f"{folder}/"}
    return read_all(OwnedName, await tx.execute(statement, values))
