"""A worker that is killed in the middle of a run: the one that waited goes on with it."""

import asyncio
from pathlib import Path

from server.stack.standby import OPTION
from server.stack.state import read_state
from tests.acceptance.conftest import Stack, watch
from tests.acceptance.test_gen_shots import answer
from tests.fakes.chat import says
from tests.waiting import until


def waiting(stack: Stack) -> int | None:
    """The supervisor's child that waits, by what `ps` shows: it keeps its words when it becomes the worker."""
    state = read_state(stack.home)
    assert state is not None
    assert state.supervisor is not None
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            is_ours = parent == state.supervisor.pid and int(process.name) != stack.pid("worker")
            if is_ours and OPTION.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                return int(process.name)
        except OSError:  # it has ended meanwhile
            continue
    return None


async def test_the_worker_that_waited_goes_on_with_the_run(stack: Stack) -> None:
    """Kill -9 between claim and first step: the waiting process is the worker now, the run is made once."""
    stack.chat.otherwise = says(answer())
    standby = await until(lambda: waiting(stack), seconds=120, every=0.1)
    studio = await stack.studio()
    stack.arm("after_claim", "hold")
    watcher = watch(stack, studio)
    following = asyncio.create_task(watcher.to_the_end())
    await stack.wait_for_fault("after_claim", "held")
    await stack.kill("worker")
    stack.release_fault("after_claim")
    (await following).check_whole(3)
    await stack.healthy()
    assert stack.pid("worker") == standby
