"""Machines whose clocks are a minute off, by Debian's libfaketime."""

import asyncio
from pathlib import Path

import pytest

from tests.acceptance.machines.conftest import Place
from tests.acceptance.machines.rig import machines_of
from tests.acceptance.machines.work import begin, check_rounds

FOUND = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
needs_faketime = pytest.mark.skipif(not FOUND, reason="there is no libfaketime here: apt-get install libfaketime")


def off(seconds: str) -> dict[str, str]:
    """The environment of a machine whose clock is so many seconds off; what it measures is not."""
    return {"LD_PRELOAD": str(FOUND[0]), "FAKETIME": f"{seconds}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.mark.storm
@needs_faketime
async def test_clocks_a_minute_off(place: Place, tmp_path: Path) -> None:
    """One worker ahead, one behind, the API ahead: leases and deadlines go by the database's clock, all ends right."""
    own = {"api1": off("+60"), "worker1": off("+60"), "worker2": off("-60")}
    async with machines_of(place.stack, place.shared, tmp_path, [*own], **own) as (stack, _):
        rounds = [await begin(stack) for _ in range(3)]
        await asyncio.gather(*(one.to_the_end() for one in rounds))
        await check_rounds(stack, place.fakes, rounds)
