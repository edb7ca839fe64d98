"""From a committed run to a flow run: Prefect's REST by httpx, one idempotency key a run, so nothing doubles.

The API sends what it has just started; the relay in every worker sends what the API could not. Prefect itself is
not imported here: its client costs a second of start-up and the API needs three calls.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

import httpx

from wzrd.db.engine import is_outage
from wzrd.db.flow_runs import forget_flow_run, store_flow_run, touch_undispatched
from wzrd.db.listen import RUN_WAKE
from wzrd.db.queue import take_queued
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.runs import RESUME_WORDS
from wzrd.domain.shown import name_flow_run
from wzrd.domain.work_queues import IN_FRONT, QueuePlacement
from wzrd.providers.credentials import blocks_query, fields_of
from wzrd.retry import best_effort
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

log = logging.getLogger(__name__)

CREATED_AT_ONCE = 4
"""Flow runs that a process has Prefect's server create at once. It gains nothing from more, and what waits there too
long is asked for again, which makes it slower still."""
HOLD_SECONDS = 1.0
"""Seconds between the signs that a process makes a run's flow run, or will: relays leave it alone meanwhile."""
WARM = "warm"
"""The type of the work pools that our own workers serve."""
TERMINAL_STATES = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})


class PrefectUnreachable(RuntimeError):
    """Prefect's server does not answer; the run stays queued and the relay tries again."""


class PrefectRefused(PrefectUnreachable):
    """Prefect's server answers, but not as it should: this call will not do, others may."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class PrefectApi:
    """The few calls of Prefect's REST that we need, with bounded time."""

    def __init__(self, url: str | None, *, auth: str | None = None) -> None:
        credentials = None
        if auth:
            name, _, password = auth.partition(":")
            credentials = httpx.BasicAuth(name, password)
        timeout = httpx.Timeout(10.0, connect=3.0)
        self._client = httpx.AsyncClient(base_url=(url or "").rstrip("/"), auth=credentials, timeout=timeout)
        self._deployments: dict[str, str] = {}
        self._pools: dict[str, str] = {}

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Where the settings say that Prefect is."""
        auth = settings.prefect_auth_string
        return cls(settings.prefect_api_url, auth=auth.get_secret_value() if auth else None)

    @property
    def configured(self) -> bool:
        """True if there is an address to ask."""
        return bool(self._client.base_url.host)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def call(self, method: str, path: str, body: Any = None, *, absent_ok: bool = False) -> Any:
        """One request: its JSON; None where it is absent and may be.

        Raises:
            PrefectUnreachable, PrefectRefused: no answer, or not one of success.
        """
        if not self.configured:
            raise PrefectUnreachable("PREFECT_API_URL is not set")
        try:
            response = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise PrefectUnreachable(f"{type(error).__name__} at {method} {path}") from error
        if response.status_code == 404 and absent_ok:
            return None
        if response.is_error:
            raise PrefectRefused(
                f"{response.status_code} at {method} {path}: {response.text[:300]}", status=response.status_code
            )
        try:
            return response.json() if response.content else {}
        except ValueError:
            raise PrefectRefused(f"no JSON at {method} {path}: is PREFECT_API_URL right?") from None

    async def deployment_id(self, deployment: str) -> str:
        """The id of a deployment, `flow/name`.

        Raises:
            PrefectRefused: it is not deployed; the message says what to do.
        """
        if deployment not in self._deployments:
            found = await self.call("GET", f"/deployments/name/{deployment}", absent_ok=True)
            if found is None:
                raise PrefectRefused(f"no deployment {deployment}: run `wzrd up` or `prefect deploy --all`")
            self._deployments[deployment] = found["id"]
        return self._deployments[deployment]

    async def create_flow_run(
        self, deployment: str, *, key: str, name: str, parameters: dict[str, Any], placement: QueuePlacement = IN_FRONT
    ) -> UUID:
        """Create the flow run of `key`; the same key again answers the flow run that it made."""
        body: dict[str, Any] = {
            "parameters": parameters,
            "enforce_parameter_schema": False,  # they come from a run row, not from a form: checked before
            "idempotency_key": key,
            "name": name,
            "state": {"type": "SCHEDULED"},
            "work_queue_name": placement.queue,
            **({"parent_task_run_id": str(placement.parent)} if placement.parent else {}),
        }
        try:
            path = f"/deployments/{await self.deployment_id(deployment)}/create_flow_run"
            created = await self.call("POST", path, body)
        except PrefectRefused:
            self._deployments.pop(deployment, None)  # it may have been deployed anew under another id
            raise
        return UUID(created["id"])

    async def read_blocks(self) -> Mapping[str, Mapping[str, Any]]:
        """The fields of our blocks, by type, their secrets in clear."""
        return fields_of(await self.call("POST", "/block_documents/filter", blocks_query()))

    async def emit(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Put events into Prefect's log; one that it has already (by its id) changes nothing."""
        await self.call("POST", "/events", events)

    async def pool_type(self, pool: str) -> str:
        """The type of a work pool, which never changes; empty when there is no such pool yet."""
        if not self._pools.get(pool):
            known: dict[str, Any] | None = await self.call("GET", f"/work_pools/{pool}", absent_ok=True)
            self._pools[pool] = str((known or {}).get("type", ""))
        return self._pools[pool]

    async def set_state(
        self, flow_run_id: UUID, kind: str, *, name: str | None = None, message: str = "", force: bool = True
    ) -> bool:
        """Set a state, against Prefect's rules unless `force` is off; False when the flow run is gone."""
        state = {"type": kind, **({"name": name} if name else {}), "message": message}
        path = f"/flow_runs/{flow_run_id}/set_state"
        return await self.call("POST", path, {"state": state, "force": force}, absent_ok=True) is not None

    async def await_retry(self, flow_run_id: UUID, why: str) -> bool:
        """Let any worker take the flow run up again: the same run, its finished steps kept; False when it is gone.

        The message tells our resumes from a person's retry, which reopens the run.
        """
        return await self.set_state(flow_run_id, "SCHEDULED", name="AwaitingRetry", message=RESUME_WORDS + why)


