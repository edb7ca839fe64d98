"""Context that every command starts from: the settings, the home, and where the running stack is."""

import sys
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from server.cli import UsageError
from server.stack.errors import StackError
from server.stack.state import ClientSettings, client_settings
from wzrd.contracts.wrong_values import describe
from wzrd.models.checked_settings import load
from wzrd.settings import Settings

_PIPE_WIDTH = 200  # cells of a line that no terminal bounds


def table_console(*, quiet: bool = False) -> Console:
    """The console for tables on standard output: as wide as its terminal; a pipe bounds no line."""
    return Console(highlight=False, quiet=quiet, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def read_settings() -> Settings:
    """The environment's settings.

    Raises:
        UsageError: a variable has a value that it cannot have; the value itself is not shown.
    """
    try:
        return load()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)  # which may be a secret
        names = [{**one, "loc": one["loc"][:1]} for one in wrong]
        raise UsageError(f"the environment is not right: {describe(names)}") from None


def home_of(settings: Settings) -> Path:
    """The state folder, absolute."""
    return settings.home.resolve()


def running_stack() -> ClientSettings:
    """Where the stack of WZRD_HOME answers.

    Raises:
        StackError: nothing runs there.
    """
    settings = read_settings()
    return client_settings(home_of(settings), settings)


def prefect_stack() -> ClientSettings:
    """The running stack, where it has a Prefect server.

    Raises:
        StackError: nothing runs, or of servers of one's own the environment names no Prefect.
    """
    known = running_stack()
    if not known.prefect_api_url:
        raise StackError("no Prefect server is named", remedy="set PREFECT_API_URL beside WZRD_DATABASE_URL")
    return known
