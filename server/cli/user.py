"""`wzrd user add | token | list`: who may use this stack."""

import sys
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from server.cli import DONE, UsageError
from server.cli.caller import TOKEN_SECONDS, JsonOption, find, sign, stack, transaction
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
    from wzrd.db import ledger, users  # noqa: PLC0415 - a second of imports

    email = _address(email)
    known = stack()
    if known.jwt_secret is None:
        raise NotConfigured("this stack signs no tokens: its users come from the server of SUPABASE_JWKS_URL")
    async with transaction(known.database_url) as tx:
        before = await users.find_user(tx, email)
        user = await users.ensure_user(tx, None, email)
        welcomed = await ledger.open_account(tx, user.user_id)
        balance = await ledger.read_balance(tx, user.user_id)
    print(user.user_id)
    state = "is here already" if before else "added"
    print(f"{email} {state}; {balance:,} credits{' (welcome)' if welcomed else ''}", file=sys.stderr)
    return DONE


@app.command
async def token(
    email: str | None = None,
    *,
    ttl: Annotated[int, Parameter(validator=Number(gte=1, lte=MONTH))] = TOKEN_SECONDS,
) -> int:
    """Print an access token, and nothing else, for the Authorization header.

    Args:
        email: An email or an id; without it the first user.
        ttl: Seconds until it expires.
    """
    known = stack()
    async with transaction(known.database_url) as tx:
        user = await find(tx, email)
    print(sign(known, user, ttl))
    return DONE


@app.command(name="list")
async def list_(*, json_output: JsonOption = False) -> int:
    """List the users, the first one first: id, email, credits."""
    from wzrd.db import ledger, users  # noqa: PLC0415 - a second of imports

    async with transaction(stack().database_url) as tx:
        found = [(user, await ledger.read_balance(tx, user.user_id)) for user in await users.list_users(tx)]
    for user, balance in found:
        if json_output:
            print(dumps({"id": user.user_id, "email": user.email, "credits": balance}).decode())
        else:
            print(f"{user.user_id}  {user.email or '-':<32}  {balance:>9,}")
    return DONE


def _address(email: str) -> str:
    name, at, domain = email.strip().partition("@")
    if not (name and at and domain) or "@" in domain or len(email) > 254 or not email.strip().isprintable():
        raise UsageError(f"{email!r} is no email address")
    if " " in email.strip():
        raise UsageError(f"{email!r} is no email address: it holds a space")
    return email.strip().lower()
