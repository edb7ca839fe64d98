"""Proxies between a client and the server that cut, empty or lose what passes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

Rewrite: TypeAlias = Callable[[bytes, bytes], bytes | None]
"""(head of the request, head of the answer) as the whole answer that passes instead; None: the server's own."""


@dataclass(slots=True)
class Proxy:
    """Passes requests on to `target`; `cuts`: how many answers are cut off after so many bytes of their body."""

    target: str
    rewrite: Rewrite | None = None
    cuts: list[int] = field(default_factory=list[int])
    asked: list[str] = field(default_factory=list[str])
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request: the server is told to close it."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.partition(b" HTTP/")[0].decode())
            host = urlsplit(self.target)
            there, onward = await asyncio.open_connection(host.hostname, host.port)
            onward.write(head.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
            onward.write(await reader.readexactly(_length(head)))
            try:
                await self._answer(head, there, writer)
            finally:
                onward.close()
        writer.close()

    async def _answer(self, request: bytes, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await there.readuntil(b"\r\n\r\n")
        instead = self.rewrite(request, head) if self.rewrite else None
        writer.write(head if instead is None else instead)
        left = self.cuts.pop(0) if self.cuts and b"event-stream" in head else None
        while instead is None and (chunk := await there.read(65536)):
            writer.write(chunk if left is None else chunk[:left])
            await writer.drain()
            if left is not None:
                left -= len(chunk)
                if left <= 0:
                    return


def _length(head: bytes) -> int:
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    return next((int(value) for name, _, value in lines if name.lower() == b"content-length"), 0)


@asynccontextmanager
async def proxied(target: str, rewrite: Rewrite | None = None, cuts: list[int] | None = None) -> AsyncGenerator[Proxy]:
    """A proxy before `target`, as long as the block lasts."""
    proxy = Proxy(target, rewrite, cuts or [])
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    async with server:
        yield proxy
