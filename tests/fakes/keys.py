"""A server of public keys (JWKS) on a loopback port that can be down, slow and garbled."""

import asyncio
import json
from typing import Any

from jwt.algorithms import get_default_algorithms


def public_jwk(key: Any, algorithm: str, **members: Any) -> dict[str, Any]:
    """The public half of `key` as a JWK, with more members."""
    public: Any = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**public, **members}


class KeyServer:
    """Serves `body` with `status` after `delay` seconds, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = "200 OK"
        self.headers = ""
        self.delay = 0.0
        self.seen, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.body = b""
        self.origin = self.url = ""
        self._server: asyncio.Server | None = None
        self._answering: set[asyncio.Task[None]] = set()

    def serve(self, *keys: dict[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.url = f"{self.origin}/auth/v1/.well-known/jwks.json"

    async def close(self) -> None:
        assert self._server
        self._server.close()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._answer(reader, writer))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        self.seen.set()
        await self.gate.wait()
        await asyncio.sleep(self.delay)  # a slow server
        writer.write(f"HTTP/1.1 {self.status}\r\nconnection: close\r\n{self.headers}\r\n".encode() + self.body)
        writer.close()


class Seconds:
    """A monotonic clock in the test's hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now
