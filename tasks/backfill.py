"""The step of a backfill: one ended run tried again, followed to its end, its outcome noted.

Whose attempt it is stands in the item before the run is touched: whatever dies in between, the repeated step finds the
run one attempt further on, and follows it instead of trying it once more.
"""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from prefect import get_run_logger

from blocks.resolve import runtime_for_process
from tasks.child_runs import linked
from tasks.retrying import step_task
from wzrd.contracts.backfill import tried
from wzrd.db.backfill import is_reported_elsewhere
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.job_money import read_spent
from wzrd.db.run_holds import sum_holds
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.backfill import NAMED, BackfillRules, Decision, is_affordable, share_dollars
from wzrd.domain.errors import Conflict, InsufficientCredits, RunStopped, WzrdError
from wzrd.domain.money import NOTHING, show
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.domain.work_queues import QueuePlacement
from wzrd.faults import fault
from wzrd.operations.backfill import BackfillParams, look_again, read_params, rules_of
from wzrd.operations.backfill_facts import replacement_id, start_replacement
from wzrd.runs.finish import reopen
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

LOOK_SECONDS = 1.0
"""Seconds between two looks at a run that is followed."""
UNFINISHED = ("pending", "running")


class NotMade(WzrdError):
    """The run failed again, or was not tried."""

    code = "not_made"


async def read_backfill(run_id: UUID) -> tuple[BackfillParams, list[tuple[str, str]]]:
    """A backfill's parameters, and its work in order: key and name of each run that is to be tried again."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
    assert run is not None, "it has been claimed"
    return read_params(run.params), [(item.key, _name(_line(run, item))) for item in items]


def _line(run: RunRow, item: Item) -> Mapping[str, Any]:
    """Plan line of the item's run."""
    return next(line for line in run.params["plan"] if line["run"] == str(item.entity_id))


def _name(line: Mapping[str, Any]) -> str:
    work = f"{line['kind']} {line['run'][:NAMED]}"
    return f"{line['project']} · {work}" if line["project"] else work


@step_task(name="try again", task_run_name="{name}", persist_result=True)
async def try_again(run_id: UUID, key: str, name: str) -> str:
    """Give the item's run another attempt, or begin one in its place, and wait for its end; returns its status.

    Raises:
        NotMade: it failed again, or could not be tried; the item says why, and the others go on.
    """
    runtime = await runtime_for_process()
    item = await _find(runtime, run_id, key)
    if item.status == "pending":
        item = await _begin(runtime, run_id, item)
    if item.status == "running":
        item = await _try(runtime, run_id, item, name)
    if item.status != "succeeded":
        raise NotMade(f"{name}: {item.error}")
    get_run_logger().info("%s: %s", name, (item.output or {}).get("status"))
    return str((item.output or {}).get("status"))


async def _find(runtime: Runtime, run_id: UUID, key: str) -> Item:
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, key)
    assert item is not None, "its run was started with it"
    return item


async def _begin(runtime: Runtime, run_id: UUID, item: Item) -> Item:
    """Decide anew, and note from which attempt on the run is tried; or end the item, when it is not."""
    assert item.entity_id is not None
    async with runtime.begin() as tx:
        backfill, ended = await find_run(tx, run_id), await find_run(tx, item.entity_id)
        charged, spent = (await sum_holds(tx, item.entity_id))[1], await read_spent(tx, [item.entity_id])
    assert backfill is not None
    if ended is None:
        return await _skip(runtime, run_id, item, Decision("skip", "it is gone", settled=True))
    most = int(_line(backfill, item)["credits"])
    rules = rules_of(runtime, read_params(backfill.params))
    look = await look_again(runtime, item.entity_id, rules, most=most)
    if look.failure is None or look.decision.action == "skip":
        return await _skip(runtime, run_id, item, look.decision)
    action = look.decision.action
    output: dict[str, Any] = {"action": action, "attempt": look.failure.attempt, "before": charged, "most": most}
    child, spent = (ended.run_id, spent) if action == "retry" else (replacement_id(ended), NOTHING)
    async with step(runtime, runtime.leases.current(run_id)) as current:  # under the run's lock: one after the other
        items = await list_items(current.tx, run_id)
        message = _refusal(rules, items, look.failure.credits)
        if not message:
            more = _share(rules, items, child, spent)
            await current.move([item.key], from_status=("pending",), to="running", outputs={item.key: output | more})
    if message:
        return await _skip(runtime, run_id, item, Decision("skip", message))
    return await _find(runtime, run_id, item.key)


def _refusal(rules: BackfillRules, items: Sequence[Item], cost: int) -> str:
    """Why one more run may not begin; empty: it may."""
    outputs = [(item.status, item.output or {}) for item in items]
    charged = sum(int(output.get("charged", 0)) for _, output in outputs)
    under_way = sum(int(output.get("most", 0)) for status, output in outputs if status == "running")
    if not is_affordable(cost, rules, charged=charged, under_way=under_way):
        return f"costs {cost} credits, more than is left of the {rules.max_credits} of max_credits"
    if rules.max_usd is not None and _dollars_left(rules, items) == 0:
        return f"nothing is left of the ${show(rules.max_usd)} of max_usd"
    return ""


