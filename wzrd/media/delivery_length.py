"""A house clip of another length: its packets are copied, and only what is left near the end is encoded.

Groups are closed and all house clips are encoded alike, so a copied head and an encoded tail are one clip.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.frame import PictureType, VideoFrame

from wzrd.domain.film import Frame
from wzrd.media.atomic import folder_beside
from wzrd.media.delivery_format import REORDER, muxer_of, ticks_of, time_base_of, write_held, write_pictures
from wzrd.media.join import check_stop, join
from wzrd.media.probe import Facts, opened, translated
from wzrd.media.pyav import add_copy, demux, mux, stamp


def set_length(
    source: Path, out: Path, frame: Frame, fps: Fraction, frames: int, *, stop: Callable[[], bool] = lambda: False
) -> Facts:
    """Write the first `frames` frames of a house clip to `out`; one that is shorter holds its last picture.

    `stop` is asked once a picture. A failed call leaves nothing behind.

    Raises:
        MediaFailed: it is no house clip of that size and rate.
        RunStopped: `stop` said so.
    """
    with folder_beside(out) as folder, translated(source.name):
        clip = _read(source, fps)
        tail = folder / "tail.mp4"
        if frames > clip.frames:
            [last] = _decoded(source, clip, clip.frames - 1, clip.frames, stop)
            write_held(last, frames - clip.frames, tail, frame, fps)
            return join([source, tail], out, stop=stop)
        kept = max(number for number in clip.ends if number <= frames)
        parts = [folder / "head.mp4"] if kept else []
        if parts:
            _copy(source, parts[0], fps, kept)
        if kept < frames:
            write_pictures(_decoded(source, clip, kept, frames, stop), tail, frame, fps)
            parts.append(tail)
        return join(parts, out, stop=stop)


@dataclass(frozen=True, slots=True)
class _Read:
    """Where groups begin, after which frames the clip may end, since no packet of a later one comes before.

    `ticks` are of its clock, in a frame.
    """

    keyframes: list[int]
    ends: list[int]
    frames: int
    ticks: int

    def keyframe(self, frame: int) -> int:
        """Where the group of a frame begins."""
        return max(key for key in self.keyframes if key <= frame)


def _read(source: Path, fps: Fraction) -> _Read:
    ticks = ticks_of(fps)
    keyframes, ends, highest = list[int](), [0], 0
    with opened(source, decoding=False) as clip:
        for count, packet in enumerate(demux(clip, clip.streams.video[0]), 1):
            number = (packet.pts or 0) // ticks
            highest = max(highest, number + 1)
            if packet.is_keyframe:
                keyframes.append(number)
            if highest == count:
                ends.append(count)
    return _Read(keyframes, ends, highest, ticks)


def _copy(source: Path, out: Path, fps: Fraction, frames: int) -> None:
    """The first `frames` packets, which are the first frames."""
    ticks, clock = ticks_of(fps), time_base_of(fps)
    with opened(source, decoding=False) as clip, av.open(str(out), "w", format="mp4", options=muxer_of(fps)) as head:
        video = clip.streams.video[0]
        stream = add_copy(head, video)
        for turn, packet in enumerate(demux(clip, video)):
            if turn == frames:
                break
            mux(head, stamp(packet, stream, packet.pts or 0, (turn - REORDER) * ticks, ticks, clock))


def _decoded(source: Path, of: _Read, first: int, end: int, stop: Callable[[], bool]) -> Generator[VideoFrame]:
    """The pictures from number `first` to before `end`, decoded from the group in which the first is."""
    number = keyframe = of.keyframe(first)
    with opened(source) as clip:
        for packet in clip.demux(clip.streams.video[0]):
            if packet.size and (packet.pts or 0) // of.ticks < keyframe:
                continue
            for picture in packet.decode():
                check_stop(stop)
                if first <= number < end:
                    picture.pict_type = PictureType.NONE  # else the encoder would make of each what it was before
                    yield picture
                number += 1
                if number >= end:
                    return
