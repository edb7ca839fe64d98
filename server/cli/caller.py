"""Who a command speaks for, and its two ways in: the stack's database, and the API with a token.

Every error of the client or the database leaves as one that a command can tell (`server.cli.complain`).
"""

import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeAlias
from uuid import UUID

from cyclopts import Parameter, Token
from cyclopts.validators import Number
from pydantic import SecretStr

from server.cli.context import read_settings, running_stack
from server.stack.errors import StackError
from server.stack.state import ClientSettings
from wzrd.client import GenerationError, InsufficientCreditsError, UnifiedGenerationService
from wzrd.client.repeating import repeat
from wzrd.domain.errors import NotFound, WzrdError

if TYPE_CHECKING:  # a second of imports that a command pays for only when it opens the database
    from wzrd.db.engine import Tx
    from wzrd.db.users import StoredUser

Begin: TypeAlias = "Callable[[], AbstractAsyncContextManager[Tx]]"
"""Begins one transaction: committed on leaving, rolled back on an exception."""

TOKEN_SECONDS = 3600
NO_USER = "make one with `wzrd user add EMAIL`"

UserOption = Annotated[str | None, Parameter(name="--user")]
JsonOption = Annotated[bool, Parameter(name="--json", negative=(), show_default=False)]


def read_integer(_type: object, tokens: Sequence[Token]) -> int:
    """A whole number as it is written; the command line's own reading would round 1.5 to 2.

    Raises:
        ValueError: it is none.
    """
    text = tokens[0].value
    if not text.removeprefix("-").isdecimal():
        raise ValueError(f"{text!r} is no whole number")
    return int(text)


def integer_between(least: int, most: int | None = None) -> Parameter:
    """An option that is a whole number within bounds."""
    return Parameter(converter=read_integer, validator=Number(gte=least, lte=most))


class CommandFailed(WzrdError):
    """The command could not do what it was asked."""

    code = "failed"


@dataclass(frozen=True, slots=True)
class Caller:
    """A user of the stack, and a token that says so."""

    stack: ClientSettings
    user_id: UUID
    token: str


@asynccontextmanager
async def opened(database_url: str) -> "AsyncGenerator[Begin]":
    """The stack's database for the length of a command, as what begins a transaction in it.

    Once it has answered it is waited for, while it is restarted, as the API is: for half a minute.

    Raises:
        StackError: it does not answer.
    """
    from wzrd.db.engine import begin, is_outage, open_engine

    engine = open_engine(database_url, pool_size=2, application="wzrd-cli")
    try:
        yield _patient(partial(begin, engine), is_outage)
    except Exception as error:
        if not is_outage(error):
            raise
        raise StackError("the database does not answer", remedy="see `wzrd status`") from error
    finally:
        await engine.dispose()


def _patient(begin_once: Begin, is_outage: Callable[[BaseException], bool]) -> Begin:
    """Only the beginning is repeated, before any statement; a transaction under way is never."""
    answered = False

    def passing(error: Exception) -> float | None:
        return 0.0 if answered and is_outage(error) else None

    @asynccontextmanager
    async def begin() -> "AsyncGenerator[Tx]":
        nonlocal answered
        async with AsyncExitStack() as stack:
            tx = await repeat(
                lambda: stack.enter_async_context(begin_once()),
                passing=passing,
                on_wait=lambda _, seconds: print_waiting("the database does not answer", seconds),
            )
            answered = True
            yield tx

    return begin


def print_waiting(message: str, seconds: float) -> None:
    """Say once an outage that the command goes on when it is over."""
    print(f"{message}; waiting for it, next try in {seconds:.1f} s", file=sys.stderr, flush=True)


@asynccontextmanager
async def transaction(database_url: str) -> "AsyncGenerator[Tx]":
    """One transaction in the stack's database.

    Raises:
        StackError: it does not answer.
    """
    async with opened(database_url) as begin, begin() as tx:
        yield tx


async def find(tx: "Tx", user: str | None) -> "StoredUser":
    """The user meant: named by email or id, or the first one.

    Raises:
        NotFound: there is none.
    """
    from wzrd.db.users import find_user, first_user

    if user is not None and not user.isprintable():
        raise NotFound(f"no user {user!r}")
    found = await (find_user(tx, user) if user else first_user(tx))
    if found is None:
        raise NotFound(f"no user {user}" if user else "there is no user yet", remedy=NO_USER)
    return found


def sign(known: ClientSettings, user: "StoredUser", ttl: int) -> str:
    """A token of the user's, good for `ttl` seconds.

    Raises:
        NotConfigured: the stack has no secret: it only verifies tokens that others sign.
    """
    from server.api.sessions import issue_access_token

    secret = SecretStr(known.jwt_secret) if known.jwt_secret else None
    settings = read_settings().model_copy(update={"jwt_secret": secret, "api_url": known.api_url})
    return issue_access_token(settings, user, ttl, now=datetime.now(UTC))


async def identify(user: str | None) -> Caller:
    """The caller: the bearer of WZRD_TOKEN where it is set, else the user named, with a token of our own.

    Raises:
        StackError, NotFound, NotConfigured: as `running_stack`, `find`, `sign`.
        CommandFailed: WZRD_TOKEN is no token.
    """
    known = running_stack()
    if not user and (given := read_settings().token):
        token = given.get_secret_value().strip()
        return Caller(known, _subject(token), token)
    async with transaction(known.database_url) as tx:
        found = await find(tx, user)
    return Caller(known, found.user_id, sign(known, found, TOKEN_SECONDS))


def _subject(token: str) -> UUID:
    """Whose token it says to be: the API verifies it, and this only chooses whose projects are named."""
    import jwt

    try:
        return UUID(jwt.decode(token, options={"verify_signature": False})["sub"])
    except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
        raise CommandFailed("WZRD_TOKEN is no access token", remedy="make one with `wzrd user token`") from error


@asynccontextmanager
async def calling(caller: Caller) -> AsyncGenerator[UnifiedGenerationService]:
    """The API, as the caller. While it is away, what may be asked twice is asked again for half a minute.

    Raises:
        CommandFailed: the API refused, or does not answer.
    """
    try:
        async with UnifiedGenerationService(caller.stack.api_url, caller.token, on_wait=print_waiting) as client:
            yield client
    except GenerationError as error:
        raise command_error(error) from error


def command_error(error: GenerationError) -> CommandFailed:
    """The client's error as a command's."""
    return CommandFailed(error.message, remedy=_remedy(error))


def one_line_error(error: GenerationError) -> str:
    """The client's error and its remedy in one line."""
    remedy = _remedy(error)
    return f"{error.message} ({remedy})" if remedy else error.message


def _remedy(error: GenerationError) -> str:
    if isinstance(error, InsufficientCreditsError):
        return "get more with `wzrd credits grant AMOUNT --why TEXT`"
    if error.code == "provider_error":
        return ""
    return {None: "see `wzrd status`", 401: "is this token of this stack?"}.get(error.status, "")
