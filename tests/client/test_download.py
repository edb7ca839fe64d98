"""Downloads over a connection that breaks, of files that change, and of what is here already."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.client.test_client import Request, answer, client_of, serving
from wzrd.client import GenerationError

CONTENT = bytes(range(256)) * 4_000
OTHER = CONTENT[::-1]


def tag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()}"'


def begin(writer: asyncio.StreamWriter, content: bytes, start: int, stop: int, *, tag: str = "") -> None:
    """An answer that promises all from `start` on and breaks off at `stop`."""
    status = 206 if start else 200
    head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(content) - start}\r\netag: {tag or tag_of(content)}\r\n\r\n"
    writer.write(head.encode() + content[start:stop])


async def test_a_download_goes_on_where_it_broke(tmp_path: Path) -> None:
    """Each connection brings a piece, more often than calls are repeated: every byte comes once, the sum is right."""
    piece = len(CONTENT) // 20
    begun = list[int]()

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        assert (request.headers.get("if-range") == tag_of(CONTENT)) == bool(start)
        begun.append(start)
        begin(writer, CONTENT, start, start + piece)
        await writer.drain()

    async with serving(handle) as server, client_of(server, reconnects=3) as client:
        assert await client.download("/film.mp4", tmp_path / "film.mp4") == len(CONTENT)
    assert (tmp_path / "film.mp4").read_bytes() == CONTENT
    assert begun == sorted(set(begun))
    assert len(begun) >= 20


@pytest.mark.parametrize("broken", ["changed", "beyond", "damaged"])
async def test_another_file_is_fetched_anew(tmp_path: Path, broken: str) -> None:
    """Replaced meanwhile, shorter than what has come, or not what its tag says: the whole new file, nothing of both."""
    calls = 0

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        calls += 1
        if calls == 1 and broken == "damaged":
            begin(writer, OTHER, 0, len(OTHER), tag=tag_of(CONTENT))
        elif calls == 1:
            begin(writer, OTHER, 0, 5_000)
        elif "range" in request.headers and broken == "beyond":
            answer(writer, 416, {"error": "InvalidRange"})
        else:
            begin(writer, CONTENT, 0, len(CONTENT))
        await writer.drain()

    async with serving(handle) as server, client_of(server) as client:
        await client.download("/film.mp4", tmp_path / "film.mp4")
    assert (tmp_path / "film.mp4").read_bytes() == CONTENT
    assert calls == (3 if broken == "beyond" else 2)


async def test_a_file_that_is_here_stays(tmp_path: Path) -> None:
    """Its sum is told, and 304 leaves it; another file of that name is replaced."""

    async def handle(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("if-none-match") == tag_of(CONTENT):
            answer(writer, 304, b"")
        else:
            begin(writer, CONTENT, 0, len(CONTENT))
        await writer.drain()

    target = tmp_path / "film.mp4"
    target.write_bytes(OTHER)
    async with serving(handle) as server, client_of(server) as client:
        assert await client.download("/film.mp4", target) == len(CONTENT)
        before = target.stat().st_mtime_ns, target.stat().st_ino
        assert await client.download("/film.mp4", target) == len(CONTENT)
    assert (target.read_bytes(), (target.stat().st_mtime_ns, target.stat().st_ino)) == (CONTENT, before)


@pytest.mark.parametrize("how", ["never", "damaged"])
async def test_what_does_not_come_leaves_nothing(tmp_path: Path, how: str) -> None:
    """A connection that brings nothing, and a file that is never what its tag says, end; the old file stays."""
    acts = list[Any]()

    async def handle(_: Request, writer: asyncio.StreamWriter) -> None:
        acts.append(how)
        if how == "damaged":
            begin(writer, OTHER, 0, len(OTHER), tag=tag_of(CONTENT))
            await writer.drain()

    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")
    async with serving(handle) as server, client_of(server, reconnects=2) as client:
        with pytest.raises(GenerationError, match="did not arrive"):
            await client.download("/film.mp4", target)
    assert ([path.name for path in tmp_path.iterdir()], target.read_bytes(), len(acts)) == (["film.mp4"], b"old", 3)
