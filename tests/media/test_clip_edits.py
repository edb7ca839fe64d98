"""Edits of clips: which frame is where, what is heard when, sizes, and equal bytes again."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.media.bombs import mp4, tables
from tests.media.clips import brightness, clicks, ffmpeg, heard_by_pyav, panel, running_ffmpegs
from tests.media.edits import colored, counted, loud, near, pictures, pitch, quarters, samples, tone
from wzrd.domain.errors import BadRequest
from wzrd.media.clip_edits import (
    blend,
    boomerang,
    cut,
    long_exposure,
    parts,
    reverse,
    scale,
    speed,
    trim,
    watermark,
    with_sound,
)
from wzrd.media.clip_output import Clip, Edit, check_held, edit_clip, edit_of, open_clip, write_clip
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.limits import MediaRefused
from wzrd.media.probe import Facts, probe
from wzrd.media.transitions import stitch
from wzrd.media.watermarks import Mark, draw_mark

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="children are read from /proc")


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of counting, without sound."""
    return counted(tmp_path_factory.mktemp("clips") / "silent.mp4")


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of counting; its second half is heard."""
    return counted(tmp_path_factory.mktemp("clips") / "heard.mp4", sound=True)


def counts(path: Path) -> list[int]:
    """The number that each frame shows."""
    return [round((level - 40) / 6) for level in brightness(path)]


async def test_an_edit_keeps_frames_pace_and_sound(heard: Path, tmp_path: Path) -> None:
    """What no filter touches stays; colors are said to be BT.709; nothing of the source's notes is kept."""
    facts = await edit_clip(heard, tmp_path / "o.mp4", edit_of)
    assert counts(tmp_path / "o.mp4") == list(range(24))
    assert (facts.frames, facts.fps, facts.audio, facts.untagged) == (24, 24, True, False)
    assert loud(samples(tmp_path / "o.mp4")) == [False, False, True, True]


