"""Check of an MP4's index before a media library builds it: a kilobyte can promise gigabytes.

The tables of MP4 are run-length coded: one entry stands for as many samples as it likes, and libavformat makes a row
of memory for each. The tables are searched for, not walked to: the library finds them in places that no standard names.
"""

import mmap
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TypeAlias

from wzrd.media.limits import MediaRefused, check_pixels, check_samples

Bytes: TypeAlias = "mmap.mmap | bytes"

MAX_BOXES = 100_000
_OPENING = frozenset(b"ftyp moov moof mdat free skip wide styp pnot uuid junk pict udta prfl hoov".split())
"""The outer boxes by which the library takes a file for an MP4."""
_TABLE = re.compile(rb"trak|hdlr|stsd|stts|stsc|stsz|stz2|stco|co64|trun|cmov")
_PCM_ROW = 1024
"""Sound whose samples last one tick each is indexed by rows of so many."""


@dataclass(slots=True)
class _TrackTables:
    """The most that the tables of one track say; a table that comes twice hides nothing."""

    handlers: set[bytes] = field(default_factory=set[bytes])
    even: set[bool] = field(default_factory=set[bool])  # whether all samples last one tick, table by table
    sizes: int = 0
    chunks: int = 0
    longest: int = 0  # samples of a chunk
    size: tuple[int, int] = (0, 0)  # of a picture

    @property
    def entries(self) -> int:
        """Most entries that the library's index can have."""
        pcm = b"soun" in self.handlers and b"vide" not in self.handlers and self.even == {True}
        rows = self.chunks * (1 + self.longest // _PCM_ROW)
        return rows if pcm else max(rows, self.sizes)


def check_boxes(path: Path) -> None:
    """Checks that the index of the MP4 at `path` may be built; a file that is no MP4 passes.

    Raises:
        MediaRefused: it announces larger pictures or more samples than are read, or its index is compressed.
    """
    if path.stat().st_size < 8:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        spans = list(_outer_boxes(data))
        if not any(kind in _OPENING for kind, _, _ in spans):
            return
        for kind, start, end in spans:
            if kind != b"mdat":
                _check_span(path.name, data, start, end)


def _outer_boxes(data: Bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each outer box, behind the tags that the library skips."""
    at = 0
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        a, b, c, d = data[at + 6 : at + 10]
        at += 10 + (a << 21 | b << 14 | c << 7 | d)
    for _ in range(MAX_BOXES):
        if at + 8 > len(data):
            return
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16])
        end = min(len(data), at + size) if size >= 8 else len(data)
        yield kind, at, end
        at = end
    yield b"moov", at, len(data)  # nobody has so many: what follows is searched whole


def _check_span(name: str, data: Bytes, start: int, end: int) -> None:
    track, fragments = _TrackTables(), 0
    for found in _TABLE.finditer(data, start, end):
        kind, at = found.group(), found.end()
        if kind == b"cmov":
            raise MediaRefused(f"{name} has a compressed index, which is not read: save it as a plain MP4")
        if kind == b"trak":
            _check_track(name, track)
            track = _TrackTables()
        elif kind == b"trun":
            fragments += int.from_bytes(data[at + 4 : at + 8])
        else:
            _note(track, kind, data, at, end)
    _check_track(name, track)
    check_samples(name, fragments)


def _check_track(name: str, track: _TrackTables) -> None:
    check_samples(name, track.entries)
    if b"vide" in track.handlers:
        check_pixels(name, *track.size)


def _note(track: _TrackTables, kind: bytes, data: Bytes, at: int, end: int) -> None:
    """Take down what a table says; `at` is behind its name, where version and flags stand."""
    count = int.from_bytes(data[at + 4 : at + 8])
    match kind:
        case b"hdlr":
            track.handlers.add(data[at + 8 : at + 12])
        case b"stsd":
            width, height = data[at + 40 : at + 42], data[at + 42 : at + 44]  # of the first way of coding
            track.size = max(track.size, (int.from_bytes(width), int.from_bytes(height)), key=prod)
        case b"stts":
            track.even.add(count == 1 and int.from_bytes(data[at + 12 : at + 16]) == 1)
        case b"stsz" | b"stz2":
            track.sizes = max(track.sizes, int.from_bytes(data[at + 8 : at + 12]))
        case b"stsc":
            rows = data[at + 8 : min(end, at + 8 + 12 * count)]
            whole = rows[: len(rows) // 12 * 12]
            track.longest = max([track.longest, *(per for _, per, _ in struct.iter_unpack(">III", whole))])
        case _:
            track.chunks = max(track.chunks, min(count, (end - at) // 4))
