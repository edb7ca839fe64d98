"""Nonces: good once, for their time, also when many come at once."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import begin
from wzrd.db.users import spend_nonce, store_nonce

NONCE = "a1B2c3D4e5F6"


async def _store(engine: AsyncEngine, nonce: str = NONCE, seconds: float = 60) -> datetime:
    async with begin(engine) as tx:
        return await store_nonce(tx, nonce, seconds)


async def _spend(engine: AsyncEngine, nonce: str = NONCE) -> bool:
    async with begin(engine) as tx:
        return await spend_nonce(tx, nonce)


async def test_a_nonce_is_spent_once(engine: AsyncEngine) -> None:
    """Of ten at once exactly one may use it."""
    expires_at = await _store(engine)
    assert timedelta(seconds=30) < expires_at - datetime.now(UTC) < timedelta(seconds=90)
    assert sorted(await asyncio.gather(*(_spend(engine) for _ in range(10)))) == [False] * 9 + [True]


async def test_another_nonce_is_unknown(engine: AsyncEngine) -> None:
    """Its case and every character count; trying spends nothing."""
    await _store(engine)
    for other in ("", NONCE.lower(), NONCE + " ", "%", "' or true --", "x" * 60_000):
        assert not await _spend(engine, other)
    assert await _spend(engine)


async def test_a_rolled_back_sign_in_gives_its_nonce_back(engine: AsyncEngine) -> None:
    """A sign-in that failed has spent nothing."""
    await _store(engine)
    async with engine.connect() as tx:
        assert await spend_nonce(tx, NONCE)
        await tx.rollback()
    assert await _spend(engine)


async def test_an_expired_nonce_is_none_and_is_forgotten(engine: AsyncEngine) -> None:
    """By the database's clock; the next one that is issued clears it away."""
    await _store(engine, seconds=-0.001)
    assert not await _spend(engine)
    await _store(engine, "another1")
    async with begin(engine) as tx:
        assert (await tx.execute(text("select nonce from wzrd.wallet_nonces"))).scalars().all() == ["another1"]
