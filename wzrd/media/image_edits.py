"""Edits of a picture with Pillow: shape, place, sharpness. Each takes a picture and returns a new one.

A picture of ours is RGB or RGBA, upright, in sRGB (`edit_picture` brings any there). Transparent stays transparent.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageChops, ImageColor, ImageFilter, ImageOps

from wzrd.media.atomic import written_beside
from wzrd.media.limits import MediaRefused, check_pixels
from wzrd.media.pictures import open_picture, readable, upright

Fit: TypeAlias = Literal["pad", "crop", "stretch"]
Change: TypeAlias = Callable[[Image.Image], Image.Image]

_PACKING = 4
_LANCZOS, _BICUBIC = Image.Resampling.LANCZOS, Image.Resampling.BICUBIC
_STEPS = 24
"""Pictures that a motion or radial blur is made of."""


def edit_picture(source: Path, out: Path, change: Change) -> tuple[int, int]:
    """Write `change` of the picture `source` to `out`, a PNG without metadata; returns its size. Blocking.

    A failed call leaves nothing behind. Equal pictures give equal bytes.

    Raises:
        MediaRefused: it has too many pixels, before or afterwards.
        MediaFailed: it cannot be read.
    """
    with written_beside(out) as part:
        made = change(read_picture(source))
        check_pixels("the result", *made.size)
        made.save(part, "PNG", compress_level=_PACKING)
    return made.size


def read_picture(source: Path) -> Image.Image:
    """A foreign picture as one of ours.

    Raises:
        MediaRefused: it has too many pixels.
        MediaFailed: it cannot be read.
    """
    with readable(), open_picture(source) as image:
        return upright(image)


def rotate(image: Image.Image, angle: float, *, expand: bool = True, background: str | None = None) -> Image.Image:
    """Turned clockwise by `angle` degrees; quarters keep every pixel. New corners are transparent without `background`.

    Raises:
        MediaRefused: the larger canvas would have too many pixels.
    """
    angle %= 360
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    if angle == 0:
        return image.copy()
    if angle in turns and (expand or angle == 180 or image.width == image.height):
        return image.transpose(turns[int(angle)])
    if expand:
        radians = math.radians(angle)
        across, down = abs(math.cos(radians)), abs(math.sin(radians))
        check_pixels(
            "the turned picture",
            math.ceil(image.width * across + image.height * down),
            math.ceil(image.width * down + image.height * across),
        )
    turned = image.convert("RGBA").rotate(-angle, _BICUBIC, expand=expand)
    return turned if background is None else flattened(turned, background)


def flip(image: Image.Image, axis: str) -> Image.Image:
    """Mirrored left to right (`horizontal`), top to bottom (`vertical`), or `both`."""
    if axis == "both":
        return image.transpose(Image.Transpose.ROTATE_180)
    return ImageOps.mirror(image) if axis == "horizontal" else ImageOps.flip(image)


def crop(
    image: Image.Image,
    *,
    x: int | None = None,
    y: int | None = None,
    width: int | None = None,
    height: int | None = None,
    ratio: float | None = None,
) -> Image.Image:
    """A part of the picture: of that size, else the largest of that width to height; in the middle unless placed.

    Raises:
        MediaRefused: nothing of the picture lies there.
    """
    most_wide, most_high = image.width - (x or 0), image.height - (y or 0)
    if most_wide < 1 or most_high < 1:
        raise MediaRefused(f"the part begins at {x or 0},{y or 0}; the picture has {image.width}x{image.height} pixels")
    if width is None and height is None and ratio:
        width = max(1, min(most_wide, round(most_high * ratio)))
        height = max(1, min(most_high, round(width / ratio)))
    width, height = min(width or most_wide, most_wide), min(height or most_high, most_high)
    left = (image.width - width) // 2 if x is None else x
    top = (image.height - height) // 2 if y is None else y
    return image.crop((left, top, left + width, top + height))


def reshape(image: Image.Image, ratio: float, fit: Fit, background: str) -> Image.Image:
    """Brought to a width to height: no pixel is lost (`pad`, `stretch`), or the edges are (`crop`).

    Raises:
        MediaRefused: it would have too many pixels.
    """
    if fit == "crop":
        return crop(image, ratio=ratio)
    width = max(image.width, round(image.height * ratio))
    height = max(image.height, round(image.width / ratio))
    check_pixels("the reshaped picture", width, height)
    return resize(image, width, height, fit, background)


def resize(image: Image.Image, width: int | None, height: int | None, fit: Fit, background: str) -> Image.Image:
    """Of another size; one side given keeps the shape.

    Raises:
        MediaRefused: it would have too many pixels.
    """
    if width is None and height is None:
        return image.copy()
    across = width or max(1, round(image.width * (height or 1) / image.height))
    down = height or max(1, round(image.height * across / image.width))
    check_pixels("the resized picture", across, down)
    if width is None or height is None or fit == "stretch":
        return image.resize((across, down), _LANCZOS)
    if fit == "crop":
        return ImageOps.fit(image, (across, down), _LANCZOS)
    whole = ImageOps.contain(image, (across, down), _LANCZOS)
    canvas = Image.new(image.mode, (across, down), ImageColor.getcolor(background, image.mode))
    canvas.paste(whole, ((across - whole.width) // 2, (down - whole.height) // 2))
    return canvas


def blur(image: Image.Image, mode: str, amount: float, angle: float = 0.0) -> Image.Image:
    """Blurred by a radius of `amount` pixels: evenly, along `angle` (`motion`), or out of the middle (`radial`)."""
    if amount <= 0:
        return image.copy()
    clear = _premultiplied(image)
    if mode == "gaussian":
        made = clear.filter(ImageFilter.GaussianBlur(amount))
    elif mode == "box":
        made = clear.filter(ImageFilter.BoxBlur(amount))
    elif mode == "motion":
        made = _smeared(clear, lambda at: _moved(clear, at * amount, angle))
    else:
        reach = 2 * amount / max(1, min(image.size))
        made = _smeared(clear, lambda at: _zoomed(clear, 1 + reach * (at + 1) / 2))
    return made.convert("RGBA") if image.mode == "RGBA" else made


def tile(image: Image.Image, copies: int, layout: str) -> Image.Image:
    """So many copies side by side (`row`), one below the other (`column`), or in a `grid`.

    Raises:
        MediaRefused: together they have too many pixels.
    """
    columns = {"row": copies, "column": 1}.get(layout, math.ceil(math.sqrt(copies)))
    rows = math.ceil(copies / columns)
    check_pixels(f"{copies} copies", image.width * columns, image.height * rows)
    canvas = Image.new("RGBA" if copies % columns else image.mode, (image.width * columns, image.height * rows))
    for number in range(copies):
        canvas.paste(image, (number % columns * image.width, number // columns * image.height))
    return canvas


def flattened(image: Image.Image, background: str) -> Image.Image:
    """On a color, without transparency."""
    canvas = Image.new("RGB", image.size, background)
    canvas.paste(image, mask=image.getchannel("A") if image.mode == "RGBA" else None)
    return canvas


def _premultiplied(image: Image.Image) -> Image.Image:
    """Colors as far as they are seen, so that what is transparent does not bleed into what is not."""
    return image.convert("RGBa") if image.mode == "RGBA" else image


def _smeared(image: Image.Image, at: Callable[[float], Image.Image]) -> Image.Image:
    """The mean of the pictures at -1 to 1."""
    total = np.zeros((image.height, image.width, len(image.getbands())), np.float32)
    for shift in np.linspace(-1, 1, _STEPS):
        total += np.asarray(at(float(shift)), np.float32)
    pixels = np.rint(total / _STEPS).astype(np.uint8)
    return Image.frombytes(image.mode, image.size, pixels.tobytes())


def _moved(image: Image.Image, by: float, angle: float) -> Image.Image:
    """Moved along a direction; edges are held."""
    across, down = by * math.cos(math.radians(angle)), by * math.sin(math.radians(angle))
    edge = math.ceil(abs(by)) + 1
    wide = _held(image, edge)
    box = (edge + across, edge + down, edge + across + image.width, edge + down + image.height)
    return wide.resize(image.size, Image.Resampling.BILINEAR, box=box)


def _held(image: Image.Image, edge: int) -> Image.Image:
    """With its edges repeated outwards."""
    pixels = np.pad(np.asarray(image), ((edge, edge), (edge, edge), (0, 0)), mode="edge")
    return Image.frombytes(image.mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())


def _zoomed(image: Image.Image, by: float) -> Image.Image:
    across, down = image.width / by, image.height / by
    left, top = (image.width - across) / 2, (image.height - down) / 2
    return image.resize(image.size, Image.Resampling.BILINEAR, box=(left, top, left + across, top + down))


def faded(image: Image.Image, changed: Image.Image, amount: float) -> Image.Image:
    """Between a picture (0) and its changed colors (1); what was transparent stays so."""
    made = Image.blend(image.convert("RGB"), changed.convert("RGB"), min(1.0, max(0.0, amount)))
    if image.mode == "RGBA":
        made.putalpha(image.getchannel("A"))
    return made


def darkened(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Multiplied by a grey mask of its size; what was transparent stays so."""
    made = ImageChops.multiply(image.convert("RGB"), mask.convert("RGB"))
    if image.mode == "RGBA":
        made.putalpha(image.getchannel("A"))
    return made
