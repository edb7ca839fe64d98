"""Full collections wait for a quiet moment, and are made in the end."""

import asyncio
import gc
import time
import weakref
from collections.abc import Callable

import pytest

from wzrd.runtime import garbage
from wzrd.runtime.garbage import collect_when_quiet


class Knot:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def old_knot() -> Callable[[], Knot | None]:
    """One that has outlived the young generations, and that nobody holds any more."""
    knot = Knot()
    for _ in range(garbage.DUE + 1):
        gc.collect(1)
    return weakref.ref(knot)


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks that follow each other."""
    monkeypatch.setattr(garbage, "LOOK_SECONDS", 0.02)


async def test_what_is_old_is_collected_when_it_is_quiet() -> None:
    """Nothing runs: the next look collects; afterwards the process collects as before."""
    former = gc.get_threshold()
    async with collect_when_quiet():
        assert gc.get_threshold()[:2] == former[:2]
        knot = old_knot()
        async with asyncio.timeout(60):
            while knot() is not None:
                await asyncio.sleep(0.01)
    assert gc.get_threshold() == former
    assert gc.get_freeze_count() == 0


@pytest.mark.parametrize("overdue", [False, True])
async def test_a_burst_goes_first_until_it_is_overdue(monkeypatch: pytest.MonkeyPatch, *, overdue: bool) -> None:
    """A loop that computes all the time makes no full collection, however much is due; unless it has waited long."""
    monkeypatch.setattr(garbage, "OVERDUE_SECONDS", 0.0 if overdue else 300.0)
    looks = list[int]()
    real = gc.get_count

    def count() -> tuple[int, int, int]:
        looks.append(1)
        return real()

    monkeypatch.setattr(gc, "get_count", count)
    async with collect_when_quiet():
        knot = old_knot()
        while len(looks) < 3:
            used = time.thread_time()
            while time.thread_time() - used < 0.02:
                pass
            await asyncio.sleep(0)
        assert (knot() is None) is overdue
