"""One format by two encoders: what PyAV writes and what ffmpeg writes may stand in one film."""

from pathlib import Path

import pytest

from tests.media.clips import counting_clip, ffmpeg, panel
from wzrd.animatic.camera.still_clip import film_still
from wzrd.domain.film import Frame
from wzrd.media.delivery_format import TAGS, ffmpeg_output, parameter_sets
from wzrd.media.probe import probe


@pytest.mark.parametrize("frame", [Frame(1280, 720), Frame(720, 1280), Frame(1280, 536), Frame(64, 36), Frame(2, 2)])
def test_both_encoders_announce_the_same_stream(frame: Frame, tmp_path: Path) -> None:
    """The parameter sets agree byte for byte in every size, whichever program encoded."""
    source = counting_clip(tmp_path / "a.mp4", size=f"{frame.width}x{frame.height}", frames=3)
    ffmpeg("-i", source, "-vf", f"setsar=1,format=yuv420p,{TAGS}", *ffmpeg_output(), tmp_path / "b.mp4")
    film_still(panel(tmp_path / "p.png"), tmp_path / "c.mp4", frame=frame, frames=3, move="static")
    ours = parameter_sets(frame)
    assert len(ours) == 64
    assert [probe(tmp_path / name).parameter_sets for name in ("b.mp4", "c.mp4")] == [ours, ours]
    assert [probe(tmp_path / name).faults for name in ("b.mp4", "c.mp4")] == [(), ()]


def test_sizes_differ_in_their_parameter_sets() -> None:
    """So a clip of another size is noticed even if its container lies."""
    assert parameter_sets(Frame(64, 36)) != parameter_sets(Frame(64, 38))


def test_a_house_clip_tells_nothing_of_its_maker(tmp_path: Path) -> None:
    """No date and no version of the container's library: the same picture is the same file."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "c.mp4", frame=Frame(64, 36), frames=3, move="static")
    data = (tmp_path / "c.mp4").read_bytes()
    assert b"Lavf" not in data
    assert data.index(b"moov") < data.index(b"mdat"), "it plays before it is loaded whole"
