"""OpenAI-compatible chat, streamed: Groq, OpenAI, Lovable's gateway, GMI's text models. One adapter, many addresses.

One call is one submit: nothing here tries again. Foreign errors become ours at one border (`_Border`), which knows
whether the request's first byte had left: that decides between `ProviderUnsent` and `ProviderUnknown`.
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from wzrd.domain.errors import (
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.domain.submission import RETRYABLE_STATUS
from wzrd.net.retry_after import parse_retry_after
from wzrd.providers.base import Accepted, Delta, Output, Request
from wzrd.providers.chat_stream import Completion, EventDecoder, error_of, parse_object

MAX_ERROR_BODY = 65_536
ERROR_BODY_SECONDS = 5.0
_SETTINGS = ("temperature", "max_tokens", "seed")
_TOKENS = re.compile(r"(?i)\b(bearer\s+|key\s+)[^\s\"',]{6,}|\b(sk|gsk|xai|key)[-_][\w-]{8,}")
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """Where a chat provider lives and what it can do. `key_variable` is what an operator must set."""

    name: str
    base_url: str
    api_key: SecretStr | None
    key_variable: str
    concurrency: int = 8
    stream_options: bool = False  # it reports usage only when asked

    def bearer(self) -> str:
        """The key, fit for a header.

        Raises:
            NotConfigured: there is none, or it has characters that no key has (a line break from a file, blanks).
        """
        key = self.api_key.get_secret_value().strip() if self.api_key else ""
        if not key:
            raise NotConfigured(f"{self.key_variable} is not configured", provider=self.name)
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise NotConfigured(f"{self.key_variable} is malformed: it has blanks or unprintable characters")
        return key


class Chat:
    """One endpoint. It remembers which models refuse JSON mode.

    Raises:
        NotConfigured: the endpoint has no usable key; checked here, so that it can't happen after a submit began.
    """

    recovery: Literal["none"] = "none"
    media_types = frozenset({"text"})
    paid = True

    def __init__(self, endpoint: ChatEndpoint, http: httpx.AsyncClient, *, now: Callable[[], datetime]) -> None:
        self.endpoint = endpoint
        self.name = endpoint.name
        self._key = SecretStr(endpoint.bearer())
        self._http = http
        self._now = now
        self._without_json: set[str] = set()

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Delta | Output]:
        """See `StreamProvider.stream`. The deadline is `request.timeout` for the whole call."""
        key, state = self._key.get_secret_value(), _RequestState(self.name)
        until = asyncio.get_running_loop().time() + request.timeout
        with _ErrorTranslation(state, key):
            outgoing = self._http.build_request(
                "POST",
                f"{self.endpoint.base_url.rstrip('/')}/chat/completions",
                content=json.dumps(self._body(request), ensure_ascii=False).encode("utf-8", "replace"),
                headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
                extensions={"trace": state.trace},
            )
            async with asyncio.timeout_at(until):
                response = await self._http.send(outgoing, stream=True)
            try:
                if not response.is_success:
                    raise await self._refusal(response, request)
                state.answered = True
                yield Accepted()
                async with aclosing(_texts(response, state.completion, until)) as texts:
                    async for text in texts:
                        yield Delta(text)
            finally:
                await response.aclose()
            yield _output(state.completion)

    def _body(self, request: Request) -> dict[str, Any]:
        inputs = request.inputs
        body: dict[str, Any] = {"model": request.model, "messages": inputs["messages"], "stream": True}
        body |= {name: inputs[name] for name in _SETTINGS if inputs.get(name) is not None}
        if inputs.get("json") and request.model not in self._without_json:
            body["response_format"] = {"type": "json_object"}
        if self.endpoint.stream_options:
            body["stream_options"] = {"include_usage": True}
        return body

    async def _refusal(self, response: httpx.Response, request: Request) -> ProviderError:
        """What a reply other than 2xx means: 5xx may have been accepted, everything else was not."""
        status, raw = response.status_code, await _error_body(response)
        body = parse_object(raw) or {}
        message = f"{self.name} answered {status}: {error_of(body)[1]}"
        if status >= 500:
            return ProviderUnknown(message, status=status)
        if status == 400 and (partial := _failed_generation(body)) is not None:
            return ProviderFailed(message, partial=partial)
        if self._learn(status, raw, request):
            return ProviderRejected(message, status=status, retry_after=0.0)
        wait = parse_retry_after(response.headers, self._now()) if status in RETRYABLE_STATUS else None
        return ProviderRejected(message, status=status, retry_after=wait)

    def _learn(self, status: int, raw: bytes, request: Request) -> bool:
        """Whether it was JSON mode that was refused: then this model is asked without it from now on."""
        asked = bool(request.inputs.get("json")) and request.model not in self._without_json
        refused = asked and status in {400, 422} and (b"response_format" in raw or b"json_object" in raw)
        if refused:
            self._without_json.add(request.model)
        return refused


class _RequestState:
    """How far one request got."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sent = False
        self.answered = False
        self.completion = Completion(name)

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """The transport's own account (httpcore's `trace` extension): the first byte leaves now."""
        if event.endswith("send_request_headers.started"):
            self.sent = True


