"""Media as vendors are reported to deliver them, beside the usual: JPEG, AVIF, HEIC, HDR and uneven clips, silence."""

import io
import struct
from collections.abc import Iterable

import av
import numpy as np
from av import AudioFrame, AudioStream, VideoFrame
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from server.fakes.shapes import Shape
from wzrd.media.pyav import add_audio, add_video, encode, encode_audio

FRAMES_A_SECOND = 24
ENCODING = {"preset": "ultrafast", "crf": "35", "threads": "1", "forced-idr": "1"}
"""A key frame that is encoded so may stand in another clip that is."""
SAMPLES_A_SECOND = 24_000
LOUDNESS = 6_000
"""Of 32,767: how loud a sound is."""
TICKS = 24_000
BT2020, PQ, BT2020_MATRIX = 9, 16, 9
"""Colours of HDR10, by their numbers in H.273."""
WHITE_PAPER = 572
"""The level of 203 nits in PQ's 10 bits."""


def make_black(shape: Shape) -> bytes:
    """A black picture, which a filter has put in the place of what was made."""
    data = io.BytesIO()
    Image.new("RGB", (shape.width, shape.height)).save(data, "PNG")
    return data.getvalue()


def make_slope(shape: Shape, form: str) -> bytes:
    """A slope of grey, in one of Pillow's formats."""
    data = io.BytesIO()
    slope = np.linspace(40, 200, shape.width).astype(np.uint8)
    Image.fromarray(np.tile(slope, (shape.height, 1)), "L").convert("RGB").save(data, form)
    return data.getvalue()


def make_heic(shape: Shape) -> bytes:
    """One picture of HEVC in a HEIF file (ISO/IEC 23008-12), as phones write it."""
    width, height = shape.width // 2 * 2, shape.height // 2 * 2
    clip = _clip(Shape("video", width, height), "libx265", "yuv420p10le", [0])
    config, sample = _box_in(clip, b"hvcC"), _box_in(clip, b"mdat")[8:]
    ispe = _full(b"ispe", struct.pack(">II", width, height))
    properties = _box(b"ipco", config + ispe) + _full(b"ipma", struct.pack(">IHBBB", 1, 1, 2, 0x81, 2))
    entry = _full(b"infe", struct.pack(">HH4s", 1, 0, b"hvc1") + b"\x00", version=2)
    parts = [
        _full(b"hdlr", struct.pack(">I4s12s", 0, b"pict", b"") + b"\x00"),
        _full(b"pitm", struct.pack(">H", 1)),
        _full(b"iinf", struct.pack(">H", 1) + entry),
        _box(b"iprp", properties),
    ]
    head = _box(b"ftyp", b"heic\x00\x00\x00\x00mif1heic")
    place = struct.pack(">BBHHHH", 0x44, 0, 1, 1, 0, 1)
    size = len(head) + len(_full(b"meta", b"".join(parts) + _full(b"iloc", place + bytes(8)))) + 8
    parts.append(_full(b"iloc", place + struct.pack(">II", size, len(sample))))
    return head + _full(b"meta", b"".join(parts)) + _box(b"mdat", sample)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def _full(name: bytes, content: bytes, *, version: int = 0) -> bytes:
    return _box(name, struct.pack(">I", version << 24) + content)


def _box_in(data: bytes, name: bytes) -> bytes:
    at = data.index(name) - 4
    return data[at : at + struct.unpack_from(">I", data, at)[0]]


def make_hdr(shape: Shape) -> bytes:
    """A clip of white paper, of 10 bits in the colours of HDR10: as SDR it would be grey."""
    return _clip(shape, "libx265", "yuv420p10le", _even(shape), hdr=True)


def make_uneven(shape: Shape) -> bytes:
    """A clip whose pictures last 20 to 80 ms each, in turn."""
    frames = max(2, round(shape.seconds * FRAMES_A_SECOND))
    lasts = [480 if at % 2 else 1920 for at in range(frames)]
    starts = np.concatenate([[0], np.cumsum(lasts)[:-1]])
    return _clip(shape, "libx264", "yuv420p", (starts * (shape.seconds * TICKS / sum(lasts))).astype(int).tolist())


def _even(shape: Shape) -> list[int]:
    return [at * TICKS // FRAMES_A_SECOND for at in range(max(1, round(shape.seconds * FRAMES_A_SECOND)))]


def _clip(shape: Shape, codec: str, pixels: str, starts: Iterable[int], *, hdr: bool = False) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        options = {"preset": "ultrafast", "crf": "35"}
        stream: VideoStream = add_video(container, codec, TICKS, options)
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, pixels
        if codec == "libx265":
            stream.codec_tag = "hvc1"
            stream.options = {**options, "x265-params": "log-level=none:pools=none:frame-threads=1:bframes=0"}
        if hdr:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = BT2020, PQ, BT2020_MATRIX
        deep = pixels.endswith("10le")
        levels = (WHITE_PAPER, 512, 512) if deep else (100, 128, 128)
        for start in starts:
            picture = VideoFrame(shape.width, shape.height, pixels)
            for plane, level in zip(picture.planes, levels, strict=True):
                plane.update(struct.pack("<H" if deep else "B", level) * (plane.buffer_size // (2 if deep else 1)))
            picture.pts = start
            encode(container, stream, picture)
        encode(container, stream, None)
    return data.getvalue()


def make_sound_only(shape: Shape) -> bytes:
    """A clip's file with a sound in it, and no picture."""
    return make_sound("mp4", "aac", np.sin(np.arange(round(max(shape.seconds, 0.5) * SAMPLES_A_SECOND)) / 10))


def make_silence(shape: Shape) -> bytes:
    """An MP3 in which nothing is to be heard."""
    return make_sound("mp3", "libmp3lame", np.zeros(round(shape.seconds * SAMPLES_A_SECOND)))


def make_sound(form: str, codec: str, wave: NDArray[np.float64]) -> bytes:
    """A file of nothing but this sound, of samples from -1 to 1."""
    data = io.BytesIO()
    with av.open(data, "w", format=form) as container:
        stream = add_audio(container, codec, SAMPLES_A_SECOND)
        stream.layout = "mono"
        encode_wave(container, stream, wave)
    return data.getvalue()


def encode_wave(container: OutputContainer, stream: AudioStream, wave: NDArray[np.float64]) -> None:
    """Put a sound into a file, to its end."""
    frame = AudioFrame.from_ndarray((wave * LOUDNESS).astype(np.int16).reshape(1, -1), "s16", "mono")
    frame.sample_rate = SAMPLES_A_SECOND
    encode_audio(container, stream, frame)
    encode_audio(container, stream, None)
