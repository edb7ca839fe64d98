"""Edits of pictures: what goes where, what stays transparent, what is too large, and equal bytes again."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.media.bombs import png
from tests.media.edits import BLUE, GREEN, RED, WHITE, corners, near, quarters
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.image_edits import (
    blur,
    crop,
    edit_picture,
    flip,
    read_picture,
    reshape,
    resize,
    rotate,
    tile,
)
from wzrd.media.limits import MediaRefused


@pytest.fixture
def image(tmp_path: Path) -> Image.Image:
    """Four corners."""
    return read_picture(corners(tmp_path / "corners.png"))


def clear_hole() -> Image.Image:
    """Red around a transparent green middle."""
    image = Image.new("RGBA", (60, 60), (255, 0, 0, 255))
    image.paste((0, 255, 0, 0), (20, 20, 40, 40))
    return image


@pytest.mark.parametrize(
    ("angle", "size", "seen"),
    [
        (0, (64, 48), [RED, GREEN, BLUE, WHITE]),
        (90, (48, 64), [BLUE, RED, WHITE, GREEN]),
        (180, (64, 48), [WHITE, BLUE, GREEN, RED]),
        (-90, (48, 64), [GREEN, WHITE, RED, BLUE]),
        (450, (48, 64), [BLUE, RED, WHITE, GREEN]),
    ],
)
def test_quarters_turn_clockwise_and_keep_every_pixel(
    image: Image.Image, angle: float, size: tuple[int, int], seen: list[tuple[int, ...]]
) -> None:
    """As a hand turns a photograph."""
    turned = rotate(image, angle)
    assert (turned.size, quarters(turned)) == (size, seen)


def test_other_angles_grow_the_canvas_and_leave_clear_corners(image: Image.Image) -> None:
    """Or colored ones, or a canvas of the same size."""
    turned = rotate(image, 45)
    assert turned.size[0] == pytest.approx(80, abs=2)
    assert (turned.mode, turned.getpixel((0, 0))) == ("RGBA", (0, 0, 0, 0))
    assert rotate(image, 45, background="#102030").getpixel((0, 0)) == (16, 32, 48)
    assert rotate(image, 90, expand=False).size == rotate(image, 30, expand=False).size == (64, 48)


@pytest.mark.parametrize(
    ("axis", "seen"),
    [
        ("horizontal", [GREEN, RED, WHITE, BLUE]),
        ("vertical", [BLUE, WHITE, RED, GREEN]),
        ("both", [WHITE, BLUE, GREEN, RED]),
    ],
)
def test_a_flip_mirrors(image: Image.Image, axis: str, seen: list[tuple[int, ...]]) -> None:
    """Left and right, top and bottom, or both."""
    assert quarters(flip(image, axis)) == seen


def test_a_crop_is_in_the_middle_unless_placed(image: Image.Image) -> None:
    """By size, by shape, or from a place on; never beyond the picture."""
    assert quarters(crop(image, width=20, height=20)) == [RED, GREEN, BLUE, WHITE]
    assert crop(image, ratio=1.0).size == (48, 48)
    assert crop(image, ratio=4.0).size == (64, 16)
    corner = crop(image, x=40, y=30, width=500, height=500)
    assert (corner.size, corner.getpixel((0, 0))) == ((24, 18), WHITE)
    with pytest.raises(MediaRefused, match="begins at 64,0; the picture has 64x48"):
        crop(image, x=64)


def test_another_shape_loses_nothing_or_the_edges(image: Image.Image) -> None:
    """Bars keep all pixels, a crop adds none."""
    wide = reshape(image, 2.0, "pad", "#000000")
    assert (wide.size, wide.getpixel((2, 24)), wide.getpixel((20, 10))) == ((96, 48), (0, 0, 0), RED)
    assert reshape(image, 2.0, "crop", "#000000").size == (64, 32)
    assert quarters(reshape(image, 2.0, "stretch", "#000000")) == [RED, GREEN, BLUE, WHITE]


def test_a_size_of_one_side_keeps_the_shape(image: Image.Image) -> None:
    """Both sides: bars, cut edges, or out of shape."""
    assert resize(image, 32, None, "pad", "#000000").size == (32, 24)
    assert resize(image, None, 96, "pad", "#000000").size == (128, 96)
    assert resize(image, 40, 40, "pad", "#ff0000").getpixel((20, 1)) == (255, 0, 0)
    for fit in ("crop", "stretch"):
        assert near(quarters(resize(image, 40, 40, fit, "#000000")), [RED, GREEN, BLUE, WHITE], 2)


@pytest.mark.parametrize("mode", ["gaussian", "box", "motion", "radial"])
def test_a_blur_softens_edges_and_keeps_areas(mode: str) -> None:
    """The size stays, and what is far from an edge; no blur is none."""
    image = Image.new("RGB", (64, 48), RED)
    image.paste(BLUE, (14, 0, 64, 48))
    soft = blur(image, mode, 8, 0)
    edge = np.abs(np.diff(np.asarray(soft, float)[24], axis=0)).max()
    assert (soft.size, edge < 60) == (image.size, True)
    assert near([np.asarray(soft)[24, 1], np.asarray(soft)[24, 50]], [RED, BLUE], 24)
    assert np.array_equal(np.asarray(blur(image, mode, 0)), np.asarray(image))


def test_a_motion_blurs_along_its_angle(image: Image.Image) -> None:
    """Along the edges nothing changes."""
    across, down = (np.asarray(blur(image, "motion", 6, angle), float) for angle in (0, 90))
    assert np.abs(np.diff(across[:20], axis=1)).max() < 60 < np.abs(np.diff(across, axis=0)).max()
    assert np.abs(np.diff(down[:, :20], axis=0)).max() < 60 < np.abs(np.diff(down, axis=1)).max()


@pytest.mark.parametrize("mode", ["gaussian", "box", "motion", "radial"])
def test_what_is_clear_does_not_bleed(mode: str) -> None:
    """The hidden green of the hole is nowhere to be seen."""
    soft = blur(clear_hole(), mode, 6, 0)
    pixels = np.asarray(soft)
    assert soft.mode == "RGBA"
    assert pixels[..., 1][pixels[..., 3] > 0].max() <= 8


@pytest.mark.parametrize(
    ("layout", "copies", "size"), [("row", 3, (192, 48)), ("column", 3, (64, 144)), ("grid", 4, (128, 96))]
)
def test_copies_stand_side_by_side(image: Image.Image, layout: str, copies: int, size: tuple[int, int]) -> None:
    """Each whole; a grid that does not come out even is clear at its end."""
    tiled = tile(image, copies, layout)
    assert tiled.size == size
    assert quarters(tiled.crop((size[0] - 64, size[1] - 48, *size))) == [RED, GREEN, BLUE, WHITE]
    assert tile(image, 3, "grid").getpixel((127, 95)) == (0, 0, 0, 0)


def test_what_becomes_too_large_is_refused_before_it_is_made() -> None:
    """By turning, tiling, reshaping and scaling."""
    large = Image.new("RGB", (6000, 6000))
    for work in (
        lambda: rotate(large, 45),
        lambda: tile(large, 2, "row"),
        lambda: reshape(large, 2.0, "pad", "#000000"),
        lambda: resize(large, 16_000, None, "pad", "#000000"),
    ):
        with pytest.raises(MediaRefused, match="40 megapixels at most"):
            work()


def test_equal_pictures_give_equal_bytes_and_no_metadata(tmp_path: Path) -> None:
    """A cache may go by content; where and when a photograph was taken is not handed on."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Camera of Mara", 6
    Image.new("RGB", (40, 20), RED).save(tmp_path / "a.jpg", exif=exif)
    for name in ("one.png", "two.png"):
        assert edit_picture(tmp_path / "a.jpg", tmp_path / name, lambda image: flip(image, "both")) == (20, 40)
    made = (tmp_path / "one.png").read_bytes()
    assert made == (tmp_path / "two.png").read_bytes()
    assert b"Mara" not in made


