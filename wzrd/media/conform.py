"""A foreign clip becomes a house clip, once, when it arrives: after that no cut encodes it again."""

import asyncio
import math
import shutil
from fractions import Fraction
from functools import partial
from pathlib import Path

from wzrd.domain.film import FPS, Frame, frames_of
from wzrd.media.atomic import written_beside
from wzrd.media.delivery_format import TAGS, ffmpeg_output, tone_map
from wzrd.media.delivery_length import set_length
from wzrd.media.ffmpeg import CLIP_SECONDS, MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.probe import Facts, probe
from wzrd.threads import stoppable

CONFORM = "conform-5"
"""Enters cache keys: changed whenever a clip would become other bytes."""
HD_LINES = 720


async def conform_clip(
    source: Path,
    out: Path,
    *,
    frame: Frame,
    fps: Fraction = Fraction(FPS),
    frames: int | None = None,
    longest: float = CLIP_SECONDS,
) -> Facts:
    """Write `source` to `out` as a house clip of `fps`, fitted into `frame` with black bars, without its sound.

    `frames` given: exactly that many, cut off or holding the last picture. A house clip of that size and rate is copied
    as far as it goes. A failed or cancelled call leaves nothing behind.

    Raises:
        MediaRefused: it lasts longer than `longest` seconds, or has too many pixels.
        MediaFailed: it cannot be read.
    """
    if frames is not None and frames < 1:
        raise ValueError(f"a clip has at least one frame, not {frames}")
    facts = await asyncio.to_thread(partial(probe, source, longest=longest))
    if not facts.frames:
        raise MediaFailed(f"{source.name} has no picture")
    with written_beside(out) as part:
        if facts.is_house(frame, fps):
            if frames in (None, facts.frames):
                await asyncio.to_thread(shutil.copyfile, source, part)
                return facts
            return await stoppable(lambda stop: set_length(source, part, frame, fps, frames, stop=stop))
        timeout = min(longest, 120 + 4 * facts.seconds)
        await run_ffmpeg(*_arguments(source, part, facts, (frame, fps), frames, longest), timeout=timeout)
        made = await asyncio.to_thread(probe, part, longest=math.inf)
        _check(source, made, frame, fps, frames)
    return made


def _arguments(
    source: Path, part: Path, facts: Facts, to: tuple[Frame, Fraction], frames: int | None, longest: float
) -> list[str]:
    most, filters = frames or frames_of(CLIP_SECONDS, to[1]), _filters(facts, *to, hold=frames is not None)
    wanted = ["-map", "0:V:0", "-vf", filters, "-frames:v", str(most), *ffmpeg_output(*to)]
    return ["-v", "error", *foreign_input(source, longest), *wanted, "-y", local(part)]


def _filters(facts: Facts, frame: Frame, fps: Fraction, *, hold: bool) -> str:
    """From any picture to the house's: the grid first, so that no frame is scaled only to be dropped.

    High definition that does not say its colours is meant as BT.709 by whoever plays it, whatever its maker did.
    """
    matrix = ":in_color_matrix=bt709" if facts.untagged and min(facts.width, facts.height) >= HD_LINES else ""
    across, down = f"min({frame.width},{frame.height}*dar)", f"min({frame.height},{frame.width}/dar)"
    scale = f"scale=w='max(2,2*round({across}/2))':h='max(2,2*round({down}/2))':flags=bicubic"
    steps = [
        "setpts=PTS-STARTPTS",
        f"fps={fps}:start_time=0",
        f"{scale},{tone_map(facts.hdr)}" if facts.hdr else f"{scale}{matrix}:out_color_matrix=bt709:out_range=tv",
        f"pad={frame.width}:{frame.height}:(ow-iw)/2:(oh-ih)/2:color=black",
        "setsar=1",
        "format=yuv420p",
        TAGS,
    ]
    return ",".join([*steps, "tpad=stop=-1:stop_mode=clone"] if hold else steps)


def _check(source: Path, made: Facts, frame: Frame, fps: Fraction, frames: int | None) -> None:
    """Ffmpeg's exit code proves nothing: what it wrote is looked at."""
    if not made.is_house(frame, fps):
        raise MediaFailed(
            f"{source.name} did not become a house clip: {', '.join(made.faults) or 'wrong size or rate'}"
        )
    if frames is not None and made.frames != frames:
        raise MediaFailed(f"{source.name} became {made.frames} frames, not {frames}")
