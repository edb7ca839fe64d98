"""Joined clips: how long, which clip is seen and heard when, clips of other sizes and paces, clips without sound."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.media.clips import brightness, heard_by_pyav, start_times
from tests.media.edits import clicked, colored, counted, counts, loud, near, pictures, pitch, samples
from wzrd.domain.errors import BadRequest
from wzrd.media.clip_output import open_clip
from wzrd.media.limits import MediaRefused
from wzrd.media.probe import Facts
from wzrd.media.transitions import overlaps, plan_joining, write_joined

RED, BLUE = (220, 30, 30), (30, 60, 210)


async def joined(paths: list[Path], out: Path, **how: Any) -> Facts:
    clips = [await open_clip(path) for path in paths]
    return await write_joined(plan_joining(clips, **how), out)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Half a second of red at 500 Hz, half a second of blue at 1500 Hz."""
    folder = tmp_path_factory.mktemp("pair")
    return [colored(folder / "a.mp4", "0xdc1e1e", sound=500), colored(folder / "b.mp4", "0x1e3cd2", sound=1500)]


async def test_a_cut_is_exact_in_picture_and_sound(pair: list[Path], tmp_path: Path) -> None:
    """Every frame of both; each sounds as long as it is seen."""
    facts = await joined(pair, tmp_path / "o.mp4")
    seen = [frame.getpixel((32, 24)) for frame in pictures(tmp_path / "o.mp4")]
    assert near(seen, [RED] * 12 + [BLUE] * 12)
    assert (facts.frames, facts.audio) == (24, True)
    sound = samples(tmp_path / "o.mp4")
    assert [round(pitch(part), -2) for part in (sound[2400:21_600], sound[26_400:45_600])] == [500, 1500]


@pytest.mark.parametrize("transition", ["fade", "dissolve", "crossfade", "wipe", "slide"])
async def test_a_transition_goes_from_one_to_the_other(transition: str, pair: list[Path], tmp_path: Path) -> None:
    """It begins with the first clip and ends with the second; the film is shorter by as much as they share."""
    facts = await joined(pair, tmp_path / "o.mp4", transition=transition, seconds=0.25)
    frames = pictures(tmp_path / "o.mp4")
    assert (facts.frames, len(frames)) == (18, 18)
    assert near([frames[0].getpixel((32, 24)), frames[17].getpixel((32, 24))], [RED, BLUE])
    middle = np.asarray(frames[9].convert("RGB"), int)
    if transition in {"dissolve", "crossfade"}:
        assert near([middle[24, 32]], [(125, 45, 120)], 24)
    elif transition == "fade":
        assert middle.max() < 90
    else:
        assert near([middle[24, 4], middle[24, 60]], [RED, BLUE])
    sound = samples(tmp_path / "o.mp4")
    assert len(sound) / 48_000 == pytest.approx(0.75, abs=0.05)
    assert loud(sound) == [True] * 4


@pytest.mark.parametrize(
    ("direction", "first"), [("left", (24, 60)), ("right", (24, 4)), ("up", (44, 32)), ("down", (4, 32))]
)
async def test_a_wipe_goes_where_it_is_told(
    direction: str, first: tuple[int, int], pair: list[Path], tmp_path: Path
) -> None:
    """The second clip is seen first on the other side."""
    await joined(pair, tmp_path / "o.mp4", transition="wipe", seconds=0.25, direction=direction)
    middle = np.asarray(pictures(tmp_path / "o.mp4")[9].convert("RGB"), int)
    y, x = first
    assert near([middle[y, x], middle[47 - y, 63 - x]], [BLUE, RED], 20)


@pytest.mark.parametrize(
    ("lengths", "wanted", "shared"),
    [([48, 48], 12, [12]), ([48, 10, 48], 12, [5, 5]), ([2, 2], 12, [1]), ([100, 100, 4], 30, [30, 2])],
)
def test_a_transition_takes_half_of_a_clip_at_most(lengths: list[int], wanted: int, shared: list[int]) -> None:
    """So two of them fit into one."""
    assert overlaps(lengths, wanted) == shared


async def test_others_sizes_paces_and_silence_fit_the_first(pair: list[Path], tmp_path: Path) -> None:
    """A tall clip stands between bars, 30 frames a second become 24, a silent one is silent."""
    tall = counted(tmp_path / "tall.mp4", frames=15, rate="30", size="32x64")
    for transition in ("cut", "dissolve"):
        facts = await joined([pair[0], tall, pair[1]], tmp_path / "o.mp4", transition=transition, seconds=0.1)
        shared = 0 if transition == "cut" else 2 * 2
        assert (facts.width, facts.height, facts.fps, facts.frames) == (64, 48, 24, 36 - shared)
        frame = pictures(tmp_path / "o.mp4")[18 - shared // 2]
        assert near([frame.getpixel((4, 24))], [(0, 0, 0)])
        assert loud(samples(tmp_path / "o.mp4"), 3) == [True, False, True]


@pytest.mark.parametrize("how", [{}, {"transition": "dissolve", "seconds": 0.25}])
async def test_sound_and_picture_stay_together(how: dict[str, object], tmp_path: Path) -> None:
    """A click is heard at its frame, in the second clip too."""
    source = clicked(tmp_path / "a.mp4")
    facts = await joined([source, source], tmp_path / "o.mp4", **how)
    assert heard_by_pyav(tmp_path / "o.mp4") == pytest.approx([0.5, facts.seconds - 0.5], abs=0.012)
    seen = counts(tmp_path / "o.mp4")
    assert (seen[12], seen[-12]) == (12, 12)
    assert start_times(tmp_path / "o.mp4") == [float(n) for n in range(facts.frames)]


async def test_silent_clips_make_a_silent_film(tmp_path: Path) -> None:
    """Of another size, if that is wanted; the same clip may come twice."""
    clip = counted(tmp_path / "a.mp4", frames=6)
    facts = await joined([clip, clip, clip], tmp_path / "o.mp4", width=32)
    assert (facts.audio, facts.width, facts.height, facts.frames) == (False, 32, 24, 18)
    assert [round((level - 40) / 6) for level in brightness(tmp_path / "o.mp4")] == [*range(6)] * 3


async def test_too_few_and_too_long_are_refused(tmp_path: Path) -> None:
    """One clip is nothing to join; an hour is no clip."""
    from dataclasses import replace

    clip = await open_clip(counted(tmp_path / "a.mp4", frames=6))
    with pytest.raises(BadRequest, match="at least two clips are needed to be joined, not 1"):
        plan_joining([clip])
    long = replace(clip, facts=replace(clip.facts, seconds=400.0, frames=9600))
    with pytest.raises(MediaRefused, match="lasts 800 seconds"):
        plan_joining([long, long])
