"""Units of work of a run. Every move is guarded by its former status and phase: repeats do nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, read_first, read_one, to_json
from wzrd.domain.runs import Item

_COLUMNS = """key, position, entity_type, entity_id, status, phase, attempts, error, output, price,
    delivered_at is not null as delivered"""


async def list_items(tx: Tx, run_id: UUID) -> list[Item]:
    """All items of a run, in order."""
    statement = text(f"select {_COLUMNS} from wzrd.run_items where run_id = :run_id order by position, key")
    return read_all(Item, await tx.execute(statement, {"run_id": run_id}))


async def find_item(tx: Tx, run_id: UUID, key: str) -> Item | None:
    """One item of a run."""
    statement = text(f"select {_COLUMNS} from wzrd.run_items where run_id = :run_id and key = :key")
    return read_first(Item, await tx.execute(statement, {"run_id": run_id, "key": key}))


async def find_item_of(tx: Tx, run_id: UUID, key: str) -> Item | None:
    """The item that a submit's key is about: its own, or the one that it is a part (`#2`) or repetition (`~1`) of."""
    statement = text(rf"""
        select {_COLUMNS} from wzrd.run_items
        where run_id = :run_id and key in (:key, regexp_replace(:key, '[#~]\d+$', ''))
        order by key = :key desc limit 1
    """)
    return read_first(Item, await tx.execute(statement, {"run_id": run_id, "key": key}))


# The guard: only the row that is still where the caller believes it to be moves, and only then does the caller write
# its rows and its event. Two that repeat the same step race for the row's lock; the second finds it moved.
# The mark of delivery is set once and stays: it says what is to be paid, however the run ends.
_MOVE = text("""
    update wzrd.run_items set status = :status, phase = :phase, error = :error,
        output = coalesce(cast(:outputs as jsonb) -> key, output),
        delivered_at = coalesce(delivered_at, case when :delivered then clock_timestamp() end),
        attempts = attempts + case when status = 'pending' then 1 else 0 end, updated_at = clock_timestamp()
    where run_id = :run_id and key = any(:keys) and status = any(:from_status)
        and phase is not distinct from cast(:from_phase as text)
    returning key
""")


async def move_items(
    tx: Tx,
    run_id: UUID,
    keys: Sequence[str],
    *,
    from_status: Sequence[str],
    from_phase: str | None,
    status: str,
    phase: str | None,
    outputs: Mapping[str, Mapping[str, Any]] | None = None,
    error: str | None = None,
    delivered: bool = False,
) -> set[str]:
    """Move items that stand at (`from_status`, `from_phase`), some with new outputs; returns the keys that moved.

    `delivered`: with this very step their content reaches the user. What succeeds is delivered in any case.
    """
    values = {
        "run_id": run_id,
        "keys": list(keys),
        "from_status": list(from_status),
        "from_phase": from_phase,
        "status": status,
        "phase": phase,
        "error": error,
        "outputs": to_json(outputs or {}),
        "delivered": delivered or status == "succeeded",
    }
    return {row.key for row in await tx.execute(_MOVE, values)}


async def end_open_items(tx: Tx, run_id: UUID, status: str, error: str | None) -> list[Item]:
    """Settle what is still open when the run ends; returns the items that were open."""
    statement = text(f"""
        update wzrd.run_items set status = :status, error = :error, updated_at = clock_timestamp()
        where run_id = :run_id and status in ('pending', 'running') returning {_COLUMNS}
    """)
    return read_all(Item, await tx.execute(statement, {"run_id": run_id, "status": status, "error": error}))


async def keep_output_after_end(tx: Tx, run_id: UUID, key: str, output: Mapping[str, Any], *, price: int) -> bool:
    """Note what was made for an item after its run had ended; False when it has an output already, or is open.

    `price`: what it has cost, and will cost in later attempts of its run: nothing where it came too late to be paid.
    """
    statement = text("""
        update wzrd.run_items set status = 'succeeded', phase = 'completed', error = null,
            output = cast(:output as jsonb), price = :price, delivered_at = clock_timestamp(),
            updated_at = clock_timestamp()
        where run_id = :run_id and key = :key and status in ('failed', 'skipped', 'canceled') and delivered_at is null
    """)
    values = {"run_id": run_id, "key": key, "output": to_json(output), "price": price}
    return (await tx.execute(statement, values)).rowcount == 1


async def reopen_items(tx: Tx, run_id: UUID) -> int:
    """Put everything that did not succeed back to the start; finished items are kept. Returns how many.

    What was delivered and not finished keeps its phase and its content: it has been paid for, and is only completed.
    """
    statement = text("""
        update wzrd.run_items set status = 'pending', error = null,
            phase = case when delivered_at is not null then phase end,
            output = case when delivered_at is not null then output end,
            updated_at = clock_timestamp()
        where run_id = :run_id and status in ('failed', 'skipped', 'canceled')
    """)
    return (await tx.execute(statement, {"run_id": run_id})).rowcount


async def reset_items(tx: Tx, run_id: UUID, keys: Sequence[str]) -> None:
    """Begin items anew whose ingredients will be others: no step of the table, but other work under the same name."""
    statement = text("""
        update wzrd.run_items set status = 'pending', phase = null, error = null, output = null, delivered_at = null,
            updated_at = clock_timestamp()
        where run_id = :run_id and key = any(:keys) and status = 'succeeded'
    """)
    await tx.execute(statement, {"run_id": run_id, "keys": list(keys)})


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """Numbers of a run's items by status; `price_left`: most that the open ones cost."""

    total: int
    succeeded: int
    failed: int
    skipped: int
    open: int
    price_left: int


async def count_items(tx: Tx, run_id: UUID) -> ItemCounts:
    """The counts of a run's items, without reading what they are about."""
    statement = text("""
        select count(*) as total, count(*) filter (where status = 'succeeded') as succeeded,
            count(*) filter (where status = 'failed') as failed,
            count(*) filter (where status in ('skipped', 'canceled')) as skipped,
            count(*) filter (where status in ('pending', 'running')) as open,
            coalesce(sum(price) filter (where status in ('pending', 'running')), 0)::int as price_left
        from wzrd.run_items where run_id = :run_id
    """)
    return read_one(ItemCounts, await tx.execute(statement, {"run_id": run_id}))


async def count_settled(tx: Tx, run_id: UUID, *, but: str) -> tuple[int, int]:
    """Number of a run's items that are settled, and of all, without the one of key `but`."""
    statement = text("""
        select count(*) filter (where status not in ('pending', 'running')), count(*) from wzrd.run_items
        where run_id = :run_id and key <> :but
    """)
    settled, total = (await tx.execute(statement, {"run_id": run_id, "but": but})).one()
    return settled, total
