"""The client's connection: calls, and streams that resume by themselves from the last event that was seen."""

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from wzrd.client.access import bearer, read_address
from wzrd.client.errors import (
    CALL,
    STREAM,
    Dropped,
    GenerationError,
    Message,
    check,
    out_of_reach,
    read_as,
    read_object,
    read_refusal,
    run_named,
)
from wzrd.client.repeating import FIRST_DELAY, RECONNECTS, OnWait, delay_before, repeat
from wzrd.client.stream import Event, StreamPosition, read_event
from wzrd.contracts.runs import RunView
from wzrd.contracts.sse import SseReader
from wzrd.contracts.wire import dumps

SILENCE_SECONDS = 45.0  # the server pings every 15 s: three missed pings are a dead connection
ANSWER_SECONDS = 1260.0
"""The longest that a route takes whose answer is the whole result: a clip's 20 minutes, and a little."""
_Answer = TypeVar("_Answer")
_SHA256 = re.compile(r'"[0-9a-f]{64}"')
"""A tag that is the sum of the whole file, as the API's are."""


def _passing(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, GenerationError) and error.passing else None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A run that a call has started or found; how the call was refused, or its stream ended, if it was and did."""

    run_id: UUID
    refusal: GenerationError | None = None
    last: Event | None = None


@dataclass(slots=True)
class _PartialFile:
    """The beginning of a file that is on its way, and its version's tag; `known`: the tag of what it will replace."""

    file: Path
    known: str = ""
    tag: str = ""
    state: Literal["coming", "whole", "unchanged"] = "coming"

    @property
    def size(self) -> int:
        return self.file.stat().st_size

    def empty(self) -> None:
        self.file.write_bytes(b"")


def _tag_of(file: Path) -> str:
    """The tag that the API gives a file of this content; "" where there is none."""
    if not file.is_file():
        return ""
    with file.open("rb") as opened:
        return f'"{hashlib.file_digest(opened, "sha256").hexdigest()}"'


