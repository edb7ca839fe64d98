"""A TCP gate before an HTTP server: it passes bytes, and acts between a chosen request's answer and its caller."""

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
    url: str = ""

    def at(self, *signs: bytes, act: Callable[[], Awaitable[None]]) -> Rule:
        """Add a rule."""
        self.rules.append(Rule(signs, act))
        return self.rules[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
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
            asked += data
            writer.write(data)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytearray) -> None:
        while data := await reader.read(65536):
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
    """An open gate before `host:port`, on a loopback port of its own."""
    made = Gate(host, port)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(made.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
