"""`wzrd demo`, which is `make demo`: from nothing to a film, and what to try next."""

import asyncio
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from server.cli.context import home_of, read_settings, running_stack
from server.cli.film.command import film
from server.cli.status import how_to_log_in
from server.stack.detach import stop
from server.stack.environment import ROOT

EXAMPLE = ROOT / "examples" / "the-nine-forty-rain.fountain"


async def demo(*, out: Path = Path("out"), down: bool = False) -> int:
    """Start everything, and make a film of an example screenplay: no key, no network.

    Running it again makes nothing twice and charges nothing twice.

    Args:
        out: The folder for the film and its storyboard.
        down: Stop everything at the end instead of leaving it running.
    """
    try:
        code = await film(EXAMPLE, out=out)
        if not down:
            _print_next_steps()
    except asyncio.CancelledError:
        if not down:
            print(f"the stack goes on; stop it with `{program()} down`", file=sys.stderr)
        raise
    finally:
        if down:
            await asyncio.shield(stop(home_of(read_settings())))
            print("stopped", file=sys.stderr)
    return code


def _print_next_steps() -> None:
    """Print what to try next."""
    console, name, stack = Console(highlight=False), program(), running_stack()
    login = how_to_log_in(stack.prefect_auth, command=f"`{name} ui --auth-string`")
    steps = (
        (f"{name} film YOUR.fountain --out DIR", "your own screenplay"),
        (f"{name} runs", "every run; `events RUN` tells what it said"),
        (stack.api_url, "the API (docs/wire/README.md)"),
        (stack.prefect_ui_url, f"Prefect's UI: {login or 'every run and its steps'}"),
        (f"{name} down", "stop everything; data stays"),
    )
    console.print()
    for left, right in steps:
        console.print(Text(f"  {left:<42}", "cyan").append(f"  {right}", "dim"), soft_wrap=True)


def program() -> str:
    """Name of this program to call from here: in a checkout its script in .venv is not on the PATH."""
    script = Path(sys.argv[0])
    if script.name != "wzrd":
        return "wzrd"
    try:
        return str(script.absolute().relative_to(Path.cwd()))
    except ValueError:
        return "wzrd"
