"""First and last frame of a clip: the pictures that it was asked to begin and end with."""

import hashlib
import io
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, cast

import av
import numpy as np
from av import Packet, VideoFrame
from av.error import FFmpegError
from av.video.reformatter import Colorspace
from PIL import Image

from server.fakes.odd_media import ENCODING, FRAMES_A_SECOND
from server.fakes.state import Uploads
from wzrd.media.pyav import AnyPacket, add_copy, add_video, demux, encode, mux
from wzrd.models.references import find_references

DIGITS = 8
"""Digits of a kept picture's name; zeros are the name of none."""
_NONE = "0" * DIGITS
_LAST, _LOOKS = ("end", "tail", "last"), ("ref", "mask", "style")


def stills_of(payload: Mapping[str, Any], uploads: Uploads) -> str:
    """Names of the first and the last picture of a clip, in one text; empty where its request has neither.

    A clip that is given begins what is made of it. Pictures in lists tell what things look like.
    """
    names = [_NONE, _NONE]
    for path, url in find_references(payload):
        field = str(path[0]).casefold()
        if len(path) > 1 or "audio" in field or any(word in field for word in _LOOKS):
            continue
        if (data := uploads.read(url)) and _opened(data):
            name = hashlib.sha256(data).hexdigest()[:DIGITS]
            uploads.put(_place(name), data, "")
            names[any(word in field for word in _LAST)] = name
    return "" if names == [_NONE, _NONE] else "".join(names)


def _place(name: str) -> str:
    return f"/stills/{name}"


def put_stills(clip: bytes, stills: str, uploads: Uploads) -> bytes:
    """The clip with these pictures in the places of its first and last frame, which nothing else is decoded from."""
    first, last = (uploads.get(_place(name)) for name in (stills[:DIGITS], stills[DIGITS:]))
    data = io.BytesIO()
    with av.open(io.BytesIO(clip), "r") as source, av.open(data, "w", format="mp4") as made:
        video = source.streams.video[0]
        instead = {0: first, video.frames - 1: last} if video.frames > 1 else {0: first}
        copies = [(stream, add_copy(made, stream)) for stream in source.streams]
        for stream, copy in copies:
            for at, packet in enumerate(demux(source, stream)):
                kept = instead.get(at) if stream is video else None
                put = packet if kept is None else _in_place_of(packet, _encoded(kept[0], video.width, video.height))
                put.stream = copy
                mux(made, put)
            source.seek(0)
    return data.getvalue()


def _in_place_of(packet: AnyPacket, data: bytes) -> AnyPacket:
    made = cast("AnyPacket", Packet(data))
    made.time_base, made.is_keyframe = packet.time_base, True
    made.pts, made.dts, made.duration = packet.pts, packet.dts, packet.duration
    return made


@lru_cache(maxsize=32)
def _encoded(picture: bytes, width: int, height: int) -> bytes:
    """A picture, or the first of a clip, as a key frame of this size: as the clips of this process have them."""
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        stream = add_video(container, "libx264", FRAMES_A_SECOND, ENCODING)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        image = _opened(picture)
        assert image is not None, "it was looked at when it was kept"
        pixels = np.asarray(image.convert("RGB").resize((width, height)))
        frame = VideoFrame.from_ndarray(pixels, "rgb24").reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
        frame.pts = 0
        encode(container, stream, frame)
        encode(container, stream, None)
    with av.open(io.BytesIO(data.getvalue()), "r") as made:
        return bytes(next(demux(made, made.streams.video[0])))


def _opened(data: bytes) -> Image.Image | None:
    """A picture, or the first of a clip; None where it is neither."""
    try:
        return Image.open(io.BytesIO(data))
    except OSError:
        with suppress(FFmpegError, IndexError, StopIteration), av.open(io.BytesIO(data), "r") as clip:
            return Image.fromarray(next(clip.decode(video=0)).to_ndarray(format="rgb24"))
    return None
