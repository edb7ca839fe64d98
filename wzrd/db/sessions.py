"""Refresh tokens: one family a session, each token good once (wzrd.refresh_tokens; hashes only)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_first
from wzrd.domain.ids import UserId

REUSE_SECONDS = 10
REFRESH_DAYS = 60


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token as it stands. `just_used`: used within the last 10 s."""

    session_id: UUID
    user_id: UserId
    used: bool
    just_used: bool
    expired: bool
    revoked: bool


_OWNER = text("select user_id from wzrd.refresh_tokens where token_hash = :hash")
# Every refresh and every revocation of a user takes this lock first: they take turns, none can deadlock, and the
# statements after it see what the former one committed. (NO KEY: rows that refer to the user are not held up.)
_LOCK_USER = text("select 1 from wzrd.users where id = :user_id for no key update")
# clock_timestamp() and not now(): the latter would be the time before the wait for the lock.
_READ = text("""
    select session_id, user_id, used_at is not null as used, revoked_at is not null as revoked,
           coalesce(used_at > clock_timestamp() - make_interval(secs => :reuse), false) as just_used,
           expires_at <= clock_timestamp() as expired
    from wzrd.refresh_tokens where token_hash = :hash
""")
_MARK_USED = text("""
    update wzrd.refresh_tokens set used_at = clock_timestamp() where token_hash = :hash and used_at is null
""")
# DO NOTHING: within the reuse interval the same successor is derived and stored again.
_INSERT = text("""
    insert into wzrd.refresh_tokens (token_hash, session_id, user_id, expires_at)
    values (:hash, :session_id, :user_id, clock_timestamp() + make_interval(days => :days))
    on conflict (token_hash) do nothing
""")
_FORGET = text("""
    delete from wzrd.refresh_tokens where token_hash in (
        select token_hash from wzrd.refresh_tokens where user_id = :user_id and expires_at < now() - interval '1 day'
        limit 100 for update skip locked)
""")


async def lock_refresh_token(tx: Tx, token_hash: bytes) -> RefreshToken | None:
    """The token of that hash, its user locked until the transaction ends; None when there is none."""
    owner = await tx.scalar(_OWNER, {"hash": token_hash})
    await tx.execute(_LOCK_USER, {"user_id": owner})
    return read_first(RefreshToken, await tx.execute(_READ, {"hash": token_hash, "reuse": REUSE_SECONDS}))


async def store_refresh_token(tx: Tx, token_hash: bytes, session_id: UUID, user_id: UUID) -> None:
    """Keep a token of a session for 60 days; the user's long expired ones are forgotten."""
    await tx.execute(_FORGET, {"user_id": user_id})
    values = {"hash": token_hash, "session_id": session_id, "user_id": user_id, "days": REFRESH_DAYS}
    await tx.execute(_INSERT, values)


async def mark_refresh_token_used(tx: Tx, token_hash: bytes) -> None:
    """Remember the first use of a token; its time is what the reuse interval counts from."""
    await tx.execute(_MARK_USED, {"hash": token_hash})


_REVOKE_SESSION = text("""
    update wzrd.refresh_tokens set revoked_at = clock_timestamp()
    where user_id = :user_id and session_id = :session_id and revoked_at is null
""")
_REVOKE_USER = text("""
    update wzrd.refresh_tokens set revoked_at = clock_timestamp()
    where user_id = :user_id and session_id is distinct from :keep and revoked_at is null
""")


async def revoke_session(tx: Tx, user_id: UUID, session_id: UUID) -> int:
    """Revoke every token of a user's session; returns how many still stood."""
    await tx.execute(_LOCK_USER, {"user_id": user_id})
    return (await tx.execute(_REVOKE_SESSION, {"user_id": user_id, "session_id": session_id})).rowcount


async def revoke_sessions(tx: Tx, user_id: UUID, *, keep: UUID | None = None) -> int:
    """Revoke all sessions of a user, or all but `keep`; returns how many tokens still stood."""
    await tx.execute(_LOCK_USER, {"user_id": user_id})
    return (await tx.execute(_REVOKE_USER, {"user_id": user_id, "keep": keep})).rowcount


_IS_REVOKED = text("""
    select count(*) > 0 and bool_and(revoked_at is not null) from wzrd.refresh_tokens where session_id = :session_id
""")


async def is_session_revoked(tx: Tx, session_id: UUID) -> bool:
    """True if a session of ours was ended; False for one that is not ours (a Supabase's own)."""
    return bool(await tx.scalar(_IS_REVOKED, {"session_id": session_id}))
