"""One format by two encoders: what PyAV writes and what ffmpeg writes may stand in one film."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.clips import counting_clip, ffmpeg, panel
from wzrd.animatic.camera.still_clip import film_still
from wzrd.domain.film import RATES, Frame
from wzrd.media.delivery_format import TAGS, ffmpeg_output, parameter_sets
from wzrd.media.probe import probe

SIZES = [(frame, 24) for frame in (Frame(1280, 720), Frame(720, 1280), Frame(1280, 536), Frame(64, 36), Frame(2, 2))]
RATED = [(Frame(1920, 1080), rate) for rate in RATES] + [(Frame(4096, 2160), Fraction(60)), (Frame(64, 36), RATES[3])]


@pytest.mark.parametrize(("frame", "rate"), [*SIZES, *RATED])
def test_both_encoders_announce_the_same_stream(frame: Frame, rate: Fraction, tmp_path: Path) -> None:
    """The parameter sets agree byte for byte in every size and rate, whichever program encoded."""
    fps = Fraction(rate)
    source = counting_clip(tmp_path / "a.mp4", size=f"{frame.width}x{frame.height}", rate=str(fps), frames=3)
    ffmpeg("-i", source, "-vf", f"setsar=1,format=yuv420p,{TAGS}", *ffmpeg_output(frame, fps), tmp_path / "b.mp4")
    film_still(panel(tmp_path / "p.png"), tmp_path / "c.mp4", frame=frame, fps=fps, frames=3, move="static")
    ours = parameter_sets(frame, fps)
    assert len(ours) == 64
    assert [probe(tmp_path / name).parameter_sets for name in ("b.mp4", "c.mp4")] == [ours, ours]
    assert [probe(tmp_path / name).faults for name in ("b.mp4", "c.mp4")] == [(), ()]
    assert [probe(tmp_path / name).is_house(frame, fps) for name in ("b.mp4", "c.mp4")] == [True, True]


def test_sizes_differ_in_their_parameter_sets() -> None:
    """So a clip of another size or rate is noticed even if its container lies."""
    assert parameter_sets(Frame(64, 36), Fraction(24)) != parameter_sets(Frame(64, 38), Fraction(24))
    assert len({parameter_sets(Frame(64, 36), rate) for rate in RATES}) == len(RATES)


def test_a_house_clip_tells_nothing_of_its_maker(tmp_path: Path) -> None:
    """No date and no version of the container's library: the same picture is the same file."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "c.mp4", frame=Frame(64, 36), frames=3, move="static")
    data = (tmp_path / "c.mp4").read_bytes()
    assert b"Lavf" not in data
    assert data.index(b"moov") < data.index(b"mdat"), "it plays before it is loaded whole"
