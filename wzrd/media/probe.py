"""Facts of a media file: read with PyAV, packet by packet, the first picture decoded; no claim is believed."""

import contextlib
import errno
import math
from collections.abc import Generator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from wzrd.domain.film import FPS, RATES, Frame
from wzrd.media.boxes import check_boxes
from wzrd.media.delivery_format import BT709, GOP, LIMITED, REORDER, fingerprint, parameter_sets, ticks_of, time_base_of
from wzrd.media.ffmpeg import CLIP_SECONDS, DECODER, FORMATS, MediaFailed, last_words
from wzrd.media.limits import Clock, check_length, check_pixels, check_work
from wzrd.media.pictures import check_file
from wzrd.media.pyav import demux, fraction, has_decoder, open_input

LONGEST_SIDE = 4096
MACHINE_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN}
"""Errors that say nothing of the file; another try may succeed."""
UNSPECIFIED = 2
"""The number of "not said" in the table of colour matrices."""
HDR_CURVES = {16: "smpte2084", 18: "arib-std-b67"}
"""Names of the transfer curves PQ and HLG, by their numbers in H.273."""
PACKETS_ONLY = {"skip_frame": "all"}
_STILLS = frozenset({"png", "mjpeg", "webp", "bmp", "tiff", "gif", "apng"})


@dataclass(frozen=True, slots=True)
class Facts:
    """A media file as it is shown: rotation applied, trimmed frames left out.

    For audio alone `width`, `height`, `frames` and `fps` are 0. `seconds` is frames over fps, for audio alone the
    stream's duration. `parameter_sets` is the SHA-256 of the avcC record in hex, empty for other codecs.
    """

    width: int
    height: int
    frames: int
    fps: Fraction
    seconds: float
    codec: str
    pix_fmt: str
    audio: bool
    faults: tuple[str, ...]  # what keeps it from being copied into a film, in words
    parameter_sets: str
    rotated: bool = False
    untagged: bool = False  # says nothing of its colour matrix
    hdr: str = ""  # ffmpeg's name of its transfer curve, where that is one of HDR's
    hidden: int = 0  # frames that an edit list keeps from being shown
    pixel_shape: Fraction = Fraction(1)  # width to height of a pixel as it is shown
    lead: float = 0.0  # seconds that the picture begins after the file's first stream

    @property
    def house(self) -> bool:
        """It is encoded as the house does, and may be joined to others of its size and rate as it is."""
        return not self.faults

    def is_house(self, frame: Frame, fps: Fraction) -> bool:
        """It is a house clip of that size and rate."""
        return self.house and (self.width, self.height, self.fps) == (frame.width, frame.height, fps)

    @property
    def size_and_rate(self) -> str:
        """Its size and rate in words, without the rate where it is the usual one."""
        return f"{self.width}x{self.height}" + (f" at {float(self.fps):.5g}" if self.fps != FPS else "")

    @property
    def still(self) -> bool:
        """It is one picture."""
        return self.frames == 1 and self.codec in _STILLS


def probe(path: Path, *, longest: float = CLIP_SECONDS) -> Facts:
    """Read `path`; `longest` are the seconds that moving pictures may last.

    Raises:
        MediaRefused: it is larger, longer or faster than what is worked on; nothing of it was decoded.
        MediaFailed: it is no media, is cut off, or cannot be decoded.
    """
    with opened(path) as container:
        video = _main_video(container)
        audio = next(filter(has_decoder, container.streams.audio), None)
        if video is not None:
            _refuse_large(path, container, video, longest)
            shown = _read_packets(path, video, longest, in_full="mp4" in container.format.name)
            _refuse_work(path, video, shown, longest)
            return _video_facts(path, container, video, shown, audio=audio is not None)
        if audio is not None:
            return _audio_facts(container, audio)
    raise MediaFailed(f"{path.name} holds neither picture nor sound")


@contextlib.contextmanager
def opened(path: Path, *, decoding: bool = True) -> Generator[InputContainer]:
    """`path` open for reading; a failure inside becomes MediaFailed with the file's name.

    The library is given an open file, not a name: no playlist and no pattern in a name leads it elsewhere. Not
    `decoding`: for packets alone, which an MP4 describes in full; opening it takes an eighth of the time.
    """
    only = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    with translated(path.name):
        check_file(path)
        check_boxes(path)
        decoder = DECODER if decoding else DECODER | PACKETS_ONLY
        with path.open("rb") as file, open_input(file, only, decoder) as container:
            yield container


