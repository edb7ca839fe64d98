"""Outputs made once that may be used again, by what they were made of (`cache_key`), each user's own.

Who makes one now is a claim: one running item a key, whichever run it is of.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json


async def find_output(tx: Tx, cache_key: str) -> Mapping[str, Any] | None:
    """Find the output of this key, and note one more use of it."""
    statement = text("""
        update wzrd.node_outputs set hits = hits + 1, used_at = clock_timestamp() where cache_key = :key
        returning output
    """)
    return await tx.scalar(statement, {"key": cache_key})


async def store_output(tx: Tx, cache_key: str, user_id: UUID, output: Mapping[str, Any], *, owed: int = 0) -> None:
    """Keep what was made; what stood under the key before (its file was lost, or another was as quick) gives way.

    `owed`: what its first delivery will cost; until then nobody has paid for it.
    """
    statement = text("""
        insert into wzrd.node_outputs (cache_key, user_id, output, owed)
        values (:key, :user_id, cast(:output as jsonb), :owed)
        on conflict (cache_key) do update
            set output = excluded.output, owed = excluded.owed, used_at = clock_timestamp()
    """)
    values = {"key": cache_key, "user_id": user_id, "output": to_json(output), "owed": owed}
    await tx.execute(statement, values)


# One statement for both: a client waits for it.
_STORE_FILE = text("""
    with noted as (
        delete from wzrd.unnoted_files where bucket = :bucket and path = :path and cleared_at is null returning 1
    )
    insert into wzrd.node_outputs (cache_key, user_id, output, owed)
    select :key, :user_id, cast(:output as jsonb), :owed from noted
    on conflict (cache_key) do update
        set output = excluded.output, owed = excluded.owed, used_at = clock_timestamp()
""")


async def store_file_output(tx: Tx, cache_key: str, user_id: UUID, file: Mapping[str, Any], *, owed: int = 0) -> bool:
    """Keep a file of the store (`bucket`, `path`, and more), and note it as stored and no longer expected.

    False when it came too late: the file is gone or going, and nothing is kept.
    """
    location = {"bucket": file["bucket"], "path": file["path"]}
    values = {"key": cache_key, "user_id": user_id, "output": to_json(file), "owed": owed}
    return (await tx.execute(_STORE_FILE, {**values, **location})).rowcount == 1


async def read_owed(tx: Tx, cache_key: str) -> int:
    """Credits the first delivery of an output still has to pay; 0 when it is paid, or was free."""
    return int(
        await tx.scalar(text("select owed from wzrd.node_outputs where cache_key = :key"), {"key": cache_key}) or 0
    )


async def pay_output(tx: Tx, cache_key: str) -> bool:
    """Note that this transaction's delivery pays; of two at once the second waits, and hears that it need not."""
    statement = text("update wzrd.node_outputs set owed = 0 where cache_key = :key and owed > 0")
    return (await tx.execute(statement, {"key": cache_key})).rowcount == 1


async def pay_outputs(tx: Tx, cache_keys: Sequence[str]) -> int:
    """Note that this delivery pays for several outputs at once; return what it pays for them."""
    statement = text("""
        with due as (
            select cache_key, owed from wzrd.node_outputs where cache_key = any(:keys) and owed > 0
            order by cache_key for update
        ), paid as (
            update wzrd.node_outputs made set owed = 0 from due where made.cache_key = due.cache_key
        )
        select coalesce(sum(owed), 0)::int from due
    """)
    return int(await tx.scalar(statement, {"keys": list(cache_keys)}) or 0)


async def list_paid(tx: Tx, cache_keys: Sequence[str]) -> set[str]:
    """Those of these keys whose outputs are there and owe nothing."""
    statement = text("select cache_key from wzrd.node_outputs where cache_key = any(:keys) and owed = 0")
    return set((await tx.scalars(statement, {"keys": list(cache_keys)})).all())


async def list_spoken_takes(tx: Tx, user_id: UUID, paths: Sequence[str]) -> set[tuple[str, str]]:
    """Bucket and path of those among these files that were spoken of lines here, known by their facts.

    A scratch take has `spoken`, a paid line `words`, and what is joined of lines `starts`.
    """
    statement = text("""
        select output ->> 'bucket', output ->> 'path' from wzrd.node_outputs
        where user_id = :user_id and output ->> 'path' = any(:paths)
            and jsonb_exists_any(output -> 'facts', array['spoken', 'words', 'starts'])
    """)
    return {(row[0], row[1]) for row in await tx.execute(statement, {"user_id": user_id, "paths": list(paths)})}


async def find_outputs(tx: Tx, cache_keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Outputs of these keys, as far as there are any; small facts, whose uses nobody counts."""
    statement = text("select cache_key, output from wzrd.node_outputs where cache_key = any(:keys)")
    return {row.cache_key: row.output for row in await tx.execute(statement, {"keys": list(cache_keys)})}


async def store_outputs(tx: Tx, user_id: UUID, outputs: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep many at once; what stands under a key already is as good. In order of the keys: two such never deadlock."""
    statement = text("""
        insert into wzrd.node_outputs (cache_key, user_id, output)
        select key, :user_id, value from jsonb_each(cast(:outputs as jsonb)) order by key
        on conflict (cache_key) do nothing
    """)
    await tx.execute(statement, {"user_id": user_id, "outputs": to_json(outputs)})


_FIND_RECIPES = text("""
    select found.cache_key, found.output from unnest(cast(:recipes as text[])) as recipe(hash)
    cross join lateral (
        select cache_key, output from wzrd.node_outputs where user_id = :user_id and recipe_hash = recipe.hash
        order by used_at desc limit :most
    ) found
""")


async def find_recipes(
    tx: Tx, user_id: UUID, recipes: Sequence[str], *, most: int = 50
) -> dict[str, Mapping[str, Any]]:
    """The user's outputs of these recipes, whatever their inputs were, by cache key: the latest `most` of each."""
    values = {"user_id": user_id, "recipes": sorted(set(recipes)), "most": most}
    return {row.cache_key: row.output for row in await tx.execute(_FIND_RECIPES, values)}


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
