"""Clips as they are read and written: frames, pace, shape, sound stay; no clip is said; nothing is left."""

import asyncio
from pathlib import Path

import pytest

from tests.media.bombs import mp4, tables
from tests.media.clips import PQ, brightness, ffmpeg, hdr_clip, heard_by_pyav, panel, pq_signal, running_ffmpegs
from tests.media.edits import busy, clicked, colored, counted, counts, loud, samples, tone
from tests.waiting import until
from wzrd.domain.errors import BadRequest
from wzrd.media.clip_output import edit_clip, edit_of
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.limits import MediaRefused
from wzrd.media.probe import probe

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are read from /proc")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of counting; its second half is heard."""
    return counted(tmp_path_factory.mktemp("clips") / "heard.mp4", sound=True)


async def test_an_edit_keeps_frames_pace_and_sound(heard: Path, tmp_path: Path) -> None:
    """Everything that no filter touches stays; colors are said to be BT.709; nothing of the source's notes is kept."""
    facts = await edit_clip(heard, tmp_path / "o.mp4", edit_of)
    assert counts(tmp_path / "o.mp4") == list(range(24))
    assert (facts.frames, facts.fps, facts.audio, facts.untagged) == (24, 24, True, False)
    assert loud(samples(tmp_path / "o.mp4")) == [False, False, True, True]


@pytest.mark.parametrize(("rate", "frames"), [("30000/1001", 15), ("25", 12), ("12", 6), ("120", 60)])
async def test_each_clip_keeps_its_own_pace(rate: str, frames: int, tmp_path: Path) -> None:
    """Up to 60 frames a second; odd sizes become even."""
    source = counted(tmp_path / "a.mp4", frames=frames, rate=rate, size="66x50")
    facts = await edit_clip(source, tmp_path / "o.mp4", edit_of)
    assert float(facts.fps) == pytest.approx(min(60, eval(rate)), abs=0.01)
    assert facts.seconds == pytest.approx(frames / eval(rate), abs=0.04)


async def test_a_turned_clip_is_upright(tmp_path: Path) -> None:
    """As a phone writes it: turned by a note in the file."""
    source = colored(tmp_path / "a.mp4")
    ffmpeg("-display_rotation", "90", "-i", source, "-c", "copy", tmp_path / "turned.mp4")
    facts = await edit_clip(tmp_path / "turned.mp4", tmp_path / "o.mp4", edit_of)
    assert (facts.width, facts.height, facts.rotated) == (48, 64, False)


async def test_white_of_hdr_is_white(tmp_path: Path) -> None:
    """A tool's clip of white paper, which would be grey where its curve were taken for BT.709's."""
    facts = await edit_clip(hdr_clip(tmp_path / "a.mp4", [pq_signal(203)], PQ), tmp_path / "o.mp4", edit_of)
    assert (facts.hdr, facts.frames) == ("", 6)
    assert min(brightness(tmp_path / "o.mp4")) > 190


async def test_pixels_become_square(tmp_path: Path) -> None:
    """A clip of wide pixels is as wide as it is shown."""
    ffmpeg("-i", colored(tmp_path / "a.mp4"), "-vf", "setsar=2", "-c:v", "libx264", tmp_path / "wide.mp4")
    facts = await edit_clip(tmp_path / "wide.mp4", tmp_path / "o.mp4", edit_of)
    assert (facts.width, facts.height, facts.pixel_shape) == (128, 48, 1)


async def test_what_is_heard_before_the_first_picture_is_left_out(tmp_path: Path) -> None:
    """A clip whose picture begins a quarter of a second late; the click moves with the picture."""
    source = clicked(tmp_path / "a.mp4", "-itsoffset", "0.25")
    facts = await edit_clip(source, tmp_path / "o.mp4", edit_of)
    assert (facts.frames, counts(tmp_path / "o.mp4")) == (24, list(range(24)))
    assert heard_by_pyav(tmp_path / "o.mp4") == pytest.approx([0.25], abs=0.01)


async def test_what_is_no_clip_is_said(tmp_path: Path) -> None:
    """A picture, a sound, a text, a bomb, a playlist that names other files."""
    (tmp_path / "t.mp4").write_text("hello")
    (tmp_path / "bomb.mp4").write_bytes(mp4(tables(4), size=(12_000, 12_000)))
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    (tmp_path / "hls.mp4").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")
    for path, error in (
        (panel(tmp_path / "p.png"), BadRequest),
        (tone(tmp_path / "s.wav"), BadRequest),
        (tmp_path / "t.mp4", MediaFailed),
        (tmp_path / "bomb.mp4", MediaRefused),
        (tmp_path / "list.mp4", MediaFailed),
        (tmp_path / "hls.mp4", MediaFailed),
    ):
        with pytest.raises(error):
            await edit_clip(path, tmp_path / "o.mp4", edit_of)
    assert not list(tmp_path.glob("*o.mp4*"))


@needs_proc
async def test_a_cancel_kills_the_program_and_leaves_nothing(tmp_path: Path) -> None:
    """Whoever waits for the edit is gone: so is ffmpeg, and what it had begun to write."""
    source = busy(tmp_path / "long.mp4")
    working = asyncio.create_task(edit_clip(source, tmp_path / "o.mp4", edit_of))
    await until(running_ffmpegs)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert running_ffmpegs() == []
    assert not list(tmp_path.glob("*o.mp4*"))


async def test_progress_is_heard_and_errors_are_still_told(heard: Path, tmp_path: Path) -> None:
    """Up to 1; what ffmpeg says of its progress is no part of what it says of an error."""
    told: list[float] = []
    await edit_clip(heard, tmp_path / "o.mp4", edit_of, told.append)
    assert told[-1] == pytest.approx(1.0, abs=0.05)
    assert told == sorted(told)
    with pytest.raises(MediaFailed, match="No such filter") as failed:
        await edit_clip(heard, tmp_path / "o.mp4", lambda clip: edit_of(clip, "nonsense"), told.append)
    assert "out_time" not in failed.value.message


async def test_an_animated_image_is_a_clip(tmp_path: Path) -> None:
    """A GIF is worked on like any other."""
    ffmpeg("-i", counted(tmp_path / "a.mp4", frames=6, rate="10"), tmp_path / "a.gif")
    facts = await edit_clip(tmp_path / "a.gif", tmp_path / "o.mp4", edit_of)
    assert (facts.frames, probe(tmp_path / "o.mp4").codec) == (6, "h264")


async def test_equal_clips_give_equal_bytes(heard: Path, tmp_path: Path) -> None:
    """A cache may go by content."""
    for name in ("a.mp4", "b.mp4"):
        await edit_clip(heard, tmp_path / name, edit_of)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
