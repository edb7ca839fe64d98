"""Limit on calls to a provider that are out at once, grown by success and halved; its circuit breaker.

The provider knows its own limit and we do not: additive increase and multiplicative decrease find it, as TCP does.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

START = 8
MOST = 64
LEAST = 1
PAUSE_SECONDS = 1.0
"""Refusals within this time of the last halving answer calls that were out already: they say nothing new."""


class AdaptiveLimit:
    """A limit that finds its own size; whoever waits is served in the order of asking."""

    def __init__(self, start: int = START, *, most: int = MOST) -> None:
        self._limit = float(start)
        self._most = float(max(most, start))
        self._out = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._halved_at: float | None = None

    @property
    def limit(self) -> int:
        """Number of calls that may be out now."""
        return int(self._limit)

    @property
    def out(self) -> int:
        """Number of calls that are out now."""
        return self._out

    @property
    def waiting(self) -> int:
        """Number of calls that wait for a place."""
        return len(self._waiting)

    @asynccontextmanager
    async def slot(self, *, seconds: float) -> AsyncGenerator[None]:
        """A place for one call, waited for at most `seconds`.

        Raises:
            TimeoutError: none came free in time.
        """
        await self._acquire(seconds)
        try:
            yield
        finally:
            self._out -= 1
            self._admit()

    def succeeded(self) -> None:
        """A call went through: the limit grows by one a round, and only while it is what holds calls back."""
        if self._out >= self.limit or self._waiting:
            self._limit = min(self._most, self._limit + 1 / self._limit)
            self._admit()

    def refused(self) -> None:
        """The provider said that it has too many: half, once a pause."""
        now = asyncio.get_running_loop().time()
        if self._halved_at is None or now - self._halved_at >= PAUSE_SECONDS:
            self._limit, self._halved_at = max(float(LEAST), self._limit / 2), now

    async def _acquire(self, seconds: float) -> None:
        if self._out < self.limit and not self._waiting:
            self._out += 1
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except BaseException:
            self._leave(waiter)
            raise

    def _leave(self, waiter: "asyncio.Future[None]") -> None:
        """Who stops waiting gives a place back that came at the same moment."""
        if waiter.done() and not waiter.cancelled():
            self._out -= 1
            self._admit()
        elif waiter in self._waiting:
            self._waiting.remove(waiter)

    def _admit(self) -> None:
        while self._waiting and self._out < self.limit:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self._out += 1
                waiter.set_result(None)


@dataclass(slots=True)
class Breaker:
    """Closed until `threshold` failures in a row; then open for `window` seconds; then one probe decides.

    Times are seconds of any monotonic clock. Who was admitted reports exactly once: `succeeded`, `failed`, or
    `inconclusive` (it learnt nothing).
    """

    threshold: int = 5
    window: float = 30.0
    failures: int = 0
    open_until: float | None = None
    probing: bool = False

    def admit(self, now: float) -> bool:
        """True if a call may go out now. In the half-open state only the first one may, until it reports."""
        if self.open_until is None:
            return True
        if self.probing or now < self.open_until:
            return False
        self.probing = True
        return True

    def wait(self, now: float) -> float:
        """Seconds until a probe is possible; 0 when it is."""
        return 0.0 if self.open_until is None else max(0.0, self.open_until - now)

    def succeeded(self) -> None:
        """The provider works: start counting anew."""
        self.failures, self.open_until, self.probing = 0, None, False

    def failed(self, now: float) -> None:
        """One failure more; the threshold, or a failed probe, opens it."""
        self.failures += 1
        if self.probing or self.failures >= self.threshold:
            self.open_until, self.probing = now + self.window, False

    def inconclusive(self) -> None:
        """The call ended inconclusively; another may probe."""
        self.probing = False
