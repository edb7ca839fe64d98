"""Small real media: PNG, H.264 MP4, WAV, MP3 and GLB.

A shape is made once; what differs by seed is patched in. A picture's seed changes its palette, a clip's and a sound's
seed stands in a box or chunk that players skip.
"""

import asyncio
import io
import math
import struct
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, Literal, TypeAlias

import av
import numpy as np
from av import VideoFrame
from av.video.frame import PictureType
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from server.fakes import odd_media
from server.fakes.shapes import Shape, field_of
from wzrd.contracts.wire import dumps
from wzrd.media.pyav import add_audio, add_video, encode

Format: TypeAlias = Literal["png", "mp4", "wav", "mp3", "glb"]
Odd: TypeAlias = Literal["black", "jpeg", "avif", "heic", "hdr", "uneven", "sound_only", "silent"]
"""Media that vendors are reported to deliver now and then (odd_media.py)."""
TYPES = {"png": "image/png", "mp4": "video/mp4", "wav": "audio/wav", "mp3": "audio/mpeg", "glb": "model/gltf-binary"}
KEPT_BYTES = 64 << 20
"""Bytes of media that are kept; the longest unused go first."""
_COLOURS = 8


class MediaMaker:
    """Makes media, one shape at a time, in a thread; what one maker has made, all of the process have."""

    _kept: ClassVar[OrderedDict[tuple[Shape, Format | Odd], bytes]] = OrderedDict()

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def make(self, shape: Shape, form: Format | Odd, seed: str) -> bytes:
        """A file of the shape, different for each seed unless it is odd."""
        data = self._kept.get((shape, form))
        if data is None:
            async with self._lock:
                data = self._kept.get((shape, form)) or await asyncio.to_thread(_MAKERS[form], shape)
                self._kept[shape, form] = data
                while sum(map(len, self._kept.values())) > KEPT_BYTES and len(self._kept) > 1:
                    self._kept.popitem(last=False)
        self._kept.move_to_end((shape, form))
        return _MARKERS[form](data, seed) if form in _MARKERS else data


def _make_png(shape: Shape) -> bytes:
    """Diagonal bands of a few colours and the size as a caption; the palette is put in later."""
    width, height = shape.width, shape.height
    small = Image.fromarray(
        np.add.outer(np.arange(64), np.arange(64)).__floordiv__(16).__mod__(_COLOURS - 1).astype(np.uint8), "P"
    )
    picture = small.resize((width, height), Image.Resampling.NEAREST)
    for at in range(len(shape.colours)):
        picture.paste(_COLOURS + at, field_of(at, width, height))
    known = [level for colour in range(_COLOURS) for level in (colour * 30,) * 3]
    picture.putpalette([*known, *bytes.fromhex("".join(shape.colours))])
    if min(width, height) >= 64:
        ImageDraw.Draw(picture).text((8, 8), f"fake {width}x{height}", fill=_COLOURS - 1)
    data = io.BytesIO()
    picture.save(data, "PNG", bits=4, compress_level=6)
    return data.getvalue()


