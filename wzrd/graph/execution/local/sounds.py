"""Runs the tools that work on sounds: the ffmpeg program."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wzrd.graph.execution.local.request import MakeData, MakeOne, ToolRequest, describe
from wzrd.media import audio_edits
from wzrd.media.audio_edits import read_peaks


def _sound(filters: Callable[[audio_edits.Sound, Mapping[str, Any]], str]) -> MakeOne:
    async def make(order: ToolRequest, out: Path) -> Mapping[str, Any]:
        sound = await audio_edits.open_sound(order.file)
        return describe(await audio_edits.edit_sound(sound, out, filters(sound, order.values)))

    return make


async def _merge(order: ToolRequest, out: Path) -> Mapping[str, Any]:
    sounds = [await audio_edits.open_sound(path) for path in order.files[0]]
    mode, crossfade = order.values["mode"], order.values["crossfade"]
    return describe(await audio_edits.merge(sounds, out, mode=mode, crossfade=crossfade))


async def _normalise(order: ToolRequest, out: Path) -> Mapping[str, Any]:
    sound, values = await audio_edits.open_sound(order.file), order.values
    return describe(await audio_edits.normalise(sound, out, lufs=values["integratedLufs"], peak=values["truePeak"]))


async def _waveform(order: ToolRequest, folder: Path) -> Mapping[str, Any]:
    sound = await audio_edits.open_sound(order.file)
    peaks = await read_peaks(sound.path, sound.seconds, order.values["resolution"], folder)
    return {"peaks": peaks, "resolution": len(peaks), "duration": round(sound.seconds, 3)}


SOUNDS: Mapping[str, MakeOne] = {
    "audio.merge": _merge,
    "audio.trim": _sound(lambda sound, v: audio_edits.trim(sound, v["start"], v["end"], v["seconds"])),
    "audio.gain": _sound(lambda _, v: audio_edits.gain(v["gain"])),
    "audio.manipulate": _sound(lambda _, v: audio_edits.manipulate(v["volume"], v["tempo"], v["pitch"])),
    "audio.loudness-normalize": _normalise,
    "audio.compressor": _sound(
        lambda _, v: audio_edits.compress(v["threshold"], v["ratio"], v["attackMs"], v["releaseMs"])
    ),
    "audio.fade": _sound(lambda sound, v: audio_edits.fade(sound, v["fadeIn"], v["fadeOut"])),
}
SOUND_DATA: Mapping[str, MakeData] = {"audio.waveform": _waveform}
