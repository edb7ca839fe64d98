"""Pictures out of clips: the right frames, in order, as PNG or JPEG; contact sheets that are tidy."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media.edits import RED, colored, counted, near
from wzrd.domain.errors import BadRequest
from wzrd.media.clip_output import Clip, open_clip
from wzrd.media.frames import (
    MOST_FRAMES,
    Grid,
    Spread,
    draw_grid,
    middles,
    single,
    spread,
    take_frames,
    take_grid_frames,
)
from wzrd.media.limits import MediaRefused


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of counting."""
    return counted(tmp_path_factory.mktemp("clips") / "a.mp4")


@pytest.fixture
async def clip(source: Path) -> Clip:
    return await open_clip(source)


def shown(path: Path) -> int:
    """The number that a picture of the counting clip shows."""
    level = float(np.asarray(Image.open(path).convert("L"), float)[20:28, 28:36].mean())
    return round((16 + level * 219 / 255 - 40) / 6)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Spread(), [0]),
        (Spread(fps=4), [0, 6, 12, 18]),
        (Spread(every=0.5), [0, 12]),
        (Spread(every=0.3), [0, 7, 14, 22]),
        (Spread(count=2), [6, 18]),
        (Spread(count=200), list(range(24))),
        (Spread(fps=60), list(range(24))),
        (Spread(every=9), [0]),
    ],
)
async def test_frames_are_spread_as_wanted(clip: Clip, wanted: Spread, numbers: list[int]) -> None:
    """Counted before the pace, the pace before the default; never beyond the clip, none twice."""
    assert spread(clip, wanted) == numbers


async def test_too_many_are_refused_with_their_number(clip: Clip) -> None:
    """Before anything is decoded."""
    from dataclasses import replace

    long = replace(clip, facts=replace(clip.facts, seconds=600.0, frames=14_400))
    with pytest.raises(BadRequest, match=rf"14,400 pictures of a clip of 600\.0 s; {MOST_FRAMES} at most"):
        spread(long, Spread(fps=60))
    assert len(spread(long, Spread(count=MOST_FRAMES))) == MOST_FRAMES


@pytest.mark.parametrize(
    ("position", "at", "number"),
    [("first", None, 0), ("middle", None, 12), ("last", None, 23), ("first", 0.5, 12), ("last", 1.0, 23)],
)
async def test_one_frame_is_found_by_its_place_or_time(
    clip: Clip, position: str, at: float | None, number: int
) -> None:
    """The time counts first; beyond the end there is none."""
    assert single(clip, position, at) == number
    with pytest.raises(BadRequest, match=r"at is 1\.5 s, and the clip lasts 1\.00 s"):
        single(clip, position, 1.5)


@pytest.mark.parametrize("picture_format", ["png", "jpg"])
async def test_the_frames_themselves_are_taken(clip: Clip, picture_format: str, tmp_path: Path) -> None:
    """In order; equal bytes again."""
    numbers = [0, 1, 12, 23]
    made: list[list[bytes]] = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        files = await take_frames(clip, numbers, tmp_path / name, picture_format=picture_format)
        assert [shown(file) for file in files] == numbers
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1]


async def test_colors_are_those_of_the_clip(tmp_path: Path) -> None:
    """As a player shows them."""
    clip = await open_clip(colored(tmp_path / "a.mp4"))
    [file] = await take_frames(clip, [3], tmp_path)
    assert near([np.asarray(Image.open(file).convert("RGB"))[24, 32]], [RED], 6)


def test_middles_are_evenly_spread() -> None:
    """Neither the black first frame nor the black last one."""
    assert middles(90, 3) == [15, 45, 75]
    assert middles(2, 9) == [0, 1]


async def test_a_grid_is_tidy(clip: Clip, tmp_path: Path) -> None:
    """Rows and columns of one size, gaps of one width in the color that is wanted, in order."""
    grid = Grid(rows=2, columns=3, gap=4, thumb=32, background="#ff0000")
    files, times = await take_grid_frames(clip, grid, tmp_path)
    sheet = draw_grid(grid, files, times)
    assert sheet.size == (3 * 36 + 4, 2 * 28 + 4)
    pixels = np.asarray(sheet, int)
    assert (pixels[:4] == (255, 0, 0)).all()
    assert (pixels[:, 36:40] == (255, 0, 0)).all()
    levels = [pixels[4 + 28 * row + 12, 4 + 36 * column + 16, 1] for row in (0, 1) for column in (0, 1, 2)]
    assert levels == sorted(set(levels))
    assert times == pytest.approx([number / 24 for number in (2, 6, 10, 14, 18, 22)])


async def test_a_short_clips_grid_ends_early_and_tells_times(tmp_path: Path) -> None:
    """The places that are left are empty."""
    clip = await open_clip(counted(tmp_path / "a.mp4", frames=2, size="160x96"))
    grid = Grid(rows=2, columns=2, gap=0, thumb=160, timecodes=True)
    files, times = await take_grid_frames(clip, grid, tmp_path)
    sheet = np.asarray(draw_grid(grid, files, times).convert("L"), int)
    assert (sheet[96:] == 0).all()
    assert sheet[60:96, :80].max() > 200  # the white letters of the time
    assert sheet[:40, :160].max() < 60


async def test_a_sheet_that_is_too_large_is_refused(clip: Clip, tmp_path: Path) -> None:
    """Before a frame is decoded."""
    with pytest.raises(MediaRefused, match=r"the frame grid is .* 40 megapixels"):
        await take_grid_frames(clip, Grid(rows=12, columns=12, thumb=1024), tmp_path)
    assert list(tmp_path.iterdir()) == []
