"""Who a command speaks for, and its two ways in: the stack's database, and the API with a token minted here.

Every error of the client or the database leaves as one that a command can tell (`server.cli.complain`).
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from cyclopts import Parameter

from server.cli.context import home_of, read_settings
from server.stack.errors import StackError
from server.stack.state import ClientSettings, client_settings
from wzrd.client import GenerationError, InsufficientCreditsError, UnifiedGenerationService
from wzrd.domain.errors import NotFound, WzrdError

if TYPE_CHECKING:  # a second of imports that a command pays for only when it opens the database
    from wzrd.db.engine import Tx
    from wzrd.db.users import StoredUser

TOKEN_SECONDS = 3600
NO_USER = "make one with `wzrd user add EMAIL`"

UserOption = Annotated[
    str | None, Parameter(name="--user", help="Whose: an email or an id. Without it: the first user.")
]
JsonOption = Annotated[bool, Parameter(name="--json", negative=(), help="One JSON object a line.")]


class CommandFailed(WzrdError):
    """The command could not do what it was asked."""

    code = "failed"


@dataclass(frozen=True, slots=True)
class Caller:
    """A user of the stack, and a token that says so."""

    stack: ClientSettings
    user_id: UUID
    token: str


def stack() -> ClientSettings:
    """Where the stack of WZRD_HOME answers.

    Raises:
        StackError: nothing runs there.
    """
    settings = read_settings()
    return client_settings(home_of(settings), settings)


@asynccontextmanager
async def transaction(database_url: str) -> "AsyncGenerator[Tx]":
    """One transaction in the stack's database.

    Raises:
        StackError: the database does not answer.
    """
    from wzrd.db.engine import begin, is_outage, open_engine  # noqa: PLC0415

    engine = open_engine(database_url, pool_size=1, application="wzrd-cli")
    try:
        async with begin(engine) as tx:
            yield tx
    except Exception as error:
        if not is_outage(error):
            raise
        raise StackError("the database does not answer", remedy="see `wzrd status`") from error
    finally:
        await engine.dispose()


async def find(tx: "Tx", user: str | None) -> "StoredUser":
    """The user meant: named by email or id, or the first one.

    Raises:
        NotFound: there is none.
    """
    from wzrd.db.users import find_user, first_user  # noqa: PLC0415

    found = await (find_user(tx, user) if user else first_user(tx))
    if found is None:
        raise NotFound(f"no user {user}" if user else "there is no user yet", remedy=NO_USER)
    return found


def sign(known: ClientSettings, user: "StoredUser", ttl: int) -> str:
    """A token of the user's, good for `ttl` seconds.

    Raises:
        NotConfigured: the stack has no secret: it only verifies tokens that others sign.
    """
    from datetime import UTC, datetime  # noqa: PLC0415

    from pydantic import SecretStr  # noqa: PLC0415

    from server.sessions import issue_access_token  # noqa: PLC0415

    secret = SecretStr(known.jwt_secret) if known.jwt_secret else None
    settings = read_settings().model_copy(update={"jwt_secret": secret, "public_url": known.api_url})
    return issue_access_token(settings, user, ttl, now=datetime.now(UTC))


async def identify(user: str | None) -> Caller:
    """The caller: the bearer of WZRD_TOKEN where it is set, else the user named, with a token of our own.

    Raises:
        StackError, NotFound, NotConfigured: as `stack`, `find`, `sign`.
        CommandFailed: WZRD_TOKEN is no token.
    """
    known = stack()
    if not user and (given := os.environ.get("WZRD_TOKEN", "").strip()):
        return Caller(known, _subject(given), given)
    async with transaction(known.database_url) as tx:
        found = await find(tx, user)
    return Caller(known, found.user_id, sign(known, found, TOKEN_SECONDS))


def _subject(token: str) -> UUID:
    """Whose token it says to be: the API verifies it, and this only chooses whose projects are named."""
    import jwt  # noqa: PLC0415

    try:
        return UUID(jwt.decode(token, options={"verify_signature": False})["sub"])
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise CommandFailed("WZRD_TOKEN is no access token", remedy="make one with `wzrd user token`") from error


@asynccontextmanager
async def calling(caller: Caller) -> AsyncGenerator[UnifiedGenerationService]:
    """The API, as the caller.

    Raises:
        CommandFailed: the API refused, or does not answer.
    """
    try:
        async with UnifiedGenerationService(caller.stack.api_url, caller.token) as client:
            yield client
    except GenerationError as error:
        raise told(error) from error


def told(error: GenerationError) -> CommandFailed:
    """The client's error as a command tells it."""
    if isinstance(error, InsufficientCreditsError):
        return CommandFailed(error.message, remedy="wzrd credits grant AMOUNT --why TEXT")
    remedy = {None: "see `wzrd status`", 401: "is WZRD_TOKEN, or the user, of this stack?"}.get(error.status, "")
    return CommandFailed(error.message, remedy=remedy if error.code != "provider_error" else "")
