"""A text run as a route's answer, whole or piece by piece, from this process or from the log.

A route opens it (`open_text`), which joins the run of its request id; a client that goes away changes nothing.
"""

import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, closing
from http import HTTPStatus
from typing import Any, TypeAlias

from fastapi import Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import json_response, options_of
from server.api.described import Stream
from server.api.envelopes import body_of, name_run
from server.api.limits import Admission
from server.api.services import Services
from server.api.sse import EventStream
from server.api.waiting import while_connected
from wzrd.contracts.text_generation import DONE, FRAMES, TextRequest, chunk, completion, error_frame, last_chunk
from wzrd.db.runs import find_run
from wzrd.domain.errors import Conflict, InsufficientCredits, NotConfigured, NotFound, RunStopped, TooMany, WzrdError
from wzrd.operations.generate import Chosen, GenerateParams, new_generation
from wzrd.operations.inline import OpenedRun
from wzrd.operations.inline_end import InlineEnd, ended_of
from wzrd.operations.inline_run import Offline
from wzrd.providers.base import Delta

STATUSES = {
    "provider_rejected": 502,
    "provider_failed": 502,
    "empty_answer": 502,
    "result_useless": 502,
    "provider_unreachable": 503,
    "interrupted": 503,
    "provider_outcome_unknown": 504,
    "canceled": 409,
    "insufficient_credits": 402,
}
"""The status that a run's failure has, by its code; anything else is a 500."""
FAILURES = {**STATUSES, NotConfigured.code: 500}
"""The statuses of `STATUSES`, and that of a server without a key."""
TEXT_ERRORS = (NotFound, Conflict, InsufficientCredits, TooMany)
"""Errors that every text route may answer before its run begins."""
CHUNKS = Stream(FRAMES, end=DONE)
"""A text as a stream."""

RATE_LIMITED = 429

Words: TypeAlias = Callable[[int, str], tuple[int, str]]
"""(status that the provider refused with, its message) as the route's own status and words."""


def as_refused(status: int, message: str) -> tuple[int, str]:
    """The provider's own status and message."""
    return status, message


