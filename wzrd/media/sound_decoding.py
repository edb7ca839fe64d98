"""Any sound as WAV in the house format."""

from pathlib import Path

from wzrd.media.boxes import check_boxes
from wzrd.media.ffmpeg import MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.wav import open_wav
from wzrd.threads import core_slot, in_thread

LONGEST_SECONDS = 600.0
"""A voice or an effect is cut off here: nobody waits longer for one shot."""


async def decode_sound(source: Path, channels: int, longest: float, out: Path) -> float:
    """Write the sound of a file as WAV in the house format, `longest` seconds at most; returns its seconds.

    Raises:
        MediaFailed, MediaRefused: it holds no sound, or cannot be read.
    """
    sound = ["-map", "0:a:0", "-vn", "-t", f"{longest}", "-ac", str(channels), "-ar", "48000", "-c:a", "pcm_s16le"]
    written = ["-fflags", "+bitexact", "-f", "wav", "-y", local(out)]
    await in_thread(check_boxes, source)
    async with core_slot():
        await run_ffmpeg("-v", "error", *foreign_input(source, longest), *sound, *written)
    seconds = (await in_thread(open_wav, out)).seconds
    if not seconds:
        raise MediaFailed(f"{source.name} holds no sound")
    return seconds
