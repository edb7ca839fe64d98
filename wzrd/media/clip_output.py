"""Reading and writing of every edit of a clip: own size and pace, BT.709, sound beside it, equal bytes.

One ffmpeg command an edit. Foreign files are looked at first (`open_clip`); what was written is looked at too.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeAlias

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import Frame
from wzrd.media.atomic import written_beside
from wzrd.media.delivery_format import TAGS, X264, tone_map
from wzrd.media.ffmpeg import CLIP_SECONDS, MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.probe import LONGEST_SIDE, Facts, probe

MOST_FPS = 60
AAC = ("-c:a", "aac", "-b:a", "192k", "-aac_coder", "fast", "-ar", "48000", "-ac", "2", "-flags:a", "+bitexact")
SOUND = "aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo"
"""From any sound to 48 kHz stereo without gaps, from 0 on."""

Report: TypeAlias = Callable[[float], None]
"""Hears how far an edit is, 0 to 1."""

_HD_LINES = 720
_QUALITY = "18"
"""x264's crf: edits follow one another, and each costs a little."""


def silent(_fraction: float) -> None:
    """Ignores an edit's progress where nobody wants to hear of it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A foreign clip that has been looked at. It lasts from its first picture to its last one."""

    path: Path
    facts: Facts

    @property
    def rate(self) -> Fraction:
        """Frames a second of what is made of it."""
        return min(max(self.facts.fps.limit_denominator(1001), Fraction(1)), Fraction(MOST_FPS))

    @property
    def size(self) -> Frame:
        """Its pixels as they are written: square, even, no side longer than 4096."""
        width, height = self.facts.width * float(self.facts.pixel_shape), self.facts.height
        shrunk = min(1.0, LONGEST_SIDE / max(width, height))
        return Frame(even(width * shrunk), even(height * shrunk))

    @property
    def seconds(self) -> float:
        """Seconds that its picture lasts."""
        return self.facts.seconds

    def frames(self, seconds: float) -> int:
        """The whole frames of so many seconds at its rate, at least one."""
        return max(1, round(seconds * float(self.rate)))


def even(pixels: float) -> int:
    """The nearest even number of pixels, at least 16."""
    return max(16, 2 * round(pixels / 2))


async def open_clip(path: Path, *, longest: float = CLIP_SECONDS) -> Clip:
    """Look at a foreign clip; nothing of it is decoded but its first picture.

    Raises:
        MediaRefused: it is longer than `longest` seconds, or has too many pixels.
        MediaFailed: it cannot be read.
        BadRequest: it holds no moving picture.
    """
    facts = await asyncio.to_thread(partial(probe, path, longest=longest))
    if not facts.frames:
        raise BadRequest("a clip is needed, and the file holds only sound")
    if facts.still:
        raise BadRequest("a clip is needed, and the file holds one picture")
    return Clip(path, facts)


def picture(
    clip: Clip,
    *,
    number: int = 0,
    speed: float = 1.0,
    rate: Fraction | None = None,
    part: tuple[int, int] | None = None,
) -> str:
    """The beginning of a filter graph: input `number` on its frame grid, upright, square pixels, BT.709.

    `part`: of it only so many frames from one on, as first frame and frames.
    High definition that does not say its colors is meant as BT.709, as in `conform`.
    """
    facts, size = clip.facts, clip.size
    matrix = ":in_color_matrix=bt709" if facts.untagged and min(facts.width, facts.height) >= _HD_LINES else ""
    scale = f"scale={size.width}:{size.height}:flags=bicubic"
    steps = [
        f"setpts=(PTS-STARTPTS)/{speed:.6f}" if speed != 1 else "setpts=PTS-STARTPTS",
        f"fps={rate or clip.rate}:start_time=0",
        *([f"trim=start_frame={part[0]}:end_frame={sum(part)}", "setpts=PTS-STARTPTS"] if part else []),
        f"{scale},{tone_map(facts.hdr)}" if facts.hdr else f"{scale}{matrix}:out_color_matrix=bt709:out_range=tv",
        "setsar=1",
        "format=yuv420p",
        TAGS,
    ]
    return f"[{number}:V:0]{','.join(steps)}"


def sound_of(clip: Clip, *, number: int = 0) -> str:
    """The sound of input `number`, from the moment of its first picture on."""
    moved = f"asetpts=PTS-{clip.facts.lead:.6f}/TB," if clip.facts.lead else ""
    return f"[{number}:a:0]{moved}{SOUND}"


@dataclass(frozen=True, slots=True)
class Edit:
    """One command: its inputs, a filter graph that ends in [v] (and in [a] if there is sound), its seconds."""

    inputs: Sequence[str]
    graph: str
    sound: bool
    seconds: float


def edit_of(clip: Clip, filters: str = "", sound: str = "") -> Edit:
    """The usual edit: one clip, filters on its picture, filters on its sound; it lasts as long as before."""
    graph = f"{picture(clip)}{f',{filters}' if filters else ''},format=yuv420p,{TAGS}[v]"
    if clip.facts.audio:
        graph += f";{sound_of(clip)},atrim=end={clip.seconds:.6f}{f',{sound}' if sound else ''}[a]"
    return Edit(foreign_input(clip.path), graph, clip.facts.audio, clip.seconds)


async def write_clip(edit: Edit, out: Path, report: Report = silent) -> Facts:
    """Run the command and look at what it made. A failed or cancelled call leaves nothing behind.

    Raises:
        MediaFailed: ffmpeg failed, or made no clip.
    """
    with written_beside(out) as part:
        work = ["-v", "error", *edit.inputs, "-filter_complex", edit.graph]
        await run_ffmpeg(
            *(*work, *encoded(sound=edit.sound), "-y", local(part)),
            timeout=600 + 20 * edit.seconds,
            hear=lambda seconds: report(min(1.0, seconds / edit.seconds)),
        )
        facts = await asyncio.to_thread(partial(probe, part, longest=float("inf")))
        if not facts.frames or facts.audio != edit.sound:
            raise MediaFailed("ffmpeg made no clip of it")
    return facts


def encoded(*, sound: bool) -> list[str]:
    """Output arguments: [v] and [a] as H.264 and AAC in MP4, nothing else of the sources."""
    tags = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "color_range": "tv"}
    options = {"c": "libx264", **X264, "crf": _QUALITY, **tags}
    codec = [word for name, value in options.items() for word in (f"-{name}:v", value)]
    heard = ["-map", "[a]", *AAC] if sound else ["-an"]
    muxer = ["-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart"]
    return ["-map", "[v]", *codec, *heard, *muxer, "-fflags", "+bitexact", "-f", "mp4"]


async def edit_clip(source: Path, out: Path, edit: Callable[[Clip], Edit], report: Report = silent) -> Facts:
    """Look at a foreign clip and write what `edit` makes of it.

    Raises:
        MediaRefused, MediaFailed, BadRequest: as `open_clip` and `write_clip`; whatever `edit` raises.
    """
    return await write_clip(edit(await open_clip(source)), out, report)
