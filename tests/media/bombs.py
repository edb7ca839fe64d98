"""Files that are small and promise much, made on the spot: pictures, indexes, clips, sounds."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SIDE = 12_000
"""Pixels a side of the picture bombs: 144 megapixels, 0.4 GB once decoded, 1 GB and more once worked on."""
_MATRIX = struct.pack(">9I", 65536, 0, 0, 0, 65536, 0, 0, 0, 0x40000000)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_zeros(count: int) -> bytes:
    """That many zeros as zlib packs them at its best, made without packing each."""
    size = 1 << 20
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(size)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = zlib.compressobj(9, wbits=-15)
    last = rest.compress(bytes(count % size)) + rest.flush()
    return b"\x78\xda" + block * (count // size) + last + struct.pack(">HH", count % 65_521, 1)


def png(width: int, height: int, *before: bytes, pixels: bool = True) -> bytes:
    """A black PNG with other chunks before its pixels; without them it ends in the middle."""
    packed = packed_zeros((1 + width * 3) * (height if pixels else 1))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def apng(width: int, height: int, pictures: int, seconds: float) -> bytes:
    """A black animation, each picture whole and shown for `seconds` / `pictures`."""
    packed, delay = packed_zeros((1 + width * 3) * height), round(100 * seconds / pictures)
    parts = [chunk(b"acTL", struct.pack(">II", pictures, 0))]
    for number in range(pictures):
        place = max(0, 2 * number - 1)
        parts.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", place, width, height, 0, 0, delay, 100, 0, 0)))
        if number:
            parts.append(chunk(b"fdAT", struct.pack(">I", place + 1) + packed))
        else:
            parts.append(chunk(b"IDAT", packed))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(parts) + chunk(b"IEND", b"")


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def table(kind: bytes, *numbers: int, flags: int = 0) -> bytes:
    """A box with version 0, flags, and 32-bit numbers."""
    return box(kind, struct.pack(f">{1 + len(numbers)}I", flags, *numbers))


def tables(samples: int, *, size: int = 1, tick: int = 512, chunks: int = 1) -> bytes:
    """The tables of `samples` samples in a few chunks, each sample `tick` long (at 12,288 a second)."""
    return b"".join(
        (
            table(b"stts", 1, samples, tick),
            table(b"stsc", 1, 1, samples, 1),
            table(b"stsz", size, samples),
            table(b"stco", chunks, *([40] * chunks)),
        )
    )


def mp4(
    inner: bytes, *, seconds: float = 1.0, size: tuple[int, int] = (64, 48), handler: bytes = b"vide", data: int = 600
) -> bytes:
    """An MP4 of one MPEG-4 track with these tables, which declares `seconds`; its pictures are `data` zeros."""
    ticks = min(round(seconds * 12_288), 2**32 - 1)
    head = bytes(6) + struct.pack(">H16xHHIIIH32xHh", 1, *size, 0x480000, 0x480000, 0, 1, 24, -1)
    described = box(b"stsd", struct.pack(">II", 0, 1), box(b"mp4v", head))
    track = struct.pack(">6I16x", 3, 0, 0, 1, 0, ticks) + _MATRIX
    media = box(
        b"mdia",
        box(b"mdhd", struct.pack(">5I4x", 0, 0, 0, 12_288, ticks)),
        box(b"hdlr", bytes(8) + handler + bytes(13)),
        box(b"minf", table(b"vmhd", 0, 0, flags=1), box(b"stbl", described, inner)),
    )
    tkhd = box(b"tkhd", track, struct.pack(">II", size[0] << 16, size[1] << 16))
    mvhd = box(b"mvhd", struct.pack(">5IIH10x", 0, 0, 0, 12_288, ticks, 65536, 256), _MATRIX, bytes(24), b"\0\0\0\2")
    moov = box(b"moov", mvhd, box(b"trak", tkhd, media))
    return box(b"ftyp", b"isom", bytes(4), b"isom") + moov + box(b"mdat", bytes(data))


def peak_of(code: str, *paths: Path) -> tuple[str, int]:
    """Output of a Python process of its own, and the most MiB that it and its children held for `code`."""
    program = f"{_MEASURE}\nbefore = peak()\n{code}\nprint(max(peak() - before, children()))"
    command = [sys.executable, "-c", program, *map(str, paths)]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=120)
    *found, grown = ended.stdout.splitlines()
    return "\n".join(found), int(grown)


_MEASURE = """
import asyncio, resource, sys
from fractions import Fraction
from pathlib import Path
from PIL import Image
from wzrd.domain.film import Frame
from wzrd.media.conform import conform_clip
from wzrd.media.ffmpeg import MediaFailed, foreign_input, run_ffmpeg
from wzrd.media.delivery_format import parameter_sets
from wzrd.media.probe import probe
from wzrd.animatic.contact_sheet import SheetPanel, draw_sheet
from wzrd.animatic.camera.stills import read_picture
path = Path(sys.argv[1])
small = Frame(64, 48)
parameter_sets(small, Fraction(24))

def peak():
    # not getrusage: its peak is the parent's where a process was made by vfork
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20
    return int(status.read_text().split("VmHWM:")[1].split()[0]) >> 10

def children():
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return held >> (10 if sys.platform == "linux" else 20)

def attempt(work):
    try:
        work()
        print("done")
    except MediaFailed as error:
        print(type(error).__name__, error.message)
"""
