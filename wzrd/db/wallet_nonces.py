"""Nonces for wallets to sign: issued by this server, good once and for a few minutes, by the database's clock."""

from datetime import datetime

from sqlalchemy import text

from wzrd.db.engine import Tx

_STORE = text("""
    insert into wzrd.wallet_nonces (nonce, expires_at)
    values (:nonce, clock_timestamp() + make_interval(secs => :ttl)) returning expires_at
""")
# What is spent is deleted: of two at once the second waits, finds nothing, and is refused. A rollback gives it back.
_SPEND = text("""
    delete from wzrd.wallet_nonces where nonce = :nonce and expires_at > clock_timestamp() returning true
""")
_FORGET = text("""
    delete from wzrd.wallet_nonces where nonce in (
        select nonce from wzrd.wallet_nonces where expires_at < now() limit 100 for update skip locked)
""")


async def store_nonce(tx: Tx, nonce: str, ttl_seconds: float) -> datetime:
    """Keep a nonce that is good once within `ttl_seconds`; returns when it expires."""
    await tx.execute(_FORGET)
    expires_at: datetime = (await tx.execute(_STORE, {"nonce": nonce, "ttl": ttl_seconds})).scalar_one()
    return expires_at


async def spend_nonce(tx: Tx, nonce: str) -> bool:
    """Spend a nonce; False when it is unknown, spent or expired."""
    return bool(await tx.scalar(_SPEND, {"nonce": nonce}))
