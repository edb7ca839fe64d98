"""The border between adapters and a provider's HTTP: bounded calls, and the one translation of foreign errors.

It knows whether a request's first byte had left and what the call was for: that decides between `ProviderUnsent`,
`ProviderUnknown` and a question that may simply be asked again. No key is ever in an error. Nothing here tries again.
"""

import asyncio
import re
from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, TypeAlias

import httpx
import orjson
from pydantic import SecretStr

from wzrd.domain.checks import is_used_up
from wzrd.domain.errors import (
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.domain.refusals import refused
from wzrd.domain.submission import RETRYABLE_STATUS
from wzrd.log_context import log_subject
from wzrd.models.refusals import find_refusal
from wzrd.net.retry_after import parse_retry_after
from wzrd.providers.http_bodies import error_body, read_chunks
from wzrd.providers.provider_json import members_of, parse_json, refusal_reason, words_of

MAX_BODY = 4 * 1_048_576
"""Bytes of one JSON answer: far above any result that names its media, below what hurts."""
MAX_MESSAGE = 300
"""Characters of an error's message: the rest of what a provider says is not passed on."""

Purpose: TypeAlias = Literal["submit", "ask", "upload"]
"""Purpose of a call: it may start work that costs, it asks about work, or it prepares a submit."""
SECONDS: Mapping[Purpose, float] = {"submit": 60.0, "ask": 30.0, "upload": 300.0}
"""The longest that one call may take, its body included."""

_BROKEN: Mapping[Purpose, type[ProviderError]] = {
    "submit": ProviderUnknown,
    "ask": ProviderError,
    "upload": ProviderUnsent,
}
"""Error for an answer that tells nothing, by the purpose of the call."""
_REFUSED_KEY = frozenset({401, 403})
PAYMENT_REQUIRED = 402
"""Never sent again: only a person can help."""
_TOKENS = re.compile(r"(?i)\b(?:bearer|key)\s+(?=\S*\d)[^\s\"',]{8,}|\b(?:sk|gsk|xai|key)[-_][\w-]{8,}")
_SHORTEST_KEY = 8
"""Characters of a key that is looked for in an answer: a shorter one would be found in any."""
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


def usable_key(key: SecretStr | None, *, variable: str, provider: str) -> str:
    """The key, fit for a header; `variable` is what an operator sets.

    Raises:
        NotConfigured: there is none, or it has characters that no key has (a line break from a file, blanks).
    """
    text = key.get_secret_value().strip() if key else ""
    if not text:
        raise NotConfigured(f"{variable} is not configured", provider=provider)
    if not (text.isascii() and text.isprintable() and " " not in text):
        message = f"{variable} is malformed: it has blanks or unprintable characters"
        raise NotConfigured(message, provider=provider)
    return text


def scrub(text: str, key: str) -> str:
    """A provider's words without the key, without what looks like one, and no longer than `MAX_MESSAGE`."""
    text = text.replace(key, "***") if key else text
    return _TOKENS.sub("***", text.replace("\x00", ""))[:MAX_MESSAGE]


class RequestState:
    """State of one request so far; `partial` tells the text that has come, of a provider that answers in text."""

    def __init__(
        self, name: str, purpose: Purpose = "submit", *, partial: Callable[[], str | None] = lambda: None
    ) -> None:
        self.name = name
        self.partial = partial
        self.purpose: Purpose = purpose
        self.sent = False
        self.answered = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """The transport's own account (httpcore's `trace` extension): the first byte leaves now."""
        if event.endswith("send_request_headers.started"):
            self.sent = True


def run_header() -> dict[str, str]:
    """Header by which a vendor's log can be searched for our run (OpenAI: "Supplying your own request ID")."""
    run_id = log_subject().get("run")
    return {"x-client-request-id": run_id} if run_id else {}


class ErrorTranslation:
    """Foreign errors become ours here, without the key in any text, and with the text that had come."""

    def __init__(self, state: RequestState, key: str) -> None:
        self._state = state
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, ProviderError | TimeoutError | httpx.HTTPError | httpx.InvalidURL | httpx.StreamError):
            raise self._translate(error) from None

    def _translate(self, error: Exception) -> ProviderError:
        partial = self._state.partial()
        if isinstance(error, ProviderRejected):
            about = {name: value for name, value in error.details.items() if name != "status"}
            return type(error)(self._scrub(error.message), status=error.status, retry_after=error.retry_after, **about)
        if isinstance(error, ProviderError):
            about = {} if partial is None else {"partial": partial}
            details = {name: self._scrubbed(name, value) for name, value in error.details.items()}
            return type(error)(self._scrub(error.message), **{**about, **details})
        return self._transport(error, self._scrub(str(error)) or type(error).__name__)

    def _transport(self, error: Exception, what: str) -> ProviderError:
        """Error for a broken connection or a time-out."""
        state = self._state
        if state.purpose == "ask":
            return ProviderError(f"{state.name} did not answer: {what}")
        if state.purpose == "upload":
            return ProviderUnsent(f"{state.name} did not take the file: {what}")
        if isinstance(error, _NEVER_LEFT) or not state.sent:
            return ProviderUnsent(f"{state.name} could not be reached: {what}")
        if partial := state.partial():
            return ProviderFailed(f"{state.name} broke off in the middle of its answer: {what}", partial=partial)
        when = "accepted the request and" if state.answered else "got the request and"
        return ProviderUnknown(f"{state.name} {when} did not answer: {what}")

    def _scrubbed(self, name: str, value: object) -> object:
        return self._scrub(value) if isinstance(value, str) and name != "partial" else value

    def _scrub(self, text: str) -> str:
        return scrub(text, self._key)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status. `value` is its JSON without our key, or None when it is none.

    `body` is what came, for answers that are files.
    """

    status: int
    headers: Mapping[str, str]
    value: object
    body: bytes = field(default=b"", repr=False)

    @property
    def is_success(self) -> bool:
        """True if the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def members(self) -> Mapping[str, Any] | None:
        """The JSON object; None when the answer is something else."""
        return members_of(self.value)


