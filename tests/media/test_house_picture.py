"""A foreign picture in the house's format: the film's frame, upright, opaque, without metadata."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wzrd.domain.film import Frame
from wzrd.domain.wanted_format import WantedFormat
from wzrd.media.delivery_picture import conform_picture
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.limits import MediaRefused

WANTED = WantedFormat(size=Frame(1280, 720))


def written(path: Path, image: Image.Image, form: str = "PNG", **more: object) -> Path:
    image.save(path, form, **more)
    return path


def conformed(tmp_path: Path, image: Image.Image, form: str = "PNG", **more: object) -> Image.Image:
    out = tmp_path / "out.png"
    conform_picture(written(tmp_path / "in", image, form, **more), out, WANTED)
    made = Image.open(BytesIO(out.read_bytes()))
    made.load()
    return made


def pixel(image: Image.Image, x: int, y: int) -> list[int]:
    return np.asarray(image)[y, x].tolist()


@pytest.mark.parametrize("size", [(2048, 1152), (1024, 768), (1024, 1024), (720, 1280), (64, 36), (1280, 720)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_every_picture_fills_the_frame_or_stands_between_bars(tmp_path: Path, size: tuple[int, int], form: str) -> None:
    """Little is cut; of a square nothing is: it stands between black bars."""
    made = conformed(tmp_path, Image.new("RGB", size, (200, 40, 40)), form)
    assert (made.format, made.mode, made.size) == ("PNG", "RGB", (1280, 720))
    red, _, _ = pixel(made, 2, 360)
    assert (red > 150) is (size not in {(1024, 1024), (720, 1280)})
    assert pixel(made, 640, 360)[0] > 150


def test_it_is_turned_as_its_note_says_and_tells_nothing_else(tmp_path: Path) -> None:
    """EXIF orientation is applied; no metadata is kept."""
    lying = Image.new("RGB", (720, 1280), "blue")
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    made = conformed(tmp_path, lying, "JPEG", exif=exif.tobytes())
    assert pixel(made, 2, 360)[2] > 150, "turned it fills the frame"
    assert not made.getexif()
    assert "exif" not in made.info


def test_what_is_clear_becomes_white(tmp_path: Path) -> None:
    """No model means black where it painted nothing."""
    made = conformed(tmp_path, Image.new("RGBA", (1280, 720), (0, 0, 0, 0)))
    assert made.getpixel((5, 5)) == (255, 255, 255)


def test_what_is_no_picture_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    """Text, a torn file, a bomb."""
    out = tmp_path / "out.png"
    torn = written(tmp_path / "whole.png", Image.effect_noise((300, 300), 90)).read_bytes()[:2000]
    for data in (b"<html></html>", torn, b""):
        (tmp_path / "bad").write_bytes(data)
        with pytest.raises(MediaFailed):
            conform_picture(tmp_path / "bad", out, WANTED)
    huge = written(tmp_path / "huge.png", Image.new("1", (9000, 9000)))
    with pytest.raises(MediaRefused):
        conform_picture(huge, out, WANTED)
    assert not out.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad", "huge.png", "whole.png"]
