"""The client's connection: calls, and streams that resume by themselves from the last event that was seen."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from pydantic import ValidationError

from wzrd.client.errors import CALL, STREAM, GenerationError, InsufficientCreditsError
from wzrd.client.repeating import FIRST_DELAY, RECONNECTS, OnWait, delay_before, read_retry_after, repeat
from wzrd.contracts.events import TERMINAL_EVENTS
from wzrd.contracts.runs import RunView
from wzrd.contracts.sse import SseReader
from wzrd.contracts.wire import WireModel, dumps, loads

SILENCE_SECONDS = 45.0  # the server pings every 15 s: three missed pings are a dead connection
_PASSING = frozenset({408, 429, 502, 503, 504})
_Model = TypeVar("_Model", bound=WireModel)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it came; `seq` is its number in the run's log. A server that does not number tells neither."""

    name: str
    data: Mapping[str, Any]
    seq: int | None = None
    run_id: UUID | None = None


@dataclass(slots=True)
class StreamPosition:
    """Where a stream stands: the run once it is known, the last number seen, and tries since the last event."""

    run_id: UUID | None = None
    after: int = 0
    tries: int = 0
    ended: bool = False
    resumable: bool = True  # not once a server has answered without naming the run


class Dropped(Exception):
    """The connection is gone, or the server is not there just now: worth another try."""

    def __init__(self, message: str, status: int | None = None, retry_after: float = 0.0) -> None:
        self.status, self.retry_after = status, retry_after
        super().__init__(message)


def _out_of_reach(code: str, message: str, error: Dropped | httpx.TransportError) -> GenerationError:
    """The same as an error of ours, which may pass."""
    status, wait = (error.status, error.retry_after) if isinstance(error, Dropped) else (None, 0.0)
    return GenerationError(code, f"{message}: {str(error) or repr(error)}", status, passing=True, retry_after=wait)


def _passing(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, GenerationError) and error.passing else None


