"""Money of paid submits: what each may cost, noted before it is sent, and what a run's submits have cost."""

from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx
from wzrd.domain.ids import OPERATOR
from wzrd.domain.refusals import REFUSAL


# What a run's other submits cost, or may cost. What is known not to be paid counts for nothing: a queue's failure, and
# what was stopped there. An answer that broke off or was hung up on may be paid, and so may what was lost, and what was
# refused by its content after a queue had taken it (fal's FAQ: a 422 may be charged).
def spent_of(job: str) -> str:
    """Expression for dollars that submits (rows called `job`) cost, or may cost."""
    return f"""coalesce(sum(case when {job}.status in ('rejected', 'never_sent') then 0
        when {job}.status in ('failed', 'canceled') and {job}.queued
            and not coalesce(jsonb_exists({job}.output, '{REFUSAL}'), false) then coalesce({job}.cost_usd, 0)
        else coalesce({job}.cost_usd, {job}.planned_usd, 0) end), 0)"""


# A run that an open backfill has begun has its share of that one's dollars as well.
BACKFILL_BOUND = f"""select (item.output->>'mostUsd')::numeric as most, backfill.params->'allowUnpriced' as unpriced
    from wzrd.runs backfill join wzrd.run_items item on item.run_id = backfill.id
    where backfill.user_id = '{OPERATOR}' and backfill.finished_at is null and backfill.kind = 'backfill'
        and item.status = 'running' and item.output->>'child' = run.id::text and item.output->>'mostUsd' is not null"""
"""Bounds of a run (the row that is called `run`) by backfills: dollars, and the models that may be unpriced."""
# The caller holds the run's lock, so that of two submits the second counts the first: together they stay within it.
_HOLD_MONEY = text(f"""
    with run as (
        select job.id, bounds.most, bounds.allowed, (select {spent_of("other")} from wzrd.provider_jobs other
                where other.run_id = job.run_id and other.id <> job.id) as spent
        from wzrd.provider_jobs job join wzrd.runs run on run.id = job.run_id
        cross join lateral (
            select min(most) as most, bool_and(coalesce(jsonb_exists_any(unpriced, cast(:names as text[])), false))
                as allowed
            from (select (run.params->>'maxUsd')::numeric as most, run.params->'allowUnpriced' as unpriced
                union all {BACKFILL_BOUND}) bound where most is not null) as bounds
        where job.id = :id
    ), held as (
        update wzrd.provider_jobs job set planned_usd = cast(:planned as numeric) from run
        where job.id = run.id and (run.most is null or cast(:planned as numeric) is null and run.allowed
            or run.spent + cast(:planned as numeric) <= run.most)
        returning job.id
    )
    select exists (select from held) as held, greatest(run.most - run.spent, 0) as available from run
""")


async def hold_money(tx: Tx, job_id: UUID, planned: Decimal | None, names: Collection[str]) -> Decimal | None:
    """Note what a submit may cost, within the `maxUsd` of its run, whose lock is held; None: it is noted.

    Otherwise what is left is returned, and nothing is noted. Without a price (`planned` None) only what the run allows
    by one of its model's `names` is within.
    """
    held, available = (await tx.execute(_HOLD_MONEY, {"id": job_id, "planned": planned, "names": list(names)})).one()
    return None if held else Decimal(available or 0)


async def read_spent(tx: Tx, run_ids: Collection[UUID]) -> Decimal:
    """Dollars that these runs' submits cost, or may cost."""
    statement = text(f"select {spent_of('job')} from wzrd.provider_jobs job where run_id = any(cast(:ids as uuid[]))")
    return Decimal(await tx.scalar(statement, {"ids": list(run_ids)}))


async def release_money(tx: Tx, run_id: UUID, item_key: str) -> None:
    """Nothing was sent of an item's intents, and nothing will be for now: they hold no money."""
    statement = text("""
        update wzrd.provider_jobs set planned_usd = null
        where run_id = :run_id and item_key = :item_key and status = 'intent'
    """)
    await tx.execute(statement, {"run_id": run_id, "item_key": item_key})
