"""Running ffmpeg: its failures have words, no folders; it dies with its caller and by its clock."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.media.clips import running_ffmpegs
from tests.waiting import let_others_run, until
from wzrd.media.ffmpeg import MediaFailed, ffmpeg_exe, last_words, run_ffmpeg

FOREVER = ("-re", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=24", "-f", "null", "-")
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are read from /proc")


async def _one_child() -> int:
    """Wait for ffmpeg to run; its process id."""
    return (await until(running_ffmpegs))[0]


async def test_what_it_says_comes_back() -> None:
    """The log is returned, for those who measure with ffmpeg's filters."""
    said = await run_ffmpeg("-f", "lavfi", "-i", "sine=duration=0.1", "-af", "volumedetect", "-f", "null", "-")
    assert "mean_volume" in said


async def test_a_failure_has_its_words_and_no_folders(tmp_path: Path) -> None:
    """The message names the file and the reason; where it lay is nobody's business."""
    source = tmp_path / "deep folder" / "clip.mp4"
    source.parent.mkdir()
    source.write_text("no film")
    with pytest.raises(MediaFailed, match=r"clip\.mp4.*Invalid data") as failed:
        await run_ffmpeg("-i", str(source), "-f", "null", "-")
    assert "deep folder" not in failed.value.message
    assert tmp_path.name not in failed.value.message
    assert not failed.value.retryable


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
async def test_on_a_full_disk_it_may_be_tried_again() -> None:
    """There may be room later: nothing is wrong with the file."""
    with pytest.raises(MediaFailed, match="space left on device") as failed:
        await run_ffmpeg("-y", "-f", "lavfi", "-i", "color", "-t", "1", "-f", "rawvideo", "/dev/full")
    assert failed.value.retryable


@needs_proc
async def test_killed_from_outside_it_may_be_tried_again() -> None:
    """Kill -9 by the system or by anybody is no fault of the file."""
    work = asyncio.create_task(run_ffmpeg(*FOREVER))
    os.kill(await _one_child(), signal.SIGKILL)
    with pytest.raises(MediaFailed, match="killed by signal 9") as failed:
        await work
    assert failed.value.retryable


@needs_proc
async def test_cancelled_it_is_gone_before_the_caller_goes_on() -> None:
    """No ffmpeg outlives the call, not even one that is cancelled twice."""
    work = asyncio.create_task(run_ffmpeg(*FOREVER))
    child = await _one_child()
    work.cancel()
    await let_others_run()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not Path(f"/proc/{child}").exists(), "neither running nor a zombie"


@needs_proc
async def test_the_clock_ends_it() -> None:
    """A process that hangs is killed, and may be tried again."""
    with pytest.raises(MediaFailed, match=r"stopped after 0\.3 seconds") as failed:
        await run_ffmpeg(*FOREVER, timeout=0.3)
    assert failed.value.retryable
    assert running_ffmpegs() == []


async def test_another_ffmpeg_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """IMAGEIO_FFMPEG_EXE names the program to run."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", sys.executable)
    assert ffmpeg_exe() == sys.executable
    with pytest.raises(MediaFailed):
        await run_ffmpeg("-version")


async def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong IMAGEIO_FFMPEG_EXE is a failure with a hint, not a crash."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "/nowhere/ffmpeg")
    with pytest.raises(MediaFailed, match="IMAGEIO_FFMPEG_EXE"):
        await run_ffmpeg("-version")


def test_last_words_are_short_and_clean() -> None:
    """One line, at most 300 characters, folders cut off, numbers with strokes left alone."""
    said = "noise\n" * 99 + "[in#0 @ 0x1] Error opening input /home/me/my files/a.mp4: at 24/1 fps\n"
    words = last_words(said, ("-i", "file:/home/me/my files/a.mp4"))
    assert words.endswith("Error opening input a.mp4: at 24/1 fps")
    assert last_words("cannot read /srv/secret/x.png now") == "cannot read x.png now"
    assert len(last_words("x" * 9999)) == 300
    assert last_words("\n \n") == "it said nothing"
