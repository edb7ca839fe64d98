"""The leases of a process: renewed together by a thread, and the tasks that must stop when one is lost.

The thread has a connection of its own, so that one long step of the event loop costs no run its lease. It stops
renewing, and ends the process, where the loop has been silent for so long that nobody may count on it any more.
"""

import asyncio
import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from wzrd.db.engine import Engine
from wzrd.db.lease_renewals import LeaseRenewals, Renewal
from wzrd.domain.errors import LeaseLost
from wzrd.domain.lease import Lease
from wzrd.domain.runs import RENEWALS_A_LEASE
from wzrd.retry import best_effort
from wzrd.runtime.run_objects import RunObjects
from wzrd.settings import LEASE_SECONDS, LOOP_SILENCE_SECONDS

log = logging.getLogger(__name__)

StopReason = Literal["lost", "cancel", "pause"]

SILENT_EXIT = 70
"""The exit code of a process whose loop was silent for too long (EX_SOFTWARE)."""
_TELL_SECONDS = 2.0
_CLOSE_SECONDS = 5.0


@dataclass(slots=True)
class Watch:
    """A run that this process executes, its live objects, and why its work was stopped (if it was)."""

    lease: Lease
    work: asyncio.Task[Any]
    reason: StopReason | None = None
    objects: RunObjects = field(default_factory=RunObjects)

    def stop(self, reason: StopReason) -> None:
        """Stop the work, once."""
        if self.reason is None:
            self.reason = reason
            self.work.cancel()


@dataclass(slots=True)
class Silence:
    """Seconds that a loop has not answered, counted at looks.

    Of the time between two looks `most` counts: a process that was stopped as a whole says nothing of its loop.
    """

    most: float
    seconds: float = 0.0
    _looked: float | None = None

    def look(self, now: float, *, answered: bool) -> float:
        """The seconds by now; none where the loop has answered since the look before."""
        passed = 0.0 if self._looked is None else min(now - self._looked, self.most)
        self._looked = now
        self.seconds = 0.0 if answered else self.seconds + passed
        return self.seconds


def end_process(message: str) -> None:
    """End this process at once, as a kill would: its loop can end nothing. The log says why, and where it stood."""
    telling = threading.Thread(target=_send, args=(message,), daemon=True)
    telling.start()
    telling.join(_TELL_SECONDS)  # the loop may stand still within the log itself
    os._exit(SILENT_EXIT)


def _send(message: str) -> None:
    log.critical(message)
    with suppress(OSError, ValueError, AttributeError):  # no stderr that has a file
        faulthandler.dump_traceback(sys.stderr)


