"""Submits that outlive their run: what a queue still works on, and results that were never delivered."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, to_json
from wzrd.db.provider_jobs import COLUMNS, ProviderJob, job_of


async def list_open_items(tx: Tx, run_id: UUID) -> set[str]:
    """The items of a run that a queue may still be working on, or of which a result is left to be brought home."""
    statement = text(r"""
        select distinct unnest(array[item_key, regexp_replace(item_key, '#\d+$', '')]) from wzrd.provider_jobs
        where run_id = :run_id and (queued and status in ('sending', 'unknown', 'accepted')
            or left_at is not null and status = 'succeeded')
    """)
    return set((await tx.scalars(statement, {"run_id": run_id})).all())


# A submit belongs to the item of its own key; where there is none, it is a part (`#2`) or a repetition (`~1`) of one.
# A text without a word is nothing that could be delivered. What is still under way is marked too: its result may be
# written at any moment, by a process that has not heard of the end, and whoever writes it waits for this row.
# The rows are locked in the order of their ids: two such never deadlock.
_LEAVE = text(r"""
    update wzrd.provider_jobs left_job set left_at = clock_timestamp(), checked_at = null where left_job.id in (
        select job.id from wzrd.provider_jobs job
    where job.run_id = :run_id and job.left_at is null
        and (job.queued and job.status in ('sending', 'unknown', 'accepted') or job.status = 'succeeded'
            and (job.media_type <> 'text' or coalesce(job.output->>'text', '') ~ '\S')) and exists (
        select from wzrd.run_items item
        where item.run_id = job.run_id and item.delivered_at is null
            and (item.status in ('pending', 'running') or item.key = :ending)
            and (item.key = job.item_key or item.key = regexp_replace(job.item_key, '[#~]\d+$', '')
                and not exists (
                    select from wzrd.run_items own where own.run_id = job.run_id and own.key = job.item_key)))
    order by job.id for update)
""")


async def leave_results(tx: Tx, run_id: UUID, *, ending: str = "") -> None:
    """Leave to recovery what was, or will be, made for a run's open, undelivered items.

    `ending`: an item that ends in this transaction, wherever it stands by now.
    """
    await tx.execute(_LEAVE, {"run_id": run_id, "ending": ending})


async def take_results_over(tx: Tx, run_id: UUID, job_ids: Sequence[UUID] | None = None) -> None:
    """Note what was left of a run (of these submits) as taken over: kept, given up, or the run's again."""
    statement = text("""
        update wzrd.provider_jobs set left_at = null
        where run_id = :run_id and left_at is not null and (cast(:ids as uuid[]) is null or id = any(:ids))
    """)
    await tx.execute(statement, {"run_id": run_id, "ids": list(job_ids) if job_ids is not None else None})


async def renew_output(tx: Tx, job_id: UUID, output: Mapping[str, Any]) -> None:
    """The result under the addresses that its provider names now."""
    statement = text("""
        update wzrd.provider_jobs set output = cast(:output as jsonb) where id = :id and status = 'succeeded'
    """)
    await tx.execute(statement, {"id": job_id, "output": to_json(output)})


# Rows are shared among processes by SKIP LOCKED and by the time of the last look, which is noted here and now.
_TAKE_OPEN = text(f"""
    update wzrd.provider_jobs set checked_at = clock_timestamp() where id in (
        select p.id from wzrd.provider_jobs p join wzrd.runs r on r.id = p.run_id
        where r.finished_at is not null and (p.left_at is not null and p.status = 'succeeded' or p.queued
            and (p.status in ('sending', 'unknown', 'accepted') or p.status = 'lost' and p.request_id is not null
                and p.deadline > clock_timestamp() - make_interval(secs => :late)))
            and coalesce(p.checked_at < clock_timestamp() - make_interval(secs => :seconds), true)
        order by p.checked_at nulls first limit :most for update of p skip locked)
    returning {COLUMNS}
""")


async def take_open_jobs(tx: Tx, *, seconds: float, late: float, most: int) -> list[ProviderJob]:
    """Jobs that a queue may still be working on, or whose result is left, though their run has ended.

    Those that were not looked at for `seconds`.

    One that was given up is among them for `late` seconds after its deadline, where its provider can be asked.
    """
    return read_all(job_of, await tx.execute(_TAKE_OPEN, {"seconds": seconds, "late": late, "most": most}))
