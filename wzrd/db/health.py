"""Health check: one question that the database must answer."""

from sqlalchemy import text

from wzrd.db.engine import Tx


async def ping(tx: Tx) -> None:
    """One round trip; raises whatever the connection raises."""
    await tx.execute(text("select 1"))
