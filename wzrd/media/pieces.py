"""Clips put together from pieces of one clip, some backwards: each encoded once, then joined by copying packets.

Only a piece's pictures are held at once, so a clip of any length can be played backwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
from av.container import OutputContainer
from av.stream import Stream

from wzrd.media.atomic import folder_beside
from wzrd.media.audio_edits import write_sound
from wzrd.media.clip_output import Clip, Edit, Report, picture, silent, sound_of, write_clip
from wzrd.media.delivery_format import MUXER, REORDER, TAGS, TICKS
from wzrd.media.ffmpeg import CLIP_SECONDS, MediaFailed, foreign_input
from wzrd.media.join import add_tracks
from wzrd.media.limits import check_length
from wzrd.media.probe import Facts, opened, translated
from wzrd.media.pyav import add_copy, demux, fraction, mux, stamp
from wzrd.threads import in_thread

MAX_HELD = 256 << 20
"""Bytes of pictures that are held at once."""


@dataclass(frozen=True, slots=True)
class Piece:
    """So many frames of a clip from one on, shown in their order or backwards."""

    first: int
    frames: int
    backwards: bool = False


def reversed_pieces(clip: Clip, first: int, frames: int, *, held: int = MAX_HELD) -> list[Piece]:
    """Frames of a clip backwards, as pieces whose pictures take `held` bytes at most: the last ones first."""
    most = max(1, held // (clip.size.width * clip.size.height * 3 // 2))
    starts = range(first, first + frames, most)
    return [Piece(start, min(most, first + frames - start), backwards=True) for start in reversed(starts)]


def reverse_pieces(clip: Clip, *, held: int = MAX_HELD) -> list[Piece]:
    """All of a clip, backwards."""
    return reversed_pieces(clip, 0, clip.frames(clip.seconds), held=held)


def boomerang_pieces(clip: Clip, loops: int) -> list[Piece]:
    """Forwards, then backwards, `loops` times; no picture comes twice where it turns.

    Raises:
        MediaRefused: it would last longer than a clip may.
    """
    frames = clip.frames(clip.seconds)
    check_length("the boomerang", loops * (2 * frames - 2) / float(clip.rate), CLIP_SECONDS)
    return [Piece(0, frames), *reversed_pieces(clip, 1, max(0, frames - 2))] * loops


def reverse_sound(clip: Clip) -> str:
    """Filters that play the clip's sound backwards, brought to the picture's length first: both turn at one moment."""
    return f"{_whole(clip)},areverse,asetpts=PTS-STARTPTS[a]"


def boomerang_sound(clip: Clip, loops: int) -> str:
    """Filters that play it forwards, then backwards, `loops` times."""
    frames, rate = clip.frames(clip.seconds), float(clip.rate)
    back = max(0, frames - 2)
    samples = round((frames + back) / rate * 48_000)
    if not back:
        return f"{_whole(clip)},aloop=loop={loops - 1}:size={samples},asetpts=N/SR/TB[a]"
    return (
        f"{_whole(clip)},asplit[a0][a1];"
        f"[a1]areverse,asetpts=PTS-STARTPTS,atrim=start={1 / rate:.6f}:duration={back / rate:.6f},"
        f"asetpts=PTS-STARTPTS[a2];[a0][a2]concat=n=2:v=0:a=1,"
        f"aloop=loop={loops - 1}:size={samples},asetpts=N/SR/TB[a]"
    )


def _whole(clip: Clip) -> str:
    return f"{sound_of(clip)},apad,atrim=end={clip.seconds:.6f}"


async def write_pieces(clip: Clip, pieces: Sequence[Piece], sound: str, out: Path, report: Report = silent) -> Facts:
    """Write the pieces one after another to `out`, with the sound that `sound` makes of the clip's (empty: none).

    Raises:
        MediaFailed: ffmpeg failed.
    """
    heard = (foreign_input(clip.path), sound) if sound else None
    return await assemble([_edit(clip, piece) for piece in pieces], clip.rate, heard, out, report)


async def assemble(
    edits: Sequence[Edit], rate: Fraction, sound: tuple[Sequence[str], str] | None, out: Path, report: Report = silent
) -> Facts:
    """Write silent edits of one size and pace one after another, each encoded by itself, and a sound beside them.

    `sound`: ffmpeg's inputs and a graph that ends in [a]. An edit that comes again is encoded once. A failed or
    cancelled call leaves nothing behind.

    Raises:
        MediaFailed: ffmpeg failed.
    """
    with folder_beside(out) as room:
        made = dict[str, Path]()
        keys = [repr((edit.inputs, edit.graph)) for edit in edits]
        for key, edit in zip(keys, edits, strict=True):
            if key not in made:
                made[key] = room / f"{len(made)}.mp4"
                await write_clip(edit, made[key])
                report(len(made) / len(set(keys)))
        heard = room / "sound.m4a" if sound else None
        if sound is not None and heard is not None:
            await write_sound(*sound, heard)
        joined = room / "joined.mp4"
        await in_thread(_join, [made[key] for key in keys], joined, rate)
        return await in_thread(partial(add_tracks, joined, out, audio=heard))


def _edit(clip: Clip, piece: Piece) -> Edit:
    turned = "reverse,setpts=PTS-STARTPTS," if piece.backwards else ""
    graph = f"{picture(clip, part=(piece.first, piece.frames))},{turned}format=yuv420p,{TAGS}[v]"
    return Edit(foreign_input(clip.path), graph, sound=False, seconds=piece.frames / float(clip.rate))


def _join(pieces: Sequence[Path], out: Path, rate: Fraction) -> None:
    """The pieces' pictures on one grid of frames; all of them were encoded alike."""
    base = 1 / (rate * TICKS)
    options = {**MUXER, "video_track_timescale": str(base.denominator)}
    with translated(out.name), av.open(str(out), "w", format="mp4", options=options) as film:
        with opened(pieces[0]) as first:
            stream = add_copy(film, first.streams.video[0])
            sets = first.streams.video[0].codec_context.extradata
        start = 0
        for path in pieces:
            start += _copy(path, film, stream, start, base, sets)


def _copy(path: Path, film: OutputContainer, stream: Stream, start: int, base: Fraction, sets: bytes | None) -> int:
    """Copy one piece to where it begins, in frames; returns how many it has."""
    count = 0
    with opened(path) as container:
        source = container.streams.video[0]
        tick = fraction(source.time_base) or base
        if source.codec_context.extradata != sets:
            raise MediaFailed("the pieces of a clip were encoded differently")
        for packet in demux(container, source):
            frame = round((packet.pts or 0) * tick / (base * TICKS))
            dts = (start + count - REORDER) * TICKS
            mux(film, stamp(packet, stream, (start + frame) * TICKS, dts, TICKS, base))
            count += 1
    return count
