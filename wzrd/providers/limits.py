"""Limit on calls to a provider that are out at once, grown by success and halved; its circuit breaker.

The provider knows its own limit and we do not: additive increase and multiplicative decrease find it, as TCP does.
"""

import asyncio
from dataclasses import dataclass

from wzrd.slots import FairSlots

START = 8
MOST = 64
LEAST = 1
PAUSE_SECONDS = 1.0
"""Refusals within this time of the last halving answer calls that were out already: they say nothing new."""


class AdaptiveLimit(FairSlots):
    """A limit that finds its own size."""

    def __init__(self, start: int = START, *, most: int = MOST) -> None:
        super().__init__(start)
        self._limit = float(start)
        self._most = float(max(most, start))
        self._halved_at: float | None = None

    def succeeded(self) -> None:
        """A call went through: the limit grows by one a round, and only while it is what holds calls back."""
        if self.out >= self.count or self.waiting:
            self._limit = min(self._most, self._limit + 1 / self._limit)
            self.resize(int(self._limit))

    def refused(self) -> None:
        """The provider said that it has too many: half, once a pause."""
        now = asyncio.get_running_loop().time()
        if self._halved_at is None or now - self._halved_at >= PAUSE_SECONDS:
            self._limit, self._halved_at = max(float(LEAST), self._limit / 2), now
            self.resize(int(self._limit))


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
