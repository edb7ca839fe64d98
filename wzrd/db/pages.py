"""Which ended runs still owe their pages in Prefect, and when those are looked after next."""

from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx

# Each wait is as long as the run's end is ago: a minute at first, an hour at last, and nothing more after a day.
_TAKE = text("""
    with due as (
        select id from wzrd.runs where page_due_at < clock_timestamp()
        order by page_due_at limit :limit for update skip locked
    )
    update wzrd.runs run set page_due_at = case when finished_at > clock_timestamp() - interval '1 day' then
        clock_timestamp() + greatest(interval '1 minute', least(interval '1 hour', clock_timestamp() - finished_at)) end
    from due where run.id = due.id and run.finished_at is not null
    returning run.id
""")


async def take_due_pages(tx: Tx, *, limit: int) -> list[UUID]:
    """The runs whose pages are due, and theirs alone who asks: nobody else is given them before their next time."""
    return list((await tx.scalars(_TAKE, {"limit": limit})).all())


async def note_page(tx: Tx, run_id: UUID, attempt: int) -> None:
    """The page of this attempt stands, or is owed to nobody."""
    statement = text("update wzrd.runs set page_due_at = null where id = :run_id and attempt = :attempt")
    await tx.execute(statement, {"run_id": run_id, "attempt": attempt})
