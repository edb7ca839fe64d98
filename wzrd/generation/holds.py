"""The holds of items that pay for themselves, taken before anything is sent; `wzrd.runs.attempt_holds` settles them."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.db.job_money import hold_money
from wzrd.db.node_outputs import list_paid, read_owed
from wzrd.db.run_holds import OUTSTANDING, NewHold, list_item_holds, set_purpose, take_hold
from wzrd.db.run_leases import fence
from wzrd.domain.money import AskedPrice
from wzrd.domain.runs import Lease
from wzrd.generation.values import Funding, Own
from wzrd.runs.attempt_holds import close_holds
from wzrd.runtime.session import RunSession

PURPOSE = "generation"


async def hold_found(session: RunSession, lease: Lease, item_key: str, output_key: str, media_type: str) -> None:
    """Hold the price of a found output that nobody has paid, as its maker's item was never delivered.

    Raises:
        InsufficientCredits: the hold was refused.
        LeaseLost, CancelRequested: from the fence.
    """
    async with session.begin() as tx:
        await fence(tx, lease)
        if owed := await read_owed(tx, output_key):
            await hold_item(tx, lease, item_key, Own(owed, media_type, deferred=True))


async def hold_dollars(tx: Tx, asked: AskedPrice, job_id: UUID) -> None:
    """Count what a submit may cost against the `maxUsd` of its run, before anything is sent. The run's lock is held.

    Raises:
        OverMoney: what is left of it does not cover that.
        UnknownPrice: nobody knows what it may cost, and its model is not allowed by name.
    """
    available = await hold_money(tx, job_id, asked.planned, asked.names)
    if available is not None:
        raise asked.refuse(available)


async def hold_item(tx: Tx, lease: Lease, item_key: str, funding: Funding) -> None:
    """An item that pays its own has exactly one open hold, of the right amount, before anything is sent.

    A resume finds the hold it had; another target's price replaces it; after a release the next one has a new key.

    Raises:
        InsufficientCredits: the hold was refused.
    """
    if not isinstance(funding, Own):
        return
    holds = await list_item_holds(tx, lease.run_id, item_key)
    for hold in [hold for hold in holds if hold.status == "held"]:
        if hold.amount == funding.credits:
            if hold.purpose == OUTSTANDING:
                await set_purpose(tx, hold.key, PURPOSE)
            return
        await close_holds(tx, lease.run_id, [hold], charge=False, reason="another_target")
    if funding.credits > 0:
        under = f"{item_key}+{len(holds)}" if holds else item_key
        new = NewHold(under, funding.credits, funding.resource_type, "generation", str(lease.run_id), PURPOSE)
        await take_hold(tx, new, run_id=lease.run_id, user_id=lease.user_id, attempt=lease.attempt, item=under)


async def settle_generation(tx: Tx, lease: Lease, item_key: str, funding: Funding, *, charge: bool, reason: str) -> int:
    """Charge or give back the item's open hold, if it pays its own and one stands; returns what was charged.

    A deferred one is charged by `settle_item`, and until then it stands.
    """
    if not isinstance(funding, Own) or (charge and funding.deferred):
        return 0
    return await close_holds(
        tx, lease.run_id, await list_item_holds(tx, lease.run_id, item_key), charge=charge, reason=reason
    )


async def hold_parts(tx: Tx, lease: Lease, item_key: str, funding: Own, output_keys: Sequence[str]) -> None:
    """See that an item's hold covers those of these files that nobody has paid yet, at `funding` each.

    Raises:
        InsufficientCredits: what is missing was refused.
    """
    unpaid = len(set(output_keys) - await list_paid(tx, output_keys))
    held = sum(hold.amount for hold in await list_item_holds(tx, lease.run_id, item_key) if hold.status == "held")
    if unpaid * funding.credits > held:
        await hold_item(tx, lease, item_key, replace(funding, credits=unpaid * funding.credits))
