"""Parameters that several local tools have: grading, marks, ranges of time, fades. Pure."""

from wzrd.graph.parameters import Parameter, choice, color, number
from wzrd.graph.tool_types import MediaInput

LONGEST_TEXT = 200
MARK = MediaInput("image", ("watermark", "watermark_image", "logo", "overlay"), 0)
GRADE = (
    number("brightness", 0, -100, 100, "lighter or darker, in per cent of full scale"),
    number("contrast", 0, -100, 100, "per cent more or less"),
    number("saturation", 0, -100, 100, "per cent more or less; -100 is grey"),
    number("temperature", 0, -100, 100, "warmer (above 0) or colder"),
)
_PLACES = "bottom-right bottom bottom-left left center right top-left top top-right"  # as one reads a clock
WATERMARK = (
    Parameter("text", "text", "", "words to write; without them a picture is needed", most=LONGEST_TEXT),
    number("opacity", 0.75, 0, 1, "how much of it is seen"),
    choice("position", _PLACES, "where it stands", "placement"),
    number("size", 0, 0, 100, "per cent of the picture's width; 0: as fits (a text 5 % high, a picture 18 % wide)"),
    color("color", "#ffffff", "of the text", "textColor"),
)
_SECONDS = "in seconds"
RANGE = (
    number("start", 0, 0, 36_000, f"where it begins, {_SECONDS}", startSeconds=1, startMs=0.001),
    number("end", None, 0, 36_000, f"where it ends, {_SECONDS}; absent: at its end", endSeconds=1, endMs=0.001),
    number(
        "seconds",
        None,
        0.01,
        36_000,
        "how long it lasts; counts before `end`",
        durationSeconds=1,
        duration=1,
        durationMs=0.001,
    ),
)
FADES = (
    number("fadeIn", 0.5, 0, 60, f"how long it comes, {_SECONDS}", fadeInSeconds=1, fadeInMs=0.001),
    number("fadeOut", 0.5, 0, 60, f"how long it goes, {_SECONDS}", fadeOutSeconds=1, fadeOutMs=0.001),
)


def amount(default: float) -> Parameter:
    """Parameter for the amount of an effect, with its default."""
    return number("amount", default, 0, 100, "how much of it, in per cent", strength=1, intensity=1)
