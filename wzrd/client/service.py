"""The service: one method for each thing that the API does."""

import contextlib
import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, Unpack
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import ValidationError

from wzrd.client.compute import ComputeCalls
from wzrd.client.connection import Connection
from wzrd.client.errors import STREAM, GenerationError, ask_as
from wzrd.client.generations import GMI_SECONDS, GenerationCalls
from wzrd.client.options import BatchKeywords, check_options
from wzrd.client.projects import ProjectCalls
from wzrd.client.repeating import FIRST_DELAY, RECONNECTS, OnWait
from wzrd.client.stream import Event, StreamPosition
from wzrd.client.takes import TakeCalls
from wzrd.contracts.auto_generate import AutoGenerateAnswer, AutoGeneratePlan, AutoGenerateRequest
from wzrd.contracts.gen_shots import STREAM_EVENTS, GenShotsEvent, GenShotsRequest
from wzrd.contracts.runs import RunView
from wzrd.contracts.wire import WireModel

_AUTO_GENERATE = "/functions/v1/project-auto-generate"


def read_event(event: Event) -> GenShotsEvent | None:
    """A gen-shots event as a value; None for what the documented stream does not have.

    Raises:
        GenerationError: it is the stream's `error` (provider_error), or lacks what the documentation promises.
    """
    if event.name == "error":
        raise GenerationError("provider_error", str(event.data.get("error") or "Streaming failed"))
    kind = STREAM_EVENTS.get(event.name)
    try:
        return kind.model_validate(event.data) if kind else None
    except ValidationError as error:
        raise GenerationError(STREAM, f"the stream's {event.name} event is not as documented") from error


