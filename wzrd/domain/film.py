"""The house format of pictures and clips, and time on the frame grid: panels, clips and cut agree on it."""

import math
import re
from dataclasses import dataclass

FPS = 24
"""Frames a second of every clip and film."""
LONG_SIDE, SHORT_SIDE = 1280, 720
"""Pixels that a frame may have at most, lying or standing."""
WIDEST, NARROWEST = 3.0, 1 / 3
DEFAULT_RATIO = 16 / 9

_RATIO = re.compile(r"\s*([0-9]{1,4}(?:\.[0-9]{1,4})?)\s*(?:[:x/]\s*([0-9]{1,4}(?:\.[0-9]{1,4})?))?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a picture in pixels; both sides are even, as 4:2:0 video needs them."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Caption:
    """Words on the screen from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


def house_frame(aspect_ratio: str | None) -> Frame:
    """The frame of a project: `16:9` is 1280x720, `2.39:1` 1280x536, `9:16` 720x1280, `1:1` 720x720.

    What is no ratio, or an absurd one, means 16:9.
    """
    ratio = read_ratio(aspect_ratio)
    across, down = (LONG_SIDE, SHORT_SIDE) if ratio >= 1 else (SHORT_SIDE, LONG_SIDE)
    width = min(across, down * ratio)
    return Frame(_even(width), _even(width / ratio))


def read_ratio(aspect_ratio: str | None) -> float:
    """Width over height, as people write it: `16:9`, `2.39:1`, `1.85`, `9x16`."""
    found = _RATIO.fullmatch(aspect_ratio or "")
    if found is None:
        return DEFAULT_RATIO
    across, down = float(found.group(1)), float(found.group(2) or 1)
    ratio = across / down if down else 0.0
    return ratio if NARROWEST <= ratio <= WIDEST else DEFAULT_RATIO


def frames_of(seconds: float) -> int:
    """The whole frames that hold `seconds`, at least one."""
    return max(1, math.ceil(seconds * FPS - 1e-6))


def seconds_of(frames: int) -> float:
    """Duration of `frames` in seconds."""
    return frames / FPS


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))
