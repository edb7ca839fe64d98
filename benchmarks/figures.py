"""Lines that a benchmark prints: a claim, our number, the peer's, their ratio, the target, and whether it is met."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


class Skipped(RuntimeError):
    """The benchmark cannot run here; the message says why."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One line. `peer` None means that the target is absolute; `ok` None means that the line only informs."""

    claim: str
    ours: float
    peer: float | None
    unit: str
    target: str
    ok: bool | None
    better: str = "less"

    @property
    def ratio(self) -> float | None:
        """Factor by which ours is better (`more`: ours / peer, `sooner`: peer / ours), or our share of the peer's."""
        if not self.peer or not self.ours:
            return None
        return self.peer / self.ours if self.better == "sooner" else self.ours / self.peer


def at_most(claim: str, ours: float, peer: float, most: float, unit: str) -> Measure:
    """A line that is met if ours is at most so many times the peer's."""
    return Measure(claim, ours, peer, unit, f"<= {most:g}x", ours <= most * peer)


HEADER = f"{'benchmark':<14} {'claim':<46} {'ours':>15} {'peer':>15} {'ratio':>8}  {'target':<18} result"


def line(name: str, figure: Measure) -> str:
    """The figure as one line of the table."""
    peer = "-" if figure.peer is None else _number(figure.peer, figure.unit)
    ratio = "-" if figure.ratio is None else f"{figure.ratio:.2f}x" if figure.ratio < 10 else f"{figure.ratio:.0f}x"
    verdict = {True: "ok", False: "MISS", None: ""}[figure.ok]
    ours = _number(figure.ours, figure.unit)
    return f"{name:<14} {figure.claim:<46} {ours:>15} {peer:>15} {ratio:>8}  {figure.target:<18} {verdict}"


def _number(value: float, unit: str) -> str:
    digits = 0 if value >= 100 or value == int(value) else 1
    return f"{value:,.{digits}f} {unit}".strip()


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
