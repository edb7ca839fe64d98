"""`wzrd doctor`: what this machine lacks; with --money, what of the money is not as it should be."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from server.cli import DONE, FAILED
from server.cli.caller import JsonOption, UserOption, find, integer_between, transaction
from server.cli.context import home_of, read_settings, running_stack
from server.stack.doctor import examine
from wzrd.contracts.wire import dumps

MARKS = {"ok": ("✓", "green"), "note": ("·", "yellow"), "missing": ("✗", "red")}
DAYS = 30


async def doctor(
    *,
    money: Annotated[bool, Parameter(negative=())] = False,
    user: UserOption = None,
    days: Annotated[int, integer_between(1, 3650)] = DAYS,
    json_output: JsonOption = False,
) -> int:
    """Look for what `wzrd up` needs: Python, PostgreSQL, ports, room; try each key by one free call (never shown).

    Exit code 1 when something needed is missing, or when something is wrong with the money.

    Args:
        money: Look for broken promises about credits instead, in the database of the stack that runs; nothing changes.
        user: Whose money: an email or an id; without it everybody's.
        days: How many days back runs are looked at.
        json_output: One broken promise a line, as JSON.
    """
    if money:
        return await _money(user, days, json_output=json_output)
    settings = read_settings()
    findings = await examine(settings, home_of(settings))
    console = Console(highlight=False, soft_wrap=True)
    for one in findings:
        mark, colour = MARKS[one.level]
        console.print(Text(f"{mark} {one.name:<15}", colour) + Text(one.detail))
        if one.remedy:
            console.print(Text(f"  {'':<15}{one.remedy}", "dim"))
    return FAILED if any(one.level == "missing" for one in findings) else DONE


async def _money(user: str | None, days: int, *, json_output: bool) -> int:
    from wzrd.db.invariants import INVARIANTS, list_violations

    async with transaction(running_stack().database_url) as tx:
        user_id = (await find(tx, user)).user_id if user else None
        violations = await list_violations(tx, user_id=user_id, days=days)
    console = Console(highlight=False, soft_wrap=True)
    for one in violations:
        if json_output:
            print(dumps(one.as_row()).decode())
            continue
        whose, run, what = one.where
        console.print(Text(f"✗ {one.invariant.name:<20}", "red") + Text(one.invariant.broken))
        console.print(Text(f"  {'':<20}user {whose}, run {run}, {what}: {one.amount}"))
        console.print(Text(f"  {'':<20}{one.invariant.remedy}", "dim"))
    if not violations and not json_output:
        console.print(Text(f"✓ {len(INVARIANTS)} promises about money hold", "green"))
    return FAILED if violations else DONE
