"""The leases of a process: renewed together by one statement, and the tasks that must stop when one is lost."""

import asyncio
import contextlib
import logging
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from wzrd.db.engine import Engine
from wzrd.db.run_leases import renew_leases
from wzrd.domain.errors import LeaseLost
from wzrd.domain.lease import Lease
from wzrd.domain.runs import LEASE_SECONDS, RENEWALS_A_LEASE

log = logging.getLogger(__name__)

StopReason = Literal["lost", "cancel", "pause"]


@dataclass(slots=True)
class Watch:
    """A run that this process executes, and why its work was stopped (if it was)."""

    lease: Lease
    work: asyncio.Task[Any]
    reason: StopReason | None = None

    def stop(self, reason: StopReason) -> None:
        """Stop the work, once."""
        if self.reason is None:
            self.reason = reason
            self.work.cancel()


class LeaseKeeper:
    """Keeps the leases of one process alive, and stops work whose lease is lost, or whose run is canceled or paused."""

    def __init__(self, engine: Engine, owner: str, *, seconds: float = LEASE_SECONDS) -> None:
        self.owner = owner
        self.seconds = seconds
        self._engine = engine
        self._watches: dict[UUID, Watch] = {}
        self._task: asyncio.Task[None] | None = None

    def current(self, run_id: UUID) -> Lease:
        """The lease under which this process executes the run.

        Raises:
            LeaseLost: it does not execute it.
        """
        watch = self._watches.get(run_id)
        if watch is None or watch.reason == "lost":
            raise LeaseLost(run_id=str(run_id))
        return watch.lease

    def __len__(self) -> int:
        return len(self._watches)

    @contextmanager
    def watch(self, lease: Lease, work: asyncio.Task[Any]) -> Generator[Watch]:
        """Keep the lease while inside. Of two claims of a run in this process the later one stands."""
        former, watch = self._watches.get(lease.run_id), Watch(lease, work)
        if former is not None and former.lease.epoch > lease.epoch:
            watch.stop("lost")
            yield watch
            return
        if former is not None:
            former.stop("lost")
        self._watches[lease.run_id] = watch
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._renew_forever(), name="renew-leases")
        try:
            yield watch
        finally:
            if self._watches.get(lease.run_id) is watch:
                del self._watches[lease.run_id]

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

    async def _renew_forever(self) -> None:
        while self._watches:
            await asyncio.sleep(self.seconds / RENEWALS_A_LEASE)
            try:
                await self.renew()
            except Exception as error:  # noqa: BLE001 - a lost database is no lost lease: the fence decides
                log.warning("leases not renewed: %s", type(error).__name__)

    async def renew(self) -> None:
        """Renew all leases now; stop what is no longer ours or was canceled."""
        watches = list(self._watches.values())
        async with self._engine.begin() as tx:
            ours = await renew_leases(tx, self.owner, [w.lease for w in watches], seconds=self.seconds)
        for watch in watches:
            if watch.lease.run_id not in ours:
                watch.stop("lost")
            elif ours[watch.lease.run_id]:
                watch.stop("cancel")

    async def close(self) -> None:
        """Stop renewing."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
