"""The Python client of the generation API: HTTP and server-sent events, and streams that resume by themselves.

All that it raises is a GenerationError; one of them is InsufficientCreditsError, when the ledger refused.
"""

import asyncio
import contextlib
import random
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from pydantic import ValidationError

from wzrd.contracts.events import TERMINAL_EVENTS
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.contracts.gen_shots_stream import EVENTS, GenShotsEvent
from wzrd.contracts.runs import RunView
from wzrd.contracts.sse import SseReader
from wzrd.contracts.wire import WireModel, dumps, loads

LONGEST_DELAY = 5.0  # seconds between a dropped connection and the next one
SILENCE_SECONDS = 45.0  # the server pings every 15 s: three missed pings are a dead connection
_PASSING = frozenset({408, 429, 502, 503, 504})
_Model = TypeVar("_Model", bound=WireModel)
_STREAM, _CALL = "stream_error", "edge_function_error"


class GenerationError(Exception):
    """The API refused a request, or a generation failed. `status` is HTTP's, None where no answer came."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        self.code, self.message, self.status = code, message, status
        super().__init__(message)


class InsufficientCreditsError(GenerationError):
    """The account does not cover the request; nothing was started."""

    def __init__(self, required: int, available: int) -> None:
        self.required, self.available = required, available
        super().__init__("insufficient_credits", f"{required} credits needed, {available} available", 402)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came; `seq` is its number in the run's log. A server that does not number tells neither."""

    name: str
    data: Mapping[str, Any]
    seq: int | None = None
    run_id: UUID | None = None


def read_event(event: Event) -> GenShotsEvent | None:
    """A gen-shots event as a value; None for what the documented stream does not have.

    Raises:
        GenerationError: it is the stream's `error` (provider_error), or lacks what the documentation promises.
    """
    if event.name == "error":
        raise GenerationError("provider_error", str(event.data.get("error") or "Streaming failed"))
    kind = EVENTS.get(event.name)
    try:
        return kind.model_validate(event.data) if kind else None
    except ValidationError as error:
        raise GenerationError(_STREAM, f"the stream's {event.name} event is not as documented") from error


@dataclass(slots=True)
class _Place:
    """Where a stream stands: the run once it is known, the last number seen, and tries since the last news."""

    run_id: UUID | None = None
    after: int = 0
    tries: int = 0
    retry_after: float = 0.0
    ended: bool = False
    resumable: bool = True  # not once a server has answered without naming the run


class _Dropped(Exception):
    """The connection is gone, or the server is not there just now: worth another try."""


