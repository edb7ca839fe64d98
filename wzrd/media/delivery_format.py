"""The delivery format: how every clip is encoded, so that a film is joined by copying packets.

One set of x264 settings for both ways in (PyAV for stills, ffmpeg for foreign clips), and a quality for each. Two files
may be joined only if their parameter sets are equal byte for byte; the settings below are all that enters those.
"""

import hashlib
import io
import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

import av
from av.container import OutputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from wzrd.domain.film import Frame
from wzrd.media.pyav import AnyPacket, add_video, encode, encoded, mux, repeated, rows, stamp

TICKS: Final = 512
"""Ticks in a frame of a clock whose rate is a whole number."""
GOP: Final = 48
"""Frames from one keyframe to the next: closed groups, so that a cut may begin at any of them."""
REORDER: Final = 1
"""Frames by which decoding runs ahead of showing (two B-frames, none of them referenced)."""
BT709: Final = 1
"""The number of BT.709 in H.264's tables of primaries, transfer and matrix."""
LIMITED: Final = 1

X264: Final = {
    "preset": "superfast",
    "profile": "high",
    "g": str(GOP),
    "keyint_min": "24",
    "sc_threshold": "0",
    "bf": "2",
    "refs": "2",
    "x264-params": "b-adapt=0:b-pyramid=none:weightp=0:mbtree=0:stitchable=1",
    "flags": "+cgop+bitexact",
    "threads": "1",  # x264's bytes differ with the number of threads, and a cache goes by bytes
}
"""All of the same kind; mbtree's fast form reads memory that nobody wrote, where a row of blocks is no multiple of 16.

Stitchable: the quality does not enter the parameter sets."""
DRAWN: Final = {"qp": "20"}
"""Stills are even and quiet: a constant quantiser needs no look at what each picture costs, a third of the work."""
FOREIGN: Final = {"crf": "22", "aq-strength": "0.5", "qcomp": "0.7"}
"""Encoder options for foreign clips, often noisy; at the usual aq-strength 1.0, slow moves over even areas shiver."""
MUXER: Final = {"movflags": "+faststart", "fflags": "+bitexact"}
_LEVELS: Final = (
    ("4.0", 8_192, 245_760),
    ("4.2", 8_704, 522_240),
    ("5.1", 36_864, 983_040),
    ("5.2", 36_864, 2_073_600),
)
"""H.264's levels: blocks of 16 pixels a picture, and a second, at most (table A-1)."""
TAGS: Final = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"

_WHITE = 203
"""Nits of white paper in HDR (ITU-R BT.2408), which is white in BT.709."""


def tone_map(curve: str) -> str:
    """Filters from HDR of this transfer curve (`smpte2084`, `arib-std-b67`) to BT.709, limited range.

    What is darker than white paper stays about as bright as it was meant; what is brighter is drawn together.
    """
    linear = f"zscale=tin={curve}:pin=bt2020:min=bt2020nc:t=linear:npl={_WHITE},format=gbrpf32le"
    return f"{linear},zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv"


def ticks_of(fps: Fraction) -> int:
    """Ticks of the clock of `fps` in a frame."""
    return TICKS if fps.denominator == 1 else fps.denominator


def time_base_of(fps: Fraction) -> Fraction:
    """The clock of clips of `fps`, in seconds a tick: 1/12288 for 24, 1/24000 for 23.976."""
    return 1 / (fps * ticks_of(fps))


def muxer_of(fps: Fraction) -> dict[str, str]:
    """Options of the MP4 that holds pictures of `fps`."""
    return {**MUXER, "video_track_timescale": str(time_base_of(fps).denominator)}


def x264_of(frame: Frame, fps: Fraction) -> dict[str, str]:
    """Options of x264 for that size and rate: those of all, and the lowest level that holds it."""
    blocks = math.ceil(frame.width / 16) * math.ceil(frame.height / 16)
    fitting = (level for level, most, rate in _LEVELS if blocks <= most and blocks * fps <= rate)
    return {**X264, "level": next(fitting, "6.2")}


def ffmpeg_output(frame: Frame, fps: Fraction) -> list[str]:
    """Ffmpeg's output arguments for a house clip; the picture must arrive as yuv420p, square pixels, TAGS applied."""
    colour = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
    options = {"c": "libx264", **x264_of(frame, fps), **FOREIGN, **colour}
    codec = [word for name, value in options.items() for word in (f"-{name}:v", value)]
    muxer = [word for name, value in muxer_of(fps).items() for word in (f"-{name}", value)]
    return ["-an", "-sn", "-dn", *codec, *muxer, "-map_metadata", "-1", "-map_chapters", "-1", "-f", "mp4"]


def add_house_stream(container: OutputContainer, frame: Frame, fps: Fraction) -> VideoStream:
    """A video stream of `container` that encodes yuv420p frames of that size, stamped in frames."""
    stream = add_video(container, "libx264", fps, x264_of(frame, fps) | DRAWN)
    stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
    codec = stream.codec_context
    codec.time_base = 1 / fps
    codec.thread_count = 1
    codec.sample_aspect_ratio = Fraction(1)
    codec.color_primaries = codec.color_trc = codec.colorspace = BT709
    codec.color_range = LIMITED
    return stream


def write_pictures(pictures: Iterable[VideoFrame], out: Path, frame: Frame, fps: Fraction) -> None:
    """Encode yuv420p pictures as a house clip, one a frame; one that comes again is another frame."""
    with av.open(str(out), "w", format="mp4", options=muxer_of(fps)) as container:
        stream = add_house_stream(container, frame, fps)
        for number, picture in enumerate(pictures):
            picture.pts, picture.time_base = number, 1 / fps
            encode(container, stream, picture)
        encode(container, stream, None)


def write_held(picture: VideoFrame, frames: int, out: Path, frame: Frame, fps: Fraction) -> None:
    """A house clip of one yuv420p picture, shown for `frames` frames. One group is encoded, and its packets repeated.

    No frame of it is decoded before its turn, so that it may be cut off after any of them.
    """
    with av.open(str(out), "w", format="mp4", options=muxer_of(fps)) as container:
        stream = add_house_stream(container, frame, fps)
        ticks, clock = ticks_of(fps), time_base_of(fps)
        group = list[AnyPacket]()
        for number in range(min(frames, GOP)):
            picture.pts, picture.time_base = number, 1 / fps
            picture.pict_type = PictureType.P if number else PictureType.I
            group += encoded(stream, picture)
        group += encoded(stream, None)
        for number in range(frames):
            packet = repeated(group[number % GOP])
            mux(container, stamp(packet, stream, number * ticks, (number - REORDER) * ticks, ticks, clock))


def fingerprint(extradata: bytes | None) -> str:
    """The SHA-256 of a stream's parameter sets (avcC) in hex; empty if there are none."""
    return hashlib.sha256(extradata).hexdigest() if extradata else ""


@lru_cache(maxsize=64)
def parameter_sets(frame: Frame, fps: Fraction) -> str:
    """The fingerprint that every house clip of that size and rate has, learnt by encoding one black frame."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = add_house_stream(container, frame, fps)
        picture = av.VideoFrame(frame.width, frame.height, "yuv420p")
        for plane, level in zip(picture.planes, (16, 128, 128), strict=True):
            rows(plane)[:] = level
        picture.pts = 0
        encode(container, stream, picture)
        encode(container, stream, None)
    file.seek(0)
    with av.open(file) as container:
        return fingerprint(container.streams.video[0].codec_context.extradata)
