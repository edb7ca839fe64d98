"""Context that every command starts from: the settings, the home, and where the running stack is."""

from pathlib import Path

from pydantic import ValidationError

from server.cli import UsageError
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
