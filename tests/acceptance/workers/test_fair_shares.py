"""One user's many runs on the real stack: another's is begun at once, and all of them end."""

import asyncio

from tests.acceptance.conftest import Stack, watch
from tests.acceptance.test_gen_shots import answer
from tests.fakes.chat import Call, says
from tests.waiting import until

RUNS, AT_PREFECT = 20, 16


async def test_many_runs_of_one_user_make_nobody_else_wait(stack: Stack) -> None:
    """A's writers all hang: B's run is taken up meanwhile; then A's go on, sixteen at a time, and each is paid once."""
    gate = asyncio.Event()

    async def when_let(call: Call) -> None:
        await gate.wait()
        await says(answer(1))(call)

    stack.chat.otherwise = when_let
    ada, bob = await stack.studio(), await stack.studio()
    many = [watch(stack, ada, count=1) for _ in range(RUNS)]
    await asyncio.gather(*(client.once(stop_after=1) for client in many))
    begun = [asyncio.create_task(client.once(stop_after=1)) for client in many]  # each follows what comes after `meta`
    await until(lambda: sum(task.done() for task in begun) >= AT_PREFECT)
    one = watch(stack, bob, count=1)
    async with asyncio.timeout(60):
        await one.once(stop_after=2)
    assert [frame.event for frame in one.frames] == ["meta", "shot"], "B's worker has placed its shot"
    assert sum(task.done() for task in begun) == AT_PREFECT, "no more of A's were begun"
    gate.set()
    await asyncio.gather(*begun)
    await asyncio.gather(*(client.to_the_end() for client in [*many, one]))
    for client in [*many, one]:
        client.check_whole(1)
    assert (await stack.balance(ada), await stack.balance(bob)) == (100 - RUNS, 99)