@pytest.mark.parametrize("mode", ["L", "LA", "1", "P", "CMYK", "I;16", "RGBA", "RGB"])
def test_every_kind_of_picture_keeps_its_grey(mode: str, tmp_path: Path) -> None:
    """16 bits of grey are no white; what is opaque is RGB."""
    grey = np.full((8, 8), 0x8080 if mode == "I;16" else 0x80, np.uint16 if mode == "I;16" else np.uint8)
    image = Image.fromarray(grey) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    image.save(path)
    read = read_picture(path)
    assert read.mode == ("RGBA" if mode in {"LA", "RGBA"} else "RGB")
    assert mode == "1" or near(quarters(read), [(128, 128, 128)] * 4, 3)


def test_hostile_pictures_leave_nothing(tmp_path: Path) -> None:
    """A bomb is refused by its head; what is no picture, or ends early, says so."""
    (tmp_path / "bomb.png").write_bytes(png(12_000, 12_000, pixels=False))
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "cut.png").write_bytes(corners(tmp_path / "whole.png").read_bytes()[:90])
    for name, error in (("bomb.png", MediaRefused), ("text.png", MediaFailed), ("cut.png", MediaFailed)):
        with pytest.raises(error):
            edit_picture(tmp_path / name, tmp_path / "out.png", lambda image: image)
    assert not list(tmp_path.glob("*out*"))
