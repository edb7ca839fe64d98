"""A sound of the house (WAV, 48 kHz) as an MP3 file."""

from pathlib import Path

import av
from av import AudioFrame
from av.error import FFmpegError

from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.pyav import add_audio, encode_audio
from wzrd.media.wav import RATE, open_wav

BITS_A_SECOND = 128_000
_BLOCK = RATE * 4


def write_mp3(source: Path, path: Path) -> float:
    """Encode the WAV file `source` into `path`; returns its seconds. Equal sounds give equal bytes.

    Raises:
        MediaFailed: the source is no WAV of the house, or there is no encoder here.
    """
    wav = open_wav(source)
    layout = "stereo" if wav.channels == 2 else "mono"
    try:
        with av.open(str(path), "w", format="mp3") as container:
            stream = add_audio(container, "libmp3lame", RATE)
            stream.layout = layout
            stream.bit_rate = BITS_A_SECOND
            for start in range(0, wav.frames, _BLOCK):
                block = (wav.read(start, _BLOCK) * 32_767).astype("<i2").reshape(1, -1)
                frame = AudioFrame.from_ndarray(block, "s16", layout)
                frame.sample_rate, frame.pts = RATE, start
                encode_audio(container, stream, frame)
            encode_audio(container, stream, None)
    except FFmpegError as error:
        raise MediaFailed(f"the sound could not be encoded as MP3: {error}") from error
    return wav.seconds
