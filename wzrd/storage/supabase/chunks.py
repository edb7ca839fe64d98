"""Bytes on their way to Supabase Storage and from it, piece by piece."""

from collections.abc import AsyncGenerator
from io import FileIO

import httpx

from wzrd.domain.errors import Unavailable
from wzrd.storage.supabase.wire import translated
from wzrd.threads import in_file_thread

READ_BYTES = 1 << 18


async def nothing() -> AsyncGenerator[bytes]:
    """No bytes at all."""
    return
    yield


async def file_chunks(file: FileIO) -> AsyncGenerator[bytes]:
    """The rest of a file of this machine."""
    while data := await in_file_thread(file.read, READ_BYTES):
        yield data


async def body_chunks(answer: httpx.Response, length: int) -> AsyncGenerator[bytes]:
    """The body of an answer.

    Raises:
        Unavailable: it breaks off, or is not `length` bytes long.
    """
    with translated():
        async for chunk in answer.aiter_raw(READ_BYTES):
            length -= len(chunk)
            yield chunk
    if length:
        raise Unavailable("Supabase Storage sent a file that is cut off", retry_after=1)
