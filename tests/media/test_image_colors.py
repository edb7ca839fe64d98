"""Edits of a picture's colors: what becomes of known colors, and that transparency stays."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media.edits import BLUE, GREEN, RED, WHITE, corners, near, quarters
from wzrd.media.image_colors import color_filter, color_key, grade, sketch, tint
from wzrd.media.image_edits import read_picture


@pytest.fixture
def image(tmp_path: Path) -> Image.Image:
    """Four corners."""
    return read_picture(corners(tmp_path / "corners.png"))


def plain(color: tuple[int, ...], mode: str = "RGB") -> Image.Image:
    return Image.new(mode, (8, 8), color)


def seen(image: Image.Image) -> tuple[int, ...]:
    return tuple(int(value) for value in np.asarray(image)[4, 4])


def test_a_grade_of_nothing_changes_nothing(image: Image.Image) -> None:
    """To the last bit."""
    assert np.array_equal(np.asarray(grade(image)), np.asarray(image))


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"brightness": 20}, (151, 151, 151)),
        ({"brightness": -100}, (0, 0, 0)),
        ({"contrast": 100}, (72, 72, 72)),
        ({"contrast": -100}, (128, 128, 128)),
        ({"temperature": 100}, (118, 102, 82)),
    ],
)
def test_a_grade_moves_grey_as_it_says(changes: dict[str, float], wanted: tuple[int, ...]) -> None:
    """Brightness adds, contrast turns around the middle, temperature warms."""
    assert near([seen(grade(plain((100, 100, 100)), **changes))], [wanted], 1)


def test_without_saturation_all_is_grey(image: Image.Image) -> None:
    """And with more of it colors are further from grey."""
    assert all(len(set(color)) == 1 for color in quarters(grade(image, saturation=-100)))
    assert seen(grade(plain((150, 100, 100)), saturation=80))[1] < 95


@pytest.mark.parametrize("name", ["cinematic", "grayscale", "sepia", "invert", "vintage", "vignette"])
def test_a_filter_keeps_what_is_clear_and_comes_by_degrees(name: str, image: Image.Image) -> None:
    """Nothing at 0, all at 1, half way between at one half."""
    image.putalpha(90)
    none, half, whole = (np.asarray(color_filter(image, name, amount), int) for amount in (0, 0.5, 1))
    assert np.array_equal(none, np.asarray(image))
    assert (whole[..., 3] == 90).all()
    assert np.abs(whole - none).max() > 10
    assert np.abs(half - (whole + none) / 2).max() <= 1


def test_named_filters_do_what_their_names_say() -> None:
    """On one color each."""
    assert seen(color_filter(plain((10, 100, 200)), "invert", 1)) == (245, 155, 55)
    assert len(set(seen(color_filter(plain(RED), "grayscale", 1)))) == 1
    red, green, blue = seen(color_filter(plain((120, 120, 120)), "sepia", 1))
    assert red > green > blue
    dark = np.asarray(color_filter(Image.new("RGB", (90, 60), WHITE), "vignette", 1), int)
    assert dark[30, 45].min() > 2 * dark[0, 0].max()


def test_a_tint_keeps_black_and_white() -> None:
    """Grey takes on the color."""
    assert seen(tint(plain((0, 0, 0)), "#ff0000", 1)) == (0, 0, 0)
    assert seen(tint(plain((255, 255, 255)), "#ff0000", 1)) == (255, 255, 255)
    assert near([seen(tint(plain((127, 127, 127)), "#ff0000", 1))], [(255, 0, 0)], 4)
    assert seen(tint(plain((40, 50, 60)), "#ff0000", 0)) == (40, 50, 60)


def test_a_key_takes_one_color_out(image: Image.Image) -> None:
    """Removed, replaced, or all else made grey; inverted, all but it."""
    removed = color_key(image, "#1ec828", tolerance=20, softness=4, mode="remove")
    alphas = [int(np.asarray(removed)[y, x, 3]) for x, y in ((16, 12), (48, 12), (16, 36), (48, 36))]
    assert alphas == [255, 0, 255, 255]
    inverted = color_key(image, "#1ec828", tolerance=20, softness=0, mode="remove", inverted=True)
    assert int(np.asarray(inverted)[12, 48, 3]) == 255 > int(np.asarray(inverted)[12, 16, 3])
    replaced = color_key(image, "#1ec828", tolerance=20, softness=4, mode="replace", replacement="#0000ff")
    assert quarters(replaced) == [RED, (0, 0, 255), BLUE, WHITE]
    isolated = quarters(color_key(image, "#1ec828", tolerance=20, softness=4, mode="isolate"))
    assert isolated[1] == GREEN
    assert len(set(isolated[0])) == 1


def test_what_is_clear_stays_clear_under_a_key() -> None:
    """Removing a color never makes anything visible."""
    keyed = color_key(plain((255, 0, 0, 0), "RGBA"), "#00ff00", tolerance=10, softness=2, mode="remove")
    assert seen(keyed)[3] == 0


def test_a_sketch_is_dark_lines_on_white(image: Image.Image) -> None:
    """Areas are paper; edges are drawn."""
    drawn = np.asarray(sketch(image, 0.6).convert("L"), int)
    assert drawn[5, 5] > 245
    assert drawn[12, 26:38].min() < 200
