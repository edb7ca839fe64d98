"""A finished film in HEVC: its pictures encoded once more, at their own times; sound and captions are copied.

Clips are joined as H.264, whose parameter sets do not name the quality; HEVC's do, so that the whole film is encoded at
its end. It takes one thread, as all media tools do, and its bytes are the same for the same film.
"""

import heapq
import math
from collections.abc import Callable, Generator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from wzrd.media.atomic import written_beside
from wzrd.media.delivery_format import BT709, GOP, LIMITED, MUXER
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.join import Timed, check_stop
from wzrd.media.probe import Facts, opened, probe, translated
from wzrd.media.pyav import AnyPacket, add_copy, add_video, demux, encoded, fraction, mux

CODEC: Final = "libx265"
X265: Final = {
    "preset": "superfast",
    "crf": "22",
    "x265-params": f"log-level=none:keyint={GOP}:min-keyint={GOP}:scenecut=0:open-gop=0:pools=none:"
    "frame-threads=1:info=0",
}
"""About as good to the eye as the clips' H.264, in fewer bytes."""
_NO_TEXT = 2
"""Bytes of a sample of timed text that says nothing."""


def encode_hevc(film: Path, out: Path, *, stop: Callable[[], bool] = lambda: False) -> Facts:
    """Write a film of H.264 in MP4 to `out` with its pictures in HEVC (`hvc1`, which players of Apple's ask for).

    `stop` is asked once a frame. A failed call leaves nothing behind.

    Raises:
        MediaFailed: it cannot be read, this machine has no encoder of HEVC, or it has other frames afterwards.
        RunStopped: told to stop.
    """
    if CODEC not in av.codecs_available:
        raise MediaFailed("this machine has no encoder of HEVC (libx265): ask for h264")
    came = probe(film, longest=math.inf)
    with written_beside(out) as part:
        with translated(out.name):
            _write(film, part, stop)
        facts = probe(part, longest=math.inf)
        if facts.frames != came.frames:
            raise MediaFailed(f"the film has {facts.frames} frames in HEVC, it had {came.frames}")
    return facts


def _write(film: Path, part: Path, stop: Callable[[], bool]) -> None:
    with ExitStack() as files:
        source = files.enter_context(opened(film))
        video = source.streams.video[0]
        clock = fraction(video.time_base) or Fraction(1, 24)
        muxer = {**MUXER, "video_track_timescale": str(clock.denominator)}
        container = files.enter_context(av.open(str(part), "w", format="mp4", options=muxer))
        container.metadata.update(source.metadata)
        made = add_video(container, CODEC, fraction(video.average_rate) or Fraction(24), X265)
        made.width, made.height, made.pix_fmt, made.codec_tag = video.width, video.height, "yuv420p", "hvc1"
        made.time_base = clock
        context = made.codec_context
        context.time_base = clock
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED
        others = [stream for stream in source.streams if stream is not video and stream.type in {"audio", "subtitle"}]
        copies = [(stream, add_copy(container, stream), files.enter_context(opened(film))) for stream in others]
        tracks = [_pictures(source, video, made, clock, stop), *(_copied(*one) for one in copies)]
        for _, _, packet in heapq.merge(*tracks, key=lambda timed: timed[:2]):
            mux(container, packet)


def _pictures(
    source: InputContainer, video: VideoStream, made: VideoStream, clock: Fraction, stop: Callable[[], bool]
) -> Generator[Timed]:
    def timed(packets: list[AnyPacket]) -> Generator[Timed]:
        for packet in packets:
            yield (packet.dts or 0) * (fraction(packet.time_base) or clock), 0, packet

    for picture in source.decode(video):
        check_stop(stop)
        picture.pict_type = 0
        yield from timed(encoded(made, picture))
    yield from timed(encoded(made, None))


def _copied(stream: Stream, copy: Stream, container: InputContainer) -> Generator[Timed]:
    own = container.streams[stream.index]
    tick = fraction(own.time_base) or Fraction(1, 1000)
    for packet in demux(container, own):
        if own.type == "subtitle" and packet.size <= _NO_TEXT:
            continue  # the muxer fills gaps itself
        packet.stream = copy
        yield (packet.dts or 0) * tick, 1 + stream.index, packet
