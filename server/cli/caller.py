"""Who a command speaks for, and its way in: the API with a token. Operators' commands have the stack's database.

Every error of the client or the database leaves as one that a command can tell (`server.cli.complain`).
"""

import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, Token
from cyclopts.validators import Number
from pydantic import SecretStr

from server.cli import UsageError
from server.cli.context import read_settings, running_stack
from server.stack.errors import StackError
from server.stack.state import ClientSettings
from wzrd.client import GenerationError, InsufficientCreditsError, UnifiedGenerationService
from wzrd.domain.errors import NotFound, WzrdError

if TYPE_CHECKING:  # a second of imports that a command pays for only when it opens the database
    from wzrd.db.engine import Tx
    from wzrd.db.users import StoredUser

TOKEN_SECONDS = 3600
UNKNOWN_ROUTE = {(404, "Not found"), (405, "Method not allowed"), (400, "Unsupported action: plan")}
"""Answers of a server that has no such route: what there is, and is not found, is told by its name."""
NO_USER = "make one with `wzrd user add EMAIL`"

ProjectName = Annotated[str, Parameter(help="An id, the beginning of one, or a title.")]
ShotNames = Annotated[str, Parameter(help="Shots, as scene and number: 3.2.")]
UserName = Parameter(name="--user")
UserOption = Annotated[
    str | None, UserName, Parameter(help="Whose it is: an email or an id; without it the first user.")
]
AsJson = Parameter(name="--json", negative=(), show_default=False)
JsonOption = Annotated[bool, AsJson, Parameter(help="As JSON, one object a line.")]


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


@contextmanager
def told_by_name(path: Path, remedy: str = "") -> Generator[None]:
    """Tell what the system says of a file or folder that somebody has named.

    Raises:
        CommandFailed: it cannot be read, written or made.
    """
    try:
        yield
    except OSError as error:
        raise CommandFailed(f"{path}: {error.strerror or error}", remedy=remedy) from error


def make_folder(out: Path) -> Path:
    """The folder for results, made before anything is paid.

    Raises:
        CommandFailed: it cannot be made.
    """
    with told_by_name(out, "name another folder with --out"):
        out.mkdir(parents=True, exist_ok=True)
    return out


@dataclass(frozen=True, slots=True)
class Caller:
    """The API's address, and a user's token, or what makes one; `ui_url` is Prefect's UI, where it is known."""

    url: str
    token: str | Callable[[], str] = field(repr=False)
    ui_url: str = ""


def print_waiting(message: str, seconds: float) -> None:
    """Say once an outage that the command goes on when it is over."""
    print(f"{message}; waiting for it, next try in {seconds:.1f} s", file=sys.stderr, flush=True)


@asynccontextmanager
async def transaction(database_url: str) -> "AsyncGenerator[Tx]":
    """One transaction in the stack's database, for operators' commands.

    Raises:
        StackError: it does not answer.
    """
    from wzrd.db.engine import begin, is_outage, open_engine

    engine = open_engine(database_url, pool_size=1, application="wzrd-cli", prepare=False)
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
    from wzrd.db.users import find_user, first_user

    if user is not None and not user.isprintable():
        raise NotFound(f"no user {user!r}")
    found = await (find_user(tx, user) if user else first_user(tx))
    if found is None:
        raise NotFound(f"no user {user}" if user else "there is no user yet", remedy=NO_USER)
    return found


def signer(known: ClientSettings, user: "StoredUser", ttl: int) -> Callable[[], str]:
    """Maker of tokens of the user's, good for `ttl` seconds from then on.

    It raises NotConfigured where the stack has no secret: that one only verifies tokens that others sign.
    """
    from server.api.sessions import issue_access_token

    secret = SecretStr(known.jwt_secret) if known.jwt_secret else None
    settings = read_settings().model_copy(update={"jwt_secret": secret, "api_url": known.api_url})
    return lambda: issue_access_token(settings, user, ttl, now=datetime.now(UTC))


async def identify(user: str | None) -> Caller:
    """The caller: the bearer of WZRD_TOKEN at WZRD_URL; else at the stack of WZRD_HOME, or the user named there.

    Raises:
        UsageError: WZRD_URL without WZRD_TOKEN, or with a user.
        StackError, NotFound, NotConfigured: as `running_stack`, `find`, `signer`.
    """
    settings = read_settings()
    token = settings.token.get_secret_value().strip() if settings.token else ""
    if settings.url and user:
        raise UsageError("--user names a user of a stack here; at WZRD_URL the token says who it is")
    if settings.url and not token:
        raise UsageError("WZRD_URL needs WZRD_TOKEN", remedy="`wzrd user token` makes one where the stack runs")
    if settings.url:
        return Caller(settings.url, token)
    known = running_stack()
    if token and not user:
        return Caller(known.api_url, token, known.prefect_ui_url)
    async with transaction(known.database_url) as tx:
        found = await find(tx, user)  # before each call a token is made anew: a film may take longer than one is good
    return Caller(known.api_url, signer(known, found, TOKEN_SECONDS), known.prefect_ui_url)


@asynccontextmanager
async def calling(caller: Caller) -> AsyncGenerator[UnifiedGenerationService]:
    """The API, as the caller. While it is away, what may be asked twice is asked again for half a minute.

    Raises:
        CommandFailed: the API refused, or does not answer.
    """
    try:
        async with UnifiedGenerationService(caller.url, caller.token, on_wait=print_waiting) as client:
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
    if (error.status, error.message) in UNKNOWN_ROUTE:
        return "this server does not know the call: it is older than this command, or no server of wzrd's"
    away = "is the server of WZRD_URL there?" if read_settings().url else "see `wzrd status`"
    return {None: away, 401: "is this token of this stack, and not too old?"}.get(error.status, "")
