"""One HTTP request as a fake sees it, its refusal, and its answer, sent in broken ways too."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qs

from server.fakes.script import Reply
from wzrd.contracts.wire import dumps, loads


class Refused(Exception):
    """The provider says no. `loc` is where in the body the reason lies, when it lies in the body.

    `faults`: everything that is wrong with the body, each with `loc`, `msg` and `type`.
    """

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        loc: tuple[str | int, ...] = (),
        retry_after: str | None = None,
        faults: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.status = status
        self.message = message or _MESSAGES.get(status, "The fake was told to refuse this.")
        self.loc = loc
        self.faults = faults
        self.retry_after = retry_after
        super().__init__(self.message)

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the refusal."""
        return {} if self.retry_after is None else {"retry-after": self.retry_after}


_MESSAGES = {
    400: "The request is malformed.",
    401: "No valid key was given.",
    402: "Not enough credits.",
    403: "This account may not do that.",
    404: "There is no such thing.",
    429: "Rate limit reached. Please try again later.",
    500: "Internal server error.",
    502: "Bad gateway.",
    503: "The service is overloaded.",
    504: "The upstream server did not answer in time.",
}


Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY = 128 << 20
"""Bytes of a request; a fake takes no more."""
SLOW_BYTES, SLOW_SECONDS = 16, 0.02
"""A slow answer comes in pieces of so many bytes, with so long a pause after each."""
_MISSHAPEN = b'{"unexpected":true}'
"""Good JSON, and nothing of what a client looks for."""


@dataclass(slots=True)
class Call:
    """One request. `path` begins with a slash, without the provider's prefix; `origin` does not end with one.

    `queries` has every value of a parameter that is said more than once; `query` the last.
    """

    method: str
    path: str
    queries: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    body: bytes
    origin: str

    @property
    def query(self) -> Mapping[str, str]:
        """The last value of each parameter."""
        return {name: values[-1] for name, values in self.queries.items()}

    def object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is none, or said to be something else."""
        if "json" not in self.headers.get("content-type", "json"):
            return None
        try:
            value: object = loads(self.body)
        except ValueError:
            return None
        return cast("dict[str, Any]", value) if isinstance(value, dict) else None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `events` streams instead of `body`; `reply` is how it is sent."""

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    events: AsyncGenerator[bytes] | None = None
    reply: Reply = "whole"


def json_answer(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None, *, reply: Reply = "whole"
) -> Answer:
    """A JSON answer."""
    return Answer(status, dumps(value), headers=headers or {}, reply=reply)


async def read_call(scope: Scope, receive: Receive) -> Call:
    """The whole request.

    Raises:
        ConnectionError: it is larger than a fake takes, or its client left.
    """
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client left")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY:
            raise ConnectionError(f"the request is larger than {MAX_BODY} bytes")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    queries = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Call(scope["method"], scope["path"], queries, headers, bytes(body), f"http://{headers.get('host', '')}")


def _cycle(send: Send) -> Any:
    """The object that answers a request in uvicorn and holds its transport: `send` is a method of it."""
    cycle = getattr(send, "__self__", None)
    assert hasattr(cycle, "transport"), "the fakes run on uvicorn"
    return cycle


async def abort(send: Send) -> None:
    """Cut the connection, for which ASGI has no word."""
    cycle = _cycle(send)
    cycle.transport.abort()
    await _gone(cycle)


async def _close(send: Send) -> None:
    """End the connection after what was written, although more was promised."""
    cycle = _cycle(send)
    cycle.transport.close()
    await _gone(cycle)


async def _gone(cycle: Any) -> None:
    """Return when uvicorn knows that the connection has ended: else it complains of an answer without an end."""
    while (await cycle.receive())["type"] != "http.disconnect":
        pass


async def send_answer(answer: Answer, send: Send, *, bare: bool = False) -> None:
    """Send the answer in its way. `bare`: headers alone (HEAD)."""
    if answer.reply == "dropped":
        await abort(send)
        return
    body = _MISSHAPEN if answer.reply == "misshapen" else answer.body
    body = body[: len(body) // 2] + b'"~' if answer.reply == "malformed" else body
    headers = {"content-type": answer.kind, **answer.headers}
    if answer.events is None:
        headers["content-length"] = str(len(body))
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    if bare:
        await send({"type": "http.response.body", "body": b""})
    elif answer.events is not None:
        await _send_events(answer, answer.events, send)
    elif answer.reply == "truncated":
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _close(send)
    elif answer.reply == "slow":
        await _send_slowly(body, send)
        await send({"type": "http.response.body", "body": b""})
    else:
        await send({"type": "http.response.body", "body": body})


async def _send_slowly(body: bytes, send: Send) -> None:
    for start in range(0, len(body), SLOW_BYTES):
        await send({"type": "http.response.body", "body": body[start : start + SLOW_BYTES], "more_body": True})
        await asyncio.sleep(SLOW_SECONDS)


async def _send_events(answer: Answer, events: AsyncGenerator[bytes], send: Send) -> None:
    """Send a stream event by event; `truncated` ends after the third, `malformed` and `misshapen` spoil the third."""
    sent = 0
    async with aclosing(events):
        async for event in events:
            sent += 1
            data = _spoiled(event, answer.reply) if sent == 3 else event
            if answer.reply == "slow":
                await _send_slowly(data, send)
            else:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            if answer.reply == "truncated" and sent == 3:
                await _close(send)
                return
    await send({"type": "http.response.body", "body": b""})


def _spoiled(event: bytes, reply: Reply) -> bytes:
    if reply == "malformed":
        return event[: len(event) // 2] + b"\n\n"
    return b"data: " + _MISSHAPEN + b"\n\n" if reply == "misshapen" else event
