"""A new run in place of one that has had all its attempts, for what is missing; begun once.

Each kind says how (`Kind.replace`).
"""

from collections.abc import Sequence
from uuid import UUID

from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.domain.work_queues import QueuePlacement
from wzrd.runs.start import run_id_of
from wzrd.runtime.kind import Kind, Replacement
from wzrd.runtime.process import Runtime

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
