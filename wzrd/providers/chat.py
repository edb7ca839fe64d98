"""OpenAI-compatible chat, streamed: Groq, OpenAI, Lovable's gateway, GMI's text models. One adapter, many addresses.

One call is one submit: nothing here tries again. Foreign errors become ours at one border (http_border.py).
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected, ProviderUnknown
from wzrd.domain.submission import RETRYABLE_STATUS
from wzrd.net.retry_after import parse_retry_after
from wzrd.providers.base import Accepted, Delta, Output, Request
from wzrd.providers.chat_stream import Completion, EventDecoder, error_of, parse_object
from wzrd.providers.http_border import MAX_BODY, ErrorTranslation, RequestState, error_body, read_chunks, usable_key

_SETTINGS = ("temperature", "max_tokens", "seed")


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
        return usable_key(self.api_key, variable=self.key_variable, provider=self.name)


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
        key, state = self._key.get_secret_value(), _ChatState(self.name)
        until = asyncio.get_running_loop().time() + request.timeout
        with ErrorTranslation(state, key):
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
        status, raw = response.status_code, await error_body(response)
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


class _ChatState(RequestState):
    """How far one completion got."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.completion = Completion(name)

    @property
    def partial(self) -> str:
        """The text that has come."""
        return self.completion.text


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
    async for chunk in read_chunks(response, until):
        for data in decoder.feed(chunk):
            yield data
    for data in decoder.feed(b"", final=True):
        yield data


async def _whole(response: httpx.Response, until: float) -> AsyncGenerator[str]:
    """A server that does not stream: its one JSON body counts as one event, and as complete."""
    body = bytearray()
    async for chunk in read_chunks(response, until):
        body += chunk
        if len(body) > MAX_BODY:
            raise ProviderFailed("The provider sent an endless body")
    yield body.decode("utf-8", "replace")
    yield "[DONE]"


def _failed_generation(body: Mapping[str, Any]) -> str | None:
    """Groq's JSON mode answers 400 after a generation that was no JSON, and shows it: work done, not refused."""
    error = body.get("error")
    text = error.get("failed_generation") if isinstance(error, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return text.replace("\x00", "") if isinstance(text, str) else None


def _output(completion: Completion) -> Output:
    return Output(text=completion.text, cost_usd=completion.cost_usd, raw=completion.about())