class JsonCalls:
    """One provider's JSON over HTTP. Use `call` inside `translated`, where every error becomes ours.

    `seconds` bound one call of each purpose, body and silence included, whatever the client's own patience. `now` is
    aware; it reads HTTP dates of Retry-After. `header` is where the key goes, behind its `scheme` if it has one.
    """

    def __init__(
        self,
        name: str,
        http: httpx.AsyncClient,
        *,
        key: str,
        key_variable: str,
        scheme: str,
        now: Callable[[], datetime],
        seconds: Mapping[Purpose, float] | None = None,
        header: str = "authorization",
    ) -> None:
        self.name = name
        self._http = http
        self._key = SecretStr(key)
        self._key_variable = key_variable
        self._scheme = f"{scheme} " if scheme else ""
        self._header = header
        self._now = now
        self._seconds = {**SECONDS, **(seconds or {})}

    def translated(self, state: RequestState) -> ErrorTranslation:
        """The context in which foreign errors become ours."""
        return ErrorTranslation(state, self._key.get_secret_value())

    def scrub(self, text: str) -> str:
        """A provider's words as they may be passed on."""
        return scrub(text, self._key.get_secret_value())

    async def call(
        self,
        state: RequestState,
        method: str,
        url: str,
        *,
        json: object = None,
        content: bytes | AsyncIterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        most: int = MAX_BODY,
        within: float | None = None,
    ) -> Reply:
        """One request, once, and its whole answer. The key goes along unless `headers` has an `authorization`.

        `within`: seconds for this one call, where they are not those of its purpose.

        Raises:
            httpx.HTTPError, TimeoutError: no whole answer; translated by the context around it.
            ProviderError: the answer has more than `most` bytes: of a submit `ProviderUnknown`.
        """
        sent = {self._header: f"{self._scheme}{self._key.get_secret_value()}", **run_header(), **(headers or {})}
        if json is not None:
            content, sent["content-type"] = orjson.dumps(json), "application/json"
        seconds, usual = self._seconds[state.purpose] if within is None else within, self._http.timeout
        silence = httpx.Timeout(connect=usual.connect, read=seconds, write=usual.write, pool=usual.pool)
        request = self._http.build_request(
            method, url, content=content, headers=sent, timeout=silence, extensions={"trace": state.trace}
        )
        until = asyncio.get_running_loop().time() + seconds
        async with asyncio.timeout_at(until):
            response = await self._http.send(request, stream=True)
        try:
            state.answered = response.is_success
            body = await (_whole(response, state, until, most) if response.is_success else error_body(response))
        finally:
            await response.aclose()
        key = self._key.get_secret_value().encode()
        body = body.replace(key, b"***") if len(key) >= _SHORTEST_KEY else body
        return Reply(response.status_code, response.headers, parse_json(body), body)

    def refusal(self, reply: Reply, state: RequestState) -> ProviderError:
        """Error for an answer other than 2xx to a call of this purpose.

        Of a submit: 5xx may have been accepted, everything else was not. Of a question, a 4xx says that it was
        refused (404: there is no such job there), not what became of the job.
        """
        status = reply.status
        location = reply.headers.get("location") if 300 <= status < 400 else None
        reason = refusal_reason(reply.value, reply.body, location=location)
        if status >= 500:
            return _BROKEN[state.purpose](f"{self.name} answered {status}: {reason}", status=status)
        wait = parse_retry_after(reply.headers, self._now(), reason) if status in RETRYABLE_STATUS else None
        return read_refusal(self.name, status, reply.value, reason, key_variable=self._key_variable, wait=wait)


def read_refusal(
    name: str,
    status: int,
    value: object,
    reason: str,
    *,
    key_variable: str,
    wait: float | None,
    means: int | None = None,
) -> ProviderRejected:
    """A refusal by an answer's status and words: of the content, of an account that is empty (402), or of the key.

    Where it is about the key, the message names the variable to look at. `means`: the status that its own code has.
    """
    refusal = find_refusal(value)
    if means == PAYMENT_REQUIRED or is_used_up(status, words_of(value)):  # OpenAI says it with a 429
        return ProviderRejected(f"{name}: the account is used up ({status}): {reason}", status=PAYMENT_REQUIRED)
    if status in _REFUSED_KEY and refusal is None:
        message = f"{name} refused the key ({status}), check {key_variable}: {reason}"
    else:
        message = f"{name} answered {status}: {reason}"
    return ProviderRejected(message, status=status, retry_after=wait, **refused(refusal))


async def _whole(response: httpx.Response, state: RequestState, until: float, most: int) -> bytes:
    body = bytearray()
    async for chunk in read_chunks(response, until):
        body += chunk
        if len(body) > most:
            raise _BROKEN[state.purpose](f"{state.name} sent an answer of more than {most} bytes")
    return bytes(body)
