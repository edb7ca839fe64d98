"""Signs that work of ours goes on at Prefect: while there is none, a worker asks its server little.

A notification or a flow run of this process is a sign of work; else Prefect is asked, which knows its forms, schedules,
retries and buttons.
"""

import math
import time
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from functools import wraps

from server.dispatch import PrefectApi
from server.worker.flow_runs import count_active

ACTIVE_SECONDS = 30.0
"""Seconds that a worker looks as often as ever after the last sign of work."""
ASK_SECONDS = 5.0
"""Seconds between questions to Prefect meanwhile; a quiet worker asks whenever it looks."""
SELDOM_SECONDS = 30.0


def never() -> bool:
    """Of a process that knows nothing of this: it is not quiet."""
    return False


def _nothing() -> None:
    pass


class Activity:
    """Knowledge of one worker about signs of work. It begins active: who died before may have left something."""

    def __init__(
        self,
        prefect: PrefectApi,
        flows: Collection[str],
        *,
        begun: Callable[[], None] = _nothing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prefect = prefect
        self._flows = flows
        self._begun = begun
        self._clock = clock
        self._noted = clock()
        self._asked = -math.inf

    @property
    def is_quiet(self) -> bool:
        """True if there has been no sign of work for a while."""
        return self._clock() - self._noted > ACTIVE_SECONDS

    def note(self) -> None:
        """There is work."""
        self._noted = self._clock()

    async def look(self) -> bool:
        """Ask Prefect, unless it was asked a moment ago; whether anything goes on.

        Raises:
            PrefectUnreachable: it does not answer.
        """
        was_quiet = self.is_quiet
        if was_quiet or self._clock() - self._asked >= ASK_SECONDS:
            self._asked = self._clock()
            if await count_active(self._prefect, self._flows, due=datetime.now(UTC)):
                self.note()
                if was_quiet:
                    self._begun()
        return not self.is_quiet

    def seldom(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Wraps work so that it is done only every half minute while all is quiet."""
        done = -math.inf

        @wraps(work)
        async def look() -> None:
            nonlocal done
            if self.is_quiet and self._clock() - done < SELDOM_SECONDS:
                return
            await work()
            done = self._clock()

        return look
