"""`wzrd credits balance | ledger | grant`: what a user can spend, and why."""

import sys
import uuid
from typing import TYPE_CHECKING, Annotated

from cyclopts import App

from server.cli import DONE, UsageError
from server.cli.caller import JsonOption, UserOption, find, integer_between, transaction
from server.cli.context import running_stack
from wzrd.contracts.wire import dumps

if TYPE_CHECKING:
    from wzrd.db.users import Transaction

app = App(name="credits", help="Show and grant credits.")
LARGEST_GRANT = 1_000_000
KIND = "grant"
SHOWN = 8
"""Letters of a run's id, by which `wzrd run` finds it."""
_WORDS = ("description", "reference_type", "release_reason", "workflow", "action")


@app.command
async def balance(*, user: UserOption = None) -> int:
    """Print the credits that a user can spend, as a plain number."""
    from wzrd.db.ledger import read_balance

    async with transaction(running_stack().database_url) as tx:
        found = await find(tx, user)
        credits_left = await read_balance(tx, found.user_id)
    print(credits_left)
    print(f"credits of {found.email or found.user_id}", file=sys.stderr)
    return DONE


@app.command
async def ledger(
    *, user: UserOption = None, limit: Annotated[int, integer_between(1, 100_000)] = 50, json_output: JsonOption = False
) -> int:
    """Print the newest entries of a user's ledger: when, how much, what kind, what for.

    Args:
        limit: How many entries.
    """
    from wzrd.db.users import list_transactions

    async with transaction(running_stack().database_url) as tx:
        entries = await list_transactions(tx, (await find(tx, user)).user_id, limit=limit)
    for one in entries:
        if json_output:
            content = {
                "at": one.created_at,
                "amount": one.amount,
                "kind": one.kind,
                "run": one.run_id,
                "metadata": one.metadata,
            }
            print(dumps(content).decode())
        else:
            print(f"{one.created_at[:19]}  {one.amount:>+8,}  {one.kind:<14}  {describe(one)}".rstrip())
    return DONE


@app.command
async def grant(
    amount: Annotated[int, integer_between(1, LARGEST_GRANT)],
    *,
    why: str,
    user: UserOption = None,
    key: str | None = None,
) -> int:
    """Give a user credits, and print the new balance.

    Args:
        amount: Whole credits.
        why: The reason, for the ledger.
        key: Names this grant: a second one under the same key gives nothing.
    """
    from wzrd.db import ledger as entries

    if not why.strip() or not why.isprintable():
        raise UsageError("--why needs a reason in plain words")
    if key is not None and not (key.strip() and key.isprintable()):
        raise UsageError("--key needs a name in plain letters")
    async with transaction(running_stack().database_url) as tx:
        found = await find(tx, user)
        before = await entries.lock_account(tx, found.user_id)
        name = key or str(uuid.uuid4())
        after = await entries.grant(tx, found.user_id, amount, kind=KIND, description=why.strip(), key=name)
    print(after)
    done = f"granted {amount:,} credits to" if after != before else f"nothing changed: {key!r} was granted before to"
    print(f"{done} {found.email or found.user_id}", file=sys.stderr)
    return DONE


def describe(entry: "Transaction") -> str:
    """Description of an entry in a few words, and of which run it is."""
    words = [str(entry.metadata[word]) for word in _WORDS if entry.metadata.get(word)]
    return " ".join([*words, *([f"· run {entry.run_id[:SHOWN]}"] if entry.run_id else [])])
