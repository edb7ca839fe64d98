"""Context that every command starts from: the settings, the home, and where the running stack is."""

from pathlib import Path

from pydantic import ValidationError

from server.cli import UsageError
from server.stack.errors import StackError
from server.stack.state import ClientSettings, client_settings
from wzrd.models.checked_settings import load
from wzrd.settings import Settings


def read_settings() -> Settings:
    """The environment's settings.

    Raises:
        UsageError: a variable has a value that it cannot have; the value itself is not shown.
    """
    try:
        return load()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UsageError(f"the environment is not right: {wrong}") from None


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
