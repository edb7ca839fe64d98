"""The local tools that work on sounds, by action id. Pure."""

from collections.abc import Mapping
from functools import partial

from wzrd.graph.parameter_groups import FADES, RANGE
from wzrd.graph.parameters import choice, integer, number
from wzrd.graph.tool_types import MOST_CLIPS, MediaInput, Tool, tool

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
