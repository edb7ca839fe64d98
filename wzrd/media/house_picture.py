"""A foreign picture becomes a house picture, once, when it arrives: a PNG of the film's frame, without metadata."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageOps

from wzrd.domain.film import Frame
from wzrd.media.atomic import written_beside
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.pictures import open_picture

PICTURE = "picture-1"
"""Enters cache keys: changed whenever a picture would become other bytes."""
MOST_CUT = 0.3
"""The share of a picture that may be cut off to fill the frame; of another shape it stands between black bars."""
_PACKING = 4
"""zlib's level: a film's pictures are many, and a few per cent of their bytes cost half of the time."""


def conform_picture(source: Path, out: Path, *, frame: Frame) -> tuple[int, int]:
    """Write `source` to `out` as a house picture; returns the pixels that it came with. Blocking.

    A failed call leaves nothing behind.

    Raises:
        MediaRefused: it has too many pixels.
        MediaFailed: it cannot be read.
    """
    with written_beside(out) as part:
        try:
            with open_picture(source) as image:
                came = image.size
                _fitted(_upright(image), frame).save(part, "PNG", compress_level=_PACKING)
        except (OSError, SyntaxError, ValueError) as error:
            raise MediaFailed(f"the picture cannot be read: {type(error).__name__}") from error
    return came


def _upright(image: Image.Image) -> Image.Image:
    """The picture as it is meant to be seen, in sRGB: turned by its EXIF note, its profile applied, without alpha."""
    profile = image.info.get("icc_profile")
    turned = ImageOps.exif_transpose(image)
    if turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info:
        layer = turned.convert("RGBA")
        turned = Image.new("RGB", layer.size, "white")
        turned.paste(layer, mask=layer.getchannel("A"))
    plain = turned.convert("RGB")
    return _in_srgb(plain, profile) if profile and image.mode in {"RGB", "RGBA"} else plain


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A profile that cannot be read says nothing."""
    cms: Any = ImageCms
    try:
        return cms.profileToProfile(image, BytesIO(profile), cms.createProfile("sRGB")) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _fitted(image: Image.Image, frame: Frame) -> Image.Image:
    """Filling the frame where little is lost by that, else whole, between bars."""
    size = (frame.width, frame.height)
    if image.size == size:
        return image
    ratio, wanted = image.width / image.height, frame.width / frame.height
    if 1 - min(ratio / wanted, wanted / ratio) <= MOST_CUT:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    return ImageOps.pad(image, size, Image.Resampling.LANCZOS, color="black")
