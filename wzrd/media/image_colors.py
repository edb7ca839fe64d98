"""Edits of a picture's colors with Pillow: grade, filters, tint, key, pencil. Pictures are those of `image_edits`."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageColor, ImageEnhance, ImageFilter, ImageOps

from wzrd.media.image_edits import darkened, faded

SEPIA = (0.393, 0.769, 0.189, 0.349, 0.686, 0.168, 0.272, 0.534, 0.131)
"""The usual sepia: rows of red, green and blue, of the sums of red, green and blue."""
WARMTH = (0.18, 0.02, -0.18)
"""Change of red, green and blue at a temperature of 100."""
_ROWS = 256
_VIGNETTE = 512


def grade(
    image: Image.Image, *, brightness: float = 0, contrast: float = 0, saturation: float = 0, temperature: float = 0
) -> Image.Image:
    """Light and color, each from -100 to 100 per cent: brightness is added, contrast turns around middle grey."""
    gain = 1 + contrast / 100
    tables: list[int] = []
    for warm in WARMTH:
        scale = 1 + warm * temperature / 100
        tables += [_level(((at * scale - 127.5) * gain + 127.5) + 2.55 * brightness) for at in range(256)]
    made = image.convert("RGB").point(tables)
    made = ImageEnhance.Color(made).enhance(1 + saturation / 100) if saturation else made
    return faded(image, made, 1)


def color_filter(image: Image.Image, name: str, amount: float) -> Image.Image:
    """A named look, as far as `amount` (0 to 1) says."""
    return faded(image, _FILTERS[name](image.convert("RGB")), amount)


def tint(image: Image.Image, color: str, amount: float) -> Image.Image:
    """In shades of one color, as far as `amount` (0 to 1) says: black stays black, white stays white."""
    grey = ImageOps.grayscale(image.convert("RGB"))
    return faded(image, ImageOps.colorize(grey, black="black", mid=color, white="white"), amount)


def color_key(
    image: Image.Image,
    color: str,
    *,
    tolerance: float,
    softness: float,
    mode: str,
    replacement: str = "#ffffff",
    inverted: bool = False,
) -> Image.Image:
    """One color made transparent (`remove`), another (`replace`), or all but it made grey (`isolate`).

    `tolerance` and `softness` are distances between colors, 255 from black to white.
    """
    near = _nearness(image, ImageColor.getrgb(color)[:3], tolerance, softness)
    near = ImageOps.invert(near) if inverted else near
    if mode == "remove":
        made, alpha = image.convert("RGBA"), image.convert("RGBA").getchannel("A")
        made.putalpha(ImageChops.multiply(alpha, ImageOps.invert(near)))
        return made
    plain = image.convert("RGB")
    other = Image.new("RGB", image.size, replacement) if mode == "replace" else ImageOps.grayscale(plain).convert("RGB")
    keyed = (other, plain) if mode == "replace" else (plain, other)
    return faded(image, Image.composite(*keyed, near), 1)


def sketch(image: Image.Image, amount: float) -> Image.Image:
    """A pencil drawing: grey divided by its own blur, darker with a larger `amount` (0 to 1)."""
    grey = ImageOps.grayscale(image.convert("RGB"))
    soft = grey.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) / 80)))
    drawn = Image.new("L", image.size)
    for top in range(0, image.height, _ROWS):
        box = (0, top, image.width, min(image.height, top + _ROWS))
        lines, around = (np.asarray(each.crop(box), np.float32) for each in (grey, soft))
        shade = np.clip(lines / np.maximum(around, 1), 0, 1) ** (1 + 6 * amount)
        drawn.paste(Image.fromarray(np.rint(shade * 255).astype(np.uint8)), box[:2])
    return faded(image, drawn.convert("RGB"), 1)


def vignette(image: Image.Image) -> Image.Image:
    """Darker towards the corners, where a third of the light is left."""
    across = np.linspace(-1, 1, _VIGNETTE, dtype=np.float32)
    far = np.sqrt((across[None, :] ** 2 + across[:, None] ** 2) / 2)
    light = 1 - 0.7 * np.clip((far - 0.35) / 0.65, 0, 1) ** 1.6
    mask = Image.fromarray(np.rint(light * 255).astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    return darkened(image, mask)


def sepia(image: Image.Image) -> Image.Image:
    """Brown, as an old photograph."""
    red, green, blue = SEPIA[:3], SEPIA[3:6], SEPIA[6:]
    return image.convert("RGB").convert("RGB", (*red, 0, *green, 0, *blue, 0))


def _level(value: float) -> int:
    return min(255, max(0, round(value)))


def _cinematic(image: Image.Image) -> Image.Image:
    """More contrast and color; shadows a little teal, lights a little orange."""
    tables = [
        _level((at - 127.5) * 1.08 + 127.5 + shift * (at - 127.5) / 127.5)
        for shift in (9, 0, -9)  # red, green, blue
        for at in range(256)
    ]
    return ImageEnhance.Color(image.point(tables)).enhance(1.15)


def _vintage(image: Image.Image) -> Image.Image:
    """Faded: less contrast, lifted blacks, half sepia."""
    return Image.blend(image, sepia(image), 0.5).point([_level(24 + at * 0.86) for at in range(256)] * 3)


_FILTERS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "cinematic": _cinematic, "grayscale": lambda image: ImageOps.grayscale(image).convert("RGB"), "sepia": sepia,
    "invert": ImageOps.invert, "vintage": _vintage, "vignette": vignette,
}  # fmt: skip


def _nearness(image: Image.Image, color: tuple[int, ...], tolerance: float, softness: float) -> Image.Image:
    """255 where a pixel is of that color, 0 where it is not; in blocks, since floats take four times the memory."""
    plain, near = image.convert("RGB"), Image.new("L", image.size)
    measure = partial(_near, np.asarray(color, np.float32), tolerance, softness)
    for top in range(0, image.height, _ROWS):
        box = (0, top, image.width, min(image.height, top + _ROWS))
        near.paste(Image.fromarray(measure(np.asarray(plain.crop(box), np.float32))), box[:2])
    return near


def _near(
    color: NDArray[np.float32], tolerance: float, softness: float, pixels: NDArray[np.float32]
) -> NDArray[np.uint8]:
    away = np.sqrt(np.square(pixels - color).mean(axis=2))
    inside = (tolerance + softness - away) / softness if softness else (away <= tolerance).astype(np.float32)
    return np.rint(np.clip(inside, 0, 1) * 255).astype(np.uint8)
