"""Edits of a clip: length, pace, size, what lies over it. Each makes one ffmpeg command of clips."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import Frame
from wzrd.media.clip_looks import tempo
from wzrd.media.clip_output import SOUND, Clip, Edit, edit_of, even, picture, sound_of
from wzrd.media.delivery_format import TAGS
from wzrd.media.ffmpeg import foreign_input, local
from wzrd.media.limits import MediaRefused

MAX_BLENDED = 512 << 20
"""Bytes of pictures that are blended into one."""
MOST_PARTS = 60
SHORTEST = 0.04
"""Seconds that a part of a clip has at least: a frame."""


def part_of(seconds: float, start: float, end: float | None, length: float | None) -> tuple[float, float]:
    """Start and length of the part that is meant, in seconds; beyond the end there is nothing.

    Raises:
        BadRequest: there is no such part.
    """
    stop = start + length if length is not None else end if end is not None else seconds
    stop = min(stop, seconds)
    if start > seconds - SHORTEST / 2:
        raise BadRequest(f"start is {start:g} s, and it lasts {seconds:.2f} s")
    if stop - start < SHORTEST / 2:
        raise BadRequest(f"the end ({stop:g} s) must lie behind the start ({start:g} s)")
    return start, stop - start


def trim(clip: Clip, start: float, end: float | None, length: float | None) -> Edit:
    """A part of the clip, to the frame.

    Raises:
        BadRequest: it has no such part.
    """
    start, length = part_of(clip.seconds, start, end, length)
    return cut(clip, round(start * float(clip.rate)), clip.frames(length))


def cut(clip: Clip, first: int, frames: int) -> Edit:
    """So many of the clip's frames from one on, with the sound that belongs to them."""
    start, seconds = first / clip.rate, frames / clip.rate
    graph = f"{picture(clip, part=(first, frames))},format=yuv420p,{TAGS}[v]"
    if clip.facts.audio:
        heard = f"atrim=start={float(start):.6f}:duration={float(seconds):.6f},asetpts=PTS-STARTPTS"
        graph += f";{sound_of(clip)},{heard}[a]"
    read = clip.facts.lead + min(clip.seconds, float(start + seconds)) + 1.0
    return Edit(foreign_input(clip.path, read), graph, clip.facts.audio, float(seconds))


def parts(clip: Clip, seconds: float, count: int | None) -> list[tuple[int, int]]:
    """First frame and frames of each part: `count` of them, else of so many seconds (the last may be shorter).

    Raises:
        BadRequest: they are more than 60.
    """
    total = clip.frames(clip.seconds)
    if count is not None:
        count = min(count, total)
        edges = [total * number // count for number in range(count + 1)]
    else:
        step = clip.frames(seconds)
        if (number := math.ceil(total / step)) > MOST_PARTS:
            message = f"that is {number:,} parts of a clip of {clip.seconds:.1f} s; {MOST_PARTS} at most"
            raise BadRequest(f"{message}: make them longer, or say how many `parts`")
        edges = [*range(0, total, step), total]
    return [(first, last - first) for first, last in itertools.pairwise(edges)]


def speed(clip: Clip, times: float, *, keep: bool = True) -> Edit:
    """So many times as fast; sound keeps its pitch."""
    seconds = clip.seconds / times
    graph = f"{picture(clip, speed=times)}[v]"
    heard = clip.facts.audio and keep
    if heard:
        graph += f";{sound_of(clip)},{tempo(times)},atrim=end={seconds:.6f}[a]"
    return Edit(foreign_input(clip.path), graph, heard, seconds)


def scaled_size(clip: Clip, width: int | None, height: int | None) -> Frame:
    """The pixels that are wanted; one side given keeps the shape, none changes nothing."""
    own = clip.size
    if width is None and height is None:
        return own
    across = width or own.width * (height or 0) / own.height
    down = height or own.height * (width or 0) / own.width
    shrunk = min(1.0, 4096 / max(across, down))
    return Frame(even(across * shrunk), even(down * shrunk))


def fitting(size: Frame, fit: str, background: str = "#000000") -> str:
    """Filters that bring any picture to a size: with bars (`pad`), edges cut off (`crop`), or out of shape."""
    exact = f"{size.width}:{size.height}"
    if fit == "stretch":
        return f"scale={exact}:flags=lanczos,setsar=1"
    if fit == "crop":
        larger = f"scale={exact}:force_original_aspect_ratio=increase:force_divisible_by=2:flags=lanczos"
        return f"{larger},crop={exact},setsar=1"
    smaller = f"scale={exact}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=lanczos"
    return f"{smaller},pad={exact}:(ow-iw)/2:(oh-ih)/2:color={background.replace('#', '0x')},setsar=1"


def scale(clip: Clip, width: int | None, height: int | None, fit: str, background: str) -> Edit:
    """Of another size."""
    size = scaled_size(clip, width, height)
    return edit_of(clip, fitting(size, fit if width and height else "stretch", background))


def watermark(clip: Clip, layer: Path) -> Edit:
    """With a clear layer of its size (a PNG of ours) on every frame."""
    made = edit_of(clip)
    graph = made.graph.replace(
        f",format=yuv420p,{TAGS}[v]",
        f"[w0];[1:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p[w1];"
        f"[w0][w1]overlay=format=yuv420:eof_action=repeat,format=yuv420p,{TAGS}[v]",
        1,
    )
    return replace(made, inputs=[*made.inputs, "-f", "png_pipe", "-i", local(layer)], graph=graph)


def long_exposure(clip: Clip, frames: int) -> Edit:
    """Each frame the mean of the last ones.

    Raises:
        MediaRefused: so many pictures do not fit into memory.
    """
    held = frames * clip.size.width * clip.size.height * 3 // 2
    if held > MAX_BLENDED:
        size, most = f"{clip.size.width}x{clip.size.height}", frames * MAX_BLENDED // held
        raise MediaRefused(f"{frames} frames of {size} take too much memory: blend {most} at most, or scale it down")
    return edit_of(clip, f"tmix=frames={frames}")


def with_sound(clip: Clip, sound: Path, *, mix: bool) -> Edit:
    """With another sound, as long as the picture; `mix`: beside its own."""
    length = f"apad,atrim=end={clip.seconds:.6f}"
    graph = f"{picture(clip)}[v];[1:a:0]{SOUND}"
    if mix and clip.facts.audio:
        mixed = "amix=inputs=2:normalize=0:duration=longest,alimiter=level=false:latency=1"
        graph += f"[a1];{sound_of(clip)}[a0];[a0][a1]{mixed}"
    graph += f",{length}[a]"
    return Edit([*foreign_input(clip.path), *foreign_input(sound)], graph, sound=True, seconds=clip.seconds)


def blend(clips: Sequence[Clip], mode: str, opacity: float) -> Edit:
    """The second clip over the first, brought to its size and pace, as long as the shorter of them."""
    first, second = clips
    seconds = min(first.seconds, second.seconds)
    over = f"{picture(second, number=1, rate=first.rate)},{fitting(first.size, 'crop')},format=gbrp[v1]"
    graph = (
        f"{picture(first)},format=gbrp[v0];{over};"
        f"[v1][v0]blend=all_mode={mode}:all_opacity={opacity:.4f}:shortest=1,"
        f"trim=end_frame={max(1, math.floor(seconds * float(first.rate) + 1e-6))},"
        f"scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,{TAGS}[v]"
    )
    if first.facts.audio:
        graph += f";{sound_of(first)},atrim=end={seconds:.6f}[a]"
    return Edit([*foreign_input(first.path), *foreign_input(second.path)], graph, first.facts.audio, seconds)
