"""The local tools that work on clips, by action id. Pure."""

from collections.abc import Mapping

from wzrd.graph.parameter_groups import FADES, GRADE, MARK, RANGE, WATERMARK, amount
from wzrd.graph.parameters import Parameter, choice, color, flag, integer, number
from wzrd.graph.tool_types import MOST_CLIPS, MediaInput, Tool

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


VIDEO_TOOLS: Mapping[str, Tool] = {
    "video.extract-frames": Tool(
        "image",
        "Pictures out of a clip.",
        _VIDEO,
        (
            number("fps", 1, 0.01, 60, "pictures a second"),
            number("every", None, 0.01, 600, "seconds from one to the next; counts before `fps`", everySeconds=1),
            integer("count", None, 1, 200, "so many, evenly spread; counts before both", frameCount=1),
            choice("format", "png jpg", "of the pictures"),
        ),
        several=True,
    ),
    "video.extract-frame": Tool(
        "image",
        "One picture out of a clip.",
        _VIDEO,
        (
            choice("position", "first middle last", "which"),
            number("at", None, 0, 36_000, "when, in seconds; counts before `position`", atSeconds=1, atMs=0.001),
            choice("format", "png jpg", "of the picture"),
        ),
    ),
    "video.frame-grid": Tool(
        "image",
        "A contact sheet of a clip.",
        _VIDEO,
        (
            integer("rows", 3, 1, 12, "rows"),
            integer("columns", 3, 1, 12, "columns"),
            integer("gap", 8, 0, 64, "pixels between pictures"),
            color("backgroundColor", "#000000", "between them", "background"),
            integer("thumbWidth", 320, 32, 1024, "pixels of each picture's width"),
            flag("timecodes", False, "each with its time"),
        ),
    ),
    "video.split": Tool(
        "video",
        "Cut a clip into parts.",
        _VIDEO,
        (
            number("segmentSeconds", 5, 0.1, 600, "of each part", seconds=1),
            integer("parts", None, 2, 60, "so many of equal length; counts before `segmentSeconds`", segments=1),
        ),
        several=True,
    ),
    "video.trim": Tool("video", "Cut a part out of a clip.", _VIDEO, RANGE),
    "video.reverse": Tool("video", "Play a clip backwards.", _VIDEO, (flag("keepAudio", True, "sound is kept"),)),
    "video.boomerang": Tool(
        "video",
        "Forwards, then backwards.",
        _VIDEO,
        (integer("loops", 1, 1, 10, "how often"), flag("keepAudio", True, "sound is kept")),
    ),
    "video.speed": Tool("video", "Play a clip faster or slower.", _VIDEO, _speed(2, 0.1, 16)),
    "video.slow": Tool("video", "Play a clip slower.", _VIDEO, _speed(0.5, 0.1, 1)),
    "video.stitch": Tool("video", "Join clips, with their sound.", _CLIPS, _STITCH),
    "video.concat": Tool("video", "Join clips, with their sound.", _CLIPS, _STITCH),
    "video.merge-audio-video": Tool(
        "video",
        "Lay a sound under a clip.",
        (*_VIDEO, MediaInput("audio", ("audio", "audios", "sound", "music", "voice"))),
        (choice("mode", "replace mix", "instead of its own sound, or with it"),),
    ),
    "video.blend": Tool(
        "video",
        "Lay one clip over another.",
        _TWO,
        (choice("mode", "overlay screen multiply average", "how"), number("opacity", 1, 0, 1, "of the second")),
    ),
    "video.scale": Tool(
        "video",
        "Make a clip larger or smaller.",
        _VIDEO,
        (
            integer("width", None, 16, 4096, "pixels; absent: by the height; both absent: 1920x1080"),
            integer("height", None, 16, 4096, "pixels; absent: by the width"),
            choice("mode", "pad crop stretch", "where both are given: bars, edges cut off, or out of shape", "fit"),
            flag("preserveAspectRatio", True, "false: out of shape, whatever the mode"),
            color("backgroundColor", "#000000", "of the bars", "background"),
        ),
    ),
    "video.watermark": Tool("video", "Write or lay a mark on a clip.", (*_VIDEO, MARK), WATERMARK),
    "video.color-grade": Tool("video", "Adjust light and color of a clip.", _VIDEO, GRADE),
    "video.color-filter": Tool(
        "video",
        "Lay a filter over a clip.",
        _VIDEO,
        (choice("filter", "cinematic grayscale sepia invert vintage vignette", "which"), amount(100)),
    ),
    "video.effect": Tool(
        "video",
        "Lay an effect over a clip.",
        _VIDEO,
        (choice("effect", "film-grain glow vignette sepia black-and-white chromatic fade", "which"), amount(50)),
    ),
    "video.long-exposure": Tool(
        "video", "Moving things leave traces.", _VIDEO, (integer("blendFrames", 12, 2, 120, "frames that are blended"),)
    ),
    "video.glow": Tool(
        "video", "Bright things shine.", _VIDEO, (amount(50), number("radius", 2, 0.1, 10, "per cent of the width"))
    ),
    "video.grain": Tool("video", "The grain of film.", _VIDEO, (amount(30),)),
    "video.vignette": Tool("video", "Darker towards the edges.", _VIDEO, (amount(50),)),
    "video.sepia": Tool("video", "Brown, as an old photograph.", _VIDEO, (amount(100),)),
    "video.black-and-white": Tool("video", "Without color.", _VIDEO, (amount(100),)),
    "video.fade": Tool(
        "video", "Come out of a color, and go into it; sound too.", _VIDEO, (*FADES, color("color", "#000000", "which"))
    ),
    "video.metadata": Tool("json", "What a clip is.", _VIDEO),
}
