"""`wzrd user add | token | list`: who may use this stack."""

import sys
from typing import Annotated

from cyclopts import App

from server.cli import DONE, UsageError
from server.cli.caller import TOKEN_SECONDS, JsonOption, find, integer_between, signer, transaction
from server.cli.context import read_settings, running_stack
from wzrd.contracts.wire import dumps
from wzrd.domain.errors import NotConfigured

app = App(name="user", help="Add users, list them, and make their access tokens.")
MONTH = 30 * 86_400


@app.command
async def add(email: str) -> int:
    """Add a user with their welcome credits, and print their id. An email that is there already keeps its user.

    Args:
        email: The user's address; capital letters do not matter.
    """
    from wzrd.db import ledger, users

    email = _address(email)
    known = running_stack()
    if known.jwt_secret is None:
        raise NotConfigured("this stack signs no tokens: its users come from the server of SUPABASE_JWKS_URL")
    async with transaction(known.database_url) as tx:
        before = await users.find_user(tx, email)
        user = await users.ensure_user(tx, None, email)
        welcomed = await ledger.open_account(tx, user.user_id, read_settings().welcome_credits)
        balance = await ledger.read_balance(tx, user.user_id)
    print(user.user_id)
    state = "is here already" if before else "added"
    print(f"{email} {state}; {balance:,} credits{' (welcome)' if welcomed else ''}", file=sys.stderr)
    return DONE


@app.command
async def token(email: str | None = None, *, ttl: Annotated[int, integer_between(1, MONTH)] = TOKEN_SECONDS) -> int:
    """Print an access token, and nothing else, for the Authorization header.

    Args:
        email: An email or an id; without it the first user.
        ttl: Seconds until it expires.
    """
    known = running_stack()
    async with transaction(known.database_url) as tx:
        user = await find(tx, email)
    print(signer(known, user, ttl)())
    return DONE


@app.command(name="list")
async def list_(*, json_output: JsonOption = False) -> int:
    """List the users, the first one first: id, email, credits."""
    from wzrd.db.users import list_accounts

    async with transaction(running_stack().database_url) as tx:
        found = await list_accounts(tx)
    for one in found:
        if json_output:
            print(dumps({"id": str(one.user_id), "email": one.email, "credits": one.credits}).decode())
        else:
            print(f"{one.user_id}  {one.email or '-':<32}  {one.credits:>9,}")
    return DONE


def _address(typed: str) -> str:
    email = typed.strip().lower()
    name, _, domain = email.partition("@")
    if not name or not domain or "@" in domain or " " in email or len(email) > 254 or not email.isprintable():
        raise UsageError(f"{typed!r} is no email address")
    return email
