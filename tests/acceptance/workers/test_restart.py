"""A worker killed in the middle of a run: another fork of its template goes on."""

import asyncio
from pathlib import Path

from tests.acceptance.conftest import Stack, watch
from tests.acceptance.test_gen_shots import answer
from tests.fakes.chat import says


def template_of(stack: Stack) -> int:
    """The process that the worker is a fork of."""
    return int(Path(f"/proc/{stack.pid('worker')}/stat").read_text().rpartition(")")[2].split()[1])


async def test_another_fork_goes_on_with_the_run(stack: Stack) -> None:
    """Kill -9 between claim and first step: the next worker imports nothing anew, the run is made once."""
    stack.chat.otherwise = says(answer())
    template = template_of(stack)
    studio = await stack.studio()
    stack.arm("after_claim", "hold")
    watcher = watch(stack, studio)
    following = asyncio.create_task(watcher.to_the_end())
    await stack.wait_for_fault("after_claim", "held")
    await stack.kill("worker")
    stack.release_fault("after_claim")
    (await following).check_whole(3)
    await stack.healthy()
    assert template_of(stack) == template