@dataclass(slots=True)
class Connection:
    """HTTP with the API at `url`, for the user of `token` (or of what the callable returns, asked before each call)."""

    url: str
    token: str | Callable[[], str]
    reconnects: int = RECONNECTS
    first_delay: float = FIRST_DELAY
    on_wait: OnWait | None = None
    _client: httpx.AsyncClient = field(init=False)

    def open(self) -> None:
        """Make it ready; nothing connects yet."""
        direct = urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}  # never through a proxy
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(SILENCE_SECONDS, connect=5.0), trust_env=not direct)

    async def close(self) -> None:
        """End it."""
        await self._client.aclose()

    async def run(self, run_id: UUID) -> RunView:
        """One run: status, progress, items, credits. Once: who follows a stream asks again by itself."""
        return read_as(RunView, await self.call("GET", f"/functions/v1/runs/{run_id}"))

    async def retry(self, run_id: UUID, ended_attempt: int | None, *, resubmit_unknown: bool) -> RunView:
        """One more attempt after this one, even if the answer is lost: before it is asked again, the run is."""
        asked, body = False, {"resubmitUnknown": True} if resubmit_unknown else None

        async def once() -> RunView:
            nonlocal asked
            if asked and ended_attempt is not None and (run := await self.run(run_id)).attempt > ended_attempt:
                return run
            asked = True
            return read_as(RunView, await self.call("POST", f"/functions/v1/runs/{run_id}/retry", body))

        return await (once() if ended_attempt is None else self.repeat(once))

    async def download(self, path: str, target: Path) -> int:
        """The file at `path` of the API as the local file `target`; returns its bytes. What fails leaves nothing.

        Raises:
            GenerationError: it is not there, or the connection broke again and again.
        """
        return await self.repeat(lambda: self._download(path, target))

    async def _download(self, path: str, target: Path) -> int:
        part = target.with_name(f".{target.name}.part")
        try:
            async with self._client.stream("GET", self.url.rstrip("/") + path) as response:
                await check(response, code=CALL)
                with part.open("wb") as file:
                    async for chunk in response.aiter_bytes():
                        file.write(chunk)
            return part.replace(target).stat().st_size
        except (Dropped, httpx.TransportError) as error:
            raise _out_of_reach(CALL, f"{path} did not arrive", error) from error
        finally:
            part.unlink(missing_ok=True)

    async def events(self, position: StreamPosition, body: Mapping[str, Any] | None = None) -> AsyncGenerator[Event]:
        """Connect again and again from where the stream stands until its run's end has been seen."""
        while not position.ended:
            try:
                async with contextlib.aclosing(self._connect(position, body)) as events:
                    async for event in events:
                        yield event
                if not position.ended:
                    await self._check_ended(position)
            except (Dropped, httpx.TransportError) as error:
                lost = _out_of_reach(STREAM, f"no connection to {self.url}", error)
                if position.tries >= self.reconnects or not position.resumable:
                    raise lost from error
                await self._wait(lost, position.tries)
                position.tries += 1

    async def _wait(self, lost: GenerationError, tries: int) -> None:
        """Before a stream comes back; the first time is routine (its age, a restarted server) and not worth a word."""
        seconds = max(lost.retry_after, delay_before(self.first_delay, tries))
        if tries == 1 and self.on_wait is not None:
            self.on_wait(lost.message, seconds)
        await asyncio.sleep(seconds)

    async def _connect(self, position: StreamPosition, body: Mapping[str, Any] | None = None) -> AsyncGenerator[Event]:
        """One connection: the POST until the run is known, then the run's own stream."""
        if position.run_id is None:
            request = self._request("POST", "/functions/v1/gen-shots", body)
        else:
            request = self._request("GET", f"/functions/v1/runs/{position.run_id}/events")
            request.headers["last-event-id"] = str(position.after)
        request.headers["accept"] = "text/event-stream"
        response = await self._client.send(request, stream=True)
        try:
            await check(response, code=STREAM)
            if position.run_id is None:
                named_run = response.headers.get("x-run-id")
                position.run_id, position.resumable = UUID(named_run) if named_run else None, bool(named_run)
            reader = SseReader()
            async for chunk in response.aiter_bytes():
                for frame in reader.feed(chunk):
                    seq = int(frame.id) if frame.id and frame.id.isdecimal() else None
                    event = Event(frame.event, read_object(frame.data), seq, position.run_id)
                    if _take(position, event):
                        yield event
        finally:
            await response.aclose()

    async def _check_ended(self, position: StreamPosition) -> None:
        """A stream closed politely but without a last event: its age, a draining server, or a run that is over."""
        if position.run_id is None:
            raise GenerationError("no_result", "the stream ended without a result")
        try:
            run = await self.run(position.run_id)
        except GenerationError as error:
            if error.passing:
                raise Dropped(error.message, error.status, error.retry_after) from error
            raise
        position.ended = run.finished_at is not None and run.last_event_id <= position.after
        if not position.ended:
            raise Dropped("the stream closes again and again")

    async def repeat(self, once: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """What means the same when it is asked twice: asked again while the server is away, as a stream would be.

        Raises:
            InsufficientCreditsError, GenerationError: refused, or out of reach for too long.
        """
        return await repeat(
            once, passing=_passing, tries=self.reconnects, first_delay=self.first_delay, on_wait=self.on_wait
        )

    async def call_again(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A call that means the same when it comes twice: see `repeat`."""
        return await self.repeat(lambda: self.call(method, path, body))

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call and its answer.

        Raises:
            InsufficientCreditsError, GenerationError: refused, or no answer.
        """
        try:
            response = await self._client.send(self._request(method, path, body))
            await check(response, code=CALL)
        except (Dropped, httpx.TransportError) as error:
            raise _out_of_reach(CALL, f"no answer from {self.url}", error) from error
        return read_object(response.text)

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Request:
        token = self.token if isinstance(self.token, str) else self.token()
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        content = None if body is None else dumps(body)
        return self._client.build_request(method, self.url.rstrip("/") + path, headers=headers, content=content)


async def check(response: httpx.Response, *, code: str) -> None:
    """Let a good answer pass.

    Raises:
        Dropped: the server asks to come back, or is not there just now.
        InsufficientCreditsError, GenerationError: it refused.
    """
    if response.is_success:
        return
    await response.aread()
    body = dict[str, Any]()
    with contextlib.suppress(GenerationError):
        body = read_object(response.text)
    message = str(body.get("error") or body.get("message") or f"HTTP {response.status_code}")
    if response.status_code in _PASSING:
        raise Dropped(message, response.status_code, read_retry_after(response.headers.get("retry-after", "")))
    if response.status_code == 402:
        raise InsufficientCreditsError(int(body.get("required") or 0), int(body.get("available") or 0))
    raise GenerationError(str(body.get("code") or code), message, response.status_code)


def _take(position: StreamPosition, event: Event) -> bool:
    """Note an event's arrival; False when it has been seen before."""
    fresh = event.seq is None or event.seq > position.after
    if fresh:
        position.after, position.tries, position.ended = event.seq or position.after, 0, event.name in TERMINAL_EVENTS
    return fresh


def read_object(text: str) -> dict[str, Any]:
    """The JSON object that an answer is.

    Raises:
        GenerationError: it is none.
    """
    with contextlib.suppress(ValueError):
        if isinstance(value := loads(text), dict):
            return cast("dict[str, Any]", value)
    raise GenerationError(STREAM, "the server's answer is no JSON object")


def read_as(kind: type[_Model], content: Mapping[str, Any]) -> _Model:
    """An answer as the value that it should be.

    Raises:
        GenerationError: it is not as documented.
    """
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise GenerationError(CALL, "the server's answer is not as documented") from error