@dataclass(slots=True)
class UnifiedGenerationService:
    """The API at `url`, for the user of `token` (or of what the callable returns, asked before each call).

    `reconnects` bounds the tries in a row that bring nothing new: about half a minute by default, `first_delay`
    seconds at first and then doubling. Use it as an async context manager.
    """

    url: str
    token: str | Callable[[], str]
    reconnects: int = 12
    first_delay: float = 0.1
    _client: httpx.AsyncClient = field(init=False)

    async def __aenter__(self) -> Self:
        direct = urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}  # never through a proxy
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(SILENCE_SECONDS, connect=5.0), trust_env=not direct)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

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
        request = GenShotsRequest(
            project_id=str(project_id),
            scene_id=str(scene_id) if scene_id else None,
            shot_count=shot_count,
            request_id=request_id,
        )
        async with contextlib.aclosing(self.open_gen_shots(request)) as events:
            async for event in events:
                if (typed := read_event(event)) is not None:
                    yield typed

    async def open_gen_shots(self, request: GenShotsRequest) -> AsyncGenerator[Event]:
        """The same, as the events come, with numbers and run id; an `error` event is yielded, not raised."""
        body = request.model_copy(update={"request_id": request.request_id or str(uuid.uuid4())}).wire()
        async with contextlib.aclosing(self._events(_Place(), body)) as events:
            async for event in events:
                yield event

    async def follow(self, run_id: UUID, after: int = 0) -> AsyncGenerator[Event]:
        """The run's log beyond number `after`, then what comes, until the run has ended; every event once.

        Raises:
            GenerationError: no such run (status 404), or out of reach for too long.
        """
        async with contextlib.aclosing(self._events(_Place(run_id, after))) as events:
            async for event in events:
                yield event

    async def run(self, run_id: UUID) -> RunView:
        """One run: status, progress, items, credits."""
        return _read(RunView, await self._call("GET", f"/functions/v1/runs/{run_id}"))

    async def runs(self, *, limit: int = 50, project_id: UUID | None = None) -> list[RunView]:
        """The caller's runs, newest first; their items and credits are told by `run` only."""
        only = f"&project_id={project_id}" if project_id else ""
        return _read(_Runs, await self._call("GET", f"/functions/v1/runs?limit={limit}{only}")).runs

    async def cancel(self, run_id: UUID) -> RunView:
        """Ask the run to stop; what it had delivered is kept and charged. An ended run stays as it is."""
        return _read(RunView, await self._call("POST", f"/functions/v1/runs/{run_id}/cancel"))

    async def retry(self, run_id: UUID) -> RunView:
        """Give an ended run its next attempt for what is left of it.

        Raises:
            GenerationError: it has not ended, or nothing is left (status 409).
            InsufficientCreditsError: the rest is not covered.
        """
        return _read(RunView, await self._call("POST", f"/functions/v1/runs/{run_id}/retry"))

    async def _events(self, place: _Place, body: Mapping[str, Any] | None = None) -> AsyncGenerator[Event]:
        """Connect again and again from where the stream stands until its run's end has been seen."""
        while not place.ended:
            try:
                async with contextlib.aclosing(self._connect(place, body)) as events:
                    async for event in events:
                        yield event
                if not place.ended:
                    await self._check_ended(place)
            except (_Dropped, httpx.TransportError) as error:
                if place.tries >= self.reconnects or not place.resumable:
                    raise GenerationError(
                        _STREAM, f"no connection to {self.url}: {error.args[0] or error!r}"
                    ) from error
                await asyncio.sleep(max(place.retry_after, _delay(self.first_delay, place.tries)))
                place.tries, place.retry_after = place.tries + 1, 0.0

    async def _connect(self, place: _Place, body: Mapping[str, Any] | None = None) -> AsyncGenerator[Event]:
        """One connection: the POST until the run is known, then the run's own stream."""
        if place.run_id is None:
            request = self._request("POST", "/functions/v1/gen-shots", body)
        else:
            request = self._request("GET", f"/functions/v1/runs/{place.run_id}/events")
            request.headers["last-event-id"] = str(place.after)
        request.headers["accept"] = "text/event-stream"
        response = await self._client.send(request, stream=True)
        try:
            await _check(response, place, code=_STREAM)
            if place.run_id is None:
                told = response.headers.get("x-run-id")
                place.run_id, place.resumable = UUID(told) if told else None, bool(told)
            reader = SseReader()
            async for chunk in response.aiter_bytes():
                for frame in reader.feed(chunk):
                    seq = int(frame.id) if frame.id and frame.id.isdecimal() else None
                    event = Event(frame.event, _data(frame.data), seq, place.run_id)
                    if _take(place, event):
                        yield event
        finally:
            await response.aclose()

    async def _check_ended(self, place: _Place) -> None:
        """A stream closed politely but without a last event: its age, a draining server, or a run that is over."""
        if place.run_id is None:
            raise GenerationError("no_result", "the stream ended without a result")
        try:
            run = await self.run(place.run_id)
        except GenerationError as error:
            if error.status in {None, *_PASSING}:
                raise _Dropped(error.message) from error
            raise
        place.ended = run.finished_at is not None and run.last_event_id <= place.after
        if not place.ended:
            raise _Dropped("the stream closes again and again")

    async def _call(self, method: str, path: str) -> dict[str, Any]:
        try:
            response = await self._client.send(self._request(method, path))
            await _check(response, _Place(), code=_CALL)
        except (_Dropped, httpx.TransportError) as error:
            status = error.args[1] if isinstance(error, _Dropped) else None
            raise GenerationError(_CALL, f"no answer from {self.url}: {error.args[0] or error!r}", status) from error
        return _data(response.text)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Request:
        token = self.token if isinstance(self.token, str) else self.token()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        content = None if body is None else dumps(body)
        return self._client.build_request(method, self.url.rstrip("/") + path, headers=headers, content=content)


async def _check(response: httpx.Response, place: _Place, *, code: str) -> None:
    """Let a good answer pass.

    Raises:
        _Dropped: the server asks to come back, or is not there just now.
        InsufficientCreditsError, GenerationError: it refused.
    """
    if response.is_success:
        return
    await response.aread()
    body = dict[str, Any]()
    with contextlib.suppress(GenerationError):
        body = _data(response.text)
    message = str(body.get("error") or body.get("message") or f"HTTP {response.status_code}")
    if response.status_code in _PASSING:
        told = response.headers.get("retry-after", "")
        place.retry_after = min(float(told), 60.0) if told.isascii() and told.isdigit() else 0.0
        raise _Dropped(message, response.status_code)
    if response.status_code == 402:
        raise InsufficientCreditsError(int(body.get("required") or 0), int(body.get("available") or 0))
    raise GenerationError(str(body.get("code") or code), message, response.status_code)


def _take(place: _Place, event: Event) -> bool:
    """Note an event's arrival; False when it has been seen before."""
    fresh = event.seq is None or event.seq > place.after
    if fresh:
        place.after, place.tries, place.ended = event.seq or place.after, 0, event.name in TERMINAL_EVENTS
    return fresh


def _delay(first: float, tries: int) -> float:
    """Seconds before try number `tries` + 1: doubling, bounded, and spread so that clients do not come back at once."""
    return min(LONGEST_DELAY, first * 2 ** min(tries, 20)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _data(text: str) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        if isinstance(value := loads(text), dict):
            return cast("dict[str, Any]", value)
    raise GenerationError(_STREAM, "the server's answer is no JSON object")


class _Runs(WireModel):
    runs: list[RunView]


def _read(kind: type[_Model], content: Mapping[str, Any]) -> _Model:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise GenerationError(_CALL, "the server's answer is not as documented") from error
