"""Opening a foreign picture with Pillow: only what is a picture and fits, asked before a pixel is decoded.

Pillow reads a file's head first and its pixels when they are asked for, WebP excepted: its size is read here.
"""

import mmap
import zlib
from collections.abc import Generator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from wzrd.media.ffmpeg import MAX_PIXELS, MediaFailed
from wzrd.media.limits import MediaRefused, check_pixels

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
"""No SVG, EPS or PDF: they are programs. No TIFF: it holds every other format."""
MAX_SCANS = 500
"""Passes over a progressive JPEG; cameras and editors write about ten, each costs a pass over all pixels."""
MAX_CHUNKS = 2000
"""Chunks of a PNG that are not pixels; each may unfold to a megabyte."""
_LONG_HEADS = ("JPEG", "AVIF")
"""Formats that do not say their size at a fixed place."""
MAX_NOTES = 16 << 20
"""Bytes of a PNG's packed notes and colour profiles, once they are unpacked."""
_PACKED = frozenset({b"iCCP", b"zTXt", b"iTXt"})
_PIXELS = frozenset({b"IDAT", b"fdAT", b"fcTL"})
_HEAD = 30


@contextmanager
def _small_enough(name: str) -> Generator[None]:
    """Pillow's own alarm, which comes before the size can be asked for (a GIF's first picture, a JPEG, an AVIF)."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        most = f"{MAX_PIXELS // 1_000_000} megapixels at most are read: scale it down"
        raise MediaRefused(f"{name} has several times as many pixels as are read; {most}") from error


@contextmanager
def open_picture(source: Path | bytes) -> Generator[Image.Image]:
    """The picture, of which only the head has been read; of an animation the first picture.

    Raises:
        MediaRefused: it is too large to be decoded.
        PIL.UnidentifiedImageError, OSError, SyntaxError, ValueError: it is none that can be read.
    """
    if isinstance(source, bytes):
        name, file = "the picture", BytesIO(source)
        check_picture(name, source)
    else:
        name, file = source.name, source
        check_file(source)
    with _small_enough(name), Image.open(file, formats=FORMATS) as image:
        check_pixels(name, *image.size)
        yield image


@contextmanager
def readable() -> Generator[None]:
    """Errors of a picture that cannot be read as ours.

    Raises:
        MediaFailed: it cannot.
    """
    try:
        yield
    except (OSError, SyntaxError, ValueError) as error:
        raise MediaFailed(f"the picture cannot be read: {type(error).__name__}") from error


def upright(image: Image.Image) -> Image.Image:
    """The picture as it is meant to be seen, in sRGB: RGB, or RGBA if parts of it are transparent.

    It is turned by its EXIF note, and its colour profile is applied; one that cannot be read says nothing.
    """
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith("I"):  # 16 bits of grey: Pillow would cut off what is lighter than 255
        turned = turned.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    clear = turned.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in turned.info
    plain = turned.convert("RGBA" if clear else "RGB")
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA"}:
        return plain
    cms: Any = ImageCms
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        return cms.profileToProfile(plain, BytesIO(profile), cms.createProfile("sRGB")) or plain
    return plain


def check_file(path: Path) -> None:
    """Checks that the file, if it is a picture, may be decoded by anybody.

    Raises:
        MediaRefused: it has too many pixels, scans or chunks.
    """
    if path.stat().st_size < _HEAD:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        check_picture(path.name, data)
    with (
        _small_enough(path.name),
        suppress(OSError, SyntaxError, ValueError),
        Image.open(path, formats=_LONG_HEADS) as image,
    ):
        check_pixels(path.name, *image.size)


def check_picture(name: str, data: bytes | mmap.mmap) -> None:
    """Checks that the picture in `data` may be decoded; data that is no picture passes.

    Raises:
        MediaRefused: it has too many pixels, scans or chunks.
    """
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        check_pixels(name, *(int.from_bytes(data[at : at + 4]) for at in (16, 20)))
        _check_chunks(name, data)
    elif data[:3] == b"\xff\xd8\xff":
        _check_scans(name, data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        check_pixels(name, *_webp_size(data[12:_HEAD]))
    elif data[:4] == b"GIF8":
        check_pixels(name, *(int.from_bytes(data[at : at + 2], "little") for at in (6, 8)))


def _check_chunks(name: str, data: bytes | mmap.mmap) -> None:
    """Notes and colour profiles of a PNG are packed too, and some decoder unfolds them whole."""
    at, others, left = 8, 0, MAX_NOTES
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if kind not in _PIXELS:
            others += 1
            left -= _unfolded(data[at + 8 : at + 8 + length], left) if kind in _PACKED else 0
        if others > MAX_CHUNKS or left < 0:
            message = f"more than {MAX_CHUNKS} chunks" if others > MAX_CHUNKS else f"more than {MAX_NOTES} bytes"
            raise MediaRefused(f"{name} has {message} beside its pixels: save it without metadata")
        at += 12 + length


def _unfolded(body: bytes, most: int) -> int:
    """Bytes that a note unpacks to; unpacking ends beyond `most`. Its packed part begins where one can be read."""
    start = body.find(b"\0")
    for packed in (body[start + 2 :], body[body.find(b"\0", body.find(b"\0", start + 3) + 1) + 1 :]):
        with suppress(zlib.error):
            return len(zlib.decompressobj().decompress(packed, most + 1))
    return 0


def _check_scans(name: str, data: bytes | mmap.mmap) -> None:
    """In a JPEG the byte FF is a marker's everywhere but in metadata, so a scan is never missed."""
    at, scans = data.find(b"\xff\xda"), 0
    while at >= 0:
        if (scans := scans + 1) > MAX_SCANS:
            raise MediaRefused(f"{name} has more than {MAX_SCANS} scans: save it as a plain JPEG")
        at = data.find(b"\xff\xda", at + 2)


def _webp_size(head: bytes) -> tuple[int, int]:
    """Width and height of a WebP from its first chunk: the canvas, or the one picture."""
    kind, body = head[:4], head[8:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
