"""The length of an MP3 by its frames: as its encoder meant it; no crash over any bytes."""

import contextlib
import io

import av
import numpy as np
import pytest
from av import AudioFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from server.fakes.media import MediaMaker
from server.fakes.shapes import Shape
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.mp3 import read_mp3
from wzrd.media.pyav import add_audio, encode_audio


@pytest.mark.parametrize("seconds", [0.5, 3.0, 12.5])
async def test_its_own_length(seconds: float) -> None:
    """Within the encoder's padding; with a tag before it and another behind it."""
    data = await MediaMaker().make(Shape("audio", seconds=seconds), "mp3", "0011aabb")
    found = read_mp3(data)
    assert data.startswith(b"ID3")
    assert 0 <= found.seconds - seconds < 0.15
    assert read_mp3(data + b"TAG" + bytes(125)) == found
    assert read_mp3(data[:-20]).frames == found.frames - 1


def encoded(wave: "np.ndarray[tuple[int], np.dtype[np.float32]]", rate: int, layout: str) -> bytes:
    """An MP3 of this wave in each channel."""
    data = io.BytesIO()
    with av.open(data, "w", format="mp3") as container:
        stream = add_audio(container, "libmp3lame", rate)
        stream.layout = layout
        planes = np.stack([wave] * (2 if layout == "stereo" else 1))
        frame = AudioFrame.from_ndarray(planes, "fltp", layout)
        frame.sample_rate = rate
        encode_audio(container, stream, frame)
        encode_audio(container, stream, None)
    return data.getvalue()


@pytest.mark.parametrize("layout", ["mono", "stereo"])
@pytest.mark.parametrize("rate", [44_100, 22_050])
def test_silence_is_told_from_the_faintest_sound(rate: int, layout: str) -> None:
    """Nothing at all, in either version of MPEG; a whisper of noise, or one second of it in three, is a sound."""
    count = 3 * rate
    nothing = np.zeros(count, np.float32)
    assert read_mp3(encoded(nothing, rate, layout)).silent
    noise = np.random.default_rng(1).normal(0, 1e-4, count).astype(np.float32)
    assert not read_mp3(encoded(noise, rate, layout)).silent
    nothing[-rate:] = noise[-rate:]
    assert not read_mp3(encoded(nothing, rate, layout)).silent


async def test_what_is_none() -> None:
    """A page, nothing, a tag alone, and a sound that turns into something else."""
    data = await MediaMaker().make(Shape("audio", seconds=1.0), "mp3", "0011aabb")
    for other in (b"", b"<html>", b"ID3\x03\x00\x00\x00\x00\x00\x00", data[:3_000] + bytes(9_000)):
        with pytest.raises(MediaFailed, match="no MP3"):
            read_mp3(other)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3_000))
def test_any_bytes(data: bytes) -> None:
    """A length, or a clear error."""
    with contextlib.suppress(MediaFailed):
        assert read_mp3(b"\xff\xfb\x90\x00" + data).seconds > 0
