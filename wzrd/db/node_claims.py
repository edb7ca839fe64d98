"""Who makes what stands under a cache key now: one running item a key, whichever run it is of."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.db.node_outputs import find_outputs

# One of a user's runs claims at a time, until its commit. Without that, a statement that waited for another's row would
# not see that the other's item is running by now: its snapshot is older than that.
_TURN = text("select pg_advisory_xact_lock(hashtextextended('node_claims:' || cast(:user_id as text), 0))")

# A claim counts for as long as its item is running: a run that ends ends its items, so a dead claim needs no sweeper,
# and one whose worker was killed stands until its run is resumed or given up. In the order of the keys, so that two
# which claim several at once wait for each other in one direction only.
_CLAIM = text("""
    with wanted as (
        select key as item_key, value as cache_key from jsonb_each_text(cast(:wanted as jsonb))
    )
    insert into wzrd.node_claims as claim (cache_key, run_id, item_key)
    select cache_key, :run_id, min(item_key) from wanted group by cache_key order by cache_key
    on conflict (cache_key) do update
        set run_id = excluded.run_id, item_key = excluded.item_key, claimed_at = clock_timestamp()
        where (claim.run_id = excluded.run_id and claim.item_key = excluded.item_key) or not exists (
            select 1 from wzrd.run_items item
            where item.run_id = claim.run_id and item.key = claim.item_key and item.status = 'running')
    returning item_key, cache_key
""")


async def claim_keys(
    tx: Tx, run_id: UUID, user_id: UUID, wanted: Mapping[str, str]
) -> dict[str, Mapping[str, Any] | None]:
    """Claim cache keys for a run's items (`{item key: cache key}`); the items whose key nobody else is making.

    Each with what stands under its key, where something does by now.

    Of two items of one run with the same key one has it. The caller makes its items `running` in this transaction.
    """
    if not wanted:
        return {}
    await tx.execute(_TURN, {"user_id": user_id})
    claimed = (await tx.execute(_CLAIM, {"run_id": run_id, "wanted": to_json(dict(wanted))})).all()
    # a statement of its own: the claim may have waited for the one that stored it, whose commit its snapshot lacks
    made = await find_outputs(tx, [row.cache_key for row in claimed])
    return {row.item_key: made.get(row.cache_key) for row in claimed}


async def drop_claim(tx: Tx, run_id: UUID, item_key: str, cache_key: str) -> None:
    """An item makes this no longer, though it may be running for long."""
    statement = text("delete from wzrd.node_claims where (cache_key, run_id, item_key) = (:cache_key, :run_id, :key)")
    await tx.execute(statement, {"cache_key": cache_key, "run_id": run_id, "key": item_key})


async def drop_claims(tx: Tx, run_id: UUID, item_keys: Sequence[str]) -> None:
    """These items make nothing any more."""
    statement = text("delete from wzrd.node_claims where run_id = :run_id and item_key = any(:keys)")
    if item_keys:
        await tx.execute(statement, {"run_id": run_id, "keys": list(item_keys)})
