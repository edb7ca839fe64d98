"""`wzrd runs | events | cancel | retry`: what ran, what it told, stopping one and giving one another try."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from server.cli import DONE, UsageError
from server.cli.caller import JsonOption, UserOption, calling, identify, integer_between
from server.cli.shots import find_project
from wzrd.client import Event, UnifiedGenerationService
from wzrd.contracts.runs import RunView
from wzrd.contracts.wire import dumps
from wzrd.domain.errors import NotFound
from wzrd.domain.ids import parse_uuid

MOST = 500  # runs that the API lists
STOPPING_SECONDS = 20.0
SHORTEST_PREFIX = 4


async def runs(
    *,
    project: str | None = None,
    limit: Annotated[int, integer_between(1, MOST)] = 20,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """List runs, newest first: id, kind, status, attempt, begin, duration, error.

    Args:
        project: Only this project's: an id, the beginning of one, or a title.
        limit: How many runs.
    """
    async with calling(await identify(user)) as client:
        only = None if project is None else (await find_project(client, project))[0]
        found = await client.runs(limit=limit, project_id=only)
    for run in found:
        print(dumps(run.wire()).decode() if json_output else describe_run(run))
    if not found:
        print("no runs yet", file=sys.stderr)
    return DONE


def describe_run(run: RunView) -> str:
    """One run as a line."""
    seconds = ((run.finished_at or datetime.now(run.created_at.tzinfo)) - run.created_at).total_seconds()
    status = "canceling" if run.cancel_requested and run.finished_at is None else run.status
    words = [str(run.id), f"{run.kind:<13}", f"{status:<10}", f"{run.created_at:%m-%d %H:%M:%S}", f"{seconds:7.1f} s"]
    words += [f"attempt {run.attempt}"] if run.attempt > 1 else []
    return "  ".join([*words, run.error or ""]).rstrip()


async def events(
    run: str,
    *,
    after: Annotated[int, integer_between(0)] = 0,
    follow: bool = False,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Print a run's log: number, event, and what it says.

    Args:
        run: A run's id, or the beginning of one.
        after: Only what comes after this number.
        follow: Go on until the run has ended.
    """
    async with calling(await identify(user)) as client:
        found = await find_run(client, run)
        if not follow and found.last_event_id <= after:
            return DONE
        async with aclosing(client.follow(found.id, after)) as stream:
            async for event in stream:
                print(describe_event(event, as_json=json_output), flush=True)
                if not follow and (event.seq or 0) >= found.last_event_id:
                    break
    return DONE


def describe_event(event: Event, *, as_json: bool) -> str:
    """One event as a line: its data whole as JSON, or in words where it is known."""
    if as_json:
        return dumps({"seq": event.seq, "event": event.name, "data": event.data}).decode()
    data = event.data
    match event.name:
        case "shot":
            text = f"shot {data.get('shot_number')}  {data.get('status', ''):<9}  {data.get('title') or ''}"
        case "error":
            text = str(data.get("error"))
        case "done":
            fallback = f"  (offline writer: {data.get('fallbackReason')})" if data.get("fallbackUsed") else ""
            text = f"{data.get('total')} shots{fallback}"
        case _:
            text = "  ".join(f"{name}={value}" for name, value in data.items())
    return f"{event.seq or 0:>5}  {event.name:<9} {text}".rstrip()


async def cancel(run: str, *, user: UserOption = None) -> int:
    """Stop a run, wait until it has stopped, and print how it ended. What it had delivered is kept and charged.

    Args:
        run: A run's id, or the beginning of one.
    """
    async with calling(await identify(user)) as client:
        found = await find_run(client, run)
        asked = await client.cancel(found.id)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPPING_SECONDS):
                while asked.finished_at is None:
                    await asyncio.sleep(0.2)
                    asked = await client.run(found.id)
    print(asked.status)
    if found.finished_at is not None:
        print(f"it had already ended; {asked.credits.charged} credits charged", file=sys.stderr)
    elif asked.finished_at is None:
        print(f"it is still stopping; look with `wzrd events {str(found.id)[:8]} --follow`", file=sys.stderr)
    else:
        done = sum(item.status == "succeeded" for item in asked.items)
        print(f"{done} of {len(asked.items)} items done, {asked.credits.charged} credits charged", file=sys.stderr)
    return DONE


async def retry(run: str, *, resubmit_unknown: bool = False, user: UserOption = None) -> int:
    """Give a run that failed or was canceled another attempt for what is left of it; finished items are kept.

    Args:
        run: A run's id, or the beginning of one.
        resubmit_unknown: Send once more what a provider may have accepted already, though its answer was lost.
    """
    async with calling(await identify(user)) as client:
        found = await find_run(client, run)
        again = await client.retry(found.id, ended_attempt=found.attempt, resubmit_unknown=resubmit_unknown)
    print(again.status)
    short, held = str(found.id)[:8], again.credits.held
    print(f"attempt {again.attempt}, {held} credits held", file=sys.stderr)
    print(f"follow it: wzrd events {short} --after {found.last_event_id} --follow", file=sys.stderr)
    return DONE


async def find_run(client: UnifiedGenerationService, typed: str) -> RunView:
    """The caller's run of this id or unambiguous beginning of one.

    Raises:
        GenerationError: no such run.
        NotFound, UsageError: as `choose_run`.
    """
    exact = parse_uuid(typed)
    if exact is None:
        exact = choose_run([run.id for run in await client.runs(limit=MOST)], typed)
    return await client.run(exact)


def choose_run(known: Sequence[UUID], typed: str) -> UUID:
    """The run whose id begins so.

    Raises:
        NotFound: none among the newest.
        UsageError: several, or too short to tell.
    """
    start = typed.strip().lower()
    if len(start) < SHORTEST_PREFIX:
        raise UsageError(f"{typed!r} is too short: give at least {SHORTEST_PREFIX} letters of the run's id")
    found = [run_id for run_id in known if str(run_id).startswith(start)]
    if not found:
        raise NotFound(f"no run {typed!r} among the newest {MOST}", remedy="see `wzrd runs`, or give the whole id")
    if len(found) > 1:
        raise UsageError(f"{typed!r} may be any of {len(found)} runs", remedy="\n".join(map(str, found[:10])))
    return found[0]
