"""The worker's process: what wakes it, looks after runs and watches Prefect's buttons, around the worker itself."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any
from uuid import UUID

from prefect.context import AsyncClientContext, SyncClientContext

from blocks.resolve import resolve_runtime
from flows import FLOWS
from server.dispatch import WARM, Dispatcher, PrefectApi, PrefectUnreachable
from server.logs import log_json
from server.probes import probed
from server.worker.activity import Activity, never
from server.worker.flow_runs import IgnoredPauses
from server.worker.queue_timeout import UnstartedRuns
from server.worker.reconcile import Reconciler
from server.worker.warm import WarmWorker, make_worker
from server.worker.watch import FlowRunWatch
from wzrd.db.listen import PROVIDER_NEWS, RUN_CANCEL, RUN_ENDED, RUN_WAKE, SLOT_FREE, Handler, Listener
from wzrd.models.checked_settings import load
from wzrd.retry import best_effort
from wzrd.runtime.gc_tuning import collect_when_idle
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0


async def take_when_woken(
    worker: WarmWorker, woken: asyncio.Event, *, every: float = POLL_SECONDS, is_quiet: Callable[[], bool] = never
) -> None:
    """Look into the pool at each wake-up, and every two seconds anyway unless all is quiet."""
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(every):
                await woken.wait()
        if is_quiet() and not woken.is_set():
            continue
        woken.clear()
        with best_effort(log.warning, "the work pool could not be read"):  # Prefect's server may be away for a while
            await worker.get_and_submit_flow_runs()
            continue
        await asyncio.sleep(0.5)


def listen_handlers(
    runtime: Runtime, dispatcher: Dispatcher, woken: asyncio.Event, activity: Activity
) -> dict[str, Handler]:
    """Handlers of a worker's notifications: look into its pool, stop a run, hand one over, ask a provider."""

    def wake(_: str) -> None:
        activity.note()
        woken.set()

    return {
        RUN_WAKE: wake,
        RUN_CANCEL: lambda run_id: runtime.leases.cancel(UUID(run_id)),
        RUN_ENDED: lambda user_id: dispatcher.dispatch_soon(UUID(user_id)),
        PROVIDER_NEWS: lambda run_id: runtime.providers.wake(UUID(run_id)),
        SLOT_FREE: runtime.providers.slot_came_free,
    }


async def _is_foreign(prefect: PrefectApi, pool: str) -> bool:
    """True if the pool is there, and of a type that other workers serve."""
    try:
        found = await prefect.pool_type(pool)
    except PrefectUnreachable:  # the worker itself looks again before it takes anything
        return False
    if found in {"", WARM}:
        return False
    log.warning(
        "work pool %s is of type %s: its own workers run its flows; here, runs are only looked after", pool, found
    )
    return True


@asynccontextmanager
async def _looking_after(
    runtime: Runtime, prefect: PrefectApi, woken: asyncio.Event, held: Mapping[UUID, "asyncio.Task[int]"]
) -> AsyncGenerator[Activity]:
    """Reconcile, watch and listen for as long as the block lasts; `held` are the flow runs of this process."""
    activity = Activity(prefect, FLOWS, begun=woken.set)
    dispatcher = Dispatcher(runtime, prefect)
    reconciler = Reconciler(runtime, prefect, dispatcher)
    handlers = listen_handlers(runtime, dispatcher, woken, activity)
    listener = Listener(runtime.settings.require_database_url(), handlers, on_gap=woken.set)
    await listener.start()
    unstarted = activity.seldom(UnstartedRuns(runtime, prefect, FLOWS).look)
    reconciler.start(unstarted, IgnoredPauses(runtime, prefect, FLOWS).look, is_quiet=lambda: activity.is_quiet)
    watching = asyncio.create_task(FlowRunWatch(runtime, prefect, FLOWS, held, activity).watch(), name="watch")
    try:
        yield activity
    finally:
        watching.cancel()
        await reconciler.close()
        await listener.close()
        await dispatcher.close()


async def serve(settings: Settings, stop_requested: Future[None], *, reconcile_only: bool = False) -> None:
    """Work until asked to stop; then hand what is under way over to other workers.

    With `reconcile_only`, and for a work pool that other workers serve, it takes no flow run.
    """
    if not settings.prefect_api_url:
        raise RuntimeError("PREFECT_API_URL is not set: start with `wzrd up`, or point it at a Prefect server")
    async with (
        resolve_runtime(settings, application="wzrd-worker") as runtime,
        probed(runtime, closing=stop_requested.done),
    ):
        prefect = PrefectApi.of(settings)
        try:
            if reconcile_only or await _is_foreign(prefect, settings.work_pool):
                async with _looking_after(runtime, prefect, asyncio.Event(), {}):
                    await asyncio.wrap_future(stop_requested)
            else:
                await _take_flow_runs(runtime, prefect, stop_requested)
        finally:
            await prefect.close()


async def _take_flow_runs(runtime: Runtime, prefect: PrefectApi, stop_requested: Future[None]) -> None:
    settings, woken = runtime.settings, asyncio.Event()
    limit = settings.worker_concurrency
    worker = make_worker(runtime, prefect, pool=settings.work_pool, limit=limit, on_free=woken.set)
    # One client of each kind for all of it: each reads all certificates. The engine makes a synchronous one a flow run.
    with SyncClientContext.get_or_create():
        async with (
            AsyncClientContext.get_or_create(),
            _looking_after(runtime, prefect, woken, worker.held) as activity,
            collect_when_idle(lambda: not worker.held),
        ):
            await _work(worker, take_when_woken(worker, woken, is_quiet=lambda: activity.is_quiet), stop_requested)


async def _work(worker: WarmWorker, take: Coroutine[Any, Any, None], stop_requested: Future[None]) -> None:
    working = asyncio.create_task(worker.start(printer=log.info), name="worker")
    taking = asyncio.create_task(take, name="take")
    await asyncio.wait({working, asyncio.wrap_future(stop_requested)}, return_when=asyncio.FIRST_COMPLETED)
    taking.cancel()
    working.cancel()
    results = await asyncio.gather(working, taking, return_exceptions=True)
    if not stop_requested.done():
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result


def main(*, reconcile_only: bool = False) -> None:
    """The process `worker`.

    Signals stay with the main thread and the event loop gets one of its own: Prefect's engine takes SIGTERM over while
    a flow runs, and would raise in the middle of whatever the loop is doing; in another thread it leaves it alone.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    settings = load()
    if settings.logs == "json":
        log_json()
    import uvloop

    stop_requested: Future[None] = Future()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        if not stop_requested.done():
            stop_requested.set_result(None)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, request_stop)
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as thread:
        thread.submit(uvloop.run, serve(settings, stop_requested, reconcile_only=reconcile_only)).result()


if __name__ == "__main__":
    main()
