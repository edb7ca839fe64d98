"""The HTTP client of a process towards configured providers. It never retries, never follows a redirect.

A compressed body is unpacked a piece at a time: a bomb is counted before it is in memory.

Addresses that users give do not pass here: they go through the guarded fetch.
"""

import logging
import zlib
from collections.abc import Iterator

import httpx

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 15.0
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


def _without_query(record: logging.LogRecord) -> bool:
    """Httpx tells each request's URL in the log: a query may hold a secret (the token of a webhook)."""
    args = record.args if isinstance(record.args, tuple) else ()
    record.args = tuple(one.copy_with(query=None) if isinstance(one, httpx.URL) else one for one in args)
    return True


logging.getLogger("httpx").addFilter(_without_query)


def open_http(*, idle: float, connections: int = 128) -> httpx.AsyncClient:
    """A client for paid calls. `idle` seconds: the longest silence while reading, the first byte included.

    Proxies of the environment are honoured, but not for loopback (a local model or a fake is never behind one).
    The caller closes it (`aclose`).
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=5.0)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(connect=CONNECT_SECONDS, read=idle, write=WRITE_SECONDS, pool=CONNECT_SECONDS),
        limits=limits,
        follow_redirects=False,
        headers={"user-agent": "wzrd", "accept-encoding": "identity"},
        mounts=dict.fromkeys(_LOOPBACK),
    )


PIECE = 1 << 16
"""Bytes of the longest piece."""
PACKED = frozenset({"gzip", "x-gzip", "deflate"})
"""The encodings that are unpacked; zlib tells by itself which one it is."""


class Inflate:
    """gzip or zlib, of one or several members. `complete`: the last one has ended."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)
        self.complete = False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield the unpacked pieces of the next bytes.

        Raises:
            zlib.error: they are not packed so.
        """
        while data:
            piece = self._zlib.decompress(data, PIECE)
            data = self._zlib.unconsumed_tail
            self.complete = self._zlib.eof
            if piece:
                yield piece
            if self._zlib.eof and (data := self._zlib.unused_data):  # another member follows
                self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)
                self.complete = False
