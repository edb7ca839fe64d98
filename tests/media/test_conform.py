"""Any clip becomes a house clip of the wanted size and length, or fails and leaves nothing."""

import asyncio
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from tests.media.clips import (
    H264,
    HLG,
    PQ,
    brightness,
    clicks,
    counting_clip,
    ffmpeg,
    hashes,
    hdr_clip,
    long_clip,
    lumas,
    panel,
    pq_signal,
    running_ffmpegs,
    start_times,
)
from tests.waiting import until
from wzrd.animatic.camera.still_clip import film_still
from wzrd.domain.film import Frame, house_frame
from wzrd.media.conform import conform_clip
from wzrd.media.ffmpeg import MediaFailed

FRAME = Frame(64, 48)
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are read from /proc")


def _close(seen: list[int], wanted: list[int]) -> bool:
    """Equal but for what encoding twice does to brightness."""
    return len(seen) == len(wanted) and all(abs(a - b) <= 3 for a, b in zip(seen, wanted, strict=True))


async def test_a_foreign_clip_keeps_its_frames(tmp_path: Path) -> None:
    """24 frames a second stay what they are, frame by frame, on the exact grid."""
    source = counting_clip(tmp_path / "a.mp4", "-video_track_timescale", "90000")
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=FRAME)
    assert (facts.house, facts.frames, facts.seconds, facts.audio) == (True, 24, 1.0, False)
    assert _close(brightness(tmp_path / "b.mp4"), [40 + 6 * n for n in range(24)])
    assert start_times(tmp_path / "b.mp4") == [float(n) for n in range(24)]


@pytest.mark.parametrize("frames", [1, 10, 24, 25, 60])
async def test_exactly_as_long_as_asked(frames: int, tmp_path: Path) -> None:
    """Too long is cut off, too short holds its last picture."""
    source = counting_clip(tmp_path / "a.mp4")
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=FRAME, frames=frames)
    assert (facts.house, facts.frames) == (True, frames)
    assert _close(brightness(tmp_path / "b.mp4"), [40 + 6 * min(n, 23) for n in range(frames)])


async def test_a_house_clip_is_copied(tmp_path: Path) -> None:
    """Of the right size and length it keeps every byte; of another length it is encoded."""
    film_still(panel(tmp_path / "p.png"), tmp_path / "a.mp4", frame=FRAME, frames=30, move="pan_left")
    for frames in (None, 30):
        await conform_clip(tmp_path / "a.mp4", tmp_path / "b.mp4", frame=FRAME, frames=frames)
        assert (tmp_path / "b.mp4").read_bytes() == (tmp_path / "a.mp4").read_bytes()
    assert (await conform_clip(tmp_path / "a.mp4", tmp_path / "b.mp4", frame=FRAME, frames=29)).frames == 29
    other = await conform_clip(tmp_path / "a.mp4", tmp_path / "c.mp4", frame=Frame(96, 54))
    assert (other.width, other.height, other.house) == (96, 54, True)


@pytest.mark.parametrize(
    ("rate", "frames"), [("30", 24), ("60", 24), ("25", 24), ("24000/1001", 24), ("12", 24), ("8", 24)]
)
async def test_other_rates_keep_their_duration(rate: str, frames: int, tmp_path: Path) -> None:
    """A second stays a second: frames are dropped or repeated, the speed never changes."""
    count = round(float(eval(rate)))
    source = counting_clip(tmp_path / "a.mp4", rate=rate, frames=count)
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=FRAME)
    assert (facts.house, facts.frames) == (True, frames)


async def test_uneven_time_becomes_even(tmp_path: Path) -> None:
    """A clip of varying rate (a phone, a screen recording) lands on the grid."""
    uneven = ("-vf", "setpts='PTS+0.02*mod(N,3)/TB'", "-fps_mode", "vfr")
    source = counting_clip(tmp_path / "a.mp4", *uneven, frames=48)
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=FRAME, frames=48)
    assert (facts.house, facts.frames) == (True, 48)


async def test_what_an_edit_list_hides_stays_hidden(tmp_path: Path) -> None:
    """A clip that was trimmed without encoding begins where its maker wanted."""
    counting_clip(tmp_path / "a.mp4", codec=(*H264, "-g", "12"))
    ffmpeg("-ss", "0.75", "-i", tmp_path / "a.mp4", "-c", "copy", tmp_path / "trimmed.mp4")
    facts = await conform_clip(tmp_path / "trimmed.mp4", tmp_path / "b.mp4", frame=FRAME)
    assert (facts.house, facts.frames) == (True, 6)
    assert _close(brightness(tmp_path / "b.mp4"), [40 + 6 * n for n in range(18, 24)])


