"""The local tools that work on pictures, by action id. Pure."""

from collections.abc import Mapping
from functools import partial

from wzrd.graph.parameter_groups import GRADE, MARK, WATERMARK, amount
from wzrd.graph.parameters import Parameter, choice, color, flag, integer, number, ratio
from wzrd.graph.tool_types import MediaInput, Tool, tool

_IMAGE = (MediaInput("image", ("image", "images", "picture", "source_image")),)
_ASPECT = (
    ratio("aspectRatio", "16:9", "width to height", "aspect", "aspect_ratio", "ratio"),
    choice("mode", "pad crop stretch", "bars around it, edges cut off, or out of shape", "fit"),
    color("backgroundColor", "#000000", "of the bars", "background"),
)

_picture = partial(tool, "image", _IMAGE)

IMAGE_TOOLS: Mapping[str, Tool] = {
    "image.rotate": _picture(
        "Turn a picture clockwise.",
        number("angle", 90, -3600, 3600, "degrees clockwise", degrees=1, rotation=1),
        flag("expandCanvas", True, "the canvas grows, so that no corner is lost"),
        Parameter("backgroundColor", "color", None, "of new corners; absent: transparent"),
    ),
    "image.flip": _picture("Mirror a picture.", choice("axis", "horizontal vertical both", "which way", "direction")),
    "image.crop": _picture(
        "Cut a part out of a picture.",
        integer("x", None, 0, 40_000, "left edge in pixels; absent: centered", left=1),
        integer("y", None, 0, 40_000, "upper edge in pixels; absent: centered", top=1),
        integer("width", None, 1, 40_000, "pixels; absent: as far as it goes"),
        integer("height", None, 1, 40_000, "pixels; absent: as far as it goes"),
        ratio("aspectRatio", None, "largest part of this shape, where no size is given", "aspect", "aspect_ratio"),
    ),
    "image.change-aspect-ratio": _picture("Bring a picture into another shape.", *_ASPECT),
    "image.scale": _picture(
        "Make a picture larger or smaller.",
        integer("width", None, 1, 16_384, "pixels; absent: by the height"),
        integer("height", None, 1, 16_384, "pixels; absent: by the width"),
        choice("mode", "pad crop stretch", "where both are given: bars, edges cut off, or out of shape", "fit"),
        flag("preserveAspectRatio", True, "false: out of shape, whatever the mode"),
        color("backgroundColor", "#000000", "of the bars", "background"),
    ),
    "image.blur": _picture(
        "Blur a picture.",
        choice("mode", "gaussian box motion radial", "how"),
        number("amount", 8, 0, 64, "radius in pixels", radius=1),
        number("angle", 0, -360, 360, "of a motion, in degrees"),
    ),
    "image.color-grade": _picture("Adjust light and color of a picture.", *GRADE),
    "image.color-filter": _picture(
        "Lay a filter over a picture.",
        choice("filter", "cinematic grayscale sepia invert vintage vignette", "which"),
        amount(100),
    ),
    "image.color-tint": _picture(
        "Tint a picture.",
        color("tintColor", "#f97316", "which", "color"),
        number("amount", 0.35, 0, 1, "how much of it"),
    ),
    "image.color-key": _picture(
        "Take one color out of a picture.",
        color("targetColor", "#00ff00", "which", "color"),
        number("tolerance", 32, 0, 255, "how far from it a color may be"),
        number("edgeSoftness", 4, 0, 64, "how gradual the edge is"),
        choice("mode", "remove replace isolate", "transparent, replaced, or grey all around"),
        color("replacementColor", "#ffffff", "what replaces it"),
        flag("invertSelection", False, "all but that color"),
    ),
    "image.sketch": _picture("A pencil drawing of a picture.", amount(60)),
    "image.duplicate": _picture(
        "Copies of a picture: one after another, or side by side in one.",
        integer("copies", 2, 1, 16, "how many", count=1),
        choice("layout", "list row column grid", "as a list, or in one picture"),
        several=True,
    ),
    "image.watermark": tool("image", (*_IMAGE, MARK), "Write or lay a mark on a picture.", *WATERMARK),
}
