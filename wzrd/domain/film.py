"""The delivery format of a film, and time on its frame grid: panels, clips, cut and sound agree on it."""

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

FPS = 24
"""Frames a second of the house format: of a film, or a clip, for which nobody asked for another rate."""
LINES = 720
"""Lines of the house format: pixels of the short side of 16:9."""
MOST_LINES = 2160
RATES = tuple(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60"))
"""Frames a second that a film may have."""
LOUDNESS = -16.0
"""Loudness of the house format, in LUFS."""
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


Codec: TypeAlias = Literal["h264", "hevc"]
H264: Codec = "h264"


@dataclass(frozen=True, slots=True)
class DeliveryFormat:
    """The form that a film is delivered in: frame, frames a second (exact), loudness in LUFS, H.264 or HEVC; AAC."""

    frame: Frame
    fps: Fraction = Fraction(FPS)
    loudness: float = LOUDNESS
    codec: Codec = H264


def house_frame(aspect_ratio: str | None, lines: float = LINES) -> Frame:
    """The frame of a ratio: `16:9` is 1280x720, `2.39:1` 1280x536, `9:16` 720x1280, `1:1` 720x720.

    `lines`: how large it is, as the short side of 16:9. What is no ratio, or an absurd one, means 16:9.
    """
    ratio = read_ratio(aspect_ratio)
    across, down = (lines * DEFAULT_RATIO, lines) if ratio >= 1 else (lines, lines * DEFAULT_RATIO)
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


def frames_of(seconds: float, fps: Fraction | int = FPS) -> int:
    """The whole frames that hold `seconds`, at least one."""
    return max(1, math.ceil(seconds * fps - 1e-6))


def seconds_of(frames: int, fps: Fraction | int = FPS) -> float:
    """Duration of `frames` in seconds."""
    return float(frames / Fraction(fps))


def _even(pixels: float) -> int:
    return max(2, 2 * round(pixels / 2))
