"""A foreign picture becomes a sheet: upright, without metadata, no larger than any model takes."""

from pathlib import Path

from PIL import Image

from wzrd.media.atomic import written_beside
from wzrd.media.delivery_picture import solid
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.pictures import open_picture, upright

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
        try:
            with open_picture(source) as image:
                picture = solid(upright(image)).convert("RGB")
                picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
                picture.save(part, "JPEG", quality=92)
        except (OSError, SyntaxError, ValueError) as error:
            raise MediaFailed(f"the picture cannot be read: {type(error).__name__}") from error
        if min(picture.size) < LEAST:
            width, height = picture.size
            raise MediaFailed(f"the picture has {width}x{height} pixels: give one of {LEAST}x{LEAST} at least")
    return picture.size
