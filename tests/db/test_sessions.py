"""Refresh tokens: what the rows say of a token, and that old ones go."""

import hashlib
import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db import sessions, users
from wzrd.db.engine import begin

FIRST, SECOND = (hashlib.sha256(name).digest() for name in (b"first", b"second"))


async def test_a_token_tells_how_it_stands(engine: AsyncEngine) -> None:
    """Fresh, just used, used long ago, expired, revoked: each is seen, by the database's clock."""
    session_id = uuid.uuid4()
    async with begin(engine) as tx:
        user = await users.ensure_user(tx, None, "ada@example.org")
        assert await sessions.lock_refresh_token(tx, FIRST) is None
        await sessions.store_refresh_token(tx, FIRST, session_id, user.user_id)
        fresh = await sessions.lock_refresh_token(tx, FIRST)
        assert fresh == sessions.RefreshToken(session_id, user.user_id, used=False, just_used=False, expired=False, revoked=False)  # fmt: skip  # noqa: E501
        await sessions.mark_refresh_token_used(tx, FIRST)
        used = await sessions.lock_refresh_token(tx, FIRST)
        assert (used and used.used, used and used.just_used) == (True, True)
        await tx.execute(text("update wzrd.refresh_tokens set used_at = used_at - interval '11 s', expires_at = now()"))
        old = await sessions.lock_refresh_token(tx, FIRST)
        assert (old and old.used, old and old.just_used, old and old.expired) == (True, False, True)
        assert await sessions.revoke_session(tx, user.user_id, session_id) == 1
        ended = await sessions.lock_refresh_token(tx, FIRST)
        assert (ended and ended.revoked) is True


async def test_a_session_is_revoked_when_no_token_of_it_stands(engine: AsyncEngine) -> None:
    """An unknown session is not ours to judge; another user's id revokes nothing."""
    session_id = uuid.uuid4()
    async with begin(engine) as tx:
        user = await users.ensure_user(tx, None, "ada@example.org")
        assert not await sessions.is_session_revoked(tx, session_id)
        await sessions.store_refresh_token(tx, FIRST, session_id, user.user_id)
        assert await sessions.revoke_session(tx, uuid.uuid4(), session_id) == 0
        assert await sessions.revoke_sessions(tx, user.user_id, keep=session_id) == 0
        assert not await sessions.is_session_revoked(tx, session_id)
        assert await sessions.revoke_sessions(tx, user.user_id) == 1
        assert await sessions.is_session_revoked(tx, session_id)


async def test_expired_tokens_are_forgotten(engine: AsyncEngine) -> None:
    """A user's table does not grow for ever."""
    async with begin(engine) as tx:
        user = await users.ensure_user(tx, None, "ada@example.org")
        await sessions.store_refresh_token(tx, FIRST, uuid.uuid4(), user.user_id)
        await tx.execute(text("update wzrd.refresh_tokens set expires_at = now() - interval '2 days'"))
        await sessions.store_refresh_token(tx, SECOND, uuid.uuid4(), user.user_id)
        assert await tx.scalar(text("select count(*) from wzrd.refresh_tokens")) == 1
