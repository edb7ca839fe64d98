"""Links of API and workers are cut for half a minute: no byte passes, and no connection ends."""

import asyncio
import logging
import os
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from server.fakes.app import environment
from tests.acceptance.machines.conftest import Place
from tests.acceptance.machines.rig import machines_of
from tests.acceptance.machines.work import PATIENCE, Round, begin, check_rounds, is_drafting
from tests.fakes.gate import Gate, gate
from tests.waiting import until

log = logging.getLogger(__name__)
SECONDS = float(os.environ.get("CUT_SECONDS", "30"))


def address(place: Place) -> URL:
    return make_url(place.shared["WZRD_DATABASE_URL"])


async def database_gate(opened: AsyncExitStack, place: Place) -> Gate:
    """A gate before the stack's PostgreSQL."""
    return await opened.enter_async_context(gate(str(address(place).query["host"]), 5432))


def by(found: Gate, place: Place) -> Mapping[str, str]:
    """The machines' database by this gate."""
    there = address(place).difference_update_query(["host"]).set(host="127.0.0.1", port=found.at_port)
    return {"WZRD_DATABASE_URL": there.render_as_string(False)}


async def gates(opened: AsyncExitStack, place: Place) -> tuple[dict[str, Gate], dict[str, Mapping[str, str]]]:
    """A gate a link, and what it changes in the environment of the one machine of each kind that has it."""
    prefect, fakes = make_url(place.shared["PREFECT_API_URL"]), make_url(place.fakes.base_url)
    assert prefect.host
    assert prefect.port
    assert fakes.host
    assert fakes.port
    found = {
        "API to database": await database_gate(opened, place),
        "worker to database": await database_gate(opened, place),
        "worker to Prefect": await opened.enter_async_context(gate(prefect.host, prefect.port)),
        "worker to provider": await opened.enter_async_context(gate(fakes.host, fakes.port)),
    }
    behind = environment(found["worker to provider"].url)
    worker = {name: value for name, value in behind.items() if value.startswith("http") and name in place.shared}
    worker.pop("GROQ_BASE_URL")
    worker["PREFECT_API_URL"] = f"{found['worker to Prefect'].url}/api"
    return found, {
        "api1": by(found["API to database"], place),
        "worker1": {**worker, **by(found["worker to database"], place)},
    }


@pytest.mark.storm
async def test_each_link_may_be_cut(place: Place, tmp_path: Path) -> None:
    """Cut in the middle of shots, pictures and a graph: another worker goes on where it can, all ends right.

    What was under way when the link was cut arrives when it is there again: the fence decides.
    """
    async with AsyncExitStack() as opened:
        found, own = await gates(opened, place)
        names = ("api1", "worker1", "worker2")
        stack, machines = await opened.enter_async_context(
            machines_of(place.stack, place.shared, tmp_path, names, **own)
        )
        rounds = list[Round]()
        for name, link in found.items():
            await machines[2].stop(signal.SIGKILL)
            mine = await begin(stack)
            working = asyncio.create_task(mine.to_the_end())
            before = len(await place.fakes.paid_submits())
            await until(lambda mine=mine: is_drafting(mine), seconds=PATIENCE)
            await place.fakes.wait_submit(before + 1)
            async with link.shut():
                await machines[2].start()
                await asyncio.sleep(SECONDS)  # so long it is cut
                told = len(mine.watcher.frames)
            begun = asyncio.get_running_loop().time()
            await working
            rounds.append(mine)
            took = asyncio.get_running_loop().time() - begun
            log.warning("%s: %d of %d frames before, ended %.0f s after", name, told, len(mine.watcher.frames), took)
        await check_rounds(stack, place.fakes, rounds)
