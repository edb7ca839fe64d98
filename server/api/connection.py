"""One HTTP connection: uvicorn's protocol on httptools, with bounds on what a client sends and how long it takes.

httptools keeps a header until it is complete, so whatever is bounded is counted before the parser is fed. A connection
is idle until a whole request is here: at the cap the one that has been idle longest is closed first.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from server.api.cors import HEADERS
from wzrd.contracts.wire import dumps
from wzrd.settings import Settings

FEED_BYTES = 4096
"""The parser is fed so much at once: what it makes of it (a few hundred requests at most) takes milliseconds."""

HELPING_SECONDS = 0.005
"""The pause after each read of what is dropped (256 KiB at most)."""

MAX_CHUNKS, LEAST_CHUNK = 1024, 64
"""A body in more chunks has so many bytes a chunk on average: each costs several steps of Python."""

MAX_PIPELINED = 16
"""So many requests may wait for an earlier one's answer; a connection that sends more is cut."""


class Idle(Protocol):
    """A connection that may be closed for another one."""

    transport: asyncio.Transport


class Config(uvicorn.Config):
    """uvicorn's configuration, our settings, and what the connections of one server share.

    `ws` is the protocol that a WebSocket is handed to: none unless told. `refused` are the headers of each refusal.
    """

    def __init__(
        self,
        app: Any,
        settings: Settings,
        *,
        ws: type[asyncio.Protocol] | Literal["none"] = "none",
        refused: Mapping[str, str] = HEADERS,
        **more: Any,
    ) -> None:
        super().__init__(app, http=HttpConnection, ws=ws, **more)
        self.settings = settings
        self.refused = refused
        self.idle: dict[Idle, None] = {}
        """Connections without a whole request, the longest idle first."""