async def _after_others(work: Coroutine[Any, Any, None]) -> None:
    """Work that a request has begun in the background goes behind its answer, which two rounds of the loop send."""
    for _ in range(2):
        await asyncio.sleep(0)
    await work


def _is_due(run: RunRow) -> bool:
    return run.status in {"queued", "running"} and not run.leased and run.dispatched


class Dispatcher:
    """Creates flow runs for committed runs."""

    def __init__(self, runtime: Runtime, prefect: PrefectApi) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._sending: set[asyncio.Task[None]] = set()
        self._creating = asyncio.Semaphore(CREATED_AT_ONCE)
        self._making: set[UUID] = set()
        self._holding: asyncio.Task[None] | None = None

    def send_soon(self, run_id: UUID, run: RunRow | None = None) -> None:
        """Dispatch in the background (`run`: its row, where the caller has it); what fails the relay repeats."""
        self._in_background(self._send_quietly(run_id, run))

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_after_others(work))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send_quietly(self, run_id: UUID, run: RunRow | None) -> None:
        try:
            if run is None:
                async with self._runtime.autocommit() as tx:
                    run = await find_run(tx, run_id)
            if run is not None:
                await self.send(run)
        except PrefectUnreachable as error:
            log.warning("run %s stays queued: %s", run_id, error)
        except Exception as error:
            if not is_outage(error):
                log.exception("run %s could not be dispatched", run_id)

    def dispatch_soon(self, user_id: UUID) -> None:
        """A run of this user has ended: send the next that waits, in the background; what fails the relay repeats."""
        self._in_background(self._dispatch_quietly(user_id))

    async def _dispatch_quietly(self, user_id: UUID) -> None:
        try:
            await self.dispatch(user_id)
        except Exception as error:
            if not is_outage(error):
                log.exception("the next run of user %s could not be handed over", user_id)

    async def dispatch(self, user_id: UUID | None = None) -> None:
        """Send waiting runs whose turn it is, of this user or, round-robin, of all users. Several may do so at once."""
        per_user = self._runtime.settings.runs_at_prefect_per_user
        async with self._runtime.begin() as tx:
            runs = await take_queued(tx, per_user=per_user, user_id=user_id)
        await asyncio.gather(*(self._send_quietly(run.run_id, run) for run in runs))

    async def send(self, run: RunRow) -> None:
        """Create (or find) the flow run of a run that no process executes, remember it, wake the workers.

        One that has a flow run is told to try again; one that waits for its turn stays where it is.
        """
        if not _is_due(run):
            return
        if run.flow_run_id is not None:
            if not await self._prefect.await_retry(run.flow_run_id, f"attempt {run.attempt}"):
                await self.redispatch(run.run_id, run.flow_run_id)
                return
        else:
            await self._create(run)
            return
        self._runtime.notifier.notify(RUN_WAKE, run.run_id)

    async def _create(self, run: RunRow) -> None:
        """Make the run's flow run, when it is its turn; who had to wait for that looks whether others were quicker."""
        waits = self._creating.locked()
        async with self._held(run.run_id), self._creating:
            if waits:
                async with self._runtime.autocommit() as tx:
                    fresh = await find_run(tx, run.run_id)
                if fresh is None or fresh.flow_run_id is not None or not _is_due(fresh):
                    return
                run = fresh
            key = str(run.run_id) if run.flow_runs == 0 else f"{run.run_id}:{run.flow_runs}"
            kind, name = self._runtime.kind(run.kind), name_flow_run(run.kind, run.run_id, run.params)
            flow_run_id = await self._prefect.create_flow_run(
                kind.deployment_of(run.params),
                key=key,
                name=name,
                parameters=kind.flow_parameters(run),
                placement=QueuePlacement(run.work_queue, run.parent_task_run_id),
            )
            # Notified before it is stored: a worker that claims first stores it too, and takes the key for proof.
            self._runtime.notifier.notify(RUN_WAKE, run.run_id)
            async with self._runtime.autocommit() as tx:
                await store_flow_run(tx, run.run_id, flow_run_id)

    @asynccontextmanager
    async def _held(self, run_id: UUID) -> AsyncGenerator[None]:
        """Have relays leave a run alone that gets its flow run here, however long that takes."""
        self._making.add(run_id)
        if self._holding is None or self._holding.done():
            self._holding = asyncio.get_running_loop().create_task(self._hold())
        try:
            yield
        finally:
            self._making.discard(run_id)

    async def _hold(self) -> None:
        await asyncio.sleep(HOLD_SECONDS)
        while self._making:
            with best_effort(log.warning, "relays may ask for the same flow runs"):
                async with self._runtime.autocommit() as tx:
                    await touch_undispatched(tx, self._making)
            await asyncio.sleep(HOLD_SECONDS)

    async def redispatch(self, run_id: UUID, gone: UUID) -> None:
        """Prefect no longer knows the run's flow run: make another, under the next key.

        Forgotten first, since a worker may be quicker than we are; should we fail in between, the relay goes on.
        """
        async with self._runtime.begin() as tx:
            await forget_flow_run(tx, run_id, gone)
            fresh = await find_run(tx, run_id)
        if fresh is not None and fresh.flow_run_id is None:
            await self.send(fresh)

    async def close(self) -> None:
        """Give what is under way a moment to end."""
        if self._sending:
            await asyncio.wait(set(self._sending), timeout=3.0)
        if self._holding is not None:
            self._holding.cancel()
