"""Whose turn it is at Prefect: runs beyond a user's cap wait in their rows, handed over round-robin.

One user's turns are given one after another, under an advisory lock of that user which lasts as long as the
transaction. Lock order: run row, this lock, credit account. Whoever holds the lock waits for no run row.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from psycopg import DatabaseError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from wzrd.db.engine import Tx, read_all
from wzrd.db.runs import COLUMNS, RunRow
from wzrd.domain.errors import Conflict, InsufficientCredits, TooMany

USER_QUEUE = "hashtextextended('wzrd turns of ' || cast({user} as text), 0)"
"""The advisory lock of a user's queue."""
_WAITING = """finished_at is null and handed_over_at is null and executor = 'flow' and lease_owner is null
    and status in ('queued', 'running') and cancel_requested_at is null"""


_TOO_MANY = "{} of your runs are still open, the most that this server takes: let some end, or cancel some"
OPEN_RUNS_RETRY_SECONDS = 30
"""When somebody with too many open runs may come back: one of them has probably ended by then."""


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """Runs of one user: how many are at Prefect at once, and how many may be open."""

    at_prefect: int
    open_runs: int


async def lock_queue(tx: Tx, user_id: UUID) -> None:
    """Lock the user's queue for the rest of the transaction."""
    await tx.execute(text(f"select pg_advisory_xact_lock({USER_QUEUE.format(user=':user_id')})"), {"user_id": user_id})


def slot_values(limits: QueueLimits) -> dict[str, Any]:
    """The limits as the function `take_queue_slot` has them."""
    return {"per_user": limits.at_prefect, "most": limits.open_runs}


_TAKE_SLOT = text("select wzrd.take_queue_slot(:run_id, :user_id, :per_user, :most)")


async def take_queue_slot(tx: Tx, run_id: UUID, user_id: UUID, limits: QueueLimits) -> bool:
    """Hand a run over that this transaction has opened again, unless its user has enough there or others waiting.

    False: it waits in its row for its turn. The caller has locked the user's queue: two at once are not both the last.

    Raises:
        TooMany: its user has too many open runs.
    """
    with refusals_of_start(limits=limits):
        return bool(await tx.scalar(_TAKE_SLOT, {"run_id": run_id, "user_id": user_id, **slot_values(limits)}))


@contextmanager
def refusals_of_start(*, due: int = 0, limits: QueueLimits | None = None) -> Generator[None]:
    """Raises what the database's functions refuse as the error that it is; the transaction can only be rolled back.

    Raises:
        InsufficientCredits: the account does not cover what is `due`.
        Conflict: the key of the hold was used by a run that is gone: it pays once.
        TooMany: its user has too many open runs.
    """
    try:
        yield
    except DBAPIError as error:
        refused = error.orig
        if not isinstance(refused, DatabaseError):
            raise
        match refused.sqlstate:
            case "WZ402":
                raise InsufficientCredits(due, int(refused.diag.message_detail or 0)) from error
            case "WZ409":
                raise Conflict("a run of this request was paid before, and is gone; use a new requestId") from error
            case "WZ429" if limits is not None:
                raise TooMany(_TOO_MANY.format(limits.open_runs), retry_after=OPEN_RUNS_RETRY_SECONDS) from error
            case _:
                raise


# Users with somebody waiting and room at Prefect, those first whose run has waited longest; a user whose turns
# another process is giving this moment is passed over. What is counted here is only a guess: it is counted again.
_LOCK_USERS = text(f"""
    with waiting as (
        select user_id, min(created_at) as since from wzrd.runs where {_WAITING} group by user_id
    ), there as (
        select user_id, count(*) as runs from wzrd.runs join waiting using (user_id)
        where finished_at is null and executor = 'flow' and handed_over_at is not null group by user_id
    ), candidates as materialized (
        select user_id from waiting left join there using (user_id)
        where coalesce(there.runs, 0) < :per_user order by since limit :users
    )
    select user_id from candidates where pg_try_advisory_xact_lock({USER_QUEUE.format(user="user_id")})
""")

_IS_WAITING = text(f"select exists (select 1 from wzrd.runs where user_id = :user_id and {_WAITING})")

# Each user's n-th waiting run comes before anybody's n+1st. SKIP LOCKED: a run that is being canceled or settled is
# left to whoever does that; what was changed meanwhile is checked again when its row is locked.
_DISPATCH = text(f"""
    with there as (
        select user_id, count(*) as runs from wzrd.runs
        where user_id = any(:user_ids) and finished_at is null and executor = 'flow' and handed_over_at is not null
        group by user_id
    ), line as (
        select id as waiting_id, user_id as waiting_user, created_at as since,
            row_number() over (partition by user_id order by created_at, id) as rank
        from wzrd.runs where user_id = any(:user_ids) and {_WAITING}
    ), chosen as (
        select r.id as chosen_id, line.rank, line.since from line
        join wzrd.runs r on r.id = line.waiting_id left join there on there.user_id = line.waiting_user
        where line.rank <= :per_user - coalesce(there.runs, 0) and r.finished_at is null and r.handed_over_at is null
        order by line.rank, line.since limit :limit for update of r skip locked
    )
    update wzrd.runs set handed_over_at = clock_timestamp(), updated_at = clock_timestamp()
    from chosen where id = chosen_id
    returning {COLUMNS}, rank, since
""")


async def take_queued(
    tx: Tx, *, per_user: int, user_id: UUID | None = None, limit: int = 50, users: int = 100
) -> list[RunRow]:
    """Hand waiting runs over, of one user or of all, round-robin; returns them in the order of their turns.

    The caller commits and then makes their flow runs; should it die in between, the relay makes them.
    """
    if user_id is None:
        user_ids = list(await tx.scalars(_LOCK_USERS, {"per_user": per_user, "users": users}))
    else:
        user_ids = [user_id] if await tx.scalar(_IS_WAITING, {"user_id": user_id}) else []
        if user_ids:
            await lock_queue(tx, user_id)
    if not user_ids:
        return []
    values = {"user_ids": user_ids, "per_user": per_user, "limit": limit}
    found = read_all(_with_rank, await tx.execute(_DISPATCH, values))
    return [run for _, run in sorted(found, key=itemgetter(0))]


def _with_rank(*, rank: int, since: datetime, **columns: Any) -> tuple[tuple[int, datetime], RunRow]:
    """A run, and where in the order of turns it stands."""
    return (rank, since), RunRow(**columns)
