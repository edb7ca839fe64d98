"""Animatic mode's sounds, as MP3 files: a text spoken, an effect by its words, music by its mood."""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from wzrd.animatic.score.bed import compose
from wzrd.animatic.score.effects import make_effect
from wzrd.animatic.voices.voice import Take, speak
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.sound.casting import cast_voices
from wzrd.language.sound.music_cues import cue_for
from wzrd.media.mp3_file import write_mp3
from wzrd.media.wav import WavWriter
from wzrd.models.sounds import DEFAULT_EFFECT, DEFAULT_MUSIC, DEFAULT_VOICE, SpokenWord
from wzrd.providers.base import Accepted, Output, Progress, Request
from wzrd.threads import in_thread, stoppable

_INSIDE = re.compile(r"\b(?:room|inside|interior|indoors|house|office|kitchen|hall|caf[eé]|bar)\b", re.IGNORECASE)


async def sound(request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
    """`sound` (speech, effects or music) of `text` or `prompt` into the file `path`.

    Raises:
        ProviderFailed: there is no such kind of sound, no words, or no path.
        MediaFailed: this machine lacks the tool for it.
    """
    kind, path = request.inputs.get("sound"), request.inputs.get("path")
    if kind not in {"speech", "effects", "music"} or not isinstance(path, Path):
        raise ProviderFailed(f"{request.model} cannot make this sound: `sound` or `path` is missing")
    yield Accepted()
    raw = await make_sound(str(kind), request.inputs, path)
    yield Output(media=(path.as_uri(),), cost_usd=0.0, raw={"model": request.model, **raw})


async def make_sound(kind: str, inputs: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Write the sound to `path` as MP3; returns what is known of it: of speech its words and their times."""
    said = next((text for name in ("text", "prompt") if isinstance(text := inputs.get(name), str) and text.strip()), "")
    if not said:
        raise ProviderFailed("animatic mode needs words to make a sound of")
    wav = path.with_suffix(".wav")
    raw: dict[str, Any] = {}
    try:
        match kind:
            case "speech":
                voice = str(inputs.get("voiceId") or inputs.get("voice_id") or DEFAULT_VOICE)
                take = await speak([Line(voice, said)], cast_voices([voice]), wav)
                raw["words"] = [asdict(word) for word in words_of(take)]
            case "effects":
                await stoppable(_write_effect, said, float(inputs.get("duration") or DEFAULT_EFFECT), wav)
            case _:
                await stoppable(_write_music, said, float(inputs.get("duration") or DEFAULT_MUSIC), wav)
        await in_thread(write_mp3, wav, path)
    finally:
        await asyncio.to_thread(wav.unlink, missing_ok=True)
    return raw


def _write_effect(stop: Callable[[], bool], said: str, seconds: float, wav: Path) -> None:
    with WavWriter(wav, 2) as out:
        out.write(make_effect(said, seconds, stop))


def _write_music(stop: Callable[[], bool], said: str, seconds: float, wav: Path) -> None:
    where = "INT. ROOM" if _INSIDE.search(said) else "EXT. PLACE"
    brief = SceneBrief(1, said[:80], said[:2000], f"{where} - {said[:80]}", weather=said[:200], tone=said[:200])
    compose([cue_for(brief, seconds)], wav, stop=stop)


def words_of(take: Take) -> list[SpokenWord]:
    """The words of a take, each as long as its letters are a part of its caption."""
    found: list[SpokenWord] = []
    for caption in take.captions:
        words = caption.text.split()
        letters, at = sum(map(len, words)) or 1, caption.start
        for word in words:
            end = at + (caption.end - caption.start) * len(word) / letters
            found.append(SpokenWord(word, round(at, 3), round(end, 3)))
            at = end
    return found
