"""Runs that an API executed itself, as a worker's reaper finds them: ended, never resumed, never charged."""

import asyncio

import pytest
from sqlalchemy import text

from server.dispatch import Dispatcher, PrefectApi
from server.worker.reconcile import Reconciler
from tests.operations.inline_runs import begin
from tests.rows import balance, make_studio
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.db.runs import find_run
from wzrd.operations.generate import ITEM
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime


@pytest.mark.parametrize(("canceled", "status"), [(False, "failed"), (True, "canceled")])
async def test_a_run_whose_api_is_gone(runtime: Runtime, canceled: bool, status: str) -> None:
    """Its lease has run out: it ends with its hold released and its submit lost; ten reapers at once do it once."""
    studio = await make_studio(runtime)
    started, _ = await begin(runtime, studio, "left")
    prefect = PrefectApi(None)
    reconciler = Reconciler(runtime, prefect, Dispatcher(runtime, prefect))
    await reconciler.reap()
    async with runtime.begin() as tx:
        alive = await find_run(tx, started.run_id)
    assert alive is not None
    assert alive.status == "running"
    if canceled:
        await cancel(runtime, started.run_id, studio.user_id)
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = clock_timestamp() - interval '1 second'"))
    await asyncio.gather(*(reconciler.reap() for _ in range(10)))
    async with runtime.begin() as tx:
        run, jobs = await find_run(tx, started.run_id), await list_item_jobs(tx, started.run_id, ITEM)
    assert run is not None
    assert (run.status, run.resumes, run.flow_run_id) == (status, 0, None)
    assert [job.status for job in jobs] == ["lost"]
    assert await balance(runtime, studio.user_id) == 100
    await prefect.close()
