"""`wzrd ui`: Prefect's UI in a browser, and how to log in. No log ever sees the auth string."""

import asyncio
import os
import sys
import webbrowser
from typing import Annotated

from cyclopts import Parameter

from server.cli import DONE
from server.cli.context import running_stack
from server.stack.errors import StackError

SHOW = "`wzrd ui --auth-string`"
GRAPHICAL = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""Where one of these is set, a browser is not one that takes the terminal over."""


def how_to_log_in(auth: str, *, command: str = SHOW) -> str:
    """A line that names no secret; "" where no auth string is known (a Prefect server of the user's own)."""
    return f"log in with what {command} prints" if auth else ""


async def ui(*, auth_string: Annotated[bool, Parameter(negative=())] = False, browser: bool = True) -> int:
    """Open Prefect's UI in a browser, and print its address; on a terminal also what to log in with.

    Args:
        auth_string: Print the string to log in with, and nothing else. Who has it may start flows and read keys.
        browser: Open a browser where there is one.
    """
    stack = running_stack()
    if auth_string:
        if not stack.prefect_auth:
            raise StackError(
                f"no auth string is known for {stack.prefect_api_url}",
                remedy="a Prefect server of your own is given one by PREFECT_API_AUTH_STRING at `wzrd up`",
            )
        print(stack.prefect_auth)
        return DONE
    print(stack.prefect_ui_url, flush=True)
    if stack.prefect_auth and sys.stderr.isatty():
        print(f"log in with: {stack.prefect_auth}", file=sys.stderr)
    elif message := how_to_log_in(stack.prefect_auth):
        print(message, file=sys.stderr)
    if browser and not await asyncio.to_thread(_open, stack.prefect_ui_url):
        print("no browser here: open the address yourself", file=sys.stderr)
    return DONE


def _open(address: str) -> bool:
    graphical = sys.platform in {"darwin", "win32"} or any(os.environ.get(name) for name in GRAPHICAL)
    return graphical and webbrowser.open(address)
