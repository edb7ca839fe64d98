"""Looks of clips: the same as those of pictures where both have them, and what the others are for."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.media.edits import colored, counted, loud, near, pictures, samples
from wzrd.media import clip_looks, image_colors
from wzrd.media.audio_edits import fades
from wzrd.media.clip_output import edit_clip, edit_of

BROWN, ROW = (150, 110, 70), 24


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Brown, all of it."""
    return colored(tmp_path_factory.mktemp("clips") / "a.mp4", "0x966e46", frames=4)


async def seen(clip: Path, filters: str, out: Path) -> list[NDArray[np.int_]]:
    await edit_clip(clip, out, lambda each: edit_of(each, filters))
    return [np.asarray(frame.convert("RGB"), int) for frame in pictures(out)]


Look = tuple[str, Callable[[Image.Image], Image.Image]]
SAME: dict[str, Look] = {
    "nothing": (clip_looks.grade(), lambda image: image),
    "brightness": (clip_looks.grade(brightness=15), lambda image: image_colors.grade(image, brightness=15)),
    "contrast": (clip_looks.grade(contrast=-40), lambda image: image_colors.grade(image, contrast=-40)),
    "temperature": (clip_looks.grade(temperature=80), lambda image: image_colors.grade(image, temperature=80)),
    "sepia": (clip_looks.sepia(), image_colors.sepia),
    **{
        name: (
            clip_looks.color_filter(name, 0.7),
            lambda image, name=name: image_colors.color_filter(image, name, 0.7),
        )
        for name in ("invert", "vintage", "sepia", "cinematic")
    },
}


@pytest.mark.parametrize("name", sorted(SAME))
async def test_clips_and_pictures_get_the_same_look(name: str, clip: Path, tmp_path: Path) -> None:
    """So that a still and a clip of one scene match."""
    filters, change = SAME[name]
    wanted = np.asarray(change(Image.new("RGB", (4, 4), BROWN)), int)[1, 1]
    frame = (await seen(clip, filters, tmp_path / "o.mp4"))[1]
    assert near([frame[ROW, 32]], [wanted], 9)


@pytest.mark.parametrize("amount", [0.5, 1.0])
async def test_without_color_is_grey(amount: float, clip: Path, tmp_path: Path) -> None:
    """All at 1, half at one half."""
    frame = (await seen(clip, clip_looks.grayscale(amount), tmp_path / "o.mp4"))[1][ROW, 32]
    assert (frame.max() - frame.min()) == pytest.approx((1 - amount) * 80, abs=8)


async def test_saturation_moves_colors_away_from_grey(clip: Path, tmp_path: Path) -> None:
    """Or to it."""
    spans: list[int] = []
    for number in (-100, 50):
        frame = (await seen(clip, clip_looks.grade(saturation=number), tmp_path / "o.mp4"))[1][ROW, 32]
        spans.append(int(frame.max() - frame.min()))
    assert spans[0] < 8
    assert spans[1] == pytest.approx(120, abs=12)


async def test_a_vignette_darkens_corners_alone(clip: Path, tmp_path: Path) -> None:
    """More of it, darker ones."""
    corners: list[float] = []
    for amount in (0.3, 1.0):
        frame = (await seen(clip, clip_looks.vignette(amount), tmp_path / "o.mp4"))[1]
        assert near([frame[ROW, 32]], [BROWN], 10)
        corners.append(float(frame[1, 1].mean()))
    assert 110 > corners[0] > corners[1] + 20 > 25


async def test_grain_moves_and_is_the_same_again(clip: Path, tmp_path: Path) -> None:
    """Other in each frame, no other color, equal bytes when it is made again; none of it is none."""
    frames = await seen(clip, clip_looks.grain(1.0), tmp_path / "a.mp4")
    assert frames[1].std(axis=(0, 1)).min() > 2
    assert np.abs(frames[1] - frames[2]).mean() > 2
    assert near([[round(one) for one in frames[1].mean(axis=(0, 1)).tolist()]], [BROWN], 6)
    await seen(clip, clip_looks.grain(1.0), tmp_path / "b.mp4")
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert clip_looks.grain(0) == "null"


