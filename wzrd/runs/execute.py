"""Executing a claimed run: its work runs under a kept lease; however stopped, it is ended, paused or handed over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar, cast
from uuid import UUID

from wzrd.contracts.events import NewEvent, paused
from wzrd.db.engine import is_outage
from wzrd.db.events import append_events
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.run_leases import claim_run, expire_lease, fence, pause_run
from wzrd.domain.errors import CancelRequested, LeaseLost, RunStopped, Suspended, WzrdError
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.faults import FaultRaised, fault
from wzrd.log_context import logging_about
from wzrd.runs.finish import finish
from wzrd.runtime.heartbeat import Watch
from wzrd.runtime.process import Runtime
from wzrd.runtime.session import RunSession
from wzrd.slots import working_for

log = logging.getLogger(__name__)

T = TypeVar("T")


async def pause(session: RunSession, run_id: UUID, *, lease: Lease | None = None) -> bool:
    """Pause an open run; False when it is paused already, has ended, or was asked to cancel.

    Its process gives its lease, which ends with this. Others give none, and pause only what no process executes.

    Raises:
        LeaseLost: the lease is no longer the run's.
    """
    async with session.begin() as tx:
        try:
            if lease is not None:
                await fence(tx, lease)
        except CancelRequested:
            return False
        attempt = await pause_run(tx, run_id, leased=lease is not None)
        if attempt is None:
            return False
        await append_events(tx, run_id, [NewEvent("progress", paused(attempt))])
    session.notifier.notify(RUN_EVENTS, run_id)
    return True


RunBody = Callable[[Lease], Awaitable[Outcome | None]]
"""Does the run's work; None: it has ended the run itself, in the commit of its last step."""


class Interrupted(RunStopped):
    """The run could not go on here (its database is out of reach); it will be resumed."""

    code = "interrupted"


async def claim(session: RunSession, run_id: UUID, *, flow_run_id: UUID | None) -> Lease | None:
    """Take the run over for this process; None when it has ended.

    Raises:
        Conflict: it belongs to another flow run.
    """
    async with session.autocommit() as tx:
        lease = await claim_run(
            tx, run_id, owner=session.leases.owner, flow_run_id=flow_run_id, seconds=session.leases.seconds
        )
    await fault("after_claim")
    return lease


async def execute(runtime: Runtime, lease: Lease, work: RunBody) -> str | None:
    """Do the run's work and end the run; returns its final status, None where it had ended already.

    The work is a task of its own, so that a cancel of the run stops it and nothing around it. A cancel from outside
    (a draining worker) hands the run over: its lease is expired and another worker resumes it.

    Raises:
        LeaseLost: another worker owns the run now; nothing more may be written here.
        Suspended: the run is paused; whoever resumes its flow run has it go on.
        Interrupted: the database is out of reach; the run stays as it is and will be resumed.
    """
    with working_for(lease.user_id), logging_about(run=lease.run_id, user=lease.user_id, attempt=lease.attempt):
        task = asyncio.ensure_future(work(lease))
    with runtime.leases.watch(lease, task) as watch:
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            await asyncio.shield(_release(runtime, lease, task))
            raise
        return await _end(runtime, watch, task)


async def _release(session: RunSession, lease: Lease, task: "asyncio.Future[Outcome | None]") -> None:
    task.cancel()
    await asyncio.wait({task})
    async with session.begin() as tx:
        await expire_lease(tx, lease)


async def _end(runtime: Runtime, watch: Watch, task: "asyncio.Future[Outcome | None]") -> str | None:
    if watch.reason == "lost":
        raise LeaseLost(run_id=str(watch.lease.run_id))
    try:
        outcome = await _outcome(runtime, watch, task)
        if outcome is None:
            return None
        if outcome.canceled:
            await runtime.providers.cancel(watch.lease.run_id)
        return await finish(runtime, watch.lease.run_id, outcome, lease=watch.lease)
    except Exception as error:
        if is_outage(error):
            raise Interrupted from error
        raise


async def _outcome(session: RunSession, watch: Watch, task: "asyncio.Future[Outcome | None]") -> Outcome | None:
    """Outcome of the run by the end of its work; a pause that came first leaves the run open."""
    if watch.reason == "pause" and (task.cancelled() or task.exception() is not None):
        return await _pause(session, watch.lease)
    try:
        return outcome_of_task(task, canceled=watch.reason == "cancel")
    except Suspended:
        return await _pause(session, watch.lease)


async def _pause(session: RunSession, lease: Lease) -> Outcome:
    """Pause the run, unless it was canceled meanwhile: that is the later word.

    Raises:
        Suspended: the run is paused, and no process executes it any more.
    """
    if await pause(session, lease.run_id, lease=lease):
        raise Suspended
    return Outcome(canceled=True)


def outcome_of_task(task: "asyncio.Future[Outcome | None]", *, canceled: bool) -> Outcome | None:
    """Outcome of the run by the end of its work.

    Raises:
        RunStopped: it means nothing for the run: somebody else owns it, or it will be resumed.
    """
    if canceled or task.cancelled():
        return Outcome(canceled=True)
    error = deciding_error(task.exception())
    match error:
        case None:
            return task.result()
        case CancelRequested():
            return Outcome(canceled=True)
        case RunStopped():
            raise error
        case WzrdError():
            return Outcome(error=error.message, error_code=error.code)
        case FaultRaised():
            raise Interrupted from error
        case Exception() if is_outage(error):
            raise Interrupted from error
        case _:
            log.error("the run broke", exc_info=error)
            return Outcome(error="Something went wrong on our side", error_code="internal")


def deciding_error(error: BaseException | None) -> BaseException | None:
    """The one exception that decides: out of a group, a stop of the run before an outage before anything else."""
    if error is None:
        return None
    leaves = _flatten_group(error)
    return min(leaves, key=lambda leaf: (not isinstance(leaf, RunStopped), not is_outage(leaf)))


async def run_together(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Results of several pieces of a run's work, done at once; where one fails, the others are canceled.

    Raises:
        BaseException: of what failed, as `deciding_error`.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failures:
        raise deciding_error(failures) or failures from failures
    return [task.result() for task in tasks]


def _flatten_group(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    group = cast("BaseExceptionGroup[BaseException]", error)
    return [leaf for part in group.exceptions for leaf in _flatten_group(part)]
