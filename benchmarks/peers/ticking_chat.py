"""A chat server in OpenAI's shape whose every token is the moment at which it leaves: CLOCK_MONOTONIC in nanoseconds.

Raw asyncio and one connection a request: what stands between it and a client is the client, or our API.
"""

import asyncio
import json
import os
import time

TOKENS, PAUSE = 20, 0.005
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def _event(delta: dict[str, str], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return (
        b"data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"
    )


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if head.startswith(b"get "):
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
    else:
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(length)
        writer.write(HEAD)
        for _ in range(TOKENS):
            writer.write(_event({"content": f"{time.monotonic_ns()} "}))
            await writer.drain()
            await asyncio.sleep(PAUSE)
        writer.write(_event({}, "stop") + b"data: [DONE]\n\n")
    await writer.drain()
    writer.close()


async def main() -> None:
    server = await asyncio.start_server(_answer, "127.0.0.1", int(os.environ["WZRD_PORT"]))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
