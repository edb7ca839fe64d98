"""Limits on a foreign media file before anything of it is decoded: pixels, seconds, pictures a second."""

import re
from fractions import Fraction

from wzrd.media.ffmpeg import CLIP_SECONDS, MAX_PIXELS, MediaFailed

MAX_FPS = 240
"""No camera that delivers clips is faster; a file that claims to be is a bomb, or its clock is broken."""
MAX_SAMPLES = 2_000_000
"""Entries that the index of a file may have: three hours of AAC are half a million."""

MAX_WORK = 600 * 30 * 3840 * 2160
"""Pixels of all pictures of a clip: ten minutes of 4K at 30 a second, or less of what is larger or faster."""
MAX_JPEG_WORK = 500 * MAX_PIXELS
"""Pixels of all pictures of a clip of JPEGs, each of which is decoded by itself."""
MAX_ANIMATION = 600 * 1920 * 1080
"""Pixels of all pictures of an animated image or the like: a core unpacks 40 million a second."""
_STREAMED = re.compile(
    "h26[34]|hevc|av1|vp[89]|vp6f|mpeg[124](video)?|msmpeg4v[23]|wmv[123]|vc1|flv1|theora|prores|dnxhd|dvvideo|rawvideo"
)
"""Codecs that are made to be decoded as fast as they are watched."""
GRID = 24
"""Pictures a second that are made of a clip at least: one that is shown for a minute is worked on so often."""


class MediaRefused(MediaFailed):
    """The media file is larger than what is worked on here."""

    code = "media_refused"


def check_pixels(name: str, width: int, height: int) -> None:
    """Checks that a picture of that declared size may be decoded.

    Raises:
        MediaRefused: it has more than 40 megapixels.
    """
    if width * height > MAX_PIXELS:
        most = f"{MAX_PIXELS // 1_000_000} megapixels at most are read: scale it down"
        raise MediaRefused(f"{name} is {width}x{height} pixels; {most}")


def check_length(name: str, seconds: float, longest: float = CLIP_SECONDS) -> None:
    """Checks that a clip of that length may be worked on.

    Raises:
        MediaRefused: it is longer than `longest` seconds.
    """
    if seconds > longest + 1 / MAX_FPS:
        raise MediaRefused(f"{name} lasts {seconds:,.0f} seconds; a clip has {longest:.0f} at most: cut it")


def check_work(name: str, pixels: int, pictures: int, seconds: float, codec: str) -> None:
    """Checks that so many pictures of so many pixels, for so many seconds, may be decoded into a clip.

    Raises:
        MediaRefused: together they are more than a long clip has, or a long animation.
    """
    most = MAX_WORK if _STREAMED.fullmatch(codec) else MAX_JPEG_WORK if codec == "mjpeg" else MAX_ANIMATION
    if pictures > 1 and (pixels * pictures > most or pixels * seconds * GRID > MAX_WORK):
        message = f"{name} has {pictures:,} pictures of {pixels:,} pixels in {seconds:,.1f} seconds"
        raise MediaRefused(f"{message}, which is too much: scale it down")


def check_samples(name: str, samples: int) -> None:
    """Checks that an index of so many entries may be read.

    Raises:
        MediaRefused: it has more than two million.
    """
    if samples > MAX_SAMPLES:
        raise MediaRefused(f"{name} announces {samples:,} samples; {MAX_SAMPLES:,} at most are read")


class Clock:
    """Counts the pictures of a file while they are read, and their time, so that reading ends where a clip would."""

    def __init__(self, name: str, tick: Fraction, longest: float) -> None:
        self._name, self._tick, self._longest = name, tick, longest
        self._first = self._last = 0
        self._count = 0

    def count(self, at: int | None, duration: int) -> None:
        """One more picture, shown at `at` for `duration` ticks.

        Raises:
            MediaRefused: so many, or so late ones, no clip has.
        """
        start = self._last if at is None else at
        self._first = min(self._first, start) if self._count else start
        self._last = max(self._last, start + max(duration, 0)) if self._count else start + max(duration, 0)
        self._count += 1
        if self._count > 1:  # one picture is a still, however long it is to be shown
            check_length(self._name, self.seconds, self._longest)
        if self._count > MAX_FPS * (self._longest + 1):
            self._too_many()

    @property
    def seconds(self) -> float:
        """From the first picture's start to the last one's end."""
        return float((self._last - self._first) * self._tick)

    def check(self) -> None:
        """At the end: whether the pictures came at a pace that a camera has.

        Raises:
            MediaRefused: they are too many for their time.
        """
        if self._count > MAX_FPS * (self.seconds + 1):
            self._too_many()

    def _too_many(self) -> None:
        message = f"{self._name} has {self._count:,} pictures or more in {self.seconds:,.1f} seconds"
        raise MediaRefused(f"{message}; {MAX_FPS} a second are read at most")
