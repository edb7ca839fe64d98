"""Nothing of a run is left in a process once its lease is let go, however it ended there."""

import asyncio
import gc
import weakref
from contextlib import suppress

import pytest
from sqlalchemy import text

from tests import playing
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed
from tests.tasks import graph_project, shot_batch
from wzrd.domain.errors import LeaseLost, ProviderFailed, Suspended
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.graph.execution.scheduler import Scheduler
from wzrd.runs.execute import execute
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime
from wzrd.storyboard.batch.progress import BatchProgress
from wzrd.storyboard.films import FilmReader
from wzrd.storyboard.scene_shots import DraftQueue

pytestmark = pytest.mark.usefixtures("module_runtime")


class Thing:
    """Something that a run holds in memory."""


async def stop(runtime: Runtime, lease: Lease, running: "asyncio.Task[str | None]", how: str) -> None:
    match how:
        case "canceled":
            await cancel(runtime, lease.run_id, lease.user_id)
            runtime.leases.cancel(lease.run_id)
        case "paused":
            runtime.leases.pause(lease.run_id)
        case "lost":
            async with runtime.begin() as tx:
                taken = "update wzrd.runs set lease_owner = 'another', lease_epoch = lease_epoch + 1 where id = :id"
                await tx.execute(text(taken), {"id": lease.run_id})
            await asyncio.to_thread(runtime.leases.renew, asyncio.get_running_loop())
        case "handed over":
            running.cancel()
        case _:
            pass


@pytest.mark.parametrize("how", ["ended", "failed", "canceled", "paused", "lost", "handed over"])
async def test_nothing_of_a_run_is_left(runtime: Runtime, how: str) -> None:
    """Its objects go with the lease, and nobody finds them any more."""
    studio, begun = await make_studio(runtime), asyncio.Event()
    lease = await claimed(runtime, await opened(runtime, studio))
    kept: list[weakref.ref[Thing]] = []

    async def work(lease: Lease) -> Outcome:
        kept.append(weakref.ref(runtime.leases.objects(lease.run_id).keep(Thing())))
        begun.set()
        if how == "failed":
            raise ProviderFailed("it broke")
        if how != "ended":
            await asyncio.Event().wait()
        return Outcome()

    running = asyncio.create_task(execute(runtime, lease, work))
    await begun.wait()
    await stop(runtime, lease, running, how)
    with suppress(LeaseLost, Suspended, asyncio.CancelledError):
        await running
    gc.collect()
    assert [one() for one in kept] == [None]
    assert len(runtime.leases) == 0
    with pytest.raises(LeaseLost):
        runtime.leases.objects(lease.run_id)


async def test_what_the_kinds_keep_goes_too(runtime: Runtime) -> None:
    """A graph's scheduler, a batch with its film, a scene's drafts: none of them is left."""
    graph = await graph_project.make_compute_rig(runtime)
    await graph.save([graph.image("a"), graph.image("b")], graph.edge("a", "b"))
    assert (await graph.run())[1] == "succeeded"
    batch = await shot_batch.make_batch_rig(runtime, "ab")
    assert await playing.run_once(runtime, await batch.queued()) == "succeeded"
    scene = await opened(runtime, await make_studio(runtime))
    assert await playing.run_once(runtime, scene) == "succeeded"
    gc.collect()
    kinds = (Scheduler, BatchProgress, FilmReader, DraftQueue)
    assert [type(one).__name__ for one in gc.get_objects() if isinstance(one, kinds)] == []
