"""A foreign picture becomes a house picture or a sheet, once, when it arrives: a PNG without metadata."""

from pathlib import Path

from PIL import Image, ImageOps

from wzrd.domain.film import Frame
from wzrd.domain.wanted_format import WantedFormat, lines_of
from wzrd.media.atomic import written_beside
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.pictures import open_picture, readable, upright

MOST_CUT = 0.3
"""The share of a picture that may be cut off to fill the frame; of another shape it stands between black bars."""
_PACKING = 4
"""zlib's level: a film's pictures are many, and a few per cent of their bytes cost half of the time."""


def conform_picture(source: Path, out: Path, wanted: WantedFormat) -> tuple[int, int]:
    """Write `source` to `out` as a film's picture, as large as it came unless another size is wanted. Blocking.

    Returns the pixels that it came with.

    A failed call leaves nothing behind.

    Raises:
        MediaRefused: it has too many pixels.
        MediaFailed: it cannot be read.
    """
    with written_beside(out) as part, readable(), open_picture(source) as image:
        came = image.size
        picture = solid(upright(image))
        frame = wanted.delivery(lines_of(*picture.size)).frame
        _fitted(picture, frame).save(part, "PNG", compress_level=_PACKING)
    return came


def solid(image: Image.Image) -> Image.Image:
    """Without alpha, on white."""
    if image.mode != "RGBA":
        return image
    layer = Image.new("RGB", image.size, "white")
    layer.paste(image, mask=image.getchannel("A"))
    return layer


def _fitted(image: Image.Image, frame: Frame) -> Image.Image:
    """Filling the frame where little is lost by that, else whole, between bars."""
    size = (frame.width, frame.height)
    if image.size == size:
        return image
    ratio, wanted = image.width / image.height, frame.width / frame.height
    if 1 - min(ratio / wanted, wanted / ratio) <= MOST_CUT:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    return ImageOps.pad(image, size, Image.Resampling.LANCZOS, color="black")


LONGEST = 2048
"""Pixels of the longer side."""
LEAST = 64
"""Pixels below which nobody is recognized."""


def conform_sheet(source: Path, out: Path) -> tuple[int, int]:
    """Write `source` to `out` as JPEG; the same picture gives the same bytes. Returns its size. Blocking.

    A failed call leaves nothing behind.

    Raises:
        MediaRefused: it has too many pixels.
        MediaFailed: it cannot be read, or is too small.
    """
    with written_beside(out) as part:
        with readable(), open_picture(source) as image:
            picture = solid(upright(image)).convert("RGB")
            picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            picture.save(part, "JPEG", quality=92)
        if min(picture.size) < LEAST:
            width, height = picture.size
            raise MediaFailed(f"the picture has {width}x{height} pixels: give one of {LEAST}x{LEAST} at least")
    return picture.size
