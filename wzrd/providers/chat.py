"""OpenAI-compatible chat, streamed: Groq, OpenAI, Lovable's gateway, GMI's text models. One adapter, many addresses.

One call is one submit: nothing here tries again. Foreign errors become ours at one border (http_border.py).
"""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from wzrd.contracts.sse import EndlessEvent, SseReader
from wzrd.contracts.wire import is_object
from wzrd.domain.errors import BadRequest, ProviderError, ProviderFailed, ProviderRejected, ProviderUnknown
from wzrd.domain.submission import RETRYABLE_STATUS
from wzrd.net.retry_after import exhausted_seconds, parse_retry_after
from wzrd.providers.base import Accepted, Delta, Output, Request
from wzrd.providers.chat_request import MAX_MODELS, ChatRequests, is_streamed, wants_json
from wzrd.providers.chat_stream import MAX_TEXT, SIGN_BYTES, Completion, error_of, is_whole, lines_of, parse_object
from wzrd.providers.http_bodies import error_body, read_chunks
from wzrd.providers.http_border import MAX_BODY, ErrorTranslation, RequestState, read_refusal, run_header, usable_key
from wzrd.providers.provider_json import refusal_reason
from wzrd.slots import next_round

THINKERS = re.compile(r"(?:^|[-_/.:])(?:r1|qwq|thinking|reason\w*)(?:$|[-_/.:])", re.IGNORECASE)
"""Models' names that say that they think first."""
LOOKED_AT = 1 << 11
"""Bytes of a stream that are looked at without a pause."""


@dataclass(frozen=True, slots=True)
class ChatEndpoint:
    """Where a chat provider lives and what it can do. `key_variable` is what an operator must set."""

    name: str
    base_url: str
    api_key: SecretStr | None
    key_variable: str
    concurrency: int = 8
    stream_options: bool = False  # it reports usage only when asked
    keyless: bool = False  # it may want no key

    def bearer(self) -> str:
        """The key, fit for a header; empty where none is needed and there is none.

        Raises:
            NotConfigured: there is none, or it has characters that no key has (a line break from a file, blanks).
        """
        if self.keyless and not (self.api_key and self.api_key.get_secret_value().strip()):
            return ""
        return usable_key(self.api_key, variable=self.key_variable, provider=self.name)


class Chat:
    """One endpoint. It remembers what its models refuse, and when their rate limits are full again.

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
        self._requests = ChatRequests(endpoint.name, stream_options=endpoint.stream_options)
        self._ready_at: dict[str, float] = {}
        self._thinkers: set[str] = set()  # models that were heard to think aloud

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Delta | Output]:
        """See `StreamProvider.stream`. The deadline is `request.timeout` for the whole call."""
        try:
            body = self._requests.body(request)
        except BadRequest as error:
            raise ProviderRejected(error.message, status=400) from None
        key, model = self._key.get_secret_value(), request.model
        thinks = model in self._thinkers or bool(THINKERS.search(model))
        completion = Completion(self.name, thinks=thinks, json=wants_json(request))
        state = RequestState(self.name, partial=lambda: completion.text)
        bearer = {"authorization": f"Bearer {key}"} if key else {}
        until = asyncio.get_running_loop().time() + request.timeout
        with ErrorTranslation(state, key):
            outgoing = self._http.build_request(
                "POST",
                f"{self.endpoint.base_url.rstrip('/')}/chat/completions",
                content=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
                headers={"content-type": "application/json", **bearer, **run_header()},
                extensions={"trace": state.trace},
            )
            async with asyncio.timeout_at(until):
                response = await self._http.send(outgoing, stream=True)
            try:
                self._note_limits(request.model, response.headers)
                if not response.is_success:
                    raise await self._refusal(response, request)
                state.answered = True
                yield Accepted()
                async with aclosing(_texts(response, completion, until, streamed=is_streamed(request))) as texts:
                    async for text in texts:
                        yield Delta(text)
            finally:
                await response.aclose()
            if rest := completion.take_rest():
                yield Delta(rest)
            completion.check()
            if completion.thoughts.aloud and len(self._thinkers) < MAX_MODELS:
                self._thinkers.add(model)
            yield Output(text=completion.text, cost_usd=completion.cost_usd, raw=completion.about())

    async def _refusal(self, response: httpx.Response, request: Request) -> ProviderError:
        """Error for a reply other than 2xx: 5xx may have been accepted, everything else was not."""
        status, raw = response.status_code, await error_body(response)
        body = parse_object(raw) or {}
        described, reason = error_of(body)
        if not body or response.has_redirect_location:
            reason = refusal_reason(None, raw, location=response.headers.get("location"))
        if status >= 500:
            return ProviderUnknown(f"{self.name} answered {status}: {reason}", status=status)
        if status == 400 and (partial := _failed_generation(body)) is not None:
            return ProviderFailed(f"{self.name} answered {status}: {reason}", partial=partial)
        wait = parse_retry_after(response.headers, self._now(), reason) if status in RETRYABLE_STATUS else None
        if self._requests.learn(request, status, raw):
            wait = 0.0
        variable = self.endpoint.key_variable
        return read_refusal(self.name, status, body, reason, key_variable=variable, wait=wait, means=described)

    def pause(self, model: str) -> float:
        """See `Paced.pause`: what the last answers said of this model's limits."""
        return max(0.0, self._ready_at.get(model, 0.0) - asyncio.get_running_loop().time())

    def _note_limits(self, model: str, headers: Mapping[str, str]) -> None:
        seconds = exhausted_seconds(headers, self._now())
        if seconds:
            self._ready_at[model] = asyncio.get_running_loop().time() + seconds
        else:
            self._ready_at.pop(model, None)