async def clicked(path: Path, *timing: object) -> Path:
    """A second of counting with a click at a half, put together as `timing` says."""
    sound = clicks(path.with_name("clicks.m4a"), [0.5], seconds=1.0)
    picture = counted(path.with_name("picture.mp4"))
    ffmpeg(*timing, "-i", picture, "-i", sound, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    return path


EXACT: list[tuple[Callable[[Clip], Edit], float]] = [
    (edit_of, 0.5),
    (lambda clip: trim(clip, 0.25, None, None), 0.25),
    (reverse, 0.5),
    (lambda clip: speed(clip, 2), 0.25),
    (lambda clip: stitch([clip, clip]), 0.5),
    (lambda clip: stitch([clip, clip], transition="dissolve", seconds=0.25), 0.5),
]


@pytest.mark.parametrize(("edit", "when"), EXACT)
async def test_sound_and_picture_stay_together(edit: Callable[[Clip], Edit], when: float, tmp_path: Path) -> None:
    """A click is heard at its frame, to ten milliseconds."""
    await edit_clip(await clicked(tmp_path / "a.mp4"), tmp_path / "o.mp4", edit)
    [first, *_] = heard_by_pyav(tmp_path / "o.mp4")
    assert first == pytest.approx(when, abs=0.03 if edit is EXACT[3][0] else 0.01)


async def test_what_is_heard_before_the_first_picture_is_left_out(tmp_path: Path) -> None:
    """A clip whose picture begins a quarter of a second late; the click moves with the picture."""
    source = await clicked(tmp_path / "a.mp4", "-itsoffset", "0.25")
    facts = await edit_clip(source, tmp_path / "o.mp4", edit_of)
    assert (facts.frames, counts(tmp_path / "o.mp4")) == (24, list(range(24)))
    assert heard_by_pyav(tmp_path / "o.mp4") == pytest.approx([0.25], abs=0.01)


async def test_pixels_become_square(tmp_path: Path) -> None:
    """A clip of wide pixels is as wide as it is shown."""
    ffmpeg("-i", colored(tmp_path / "a.mp4"), "-vf", "setsar=2", "-c:v", "libx264", tmp_path / "wide.mp4")
    facts = await edit_clip(tmp_path / "wide.mp4", tmp_path / "o.mp4", edit_of)
    assert (facts.width, facts.height, facts.pixel_shape) == (128, 48, 1)


@pytest.mark.parametrize(
    ("start", "end", "seconds", "first", "frames"),
    [(0.25, 0.5, None, 6, 6), (0.5, None, None, 12, 12), (0.0, 0.9, 0.25, 0, 6), (0.5, 60.0, None, 12, 12)],
)
async def test_a_trim_is_exact(
    heard: Path, start: float, end: float | None, seconds: float | None, first: int, frames: int, tmp_path: Path
) -> None:
    """To the frame; beyond the end there is nothing more."""
    facts = await edit_clip(heard, tmp_path / "o.mp4", lambda clip: trim(clip, start, end, seconds))
    assert counts(tmp_path / "o.mp4") == list(range(first, first + frames))
    assert facts.frames == frames
    sound = samples(tmp_path / "o.mp4")
    assert len(sound) / 48_000 == pytest.approx(frames / 24, abs=0.05)
    assert loud(sound, 1) == [first >= 12]


@pytest.mark.parametrize(("start", "end"), [(1.0, None), (0.5, 0.5), (0.5, 0.2), (36_000, None)])
async def test_a_part_that_is_not_there_is_refused(silent: Path, start: float, end: float | None) -> None:
    """With the clip's length, before anything is written."""
    with pytest.raises(BadRequest, match=r"start|end"):
        trim(await open_clip(silent), start, end, None)


def clip_of(frames: int, *, size: tuple[int, int] = (64, 48)) -> Clip:
    from fractions import Fraction

    return Clip(Path("x"), Facts(*size, frames, Fraction(24), frames / 24, "h264", "yuv420p", False, (), ""))


@pytest.mark.parametrize(
    ("frames", "seconds", "count", "wanted"),
    [
        (48, 1.0, None, [(0, 24), (24, 24)]),
        (50, 1.0, None, [(0, 24), (24, 24), (48, 2)]),
        (10, 5.0, None, [(0, 10)]),
        (10, 5.0, 3, [(0, 3), (3, 3), (6, 4)]),
        (2, 5.0, 60, [(0, 1), (1, 1)]),
    ],
)
def test_parts_cover_the_clip(frames: int, seconds: float, count: int | None, wanted: list[tuple[int, int]]) -> None:
    """Without gaps, without overlaps, to the last frame."""
    assert parts(clip_of(frames), seconds, count) == wanted


async def test_parts_follow_one_another(silent: Path, tmp_path: Path) -> None:
    """Each begins where the one before it ended."""
    clip = await open_clip(silent)
    seen: list[int] = []
    for number, (first, frames) in enumerate(parts(clip, 0.4, None)):
        await write_clip(cut(clip, first, frames), tmp_path / f"{number}.mp4")
        seen += counts(tmp_path / f"{number}.mp4")
    assert seen == list(range(24))


@pytest.mark.parametrize(
    ("times", "wanted"), [(2, list(range(0, 24, 2))), (4, list(range(0, 24, 4))), (0.5, sorted([*range(24)] * 2))]
)
async def test_speed_drops_or_repeats_frames_and_keeps_the_pitch(
    heard: Path, times: float, wanted: list[int], tmp_path: Path
) -> None:
    """At the same frames a second; sound takes as long as the picture and sounds as high."""
    await edit_clip(heard, tmp_path / "o.mp4", lambda clip: speed(clip, times))
    seen = counts(tmp_path / "o.mp4")
    assert len(seen) == len(wanted)
    assert max(abs(one - other) for one, other in zip(seen, wanted, strict=True)) <= times / 2
    sound = samples(tmp_path / "o.mp4")
    assert len(sound) / 48_000 == pytest.approx(1 / times, abs=0.08)
    assert pitch(sound) == pytest.approx(1000, rel=0.03)
    facts = await edit_clip(heard, tmp_path / "silent.mp4", lambda clip: speed(clip, times, keep=False))
    assert not facts.audio


async def test_backwards_is_the_last_frame_first(heard: Path, tmp_path: Path) -> None:
    """Sound too: what was heard at the end is heard at the beginning."""
    facts = await edit_clip(heard, tmp_path / "o.mp4", reverse)
    assert counts(tmp_path / "o.mp4") == list(reversed(range(24)))
    assert loud(samples(tmp_path / "o.mp4")) == [True, True, False, False]
    assert facts.audio


async def test_a_boomerang_turns_without_standing_still(heard: Path, tmp_path: Path) -> None:
    """No frame comes twice where it turns, nor where it begins again."""
    once = [*range(24), *range(22, 0, -1)]
    for loops in (1, 2):
        facts = await edit_clip(heard, tmp_path / "o.mp4", lambda clip, loops=loops: boomerang(clip, loops))
        assert counts(tmp_path / "o.mp4") == once * loops
        assert facts.frames == 46 * loops
        sound = samples(tmp_path / "o.mp4")
        assert len(sound) / 48_000 == pytest.approx(46 / 24 * loops, abs=0.06)
    assert loud(sound, 8) == [False, True, True, False] * 2


@pytest.mark.parametrize("frames", [1, 2, 3])
async def test_the_shortest_clips_are_clips(frames: int, tmp_path: Path) -> None:
    """Of one, two or three frames."""
    source = counted(tmp_path / "a.mp4", frames=frames)
    edits: dict[str, tuple[Callable[[Clip], Edit], list[int]]] = {
        "reverse": (reverse, list(range(frames))[::-1]),
        "boomerang": (lambda clip: boomerang(clip, 1), [*range(frames), *range(frames - 2, 0, -1)]),
    }
    for name, (edit, wanted) in edits.items():
        await edit_clip(source, tmp_path / f"{name}.mp4", edit)
        assert counts(tmp_path / f"{name}.mp4") == wanted


def test_more_than_fits_into_memory_is_refused() -> None:
    """Backwards holds all pictures at once; the error says how much would do."""
    with pytest.raises(MediaRefused, match=r"playing backwards 60\.0 s of 1920x1080 .* 14\.4 s at most"):
        reverse(clip_of(1440, size=(1920, 1080)))
    check_held(clip_of(240, size=(1920, 1080)), 240, "playing backwards")


@pytest.mark.parametrize(
    ("width", "height", "fit", "size"),
    [
        (32, None, "pad", (32, 24)),
        (None, 96, "pad", (128, 96)),
        (64, 64, "pad", (64, 64)),
        (64, 64, "crop", (64, 64)),
        (31, 33, "stretch", (32, 32)),
        (4096, None, "pad", (4096, 3072)),
    ],
)
async def test_a_size_is_what_was_asked_for(
    silent: Path, width: int | None, height: int | None, fit: str, size: tuple[int, int], tmp_path: Path
) -> None:
    """Even, as H.264 needs it; bars are of the color that is wanted."""
    if width == 4096:
        assert scale(await open_clip(silent), width, height, fit, "#000000").graph.count("4096:3072") == 1
        return
    facts = await edit_clip(silent, tmp_path / "o.mp4", lambda clip: scale(clip, width, height, fit, "#ff0000"))
    assert (facts.width, facts.height) == size
    top = pictures(tmp_path / "o.mp4")[0].getpixel((30, 2)) if fit == "pad" and width == height else None
    assert top is None or near([top], [(254, 0, 0)], 14)  # type: ignore[list-item]


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


async def test_a_mark_is_on_every_frame_and_colors_stay(tmp_path: Path) -> None:
    """Red stays red beside it."""
    clip = await open_clip(colored(tmp_path / "a.mp4", size="128x96"))
    draw_mark((128, 96), Mark("", "bottom-right", 1.0, 30), Image.new("RGB", (9, 9), "blue")).save(tmp_path / "m.png")
    await write_clip(watermark(clip, tmp_path / "m.png"), tmp_path / "o.mp4")
    for frame in pictures(tmp_path / "o.mp4"):
        assert near([frame.getpixel((30, 30)), frame.getpixel((105, 73))], [(220, 30, 30), (0, 0, 255)], 12)  # type: ignore[list-item]


async def test_a_long_exposure_lags_behind(silent: Path, tmp_path: Path) -> None:
    """Each frame is the mean of the last four."""
    await edit_clip(silent, tmp_path / "o.mp4", lambda clip: long_exposure(clip, 4))
    assert brightness(tmp_path / "o.mp4")[20] == pytest.approx(40 + 6 * 18.5, abs=3)


@pytest.mark.parametrize(("mix", "pitches"), [(False, [440]), (True, [440, 1000])])
async def test_a_sound_is_laid_under_a_clip(heard: Path, mix: bool, pitches: list[int], tmp_path: Path) -> None:
    """Instead of its own or beside it; as long as the picture."""
    sound = tone(tmp_path / "a.wav", 440, seconds=0.5)
    await edit_clip(heard, tmp_path / "o.mp4", lambda clip: with_sound(clip, sound, mix=mix))
    made = samples(tmp_path / "o.mp4")
    assert len(made) / 48_000 == pytest.approx(1.0, abs=0.06)
    assert pitch(made[4800:20_000]) == pytest.approx(440, rel=0.03)
    assert loud(made) == [True, True, mix, mix]
    assert not mix or pitch(made[28_000:44_000]) == pytest.approx(pitches[1], rel=0.03)


async def test_clips_are_blended(tmp_path: Path) -> None:
    """The second over the first, at its size, as long as the shorter."""
    clips = [
        await open_clip(colored(tmp_path / "a.mp4", "0x400000")),
        await open_clip(colored(tmp_path / "b.mp4", "0x004000", frames=6, size="32x32")),
    ]
    facts = await write_clip(blend(clips, "screen", 1.0), tmp_path / "o.mp4")
    assert (facts.frames, facts.width) == (6, 64)
    assert near(quarters(pictures(tmp_path / "o.mp4")[3])[:1], [(64, 64, 0)], 10)


async def test_equal_clips_give_equal_bytes(heard: Path, tmp_path: Path) -> None:
    """A cache may go by content."""
    for name in ("a.mp4", "b.mp4"):
        await edit_clip(heard, tmp_path / name, reverse)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


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
    source = counted(tmp_path / "long.mp4", frames=240, size="320x240")
    working = asyncio.create_task(edit_clip(source, tmp_path / "o.mp4", edit_of))
    while not running_ffmpegs():
        await asyncio.sleep(0.005)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert running_ffmpegs() == []
    assert not list(tmp_path.glob("*o.mp4*"))


async def test_an_animated_image_is_a_clip(tmp_path: Path) -> None:
    """A GIF is worked on like any other."""
    ffmpeg("-i", counted(tmp_path / "a.mp4", frames=6, rate="10"), tmp_path / "a.gif")
    facts = await edit_clip(tmp_path / "a.gif", tmp_path / "o.mp4", reverse)
    assert (facts.frames, probe(tmp_path / "o.mp4").codec) == (6, "h264")