class TextFailed(WzrdError):
    """The text could not be made."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def text_params(user: AuthUser, function: str, body: TextRequest, chosen: Chosen, **inputs: Any) -> GenerateParams:
    """The generation that a text request means."""
    asked: dict[str, Any] = {
        "prompt": body.prompt,
        "systemPrompt": body.system_prompt,
        "temperature": body.temperature,
        "max_tokens": body.max_tokens,
        "json": True if body.response_format == "json" else None,
        **inputs,
    }
    return GenerateParams(
        user_id=user.user_id,
        project_id=body.project_id,
        request_id=body.request_id,
        function=function,
        model=body.model,
        media_type="text",
        inputs={name: value for name, value in asked.items() if value is not None},
        references=tuple(body.reference_assets),
        **options_of(body),
        chosen=chosen,
    )


class TextRun:
    """A run whose text a request waits for; `ended` once that has been read to its end."""

    def __init__(self, services: Services, opened: OpenedRun, admission: Admission) -> None:
        self.run_id = opened.run_id
        self.admission = admission
        self.ended = ended_of(None, opened.run_id)
        self._services = services
        self._opened = opened

    @property
    def sound(self) -> bytes | None:
        """The sound that this very process has made, once it has; what another made is in the store."""
        made = self._opened.here.sound if self._opened.here is not None else None
        return made.data if made is not None else None

    async def pieces(self) -> AsyncGenerator[str]:
        """The text from its first piece on, as it comes, for who shows it as it comes."""
        async with aclosing(self._here(self._opened.shown()) if self._opened.here else self._from_log()) as texts:
            async for text in texts:
                yield text

    async def whole(self, request: Request) -> InlineEnd:
        """Wait for the end, as long as the client does.

        Raises:
            ClientDisconnect: it has gone; the run goes on.
        """
        with closing(self.admission):
            return await while_connected(request, self._drain())

    async def _drain(self) -> InlineEnd:
        async with aclosing(self._here(self._opened.chunks()) if self._opened.here else self._from_log()) as texts:
            async for _ in texts:
                pass
        return self.ended

    async def _here(self, coming: AsyncGenerator[Delta | InlineEnd]) -> AsyncGenerator[str]:
        try:
            async with aclosing(coming) as chunks:
                async for piece in chunks:
                    match piece:
                        case Delta():
                            yield piece.text
                        case InlineEnd():
                            self.ended = piece
        except RunStopped:
            return  # this process is stopping: `ended` says that it was interrupted

    async def _from_log(self) -> AsyncGenerator[str]:
        async with aclosing(self._services.hub.events(self.run_id, 0)) as events:
            async for event in events:
                if event is not None and event.event == "delta":
                    yield str(event.data.get("text", ""))
        async with self._services.runtime.begin() as tx:
            self.ended = ended_of(await find_run(tx, self.run_id), self.run_id)


async def open_text(
    request: Request, services: Services, user: AuthUser, params: GenerateParams, offline: Offline | None = None
) -> TextRun:
    """Start or find the run. Every answer to the request names it from now on; `offline` makes what nobody is asked.

    Raises:
        NotFound, BadRequest, NotConfigured: as `new_generation`.
        Conflict, InsufficientCredits, TooMany: as `InlineRuns.open`.
    """

    async def opening() -> OpenedRun:
        return await services.inline.open(await new_generation(services.runtime, params), offline)

    return await follow_text(request, services, user, opening)


async def follow_text(
    request: Request, services: Services, user: AuthUser, opening: Callable[[], Awaitable[OpenedRun]]
) -> TextRun:
    """Open a run in whatever way `opening` does, and follow it."""
    with services.hub.admit(user.user_id).held() as admission:
        opened = await opening()
    name_run(request, opened.run_id)
    return TextRun(services, opened, admission)


def read_failure(
    ended: InlineEnd, otherwise: str, statuses: Mapping[str, int] = STATUSES, words: Words | None = None
) -> tuple[int, str, dict[str, str] | None]:
    """Status, message (`otherwise` where there is none) and headers that tell how a run has failed."""
    status, message = statuses.get(ended.error_code, 500), ended.error or otherwise
    wait, refused = ended.result.get("retryAfter"), ended.result.get("providerStatus")
    if ended.error_code == "provider_unreachable" and wait:  # a rate limit that we have learnt of before
        refused = RATE_LIMITED
    if words and isinstance(refused, int) and ended.error_code in {"provider_rejected", "provider_unreachable"}:
        status, message = words(refused, message)
    headers = {"retry-after": str(math.ceil(wait))} if isinstance(wait, int | float) and wait > 0 else None
    return status, message, headers


def failed(request: Request, ended: InlineEnd, words: Words | None = None) -> Response:
    """The answer to a run that brought no text, in the route's envelope; `words` are its own for a refusal."""
    status, message, headers = read_failure(ended, "The text could not be made", words=words)
    return json_response(body_of(TextFailed(message, ended.error_code), message, request.scope), status, headers)


def phrase(status: int) -> str:
    """The usual words of an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)


def whole_completion(ended: InlineEnd) -> dict[str, Any]:
    """Text that a run made, as a completion in OpenAI's shape."""
    model = ended.raw.get("model") or ended.result.get("resolvedModel", "")
    return completion({**ended.raw, "model": model}, run_id=str(ended.run_id), created=int(time.time()))


async def stream_text(
    request: Request, services: Services, run: TextRun, model: str, words: Words | None = None
) -> Response:
    """The text as a stream in OpenAI's shape; an error before its first piece is an answer of its own."""
    pieces = run.pieces()
    with run.admission.held():
        first = await while_connected(request, anext(pieces, None))
    if first is None and run.ended.status != "succeeded":
        run.admission.close()
        return failed(request, run.ended, words)
    return EventStream(
        _frames(run, pieces, first, model),
        admission=run.admission,
        send_timeout=services.runtime.settings.stream_send_timeout,
    )


async def _frames(run: TextRun, pieces: AsyncGenerator[str], first: str | None, model: str) -> AsyncGenerator[bytes]:
    run_id, created = str(run.run_id), int(time.time())
    async with aclosing(pieces):
        if first is not None:
            yield chunk(first, model=model, run_id=run_id, created=created, first=True)
        async for piece in pieces:
            yield chunk(piece, model=model, run_id=run_id, created=created, first=False)
    if run.ended.status == "succeeded":
        yield last_chunk({"model": model, **run.ended.raw}, run_id=run_id, created=created)
        yield DONE
    else:
        yield error_frame(run.ended.error or "The answer broke off", run.ended.error_code)
