"""A chat provider that answers whatever it is asked with the worst mebibyte of that name."""

import asyncio
import json
import os
import re

from benchmarks.worst_requests import ANSWERS

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_OK = "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            answer = _answer(body) if body else b"{}"
            kind = "text/event-stream" if answer.startswith((b"data", b":")) else "application/json"
            writer.write(_OK.format(kind=kind, length=len(answer)).encode() + answer)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def _answer(body: bytes) -> bytes:
    return ANSWERS[json.loads(body)["messages"][-1]["content"]]


async def main() -> None:
    """Serve until the process is ended."""
    async with await asyncio.start_server(_serve, "127.0.0.1", int(os.environ["WZRD_PORT"])) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
