"""The body of a provider's answer as it comes: unpacked little by little, with a time-out around each read."""

import asyncio
import zlib
from collections.abc import AsyncGenerator

import httpx

from wzrd.net.http import PACKED, Inflate

MAX_ERROR_BODY = 65_536
ERROR_BODY_SECONDS = 5.0


async def read_chunks(response: httpx.Response, until: float) -> AsyncGenerator[bytes]:
    """The reply's bytes, unpacked where they came packed although nobody asked for that.

    The time-out is set anew around each read, so that it never runs in the caller's code.

    Raises:
        httpx.HTTPError, TimeoutError: no whole body; a packing that cannot be undone is a `DecodingError`.
    """
    chunks, packing = response.aiter_raw(), response.headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"", "identity", *PACKED}:
        raise httpx.DecodingError(f"the answer is packed as {packing[:20]!r}")
    inflate = Inflate() if packing in PACKED else None
    while True:
        async with asyncio.timeout_at(until):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        try:
            for piece in inflate.pieces(chunk) if inflate else (chunk,):
                yield piece
        except zlib.error:
            raise httpx.DecodingError("the answer is not packed as it says") from None


async def error_body(response: httpx.Response) -> bytes:
    """Read as much of an error's body as comes in a short time: the status matters more."""
    body = bytearray()
    try:
        async for chunk in read_chunks(response, asyncio.get_running_loop().time() + ERROR_BODY_SECONDS):
            body += chunk
            if len(body) > MAX_ERROR_BODY:
                break
    except (TimeoutError, httpx.HTTPError, httpx.StreamError):
        pass
    return bytes(body[:MAX_ERROR_BODY])
