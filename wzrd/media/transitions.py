"""Clips joined with cuts, fades, dissolves, wipes or slides, their sound with them; the first clip's size and pace."""

import itertools
from collections.abc import Sequence

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import Frame
from wzrd.media.clip_edits import fitting, scaled_size
from wzrd.media.clip_output import Clip, Edit, picture, sound_of
from wzrd.media.ffmpeg import CLIP_SECONDS, foreign_input
from wzrd.media.house import TAGS
from wzrd.media.limits import check_length

_XFADE = {"fade": "fadeblack", "dissolve": "fade", "crossfade": "fade", "wipe": "wipe{}", "slide": "slide{}"}
"""Our names of transitions, ffmpeg's names; `{}` is where they go."""


def lengths_of(clips: Sequence[Clip]) -> list[int]:
    """Frames of each clip at the first one's pace."""
    return [clips[0].frames(clip.seconds) for clip in clips]


def overlaps(lengths: Sequence[int], wanted: int) -> list[int]:
    """Frames that each clip shares with the next: as wanted, but at most half of either."""
    return [max(1, min(wanted, one // 2, other // 2)) for one, other in itertools.pairwise(lengths)]


def stitch(
    clips: Sequence[Clip],
    *,
    transition: str = "cut",
    seconds: float = 0.5,
    direction: str = "left",
    width: int | None = None,
    height: int | None = None,
) -> Edit:
    """The clips one after another; where they overlap, the film is shorter by as much.

    Raises:
        BadRequest: there are fewer than two.
        MediaRefused: together they last longer than a clip may.
    """
    if len(clips) < 2:
        raise BadRequest(f"at least two clips are needed to be joined, not {len(clips)}")
    rate, size = clips[0].rate, scaled_size(clips[0], width, height)
    lengths = lengths_of(clips)
    shared = [0] * (len(clips) - 1) if transition == "cut" else overlaps(lengths, max(1, round(seconds * float(rate))))
    total = (sum(lengths) - sum(shared)) / float(rate)
    check_length("the joined clip", total, CLIP_SECONDS)
    graph = [_pictures(clips, lengths, size)]
    graph.append(
        _cuts(len(clips)) if transition == "cut" else _faded(lengths, shared, transition, direction, float(rate))
    )
    heard = any(clip.facts.audio for clip in clips)
    if heard:
        graph += [_sounds(clips, lengths, float(rate)), _joined_sounds(shared, float(rate))]
    inputs = [word for clip in clips for word in foreign_input(clip.path)]
    return Edit(inputs, ";".join(graph), heard, total)


def _pictures(clips: Sequence[Clip], lengths: Sequence[int], size: Frame) -> str:
    """Each clip's picture as [v0], [v1], …: of one size, one pace, of just its frames."""
    rate = clips[0].rate
    made: list[str] = []
    for number, (clip, frames) in enumerate(zip(clips, lengths, strict=True)):
        exact = f"tpad=stop=-1:stop_mode=clone,trim=end_frame={frames},setpts=PTS-STARTPTS,settb=1/90000"
        head = picture(clip, number=number, rate=rate)
        made.append(f"{head},{fitting(size, 'pad')},format=yuv420p,{TAGS},{exact},fps={rate}[v{number}]")
    return ";".join(made)


def _cuts(count: int) -> str:
    return "".join(f"[v{number}]" for number in range(count)) + f"concat=n={count},format=yuv420p,{TAGS}[v]"


def _faded(lengths: Sequence[int], shared: Sequence[int], transition: str, direction: str, rate: float) -> str:
    """A chain: what is joined so far runs into the next clip."""
    name, steps, so_far, before = _XFADE[transition].format(direction), list[str](), lengths[0], "v0"
    for number, overlap in enumerate(shared, 1):
        after = "v" if number == len(shared) else f"x{number}"
        timed = f"duration={overlap / rate:.6f}:offset={(so_far - overlap) / rate:.6f}"
        ended = f",format=yuv420p,{TAGS}" if after == "v" else ""
        steps.append(f"[{before}][v{number}]xfade=transition={name}:{timed}{ended}[{after}]")
        so_far += lengths[number] - overlap
        before = after
    return ";".join(steps)


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
