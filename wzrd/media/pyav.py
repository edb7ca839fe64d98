"""PyAV behind full types: its stubs leave packets generic and planes without the buffer protocol.

What its stubs leave open is closed here. Nothing here decides anything.
"""

from collections.abc import Generator
from fractions import Fraction
from typing import Any, BinaryIO, Protocol, TypeAlias, cast

import av
import numpy as np
from av import Packet
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.subtitles.stream import SubtitleStream
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream
from numpy.typing import NDArray

AnyPacket: TypeAlias = "Packet[Any]"  # quoted: generic in the stubs only
TOLERANT_OF_TITLES = 19
"""The PyAV that reads titles leniently by itself and no longer lets one ask for it."""


def untyped(thing: Any) -> Any:
    """A thing of PyAV's whose methods the stubs describe in part only."""
    return thing


class Ratio(Protocol):
    """A fraction of the standard library, or PyAV's own kind, which some releases give instead."""

    @property
    def numerator(self) -> int:
        """The upper number."""
        ...

    @property
    def denominator(self) -> int:
        """The lower number."""
        ...


def fraction(ratio: Ratio | None) -> Fraction | None:
    """The ratio as a fraction; None when it is absent or says nothing."""
    return Fraction(ratio.numerator, ratio.denominator) if ratio is not None and ratio.denominator else None


def has_decoder(stream: Stream) -> bool:
    """True if the library can decode the stream; PyAV has no context for an unknown codec, whatever it says."""
    return getattr(stream, "codec_context", None) is not None


class _Nameless:
    """A file of which nothing is known but its bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def open_input(file: BinaryIO, options: dict[str, str], decoder: dict[str, str]) -> InputContainer:
    """Open a file for reading, its decoders set to `decoder`, also where opening it decodes a first picture.

    Titles in another encoding than UTF-8 are no reason to fail. The library is not told the file's name: by `.jpg` it
    would take a JPEG for one of a numbered series.
    """
    arguments: dict[str, Any] = {"options": options | decoder}
    if int(av.__version__.split(".")[0]) < TOLERANT_OF_TITLES:
        arguments["metadata_errors"] = "replace"
    container = av.open(_Nameless(file), "r", **arguments)
    assert isinstance(container, InputContainer)
    for stream in container.streams:
        if isinstance(stream, VideoStream | AudioStream) and has_decoder(stream):
            stream.codec_context.options = decoder
    return container


def add_video(container: OutputContainer, codec: str, rate: Fraction | int, options: dict[str, str]) -> VideoStream:
    """A new stream that encodes pictures."""
    stream = untyped(container).add_stream(codec, rate=rate, options=options)
    assert isinstance(stream, VideoStream)
    return stream


def add_audio(container: OutputContainer, codec: str, rate: int) -> AudioStream:
    """A new stream that encodes sound."""
    stream = untyped(container).add_stream(codec, rate=rate)
    assert isinstance(stream, AudioStream)
    return stream


def add_captions(container: OutputContainer) -> SubtitleStream:
    """A new stream of 3GPP timed text, the captions of MP4."""
    stream = untyped(container).add_stream("mov_text")
    assert isinstance(stream, SubtitleStream)
    return stream


def add_copy(container: OutputContainer, template: Stream) -> Stream:
    """A new stream for packets copied from `template`."""
    return untyped(container).add_stream_from_template(template)


def encoded(stream: VideoStream, picture: VideoFrame | None) -> list[AnyPacket]:
    """Packets that the encoder gives for a picture; None ends the stream."""
    return untyped(stream).encode(picture)


def encode(container: OutputContainer, stream: VideoStream, picture: VideoFrame | None) -> None:
    """Encode a picture into the file; None at the end."""
    for packet in encoded(stream, picture):
        mux(container, packet)


def repeated(packet: AnyPacket) -> AnyPacket:
    """Copy of a packet that shows its picture once more."""
    again = cast("AnyPacket", Packet(bytes(packet)))
    again.is_keyframe = packet.is_keyframe
    return again


def encode_audio(container: OutputContainer, stream: AudioStream, sound: AudioFrame | None) -> None:
    """Encode a piece of sound into the file; None at the end."""
    for packet in untyped(stream).encode(sound):
        mux(container, packet)


def mux(container: OutputContainer, packet: AnyPacket) -> None:
    """Put a packet into the file."""
    untyped(container).mux_one(packet)


def demux(container: InputContainer, stream: Stream) -> Generator[AnyPacket]:
    """The stream's packets in decoding order, without the empty one at the end."""
    for packet in untyped(container).demux(stream):
        if packet.size:
            yield packet


def text_packet(text: str) -> AnyPacket:
    """A sample of timed text: its length in two bytes, then UTF-8."""
    words = text.encode()
    return cast("AnyPacket", Packet(len(words).to_bytes(2, "big") + words))


def stamp(packet: AnyPacket, stream: Stream, pts: int, dts: int, duration: int, time_base: Fraction) -> AnyPacket:
    """Move a packet to a place of ours in a stream of ours."""
    packet.stream = stream
    packet.time_base = time_base
    packet.pts, packet.dts, packet.duration = pts, dts, duration
    return packet


def rows(plane: VideoPlane) -> NDArray[np.uint8]:
    """The memory of a plane to read and write, one row a line; rows may be longer than the picture is wide."""
    memory = np.frombuffer(cast("bytes", plane), np.uint8)  # a buffer, though no bytes
    return memory.reshape(-1, plane.line_size)
