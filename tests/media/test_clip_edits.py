"""Edits of clips: which frame is where, what is heard when, sizes, and equal bytes again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.media.clips import brightness, heard_by_pyav
from tests.media.edits import clicked, colored, counted, counts, loud, near, pictures, pitch, quarters, samples, tone
from wzrd.domain.errors import BadRequest
from wzrd.media.clip_edits import (
    blend,
    cut,
    long_exposure,
    parts,
    scale,
    speed,
    trim,
    watermark,
    with_sound,
)
from wzrd.media.clip_output import Clip, Edit, edit_clip, edit_of, open_clip, write_clip
from wzrd.media.limits import MediaRefused
from wzrd.media.probe import Facts
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


EXACT: list[tuple[Callable[[Clip], Edit], float]] = [
    (edit_of, 0.5),
    (lambda clip: trim(clip, 0.25, None, None), 0.25),
    (lambda clip: speed(clip, 2), 0.25),
]


@pytest.mark.parametrize(("edit", "when"), EXACT)
async def test_sound_and_picture_stay_together(edit: Callable[[Clip], Edit], when: float, tmp_path: Path) -> None:
    """A click is heard at its frame, to ten milliseconds."""
    await edit_clip(clicked(tmp_path / "a.mp4"), tmp_path / "o.mp4", edit)
    [first, *_] = heard_by_pyav(tmp_path / "o.mp4")
    assert first == pytest.approx(when, abs=0.03 if edit is EXACT[2][0] else 0.01)


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


def test_too_many_parts_are_refused_with_their_number() -> None:
    """A tenth of a second of ten minutes."""
    with pytest.raises(BadRequest, match=r"7,200 parts of a clip of 600\.0 s; 60 at most"):
        parts(clip_of(14_400), 0.1, None)


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
    assert top is None or near([top], [(254, 0, 0)], 14)


async def test_a_mark_is_on_every_frame_and_colors_stay(tmp_path: Path) -> None:
    """Red stays red beside it."""
    clip = await open_clip(colored(tmp_path / "a.mp4", size="128x96"))
    draw_mark((128, 96), Mark("", "bottom-right", 1.0, 30), Image.new("RGB", (9, 9), "blue")).save(tmp_path / "m.png")
    await write_clip(watermark(clip, tmp_path / "m.png"), tmp_path / "o.mp4")
    for frame in pictures(tmp_path / "o.mp4"):
        assert near([frame.getpixel((30, 30)), frame.getpixel((105, 73))], [(220, 30, 30), (0, 0, 255)], 12)


async def test_a_long_exposure_lags_behind(silent: Path, tmp_path: Path) -> None:
    """Each frame is the mean of the last four."""
    await edit_clip(silent, tmp_path / "o.mp4", lambda clip: long_exposure(clip, 4))
    assert brightness(tmp_path / "o.mp4")[20] == pytest.approx(40 + 6 * 18.5, abs=3)
    with pytest.raises(MediaRefused, match="120 frames of 3840x2160 take too much memory: blend 43 at most"):
        long_exposure(clip_of(1440, size=(3840, 2160)), 120)


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
