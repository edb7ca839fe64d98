"""The warm worker: takes flow runs from Prefect's work pool and runs them in this very process, woken by NOTIFY.

It adds three things to Prefect's own worker, and nothing else: the wake-up, flows that are already imported, and the
cancel watch. A stock process, docker or kubernetes pool serves the same deployments.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from typing import Any
from uuid import UUID

import anyio.abc
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow_async
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from blocks.resolve import resolve_runtime
from flows import FLOWS
from server.dispatch import Dispatcher, PrefectApi
from server.upkeep import Upkeep
from wzrd.db.listen import RUN_CANCEL, RUN_WAKE, Listener
from wzrd.db.runs import find_by_flow_run
from wzrd.domain.runs import MAX_RESUMES
from wzrd.runs.finish import cancel
from wzrd.runtime import Runtime
from wzrd.settings import Settings, load

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0


class WarmResult(BaseWorkerResult):
    """How a flow run left the worker; its state is the engine's business."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, WarmResult]):
    """A Prefect worker whose infrastructure is this process."""

    type = "warm"
    job_configuration = BaseJobConfiguration
    job_configuration_variables = BaseVariables
    _description = "Runs flows inside the worker's own process: warm, woken at once, many at a time."

    runtime: Runtime

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,  # noqa: ARG002 - Prefect's signature
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> WarmResult:
        """Run the flow here; the last resume of a run that keeps dying gets a process of its own."""
        identifier = str(flow_run.id)
        if task_status is not None:
            task_status.started(identifier)
        if await self._is_poisonous(flow_run.id):
            return WarmResult(identifier=identifier, status_code=await _run_apart(flow_run.id))
        with contextlib.suppress(Abort):
            await run_flow_async(
                await self._flow_of(flow_run), flow_run=flow_run, parameters=flow_run.parameters, return_type="state"
            )
        return WarmResult(identifier=identifier, status_code=0)

    async def kill_infrastructure(
        self,
        infrastructure_pid: str,
        configuration: BaseJobConfiguration,  # noqa: ARG002 - Prefect's signature
        grace_seconds: int = 30,  # noqa: ARG002 - Prefect's signature
    ) -> None:
        """Prefect's UI cancels a flow run: its run is canceled like any other, and its carrier stops it."""
        async with self.runtime.begin() as tx:
            run = await find_by_flow_run(tx, UUID(infrastructure_pid))
        if run is not None:
            await cancel(self.runtime, run.run_id, run.user_id)
            self.runtime.leases.cancel(run.run_id)

    async def _flow_of(self, flow_run: FlowRun) -> "Flow[..., Any]":
        flow = await self.client.read_flow(flow_run.flow_id)
        try:
            return FLOWS[flow.name]
        except KeyError:
            raise RuntimeError(f"this worker knows no flow {flow.name!r}; it knows {', '.join(FLOWS)}") from None

    async def _is_poisonous(self, flow_run_id: UUID) -> bool:
        async with self.runtime.begin() as tx:
            run = await find_by_flow_run(tx, flow_run_id)
        return run is not None and run.resumes >= MAX_RESUMES


async def _run_apart(flow_run_id: UUID) -> int:
    environment = {**os.environ, "PREFECT__FLOW_RUN_ID": str(flow_run_id)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "server.apart", env=environment)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise


async def _take_when_woken(worker: WarmWorker, woken: asyncio.Event) -> None:
    """Look into the pool at each wake-up, and every two seconds anyway."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await woken.wait()
        woken.clear()
        try:
            await worker.get_and_submit_flow_runs()
        except Exception as error:  # noqa: BLE001 - Prefect's server may be away for a while; the next look finds it
            log.warning("the work pool could not be read: %s", type(error).__name__)
            await asyncio.sleep(0.5)


async def serve(settings: Settings) -> None:
    """Work until told to stop; then hand what is under way to other workers."""
    if not settings.prefect_api_url:
        raise RuntimeError("PREFECT_API_URL is not set: start with `wzrd up`, or point it at a Prefect server")
    stop, woken = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    auth = settings.prefect_auth_string
    async with resolve_runtime(settings, application="wzrd-worker") as runtime:
        prefect = PrefectApi(settings.prefect_api_url, auth=auth.get_secret_value() if auth else None)
        upkeep = Upkeep(runtime, prefect, Dispatcher(runtime, prefect))
        listener = Listener(
            settings.require_database_url(),
            {RUN_WAKE: lambda _: woken.set(), RUN_CANCEL: lambda run_id: runtime.leases.cancel(UUID(run_id))},
            on_gap=woken.set,
        )
        await listener.start()
        upkeep.start()
        try:
            await _work(settings, runtime, woken, stop)
        finally:
            await upkeep.close()
            await listener.close()
            await prefect.close()


async def _work(settings: Settings, runtime: Runtime, woken: asyncio.Event, stop: asyncio.Event) -> None:
    worker = WarmWorker(
        work_pool_name=settings.work_pool,
        name=f"warm {runtime.leases.owner.replace(':', ' ')}",
        limit=settings.worker_concurrency,
    )
    worker.runtime = runtime
    working = asyncio.create_task(worker.start(printer=log.info), name="worker")
    taking = asyncio.create_task(_take_when_woken(worker, woken), name="take")
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    taking.cancel()
    working.cancel()
    results = await asyncio.gather(working, taking, return_exceptions=True)
    if not stop.is_set():
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result


def main() -> None:
    """The process `worker`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    import uvloop  # noqa: PLC0415 - not on Windows

    uvloop.run(serve(load()))


if __name__ == "__main__":
    main()
