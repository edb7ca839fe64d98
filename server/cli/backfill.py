"""`wzrd backfill`: what has failed is tried again, by the deployment that Prefect's UI starts too."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from server.cli import DONE, FAILED, UsageError
from server.cli.budget import NO_BUDGET, BudgetOption, UnpricedOption
from server.cli.caller import JsonOption, integer_between
from server.cli.context import prefect_stack
from server.stack.prefect.rest import PrefectRest
from wzrd.contracts.wire import dumps
from wzrd.domain.backfill import NAMED, read_moment
from wzrd.domain.errors import BadRequest
from wzrd.domain.submission import RetryPolicy
from wzrd.operations import RetriedKind
from wzrd.operations.backfill import BACKFILL

DEPLOYMENT = BACKFILL.deployment_of({})
LOOK_SECONDS = 0.5
ONCE = RetryPolicy(tries=1)
"""Whoever waits at a terminal hears at once that Prefect is away."""
ENDED = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
Status = Literal["failed", "partial", "canceled"]
Repeated = Parameter(negative=(), consume_multiple=False)


def _check_moment(_: type, text: str | None) -> None:
    """Refuse a text that is no moment.

    Raises:
        ValueError: it is none.
    """
    if text is not None:
        try:
            read_moment(text, datetime.now(UTC), field="it")
        except BadRequest as error:
            raise ValueError(error.message) from None


Moment = Parameter(validator=_check_moment)


async def backfill(
    *,
    since: Annotated[str, Moment] = "7d",
    until: Annotated[str | None, Moment] = None,
    kind: Annotated[list[RetriedKind] | None, Repeated] = None,
    project: Annotated[list[str] | None, Repeated] = None,
    error_code: Annotated[list[str] | None, Repeated] = None,
    status: Annotated[list[Status] | None, Repeated] = None,
    max_runs: Annotated[int, integer_between(1, 1000)] = 50,
    max_credits: Annotated[int | None, integer_between(0)] = None,
    budget: BudgetOption = NO_BUDGET,
    unpriced: UnpricedOption = (),
    concurrency: Annotated[int, integer_between(1, 16)] = 2,
    resubmit_unknown: Annotated[bool, Parameter(negative=())] = False,
    dry_run: bool = True,
    json_output: JsonOption = False,
) -> int:
    """Try again what has failed, of all users; without --no-dry-run, only show what would be done.

    Prints a line a run: id, kind, project, what is missing, credits, what is done, and why it failed or is skipped.
    Each run is paid by its own owner. Exit code 1 if some of it failed again.

    Args:
        since: Runs that ended since then: so long ago (36h, 7d), or a date or time (2026-11-26T18:00Z).
        until: Runs that ended until then; without it, now.
        kind: Only this kind of run; may be given several times.
        project: Only this project: an id, the beginning of one, or a title; may be given several times.
        error_code: Only what failed with this code; may be given several times.
        status: How the runs ended; may be given several times. Without it failed and partial.
        max_runs: The most runs that are tried again.
        max_credits: The most that all of it may charge.
        concurrency: How many runs are tried at once.
        resubmit_unknown: Send once more what a provider may have accepted already, though its answer was lost.
        dry_run: Only show what would be done.
    """
    given: dict[str, Any] = {
        "until": until,
        "kinds": kind,
        "projects": project,
        "error_codes": error_code,
        "statuses": status,
        "max_credits": max_credits if budget.credits is None else budget.credits,
        "max_usd": None if budget.usd is None else float(budget.usd),
        "allow_unpriced": list(unpriced) or None,
    }
    fixed = {"since": since, "max_runs": max_runs, "concurrency": concurrency, "resubmit_unknown": resubmit_unknown}
    parameters = {**{name: value for name, value in given.items() if value is not None}, **fixed, "dry_run": dry_run}
    stack = prefect_stack()
    async with PrefectRest(stack.prefect_api_url, auth=stack.prefect_auth, busy=ONCE) as rest:
        flow_run = await _begin(rest, parameters)
        try:
            ended = await _wait(rest, flow_run)
        except asyncio.CancelledError:
            print(f"it goes on: see {stack.prefect_ui_url}/runs/flow-run/{flow_run}", file=sys.stderr)
            raise
        lines = await _table(rest, flow_run)
    for line in lines:
        print(dumps(line).decode() if json_output else describe(line))
    print(ended["state"].get("message") or ended["state_type"].lower(), file=sys.stderr)
    return DONE if ended["state_type"] == "COMPLETED" else FAILED


async def _begin(rest: PrefectRest, parameters: Mapping[str, Any]) -> str:
    """Have Prefect start it.

    Raises:
        UsageError: the parameters were refused; Prefect's own words.
    """
    _, found = await rest.call("GET", f"/deployments/name/{DEPLOYMENT}")
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    status, made = await rest.call("POST", f"/deployments/{found['id']}/create_flow_run", body, fine=[409])
    if status == 409:
        raise UsageError(str(made.get("detail")))
    return str(made["id"])


async def _wait(rest: PrefectRest, flow_run: str) -> Any:
    while True:
        _, found = await rest.call("GET", f"/flow_runs/{flow_run}")
        if found["state_type"] in ENDED:
            return found
        await asyncio.sleep(LOOK_SECONDS)


async def _table(rest: PrefectRest, flow_run: str) -> Sequence[Mapping[str, Any]]:
    """The table on the flow run's page; empty where there is none (it was refused)."""
    wanted = {"artifacts": {"flow_run_id": {"any_": [flow_run]}, "type": {"any_": ["table"]}}, "limit": 1}
    _, found = await rest.call("POST", "/artifacts/filter", wanted)
    lines: list[dict[str, Any]] = json.loads(found[0]["data"]) if found else []
    return [{**line, "run": line.pop("run_id")} for line in lines]  # for people it is a link


def describe(line: Mapping[str, Any]) -> str:
    """One run as a line."""
    message = line.get("error") or line.get("outcome") or line["reason"] or line["failed"]
    cost = f"{line.get('charged', line['credits'])} credits"
    words = [line["run"][:NAMED], f"{line['kind']:<13}", f"{line['project'][:24]:<24}", f"{line['missing']:>9}"]
    return "  ".join([*words, f"{cost:>11}", f"{line['action']:<7}", message]).rstrip()
