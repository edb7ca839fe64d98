"""Sheets that pictures were made from, read from films of the fakes by colours in fixed fields."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import av
from PIL import Image

from server.fakes.shapes import field_of

Colour = tuple[int, int, int]
APART = 60
"""Sum of differences in red, green and blue from which on two colours are not the same."""


def save_picture(path: Path, colour: Colour) -> Path:
    Image.new("RGB", (256, 256), colour).save(path)
    return path


def count_pictures(path: Path) -> int:
    """The number of a film's frames."""
    with av.open(path) as opened:
        return sum(1 for _ in opened.decode(video=0))


def pictures_in(path: Path, wanted: Sequence[int]) -> list[Image.Image]:
    """The frames of a film that have these numbers."""
    with av.open(path) as opened:
        found = (frame for at, frame in enumerate(opened.decode(video=0)) if at in wanted)
        return [Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in found]


def _fields_in(image: Image.Image, count: int) -> list[Colour]:
    """The colours in a picture's fields for references."""
    found: list[Colour] = []
    for at in range(count):
        left, upper, right, lower = field_of(at, image.width, image.height)
        inner = (left + (right - left) // 4, upper + (lower - upper) // 4,
                 right - (right - left) // 4, lower - (lower - upper) // 4)  # fmt: skip
        red, green, blue = image.convert("RGB").crop(inner).resize((1, 1), Image.Resampling.BOX).tobytes()
        found.append((red, green, blue))
    return found


def names_in(image: Image.Image, colours: Mapping[str, Colour], count: int) -> list[str]:
    """Whose sheets a picture was made from, of so many references."""

    def nearest(colour: Colour) -> str:
        apart = {name: sum(abs(a - b) for a, b in zip(colour, one, strict=True)) for name, one in colours.items()}
        best = min(apart, key=apart.__getitem__)
        return best if apart[best] < APART else f"nobody {colour}"

    return [nearest(colour) for colour in _fields_in(image, count)]