@dataclass(slots=True)
class UnifiedGenerationService(GenerationCalls, ComputeCalls, ProjectCalls, TakeCalls):
    """The API at `url`, for the user of `token` (or of what the callable returns, asked before each call).

    `reconnects` bounds the tries in a row that bring nothing new: about half a minute by default, `first_delay`
    seconds at first and then doubling, or as the server's Retry-After asks. Streams come back so, and so are calls
    repeated that mean the same when they come twice; `on_wait` is told, once an outage. `gmi_timeout`: seconds that a
    generation of GMI Cloud's may take (gmi_timeout beyond). Use it as an async context manager.
    """

    url: str
    token: str | Callable[[], str]
    reconnects: int = RECONNECTS
    first_delay: float = FIRST_DELAY
    on_wait: OnWait | None = None
    gmi_timeout: float = GMI_SECONDS
    _connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        self._connection = Connection(self.url, self.token, self.reconnects, self.first_delay, self.on_wait)

    async def __aenter__(self) -> Self:
        self._connection.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    async def gen_shots(
        self,
        project_id: UUID | str,
        *,
        scene_id: UUID | str | None = None,
        shot_count: int | None = None,
        request_id: str | None = None,
    ) -> AsyncGenerator[GenShotsEvent]:
        """Have shots written for a scene (1 to 6, the server's default 3), and follow them until `Done`.

        Leaving the iteration early leaves the run going: `cancel` ends it. The same `request_id` joins the same run.

        Raises:
            InsufficientCreditsError: nothing was started.
            GenerationError: refused, failed (provider_error), or out of reach for too long (stream_error).
        """
        request = ask_as(
            GenShotsRequest,
            project_id=str(project_id),
            scene_id=str(scene_id) if scene_id else None,
            shot_count=shot_count,
            request_id=request_id,
        )
        async with contextlib.aclosing(self.open_gen_shots(request)) as events:
            async for event in events:
                if (typed := read_event(event)) is not None:
                    yield typed

    def open_gen_shots(self, request: GenShotsRequest) -> AsyncGenerator[Event]:
        """Yield raw events of `gen_shots` as they come, with numbers and run id; an `error` event is yielded too."""
        body = request.model_copy(update={"request_id": request.request_id or str(uuid.uuid4())}).wire()
        return self._connection.events(StreamPosition(), body)

    def follow(self, run_id: UUID, after: int = 0) -> AsyncGenerator[Event]:
        """The run's log beyond number `after`, then what comes, until the run has ended; every event once.

        Raises:
            GenerationError: no such run (status 404), or out of reach for too long.
        """
        return self._connection.events(StreamPosition(run_id, after))

    async def run(self, run_id: UUID) -> RunView:
        """One run: status, progress, items, credits."""
        return await self._connection.repeat(lambda: self._connection.run(run_id))

    async def runs(self, *, limit: int = 50, project_id: UUID | None = None) -> list[RunView]:
        """The caller's runs, newest first; only `run` has their items and credits."""
        only = f"&project_id={project_id}" if project_id else ""
        return (await self._connection.ask(_Runs, "GET", f"/functions/v1/runs?limit={limit}{only}")).runs

    async def cancel(self, run_id: UUID) -> RunView:
        """Ask the run to stop; what it had delivered is kept and charged. An ended run stays as it is."""
        return await self._connection.ask(RunView, "POST", f"/functions/v1/runs/{run_id}/cancel")

    async def retry(self, run_id: UUID, *, ended_attempt: int | None = None, resubmit_unknown: bool = False) -> RunView:
        """Give an ended run its next attempt for what is left of it.

        `resubmit_unknown`: send once more what a provider may have accepted already, though its answer was lost.
        Only with the number of the attempt that has ended is the call repeated while the server is away: a lost answer
        would otherwise become two attempts.

        Raises:
            GenerationError: it has not ended, or nothing is left (status 409).
            InsufficientCreditsError: the rest is not covered.
        """
        return await self._connection.retry(run_id, ended_attempt, resubmit_unknown=resubmit_unknown)

    async def auto_generate(
        self, project_id: UUID | str, phase: str, **options: Unpack[BatchKeywords]
    ) -> AutoGenerateAnswer:
        """Have every shot's picture (`images`) or clip (`videos`) made; `follow` the run that is answered.

        Raises:
            GenerationError: refused.
            TypeError: no option is called so.
        """
        if options.get("shots") and not options.get("request_id"):
            options["request_id"] = str(uuid.uuid4())
        body = _batch_body(project_id, phase, options)
        return await self._connection.ask(AutoGenerateAnswer, "POST", _AUTO_GENERATE, body)

    async def plan_auto_generate(
        self, project_id: UUID | str, phase: str, **options: Unpack[BatchKeywords]
    ) -> AutoGeneratePlan:
        """Plan what `auto_generate` would work on, and its price; nothing is started or held.

        Raises:
            GenerationError: it would be refused.
            TypeError: no option is called so.
        """
        body = _batch_body(project_id, phase, options, dry_run=True)
        return await self._connection.ask(AutoGeneratePlan, "POST", _AUTO_GENERATE, body)

    async def director_cut(self, action: str, **body: Any) -> dict[str, Any]:
        """One of Director's Cut's actions: sync, create, retry (`projectId`, `settings`), status (`jobId`).

        Raises:
            GenerationError: refused; a project that is not ready is refused with its reason (status 409).
        """
        return await self._connection.call_again("POST", "/functions/v1/director-cut", {"action": action, **body})

    async def download(self, url: str, target: Path | str) -> int:
        """A public file of this API, named by its address, as the local file `target`; returns its bytes.

        The path alone counts: the API may have moved since the address was made.
        """
        return await self._connection.download(urlsplit(url).path, Path(target))


def _batch_body(project_id: UUID | str, phase: str, options: BatchKeywords, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {name: one for name, one in check_options(options, BatchKeywords).items() if one != {}}
    model = said.pop("model", None)
    whole = {"project_id": str(project_id), "phase": phase, "image_model": model, "video_model": model, **said, **more}
    return ask_as(AutoGenerateRequest, **whole).wire()


class _Runs(WireModel):
    runs: list[RunView]
