"""Whether the database answers, and whether an exception means that it does not."""

import psycopg
from sqlalchemy import exc, text

from wzrd.db.engine import Tx


async def ping(tx: Tx) -> None:
    """One round trip; raises whatever the connection raises."""
    await tx.execute(text("select 1"))


def is_outage(error: BaseException) -> bool:
    """Whether trying again later may help: no connection, a lost one, no room in the pool, a server in trouble."""
    if isinstance(error, exc.TimeoutError):
        return True
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return isinstance(cause, psycopg.OperationalError)
