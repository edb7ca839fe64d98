"""Items of a graph's run: many ends at once, elements of a batch, prices that rise."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json

ELEMENT = "compute_element"
"""The entity type of an element of a batch; its key is its node's with `#0`, `#1`, … behind it."""

# The same guard as every move of an item: only what is still open ends, and only for that are events written.
_END = text("""
    update wzrd.run_items item set status = ending.status, phase = null, error = ending.error,
        output = coalesce(ending.output, item.output), price = coalesce(ending.price, item.price),
        delivered_at = coalesce(item.delivered_at, case when ending.status = 'succeeded' then clock_timestamp() end),
        attempts = item.attempts + case when item.status = 'pending' and ending.status <> 'skipped' then 1 else 0 end,
        updated_at = clock_timestamp()
    from jsonb_to_recordset(cast(:endings as jsonb))
        as ending(key text, status text, error text, output jsonb, price int)
    where item.run_id = :run_id and item.key = ending.key and item.status in ('pending', 'running')
    returning item.key
""")


async def end_items(tx: Tx, run_id: UUID, endings: Sequence[Mapping[str, Any]]) -> set[str]:
    """End open items, each its own way (`key`, `status`, `error`, `output`, `price`); returns the keys that moved.

    What succeeds is delivered. A price that is absent stays as it is.
    """
    if not endings:
        return set()
    values = {"run_id": run_id, "endings": to_json(list(endings))}
    return {row.key for row in await tx.execute(_END, values)}


async def insert_elements(tx: Tx, run_id: UUID, key: str, count: int, price: int) -> None:
    """Make the elements of a node's batch, as far as they are not there; from now on they have its price."""
    statement = text("""
        with node as (
            update wzrd.run_items set price = 0, updated_at = clock_timestamp()
            where run_id = :run_id and key = :key returning run_id, key, position, entity_id
        )
        insert into wzrd.run_items (run_id, key, position, entity_type, entity_id, price)
        select node.run_id, node.key || '#' || n, node.position, :type, node.entity_id, :price
        from node, generate_series(0, :count - 1) n
        on conflict (run_id, key) do nothing
    """)
    await tx.execute(statement, {"run_id": run_id, "key": key, "count": count, "price": price, "type": ELEMENT})


async def raise_item_price(tx: Tx, run_id: UUID, key: str, price: int) -> bool:
    """Note that an item costs more than was thought; False when it has that price already."""
    statement = text("""
        update wzrd.run_items set price = :price, updated_at = clock_timestamp()
        where run_id = :run_id and key = :key and price < :price
    """)
    return (await tx.execute(statement, {"run_id": run_id, "key": key, "price": price})).rowcount == 1


async def sum_prices(tx: Tx, run_id: UUID) -> int:
    """What a run's items cost in all that are delivered, or may still be in this attempt."""
    statement = text("""
        select coalesce(sum(price), 0)::int from wzrd.run_items
        where run_id = :run_id and (delivered_at is not null or status in ('pending', 'running'))
    """)
    return int(await tx.scalar(statement, {"run_id": run_id}) or 0)