class LingeringTransport(asyncio.Transport):
    """Transport of an answer whose request is not wholly here: closing it lets the client read first."""

    def __init__(self, connection: "HttpConnection", cycle: RequestResponseCycle) -> None:
        super().__init__()
        self._connection = connection
        self._cycle = cycle

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Pass it on."""
        self._connection.transport.write(data)

    def is_closing(self) -> bool:
        """True if nothing can be written any more."""
        return self._connection.is_ending

    def close(self) -> None:
        """Close at once if the whole request has arrived meanwhile."""
        if self._cycle.more_body:
            self._connection.linger()
        else:
            self._connection.transport.close()

    def abort(self) -> None:
        """Cut the connection."""
        self._connection.transport.abort()


class OldCycle(RequestResponseCycle):
    """Answer to HTTP/1.0, which knows no chunks: one of unknown length ends where its connection does."""

    _is_measured = False

    async def send(self, message: Any) -> None:
        """Send a part of the answer."""
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", [])}
            self._is_measured = b"content-length" in names
            self.chunked_encoding = None if self._is_measured else False
        elif message["type"] == "http.response.body" and not self._is_measured:
            self.expected_content_length = len(message.get("body", b""))
        await super().send(message)


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection with bounds."""

    def __init__(self, config: Config, **rest: Any) -> None:
        super().__init__(config, **rest)
        self._settings = config.settings
        self._idle = config.idle
        self._refused = config.refused
        self._timer: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._body_left = 0  # of a body whose length was told: nothing in it can be anything else, it is fed at once
        self._chunks = self._chunked = 0  # of the body that is arriving, and the bytes in them
        self._unread = 0  # bytes fed since the parser last got anywhere: a part of a head, a chunk's header, a trailer
        self._has_begun_head = False
        self._keeps_alive = False
        self._is_draining = False
        self._is_lingering = False
        self._is_released = False

    @property
    def is_ending(self) -> bool:
        """True if what arrives is not looked at any more."""
        return self._is_lingering or self._is_released or self.transport.is_closing()

    @property
    def _unanswered(self) -> RequestResponseCycle | None:
        """The last request, while its answer is not complete (before the first one uvicorn has None here)."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return None if cycle is None or cycle.response_complete else cycle

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Take the connection in; at the cap an idle one goes for it, or it goes itself when all are busy."""
        super().connection_made(transport)
        if len(self.connections) > self._settings.connections and not self._make_room():
            self._write_error(503, "Every connection of this server is busy, try again shortly", retry_after=5)
            self.transport.close()
            return
        self._idle[self] = None
        self._start_timer(self._settings.header_seconds, self._end_late_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_timer()
        self._idle.pop(self, None)
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser little by little, as long as it gets anywhere within the bound."""
        offset = 0
        while offset < len(data) and not self.is_ending:
            room = self._settings.max_headers - self._unread
            if room <= 0:
                self._refuse(431, f"The request headers are larger than {self._settings.max_headers} bytes: send fewer")
                break
            piece = data[offset : offset + max(min(FEED_BYTES, room), self._body_left)]
            offset += len(piece)
            self._unread += len(piece)
            super().data_received(piece)
        if self._is_lingering:
            self._slow_down()
        elif not self.is_ending:
            self._watch()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def shutdown(self) -> None:
        """End as soon as what is being answered is answered."""
        self._is_draining = True
        super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; one whose client does not read could not be closed politely."""
        if self.transport.get_write_buffer_size():
            self._cut()
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(400, msg)

    # What the parser finds

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        self._has_begun_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; a trailer is dropped, since what was decided by the headers must stand."""
        if self._has_begun_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is here. The connection is kept only if the rest is here before it is answered."""
        self._unread = 0
        self._has_begun_head = False
        self._stop_timer()
        if len(self.pipeline) >= MAX_PIPELINED:
            self._cut()
        if sum(name == b"host" for name, _ in self.headers) > 1:  # RFC 9112, 3.2: who answers is not said
            self._refuse(400, "The request names two hosts: send one Host header")
        if self.is_ending:
            return
        if self._becomes_websocket:
            super().on_headers_complete()
            return
        length = next((value for name, value in self.headers if name == b"content-length"), b"0")
        self._chunks = self._chunked = 0
        self._body_left = int(length) if len(length) < 20 and length.isdigit() else 0
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0":
            self.cycle.__class__ = OldCycle
        self._keeps_alive = self.cycle.keep_alive and not (self.parser and self.parser.should_upgrade())
        self.cycle.keep_alive = False

    def on_chunk_header(self) -> None:
        """A chunk's size and extensions."""
        self._unread = 0
        self._chunks += 1
        if self._chunks > MAX_CHUNKS and self._chunked < LEAST_CHUNK * self._chunks and not self.is_ending:
            message = f"The body came in {self._chunks} chunks of less than {LEAST_CHUNK} bytes: send larger ones"
            self._refuse(400, message)

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unread, is_whole_read = 0, self._body_left > 0
        self._chunked += len(body)
        self._body_left = max(0, self._body_left - len(body))
        if self.is_ending:
            return
        if is_whole_read and not self.cycle.body:  # passed on as it came, not copied twice more
            self.cycle.body, body = cast("bytearray", body), b""
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The whole request is here: the connection is busy now, and may be kept."""
        self._unread = 0
        if self.is_ending or self._becomes_websocket:
            return
        super().on_message_complete()
        self._stop_timer()
        self._idle.pop(self, None)
        if not self.cycle.response_started:
            self.cycle.keep_alive = self._keeps_alive and not self._is_draining

    @property
    def _becomes_websocket(self) -> bool:
        return bool(self.parser and self.parser.should_upgrade() and self._should_upgrade())

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over. Within another request's answer there is nothing to hand over yet."""
        if self._unanswered is not None:
            self._cut()
        if self.is_ending:
            return
        self._is_released = True
        self._stop_timer()
        self._idle.pop(self, None)
        super().handle_websocket_upgrade()

    # What becomes of the connection

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the client to read the last answer."""
        if self.is_ending:
            self.server_state.total_requests += 1
            if not self._is_lingering and self.transport.get_write_buffer_size():
                self._start_timer(self._settings.stream_send_timeout, self._cut)
            return
        was_last = not self.pipeline
        super().on_response_complete()
        if was_last:
            self._idle[self] = None
            if self._has_begun_head:
                self._unset_keepalive_if_required()
                self._start_timer(self._settings.header_seconds, self._end_late_head)

    def _cut(self) -> None:
        """End the connection now."""
        self._let_go()
        self.transport.abort()

    def _let_go(self) -> None:
        """Tell who answers that nobody listens: uvicorn tells the last request alone, which may wait for others."""
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def linger(self) -> None:
        """Say that nothing follows, and drop what still arrives: closing at once would take the answer back (RST)."""
        if self.is_ending:
            return
        self._is_lingering = True
        self._idle[self] = None
        self.flow.resume_reading()
        self.transport.write_eof()
        self._start_timer(self._settings.linger_seconds, self._cut)

    def _slow_down(self) -> None:
        """Read what is dropped in small helpings: a client that pours takes no turns of the others."""
        self.flow.pause_reading()
        self.loop.call_later(HELPING_SECONDS, self._read_on)

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _make_room(self) -> bool:
        """Close the connection that has been idle longest, if one is."""
        longest = next(iter(self._idle), None)
        if longest is None:
            return False
        del self._idle[longest]
        longest.transport.abort()
        return True

    def _watch(self) -> None:
        """Set a deadline for what has begun to arrive."""
        cycle = self._unanswered
        if self._timer is not None:
            return
        if cycle is None:
            self._start_timer(self._settings.header_seconds, self._end_late_head)
        elif cycle.more_body:
            cycle.transport = LingeringTransport(self, cycle)
            self._start_timer(self._settings.body_seconds, self._end_late_body)

    def _end_late_head(self) -> None:
        if self._has_begun_head:
            self._refuse(408, f"The request headers did not arrive within {self._settings.header_seconds:g} s")
        else:
            self._cut()

    def _end_late_body(self) -> None:
        """Cut a client that goes on sending under its answer; before that the route has a deadline of its own."""
        if self.cycle.response_started:
            self._cut()
        else:
            self._start_timer(self._settings.body_seconds, self._end_late_body)

    def _refuse(self, status: int, message: str) -> None:
        """Answer in the application's place and end; who reads the body learns that nobody listens any more.

        Nothing can be said within an answer that has begun, nor in the place of an earlier one.
        """
        cycle = self._unanswered
        if cycle is not None and (self.pipeline or cycle.response_started or not cycle.more_body):
            self._cut()
        if self.is_ending:
            return
        if cycle is not None:
            self._let_go()
        self._write_error(status, message)
        self.linger()

    def _write_error(self, status: int, message: str, *, retry_after: int | None = None) -> None:
        body = dumps({"error": message})
        headers = {
            **self._refused,
            "content-type": "application/json",
            "content-length": len(body),
            "connection": "close",
        }
        if retry_after is not None:
            headers["retry-after"] = retry_after
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + lines.encode() + b"\r\n" + body)

    def _start_timer(self, seconds: float, action: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, self._on_timer, action)

    def _on_timer(self, action: Callable[[], None]) -> None:
        self._timer = None
        action()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
