"""A TCP gate before a server: it passes bytes, acts between answer and caller, or is shut."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Rule:
    """Once, at the answer to the first request that contains every one of `signs`: `act`, before it is passed on."""

    signs: tuple[bytes, ...]
    act: Callable[[], Awaitable[None]]
    acted: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Gate:
    """The gate; rules may be added while it is open."""

    host: str
    port: int
    rules: list[Rule] = field(default_factory=list[Rule])
    at_port: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.at_port}"

    @asynccontextmanager
    async def shut(self) -> AsyncGenerator[None]:
        """No byte passes either way, and no connection ends, as long as the block lasts; then what was sent arrives."""
        self.open.clear()
        try:
            yield
        finally:
            self.open.set()

    def at(self, *signs: bytes, act: Callable[[], Awaitable[None]]) -> Rule:
        """Add a rule."""
        self.rules.append(Rule(signs, act))
        return self.rules[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        await self.open.wait()
        if self.host.startswith("/"):
            upstream, downstream = await asyncio.open_unix_connection(f"{self.host}/.s.PGSQL.{self.port}")
        else:
            upstream, downstream = await asyncio.open_connection(self.host, self.port)
        asked = bytearray()
        ways = [
            asyncio.create_task(self._ask(reader, downstream, asked)),
            asyncio.create_task(self._answer(upstream, writer, asked)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, downstream):
                end.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
        while data := await reader.read(65536):
            await self.open.wait()
            asked += data
            writer.write(data)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
        while data := await reader.read(65536):
            await self.open.wait()
            request = bytes(asked)
            asked.clear()
            for rule in [one for one in self.rules if all(sign in request for sign in one.signs)]:
                self.rules.remove(rule)
                await rule.act()
                rule.acted.set()
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def gate(host: str, port: int) -> AsyncGenerator[Gate]:
    """An open gate before `host:port`, or a PostgreSQL's socket in folder `host`; on a loopback port of its own."""
    made = Gate(host, port)
    made.open.set()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(made.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    made.at_port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
