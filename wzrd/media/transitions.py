"""Clips joined with cuts, fades, dissolves, wipes or slides, their sound with them; the first clip's size and pace."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import Frame
from wzrd.media.clip_edits import fitting, scaled_size
from wzrd.media.clip_output import Clip, Edit, Report, picture, silent, sound_of
from wzrd.media.delivery_format import TAGS
from wzrd.media.ffmpeg import CLIP_SECONDS, foreign_input
from wzrd.media.limits import check_length
from wzrd.media.pieces import assemble
from wzrd.media.probe import Facts

_XFADE = {"fade": "fadeblack", "dissolve": "fade", "crossfade": "fade", "wipe": "wipe{}", "slide": "slide{}"}
"""Our names of transitions, ffmpeg's names; `{}` is where they go."""


def overlaps(lengths: Sequence[int], wanted: int) -> list[int]:
    """Frames that each clip shares with the next: as wanted, but at most half of either."""
    return [max(1, min(wanted, one // 2, other // 2)) for one, other in itertools.pairwise(lengths)]


@dataclass(frozen=True, slots=True)
class Joining:
    """Plan of a join: frames of each clip, frames that neighbours share, and the size of the result."""

    clips: Sequence[Clip]
    lengths: Sequence[int]
    shared: Sequence[int]
    size: Frame
    effect: str = ""

    @property
    def rate(self) -> Fraction:
        """The first clip's pace."""
        return self.clips[0].rate

    @property
    def seconds(self) -> float:
        """Seconds that the result lasts."""
        return (sum(self.lengths) - sum(self.shared)) / float(self.rate)


def plan_joining(
    clips: Sequence[Clip],
    *,
    transition: str = "cut",
    seconds: float = 0.5,
    direction: str = "left",
    width: int | None = None,
    height: int | None = None,
) -> Joining:
    """The clips one after another; where they overlap, what is made is shorter by as much.

    Raises:
        BadRequest: there are fewer than two.
        MediaRefused: together they last longer than a clip may.
    """
    if len(clips) < 2:
        raise BadRequest(f"at least two clips are needed to be joined, not {len(clips)}")
    lengths = [clips[0].frames(clip.seconds) for clip in clips]  # at the first one's pace
    wanted = max(1, round(seconds * float(clips[0].rate)))
    shared = [0] * (len(clips) - 1) if transition == "cut" else overlaps(lengths, wanted)
    effect = "" if transition == "cut" else _XFADE[transition].format(direction)
    joining = Joining(clips, lengths, shared, scaled_size(clips[0], width, height), effect)
    check_length("the joined clip", joining.seconds, CLIP_SECONDS)
    return joining


async def write_joined(joining: Joining, out: Path, report: Report = silent) -> Facts:
    """Join them. Each clip's own part and each transition are encoded by themselves: few files are open at once.

    Raises:
        MediaFailed: ffmpeg failed.
    """
    sound = None
    if any(clip.facts.audio for clip in joining.clips):
        inputs = [word for clip in joining.clips for word in foreign_input(clip.path)]
        rate = float(joining.rate)
        graph = [_sounds(joining.clips, joining.lengths, rate), _joined_sounds(joining.shared, rate)]
        sound = (inputs, ";".join(graph))
    return await assemble(_edits(joining), joining.rate, sound, out, report)


def _edits(joining: Joining) -> list[Edit]:
    """Edits for one clip alone, then for it and the next, and so on."""
    before, after = [0, *joining.shared], [*joining.shared, 0]
    made: list[Edit] = []
    for number, clip in enumerate(joining.clips):
        first, frames = before[number], joining.lengths[number] - before[number] - after[number]
        if frames:
            graph = f"{_part(joining, number, 0, first, frames)},format=yuv420p,{TAGS}[v]"
            made.append(Edit(foreign_input(clip.path), graph, sound=False, seconds=frames / float(joining.rate)))
        if after[number]:
            made.append(_bridge(joining, number))
    return made


def _bridge(joining: Joining, number: int) -> Edit:
    """The end of a clip running into the beginning of the next."""
    frames, clips = joining.shared[number], joining.clips[number : number + 2]
    seconds = frames / float(joining.rate)
    graph = (
        f"{_part(joining, number, 0, joining.lengths[number] - frames, frames)}[v0];"
        f"{_part(joining, number + 1, 1, 0, frames)}[v1];"
        f"[v0][v1]xfade=transition={joining.effect}:duration={seconds:.6f}:offset=0,format=yuv420p,{TAGS}[v]"
    )
    return Edit([word for clip in clips for word in foreign_input(clip.path)], graph, sound=False, seconds=seconds)


def _part(joining: Joining, clip: int, number: int, first: int, frames: int) -> str:
    """Frames of a clip, in the common size and pace, of input `number`; if it ends early its last picture is held."""
    exact = f"tpad=stop=-1:stop_mode=clone,trim=start_frame={first}:end_frame={first + frames},setpts=PTS-STARTPTS"
    head = picture(joining.clips[clip], number=number, rate=joining.rate)
    return f"{head},{exact},{fitting(joining.size, 'pad')},format=yuv420p,{TAGS}"


def _sounds(clips: Sequence[Clip], lengths: Sequence[int], rate: float) -> str:
    """Each clip's sound as [a0], [a1], …, exactly as long as its picture; silence where there is none."""
    made: list[str] = []
    for number, (clip, frames) in enumerate(zip(clips, lengths, strict=True)):
        source = sound_of(clip, number=number) if clip.facts.audio else "anullsrc=r=48000:cl=stereo"
        made.append(f"{source},apad,atrim=end_sample={round(frames / rate * 48_000)},asetpts=N/SR/TB[a{number}]")
    return ";".join(made)


def _joined_sounds(shared: Sequence[int], rate: float) -> str:
    if not any(shared):
        return "".join(f"[a{number}]" for number in range(len(shared) + 1)) + f"concat=n={len(shared) + 1}:v=0:a=1[a]"
    steps, before = list[str](), "a0"
    for number, overlap in enumerate(shared, 1):
        after = "a" if number == len(shared) else f"b{number}"
        crossed = f"acrossfade=ns={round(overlap / rate * 48_000)}:c1=tri:c2=tri"
        steps.append(f"[{before}][a{number}]{crossed}[{after}]")
        before = after
    return ";".join(steps)
