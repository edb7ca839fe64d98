"""The contact sheet: bounded, grouped by scene, readable for one panel and for hundreds."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wzrd.animatic.contact_sheet import TALLEST, WIDEST, SheetPanel, draw_sheet


def png(colour: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    """A plain picture."""
    data = BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG", compress_level=1)
    return data.getvalue()


RED = png((220, 30, 30), (640, 360))
LARGE = png((220, 30, 30), (1600, 900))


def sheet_of(panels: list[SheetPanel], title: str = "The Film") -> Image.Image:
    """The sheet as a picture, within the size of one."""
    picture = Image.open(BytesIO(draw_sheet(title, panels, subtitle="Storyboard")))
    assert picture.mode == "RGB"
    assert picture.width <= WIDEST
    assert picture.height <= TALLEST
    return picture


def reds(picture: Image.Image) -> int:
    """Number of pixels that have the red of the panels."""
    pixels = np.asarray(picture)
    return int(((pixels[..., 0] > 200) & (pixels[..., 1] < 60)).sum())


@pytest.mark.parametrize("count", [0, 1, 2, 7, 60, 1200])
def test_a_sheet_is_bounded(count: int):
    """However many panels there are, the page stays within its size."""
    picture = sheet_of([SheetPanel(RED, f"{at // 8}  INT. ROOM", f"{at} A caption.", "MS") for at in range(count)])
    assert 400 < picture.width <= WIDEST
    assert 100 < picture.height <= TALLEST


def test_two_hundred_panels_are_all_there():
    """At 200 panels no picture is left out, and thumbnails are still large enough to recognise."""
    picture = sheet_of([SheetPanel(RED, f"{at // 10}  INT. ROOM", "A caption.") for at in range(200)])
    each = reds(picture) / 200
    assert each > 150 * 80


def test_few_panels_are_large():
    """One panel is not a stamp."""
    assert reds(sheet_of([SheetPanel(LARGE, "1  INT. ROOM", "A caption.")])) > 800 * 440


def test_scenes_stand_under_their_headings():
    """A page is taller when its panels lie in more scenes."""
    together = sheet_of([SheetPanel(RED, "1  INT. ROOM", "A caption.") for _ in range(8)])
    apart = sheet_of([SheetPanel(RED, f"{at}  INT. ROOM", "A caption.") for at in range(8)])
    assert apart.height > together.height


def test_what_is_not_drawn_yet_is_an_empty_frame(tmp_path: Path):
    """No picture, a missing file and a broken one are empty frames; a file is read."""
    broken, good = tmp_path / "broken.png", tmp_path / "good.png"
    broken.write_bytes(b"not a picture")
    good.write_bytes(RED)
    for source in (None, broken, tmp_path / "nowhere.png", b"", RED[:60]):
        assert reds(sheet_of([SheetPanel(source, "1", "A caption.")])) == 0
    assert reds(sheet_of([SheetPanel(good, "1", "A caption.")])) > 1000


@pytest.mark.parametrize("size", [(900, 1600), (1600, 500), (900, 900)])
def test_any_aspect_ratio_fits(size: tuple[int, int]):
    """Standing, very wide and square films have sheets of their own shape."""
    picture = sheet_of([SheetPanel(png((220, 30, 30), size), "1  EXT. SEA", "A caption.") for _ in range(6)])
    assert reds(picture) > 6 * 20_000
    assert picture.height < TALLEST


def test_hostile_text_is_harmless():
    """Endless, foreign and control text in every field leaves the page's size alone."""
    text = "雨🎬\x00\u202e" + "A" * 10_000
    assert sheet_of([SheetPanel(RED, text, text, text)], title=text).width <= WIDEST


def test_the_same_panels_give_the_same_bytes():
    """A sheet can be cached by what is on it."""
    panels = [SheetPanel(RED, "1  INT. ROOM", "A caption."), SheetPanel(None, "2  EXT. SEA", "Another.")]
    assert draw_sheet("Film", panels) == draw_sheet("Film", panels)


def test_short_scenes_share_a_row():
    """Twelve scenes of two panels take no more room than six of four: the width is used, and nothing is lost."""
    short = sheet_of([SheetPanel(RED, f"{at // 2}  INT. ROOM", "A caption.") for at in range(24)])
    long = sheet_of([SheetPanel(RED, f"{at // 4}  INT. ROOM", "A caption.") for at in range(24)])
    assert short.size == long.size
    assert abs(reds(short) - reds(long)) < reds(long) * 0.01
