"""`wzrd doctor --money`: what is wrong with anybody's credits, and what to do about it."""

import json

from sqlalchemy import text

from tests.server.cli.conftest import CliStack
from wzrd.db.invariants import INVARIANTS


async def test_sound_money_is_said_in_a_line(site: CliStack) -> None:
    """Exit code 0; as JSON there is nothing to tell."""
    told = await site.wzrd("doctor", "--money")
    assert (told.code, told.out) == (0, f"✓ {len(INVARIANTS)} promises about money hold\n")
    assert (await site.wzrd("doctor", "--money", "--json")).out == ""


async def test_a_broken_promise_is_told_with_its_remedy(site: CliStack) -> None:
    """Exit code 1, and promise, user, amount and remedy; of somebody else's money nothing."""
    async with site.runtime.begin() as tx:
        statement = "update public.user_credits set total_credits = total_credits + 7 where user_id = :user"
        await tx.execute(text(statement), {"user": site.user.user_id})
    told = await site.wzrd("doctor", "--money")
    assert told.code == 1
    assert told.lines[0] == "✗ balance             the entries of the account do not sum to its balance"
    assert told.lines[1].strip() == f"user {site.user.user_id}, run -, account: -7"
    assert "wzrd credits ledger" in told.lines[2]
    (line,) = (await site.wzrd("doctor", "--money", "--user", "ada@example.org", "--json")).lines
    found = json.loads(line)
    assert (found["promise"], found["user"], found["amount"]) == ("balance", str(site.user.user_id), -7)
    assert found["remedy"]
    await site.wzrd("user", "add", "bob@example.org")
    assert (await site.wzrd("doctor", "--money", "--user", "bob@example.org")).code == 0


async def test_wrong_use(site: CliStack) -> None:
    """No such user, no number of days."""
    assert (await site.wzrd("doctor", "--money", "--user", "nobody@example.org")).code != 0
    assert (await site.wzrd("doctor", "--money", "--days", "0")).code == 2
