"""A run's beginning: row, items, hold and first event in one commit; or joining the request's run."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from wzrd.contracts.events import NewEvent
from wzrd.contracts.wire import canonical
from wzrd.db.engine import Tx
from wzrd.db.new_runs import FirstLease, FirstSubmit, NewRow, begin_inline_run, insert_run
from wzrd.db.queue import QueueLimits
from wzrd.db.rate_limits import DayCheck, count_anonymous, fits_today
from wzrd.db.runs import RunRow, find_request
from wzrd.domain.errors import Conflict, TooMany
from wzrd.domain.ids import RunId, derive
from wzrd.domain.money import MoneyBound
from wzrd.domain.runs import NewItem
from wzrd.domain.submission import Target
from wzrd.domain.work_queues import IN_FRONT, QueuePlacement
from wzrd.faults import fault
from wzrd.log_context import note_subject
from wzrd.runs.attempt_holds import attempt_amounts, hold_attempt, new_hold
from wzrd.runtime.session import RunSession
from wzrd.settings import Settings

Answer = TypeVar("Answer")
Other = TypeVar("Other")

DAY_SECONDS = 86_400
DAY_SPENT = "What this costs without a signed-in user is spent for today (UTC): sign in, or come back tomorrow"
MAX_SHOWN = 120
"""Characters of a parameter that a message shows: a prompt may be long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParams:
    """Parameters common to all requests for a run; ids as the caller wrote them.

    `user_id` None means the project's owner, `project_id` None none at all (where the kind needs none), `flow_run_id`
    the flow run that a form or a schedule began without a run. `place`: where in Prefect it waits. `money`: what it may
    cost in dollars, whatever its price in credits.
    """

    user_id: UUID | None
    project_id: str | None
    request_id: str | None = None
    flow_run_id: UUID | None = None
    placement: QueuePlacement = IN_FRONT
    money: MoneyBound | None = None


_UNASKED = RunParams(user_id=None, project_id=None)


@dataclass(frozen=True, slots=True)
class NewRun:
    """Request for a new run. `identity`: the parameters that make it the same request when it comes again.

    `asked` says which flow run has begun it, if one has, and where in Prefect it waits. Without `inline` a flow run
    executes it.
    """

    kind: str
    user_id: UUID
    project_id: UUID | None
    request_id: str
    identity: Mapping[str, Any]
    extra: Mapping[str, Any]
    items: Callable[[UUID], Sequence[NewItem]]
    first_event: Callable[[], NewEvent]
    reference_id: str
    asked: RunParams = _UNASKED
    inline: "Inline | None" = None
    day: "DayLimit | None" = None


@dataclass(frozen=True, slots=True)
class DayLimit:
    """Nobody has signed in for the run. All such runs of its user may come to `most` credits a day (UTC).

    This one counts for `credits`, on the day of its start and whatever becomes of it: what fails is free to send.
    """

    most: int
    credits: int


@dataclass(frozen=True, slots=True)
class Inline:
    """This process executes the run itself, from its first commit on: its one item is under way then.

    With a `target`, so is its first submit there, whose answer is awaited for `seconds` in all; `planned`: dollars that
    it may cost.
    """

    target: Target | None
    seconds: float
    planned: Decimal | None = None


@dataclass(frozen=True, slots=True)
class StartResult(Generic[Answer]):
    """A run that stands: `created` now, or joined; `first_event` and `row` are what this very commit wrote.

    `answer` is what the kind's own first answer says of it. `hold_id` is what pays for an inline run.
    """

    run_id: RunId
    created: bool
    answer: Answer
    status: str = "queued"
    first_event: NewEvent | None = None
    row: RunRow | None = None
    hold_id: UUID | None = None

    def answering(self, answer: "Other") -> "StartResult[Other]":
        """Copy of the result with an answer."""
        return StartResult(self.run_id, self.created, answer, self.status, self.first_event, self.row, self.hold_id)


def run_id_of(user_id: UUID, kind: str, request_id: str) -> RunId:
    """The run's id follows from who asked what under which key: a repeated request means the same run."""
    return RunId(derive(user_id, kind, request_id))


async def start(session: RunSession, new: NewRun) -> StartResult[None]:
    """Start the run, or join the one that already has this request id.

    Raises:
        Conflict: the request id was used with other parameters, and the field is named; or by a run that is gone.
        InsufficientCredits: the hold was refused; nothing is left behind.
        TooMany: the user has too many open runs, or its day has no room; nothing is left behind.
        Unavailable: the user's starts before this one did not end in time.
    """
    items = new.items(run_id_of(new.user_id, new.kind, new.request_id))
    one_statement = new.day is None and len(attempt_amounts(session.kind(new.kind), items)) <= 1
    transaction = session.autocommit if one_statement else session.begin
    async with session.user_locks.of(new.user_id), transaction() as tx:
        return await start_in(session, tx, new)


