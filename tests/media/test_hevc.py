"""A finished film in HEVC is the same film: times, sound, words, title; byte for byte the same each time."""

from pathlib import Path

import av
import pytest

from tests.media.clips import clicks, panel, start_times
from wzrd.animatic.camera.still_clip import film_still
from wzrd.domain.errors import RunStopped
from wzrd.domain.film import Caption, Frame
from wzrd.media import hevc
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.hevc import encode_hevc
from wzrd.media.join import join
from wzrd.media.probe import opened
from wzrd.media.pyav import demux


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Sixty frames with a click and two captions."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "clip.mp4", frame=Frame(256, 144), frames=30, move="pan_left")
    sound = clicks(tmp_path / "a.m4a", [0.5], seconds=2.5)
    words = [Caption(0.5, 1, "Hm?"), Caption(1.5, 2, "Höh!")]
    clip = tmp_path / "clip.mp4"
    join([clip, clip], tmp_path / "film.mp4", audio=sound, captions=words, title="Kettle")
    return tmp_path / "film.mp4"


def packets(path: Path, kind: str) -> list[tuple[float, bytes]]:
    """Samples of a track, and when they come; empty captions are none."""
    with opened(path) as container:
        stream = next(one for one in container.streams if one.type == kind)
        found = [(float((one.pts or 0) * one.time_base), bytes(one)) for one in demux(container, stream)]
    return [one for one in found if kind != "subtitle" or len(one[1]) > 2]


def test_only_the_pictures_are_encoded_anew(film: Path, tmp_path: Path) -> None:
    """Frames, their times, sound, captions and title are those of the film; it plays before it is loaded whole."""
    facts = encode_hevc(film, tmp_path / "a.mp4")
    encode_hevc(film, tmp_path / "b.mp4")
    assert (facts.codec, facts.frames, facts.pix_fmt) == ("hevc", 60, "yuv420p")
    assert start_times(tmp_path / "a.mp4") == start_times(film)
    for kind in ("audio", "subtitle"):
        assert packets(tmp_path / "a.mp4", kind) == packets(film, kind) != []
    data = (tmp_path / "a.mp4").read_bytes()
    assert data == (tmp_path / "b.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"Kettle" in data
    assert b"hvc1" in data
    assert sorted(one.name for one in tmp_path.glob("*.part")) == []


def test_one_that_is_stopped_or_cannot_be_made_leaves_nothing(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to stop; no film; a machine whose library has no encoder of HEVC."""
    with pytest.raises(RunStopped):
        encode_hevc(film, tmp_path / "out.mp4", stop=lambda: True)
    (tmp_path / "none.mp4").write_bytes(b"nothing")
    with pytest.raises(MediaFailed):
        encode_hevc(tmp_path / "none.mp4", tmp_path / "out.mp4")
    monkeypatch.setattr(hevc, "CODEC", "libnothing")
    assert "libx265" in av.codecs_available
    with pytest.raises(MediaFailed, match="no encoder of HEVC"):
        encode_hevc(film, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
