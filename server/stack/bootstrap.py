"""Preparation of a database for its servers: the schema, and in embedded mode a first user with credits."""

import uuid

from server.stack.errors import StackError
from wzrd.db import ledger, users
from wzrd.db.engine import Tx, begin, migrate, open_engine, wait_until_ready
from wzrd.domain.ids import UserId

FIRST_USER_EMAIL = "maker@wzrd.local"
FIRST_USER_ID = UserId(uuid.uuid5(uuid.NAMESPACE_DNS, FIRST_USER_EMAIL))
FIRST_USER_CREDITS = 10_000


async def ensure_first_user(tx: Tx) -> None:
    """The embedded database's first user. Their credits take the place of the welcome grant, and come once."""
    await users.ensure_user(tx, FIRST_USER_ID, FIRST_USER_EMAIL, {"name": "Maker"})
    await ledger.grant(tx, FIRST_USER_ID, FIRST_USER_CREDITS, kind="free", description="First user", key="welcome")


async def prepare_database(url: str, *, embedded: bool) -> None:
    """Migrate; then, if embedded, the first user, else the opening balances of an adopted ledger.

    Raises:
        StackError: the address names no PostgreSQL, or the database does not answer.
    """
    try:
        engine = open_engine(url, pool_size=1, application="wzrd-up", prepare=False)
    except ValueError as error:  # another kind of database
        raise StackError(str(error), remedy="leave it out, and one is started") from None
    try:
        await wait_until_ready(engine, seconds=15.0)
        await migrate(engine)
        async with begin(engine) as tx:
            if embedded:
                await ensure_first_user(tx)
            else:
                await ledger.store_opening_balances(tx)
    except TimeoutError as error:
        raise StackError("the database does not answer", remedy="check WZRD_DATABASE_URL") from error
    except Exception as error:  # whatever a foreign database may say
        raise StackError(f"the schema cannot be put in place: {error}", remedy="check WZRD_DATABASE_URL") from error
    finally:
        await engine.dispose()