FOREIGN: dict[str, tuple[str, tuple[str, ...]]] = {
    "hevc": ("mp4", ("-c:v", "libx265", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le")),
    "444": ("mp4", ("-c:v", "libx264", "-pix_fmt", "yuv444p")),
    "prores": ("mov", ("-c:v", "prores_ks")),
    "vp9": ("webm", ("-c:v", "libvpx-vp9", "-b:v", "200k")),
    "mpeg2": ("ts", ("-c:v", "mpeg2video", "-q:v", "2")),
    "ffv1": ("mkv", ("-c:v", "ffv1")),
    "gif": ("gif", ("-vf", "format=gray", "-c:v", "gif")),
}


@pytest.mark.parametrize("kind", FOREIGN)
async def test_codecs_and_containers(kind: str, tmp_path: Path) -> None:
    """Whatever a provider or a user sends."""
    suffix, codec = FOREIGN[kind]
    source = counting_clip(tmp_path / f"a.{suffix}", codec=codec)
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=FRAME, frames=24)
    assert (facts.house, facts.frames) == (True, 24)
    seen = brightness(tmp_path / "b.mp4")
    assert seen[0] < seen[8] < seen[16] < seen[23]


def _inside(path: Path) -> tuple[int, int]:
    """Width and height of what is not black in the first frame."""
    bright = lumas(path)[0] > 28
    return int(bright.any(axis=0).sum()), int(bright.any(axis=1).sum())


@pytest.mark.parametrize(
    ("size", "how", "inside"),
    [
        ("64x48", (), (64, 48)),
        ("128x48", (), (64, 24)),
        ("48x96", (), (24, 48)),
        ("65x33", ("-pix_fmt", "yuv444p"), (64, 32)),
        ("64x48", ("-vf", "setsar=2"), (64, 24)),
        ("2000x20", ("-pix_fmt", "yuv444p"), (64, 2)),
    ],
)
async def test_the_picture_keeps_its_shape(
    size: str, how: tuple[str, ...], inside: tuple[int, int], tmp_path: Path
) -> None:
    """Fitted in, centred, black around; pixels that are not square count."""
    source = counting_clip(tmp_path / "a.mp4", *how, size=size, frames=2)
    assert (await conform_clip(source, tmp_path / "b.mp4", frame=FRAME)).house
    assert _inside(tmp_path / "b.mp4") == pytest.approx(inside, abs=2)


async def test_a_phone_held_upright(tmp_path: Path) -> None:
    """Rotation is applied: what was filmed standing stands."""
    counting_clip(tmp_path / "a.mp4", size="96x48", frames=2)
    ffmpeg("-display_rotation", "90", "-i", tmp_path / "a.mp4", "-c", "copy", tmp_path / "turned.mp4")
    facts = await conform_clip(tmp_path / "turned.mp4", tmp_path / "b.mp4", frame=FRAME)
    assert (facts.house, facts.rotated) == (True, False)
    assert _inside(tmp_path / "b.mp4") == pytest.approx((24, 48), abs=2)


@pytest.mark.parametrize("ratio", ["9:16", "2.39:1"])
async def test_frames_of_any_shape(ratio: str, tmp_path: Path) -> None:
    """Portrait and scope."""
    frame = house_frame(ratio)
    source = counting_clip(tmp_path / "a.mp4", size="320x180", frames=3)
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=frame, frames=5)
    assert (facts.house, facts.width, facts.height, facts.frames) == (True, frame.width, frame.height, 5)


async def test_a_still_becomes_a_clip(tmp_path: Path) -> None:
    """A picture where a clip was expected is held."""
    facts = await conform_clip(panel(tmp_path / "p.png"), tmp_path / "b.mp4", frame=FRAME, frames=10)
    assert (facts.house, facts.frames) == (True, 10)
    assert len(set(brightness(tmp_path / "b.mp4"))) <= 2


async def test_high_definition_without_tags_keeps_its_numbers(tmp_path: Path) -> None:
    """A clip without colour tags is played as BT.709: no colour is converted, Y, Cb and Cr stay."""
    colour = "color=0x3060c0:s=1280x720:r=24,format=yuv420p,geq=lum=73:cb=111:cr=203"
    ffmpeg("-f", "lavfi", "-i", colour, "-frames:v", 2, *H264, tmp_path / "a.mp4")
    await conform_clip(tmp_path / "a.mp4", tmp_path / "b.mp4", frame=Frame(640, 360))
    assert np.abs(lumas(tmp_path / "b.mp4")[0].astype(int) - 73).max() <= 1


