"""Which credit hold pays for what: one row a hold of a run, under a key that never repeats."""

import re
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db import ledger
from wzrd.db.engine import Tx, read_all, to_json
from wzrd.domain.credits import MAX_CREDITS
from wzrd.domain.errors import Conflict


@dataclass(frozen=True, slots=True)
class RunHold:
    """A hold of a run (`item_key` empty) or of one of its items.

    `purpose` is the kind of run, `generation`, or `outstanding`: it stands for what a provider may still deliver.
    """

    key: str
    item_key: str
    attempt: int
    purpose: str
    hold_id: UUID
    amount: int
    committed: int | None
    status: str

    @property
    def item(self) -> str:
        """The item that it pays for, whichever of its holds this is."""
        return _RENEWED.sub("", self.item_key)


OUTSTANDING = "outstanding"
_RENEWED = re.compile(r"\+\d+$")


def hold_key(run_id: UUID, item_key: str, attempt: int, top_up: int = 0) -> str:
    """The key of the hold that pays for an item (or, with an empty key, the run) in one attempt.

    `top_up` numbers, from 1 on, what was held in addition.
    """
    return f"run:{run_id}:{item_key}:{attempt}" + (f"+{top_up}" if top_up else "")


@dataclass(frozen=True, slots=True)
class NewHold:
    """A hold that is to be taken of a run (`item_key` empty) or an item; an amount of 0 holds nothing.

    Types and id of what it is for are the ledger's words, `purpose` is as `RunHold` has it.
    """

    item_key: str
    amount: int
    resource_type: str
    reference_type: str
    reference_id: str
    purpose: str


NO_HOLD = NewHold("", 0, "", "", "", "")

PAID = """
    paid as (
        insert into wzrd.run_holds (key, run_id, item_key, attempt, purpose, hold_id, user_id, amount)
        select :key, cast(:run_id as uuid), :item_key, :attempt, :purpose, id, user_id, :amount from hold
    )"""
"""Notes the hold of `ledger.HOLD` among those of its run: of two that take it under one key, the second fails."""
_TAKE = text(f"with payer as (select cast(:user_id as uuid) as user_id), {ledger.HOLD}, {PAID} select id from hold")
_NOTE = text("""
    insert into wzrd.run_holds (key, run_id, item_key, attempt, purpose, hold_id, user_id, amount)
    values (:key, :run_id, :item_key, :attempt, :purpose, :hold_id, :user_id, :amount) on conflict (key) do nothing
""")


def hold_values(new: NewHold, run_id: UUID, attempt: int, top_up: int = 0, **about: str) -> dict[str, Any]:
    """A hold as the statements that take one have it; `about`: what its entry says besides."""
    return {
        **asdict(new),
        "amount": new.amount if new.amount <= MAX_CREDITS else 0,  # no account covers more: none is taken
        "run_id": run_id,
        "attempt": attempt,
        "key": hold_key(run_id, new.item_key, attempt, top_up),
        "metadata": to_json({"run_id": str(run_id), **about}),
    }


async def take_hold(
    tx: Tx, new: NewHold, *, run_id: UUID, user_id: UUID, attempt: int, top_up: int = 0, **about: str
) -> UUID:
    """Hold credits in the ledger, and note the hold among those of its run; returns its id.

    `about`: what its entry in the ledger says besides.

    Raises:
        InsufficientCredits: the balance does not cover it.
        Conflict: this hold has been settled before: the key of a hold pays once.
    """
    values = {**hold_values(new, run_id, attempt, top_up, **about), "user_id": user_id}
    if (taken := await tx.scalar(_TAKE, values)) is not None:
        return taken
    held = await ledger.hold(  # it stands, or the ledger says why not
        tx,
        user_id,
        new.amount,
        key=hold_key(run_id, new.item_key, attempt, top_up),
        resource_type=new.resource_type,
        reference_type=new.reference_type,
        reference_id=new.reference_id,
        metadata={"run_id": str(run_id), **about},
    )
    if held.status != "held":
        raise Conflict(f"attempt {attempt} of run {run_id} was {held.status} before; use a new requestId")
    await tx.execute(_NOTE, {**values, "hold_id": held.hold_id})
    return held.hold_id


async def list_run_holds(tx: Tx, run_id: UUID) -> list[RunHold]:
    """All holds of a run, oldest attempt first."""
    statement = text("""
        select key, item_key, attempt, purpose, hold_id, amount, committed, status from wzrd.run_holds
        where run_id = :run_id order by attempt, item_key, key
    """)
    return read_all(RunHold, await tx.execute(statement, {"run_id": run_id}))


async def list_item_holds(tx: Tx, run_id: UUID, item: str) -> list[RunHold]:
    """The holds of one item, its renewed ones too, oldest attempt first."""
    statement = text("""
        select key, item_key, attempt, purpose, hold_id, amount, committed, status from wzrd.run_holds
        where run_id = :run_id and (item_key = :item or starts_with(item_key, :item || '+'))
        order by attempt, item_key
    """)
    return [
        hold
        for hold in read_all(RunHold, await tx.execute(statement, {"run_id": run_id, "item": item}))
        if hold.item == item
    ]


async def sum_holds(tx: Tx, run_id: UUID) -> tuple[int, int]:
    """Credits that a run's holds reserve now, and credits they have been charged."""
    statement = text("""
        select coalesce(sum(amount) filter (where status = 'held'), 0)::int, coalesce(sum(committed), 0)::int
        from wzrd.run_holds where run_id = :run_id
    """)
    held, charged = (await tx.execute(statement, {"run_id": run_id})).one()
    return held, charged


async def settle_run_hold(tx: Tx, key: str, *, committed: int | None) -> None:
    """Note how a hold ended: committed with so many credits, or released (None)."""
    statement = text("""
        update wzrd.run_holds set status = :status, committed = :committed where key = :key and status = 'held'
    """)
    status = "released" if committed is None else "committed"
    await tx.execute(statement, {"key": key, "status": status, "committed": committed})


async def set_purpose(tx: Tx, key: str, purpose: str) -> None:
    """Note what a hold that still stands is for now."""
    statement = text("update wzrd.run_holds set purpose = :purpose where key = :key and status = 'held'")
    await tx.execute(statement, {"key": key, "purpose": purpose})
