"""The local tools that work on clips, by action id. Pure."""

from collections.abc import Mapping
from functools import partial

from wzrd.graph.parameter_groups import FADES, GRADE, MARK, RANGE, WATERMARK, amount
from wzrd.graph.parameters import Parameter, choice, color, flag, integer, number
from wzrd.graph.tool_types import MOST_CLIPS, MediaInput, Tool, tool

_VIDEO = (MediaInput("video", ("video", "videos", "clip", "source_video")),)
_CLIPS = (MediaInput("video", ("clips", "video", "videos", "visual"), 2, MOST_CLIPS),)
_TWO = (MediaInput("video", ("video_a", "video_b", "video", "videos", "clips"), 2, 2),)
_STITCH = (
    choice("transition", "cut fade dissolve crossfade wipe slide", "how one clip follows another"),
    number("transitionSeconds", 0.5, 0.04, 10, "how long it takes; at most half of a clip", transitionMs=0.001),
    choice("direction", "left right up down", "where a wipe or slide goes"),
    integer("width", None, 16, 4096, "pixels; absent: the first clip's"),
    integer("height", None, 16, 4096, "pixels; absent: the first clip's"),
)


def _speed(default: float, least: float, most: float) -> tuple[Parameter, ...]:
    return (
        number("speed", default, least, most, "times as fast", factor=1, rate=1),
        flag("keepAudio", True, "sound is kept, at its own pitch"),
    )


_clip = partial(tool, "video", _VIDEO)

VIDEO_TOOLS: Mapping[str, Tool] = {
    "video.extract-frames": tool(
        "image",
        _VIDEO,
        "Pictures out of a clip.",
        number("fps", 1, 0.01, 60, "pictures a second"),
        number("every", None, 0.01, 600, "seconds from one to the next; counts before `fps`", everySeconds=1),
        integer("count", None, 1, 200, "so many, evenly spread; counts before both", frameCount=1),
        choice("format", "png jpg", "of the pictures"),
        several=True,
    ),
    "video.extract-frame": tool(
        "image",
        _VIDEO,
        "One picture out of a clip.",
        choice("position", "first middle last", "which"),
        number("at", None, 0, 36_000, "when, in seconds; counts before `position`", atSeconds=1, atMs=0.001),
        choice("format", "png jpg", "of the picture"),
    ),
    "video.frame-grid": tool(
        "image",
        _VIDEO,
        "A contact sheet of a clip.",
        integer("rows", 3, 1, 12, "rows"),
        integer("columns", 3, 1, 12, "columns"),
        integer("gap", 8, 0, 64, "pixels between pictures"),
        color("backgroundColor", "#000000", "between them", "background"),
        integer("thumbWidth", 320, 32, 1024, "pixels of each picture's width"),
        flag("timecodes", False, "each with its time"),
    ),
    "video.split": _clip(
        "Cut a clip into parts.",
        number("segmentSeconds", 5, 0.1, 600, "of each part", seconds=1),
        integer("parts", None, 2, 60, "so many of equal length; counts before `segmentSeconds`", segments=1),
        several=True,
    ),
    "video.trim": _clip("Cut a part out of a clip.", *RANGE),
    "video.reverse": _clip("Play a clip backwards.", flag("keepAudio", True, "sound is kept")),
    "video.boomerang": _clip(
        "Forwards, then backwards.", integer("loops", 1, 1, 10, "how often"), flag("keepAudio", True, "sound is kept")
    ),
    "video.speed": _clip("Play a clip faster or slower.", *_speed(2, 0.1, 16)),
    "video.slow": _clip("Play a clip slower.", *_speed(0.5, 0.1, 1)),
    "video.stitch": tool("video", _CLIPS, "Join clips, with their sound.", *_STITCH),
    "video.concat": tool("video", _CLIPS, "Join clips, with their sound.", *_STITCH),
    "video.merge-audio-video": tool(
        "video",
        (*_VIDEO, MediaInput("audio", ("audio", "audios", "sound", "music", "voice"))),
        "Lay a sound under a clip.",
        choice("mode", "replace mix", "instead of its own sound, or with it"),
    ),
    "video.blend": tool(
        "video",
        _TWO,
        "Lay one clip over another.",
        choice("mode", "overlay screen multiply average", "how"),
        number("opacity", 1, 0, 1, "of the second"),
    ),
    "video.scale": _clip(
        "Make a clip larger or smaller.",
        integer("width", None, 16, 4096, "pixels; absent: by the height; both absent: 1920x1080"),
        integer("height", None, 16, 4096, "pixels; absent: by the width"),
        choice("mode", "pad crop stretch", "where both are given: bars, edges cut off, or out of shape", "fit"),
        flag("preserveAspectRatio", True, "false: out of shape, whatever the mode"),
        color("backgroundColor", "#000000", "of the bars", "background"),
    ),
    "video.watermark": tool("video", (*_VIDEO, MARK), "Write or lay a mark on a clip.", *WATERMARK),
    "video.color-grade": _clip("Adjust light and color of a clip.", *GRADE),
    "video.color-filter": _clip(
        "Lay a filter over a clip.",
        choice("filter", "cinematic grayscale sepia invert vintage vignette", "which"),
        amount(100),
    ),
    "video.effect": _clip(
        "Lay an effect over a clip.",
        choice("effect", "film-grain glow vignette sepia black-and-white chromatic fade", "which"),
        amount(50),
    ),
    "video.long-exposure": _clip(
        "Moving things leave traces.", integer("blendFrames", 12, 2, 120, "frames that are blended")
    ),
    "video.glow": _clip("Bright things shine.", amount(50), number("radius", 2, 0.1, 10, "per cent of the width")),
    "video.grain": _clip("The grain of film.", amount(30)),
    "video.vignette": _clip("Darker towards the edges.", amount(50)),
    "video.sepia": _clip("Brown, as an old photograph.", amount(100)),
    "video.black-and-white": _clip("Without color.", amount(100)),
    "video.fade": _clip("Come out of a color, and go into it; sound too.", *FADES, color("color", "#000000", "which")),
    "video.metadata": tool("json", _VIDEO, "What a clip is."),
}
