"""Facts of ended runs that a backfill needs to decide about them; the rules are wzrd/domain/backfill.py."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from wzrd.db.backfill import BackfillCandidate, ItemOutcomes, read_outcomes
from wzrd.db.engine import Tx
from wzrd.db.items import Item, list_items
from wzrd.db.ledger import read_balance
from wzrd.db.run_holds import list_run_holds
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.backfill import Failure, Later
from wzrd.domain.settlement import next_hold
from wzrd.domain.work_queues import QueuePlacement
from wzrd.runs.start import run_id_of
from wzrd.runs.top_up import paid
from wzrd.runtime.kind import Kind, Replacement
from wzrd.runtime.process import Runtime

MAX_WHY = 300


def duplicate_keys(kinds: Mapping[str, Kind]) -> dict[str, Sequence[str]]:
    """By kind, the parameters whose equality makes two runs work on the same; kinds whose items tell are left out."""
    return {name: kind.duplicate_key for name, kind in kinds.items() if kind.duplicate_key}


async def gather(runtime: Runtime, tx: Tx, ended: BackfillCandidate) -> Failure:
    """The facts of one run."""
    run, kind = ended.run, runtime.kind(ended.run.kind)
    items, outcomes = await list_items(tx, run.run_id), await read_outcomes(tx, run.run_id)
    begun = await find_run(tx, replacement_id(run))
    return Failure(
        run_id=run.run_id,
        kind=run.kind,
        user_id=run.user_id,
        project=ended.project or "",
        status=run.status,
        attempt=run.attempt,
        why=describe_why(run, items),
        items=len(items),
        missing=sum(item.status != "succeeded" for item in items),
        credits=await _cost(tx, kind, run, items, outcomes),
        made=len(outcomes.made),
        gone=len(outcomes.gone - outcomes.made),
        taken=len((outcomes.taken | outcomes.sent) - outcomes.made - outcomes.gone),
        unsettled=len(outcomes.unsettled - outcomes.taken - outcomes.made - outcomes.gone),
        expired=len(outcomes.expired - outcomes.taken - outcomes.made - outcomes.gone),
        useless=len(outcomes.useless - outcomes.taken - outcomes.made - outcomes.gone),
        project_gone=run.project_id is not None and ended.project is None,
        later=Later(run_id=ended.concurrent, status=ended.concurrent_status or "") if ended.concurrent else None,
        begun=begun.run_id if begun is not None else None,
        is_begun=is_replacement(run),
        renewable=can_be_replaced(kind, run),
    )


async def _cost(tx: Tx, kind: Kind, run: RunRow, items: Sequence[Item], outcomes: ItemOutcomes) -> int:
    """The most that the run's next attempt charges: by its own hold, and by items that pay for themselves.

    A hold that still stands for what a provider may deliver has been taken already.
    """
    holds = await list_run_holds(tx, run.run_id)
    own = next_hold(kind, requested=items, committed=paid(kind, holds))
    if kind.covers:
        return own
    free = outcomes.made | outcomes.gone | {hold.item for hold in holds if hold.status == "held"}
    due = (item for item in items if item.status != "succeeded" and not item.delivered and item.key not in free)
    return own + sum(item.price for item in due)


def describe_why(run: RunRow, items: Sequence[Item]) -> str:
    """Why a run failed: its items' own errors, each once, else the run's."""
    errors = dict.fromkeys(item.error for item in items if item.status != "succeeded" and item.error)
    message = "; ".join(errors) or run.error or run.error_code or run.status
    return message if len(message) <= MAX_WHY else f"{message[:MAX_WHY]}…"


async def balances_of(tx: Tx, failures: Sequence[Failure]) -> dict[UUID, int]:
    """Balances of the owners of these runs: credits they can spend now."""
    return {user_id: await read_balance(tx, user_id) for user_id in {failure.user_id for failure in failures}}


PREFIX = "backfill:"
"""Prefix of the request ids of such runs; the id of the replaced run follows."""


def _request_id(run: RunRow) -> str:
    return f"{PREFIX}{run.run_id}"


def replacement_id(run: RunRow) -> UUID:
    """The id of the run that stands in its place, if there is one: the same question has the same answer, always."""
    function = run.params.get("function")
    return run_id_of(run.user_id, run.kind, f"{function}:{_request_id(run)}" if function else _request_id(run))


def is_replacement(run: RunRow) -> bool:
    """True if the run stands in place of another."""
    return run.asked_id.startswith(PREFIX)


def can_be_replaced(kind: Kind, run: RunRow) -> bool:
    """True if the run's parameters say all that it was asked for."""
    return kind.replace is not None and run.params.get("nodeIdsHash") is None


async def start_replacement(
    runtime: Runtime, run: RunRow, items: Sequence[Item], *, max_credits: int, placement: QueuePlacement
) -> None:
    """Start the run that stands in its place, or find it: it is started once.

    Raises:
        BadRequest, Conflict, InsufficientCredits, NotConfigured, NotFound, TooMany: as its kind's own start; or it may
            cost more than `max_credits`.
    """
    replace = runtime.kind(run.kind).replace
    assert replace is not None, "the plan looked whether it can be"
    await replace(runtime, Replacement(run, items, _request_id(run), max_credits, placement))