async def _texts(
    response: httpx.Response, completion: Completion, until: float, *, streamed: bool
) -> AsyncGenerator[str]:
    """The pieces of text of a reply, until it says that it is complete.

    Raises:
        ProviderFailed: it is no completion, or ended in the middle.
        TimeoutError: `until` (the loop's time) came first.
    """
    kind = response.headers.get("content-type", "")
    if "html" in kind:
        raise ProviderFailed(f"{completion.name} answered a web page instead of a completion: is the address right?")
    async with aclosing(read_chunks(response, until)) as chunks:
        begin = await _beginning(chunks)
        whole = is_whole(begin, kind, streamed=streamed)
        async with aclosing((_whole if whole else _events)(begin, chunks, completion)) as events:
            async for data in events:
                if text := completion.take(data):
                    yield text
                if completion.done:
                    return
    if not completion.complete:
        raise httpx.RemoteProtocolError("the stream ended before the answer did")


async def _beginning(chunks: AsyncGenerator[bytes]) -> bytes:
    """The first bytes, as many as tell what the answer is."""
    begin = bytearray()
    async for chunk in chunks:
        begin += chunk
        if len(begin.strip()) >= SIGN_BYTES or len(begin) > MAX_BODY:
            break
    return bytes(begin)


async def _events(begin: bytes, chunks: AsyncGenerator[bytes], completion: Completion) -> AsyncGenerator[str]:
    """The data of a stream's events. What breaks after the answer has said why it ends breaks nothing."""
    reader = SseReader(MAX_TEXT)
    try:
        async for piece in _pieces(begin, chunks):
            for frame in reader.feed(piece):
                yield frame.data
    except EndlessEvent as error:
        raise ProviderFailed("The provider sent an endless event") from error
    except (TimeoutError, httpx.TransportError):
        if completion.complete:
            return
        raise
    for frame in reader.feed(b"", final=True):
        yield frame.data


async def _pieces(begin: bytes, chunks: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """All that comes. Of a thousand events at once a few are taken at a time, and others have their turn."""
    chunk: bytes | None = begin
    while chunk is not None:
        for at in range(0, len(chunk), LOOKED_AT):
            if len(chunk) > LOOKED_AT:
                await next_round()
            yield chunk[at : at + LOOKED_AT]
        chunk = await anext(chunks, None)


async def _whole(begin: bytes, chunks: AsyncGenerator[bytes], completion: Completion) -> AsyncGenerator[str]:
    """A server that does not stream: its one JSON body counts as one event, and as complete; or JSON, line by line."""
    body = bytearray(begin)
    async for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise ProviderFailed(f"{completion.name} sent an endless body")
    lines = lines_of(bytes(body))
    for line in lines:
        yield line
    if not completion.holds_choice:
        raise ProviderFailed(f"{completion.name} answered JSON that is no completion")
    if len(lines) == 1:
        yield "[DONE]"


def _failed_generation(body: Mapping[str, Any]) -> str | None:
    """Groq's JSON mode answers 400 after a generation that was no JSON, and shows it: work done, not refused."""
    error = body.get("error")
    text = error.get("failed_generation") if is_object(error) else None
    return text.replace("\x00", "") if isinstance(text, str) else None