@contextlib.contextmanager
def translated(what: str) -> Generator[None]:
    """Errors of the media libraries and of the disk become MediaFailed; a full disk may have room again later."""
    try:
        yield
    except FileNotFoundError:
        raise MediaFailed(f"{what} does not exist") from None
    except (FFmpegError, OSError) as error:  # a broken file makes the library seek anywhere: that is an OSError too
        reason = last_words(error.strerror or str(error))
        if error.errno in MACHINE_TROUBLE:
            raise MediaFailed(f"{what}: {reason}", retryable=True) from error
        raise MediaFailed(f"{what} is no media that can be read: {reason}") from error


def _main_video(container: InputContainer) -> VideoStream | None:
    """The first stream of moving pictures; the cover of a song is none."""
    moving = (s for s in container.streams.video if not s.disposition & Disposition.attached_pic)
    return next(filter(has_decoder, moving), None)


def _audio_facts(container: InputContainer, stream: AudioStream) -> Facts:
    first = next(iter(container.decode(stream)), None)
    if first is None:
        raise MediaFailed("the sound cannot be decoded")
    seconds = _declared(container, stream)
    codec = stream.codec_context.name
    return Facts(0, 0, 0, Fraction(0), seconds, codec, "", audio=True, faults=("no picture",), parameter_sets="")


@dataclass(frozen=True, slots=True)
class _Shown:
    """The packets of a video stream as numbers: presentation and decoding time, duration, in decoding order."""

    times: tuple[tuple[int | None, int | None, int], ...]
    keyframes: tuple[int, ...]
    hidden: int  # packets that an edit list keeps from being shown
    seconds: float  # from the first one's start to the last one's end


def _video_facts(path: Path, container: InputContainer, stream: VideoStream, shown: _Shown, *, audio: bool) -> Facts:
    picture = next(iter(container.decode(stream)), None)
    if picture is None:
        raise MediaFailed(f"{path.name} has no picture that can be decoded")
    fps = fraction(stream.average_rate) or fraction(stream.guessed_rate) or Fraction(FPS)
    frames = len(shown.times)
    if frames == 1:
        fps = Fraction(FPS)  # a still has no rate of its own
    turned = picture.rotation % 180 != 0
    width, height = (picture.height, picture.width) if turned else (picture.width, picture.height)
    avcc = stream.codec_context.extradata
    return Facts(
        width,
        height,
        frames,
        fps,
        float(frames / fps),
        stream.codec_context.name,
        picture.format.name,
        audio,
        faults=_faults(stream, picture, shown, fps, audio=audio) or _foreign_parameter_sets(stream, fps),
        parameter_sets=fingerprint(avcc) if stream.codec_context.name == "h264" else "",
        rotated=picture.rotation != 0,
        untagged=picture.colorspace == UNSPECIFIED,
        hdr=HDR_CURVES.get(stream.codec_context.color_trc, ""),
        hidden=shown.hidden,
        pixel_shape=_pixel_shape(stream, turned=turned),
        lead=_lead(container, stream),
    )


def _declared(container: InputContainer, stream: Stream) -> float:
    """The seconds that a stream says it lasts, or the file where the stream says nothing."""
    tick = fraction(stream.time_base)
    if stream.duration is not None and tick is not None:
        return float(stream.duration * tick)
    return (container.duration or 0) / av.time_base


def _refuse_large(path: Path, container: InputContainer, stream: VideoStream, longest: float) -> None:
    """Refuses a file whose own claims make it too large: they prove nothing, but suffice for that."""
    check_pixels(path.name, stream.codec_context.width, stream.codec_context.height)
    if stream.codec_context.name not in _STILLS:
        check_length(path.name, _declared(container, stream), longest)
    _refuse_cut_off(path, stream)


def _refuse_work(path: Path, stream: VideoStream, shown: _Shown, longest: float) -> None:
    """Our own films are as long as they are."""
    codec = stream.codec_context
    if longest < math.inf:
        check_work(path.name, codec.width * codec.height, len(shown.times), shown.seconds, codec.name)