async def test_bright_things_glow(tmp_path: Path) -> None:
    """Places beside a bright thing get lighter; far ones and dark ones do not."""
    box = "color=0x101010:s=96x64:r=24,drawbox=x=40:y=24:w=16:h=16:color=white:t=fill"
    from tests.media.clips import H264, ffmpeg

    ffmpeg("-f", "lavfi", "-i", box, "-frames:v", 3, *H264, "-crf", 5, tmp_path / "a.mp4")
    frame = (await seen(tmp_path / "a.mp4", clip_looks.glow(1.0, 5.0), tmp_path / "o.mp4"))[1]
    assert frame[32, 58].mean() > 45
    assert frame[4, 4].mean() < 26
    plain = (await seen(tmp_path / "a.mp4", clip_looks.glow(0.0, 5.0), tmp_path / "o.mp4"))[1]
    assert plain[32, 58].mean() < 26


async def test_colors_come_apart(tmp_path: Path) -> None:
    """Red to one side, blue to the other."""
    from tests.media.clips import H264, ffmpeg

    box = "color=black:s=96x64:r=24,drawbox=x=40:y=0:w=16:h=64:color=white:t=fill"
    ffmpeg("-f", "lavfi", "-i", box, "-frames:v", 3, *H264, "-crf", 5, tmp_path / "a.mp4")
    frame = (await seen(tmp_path / "a.mp4", clip_looks.chromatic(1.0, 400), tmp_path / "o.mp4"))[1]
    assert frame[32, 58, 0] > 120 > frame[32, 58, 2]
    assert frame[32, 37, 2] > 120 > frame[32, 37, 0]


async def test_a_fade_comes_and_goes_in_picture_and_sound(tmp_path: Path) -> None:
    """Out of a color and into it; in the middle nothing changes."""
    source = counted(tmp_path / "a.mp4", sound=True, lum="geq=lum=160:cb=128:cr=128")
    rate = Fraction(24)
    shown = clip_looks.fade(0.25, 0.25, 1.0, rate, "#ff0000")
    await edit_clip(source, tmp_path / "o.mp4", lambda clip: edit_of(clip, shown, fades(0.25, 0.25, 1.0)))
    frames = [np.asarray(frame.convert("RGB"), int)[24, 32] for frame in pictures(tmp_path / "o.mp4")]
    assert near([frames[0]], [(255, 0, 0)], 30)
    assert near([frames[12]], [(168, 168, 168)], 6)
    assert near([frames[-1]], [(255, 0, 0)], 60)
    assert loud(samples(tmp_path / "o.mp4"))[2:] == [True, True]


@pytest.mark.parametrize(
    ("wanted", "seconds", "fitted"),
    [((1, 1), 4, (1, 1)), ((3, 1), 2, (1.5, 0.5)), ((0, 0), 1, (0, 0)), ((0, 9), 1, (0, 1))],
)
def test_fades_never_overlap(wanted: tuple[float, float], seconds: float, fitted: tuple[float, float]) -> None:
    """Both become shorter by the same share."""
    assert clip_looks.fitted_fades(*wanted, seconds) == pytest.approx(fitted)


@pytest.mark.parametrize(("speed", "steps"), [(1, 0), (2, 1), (0.5, 1), (2.5, 2), (16, 4), (0.1, 4)])
def test_tempo_is_changed_in_steps_that_lose_nothing(speed: float, steps: int) -> None:
    """Each between a half and two; together the speed."""
    factors = [float(each.partition("=")[2]) for each in clip_looks.tempo(speed).split(",") if "=" in each]
    assert len(factors) == steps
    assert all(0.5 - 1e-6 <= factor <= 2 + 1e-6 for factor in factors)
    assert float(np.prod(factors)) == pytest.approx(speed)
