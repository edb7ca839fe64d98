"""A still taken apart for the camera: the moving world and the fixed slate, as planes of BT.709 video."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageFilter, ImageOps

from wzrd.domain.film import Frame
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.limits import MediaRefused
from wzrd.media.pictures import open_picture

SLATE = "wzrd:slate"
"""The PNG text chunk that tells the height of a panel's slate in pixels of the panel."""
FACES = "wzrd:faces"
"""The one that tells where faces are: "X,Y X,Y", shares of the picture above the slate."""
_FACES = re.compile(r"[01]\.\d{1,6},[01]\.\d{1,6}(?: [01]\.\d{1,6},[01]\.\d{1,6}){0,31}")
ROOM = 1.25
"""A still is worked on at this many times the frame: a camera comes no nearer than that."""
FOCUS_STEPS = 4
BLUR = 0.006
"""Radius of the blur out of focus, as a share of the picture's width."""

_TO_YUV = (
    *(0.182586, 0.614231, 0.062007, 16.0),
    *(-0.100644, -0.338572, 0.439216, 128.0),
    *(0.439216, -0.398942, -0.040274, 128.0),
)
"""RGB to Y, Cb and Cr of limited range: the rows of ITU-R BT.709, scaled to 219 and 224 steps."""


class Planes(NamedTuple):
    """A picture as 4:2:0 video holds it: brightness, and the two colour differences at half the size."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image


@dataclass(frozen=True, slots=True)
class Picture:
    """A still made ready.

    `pane` is the part of the frame that moves and shows the largest centred part of `world` that has its shape; the
    slate, if any, fills the rest below and has its final size already. `faces` are in shares of the pane, from left to
    right.
    """

    world: Planes
    pane: Frame
    slate: Planes | None
    faces: tuple[tuple[float, float], ...] = ()

    def box(self, unit: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A window of the unit square in pixels of the world's luma."""
        width, height = self.world.luma.size
        across = min(width, height * self.pane.width / self.pane.height)
        down = min(height, width * self.pane.height / self.pane.width)
        left, top = (width - across) / 2, (height - down) / 2
        return (
            max(0.0, left + unit[0] * across),
            max(0.0, top + unit[1] * down),
            min(float(width), left + unit[2] * across),
            min(float(height), top + unit[3] * down),
        )


def read_picture(still: Path, frame: Frame) -> Picture:
    """Read a still: PNG, JPEG, WebP, GIF (the first picture) or AVIF.

    Raises:
        MediaRefused: it has more than 40 megapixels; nothing of it was decoded.
        MediaFailed: it is none that can be read.
    """
    image, slate, faces = _open(still)
    below = _even(slate * frame.width / image.width) if slate else 0
    if not 0 < below < frame.height / 2:
        return Picture(split(_fit(image, frame)), frame, None, faces)
    above = image.height - slate
    pane = Frame(frame.width, frame.height - below)
    strip = image.resize((frame.width, below), Image.Resampling.LANCZOS, box=(0, above, image.width, image.height))
    return Picture(split(_fit(image.crop((0, 0, image.width, above)), pane)), pane, split(strip), faces)


def split(image: Image.Image) -> Planes:
    """RGB of even width and height as planes, limited range BT.709."""
    luma, blue, red = image.convert("RGB", _TO_YUV).split()
    return Planes(luma, blue.reduce(2), red.reduce(2))


def focus_steps(world: Planes) -> tuple[Planes, ...]:
    """The world with the focus drawn from what is near (the middle, below) to what is far (around it), in steps."""
    radius = BLUR * world.luma.width
    blurred = [_blur(world, radius * step / FOCUS_STEPS) for step in range(FOCUS_STEPS + 1)]
    masks = [_near(plane.size) for plane in world]
    return tuple(
        Planes(*(Image.composite(near, far, mask) for near, far, mask in zip(*pair, masks, strict=True)))
        for pair in zip(blurred, reversed(blurred), strict=True)
    )


def between(steps: tuple[Planes, ...], share: float) -> Planes:
    """The planes at `share` (0 to 1) of the way through `steps`, blended from the two that are next to it."""
    if len(steps) == 1:
        return steps[0]
    place = min(max(share, 0.0), 1.0) * (len(steps) - 1)
    first = min(int(place), len(steps) - 2)
    pairs = zip(steps[first], steps[first + 1], strict=True)
    return Planes(*(Image.blend(before, after, place - first) for before, after in pairs))


def _open(still: Path) -> tuple[Image.Image, int, tuple[tuple[float, float], ...]]:
    """The picture upright, without alpha, the height of its slate, and where its faces are."""
    try:
        with open_picture(still) as file:
            slate, faces = _slate(file.info.get(SLATE), file.height), _faces(file.info.get(FACES))
            file.draft("RGB", (2560, 2560))
            image = ImageOps.exif_transpose(file)
            if image.has_transparency_data:
                image = Image.alpha_composite(Image.new("RGBA", image.size, "black"), image.convert("RGBA"))
            return image.convert("RGB"), slate, faces
    except FileNotFoundError:
        raise MediaFailed(f"{still.name} does not exist") from None
    except MediaRefused:
        raise
    except Exception as error:  # decoders raise whatever they stumble over in a broken file
        raise MediaFailed(f"{still.name} is no picture that can be read") from error


def _slate(said: object, height: int) -> int:
    """A foreign file may say anything: what is no height within the picture means that there is no slate."""
    rows = int(said) if isinstance(said, str) and said.isdecimal() and len(said) < 6 else 0
    return rows if rows < height else 0


def _faces(said: object) -> tuple[tuple[float, float], ...]:
    """Places of faces, as (across, down) shares; empty, for unknown, if `said` is not a list of places."""
    if not isinstance(said, str) or not _FACES.fullmatch(said):
        return ()
    places = [place.split(",") for place in said.split()]
    return tuple((min(1.0, float(across)), min(1.0, float(down))) for across, down in places)


def _fit(image: Image.Image, pane: Frame) -> Image.Image:
    """The picture with even sides, and not larger than the camera has use for."""
    excess = min(image.width / pane.width, image.height / pane.height) / ROOM
    shrink = excess if excess > 1.05 else 1.0
    size = _even(image.width / shrink), _even(image.height / shrink)
    if size == image.size:
        return image
    if shrink == 1.0 and min(image.size) > 2:
        return image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2))
    return image.resize(size, Image.Resampling.LANCZOS)


def _blur(planes: Iterable[Image.Image], radius: float) -> Planes:
    """Blurred alike in all planes: the colour planes have half the size."""
    luma, blue, red = planes
    narrow, wide = ImageFilter.GaussianBlur(radius / 2), ImageFilter.GaussianBlur(radius)
    return Planes(luma.filter(wide), blue.filter(narrow), red.filter(narrow))


def _near(size: tuple[int, int]) -> Image.Image:
    """White where the foreground is taken to be: an upright oval in the middle, somewhat low, with a soft edge."""
    distance = Image.radial_gradient("L").resize(size, Image.Resampling.BILINEAR, box=(28, 20, 228, 190))
    return distance.point([255 - round(255 * _soft((d - 70) / 60)) for d in range(256)])


def _soft(x: float) -> float:
    x = min(1.0, max(0.0, x))
    return x * x * (3 - 2 * x)


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))