def _refuse_cut_off(path: Path, stream: Stream) -> None:
    """The index of an MP4 says where its last packet ends; a download that stopped early is shorter."""
    entries = stream.index_entries
    end = max((entry.pos + entry.size for entry in entries), default=0)
    if end > path.stat().st_size:
        raise MediaFailed(f"{path.name} is cut off: the file ends before its last frame")


def _read_packets(path: Path, stream: VideoStream, longest: float, *, in_full: bool) -> _Shown:
    """All packets of the stream, without decoding them; those of a clip that is too long or too fast are not.

    `in_full`: the container itself tells when each is shown.
    """
    times: list[tuple[int | None, int | None, int]] = []
    keyframes: list[int] = []
    hidden = 0
    tick = fraction(stream.time_base) or Fraction(0)
    clock = Clock(path.name, tick, longest)
    with opened(path, decoding=not in_full) as container:
        for packet in demux(container, container.streams[stream.index]):
            clock.count(packet.dts if packet.pts is None else packet.pts, packet.duration or 0)
            if packet.is_discard:
                hidden += 1
                continue
            if packet.is_keyframe:
                keyframes.append(len(times))
            times.append((packet.pts, packet.dts, packet.duration or 0))
    clock.check()
    return _Shown(tuple(times), tuple(keyframes), hidden, clock.seconds)


def _faults(stream: VideoStream, picture: VideoFrame, shown: _Shown, fps: Fraction, *, audio: bool) -> tuple[str, ...]:
    """Differences from a house clip; empty if it is one."""
    codec = stream.codec_context
    colours = (codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range)
    longest = max((after - before for before, after in pairwise([*shown.keyframes, len(shown.times)])), default=0)
    found = {
        f"{codec.name}, not h264": codec.name != "h264",
        f"{picture.format.name}, not yuv420p": picture.format.name != "yuv420p",
        f"{float(fps):g} frames a second": fps not in RATES,
        f"time base {stream.time_base}, not {time_base_of(fps)}": stream.time_base != time_base_of(fps),
        f"pixels of {codec.sample_aspect_ratio}, not square": codec.sample_aspect_ratio not in (None, 0, 1),
        "other colours than BT.709, limited range": colours != (BT709, BT709, BT709, LIMITED),
        f"rotated by {picture.rotation} degrees": picture.rotation != 0,
        "a sound track": audio,  # its priming would move the picture's start
        f"{shown.hidden} frames hidden by an edit list": shown.hidden > 0,
        f"frames off the grid of {1 / fps} s": not _on_grid(shown, ticks_of(fps)),
        f"more than {GOP} frames between keyframes": longest > GOP,
    }
    return tuple(words for words, wrong in found.items() if wrong)


def _pixel_shape(stream: VideoStream, *, turned: bool) -> Fraction:
    """Shape of a pixel; a shape that nobody can mean counts as square."""
    shape = fraction(stream.sample_aspect_ratio) or Fraction(1)
    if not Fraction(1, 4) <= shape <= 4:
        return Fraction(1)
    return 1 / shape if turned else shape


def _lead(container: InputContainer, stream: VideoStream) -> float:
    tick = fraction(stream.time_base)
    if stream.start_time is None or tick is None:
        return 0.0
    return max(0.0, float(stream.start_time * tick) - container.start_time / av.time_base)


def _foreign_parameter_sets(stream: VideoStream, fps: Fraction) -> tuple[str, ...]:
    """Asked last, since it encodes a frame: would the house encoder have announced the stream in the same bytes?"""
    codec = stream.codec_context
    if codec.width % 2 or codec.height % 2 or max(codec.width, codec.height) > LONGEST_SIDE:
        return (f"{codec.width}x{codec.height} pixels",)
    same = fingerprint(codec.extradata) == parameter_sets(Frame(codec.width, codec.height), fps)
    return () if same else ("other encoder settings",)


def _on_grid(shown: _Shown, in_frame: int) -> bool:
    """The frames are shown at 0, 1, 2 … without gaps, decoded at most REORDER frames early, from a keyframe on."""
    ticks = [None if pts is None else divmod(pts, in_frame) for pts, _, _ in shown.times]
    if any(tick is None or tick[1] for tick in ticks) or shown.keyframes[:1] != (0,):
        return False
    numbers = [tick[0] for tick in ticks if tick is not None]
    early = max(at - number for at, number in enumerate(numbers))
    return sorted(numbers) == list(range(len(numbers))) and early <= REORDER