class _ErrorTranslation:
    """Foreign errors become ours here, without the key in any text, and with the text that had come."""

    def __init__(self, state: _RequestState, key: str) -> None:
        self._state = state
        self._key = key

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if isinstance(error, ProviderError | TimeoutError | httpx.HTTPError | httpx.InvalidURL | httpx.StreamError):
            raise self._translate(error) from None

    def _translate(self, error: Exception) -> ProviderError:
        state, partial = self._state, self._state.completion.text
        if isinstance(error, ProviderRejected):
            return ProviderRejected(self._scrub(error.message), status=error.status, retry_after=error.retry_after)
        if isinstance(error, ProviderError):
            return type(error)(self._scrub(error.message), **{"partial": partial, **error.details})
        what = self._scrub(str(error)) or type(error).__name__
        if isinstance(error, _NEVER_LEFT) or not state.sent:
            return ProviderUnsent(f"{state.name} could not be reached: {what}")
        if state.completion.has_text:
            return ProviderFailed(f"{state.name} broke off in the middle of its answer: {what}", partial=partial)
        when = "accepted the request and" if state.answered else "got the request and"
        return ProviderUnknown(f"{state.name} {when} did not answer: {what}")

    def _scrub(self, text: str) -> str:
        return _TOKENS.sub("***", text.replace(self._key, "***"))[:300]


async def _texts(response: httpx.Response, completion: Completion, until: float) -> AsyncGenerator[str]:
    """The pieces of text of a reply, until it says that it is complete.

    Raises:
        ProviderFailed: it is no completion, or ended in the middle.
        TimeoutError: `until` (the loop's time) came first.
    """
    kind = response.headers.get("content-type", "")
    if "html" in kind:
        raise ProviderFailed(f"{completion.name} answered a web page instead of a completion: is the address right?")
    async with aclosing((_whole if "application/json" in kind else _events)(response, until)) as events:
        async for data in events:
            if text := completion.take(data):
                yield text
            if completion.done:
                return
    if not completion.complete:
        raise httpx.RemoteProtocolError("the stream ended before the answer did")


async def _events(response: httpx.Response, until: float) -> AsyncGenerator[str]:
    decoder = EventDecoder()
    async for chunk in _chunks(response, until):
        for data in decoder.feed(chunk):
            yield data
    for data in decoder.feed(b"", final=True):
        yield data


async def _whole(response: httpx.Response, until: float) -> AsyncGenerator[str]:
    """A server that does not stream: its one JSON body counts as one event, and as complete."""
    body = bytearray()
    async for chunk in _chunks(response, until):
        body += chunk
        if len(body) > 4 * 1_048_576:
            raise ProviderFailed("The provider sent an endless body")
    yield body.decode("utf-8", "replace")
    yield "[DONE]"


async def _chunks(response: httpx.Response, until: float) -> AsyncGenerator[bytes]:
    """The reply's bytes. The time-out is set anew around each read, so that it never runs in the caller's code."""
    chunks = response.aiter_bytes()
    while True:
        try:
            async with asyncio.timeout_at(until):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        yield chunk


async def _error_body(response: httpx.Response) -> bytes:
    """What can be had of an error's body in a short time: the status matters more."""
    body = bytearray()
    try:
        async for chunk in _chunks(response, asyncio.get_running_loop().time() + ERROR_BODY_SECONDS):
            body += chunk
            if len(body) > MAX_ERROR_BODY:
                break
    except (TimeoutError, httpx.HTTPError, httpx.StreamError):
        pass
    return bytes(body[:MAX_ERROR_BODY])


def _failed_generation(body: Mapping[str, Any]) -> str | None:
    """Groq's JSON mode answers 400 after a generation that was no JSON, and shows it: work done, not refused."""
    error = body.get("error")
    text = error.get("failed_generation") if isinstance(error, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return text.replace("\x00", "") if isinstance(text, str) else None


def _output(completion: Completion) -> Output:
    return Output(text=completion.text, cost_usd=completion.cost_usd, raw=completion.about())