@pytest.mark.parametrize("content", ["empty", "text", "cut", "sound", "absent", "playlist"])
async def test_what_is_no_clip_fails_and_leaves_nothing(content: str, tmp_path: Path) -> None:
    """An older clip of that name stays; the message names the file and no folder."""
    source, out = tmp_path / "in" / "a.mp4", tmp_path / "out" / "b.mp4"
    source.parent.mkdir()
    out.parent.mkdir()
    out.write_bytes(b"older")
    whole = counting_clip(tmp_path / "whole.mp4", "-movflags", "+faststart").read_bytes()
    match content:
        case "sound":
            clicks(source.with_suffix(".m4a"), [0.1], seconds=0.5).rename(source)
        case "cut":
            source.write_bytes(whole[: len(whole) * 3 // 4])
        case "playlist":
            source.write_text(f"ffconcat version 1.0\nfile '{tmp_path / 'whole.mp4'}'\n")
        case "empty" | "text":
            source.write_text("" if content == "empty" else "FADE IN:\n" * 99)
        case _:
            pass
    with pytest.raises(MediaFailed, match=r"a\.mp4") as failed:
        await conform_clip(source, out, frame=FRAME)
    assert not failed.value.retryable
    assert str(tmp_path) not in failed.value.message
    assert [path.name for path in out.parent.iterdir()] == ["b.mp4"]
    assert out.read_bytes() == b"older"


async def test_no_frames_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    """Zero is not `as long as it is`."""
    with pytest.raises(ValueError, match="at least one frame"):
        await conform_clip(counting_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", frame=FRAME, frames=0)


async def _at_work(out: Path) -> int:
    """Wait until ffmpeg writes; its process id."""
    await until(lambda: running_ffmpegs() and any(path.stat().st_size for path in out.parent.glob(".*.part")))
    return running_ffmpegs()[0]


@needs_proc
async def test_killed_in_the_middle_it_may_be_tried_again(tmp_path: Path) -> None:
    """Kill -9 of ffmpeg: a failure to retry, nothing left, and the next try succeeds with the bytes of any other."""
    source, out = long_clip(tmp_path / "a.mp4"), tmp_path / "out" / "b.mp4"
    out.parent.mkdir()
    work = asyncio.create_task(conform_clip(source, out, frame=Frame(1280, 720)))
    os.kill(await _at_work(out), signal.SIGKILL)
    with pytest.raises(MediaFailed, match="killed") as failed:
        await work
    assert failed.value.retryable
    assert list(out.parent.iterdir()) == []
    short = counting_clip(tmp_path / "short.mp4")
    await conform_clip(short, out, frame=FRAME)
    await conform_clip(short, tmp_path / "again.mp4", frame=FRAME)
    assert out.read_bytes() == (tmp_path / "again.mp4").read_bytes()


@needs_proc
async def test_cancelled_in_the_middle_nothing_is_left(tmp_path: Path) -> None:
    """The process is gone and no file stays, neither the clip nor a part of it."""
    source, out = long_clip(tmp_path / "a.mp4"), tmp_path / "out" / "b.mp4"
    out.parent.mkdir()
    work = asyncio.create_task(conform_clip(source, out, frame=Frame(1280, 720)))
    child = await _at_work(out)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert not Path(f"/proc/{child}").exists()
    assert list(out.parent.iterdir()) == []


async def test_the_same_clip_twice_at_once(tmp_path: Path) -> None:
    """Two workers on one clip do not disturb each other: the file is whole at any moment."""
    source, out = counting_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    await asyncio.gather(*(conform_clip(source, out, frame=FRAME) for _ in range(3)))
    assert len(hashes(out)) == 24


@pytest.mark.parametrize(
    ("curve", "signals"),
    [(PQ, [pq_signal(nits) for nits in (1, 26, 58, 100, 203, 1000)]), (HLG, [0.05, 0.3, 0.45, 0.6, 0.75, 1.0])],
    ids=["PQ", "HLG"],
)
async def test_hdr_is_as_bright_as_it_was_meant(curve: int, signals: list[float], tmp_path: Path) -> None:
    """White paper is near white, not grey; what is darker keeps its place, and what is brighter is told from it."""
    source = hdr_clip(tmp_path / "a.mp4", signals, curve)
    frame = Frame(32 * len(signals), 64)
    facts = await conform_clip(source, tmp_path / "b.mp4", frame=frame)
    assert (facts.house, facts.frames, facts.hdr) == (True, 6, "")
    columns = [int(one) for one in lumas(tmp_path / "b.mp4")[0][32, 16::32]]
    assert columns == sorted(set(columns)), columns
    *darker, white, brightest = columns
    assert 190 <= white <= 215
    assert 222 <= brightest <= 236
    if curve == PQ:
        ideal = [16 + 219 * (1.099 * (nits / 203) ** 0.45 - 0.099) for nits in (26, 58, 100)]
        assert all(abs(seen - meant) <= 20 for seen, meant in zip(darker[1:], ideal, strict=True)), (darker, ideal)
