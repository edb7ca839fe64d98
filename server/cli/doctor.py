"""`wzrd doctor`: what this machine lacks; with --money, what of the money is not as it should be.

With --schemas: where fal's models take something else by now than this version knows.
"""

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from server.cli import DONE, FAILED
from server.cli.caller import AsJson, UserName, find, integer_between, transaction
from server.cli.context import home_of, read_settings, running_stack
from server.stack.doctor import examine
from server.stack.stored_credentials import known_keys
from wzrd.contracts.wire import dumps
from wzrd.runtime.live_schemas import compare_schemas

MARKS = {"ok": ("✓", "green"), "note": ("·", "yellow"), "missing": ("✗", "red")}
DAYS = 30
ADOPT = "in a checkout `python -m tools.model_schemas live` adopts what fal tells; else a newer version may have it"


async def doctor(
    *,
    money: Annotated[bool, Parameter(negative=())] = False,
    schemas: Annotated[bool, Parameter(negative=())] = False,
    user: Annotated[str | None, UserName] = None,
    days: Annotated[int, integer_between(1, 3650)] = DAYS,
    json_output: Annotated[bool, AsJson] = False,
) -> int:
    """Look for what `wzrd up` needs: Python, PostgreSQL, ports, room; try each key by one free call (never shown).

    Exit code 1 when something needed is missing, when something is wrong with the money, or when a schema differs.

    Args:
        money: Look for broken promises about credits instead, in the database of the stack that runs; nothing changes.
        schemas: Compare the inputs of fal's models with what fal tells of them now, field by field; no key is needed.
        user: Whose money: an email or an id; without it everybody's.
        days: How many days back runs are looked at.
        json_output: One broken promise, or one field that differs, a line, as JSON.
    """
    if money:
        return await _money(user, days, json_output=json_output)
    if schemas:
        return await _schemas(json_output=json_output)
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


async def _schemas(*, json_output: bool) -> int:
    settings = read_settings()
    keys = await known_keys(settings, home_of(settings))
    console = Console(highlight=False, soft_wrap=True)
    looked, differing, untold = 0, 0, list[str]()
    async for one in compare_schemas(settings, keys.get("fal-ai")):
        looked += 1
        differing += bool(one.differences)
        if one.live is None:
            untold.append(one.endpoint_id)
        for found in one.differences:
            if json_output:
                print(dumps({"model": one.endpoint_id, **asdict(found)}).decode())
                continue
            console.print(Text("✗ ", "red") + Text(f"{one.endpoint_id}: {found.field}"))
            console.print(
                Text(f"    here: {found.here or 'no such field'}\n    fal:  {found.there or 'no such field'}")
            )
    if json_output:
        return FAILED if differing else DONE
    if untold:
        console.print(Text("· ", "yellow") + Text(f"fal tells no inputs of {', '.join(untold)}"))
    if differing:
        console.print(Text(f"{differing} of {looked} models differ", "red") + Text(f"; {ADOPT}", "dim"))
    else:
        console.print(Text(f"✓ {looked - len(untold)} schemas are as fal tells them", "green"))
    return FAILED if differing else DONE
