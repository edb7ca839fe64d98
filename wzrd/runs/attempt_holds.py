"""Holds of an attempt at a run before it begins: for the run, and for items that pay for themselves."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from wzrd.db import ledger
from wzrd.db.engine import Tx
from wzrd.db.run_holds import hold_key, insert_run_hold
from wzrd.domain.errors import Conflict, InsufficientCredits
from wzrd.domain.settlement import PricedItem, next_hold
from wzrd.runtime.kind import Kind


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

    `committed`: what the run's own holds have been charged in earlier attempts.

    Raises:
        InsufficientCredits: the balance does not cover all of it; the sum is named.
        Conflict: as `hold_for_attempt`.
    """
    hold = partial(
        hold_for_attempt, tx, kind, run_id=run_id, user_id=user_id, attempt=attempt, reference_id=reference_id
    )
    amounts = {"": next_hold(kind, requested=items, committed=committed)}
    amounts |= {item.key: item.price for item in items if kind.upfront}
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
        Conflict: this attempt's hold has been settled before: the key of a hold pays once.
    """
    if amount == 0:
        return
    held = await ledger.hold(
        tx,
        user_id,
        amount,
        key=hold_key(run_id, item_key, attempt),
        resource_type=kind.resource_type,
        reference_type=kind.reference_type,
        reference_id=reference_id,
        metadata={"run_id": str(run_id)},
    )
    if held.status != "held":
        raise Conflict(f"attempt {attempt} of run {run_id} was {held.status} before; use a new requestId")
    await insert_run_hold(
        tx,
        run_id=run_id,
        item_key=item_key,
        attempt=attempt,
        purpose=purpose or kind.name,
        hold_id=held.hold_id,
        user_id=user_id,
        amount=amount,
    )
