"""The warm worker: takes flow runs from Prefect's work pool and runs them in this very process.

It adds flows that are already imported, and gives back what a stop keeps from beginning. A stock process, docker or
kubernetes pool serves the same deployments.
"""

import asyncio
import contextlib
import inspect
import logging
import os
import sys
from abc import ABC
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import anyio
import anyio.abc
from httpx import HTTPStatusError
from prefect import Flow
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from typing_extensions import override

from flows import FLOWS
from server.dispatch import WARM, PrefectApi, PrefectUnreachable
from server.worker.execute import DefaultStorage, execute
from server.worker.flow_runs import find, reschedule
from wzrd.db.engine import is_outage
from wzrd.db.flow_runs import note_taken
from wzrd.db.runs import find_by_flow_run
from wzrd.domain.runs import MAX_RESUMES
from wzrd.faults import fault
from wzrd.runtime.process import Runtime

TESTED = ("3.9.1",)
"""The releases of Prefect that the acceptance tests have run on (`make compat` says when there is a newer one)."""

METHODS: Mapping[str, tuple[bool, tuple[str, ...]]] = {
    "_submit_run": (True, ("self", "flow_run")),
    "_propose_pending_state": (True, ("self", "flow_run")),
    "_propose_crashed_state": (True, ("self", "flow_run", "message", "client")),
    "_release_limit_slot": (False, ("self", "flow_run_id")),
    "_get_scheduled_flow_runs": (True, ("self",)),
}
"""Private methods of Prefect's worker: whether each is a coroutine function, and its parameters."""
OBSERVER = "_cancelling_observer"
SUBMITTING = "_submitting_flow_run_ids"


def list_unknown(worker: Any, *, base: Any = BaseWorker) -> list[str]:
    """Those of the seven names that this worker's base lacks, or that take something else than we know."""
    unknown = [name for name, known in METHODS.items() if _shape(getattr(base, name, None)) != known]
    if not isinstance(getattr(worker, SUBMITTING, None), set):
        unknown.append(SUBMITTING)
    observer = getattr(worker, OBSERVER, unknown)
    if observer is not None and not hasattr(observer, "remove_in_flight_flow_run_id"):
        unknown.append(OBSERVER)
    return unknown


def _shape(method: Any) -> tuple[bool, tuple[str, ...]] | None:
    if not callable(method):
        return None
    return inspect.iscoroutinefunction(method), tuple(inspect.signature(method).parameters)


log = logging.getLogger(__name__)

STOP_SECONDS = 15.0
STOPPED_STATES = frozenset({"PENDING", "RUNNING", "CRASHED"})
"""States that Prefect has for a flow run whose beginning was stopped."""


ISOLATED = ("-m", "server.worker.isolated")
NOTE_SECONDS, NOTES = 10.0, 30
"""A process of its own may take minutes to begin on a busy host; so often, and so many times, it is noted as taken."""
ENOUGH = 16
"""When every place was taken, so small a part of them is waited for before the pool is asked again."""


def _nothing() -> None:
    pass


