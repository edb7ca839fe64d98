"""A house clip of another length: whole groups of its pictures are copied, only the rest is encoded.

Groups are closed and all house clips are encoded alike, so a copied head and an encoded tail are one clip.
"""

import tempfile
from collections.abc import Callable, Generator
from itertools import repeat
from pathlib import Path

import av
from av.video.frame import PictureType, VideoFrame

from wzrd.domain.film import Frame
from wzrd.media.house import MUXER, REORDER, TICKS, TIME_BASE, write_pictures
from wzrd.media.join import check_stop, join
from wzrd.media.probe import Facts, opened, translated
from wzrd.media.pyav import add_copy, demux, mux, stamp


def set_length(
    source: Path, out: Path, frame: Frame, frames: int, *, stop: Callable[[], bool] = lambda: False
) -> Facts:
    """Write the first `frames` frames of a house clip to `out`; one that is shorter holds its last picture.

    `stop` is asked once a picture. A failed call leaves nothing behind.

    Raises:
        MediaFailed: it is no house clip of that size.
        RunStopped: `stop` said so.
    """
    with tempfile.TemporaryDirectory(prefix="wzrd-length-") as folder, translated(source.name):
        keyframes, count = _groups(source)
        kept = count if frames >= count else max(key for key in keyframes if key <= frames)
        parts = [Path(folder) / "head.mp4"] if kept else []
        if parts:
            _copy(source, parts[0], kept)
        if kept < frames:
            first = max(key for key in keyframes if key < count and key <= kept)
            parts.append(Path(folder) / "tail.mp4")
            write_pictures(_tail(source, first, kept, frames, stop), parts[-1], frame)
        return join(parts, out, stop=stop)


def _groups(source: Path) -> tuple[list[int], int]:
    """The numbers of the frames that groups begin with, and how many frames there are."""
    keyframes, count = list[int](), 0
    with opened(source) as clip:
        for packet in demux(clip, clip.streams.video[0]):
            count += 1
            if packet.is_keyframe:
                keyframes.append((packet.pts or 0) // TICKS)
    return keyframes, count


def _copy(source: Path, out: Path, frames: int) -> None:
    """The first `frames` packets, which are the first frames: a group begins after them, or nothing does."""
    with opened(source) as clip, av.open(str(out), "w", format="mp4", options=dict(MUXER)) as head:
        video = clip.streams.video[0]
        stream = add_copy(head, video)
        for turn, packet in enumerate(demux(clip, video)):
            if turn == frames:
                break
            mux(head, stamp(packet, stream, packet.pts or 0, (turn - REORDER) * TICKS, TICKS, TIME_BASE))


def _tail(source: Path, first: int, kept: int, frames: int, stop: Callable[[], bool]) -> Generator[VideoFrame]:
    """The pictures from number `kept` to `frames`, decoded from the group that begins with frame `first`."""
    number, last = first, None
    for last in _decoded(source, first):
        check_stop(stop)
        last.pict_type = PictureType.NONE  # else the encoder would make of each what it was before
        if kept <= number < frames:
            yield last
        number += 1
    if last is not None:
        for held in repeat(last, frames - max(number, kept)):
            check_stop(stop)
            yield held


def _decoded(source: Path, first: int) -> Generator[VideoFrame]:
    with opened(source) as clip:
        begun = False
        for packet in clip.demux(clip.streams.video[0]):
            begun = begun or (packet.is_keyframe and (packet.pts or 0) // TICKS >= first)
            if begun:
                yield from packet.decode()
