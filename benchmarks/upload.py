"""An upload of 200 MiB through the API against writing the same bytes to a file and syncing it.

Ours authenticates, types the file by its bytes, sums it, syncs it and makes it visible in one step; the client is a
bare socket, so that its own work is no part of it. The memory is the API process's resident size, sampled meanwhile.
"""

import asyncio
import os
import socket
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure
from benchmarks.ground import Server, database, folder, our_api, token

SIZE = 200 << 20
PIECE = 1 << 20
ROUNDS = 5
SAMPLE_SECONDS = 0.005
_FORM = b'--b\r\ncontent-disposition: form-data; name="file"; filename="x.mp4"\r\ncontent-type: video/mp4\r\n\r\n'
_FORM_END = b"\r\n--b--\r\n"


def _pieces() -> list[bytes]:
    """A file that begins as a clip does; the pieces differ."""
    head = b"\0\0\0\x18ftypisom"
    pieces = [os.urandom(PIECE) for _ in range(8)]
    return [head + pieces[0][len(head) :], *(pieces[n % 8] for n in range(1, SIZE // PIECE))]


def _write(path: Path, pieces: list[bytes]) -> float:
    began = time.perf_counter()
    with path.open("wb", buffering=0) as file:
        for piece in pieces:
            file.write(piece)
        os.fsync(file.fileno())
    took = time.perf_counter() - began
    path.unlink()
    return took


async def _post(server: Server, user_id: uuid.UUID, name: str, pieces: list[bytes], *, form: bool) -> float:
    """Seconds until the answer is here."""
    size = sum(map(len, pieces)) + (len(_FORM) + len(_FORM_END) if form else 0)
    kind = "multipart/form-data; boundary=b" if form else "video/mp4"
    head = (
        f"POST /storage/v1/object/project-assets/{user_id}/{name} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        f"authorization: Bearer {token(user_id)}\r\ncontent-type: {kind}\r\ncontent-length: {size}\r\n\r\n"
    )
    return await asyncio.to_thread(
        _send, server.port, [head.encode(), *([_FORM, *pieces, _FORM_END] if form else pieces)]
    )


def _send(port: int, pieces: list[bytes]) -> float:
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = connection.recv(65_536)
        took = time.perf_counter() - began
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(answer[:400].decode(errors="replace"))
    return took


@asynccontextmanager
async def _watched(server: Server, seen: list[int]) -> AsyncGenerator[None]:
    """Sample the server's memory while open."""

    async def sample() -> None:
        while True:
            seen.append(server.resident_kib())
            await asyncio.sleep(SAMPLE_SECONDS)

    task = asyncio.create_task(sample())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def measure() -> list[Figure]:
    """In turn; the first of each does not count, except for memory, which is counted from before the first."""
    user_id, pieces = uuid.uuid4(), _pieces()
    raw, form, alone, seen = list[float](), list[float](), list[float](), list[int]()
    async with folder() as home, database(home) as url, our_api(url, WZRD_HOME=str(home / "wzrd")) as server:
        await _post(server, user_id, "small", pieces[:1], form=False)
        await _post(server, user_id, "small-form", pieces[:1], form=True)
        before = server.resident_kib()
        for turn in range(ROUNDS + 1):
            lone = await asyncio.to_thread(_write, home / "wzrd" / "alone", pieces)
            async with _watched(server, seen):
                one = await _post(server, user_id, f"raw-{turn}", pieces, form=False)
                two = await _post(server, user_id, f"form-{turn}", pieces, form=True)
            for stored in (f"raw-{turn}", f"form-{turn}"):
                (home / "wzrd" / "media" / "project-assets" / str(user_id) / stored).unlink()
            if turn:
                alone.append(SIZE / lone / 1e6)
                raw.append(SIZE / one / 1e6)
                form.append(SIZE / two / 1e6)
    grown = (max(seen) - before) / 1024
    speed, shaped, bare = median(raw), median(form), median(alone)
    more = "more"
    return [
        Figure("200 MiB uploaded raw / written alone", speed, bare, "MB/s", ">= 0.5x", speed >= 0.5 * bare, more),
        Figure(
            "200 MiB uploaded in a form / written alone", shaped, bare, "MB/s", ">= 0.5x", shaped >= 0.5 * bare, more
        ),
        Figure("the API's memory grown by it", grown, None, "MiB", "<= 16 MiB", grown <= 16),
    ]
