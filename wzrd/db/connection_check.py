"""Check that a database can be used: one connection, one question. Nothing is written."""

import asyncio

from psycopg import Error as PsycopgError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from wzrd.db.engine import Tx, normalise_url, open_engine
from wzrd.domain.checks import Verdict

REACH_SECONDS = 4.5
_REFUSED = ("28", "3D", "42501")
"""SQLSTATEs (or how they begin): password or user refused, no such database, no right to connect."""
_FULL = "53"
_REFUSED_WORDS = ("authentication failed", "does not exist", "no pg_hba.conf entry", "permission denied")


async def reach_database(url: str) -> tuple[Verdict, str]:
    """Connect and ask for the schema; what it says never holds the address, which may hold a password."""
    try:
        engine = open_engine(normalise_url(url), pool_size=1, application="wzrd-check", prepare=False)
    except (ValueError, SQLAlchemyError):
        return "refused", "the address is none of a PostgreSQL: postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        async with asyncio.timeout(REACH_SECONDS), engine.connect() as connection:
            found = await connection.scalar(text("select to_regclass('wzrd.runs') is not null"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        return _verdict_of(error)
    finally:
        await engine.dispose()
    return "valid", "it answers" if found else "it answers; `wzrd up` puts the schema into it"


def _verdict_of(error: BaseException) -> tuple[Verdict, str]:
    origin = getattr(error, "orig", None)
    code = (origin.sqlstate or "") if isinstance(origin, PsycopgError) else ""
    words = str(origin).lower()
    if code.startswith(_REFUSED) or (not code and any(word in words for word in _REFUSED_WORDS)):
        return "refused", "it does not let this user in: check user, password and database"
    if code.startswith(_FULL) or "too many clients" in words or "remaining connection slots" in words:
        return "out of quota", "it has no free connection"
    return "unreachable", f"it does not answer ({type(origin or error).__name__})"


async def ping(tx: Tx) -> None:
    """One round trip; raises whatever the connection raises."""
    await tx.execute(text("select 1"))