async def start_in(session: RunSession, tx: Tx, new: NewRun) -> StartResult[None]:
    """Start or join the run in the caller's transaction, which has read under a lock what it is about.

    Raises:
        Conflict, InsufficientCredits, TooMany: as `start`.
    """
    kind = session.kind(new.kind)
    kind.check_identity(new.identity)
    await _check_day(session, tx, new, fits_today)  # before anything is locked
    run_id = run_id_of(new.user_id, new.kind, new.request_id)
    note_subject(run=run_id)
    if new.inline is not None:
        return await _start_inline(session, tx, new, new.inline)
    first, items = new.first_event(), new.items(run_id)
    amounts = attempt_amounts(kind, items)
    payer, amount = next(iter(amounts.items())) if len(amounts) == 1 else ("", 0)
    await fault("before_start_commit")
    inserted = await insert_run(
        tx,
        _new_row(new, run_id, first, items),
        queue_limits(session.settings),
        flow_run_id=new.asked.flow_run_id,
        placement=new.asked.placement,
        payment=new_hold(kind, amount, new.reference_id, payer),
    )
    if inserted is None:
        return await _join(tx, new)
    if len(amounts) > 1:
        await hold_attempt(
            tx, kind, items, run_id=run_id, user_id=new.user_id, attempt=1, reference_id=new.reference_id
        )
    await _check_day(session, tx, new, count_anonymous)
    return StartResult(run_id, created=True, answer=None, first_event=first, row=inserted.row)


def queue_limits(settings: Settings) -> QueueLimits:
    """Runs of one user, as the settings bound them."""
    return QueueLimits(settings.runs_at_prefect_per_user, settings.open_runs_per_user)


async def _start_inline(session: RunSession, tx: Tx, new: NewRun, inline: Inline) -> StartResult[None]:
    """Run, hold and first submit in one statement: a request waits for it before anything leaves."""
    kind, leases = session.kind(new.kind), session.leases
    run_id, first = run_id_of(new.user_id, new.kind, new.request_id), new.first_event()
    (item,) = new.items(run_id)
    payment = new_hold(kind, item.price, new.reference_id, item.key)
    submit = FirstSubmit(item.key, inline.target, inline.seconds, inline.planned) if inline.target else None
    lease = FirstLease(leases.owner, leases.seconds)
    await fault("before_start_commit")
    begun = await begin_inline_run(tx, _new_row(new, run_id, first, [item]), lease, payment, submit)
    if begun is None:
        return await _join(tx, new)
    await _check_day(session, tx, new, count_anonymous)
    return StartResult(run_id, True, None, begun.row.status, first, begun.row, begun.hold_id)


async def _check_day(session: RunSession, tx: Tx, new: NewRun, asking: DayCheck) -> None:
    """Look whether the run's day has room for it, or count it.

    Raises:
        TooMany: the day has no room for it; nothing is left behind.
    """
    day = new.day
    if day is not None and not await asking(tx, new.user_id, day.credits, most=day.most):
        raise TooMany(DAY_SPENT, retry_after=DAY_SECONDS - int(session.now().timestamp()) % DAY_SECONDS)


def _new_row(new: NewRun, run_id: RunId, first: NewEvent, items: Sequence[NewItem]) -> NewRow:
    return NewRow(
        run_id=run_id,
        kind=new.kind,
        user_id=new.user_id,
        project_id=new.project_id,
        request_id=new.request_id,
        params={**new.identity, **new.extra, "referenceId": new.reference_id},
        params_hash=hash_identity(new.identity),
        items=items,
        events=[first],
    )


def hash_identity(identity: Mapping[str, Any]) -> str:
    """Equal for equal requests of one kind, and for no others."""
    return hashlib.sha256(canonical(dict(identity))).hexdigest()


async def _join(tx: Tx, new: NewRun) -> StartResult[None]:
    run = await find_request(tx, new.user_id, new.kind, new.request_id)
    if run is None:  # the insert met the row, and runs are never deleted within a request
        raise Conflict(f"request {new.request_id} is being removed; use a new requestId")
    if run.params_hash != hash_identity(new.identity):
        raise Conflict(_difference(run, new.identity), field=", ".join(_fields(run, new.identity)))
    return StartResult(run.run_id, created=False, answer=None, status=run.status)


def _fields(run: RunRow, identity: Mapping[str, Any]) -> list[str]:
    return [name for name, value in identity.items() if run.params.get(name) != value]


def _difference(run: RunRow, identity: Mapping[str, Any]) -> str:
    changes = ", ".join(
        f"{name} was {_shown(run.params.get(name))}, now {_shown(identity[name])}" for name in _fields(run, identity)
    )
    return f"requestId {run.asked_id!r} was already used with other parameters: {changes}. Use a new requestId."


def _shown(value: object) -> str:
    """A value for a message; of a long one its beginning."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
