"""The local tools: what each takes, makes, and may be told, by action id. Pure; `execution/local/` runs them.

The names are those that the studio's nodes save; where they are in milliseconds, or have a plainer name, both are read.
The same table validates, is the JSON schema, and is drawn into docs/local_tools.md.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from wzrd.graph.parameters import Parameter, choice, color, flag, integer, number, ratio, read_parameter
from wzrd.graph.tool_types import MOST_CLIPS, MediaInput, Tool, tool

LONGEST_TEXT = 200
_NONE: Mapping[str, Any] = MappingProxyType({})
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


_IMAGE = (MediaInput("image", ("image", "images", "picture", "source_image")),)
_BARS = color("backgroundColor", "#000000", "of the bars", "background")
_ASPECT = (
    ratio("aspectRatio", "16:9", "width to height", "aspect", "aspect_ratio", "ratio"),
    choice("mode", "pad crop stretch", "bars around it, edges cut off, or out of shape", "fit"),
    _BARS,
)
_FITTED = (
    choice("mode", "pad crop stretch", "where both are given: bars, edges cut off, or out of shape", "fit"),
    flag("preserveAspectRatio", True, "false: out of shape, whatever the mode"),
    _BARS,
)
_FILTER = (choice("filter", "cinematic grayscale sepia invert vintage vignette", "which"), amount(100))

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
        *_FITTED,
    ),
    "image.blur": _picture(
        "Blur a picture.",
        choice("mode", "gaussian box motion radial", "how"),
        number("amount", 8, 0, 64, "radius in pixels", radius=1),
        number("angle", 0, -360, 360, "of a motion, in degrees"),
    ),
    "image.color-grade": _picture("Adjust light and color of a picture.", *GRADE),
    "image.color-filter": _picture("Lay a filter over a picture.", *_FILTER),
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


def _speed(default: float, most: float) -> tuple[Parameter, ...]:
    return (
        number("speed", default, 0.1, most, "times as fast", factor=1, rate=1),
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
    "video.speed": _clip("Play a clip faster or slower.", *_speed(2, 16)),
    "video.slow": _clip("Play a clip slower.", *_speed(0.5, 1)),
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
        *_FITTED,
    ),
    "video.watermark": tool("video", (*_VIDEO, MARK), "Write or lay a mark on a clip.", *WATERMARK),
    "video.color-grade": _clip("Adjust light and color of a clip.", *GRADE),
    "video.color-filter": _clip("Lay a filter over a clip.", *_FILTER),
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


_AUDIO = (MediaInput("audio", ("audio", "audios", "sound", "music", "voice", "video")),)
_SOUNDS = (MediaInput("audio", ("audio", "audios", "sounds", "tracks"), 2, MOST_CLIPS),)

_sound = partial(tool, "audio", _AUDIO)

AUDIO_TOOLS: Mapping[str, Tool] = {
    "audio.merge": tool(
        "audio",
        _SOUNDS,
        "Several sounds become one: at once, or one after another.",
        choice("mode", "mix concat", "at once, or one after another"),
        number("crossfade", 0, 0, 30, "seconds that one runs into the next (concat)", crossfadeSeconds=1),
    ),
    "audio.trim": _sound("Cut a part out of a sound.", *RANGE),
    "audio.gain": _sound("Louder or softer.", number("gain", 0, -60, 30, "decibels", gainDb=1, db=1)),
    "audio.manipulate": _sound(
        "Volume and tempo of a sound.",
        number("volume", 1, 0, 3, "times as loud"),
        number("tempo", 1, 0.5, 2, "times as fast, at its own pitch", speed=1),
        number("pitch", 0, -12, 12, "semitones", semitones=1),
    ),
    "audio.loudness-normalize": _sound(
        "Bring a sound to a loudness, by EBU R 128.",
        number("integratedLufs", -16, -40, -6, "LUFS", lufs=1, target=1),
        number("truePeak", -1.5, -9, 0, "dBFS that no peak exceeds"),
    ),
    "audio.compressor": _sound(
        "Even out loud and soft.",
        number("threshold", -18, -60, 0, "dBFS above which it works"),
        number("ratio", 4, 1, 20, "how much is taken"),
        number("attackMs", 20, 0.01, 2000, "milliseconds"),
        number("releaseMs", 250, 0.01, 9000, "milliseconds"),
    ),
    "audio.fade": _sound("Come and go softly.", *FADES),
    "audio.waveform": tool(
        "json", _AUDIO, "The peaks of a sound, to be drawn.", integer("resolution", 1024, 64, 16_384, "how many")
    ),
}


TOOLS: Mapping[str, Tool] = MappingProxyType({**IMAGE_TOOLS, **VIDEO_TOOLS, **AUDIO_TOOLS})
"""Every local tool by its action id."""


def read_values(action_id: str, params: Mapping[str, Any], inputs: Mapping[str, Any] = _NONE) -> dict[str, Any]:
    """The tool's parameters as they are meant, defaults filled in; what is not the tool's is left out.

    What the node leaves empty may be a scalar that other nodes set, by handle (`inputs`).

    Raises:
        BadParameter: one of them is not allowed.
    """
    arrived = {name: value for name, value in inputs.items() if isinstance(value, str | int | float)}
    given = arrived | {name: value for name, value in params.items() if value is not None and value != ""}
    return {each.name: read_parameter(each, given, action_id) for each in TOOLS[action_id].parameters}
