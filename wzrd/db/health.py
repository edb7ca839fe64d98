"""Whether the database answers."""

from sqlalchemy import text

from wzrd.db.engine import Tx


async def ping(tx: Tx) -> None:
    """One round trip; raises whatever the connection raises."""
    await tx.execute(text("select 1"))