def _dollars_left(rules: BackfillRules, items: Sequence[Item]) -> Decimal | None:
    outputs = [(item.status, item.output or {}) for item in items]
    spent = sum((Decimal(output.get("usd", 0)) for _, output in outputs), NOTHING)
    bounds = [output for status, output in outputs if status == "running" and "mostUsd" in output]
    under_way = [Decimal(one["mostUsd"]) - Decimal(one["beforeUsd"]) for one in bounds]
    return share_dollars(rules, spent=spent, under_way=under_way)


def _share(rules: BackfillRules, items: Sequence[Item], child: UUID, spent: Decimal) -> dict[str, Any]:
    """The dollars that the run may have cost at its end, with the `spent` ones of before; nothing without a bound."""
    share = _dollars_left(rules, items)
    return {} if share is None else {"child": str(child), "beforeUsd": str(spent), "mostUsd": str(spent + share)}


async def _skip(runtime: Runtime, run_id: UUID, item: Item, decision: Decision) -> Item:
    """The item ends without its run being touched; well, if nothing is left to be done about it."""
    status, error = ("succeeded", None) if decision.settled else ("skipped", decision.reason)
    output = {"action": "skip", "status": decision.reason, "charged": 0}
    return await _end(runtime, run_id, item, status, output, error)


async def _try(runtime: Runtime, run_id: UUID, item: Item, name: str) -> Item:
    """The run's attempt, made by this or an earlier try of this step, to its end."""
    output = dict(item.output or {})
    try:
        child = await _send(runtime, run_id, item, name)
    except WzrdError as error:
        if isinstance(error, RunStopped):
            raise
        message = (
            f"Insufficient credits: {error.required} required"
            if isinstance(error, InsufficientCredits)
            else error.message
        )
        return await _end(runtime, run_id, item, "skipped", {**output, "status": message, "charged": 0}, message)
    ended = await _follow(runtime, child)
    async with runtime.begin() as tx:
        charged, usd = (await sum_holds(tx, child))[1], await read_spent(tx, [child])
    before = int(output["before"]) if output["action"] == "retry" else 0
    output |= {"status": ended.status, "charged": charged - before, "child": str(child)}
    if "mostUsd" in output:
        output["usd"] = str(max(usd - Decimal(output["beforeUsd"]), NOTHING))
    output["flowRun"] = str(ended.flow_run_id) if ended.flow_run_id else None
    well = ended.status == "succeeded"
    return await _end(runtime, run_id, item, "succeeded" if well else "failed", output, None if well else ended.error)


async def _send(runtime: Runtime, run_id: UUID, item: Item, name: str) -> UUID:
    """Reopen the run, or begin the one in its place, unless an earlier try of this step did; returns which is followed.

    Raises:
        WzrdError: it was refused; the run is as it was.
    """
    assert item.entity_id is not None
    output = item.output or {}
    async with runtime.begin() as tx:
        backfill, ended = await find_run(tx, run_id), await find_run(tx, item.entity_id)
        items = await list_items(tx, item.entity_id)
    assert backfill is not None
    if ended is None:
        raise Conflict("it is gone")
    if output["action"] == "new run":
        child = replacement_id(ended)
        async with linked(runtime, child, name) as placement:
            await start_replacement(runtime, ended, items, max_credits=int(output["most"]), placement=placement)
    else:
        child = item.entity_id
        if ended.attempt == output["attempt"]:
            async with linked(runtime, child, name) as placement:
                await _reopen(runtime, ended, placement, leave=read_params(backfill.params).resubmit_unknown)
    await fault("after_reopen")
    return child


async def _reopen(runtime: Runtime, ended: RunRow, placement: QueuePlacement, *, leave: bool) -> None:
    """Give the run its next attempt; where somebody else was quicker, that attempt is followed.

    Raises:
        WzrdError: it was refused; the run is as it was.
    """
    try:
        await reopen(runtime, ended.run_id, resubmit_unknown=leave, ended_attempt=ended.attempt, placement=placement)
    except Conflict:
        async with runtime.begin() as tx:
            now = await find_run(tx, ended.run_id)
        if now is None or now.attempt == ended.attempt:
            raise


async def _follow(runtime: Runtime, child: UUID) -> RunRow:
    """Wait until the run has ended."""
    while True:
        async with runtime.begin() as tx:
            run = await find_run(tx, child)
        if run is None:
            raise Conflict("it was deleted meanwhile")
        if run.status in TERMINAL_RUN:
            return run
        await asyncio.sleep(LOOK_SECONDS)


async def _end(
    runtime: Runtime, run_id: UUID, item: Item, status: str, output: Mapping[str, Any], error: str | None
) -> Item:
    """End the item, and tell; a repeated step finds it ended and does nothing."""
    assert item.entity_id is not None
    async with step(runtime, runtime.leases.current(run_id)) as current:
        if output["charged"]:
            backfill = await find_run(current.tx, run_id)
            assert backfill is not None
            if await is_reported_elsewhere(current.tx, backfill, item.key, int(output["attempt"])):
                output = {**output, "charged": 0, "status": f"{output['status']}, as another backfill has told"}
        moved = await current.move(
            [item.key], from_status=UNFINISHED, to=status, outputs={item.key: output}, error=error
        )
        if moved:
            event = tried(
                item.entity_id, action=output["action"], status=output["status"], charged=output["charged"], error=error
            )
            current.emit("progress", event)
    return await _find(runtime, run_id, item.key)
