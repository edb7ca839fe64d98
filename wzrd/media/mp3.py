"""Length of an MP3, by its own frames; no media library is loaded. Source: ISO/IEC 11172-3 and 13818-3."""

from dataclasses import dataclass

from wzrd.media.ffmpeg import MediaFailed

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_BITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
"""Kilobits a second of layer III, by index: of MPEG 1, and of MPEG 2 and 2.5."""
_TAG = 10
_MOST_LOST = 4_096
"""Bytes between two frames, or behind the last one, that are passed over: a tag, a frame that was cut off."""


@dataclass(frozen=True, slots=True)
class Mp3:
    """A sound of layer III: samples a second, whole frames, seconds; `silent`: no frame holds anything to be heard."""

    rate: int
    frames: int
    seconds: float
    silent: bool


def read_mp3(data: bytes) -> Mp3:
    """Contents of an MP3 file's bytes, counted frame by frame.

    Raises:
        MediaFailed: they are no MP3, or stop being one in the middle.
    """
    at, lost, frames, samples, rate, silent = _after_tag(data), 0, 0, 0, 0, True
    while at + 4 <= len(data):
        frame = _frame(data, at)
        if frame is None or at + frame[0] > len(data) or (rate and frame[1] != rate):
            at, lost = at + 1, lost + 1
            if lost > _MOST_LOST:
                raise MediaFailed(f"the sound is no MP3 from byte {at - lost} on")
            continue
        length, rate, count = frame
        silent = silent and _is_empty(data, at)
        at, lost, frames, samples = at + length, 0, frames + 1, samples + count
    if not frames:
        raise MediaFailed("the sound is no MP3: it has not one whole frame")
    return Mp3(rate, frames, samples / rate, silent)


def _after_tag(data: bytes) -> int:
    """Where the sound begins: behind the ID3 tag, whose length is told in four times seven bits."""
    if data[:3] != b"ID3" or len(data) < _TAG:
        return 0
    size = 0
    for byte in data[6:_TAG]:
        size = size << 7 | byte & 0x7F
    return _TAG + size


def _frame(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Length in bytes, samples a second and samples of the frame at a place; None where none begins."""
    first, second, third = data[at], data[at + 1], data[at + 2]
    version, layer, bits, rates = second >> 3 & 3, second >> 1 & 3, third >> 4, third >> 2 & 3
    if first != 0xFF or second & 0xE0 != 0xE0 or version == 1 or layer != 1 or bits in (0, 15) or rates == 3:
        return None
    rate, samples = _RATES[version][rates], 1152 if version == 3 else 576
    length = samples // 8 * _BITS[version != 3][bits] * 1000 // rate + (third >> 1 & 1)
    return length, rate, samples


def _is_empty(data: bytes, at: int) -> bool:
    """True if the frame at a place codes no samples: its granules' `part2_3_length` are 0, each of 12 bits."""
    is_mpeg1, channels = data[at + 1] >> 3 & 3 == 3, 1 if data[at + 3] >> 6 == 3 else 2
    begins = at + 4 + (0 if data[at + 1] & 1 else 2)  # behind the check sum
    bits = int.from_bytes(data[begins : begins + 32].ljust(32, b"\x00"))
    first = 9 + (5 if channels == 1 else 3) + 4 * channels if is_mpeg1 else 8 + channels
    size, granules = (59, 2 * channels) if is_mpeg1 else (63, channels)
    return not any(bits >> (256 - 12 - first - size * granule) & 0xFFF for granule in range(granules))
