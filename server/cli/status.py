"""`wzrd status`: each part, its address, its health. `wzrd ui`: Prefect's UI, and how to log in."""

import asyncio
import json
import os
import sys
import webbrowser
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.table import Table

from server.cli import DONE, FAILED
from server.cli.context import home_of, prefect_stack, read_settings, table_console
from server.stack.errors import StackError
from server.stack.state import NOT_RUNNING, StackState, read_state
from server.stack.status import Condition, inspect


def _uptime(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {rest:02}s"


def _table(conditions: list[Condition]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for title in ("PART", "HEALTH", "PID", "UPTIME", "ADDRESS"):
        table.add_column(title, no_wrap=title != "ADDRESS", overflow="fold")
    for one in conditions:
        colour = "green" if one.healthy else "red"
        health = f"[{colour}]{one.health}[/]" + (f" ({one.restarts} restarts)" if one.restarts else "")
        table.add_row(one.name, health, str(one.pid or ""), _uptime(one.uptime), one.address)
    return table


def _print_ui(state: StackState) -> None:
    login = how_to_log_in(state.prefect_auth)
    print(f"\nPrefect's UI: {state.prefect_ui_url} (`wzrd ui` opens it)" + (f"; {login}" if login else ""))


async def status(*, json_output: Annotated[bool, Parameter(name="--json", negative="")] = False) -> int:
    """Show each part of the stack in WZRD_HOME; exit code 1 when something is down.

    Args:
        json_output: One JSON object a part and line instead of a table.
    """
    home = home_of(read_settings())
    state = read_state(home)
    if state is None or not state.runs():
        print(f"nothing runs in {home}; {NOT_RUNNING}", file=sys.stderr)
        return FAILED
    conditions = await inspect(state)
    if json_output:
        for one in conditions:
            print(json.dumps(asdict(one)))
    else:
        table_console().print(_table(conditions))
        _print_ui(state)
    if not state.ready:
        print("still starting", file=sys.stderr)
    return DONE if state.ready and all(one.healthy for one in conditions) else FAILED


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
    stack = prefect_stack()
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
