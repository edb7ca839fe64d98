"""A circuit breaker: after several failures in a row a provider rests, then is tried once. Pure."""

from dataclasses import dataclass


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
