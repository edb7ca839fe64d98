"""The warm worker: takes flow runs from Prefect's work pool and runs them in this very process, woken by NOTIFY.

It adds three things to Prefect's own worker, and nothing else: the wake-up, flows that are already imported, and the
cancel watch. What only prepares another process or machine is left out, as there is none: each such call to Prefect's
server costs as much as the rest of a start. A stock process, docker or kubernetes pool serves the same deployments.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from types import FrameType
from typing import Any, Self
from uuid import UUID

import anyio.abc
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import Flow as APIFlow
from prefect.client.schemas.objects import FlowRun, WorkPool
from prefect.client.schemas.responses import DeploymentResponse
from prefect.context import AsyncClientContext
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow_async
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from blocks.resolve import resolve_runtime
from flows import FLOWS
from server.cancel_watch import watch_cancelling
from server.dispatch import Dispatcher, PrefectApi
from server.upkeep import Upkeep
from wzrd.db.listen import RUN_CANCEL, RUN_WAKE, Listener
from wzrd.db.runs import find_by_flow_run
from wzrd.domain.runs import MAX_RESUMES
from wzrd.runtime import Runtime
from wzrd.settings import Settings, load

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0


class WarmResult(BaseWorkerResult):
    """How a flow run left the worker; its state is the engine's business."""


class WarmConfiguration(BaseJobConfiguration):
    """What a flow run needs of its infrastructure, which is this process: nothing to template, nothing to look up."""

    @classmethod
    async def resolve_for_flow_run(
        cls,
        flow_run: FlowRun,
        *,
        client: PrefectClient,  # noqa: ARG003 - Prefect's signature
        work_pool: WorkPool,  # noqa: ARG003 - Prefect's signature
        worker_name: str,  # noqa: ARG003 - Prefect's signature
        worker_id: UUID | None = None,  # noqa: ARG003 - Prefect's signature
        deployment: DeploymentResponse | None = None,
    ) -> Self:
        """The configuration, without reading deployment and flow for variables that nothing here would use."""
        configuration = cls()
        configuration.prepare_for_flow_run(flow_run, deployment)
        return configuration

    def prepare_for_flow_run(
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: APIFlow | None = None,
        work_pool: WorkPool | None = None,  # noqa: ARG002 - Prefect's signature
        worker_name: str | None = None,  # noqa: ARG002 - Prefect's signature
        worker_id: UUID | None = None,  # noqa: ARG002 - Prefect's signature
    ) -> None:
        """Note what the worker's events are about. A child's environment (27 ms to write down) is not needed."""
        self._related_objects = {"deployment": deployment, "flow": flow, "flow-run": flow_run}


class WarmWorker(BaseWorker[WarmConfiguration, BaseVariables, WarmResult]):
    """A Prefect worker whose infrastructure is this process."""

    type = "warm"
    job_configuration = WarmConfiguration
    job_configuration_variables = BaseVariables
    _description = "Runs flows inside the worker's own process: warm, woken at once, many at a time."

    def __init__(self, runtime: Runtime, *, pool: str, limit: int) -> None:
        super().__init__(work_pool_name=pool, name=f"warm {runtime.leases.owner.replace(':', ' ')}", limit=limit)
        self.runtime = runtime
        self._flows: dict[UUID, Flow[..., Any]] = {}

    @classmethod
    def get_default_base_job_template(cls) -> dict[str, Any]:
        """No variables: nothing here would use them, and Prefect's server checks those there are at every start."""
        return {"job_configuration": {"env": {}}, "variables": {"type": "object", "properties": {}}}

    async def run(
        self,
        flow_run: FlowRun,
        configuration: WarmConfiguration,  # noqa: ARG002 - Prefect's signature
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

    async def _flow_of(self, flow_run: FlowRun) -> "Flow[..., Any]":
        """The imported flow; Prefect is asked once for the name that an id stands for, as it never changes."""
        if flow_run.flow_id not in self._flows:
            name = (await self.client.read_flow(flow_run.flow_id)).name
            if name not in FLOWS:
                raise RuntimeError(f"this worker knows no flow {name!r}; it knows {', '.join(FLOWS)}")
            self._flows[flow_run.flow_id] = FLOWS[name]
        return self._flows[flow_run.flow_id]

    # The next two are steps of Prefect's own submission that only matter where a machine has to be found first. Should
    # Prefect rename them, these two would stop having an effect and runs would start a little later, nothing else.
    async def _propose_submitting_state(self, flow_run: FlowRun) -> None:
        """Between pending and running there is nothing to wait for here."""

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """The flow run's log and its identifier already name this worker."""

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


async def serve(settings: Settings, told_to_stop: Future[None]) -> None:
    """Work until told to stop; then hand what is under way to other workers."""
    if not settings.prefect_api_url:
        raise RuntimeError("PREFECT_API_URL is not set: start with `wzrd up`, or point it at a Prefect server")
    woken = asyncio.Event()
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
        watching = asyncio.create_task(watch_cancelling(runtime, prefect), name="cancel-watch")
        try:
            async with AsyncClientContext.get_or_create():  # one client for all flow runs, instead of one each
                await _work(settings, runtime, woken, told_to_stop)
        finally:
            watching.cancel()
            await upkeep.close()
            await listener.close()
            await prefect.close()


async def _work(settings: Settings, runtime: Runtime, woken: asyncio.Event, told_to_stop: Future[None]) -> None:
    worker = WarmWorker(runtime, pool=settings.work_pool, limit=settings.worker_concurrency)
    working = asyncio.create_task(worker.start(printer=log.info), name="worker")
    taking = asyncio.create_task(_take_when_woken(worker, woken), name="take")
    await asyncio.wait({working, asyncio.wrap_future(told_to_stop)}, return_when=asyncio.FIRST_COMPLETED)
    taking.cancel()
    working.cancel()
    results = await asyncio.gather(working, taking, return_exceptions=True)
    if not told_to_stop.done():
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result


def main() -> None:
    """The process `worker`.

    Signals stay with the main thread and the event loop gets one of its own: Prefect's engine takes SIGTERM over while
    a flow runs, and would raise in the middle of whatever the loop is doing; in another thread it leaves it alone.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    import uvloop  # noqa: PLC0415 - not on Windows

    told: Future[None] = Future()

    def tell(_number: int, _frame: FrameType | None) -> None:
        if not told.done():
            told.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as thread:
        thread.submit(uvloop.run, serve(load(), told)).result()


if __name__ == "__main__":
    main()
