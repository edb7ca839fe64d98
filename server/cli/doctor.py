"""`wzrd doctor`: what this machine lacks."""

from rich.console import Console
from rich.text import Text

from server.cli import DONE, FAILED
from server.cli.context import home_of, read_settings
from server.stack.doctor import examine

MARKS = {"ok": ("✓", "green"), "note": ("·", "yellow"), "missing": ("✗", "red")}


async def doctor() -> int:
    """Look for what `wzrd up` needs: Python, PostgreSQL, ports, room; try each key by one free call (never shown).

    Exit code 1 when something needed is missing.
    """
    settings = read_settings()
    findings = await examine(settings, home_of(settings))
    console = Console(highlight=False, soft_wrap=True)
    for one in findings:
        mark, colour = MARKS[one.level]
        console.print(Text(f"{mark} {one.name:<15}", colour) + Text(one.detail))
        if one.remedy:
            console.print(Text(f"  {'':<15}{one.remedy}", "dim"))
    return FAILED if any(one.level == "missing" for one in findings) else DONE
