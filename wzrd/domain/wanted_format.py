"""A wish for a film's format, by request or project, and the format that it comes to. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import (
    DEFAULT_RATIO,
    FPS,
    H264,
    LINES,
    LOUDNESS,
    MOST_LINES,
    RATES,
    Codec,
    DeliveryFormat,
    Frame,
    house_frame,
    read_ratio,
)

SOURCE = "source"
NAMED = {"720p": 720, "1080p": 1080, "4k": 2160}
"""Sizes that have a name, in lines of 16:9."""
LEAST, MOST = (144, 256), (2160, 4096)
"""The shorter and the longer side of a film."""
LOUDNESSES = (-14.0, -16.0, -23.0, -24.0)
STANDARD = (720, 1080, 1440, 2160)
"""Lines that clips are meant to have: models that count in blocks of 16 or 32 pixels make a few more or fewer."""
RESOLUTION_PATTERN = "^(720p|1080p|4[kK]|source|[1-9][0-9]{1,2}[02468]x[1-9][0-9]{1,2}[02468])$"
"""Pattern of a resolution in a form's JSON schema; `read_wanted` checks the rest."""
_SIZE = re.compile(r"([0-9]{2,5})\s*[x×]\s*([0-9]{2,5})")
_CODECS: Mapping[str, Codec | None] = {
    "": None, **dict.fromkeys(("h264", "h.264", "avc", "x264", "libx264"), "h264"),
    **dict.fromkeys(("hevc", "h265", "h.265", "x265", "libx265"), "hevc"),
}  # fmt: skip
Size: TypeAlias = Frame | int | Literal["source"]
"""A frame, lines of 16:9, or what most of the clips have."""


@dataclass(frozen=True, slots=True)
class WantedFormat:
    """A film's format as far as it was asked for, None where it was not; `aspect_ratio` is its project's."""

    aspect_ratio: str | None = None
    size: Size | None = None
    fps: Fraction | None = None
    loudness: float | None = None
    codec: Codec | None = None

    def over(self, other: "WantedFormat") -> "WantedFormat":
        """This wish, and what it leaves open as the other has it."""
        size = other.size if self.size is None else self.size
        loudness = other.loudness if self.loudness is None else self.loudness
        return WantedFormat(other.aspect_ratio, size, self.fps or other.fps, loudness, self.codec or other.codec)

    def delivery(self, lines: float = LINES) -> DeliveryFormat:
        """The format; `lines` are those of its clips, which count where no other size was asked for.

        A size that lies, of a project that stands, is turned, and the other way round.
        """
        match self.size:
            case Frame(width, height):
                ratio = read_ratio(self.aspect_ratio)
                turned = self.aspect_ratio is not None and (width - height) * (ratio - 1) < 0
                frame = Frame(height, width) if turned else self.size
            case int(asked):
                frame = house_frame(self.aspect_ratio, asked)
            case _:
                frame = house_frame(self.aspect_ratio, min(max(LINES, lines), MOST_LINES))
        loudness = LOUDNESS if self.loudness is None else self.loudness
        return DeliveryFormat(frame, self.fps or Fraction(FPS), loudness, self.codec or H264)

    @property
    def lines(self) -> float | None:
        """Lines that it asks for; None where it leaves them to the clips."""
        return None if self.size in (None, SOURCE) else lines_of(*_sides(self.delivery().frame))


def lines_of(width: float, height: float) -> float:
    """The lines of 16:9 that a picture is as large as: 1080 for 1920x1080, 1080x1920, 1920x804 and 1920x1088."""
    short, long = sorted((width, height))
    lines = max(short, long / DEFAULT_RATIO)
    return next((standard for standard in STANDARD if abs(lines / standard - 1) < 0.03), lines)


def read_wanted(given: Mapping[str, Any], aspect_ratio: str | None, *, where: str = "settings.") -> WantedFormat:
    """The wish of `resolution`, `fps`, `loudness` and `codec` among what was given; `where`: what stands before a name.

    Raises:
        BadRequest: a film cannot be delivered so; the value is named, and what is possible.
    """
    codec = str(given.get("codec") or "").strip().lower()
    if codec not in _CODECS:
        raise BadRequest(f"{where}codec: {codec!r} is neither h264 nor hevc", field="codec")
    size, fps, loudness = (given.get(name) for name in ("resolution", "fps", "loudness"))
    return WantedFormat(
        aspect_ratio,
        _read_size(size, where),
        _nearest("fps", fps, RATES, where),
        None if loudness is None else float(_nearest("loudness", loudness, LOUDNESSES, where) or 0),
        _CODECS[codec],
    )


def _read_size(given: object, where: str) -> Size | None:
    word = str("" if given is None else given).strip().lower()
    if not word:
        return None
    if word == SOURCE:
        return SOURCE
    if word in NAMED:
        return NAMED[word]
    found = _SIZE.fullmatch(word)
    frame = Frame(int(found[1]), int(found[2])) if found else Frame(0, 0)
    short, long = sorted(_sides(frame))
    if not (LEAST[0] <= short <= MOST[0] and LEAST[1] <= long <= MOST[1]) or short % 2 or long % 2:
        names = ", ".join([*NAMED, SOURCE])
        possible = f"{names} or WIDTHxHEIGHT with even sides from {LEAST[1]}x{LEAST[0]} to {MOST[1]}x{MOST[0]}"
        raise BadRequest(f"{where}resolution: {given!r} is none of {possible}", field="resolution")
    return frame


def _sides(frame: Frame) -> tuple[int, int]:
    return frame.width, frame.height


def _nearest(name: str, given: object, allowed: tuple[Any, ...], where: str) -> Any:
    """The allowed number that is meant: 29.97 is 30000/1001. None where none is given."""
    if given is None or given == "":
        return None
    try:
        number = float(Fraction(str(given)))
    except (ValueError, ZeroDivisionError, OverflowError):
        number = None
    found = next((one for one in allowed if number is not None and abs(float(one) - number) < 0.01), None)
    if found is None:
        possible = ", ".join(f"{float(one):.5g}" for one in allowed)
        raise BadRequest(f"{where}{name}: {given!r} is none of {possible}", field=name)
    return found
