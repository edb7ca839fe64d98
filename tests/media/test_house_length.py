"""A house clip of another length: its packets copied, what is left encoded, every picture where it was."""

from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from tests.media.clips import counting_clip, lumas, start_times
from wzrd.domain.errors import RunStopped
from wzrd.domain.film import Frame
from wzrd.media.conform import conform_clip
from wzrd.media.delivery_format import GOP
from wzrd.media.delivery_length import set_length
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.probe import opened
from wzrd.media.pyav import demux

FRAME, FPS, LENGTH = Frame(64, 48), Fraction(24), 2 * GOP + 24


@pytest.fixture(scope="module")
async def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two whole groups and half of a third."""
    folder = tmp_path_factory.mktemp("house")
    await conform_clip(counting_clip(folder / "a.mp4", frames=LENGTH), folder / "house.mp4", frame=FRAME)
    return folder / "house.mp4"


def _packets(path: Path) -> list[bytes]:
    with opened(path) as container:
        return [bytes(packet) for packet in demux(container, container.streams.video[0])]


@pytest.mark.parametrize(
    "frames", [1, 2, GOP - 1, GOP, GOP + 1, 2 * GOP, LENGTH - 1, LENGTH, LENGTH + 1, LENGTH + GOP + 5]
)
def test_every_picture_stays_where_it_was(clip: Path, tmp_path: Path, frames: int) -> None:
    """Shorter is cut off, longer holds the last picture, on the exact grid."""
    facts = set_length(clip, tmp_path / "b.mp4", FRAME, FPS, frames)
    assert (facts.house, facts.frames) == (True, frames)
    was, seen = lumas(clip), lumas(tmp_path / "b.mp4")
    assert start_times(tmp_path / "b.mp4") == [float(n) for n in range(frames)]
    assert all(np.abs(seen[n].astype(int) - was[min(n, LENGTH - 1)]).mean() < 2 for n in range(frames))


@pytest.mark.parametrize("frames", [1, 2, GOP - 1, GOP, GOP + 3, 2 * GOP + 4, LENGTH, LENGTH + 7])
def test_all_but_two_frames_keep_their_bytes(clip: Path, tmp_path: Path, frames: int) -> None:
    """As many packets as can be shown without a later one are the clip's own; a held picture leaves all of them."""
    set_length(clip, tmp_path / "b.mp4", FRAME, FPS, frames)
    was, now = _packets(clip), _packets(tmp_path / "b.mp4")
    copied = min(LENGTH, frames - 2)
    assert len(now) == frames
    assert now[: max(0, copied)] == was[: max(0, copied)]


def test_the_same_gives_the_same_bytes(clip: Path, tmp_path: Path) -> None:
    """A cache goes by them."""
    for name in ("b.mp4", "c.mp4"):
        set_length(clip, tmp_path / name, FRAME, FPS, GOP + 9)
    assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "c.mp4").read_bytes()


def test_what_is_no_clip_fails(tmp_path: Path) -> None:
    """And leaves nothing."""
    (tmp_path / "a.mp4").write_bytes(b"no clip at all")
    with pytest.raises(MediaFailed):
        set_length(tmp_path / "a.mp4", tmp_path / "b.mp4", FRAME, FPS, 5)
    assert [one.name for one in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("pictures", [0, 3, LENGTH % GOP + 1])
def test_told_to_stop_it_leaves_nothing(clip: Path, tmp_path: Path, pictures: int) -> None:
    """At the first picture of the last group, in the middle, and while it is joined."""
    asked = count()
    with pytest.raises(RunStopped):
        set_length(clip, tmp_path / "b.mp4", FRAME, FPS, LENGTH + GOP, stop=lambda: next(asked) >= pictures)
    assert list(tmp_path.iterdir()) == []
