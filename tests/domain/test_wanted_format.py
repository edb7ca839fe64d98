"""A film's format: as people ask for it, as their project has it, as its clips have it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.domain.film import FPS, RATES, DeliveryFormat, Frame
from wzrd.domain.wanted_format import WantedFormat, lines_of, read_wanted


def wanted(ratio: str | None = "16:9", **given: Any) -> WantedFormat:
    return read_wanted(given, ratio)


@pytest.mark.parametrize(
    ("size", "ratio", "frame"),
    [
        (None, "16:9", (1280, 720)),
        ("720p", "16:9", (1280, 720)),
        ("1080p", "16:9", (1920, 1080)),
        ("1080P", "9:16", (1080, 1920)),
        ("1080p", "2.39:1", (1920, 804)),
        ("4k", "16:9", (3840, 2160)),
        ("4K", "1:1", (2160, 2160)),
        ("4096x2160", "1.85", (4096, 2160)),
        (" 640 X 360 ", "16:9", (640, 360)),
        ("1920x1080", "9:16", (1080, 1920)),
        ("1080x1920", "16:9", (1920, 1080)),
        ("1920x1080", "2.39:1", (1920, 1080)),
        ("1920x1080", "1:1", (1920, 1080)),
        ("source", "16:9", (1280, 720)),
    ],
)
def test_a_size_as_people_write_it(size: str | None, ratio: str, frame: tuple[int, int]) -> None:
    """A name follows the project's shape; numbers are meant as they stand, turned as the project stands."""
    assert wanted(ratio, resolution=size).delivery().frame == Frame(*frame)


@pytest.mark.parametrize(("number", "rate"), [*((float(rate), rate) for rate in RATES), (23.98, RATES[0])])
def test_rates_are_exact(number: float, rate: Fraction) -> None:
    """29.97 is 30000/1001, whatever is lost in writing it."""
    assert wanted(fps=round(number, 3)).delivery().fps == rate
    assert wanted(fps=str(rate)).delivery().fps == rate


REFUSED: Mapping[str, Sequence[Any]] = {
    "resolution": ("hd", "640", "641x360", "0x0", "100x100", "1280x", "-640x360", "4098x2160", "9" * 9 + "x2", 7),
    "fps": (0, 12, 24.5, 59.94, -24, "nan", "1/0", float("inf"), True),
    "loudness": (16, -18, "loud"),
    "codec": ("av1", "prores", "h266"),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in REFUSED.items() for value in values])
def test_what_no_film_can_have_is_refused_by_name(name: str, value: Any) -> None:
    """With what is possible."""
    with pytest.raises(BadRequest) as refusal:
        wanted(**{name: value})
    assert f"settings.{name}: {value!r}" in refusal.value.message
    assert any(allowed in refusal.value.message for allowed in ("1080p", "29.97", "-23", "h264"))


def test_a_request_counts_before_its_project_and_that_before_the_clips() -> None:
    """Part by part; what nobody asks for is the house's."""
    project = read_wanted({"resolution": "1080p", "fps": 25, "loudness": -23}, "16:9")
    assert wanted().over(project).delivery(2160) == DeliveryFormat(Frame(1920, 1080), Fraction(25), -23.0)
    assert wanted(resolution="720p", fps=30).over(project).delivery().fps == 30
    assert wanted(resolution="source").over(project).delivery(1440).frame == Frame(2560, 1440)
    assert wanted(loudness=-14).delivery() == DeliveryFormat(Frame(1280, 720), Fraction(FPS), -14.0)
    assert [wanted(codec=name).delivery().codec for name in ("", "avc", "HEVC", "h265")] == ["h264"] * 2 + ["hevc"] * 2
    assert wanted().over(wanted(codec="hevc")).codec == wanted(codec="hevc").over(wanted(codec="h264")).codec == "hevc"


@pytest.mark.parametrize(
    ("size", "lines"),
    [((1920, 1080), 1080), ((1080, 1920), 1080), ((1920, 804), 1080), ((1920, 1088), 1080), ((1280, 704), 720),
     ((1024, 1024), 1024), ((4096, 2160), 2304), ((3840, 2160), 2160), ((832, 480), 480)],
)  # fmt: skip
def test_how_large_a_clip_is(size: tuple[int, int], lines: float) -> None:
    """By the side that fills its frame; a few pixels more or fewer do not count."""
    assert lines_of(*size) == lines


@pytest.mark.parametrize(("lines", "frame"), [(480, (1280, 720)), (1080, (1920, 1080)), (2304, (3840, 2160))])
def test_clips_decide_within_bounds(lines: float, frame: tuple[int, int]) -> None:
    """Never below the house's frame, never above 4K."""
    assert wanted().delivery(lines).frame == Frame(*frame)
    assert (wanted().lines, wanted(resolution="source").lines, wanted(resolution="4k").lines) == (None, None, 2160)