@dataclass(slots=True)
class Connection:
    """HTTP with the API at `url`, for the user of `token` (or of what the callable returns, asked before each call)."""

    url: str
    token: str | Callable[[], str]
    reconnects: int = RECONNECTS
    first_delay: float = FIRST_DELAY
    on_wait: OnWait | None = None
    _opened: httpx.AsyncClient | None = field(default=None, init=False)

    def open(self) -> None:
        """Make it ready; nothing connects yet.

        Raises:
            GenerationError: `url` is no address of an API.
            RuntimeError: it is open already.
        """
        if self._opened is not None:
            raise RuntimeError("the service is open already: share it, or make another")
        self.url = read_address(self.url)
        direct = urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}  # never through a proxy
        self._opened = httpx.AsyncClient(timeout=httpx.Timeout(SILENCE_SECONDS, connect=5.0), trust_env=not direct)

    async def close(self) -> None:
        """End it."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.aclose()

    @property
    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            raise RuntimeError("the service is not open: use it in an async with statement")
        return self._opened

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

        A connection that breaks is gone on with, as long as it brings something; a file whose sum is not that of its
        tag is fetched anew. A target that is this very file already stays.

        Raises:
            GenerationError: it is not there, or the connection broke again and again.
        """
        part = _PartialFile(target.with_name(f".{target.name}.part"), await asyncio.to_thread(_tag_of, target))

        async def once() -> None:
            try:
                await self._download(path, part)
            except (Dropped, httpx.TransportError) as error:
                raise out_of_reach(CALL, f"{path} did not arrive", error) from error

        part.empty()
        try:
            while part.state == "coming":
                before = part.size
                try:
                    await self.repeat(once)
                except GenerationError as error:
                    if not error.passing or part.size <= before:
                        raise
            if part.state == "whole":
                part.file.replace(target)
            return _PartialFile(target).size
        finally:
            part.file.unlink(missing_ok=True)

    async def _download(self, path: str, part: _PartialFile) -> None:
        """One connection that goes on where `part` ends."""
        headers = {"accept-encoding": "identity", **({"if-none-match": part.known} if part.known else {})}
        if part.tag and part.size:
            headers |= {"range": f"bytes={part.size}-", "if-range": part.tag}
        async with self._client.stream("GET", self._address(path), headers=headers) as response:
            if response.status_code == 304:
                part.state = "unchanged"
                return
            if response.status_code == 416:  # it is another file by now
                part.empty()
                raise Dropped("it changed meanwhile")
            await check(response, code=CALL)
            part.tag = response.headers.get("etag", "")
            with part.file.open("ab" if response.status_code == 206 else "wb") as file:
                async for chunk in response.aiter_bytes():
                    file.write(chunk)
        if _SHA256.fullmatch(part.tag) and await asyncio.to_thread(_tag_of, part.file) != part.tag:
            part.empty()
            raise Dropped("its content is not what its tag says")
        part.state = "whole"

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
                lost = out_of_reach(STREAM, f"no connection to {self.url}", error)
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
            request = self._request("POST", position.path, body)
        else:
            request = self._request("GET", f"/functions/v1/runs/{position.run_id}/events")
            request.headers["last-event-id"] = str(position.after)
        request.headers["accept"] = "text/event-stream"
        response = await self._client.send(request, stream=True)
        try:
            await check(response, code=STREAM)
            if position.run_id is None:
                position.run_id = run_named(response)
                position.resumable = position.run_id is not None
            reader = SseReader()
            async for chunk in response.aiter_bytes():
                position.heard = True
                for frame in reader.feed(chunk):
                    event = read_event(frame, position.run_id)
                    if position.take(event):
                        yield event
        finally:
            await response.aclose()

    async def _check_ended(self, position: StreamPosition) -> None:
        """A stream closed politely but without a last event: its age, a draining server, or a run that is over."""
        if not position.heard and position.run_id is None:
            raise GenerationError("no_body", "the answer has no body")
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
        """Ask what may safely be asked twice; ask it again while the server is away, as a stream would be.

        Raises:
            InsufficientCreditsError, GenerationError: refused, or out of reach for too long.
        """
        return await repeat(
            once, passing=_passing, tries=self.reconnects, first_delay=self.first_delay, on_wait=self.on_wait
        )

    async def call_again(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A call that means the same when it comes twice: see `repeat`."""
        return await self.repeat(lambda: self.call(method, path, body))

    async def ask(self, kind: type[Message], method: str, path: str, body: Mapping[str, Any] | None = None) -> Message:
        """The answer of `call_again` as a value."""
        return read_as(kind, await self.call_again(method, path, body))

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call and its answer.

        Raises:
            InsufficientCreditsError, GenerationError: refused, or no answer.
        """
        try:
            response = await self._client.send(self._request(method, path, body))
            await check(response, code=CALL)
        except (Dropped, httpx.TransportError) as error:
            raise out_of_reach(CALL, f"no answer from {self.url}", error) from error
        return read_object(response.text)

    async def submit(self, path: str, body: Mapping[str, Any], *, code: str, prefer: str = "") -> Submitted:
        """Start what the body asks for by its request id, and wait for the answer as long as it takes.

        Whatever names its run is an answer: what became of it is the run's to tell. `code`: of a refusal without one.

        Raises:
            InsufficientCreditsError, GenerationError: refused before there was a run, or out of reach for too long.
        """
        until = time.monotonic() + ANSWER_SECONDS

        async def once() -> Submitted:
            while True:
                try:
                    return await self._submit(path, body, code, prefer)
                except httpx.ReadTimeout:  # silence is no failure: the same request id joins the run that goes on
                    if time.monotonic() > until:
                        raise GenerationError(code, f"no answer within {ANSWER_SECONDS:g} s") from None
                except (Dropped, httpx.TransportError) as error:
                    raise out_of_reach(code, f"no answer from {self.url}", error) from error

        return await self.repeat(once)

    async def _submit(self, path: str, body: Mapping[str, Any], code: str, prefer: str) -> Submitted:
        request = self._request("POST", path, body)
        if prefer:
            request.headers["prefer"] = prefer
        response = await self._client.send(request, stream=True)
        try:
            run_id, size = run_named(response), 0
            if run_id is not None and not response.is_success:
                return Submitted(run_id, await read_refusal(response, code))
            await check(response, code=code)
            with contextlib.nullcontext() if run_id is None else contextlib.suppress(httpx.TransportError):
                async for chunk in response.aiter_bytes():
                    size += len(chunk)
        finally:
            await response.aclose()
        if run_id is None:
            raise GenerationError("no_result" if size else "no_body", "the answer names no run")
        return Submitted(run_id)

    async def upload(self, path: str, content: Callable[[], AsyncIterable[bytes]], headers: Mapping[str, str]) -> str:
        """Store a file at `path` of the API's storage; the same again changes nothing. Returns its public address.

        Raises:
            GenerationError: refused, or out of reach for too long.
        """
        response = await self._send_file("POST", path, content, headers)
        usual = path.replace("/object/", "/object/public/", 1)
        return response.headers.get("content-location") or self._address(usual)

    async def put(
        self, path: str, content: Callable[[], AsyncIterable[bytes]], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Give a file to a route that answers in JSON; the same again changes nothing.

        Raises:
            GenerationError: refused, or out of reach for too long.
        """
        return read_object((await self._send_file("PUT", path, content, headers)).text)

    async def _send_file(
        self, method: str, path: str, content: Callable[[], AsyncIterable[bytes]], headers: Mapping[str, str]
    ) -> httpx.Response:
        async def once() -> httpx.Response:
            about = {**self._bearer(), **headers}
            request = self._client.build_request(method, self._address(path), headers=about, content=content())
            try:
                response = await self._client.send(request)
                await check(response, code=CALL)
            except (Dropped, httpx.TransportError) as error:
                raise out_of_reach(CALL, f"{path} could not be uploaded", error) from error
            return response

        return await self.repeat(once)

    def _address(self, path: str) -> str:
        return self.url + path

    def _bearer(self) -> dict[str, str]:
        return bearer(self.token if isinstance(self.token, str) else self.token())

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Request:
        headers = {**self._bearer(), "content-type": "application/json"}
        content = None if body is None else dumps(body)
        return self._client.build_request(method, self._address(path), headers=headers, content=content)
