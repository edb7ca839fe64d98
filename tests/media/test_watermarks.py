"""Marks: legible on any ground, where they are wanted, as clear as wanted."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from wzrd.domain.errors import BadRequest
from wzrd.media.watermarks import Mark, draw_mark, marked

SIZE = (160, 90)
POSITIONS = ["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"]


def ground(color: Any) -> Image.Image:
    return Image.new("RGB", SIZE, color)


def box_of(layer: Image.Image) -> tuple[float, float]:
    """Where the middle of what is drawn lies, 0 to 1 across and down."""
    box = layer.getchannel("A").point([0] * 40 + [255] * 216).getbbox()
    assert box is not None
    return (box[0] + box[2]) / 2 / SIZE[0], (box[1] + box[3]) / 2 / SIZE[1]


@pytest.mark.parametrize("position", POSITIONS)
def test_a_mark_stands_where_it_is_wanted(position: str) -> None:
    """Words and a picture, with a margin."""
    logo = Image.new("RGB", (20, 20), "red")
    for layer in (draw_mark(SIZE, Mark("Mara", position)), draw_mark(SIZE, Mark("", position), logo)):
        across, down = box_of(layer)
        assert (across < 0.4) == ("left" in position)
        assert (across > 0.6) == ("right" in position)
        assert (down < 0.4) == ("top" in position)
        assert (down > 0.6) == ("bottom" in position)
        box = layer.getbbox()
        assert box is not None
        assert box[0] > 0 < box[1]
        assert box[2] < SIZE[0]
        assert box[3] < SIZE[1]


def contrast(image: Image.Image, before: Image.Image) -> tuple[int, int]:
    """Most by which the mark is lighter and darker than the ground."""
    change: NDArray[np.int_] = np.asarray(image.convert("L"), int) - np.asarray(before.convert("L"), int)
    return int(change.max()), -int(change.min())


@pytest.mark.parametrize("color", ["white", "black", (128, 128, 128), (250, 240, 60)])
def test_words_are_read_on_any_ground(color: Any) -> None:
    """White letters have a dark edge: on white the edge is seen, on black the letters."""
    before = ground(color)
    assert max(contrast(marked(before, Mark("MARA", opacity=1.0)), before)) > 90


def test_opacity_says_how_much_is_seen() -> None:
    """Nothing at 0, half at one half."""
    before = ground("black")
    strengths = [contrast(marked(before, Mark("MARA", opacity=opacity)), before)[0] for opacity in (0.0, 0.5, 1.0)]
    assert strengths[0] == 0
    assert strengths[1] == pytest.approx(strengths[2] / 2, abs=6)


@pytest.mark.parametrize("size", [10, 40, 90])
def test_a_size_is_a_share_of_the_width(size: int) -> None:
    """Of a picture exactly, of words nearly."""
    logo = draw_mark(SIZE, Mark("", size=size, opacity=1), Image.new("RGB", (50, 10), "red")).getbbox()
    words = draw_mark((640, 360), Mark("MARA FILMS", size=size, opacity=1)).getbbox()
    assert logo is not None
    assert words is not None
    assert logo[2] - logo[0] == pytest.approx(SIZE[0] * size / 100, abs=2)
    assert (words[2] - words[0]) / 640 == pytest.approx(size / 100, abs=0.05)


@pytest.mark.parametrize("text", ["a" * 200, "word " * 40, "x", "Žluťoučký kůň · ñ Ω Я"])
def test_long_words_stay_inside(text: str) -> None:
    """They are wrapped and cut; no mark is larger than the picture."""
    for size in ((160, 90), (16, 16), (400, 16)):
        assert draw_mark(size, Mark(text, size=100)).size == size


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u0645\u0637\u0631", "\u200b"])
def test_nothing_to_draw_is_said(text: str) -> None:
    """No words, or words in letters that the house's font does not have, and no picture."""
    with pytest.raises(BadRequest, match="a watermark needs a picture or words"):
        draw_mark(SIZE, Mark(text))


def test_a_clear_picture_stays_clear() -> None:
    """A mark on a transparent picture is all that is seen of it."""
    made = marked(Image.new("RGBA", SIZE), Mark("MARA", "bottom-right", 1.0))
    assert made.mode == "RGBA"
    assert made.getpixel((3, 3)) == (0, 0, 0, 0)
