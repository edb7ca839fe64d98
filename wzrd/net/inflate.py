"""Unpacking a compressed body a piece at a time: a bomb is counted before it is in memory."""

import zlib
from collections.abc import Iterator

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
