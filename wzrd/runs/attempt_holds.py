"""Holds of a run: of an attempt before it begins, and of items that pay for themselves."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from wzrd.db import ledger
from wzrd.db.engine import Tx
from wzrd.db.left_jobs import list_open_items
from wzrd.db.node_outputs import pay_output, pay_outputs
from wzrd.db.run_holds import NewHold, RunHold, list_item_holds, settle_run_hold, take_hold
from wzrd.domain.credits import WHOLE, Share, price_of_share
from wzrd.domain.errors import InsufficientCredits
from wzrd.domain.runs import Lease, PricedItem
from wzrd.domain.settlement import next_hold
from wzrd.runtime.kind import Kind


def attempt_amounts(kind: Kind, items: Sequence[PricedItem], committed: int = 0) -> dict[str, int]:
    """Credits that an attempt at these items may charge, by whose hold it is: the run's (an empty key), or an item's.

    `committed`: what the run's own holds have been charged in earlier attempts. What is free is not in it.
    """
    amounts = {"": next_hold(kind, requested=items, committed=committed)}
    amounts |= {item.key: item.price for item in items if kind.upfront}
    return {key: amount for key, amount in amounts.items() if amount}


async def hold_attempt(
    tx: Tx,
    kind: Kind,
    items: Sequence[PricedItem],
    *,
    run_id: UUID,
    user_id: UUID,
    attempt: int,
    reference_id: str,
    committed: int = 0,
) -> None:
    """Hold what an attempt at these items may charge: by the run, and by each item that pays upfront for itself.

    Raises:
        InsufficientCredits: the balance does not cover all of it; the sum is named.
        Conflict: as `hold_for_attempt`.
    """
    hold = partial(
        hold_for_attempt, tx, kind, run_id=run_id, user_id=user_id, attempt=attempt, reference_id=reference_id
    )
    amounts = attempt_amounts(kind, items, committed)
    held = 0
    for key, amount in amounts.items():
        try:
            await hold(amount=amount, item_key=key)
        except InsufficientCredits as error:
            raise InsufficientCredits(sum(amounts.values()), error.available + held) from error
        held += amount


async def hold_for_attempt(
    tx: Tx,
    kind: Kind,
    *,
    run_id: UUID,
    user_id: UUID,
    attempt: int,
    amount: int,
    reference_id: str,
    item_key: str = "",
    purpose: str | None = None,
) -> None:
    """Hold what an attempt may charge; an attempt that is already paid for holds nothing.

    `item_key` and `purpose` say whose hold it is, and for what: the run's for its kind unless given.

    Raises:
        InsufficientCredits: the balance does not cover it.
        Conflict: as `take_hold`.
    """
    if amount:
        new = new_hold(kind, amount, reference_id, item_key, purpose)
        await take_hold(tx, new, run_id=run_id, user_id=user_id, attempt=attempt)


def new_hold(kind: Kind, amount: int, reference_id: str, item_key: str = "", purpose: str | None = None) -> NewHold:
    """A hold as the ledger has those of this kind of run, for the kind itself unless another `purpose` is given."""
    return NewHold(item_key, amount, kind.resource_type, kind.reference_type, reference_id, purpose or kind.name)


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
    holds = await list_item_holds(tx, lease.run_id, item_key)
    charged = await close_holds(tx, lease.run_id, holds, charge=charge, reason=reason, share=share)
    return charged + sum(hold.committed or 0 for hold in holds)


async def settle_former(tx: Tx, lease: Lease, item_key: str, *, reason: str) -> None:
    """Another result is made in place of one that its provider had made in a former attempt.

    What still stands for that one is charged: it was made, whatever kept it from being delivered. What this attempt
    holds goes back. The caller holds the run's fence.
    """
    for hold in await list_item_holds(tx, lease.run_id, item_key):
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
            await close_holds(tx, run_id, [hold], charge=False, reason=reason)
    return charged


async def settle_left(
    tx: Tx, run_id: UUID, item_key: str, *, delivered: bool, reason: str, share: Share = WHOLE
) -> int:
    """Charge the standing holds of an ended run's item, or release them unless another of its jobs is open.

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
