"""Users as an operator lists them."""

import uuid

from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db import ledger, users
from wzrd.db.engine import begin
from wzrd.db.users import list_accounts


async def test_everybody_is_listed_the_first_first(engine: AsyncEngine) -> None:
    """Users come in the order of their making, with what they can spend; one without an account has 0."""
    made: list[uuid.UUID] = []
    for email in ("b@example.org", "a@example.org", None):
        async with begin(engine) as tx:
            made.append((await users.ensure_user(tx, None, email)).user_id)
    async with begin(engine) as tx:
        await ledger.open_account(tx, made[1])
        await ledger.hold(tx, made[1], 30, key="k", resource_type="t", reference_type="t", reference_id="t")
        lines = await list_accounts(tx)
    assert [(line.user_id, line.credits) for line in lines] == [(made[0], 0), (made[1], 70), (made[2], 0)]
