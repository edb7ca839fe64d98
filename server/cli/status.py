"""`wzrd status`: each part, its address, its health."""

import json
import sys
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from server.cli import DONE, FAILED
from server.cli.context import home_of, read_settings
from server.cli.ui import how_to_log_in
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
        Console(highlight=False, width=None if sys.stdout.isatty() else 200).print(_table(conditions))
        _print_ui(state)
    if not state.ready:
        print("still starting", file=sys.stderr)
    return DONE if state.ready and all(one.healthy for one in conditions) else FAILED