class WarmResult(BaseWorkerResult):
    """Result of a flow run in the worker; its state is the engine's business."""


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, WarmResult]):
    """A Prefect worker whose infrastructure is this process. It takes what is due, and nothing before: no prefetch."""

    type = WARM
    job_configuration = BaseJobConfiguration
    job_configuration_variables = BaseVariables
    _description = "Runs flows inside the worker's own process: warm, woken at once, many at a time."

    def __init__(
        self, runtime: Runtime, prefect: PrefectApi, *, pool: str, limit: int, on_free: Callable[[], None] = _nothing
    ) -> None:
        name = f"warm {runtime.leases.owner.replace(':', ' ')}"
        super().__init__(work_pool_name=pool, name=name, limit=limit, prefetch_seconds=0)
        self.runtime = runtime
        self.prefect = prefect
        self.held: dict[UUID, asyncio.Task[int]] = {}
        """The flow runs that this process executes."""
        self._flows: dict[UUID, Flow[..., Any]] = {}
        self._storage = DefaultStorage()
        self._on_free, self._is_short, self._enough = on_free, False, 1 + limit // ENOUGH

    @classmethod
    def get_default_base_job_template(cls) -> dict[str, Any]:
        """No variables: nothing here would use them, and Prefect's server checks those there are at every start."""
        return {"job_configuration": {"env": {}}, "variables": {"type": "object", "properties": {}}}

    async def get_and_submit_flow_runs(self) -> list[FlowRun]:
        """Take nothing from a pool of another type, as Prefect's own worker would: its runs expect another machine.

        Nor ask for any while no place is free; when some are again, `on_free` is called.
        """
        self._is_short = self._free == 0
        return [] if self._is_short or self._serves_another_type() else await super().get_and_submit_flow_runs()

    @property
    def _free(self) -> int:
        """Places for flow runs that nothing takes; before it has begun, one."""
        try:
            return int(self.limiter.available_tokens)
        except RuntimeError:
            return 1

    def _serves_another_type(self) -> bool:
        try:
            return self.work_pool.type != self.type
        except RuntimeError:  # it does not know its pool yet
            return False

    @override
    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[Any] | None = None,
    ) -> WarmResult:
        """Run the flow here, in a task of its own: a stop of the worker, or of this run alone, ends nothing else."""
        identifier = str(flow_run.id)
        if task_status is not None:
            task_status.started(identifier)
        working = asyncio.create_task(self._execute(flow_run), name=f"flow run {identifier}")
        self.held[flow_run.id] = working
        try:
            await asyncio.wait({working})
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._stop(flow_run.id, working)
            raise
        finally:
            self.held.pop(flow_run.id, None)
        return WarmResult(identifier=identifier, status_code=0 if working.cancelled() else working.result())

    async def _execute(self, flow_run: FlowRun) -> int:
        """To its end; the last resume of a run that keeps dying gets a process of its own, whose exit code this is."""
        if await self._keeps_crashing(flow_run.id):
            return await self._run_isolated(flow_run.id)
        await execute(await self._flow_of(flow_run), flow_run, self._storage)
        return 0

    async def _run_isolated(self, flow_run_id: UUID) -> int:
        """Wait for its process; who looks for the dead leaves the run alone while that begins."""
        environment = {**os.environ, "PREFECT__FLOW_RUN_ID": str(flow_run_id)}
        process = await asyncio.create_subprocess_exec(sys.executable, *ISOLATED, env=environment)
        try:
            for _ in range(NOTES):
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(process.wait(), NOTE_SECONDS)
                await self._note_taken(flow_run_id)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()

    async def _note_taken(self, flow_run_id: UUID) -> None:
        """A hint to those who look for the dead. Without a database it is left out: the run may be another worker's."""
        try:
            async with self.runtime.begin() as tx:
                await note_taken(tx, flow_run_id)
        except Exception as error:
            if not is_outage(error):
                raise

    async def _stop(self, flow_run_id: UUID, working: "asyncio.Task[int]") -> None:
        """Stop the work, which hands its run over; let another worker begin what had no run in hand yet."""
        working.cancel()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.wait({working})
                async with self.runtime.begin() as tx:
                    run = await find_by_flow_run(tx, flow_run_id)
                if run is not None and run.status != "queued":
                    return
                seen = await find(self.prefect, flow_run_id)
                if seen is not None and seen.state in STOPPED_STATES:
                    await reschedule(self.prefect, flow_run_id, "its worker was stopped")
        except (PrefectUnreachable, TimeoutError) as error:
            log.warning("flow run %s was not given back: %s", flow_run_id, error)
        except Exception as error:
            if not is_outage(error):
                raise

    async def _flow_of(self, flow_run: FlowRun) -> "Flow[..., Any]":
        """The imported flow; Prefect is asked once for the name that an id stands for, as it never changes."""
        if flow_run.flow_id not in self._flows:
            name = (await self.client.read_flow(flow_run.flow_id)).name
            if name not in FLOWS:
                raise RuntimeError(f"this worker knows no flow {name!r}; it knows {', '.join(FLOWS)}")
            self._flows[flow_run.flow_id] = FLOWS[name]
        return self._flows[flow_run.flow_id]

    async def _keeps_crashing(self, flow_run_id: UUID) -> bool:
        async with self.runtime.begin() as tx:
            run = await find_by_flow_run(tx, flow_run_id)
        return run is not None and run.resumes >= MAX_RESUMES


class FastWorker(WarmWorker, ABC):  # ABC: Prefect's registry keeps the one above
    """Warm worker that begins at once what it has taken, where Prefect's worker is as we know it."""

    async def _get_scheduled_flow_runs(self) -> list[WorkerFlowRunResponse]:
        """Those that there are places for. Prefect's own asks for two hundred each time, whatever it can take."""
        taken = len(self._submitting_flow_run_ids)  # what is scheduled again meanwhile is passed over
        wanted = {"scheduled_before": datetime.now(UTC).isoformat(), "limit": self._free + taken}
        path = {"name": self._work_pool_name}
        try:
            answer = await self.client.request(
                "POST", "/work_pools/{name}/get_scheduled_flow_runs", path_params=path, json=wanted
            )
        except HTTPStatusError as error:
            if error.response.status_code == 404:
                return []  # there will be one at the next heartbeat
            raise
        return WorkerFlowRunResponse.model_validate_list(answer.json())

    def _release_limit_slot(self, flow_run_id: UUID) -> None:
        super()._release_limit_slot(flow_run_id)
        if self._is_short and self._free >= self._enough:
            self._on_free()

    async def _submit_run(self, flow_run: FlowRun) -> None:
        """Take a flow run that the pool has offered, which Prefect grants to one worker only, and run it here.

        Prefect's own submission makes seven more calls to its server, which find and describe the machine that is to
        run it; here there is none to find.
        """
        try:
            await self._note_taken(flow_run.id)
            if await self._propose_pending_state(flow_run):
                await fault("after_taken")
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


def make_worker(
    runtime: Runtime, prefect: PrefectApi, *, pool: str, limit: int, on_free: Callable[[], None] = _nothing
) -> WarmWorker:
    """The worker for the Prefect that is installed: the fast one where all it uses of Prefect is as we know it."""
    fast = FastWorker(runtime, prefect, pool=pool, limit=limit, on_free=on_free)
    if unknown := list_unknown(fast):
        log.warning("this Prefect is new to us (%s): runs start by its own way, a little later", ", ".join(unknown))
        return WarmWorker(runtime, prefect, pool=pool, limit=limit)
    return fast
