"""backfill: ended runs tried again, a few at once; or, as a dry run, only what would be done."""

import asyncio
from functools import partial
from typing import Annotated, Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from blocks.resolve import runtime_for_process
from flows.forms import MaxCredits, MaxUsd, RequestId, RunId, titled
from flows.hooks import durable
from tasks.artifacts.backfill import publish_plan
from tasks.artifacts.page import count_ended
from tasks.backfill import NotMade, read_backfill, try_again
from tasks.flow_lifecycle import current_flow_run, refuse, run_under_lease
from tasks.flow_names import give_name
from tasks.retrying import ignore_failure
from wzrd.domain.backfill import PATTERN
from wzrd.domain.errors import WzrdError
from wzrd.domain.money import read_money
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations import RetriedKind
from wzrd.operations.backfill import BackfillParams, describe_planned, plan_backfill, start_backfill

Status = Literal["failed", "partial", "canceled"]
Since = Annotated[str, titled("Ended since", pattern=PATTERN)]
Until = Annotated[str | None, titled("Ended until", pattern=PATTERN)]
Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]] | None, titled("Projects")]
Models = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]] | None, titled("Models without a price")]
Codes = Annotated[list[Annotated[str, Field(min_length=1, max_length=100)]] | None, titled("Error codes")]


async def work(lease: Lease) -> Outcome:
    """Try the runs again, `concurrency` of them at once."""
    params, runs = await read_backfill(lease.run_id)
    left = iter(runs)

    async def one_after_another() -> None:
        for key, name in left:
            await ignore_failure(try_again(lease.run_id, key, name), NotMade)

    async with asyncio.TaskGroup() as group:
        for _ in range(params.concurrency):
            group.create_task(one_after_another())
    return Outcome()


async def _show_plan(params: BackfillParams) -> State[Any]:
    try:
        plan = await plan_backfill(await runtime_for_process(), params)
    except WzrdError as error:
        return await refuse(error)
    facts = current_flow_run()
    await give_name(facts.flow_run_id, facts.name, f"ended runs: {len(plan.planned)} · dry run")
    await publish_plan(plan)
    payload = {"dryRun": True, "credits": plan.credits, "runs": [describe_planned(one) for one in plan.planned]}
    return Completed(message=f"dry run: {plan.summary()}", data=payload)


@flow(
    name="backfill",
    description="Try again what has failed; what was delivered before is neither made nor paid anew.",
    **durable,
)
async def backfill(
    since: Since = "7d",
    until: Until = None,
    kinds: Annotated[list[RetriedKind] | None, titled("Kinds of run")] = None,
    projects: Names = None,
    error_codes: Codes = None,
    statuses: Annotated[list[Status], titled("Ended as")] = ["failed", "partial"],  # noqa: B006 - never changed
    max_runs: Annotated[int, titled("Runs at most", ge=1, le=1000)] = 50,
    max_credits: MaxCredits = None,
    max_usd: MaxUsd = None,
    allow_unpriced: Models = None,
    concurrency: Annotated[int, titled("At once", ge=1, le=16)] = 2,
    resubmit_unknown: Annotated[bool, titled("Send again what may have been accepted")] = False,
    dry_run: Annotated[bool, titled("Only show what would be done")] = True,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Try again what has failed; as a dry run, only show what would be done.

    Args:
        since: Runs that ended since then: so long ago (36h, 7d), or a date or time (2026-11-26T18:00Z).
        until: Runs that ended until then; empty means now.
        kinds: Only these kinds of run; empty means all.
        projects: Only these projects: ids, beginnings of ids, or titles; empty means all.
        error_codes: Only what failed with one of these codes; empty means any.
        statuses: How the runs ended.
        max_runs: The most runs that are tried again.
        max_credits: The most that all of it may charge; empty means any price, as far as each owner's balance goes.
        max_usd: The most that vendors may ask for it, in US dollars; each run has an equal share of what is left.
        allow_unpriced: Models that may run all the same, although nobody knows their price.
        concurrency: How many runs are tried at once.
        resubmit_unknown: Send once more what a provider may have accepted before, though nobody knows how that ended.
        dry_run: Only show what would be done. Nothing is changed, and nothing is charged.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. It is filled in for a backfill that is taken up again.
    """
    params = BackfillParams(
        user_id=None,
        project_id=None,
        since=since,
        until=until,
        kinds=tuple(kinds or ()),
        projects=tuple(projects or ()),
        error_codes=tuple(error_codes or ()),
        statuses=tuple(statuses),
        max_runs=max_runs,
        max_credits=max_credits,
        concurrency=concurrency,
        resubmit_unknown=resubmit_unknown,
        money=read_money(max_usd, allow_unpriced or ()),
        request_id=request_id,
    )
    if dry_run and run_id is None:
        return await _show_plan(params)
    return await run_under_lease(run_id, params, start_backfill, work, progress=partial(count_ended, "runs"))
