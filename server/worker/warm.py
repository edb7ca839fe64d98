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
from typing import Any
from uuid import UUID

import anyio.abc
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.context import AsyncClientContext
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult

from blocks.resolve import resolve_runtime
from flows import FLOWS
from server.dispatch import Dispatcher, PrefectApi
from server.worker.cancel_watch import watch_cancelling
from server.worker.execute import execute
from server.worker.reconcile import Reconciler
from wzrd.db.engine import is_outage
from wzrd.db.flow_runs import note_taken
from wzrd.db.listen import PROVIDER_NEWS, RUN_CANCEL, RUN_ENDED, RUN_WAKE, Handler, Listener
from wzrd.db.runs import find_by_flow_run
from wzrd.domain.runs import MAX_RESUMES
from wzrd.runtime.process import Runtime
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
        configuration: BaseJobConfiguration,  # noqa: ARG002 - Prefect's signature
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> WarmResult:
        """Run the flow here; the last resume of a run that keeps dying gets a process of its own."""
        identifier = str(flow_run.id)
        if task_status is not None:
            task_status.started(identifier)
        if await self._is_poisonous(flow_run.id):
            return WarmResult(identifier=identifier, status_code=await _run_isolated(flow_run.id))
        await execute(await self._flow_of(flow_run), flow_run)
        return WarmResult(identifier=identifier, status_code=0)

    async def _flow_of(self, flow_run: FlowRun) -> "Flow[..., Any]":
        """The imported flow; Prefect is asked once for the name that an id stands for, as it never changes."""
        if flow_run.flow_id not in self._flows:
            name = (await self.client.read_flow(flow_run.flow_id)).name
            if name not in FLOWS:
                raise RuntimeError(f"this worker knows no flow {name!r}; it knows {', '.join(FLOWS)}")
            self._flows[flow_run.flow_id] = FLOWS[name]
        return self._flows[flow_run.flow_id]

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """Take a flow run that the pool has offered, which Prefect grants to one worker only, and run it here.

        Prefect's own submission makes seven more calls to its server, which find and describe the machine that is to
        run it; here there is none to find. Should Prefect rename this step, its own would take over: runs would start
        a little later, nothing else.
        """
        try:
            await self._note_taken(flow_run.id)
            if await self._propose_pending_state(flow_run):
                result = await self.run(flow_run, BaseJobConfiguration())
                if result.status_code:
                    await self._propose_crashed_state(flow_run, f"its process ended with {result.status_code}")
        except Exception as error:
            log.exception("flow run %s could not be run here", flow_run.id)
            await self._propose_crashed_state(flow_run, f"could not be run: {type(error).__name__}: {error}")
        finally:
            self._submitting_flow_run_ids.discard(flow_run.id)
            if self._cancelling_observer is not None:
                self._cancelling_observer.remove_in_flight_flow_run_id(flow_run.id)
            self._release_limit_slot(flow_run.id)

    async def _note_taken(self, flow_run_id: UUID) -> None:
        """A hint to those who look for the dead. Without a database it is left out: the run may be another worker's."""
        try:
            async with self.runtime.begin() as tx:
                await note_taken(tx, flow_run_id)
        except Exception as error:
            if not is_outage(error):
                raise

    async def _is_poisonous(self, flow_run_id: UUID) -> bool:
        async with self.runtime.begin() as tx:
            run = await find_by_flow_run(tx, flow_run_id)
        return run is not None and run.resumes >= MAX_RESUMES


async def _run_isolated(flow_run_id: UUID) -> int:
    environment = {**os.environ, "PREFECT__FLOW_RUN_ID": str(flow_run_id)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "server.worker.isolated", env=environment)
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


def listen_handlers(runtime: Runtime, dispatcher: Dispatcher, woken: asyncio.Event) -> dict[str, Handler]:
    """What a worker does at a notification: look into its pool, stop a run, hand one over, ask a provider."""
    return {
        RUN_WAKE: lambda _: woken.set(),
        RUN_CANCEL: lambda run_id: runtime.leases.cancel(UUID(run_id)),
        RUN_ENDED: lambda user_id: dispatcher.hand_over_soon(UUID(user_id)),
        PROVIDER_NEWS: lambda run_id: runtime.providers.wake(UUID(run_id)),
    }


async def serve(settings: Settings, stop_requested: Future[None]) -> None:
    """Work until asked to stop; then hand what is under way over to other workers."""
    if not settings.prefect_api_url:
        raise RuntimeError("PREFECT_API_URL is not set: start with `wzrd up`, or point it at a Prefect server")
    woken = asyncio.Event()
    async with resolve_runtime(settings, application="wzrd-worker") as runtime:
        prefect = PrefectApi.of(settings)
        dispatcher = Dispatcher(runtime, prefect)
        reconciler = Reconciler(runtime, prefect, dispatcher)
        listener = Listener(
            settings.require_database_url(),
            listen_handlers(runtime, dispatcher, woken),
            on_gap=woken.set,
        )
        await listener.start()
        reconciler.start()
        watching = asyncio.create_task(watch_cancelling(runtime, prefect), name="cancel-watch")
        try:
            async with AsyncClientContext.get_or_create():  # one client for all flow runs, instead of one each
                await _work(settings, runtime, woken, stop_requested)
        finally:
            watching.cancel()
            await reconciler.close()
            await listener.close()
            await dispatcher.close()
            await prefect.close()


async def _work(settings: Settings, runtime: Runtime, woken: asyncio.Event, stop_requested: Future[None]) -> None:
    worker = WarmWorker(runtime, pool=settings.work_pool, limit=settings.worker_concurrency)
    working = asyncio.create_task(worker.start(printer=log.info), name="worker")
    taking = asyncio.create_task(_take_when_woken(worker, woken), name="take")
    await asyncio.wait({working, asyncio.wrap_future(stop_requested)}, return_when=asyncio.FIRST_COMPLETED)
    taking.cancel()
    working.cancel()
    results = await asyncio.gather(working, taking, return_exceptions=True)
    if not stop_requested.done():
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

    stop_requested: Future[None] = Future()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        if not stop_requested.done():
            stop_requested.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as thread:
        thread.submit(uvloop.run, serve(load(), stop_requested)).result()


if __name__ == "__main__":
    main()
