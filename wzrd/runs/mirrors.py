"""What the end of a run means for the studio's own tables, kind by kind. A mirror never fails a run: see `mirrored`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.db.shots import drop_undelivered, mark_failed, mark_waiting
from wzrd.domain.settlement import Settlement
from wzrd.operations.export_jobs import end_job, outcome_of, reopen_cut

EndMirror: TypeAlias = Callable[[Tx, RunRow, Settlement, Sequence[Item]], Awaitable[None]]
"""(transaction, run, how it ends, the items that were still open)"""
ReopenMirror: TypeAlias = Callable[[Tx, RunRow], Awaitable[None]]


def _entities(left: Sequence[Item], entity_type: str) -> list[UUID]:
    return [item.entity_id for item in left if item.entity_type == entity_type and item.entity_id]


async def _drop_blank_shots(tx: Tx, _run: RunRow, _ending: Settlement, left: Sequence[Item]) -> None:
    """Shots that were placed and never written do not stay on the storyboard; those that are paid for do."""
    await drop_undelivered(tx, _entities([item for item in left if not item.delivered], "shot"))


async def _release_shots(tx: Tx, _run: RunRow, ending: Settlement, left: Sequence[Item]) -> None:
    """Shots that were being worked on do not say so for ever."""
    for made in ("image", "video"):
        shots = _entities(left, f"shot_{made}")
        if shots and ending.status != "canceled" and ending.error:
            await mark_failed(tx, shots, made, ending.error)
        elif shots:
            await mark_waiting(tx, shots, made)


def _sum_up_batch(run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    from wzrd.operations.auto_generate import sum_up  # noqa: PLC0415 - catalog and storyboard: only who ends a batch pays

    return sum_up(run, items)


END_MIRRORS: Mapping[str, EndMirror] = {
    "gen-shots": _drop_blank_shots,
    "auto-generate": _release_shots,
    "director-cut": end_job,
}
"""Called in the transaction that ends a run, after its items are settled."""

REOPEN_MIRRORS: Mapping[str, ReopenMirror] = {"director-cut": reopen_cut}
"""Called in the transaction that gives an ended run its next attempt."""

RESULTS: Mapping[str, Callable[[RunRow, Sequence[Item]], Mapping[str, Any]]] = {
    "auto-generate": _sum_up_batch,
    "director-cut": lambda _, items: outcome_of(items),
}
"""What a run of this kind tells at its end, read from its items: whoever settles says the same."""
