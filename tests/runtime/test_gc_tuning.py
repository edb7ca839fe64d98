"""Full collections wait until nothing is under way, and are made in the end."""

import gc
import weakref
from collections.abc import Callable

import pytest

from tests.waiting import until
from wzrd.runtime import gc_tuning as garbage
from wzrd.runtime.gc_tuning import collect_when_idle


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
    monkeypatch.setattr(garbage, "LOOK_SECONDS", 0.005)


async def gone(knot: Callable[[], Knot | None]) -> None:
    """Wait until it has been collected."""
    await until(lambda: knot() is None)


async def test_what_is_old_is_collected_when_nothing_is_under_way() -> None:
    """Not while something is; at the first look afterwards. Outside, the process collects as before."""
    pythons, former, under_way, looks = gc.get_threshold(), (9_000, 8, 7), True, 0
    gc.set_threshold(*former)

    def is_idle() -> bool:
        nonlocal looks
        looks += 1
        return not under_way

    async with collect_when_idle(is_idle):
        assert gc.get_threshold()[:2] == former[:2]
        knot = old_knot()
        await until(lambda: looks >= 3)
        assert knot() is not None
        under_way = False
        await gone(knot)
    assert gc.get_threshold() == former
    assert gc.get_freeze_count() > 0
    gc.set_threshold(*pythons)


async def test_what_is_overdue_is_collected_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is never idle keeps no garbage for ever."""
    monkeypatch.setattr(garbage, "OVERDUE", garbage.DUE)
    async with collect_when_idle(lambda: False):
        await gone(old_knot())