class LeaseKeeper:
    """Keeps the leases of one process alive, and stops work whose lease is lost, or whose run is canceled or paused.

    `silence`: seconds after which a loop that does not answer is given up; `give_up` then ends the process.
    """

    def __init__(
        self,
        engine: Engine,
        owner: str,
        *,
        seconds: float = LEASE_SECONDS,
        silence: float = LOOP_SILENCE_SECONDS,
        give_up: Callable[[str], None] = end_process,
    ) -> None:
        self.owner = owner
        self.seconds = seconds
        self._silence = silence
        self._give_up = give_up
        self._renewals = LeaseRenewals(engine, owner, seconds=seconds)
        self._watches: dict[UUID, Watch] = {}
        self._lock = threading.Lock()  # of the watches and the thread, which lives as long as there are any
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._answered = True

    def current(self, run_id: UUID) -> Lease:
        """The lease under which this process executes the run.

        Raises:
            LeaseLost: it does not execute it.
        """
        return self._current(run_id).lease

    def objects(self, run_id: UUID) -> RunObjects:
        """The live objects of a run that this process executes.

        Raises:
            LeaseLost: it does not execute it.
        """
        return self._current(run_id).objects

    def _current(self, run_id: UUID) -> Watch:
        watch = self._watches.get(run_id)
        if watch is None or watch.reason == "lost":
            raise LeaseLost(run_id=str(run_id))
        return watch

    def __len__(self) -> int:
        return len(self._watches)

    @contextmanager
    def watch(self, lease: Lease, work: asyncio.Task[Any]) -> Generator[Watch]:
        """Keep the lease while inside, and what is kept with it. Of two claims in this process the later one stands."""
        former, watch = self._watches.get(lease.run_id), Watch(lease, work)
        if former is not None and former.lease.epoch > lease.epoch:
            watch.stop("lost")
            yield watch
            return
        if former is not None:
            former.stop("lost")
        self._keep(watch)
        try:
            yield watch
        finally:
            with self._lock:
                if self._watches.get(lease.run_id) is watch:
                    del self._watches[lease.run_id]
            watch.objects.close()

    def _keep(self, watch: Watch) -> None:
        with self._lock:
            self._watches[watch.lease.run_id] = watch
            if self._thread is None and not self._closing.is_set():
                loop, self._answered = asyncio.get_running_loop(), True
                self._thread = threading.Thread(target=self._renew_forever, args=(loop,), name="leases", daemon=True)
                self._thread.start()

    def cancel(self, run_id: UUID) -> None:
        """A cancel flag was raised: stop the run's work, if it is here."""
        watch = self._watches.get(run_id)
        if watch is not None:
            watch.stop("cancel")

    def pause(self, run_id: UUID) -> None:
        """Its flow run was paused: stop the run's work, if it is here."""
        watch = self._watches.get(run_id)
        if watch is not None:
            watch.stop("pause")

    def _renew_forever(self, loop: asyncio.AbstractEventLoop) -> None:
        """The thread: as long as there are leases, and a loop that answers."""
        try:
            silent = self._renew_while_answered(loop)
        finally:
            self._renewals.close()
        if silent:
            self._leave(silent)

    def _renew_while_answered(self, loop: asyncio.AbstractEventLoop) -> float:
        """Renew until nothing is left to be; the seconds of silence where the loop is given up, else 0."""
        pause = self.seconds / RENEWALS_A_LEASE
        silence, wait = Silence(2 * pause), pause
        silence.look(time.monotonic(), answered=True)
        while not (self._closing.wait(wait) or loop.is_closed() or self._is_over()):
            if silence.look(time.monotonic(), answered=self._answered) > self._silence:
                return silence.seconds
            self._answered = False
            wait = pause if self.renew(loop) else pause / 10
        return 0.0

    def _is_over(self) -> bool:
        """True if there is nothing to renew: the thread ends, and the next lease begins another."""
        with self._lock:
            if not self._watches:
                self._thread = None
            return self._thread is None

    def _leave(self, seconds: float) -> None:
        runs = len(self._watches)
        self._give_up(
            f"the event loop has not answered for {seconds:.0f} s (WZRD_LOOP_SILENCE): this process ends, and its "
            f"{runs} {'run is' if runs == 1 else 'runs are'} taken over by another"
        )

    def renew(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Renew all leases now, and tell the loop; False where some are to be tried again soon. Blocking.

        What is no longer ours, or was canceled, is stopped there.
        """
        with self._lock:
            watched = tuple(self._watches.values())
        watches, ours = tuple[Watch, ...](), dict[UUID, Renewal]()
        with best_effort(log.warning, "leases not renewed"):  # a lost database is no lost lease: the fence decides
            ours = self._renewals.renew([watch.lease for watch in watched])
            watches = watched
        with suppress(RuntimeError):  # the loop is closed, and this process about to end
            loop.call_soon_threadsafe(self._hear, watches, ours)
        return all(one.renewed for one in ours.values())

    def _hear(self, watches: Sequence[Watch], ours: Mapping[UUID, Renewal]) -> None:
        """In the loop, which so answers."""
        self._answered = True
        for watch in watches:
            if (found := ours.get(watch.lease.run_id)) is None:
                watch.stop("lost")
            elif found.cancel_requested:
                watch.stop("cancel")

    async def close(self) -> None:
        """Stop renewing."""
        self._closing.set()
        if (thread := self._thread) is not None:
            await asyncio.to_thread(thread.join, _CLOSE_SECONDS)  # a database that does not answer is not waited for
        self._renewals.close()
