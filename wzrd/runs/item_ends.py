"""The end of an item, written once: guard, settlement, move, mirrors and events, in one transaction of its run."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.db.engine import Tx, mirrored
from wzrd.db.items import find_item
from wzrd.db.left_jobs import leave_results, list_open_items
from wzrd.domain.credits import WHOLE, Share
from wzrd.domain.errors import Conflict
from wzrd.runs.attempt_holds import settle_item, settle_parts
from wzrd.runs.steps import Step, step
from wzrd.runtime.session import RunSession

Mirror: TypeAlias = Callable[[Tx], Awaitable[object]]
"""A write to public rows: it may fail without undoing the end."""
Emit: TypeAlias = Callable[[Step], Awaitable[object]]
"""Adds the events of the end; it sees the item as it ended."""


@dataclass(frozen=True, slots=True)
class ItemSettlement:
    """The settlement of the hold of an item that pays its own.

    It is charged for the file `output_key` that is delivered, or because it is a `charge` that no file decides; else it
    goes back, for this `reason`. With `parts`, the files that it is delivered with, each of these is paid once, out of
    the one hold. `hold_of`: the key that its hold stands under, where that is not the item's own. `share`: how many of
    the outputs that are held for have come. `stands`: what a provider may still deliver, or has made, keeps the hold.
    """

    output_key: str | None = None
    reason: str = ""
    charge: bool = False
    hold_of: str = ""
    share: Share = WHOLE
    parts: tuple[str, ...] | None = None
    stands: bool = False


@dataclass(frozen=True, slots=True)
class ItemEnd:
    """An item's end, and where (status and phase) it must stand for that.

    `settlement` is None where its run's hold covers it, or it is free. A charge is noted in the output as `charged`.
    """

    key: str
    status: Literal["succeeded", "failed", "skipped"]
    came_from: tuple[tuple[str, str | None], ...]
    phase: str | None = None
    output: Mapping[str, Any] | None = None
    error: str | None = None
    settlement: ItemSettlement | None = None


async def end_item(
    session: RunSession, run_id: UUID, end: ItemEnd, *mirrors: Mirror, emit: Emit, ignore_cancel: bool = False
) -> bool:
    """End the item; False, and nothing has happened, when it does not stand where it ends from: a repeated step.

    `ignore_cancel`: what is delivered is there already, so that a cancel comes too late for it.

    Raises:
        LeaseLost: another worker owns the run.
        CancelRequested: the run is to be canceled.
    """
    lease = session.leases.current(run_id)
    async with step(session, lease, check_cancel=not ignore_cancel) as current:
        # The step holds the run's row, and whoever moves its items takes that first: the guard holds until the commit.
        item = await find_item(current.tx, run_id, end.key)
        if item is None or (item.status, item.phase) not in end.came_from:
            return False
        output = await _settle(current, end)
        await _move(current, end, came=(item.status, item.phase), output=output)
        for mirror in mirrors:
            async with mirrored(current.tx):
                await mirror(current.tx)
        await emit(current)
    return True


async def _settle(current: Step, end: ItemEnd) -> Mapping[str, Any] | None:
    """The hold is charged or goes back, before the move: the output says what was charged."""
    settlement = end.settlement
    if settlement is None:
        return end.output
    pays = settlement.charge or settlement.output_key is not None
    key = settlement.hold_of or end.key
    if settlement.stands:
        await leave_results(current.tx, current.lease.run_id, ending=end.key)
        if key in await list_open_items(current.tx, current.lease.run_id):
            return end.output
    if settlement.parts is not None:
        charged = await settle_parts(current.tx, current.lease.run_id, key, settlement.parts, reason=settlement.reason)
        return {**(end.output or {}), "charged": charged}
    charged = await settle_item(
        current.tx,
        current.lease,
        key,
        charge=pays,
        reason=settlement.reason,
        output_key=settlement.output_key,
        share=settlement.share,
    )
    return {**(end.output or {}), "charged": charged} if pays else end.output


async def _move(current: Step, end: ItemEnd, *, came: tuple[str, str | None], output: Mapping[str, Any] | None) -> None:
    status, phase = came
    outputs = None if output is None else {end.key: output}
    moved = await current.move(
        [end.key],
        to=end.status,
        phase=end.phase,
        from_status=(status,),
        from_phase=phase,
        outputs=outputs,
        error=end.error,
    )
    if not moved:  # no money moves without its item
        raise Conflict(f"item {end.key} of run {current.lease.run_id} was moved past its run's lock: try again")
