"""An OpenAI-style chat server on a loopback port that does what its script says, and counts what it was asked.

Raw asyncio, so that it can break any rule: it closes in the middle, splits characters, never answers.
It knows no vendor: what a vendor would say is said by server/fakes, and what none would send is sent from here.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Act = Callable[["Call"], Awaitable[None]]
"""Action of the server at one request."""


@dataclass(slots=True)
class Call:
    """One request as it came, and the means to answer it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    writer: asyncio.StreamWriter
    method: str = "POST"
    raw: bytes = b""

    async def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Send status and headers; underscores in names become dashes."""
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", "connection: close", "x-secret-echo: no"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def send(self, data: bytes) -> None:
        """Send bytes now."""
        self.writer.write(data)
        await self.writer.drain()

    async def event(self, value: object, *, end: str = "\n\n") -> None:
        """Send one event."""
        text = value if isinstance(value, str) else json.dumps(value)
        await self.send(f"data: {text}{end}".encode())


@dataclass(slots=True)
class ChatServer:
    """The server. Each request takes the next act of `script`; after its end, `otherwise`.

    `base_url` holds a name of its own, which `path` of its calls leaves out: a late request to a server that is gone,
    and whose port this one got, is none of this one's calls.
    """

    script: list[Act] = field(default_factory=list[Act])
    otherwise: Act | None = None
    calls: list[Call] = field(default_factory=list[Call])
    origin: str = ""
    base_url: str = ""
    open_now: int = 0
    most_open: int = 0
    seen: asyncio.Event = field(default_factory=asyncio.Event)
    prefix: str = field(default_factory=lambda: f"/at-{secrets.token_hex(8)}")

    @property
    def submits(self) -> int:
        """Number of requests that came."""
        return len(self.calls)

    async def wait_for_submit(self) -> None:
        """Return once a request has come."""
        async with asyncio.timeout(60):
            await self.seen.wait()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection: one request, one act."""
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            call = await _read(reader, writer)
            call.path = call.path.removeprefix(self.prefix)
            if call.path.startswith("/at-"):
                return
            self.calls.append(call)
            self.seen.set()
            act = self.script.pop(0) if self.script else (self.otherwise or says("Hello."))
            await act(call)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open_now -= 1
            writer.close()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    method, path, _ = head[0].split(" ")
    is_json = "json" in headers.get("content-type", "")
    return Call(path, headers, json.loads(body) if is_json else {}, writer, method, body)


@asynccontextmanager
async def chat_server(*script: Act, otherwise: Act | None = None) -> AsyncGenerator[ChatServer]:
    """A running server; what still hangs is let go at the end."""
    made = ChatServer(list(script), otherwise)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(made.answer(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    made.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    made.base_url = f"{made.origin}{made.prefix}/openai/v1"
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def delta(text: str, **extra: object) -> dict[str, Any]:
    """A chunk as Groq and OpenAI send it."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m", "choices": [choice], **extra}


def finish(**extra: object) -> dict[str, Any]:
    """The chunk that says why it ends."""
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **extra}


def says(*texts: str, pause: float = 0.0, gate: asyncio.Event | None = None) -> Act:
    """A whole stream as Groq sends one: role first, deltas, finish with usage in `x_groq`, [DONE].

    With a gate all but the first delta waits until it is set.
    """

    async def act(call: Call) -> None:
        await call.head()
        await call.event(delta("", x_groq={"id": "req_1"}))
        for number, text in enumerate(texts):
            await asyncio.sleep(pause)  # the model's pace
            if gate is not None and number:
                await gate.wait()
            await call.event(delta(text))
        await call.event(finish(x_groq={"id": "req_1", "usage": {"prompt_tokens": 3, "completion_tokens": 5}}))
        await call.event("[DONE]")

    return act


def raw(*chunks: bytes, status: int = 200, kind: str = "text/event-stream", pause: float = 0.0) -> Act:
    """Exactly these bytes after the headers, each in a write of its own, then the end of the connection."""

    async def act(call: Call) -> None:
        await call.head(status, kind)
        for chunk in chunks:
            await call.send(chunk)
            await asyncio.sleep(pause)  # the server's pace

    return act


def answers(value: object, status: int = 200, **headers: str) -> Act:
    """This value as JSON."""

    async def act(call: Call) -> None:
        await call.head(status, "application/json", **headers)
        await call.send(json.dumps(value).encode())

    return act


def refuses(status: int, message: str = "no", *, body: object = None, **headers: str) -> Act:
    """An error reply."""

    async def act(call: Call) -> None:
        await call.head(status, "application/json", **headers)
        await call.send(json.dumps({"error": {"message": message}} if body is None else body).encode())

    return act


def breaks_off(*texts: str) -> Act:
    """Says so much, then the connection is gone without a finish."""

    async def act(call: Call) -> None:
        await call.head()
        for text in texts:
            await call.event(delta(text))
        await asyncio.sleep(0.02)  # what was sent arrives before the end, which nobody confirms

    return act


def drops() -> Act:
    """Takes the request and closes without a word: something may have been accepted."""

    async def act(call: Call) -> None:
        call.writer.transport.abort()

    return act


def hangs(*, after: Sequence[str] | None = None) -> Act:
    """Never ends: without a word, or (`after`) after headers and some text."""

    async def act(call: Call) -> None:
        if after is not None:
            await call.head()
            for text in after:
                await call.event(delta(text))
        await asyncio.Event().wait()

    return act
