"""The holds of items that pay for themselves: taken before anything is sent, and settled once."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from wzrd.db import ledger
from wzrd.db.engine import Tx
from wzrd.db.node_outputs import list_paid, pay_output, pay_outputs, read_owed
from wzrd.db.provider_jobs import list_open_items
from wzrd.db.run_holds import (
    OUTSTANDING,
    RunHold,
    hold_key,
    insert_run_hold,
    list_item_holds,
    set_purpose,
    settle_run_hold,
)
from wzrd.db.run_leases import fence
from wzrd.domain.credits import WHOLE, Share, price_of_share
from wzrd.domain.lease import Lease
from wzrd.generation.values import Funding, Own
from wzrd.runtime.process import Runtime

PURPOSE = "generation"


async def item_holds(tx: Tx, lease: Lease, item_key: str) -> list[RunHold]:
    """The holds that this item has taken, settled ones too."""
    return await list_item_holds(tx, lease.run_id, item_key)


async def hold_found(runtime: Runtime, lease: Lease, item_key: str, output_key: str, media_type: str) -> None:
    """What an item found, and nobody has paid yet (its maker's item was never delivered), is held as if made now.

    Raises:
        InsufficientCredits: the hold was refused.
        LeaseLost, CancelRequested: from the fence.
    """
    async with runtime.begin() as tx:
        await fence(tx, lease)
        if owed := await read_owed(tx, output_key):
            await hold_item(tx, lease, item_key, Own(owed, media_type, deferred=True))


async def hold_item(tx: Tx, lease: Lease, item_key: str, funding: Funding) -> None:
    """An item that pays its own has exactly one open hold, of the right amount, before anything is sent.

    A resume finds the hold it had; another target's price replaces it; after a release the next one has a new key.

    Raises:
        InsufficientCredits: the hold was refused.
    """
    if not isinstance(funding, Own):
        return
    holds = await item_holds(tx, lease, item_key)
    for hold in [hold for hold in holds if hold.status == "held"]:
        if hold.amount == funding.credits:
            if hold.purpose == OUTSTANDING:
                await set_purpose(tx, hold.key, PURPOSE)
            return
        await ledger.release(tx, hold.hold_id, "another_target", run_id=lease.run_id)
        await settle_run_hold(tx, hold.key, committed=None)
    if funding.credits > 0:
        await _take_hold(tx, lease, f"{item_key}+{len(holds)}" if holds else item_key, funding)


async def _take_hold(tx: Tx, lease: Lease, held_under: str, own: Own) -> None:
    made = await ledger.hold(
        tx,
        lease.user_id,
        own.credits,
        key=hold_key(lease.run_id, held_under, lease.attempt),
        resource_type=own.resource_type,
        reference_type="generation",
        reference_id=str(lease.run_id),
        metadata={"run_id": str(lease.run_id), "item": held_under},
    )
    await insert_run_hold(
        tx,
        run_id=lease.run_id,
        item_key=held_under,
        attempt=lease.attempt,
        purpose=PURPOSE,
        hold_id=made.hold_id,
        user_id=lease.user_id,
        amount=own.credits,
    )


async def settle_generation(tx: Tx, lease: Lease, item_key: str, funding: Funding, *, charge: bool, reason: str) -> int:
    """Charge or give back the item's open hold, if it pays its own and one stands; returns what was charged.

    A deferred one is charged by `settle_item`, and until then it stands.
    """
    if not isinstance(funding, Own) or (charge and funding.deferred):
        return 0
    return await close_holds(tx, lease.run_id, await item_holds(tx, lease, item_key), charge=charge, reason=reason)


async def settle_item(
    tx: Tx,
    lease: Lease,
    item_key: str,
    *,
    charge: bool,
    reason: str = "",
    output_key: str | None = None,
    share: Share = WHOLE,
) -> int:
    """Settle a deferred generation with its item, in the step that ends the item; returns all the item has cost.

    `output_key` names the file that is delivered: it is paid by its first delivery, and free from there on. `share`:
    how many of the outputs that its hold pays for have come; the rest of it goes back.
    The caller holds the run's fence. Where no hold stands (it was free, or found), nothing moves.
    """
    if charge and output_key is not None and not await pay_output(tx, output_key):
        charge, reason = False, "paid_before"
    holds = await item_holds(tx, lease, item_key)
    charged = await close_holds(tx, lease.run_id, holds, charge=charge, reason=reason, share=share)
    return charged + sum(hold.committed or 0 for hold in holds)


async def settle_former(tx: Tx, lease: Lease, item_key: str, *, reason: str) -> None:
    """Another result is made in place of one that its provider had made in a former attempt.

    What still stands for that one is charged: it was made, whatever kept it from being delivered. What this attempt
    holds goes back. The caller holds the run's fence.
    """
    for hold in await item_holds(tx, lease, item_key):
        await close_holds(tx, lease.run_id, [hold], charge=hold.attempt < lease.attempt, reason=reason)


async def settle_parts(tx: Tx, run_id: UUID, item_key: str, output_keys: Sequence[str], *, reason: str) -> int:
    """Settle an item that is delivered with several files: those that nobody has paid yet are, out of its one hold.

    The rest of the hold goes back. Returns all the item has cost. The caller holds the run's fence, or its lock.
    """
    due, holds = await pay_outputs(tx, output_keys), await list_item_holds(tx, run_id, item_key)
    charged = sum(hold.committed or 0 for hold in holds)
    for hold in [hold for hold in holds if hold.status == "held"]:
        if due:
            paid = await ledger.commit(tx, hold.hold_id, due, run_id=run_id)
            await settle_run_hold(tx, hold.key, committed=paid)
            due, charged = max(0, due - paid), charged + paid
        else:
            await ledger.release(tx, hold.hold_id, reason, run_id=run_id)
            await settle_run_hold(tx, hold.key, committed=None)
    return charged


async def hold_parts(tx: Tx, lease: Lease, item_key: str, funding: Own, output_keys: Sequence[str]) -> None:
    """See that an item's hold covers those of these files that nobody has paid yet, at `funding` each.

    Raises:
        InsufficientCredits: what is missing was refused.
    """
    unpaid = len(set(output_keys) - await list_paid(tx, output_keys))
    held = sum(hold.amount for hold in await item_holds(tx, lease, item_key) if hold.status == "held")
    if unpaid * funding.credits > held:
        await hold_item(tx, lease, item_key, replace(funding, credits=unpaid * funding.credits))


async def settle_left(
    tx: Tx, run_id: UUID, item_key: str, *, delivered: bool, reason: str, share: Share = WHOLE
) -> int:
    """What stands for an item of an ended run is charged, or goes back unless another of its jobs is open.

    Returns what was charged. The caller holds the run's lock.
    """
    if not delivered and item_key in await list_open_items(tx, run_id):
        return 0
    holds = await list_item_holds(tx, run_id, item_key)
    return await close_holds(tx, run_id, holds, charge=delivered, reason=reason, share=share)


async def close_holds(
    tx: Tx, run_id: UUID, holds: Sequence[RunHold], *, charge: bool, reason: str, share: Share = WHOLE
) -> int:
    """Charge these holds (a `share` of them), or give them back, as far as they stand; returns what was charged."""
    charged = 0
    for hold in [hold for hold in holds if hold.status == "held"]:
        paid = None
        if charge:
            paid = await ledger.commit(tx, hold.hold_id, price_of_share(hold.amount, share), run_id=run_id)
        else:
            await ledger.release(tx, hold.hold_id, reason, run_id=run_id)
        await settle_run_hold(tx, hold.key, committed=paid)
        charged += paid or 0
    return charged