def _mark_png(data: bytes, seed: str) -> bytes:
    """Put a palette of the seed's in."""
    start = data.index(b"PLTE")
    length = struct.unpack(">I", data[start - 4 : start])[0]
    red, green, blue = (64 + byte // 2 for byte in bytes.fromhex(seed[:6]))
    palette = b"".join(
        bytes((red * (at + 4) // 12, green * (at + 4) // 12, blue * (at + 4) // 12)) for at in range(length // 3)
    )
    fields = data[start + 4 + _COLOURS * 3 : start + 4 + length]
    palette = palette[: (_COLOURS - 1) * 3] + b"\xff\xff\xff" + fields
    chunk = _chunk(b"PLTE", palette) + _chunk(b"tEXt", b"Seed\x00" + seed.encode())
    return data[: start - 4] + chunk + data[start + 8 + length :]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _make_mp4(shape: Shape) -> bytes:
    """A bar that wanders over a dark ground, before it greys that spell a sound; with a sound of its own, a tone."""
    data = io.BytesIO()
    frames = max(1, round(shape.seconds * odd_media.FRAMES_A_SECOND))
    with av.open(data, "w", format="mp4") as container:
        stream = add_video(container, "libx264", odd_media.FRAMES_A_SECOND, odd_media.ENCODING)
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        sound = add_audio(container, "aac", odd_media.SAMPLES_A_SECOND) if shape.sound else None
        if sound is not None:
            sound.layout = "mono"
        planes = np.full((shape.height * 3 // 2, shape.width), 128, np.uint8)
        for at in range(frames):
            planes[: shape.height] = 48
            left = at * (shape.width - 8) // frames
            planes[: shape.height, left : left + 8] = 200
            for number, colour in enumerate(shape.colours):
                box = field_of(number, shape.width, shape.height)
                planes[box[1] : box[3], box[0] : box[2]] = int(colour[:2], 16)
            picture = VideoFrame.from_ndarray(planes, "yuv420p")
            picture.pts = at
            if at in {0, 1, frames - 1}:  # others may stand for the first and the last
                picture.pict_type = PictureType.I
            encode(container, stream, picture)
        encode(container, stream, None)
        if sound is not None:
            odd_media.encode_wave(container, sound, _tone(shape))
    return data.getvalue()


def _mark_mp4(data: bytes, seed: str) -> bytes:
    return data + struct.pack(">I4s", 8 + len(seed), b"free") + seed.encode()


def _tone(shape: Shape) -> NDArray[np.float64]:
    count = round(shape.seconds * odd_media.SAMPLES_A_SECOND)
    return np.sin(np.arange(count) * (2 * math.pi * shape.hertz / odd_media.SAMPLES_A_SECOND))


def _make_wav(shape: Shape) -> bytes:
    pcm = (_tone(shape) * odd_media.LOUDNESS).astype(np.int16).tobytes()
    form = struct.pack(
        "<4sIHHIIHH", b"fmt ", 16, 1, 1, odd_media.SAMPLES_A_SECOND, odd_media.SAMPLES_A_SECOND * 2, 2, 16
    )
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(pcm)) + pcm
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _mark_wav(data: bytes, seed: str) -> bytes:
    """A chunk of its own after the samples; the file's length is told anew."""
    body = data[8:] + struct.pack("<4sI", b"seed", len(seed)) + seed.encode() + b"\x00" * (len(seed) % 2)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _make_mp3(shape: Shape) -> bytes:
    return odd_media.make_sound("mp3", "libmp3lame", _tone(shape))


def _mark_mp3(data: bytes, seed: str) -> bytes:
    """An ID3 tag before the sound: a version 2.3 comment."""
    text = b"\x00eng\x00" + seed.encode()
    frame = b"COMM" + struct.pack(">I", len(text)) + b"\x00\x00" + text
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + frame + data


def _make_glb(shape: Shape) -> bytes:
    """The corners of one triangle, as glTF 2.0 has them: three floats each. It has one form."""
    del shape
    return struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0)


def _mark_glb(corners: bytes, seed: str) -> bytes:
    """The whole file around the corners; the seed is its mesh's name."""
    about = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"name": seed, "primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": len(corners)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(corners)}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}
        ],
    }
    text = dumps(about)
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(corners), b"BIN\x00") + corners
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


_MAKERS: Mapping[Format | Odd, Callable[[Shape], bytes]] = {
    "png": _make_png,
    "mp4": _make_mp4,
    "wav": _make_wav,
    "mp3": _make_mp3,
    "glb": _make_glb,
    "black": odd_media.make_black,
    "jpeg": partial(odd_media.make_slope, form="JPEG"),
    "avif": partial(odd_media.make_slope, form="AVIF"),
    "heic": odd_media.make_heic,
    "hdr": odd_media.make_hdr,
    "uneven": odd_media.make_uneven,
    "sound_only": odd_media.make_sound_only,
    "silent": odd_media.make_silence,
}
_MARKERS: Mapping[Format | Odd, Callable[[bytes, str], bytes]] = {
    "png": _mark_png,
    "mp4": _mark_mp4,
    "wav": _mark_wav,
    "mp3": _mark_mp3,
    "glb": _mark_glb,
}
