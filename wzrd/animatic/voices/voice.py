"""The scratch voice: lines of dialogue spoken into one WAV, with captions. What the voice can't say is a silence.

Each sentence is made by itself and trimmed, so memory stays flat however long the speech; each line is brought to one
loudness; who is heard through a telephone or from out of frame sounds like it.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wzrd.animatic.voices import speaker
from wzrd.animatic.voices.deesser import deessed
from wzrd.domain.film import Caption
from wzrd.domain.names import voice_key
from wzrd.domain.pacing import blocks_of, pause_before
from wzrd.domain.shots import Line
from wzrd.language.shots.captions import speaker_labels, split_caption
from wzrd.language.sound.casting import NARRATOR, Hearing, Voice, heard_as, is_whispered
from wzrd.language.sound.speech import Phrase, phrases, silence_for
from wzrd.media.atomic import written_beside
from wzrd.media.wav import RATE, Samples, WavWriter, samples_of

VOICE = f"voice-3 {speaker.ENGINE}"
"""Changes whenever the same lines would sound different."""

LEVEL = 0.1  # RMS of the spoken parts of a line, -20 dBFS
CEILING = 0.7
SENTENCE_GAP = 0.24  # seconds
CAPTION_CHARS = 76

_BLOCK = 240  # samples at 48 kHz: 5 ms
_LEAD, _TAIL = 0.02, 0.08  # seconds kept around what is heard
_FADE_IN, _FADE_OUT = 0.004, 0.03
_SOFTER = {"near": 1.0, "over": 1.0, "through": 0.9, "far": 0.7}
_COLOURS: dict[Hearing, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "through": ((0, 200, 330, 900, 2000, 3100, 3800, 6000), (-60, -30, 0, 0, 4, 2, -24, -60)),  # a telephone
    "far": ((0, 120, 350, 1500, 4000, 9000), (-14, -6, 0, 0, -6, -16)),  # beyond a door
    "over": ((0, 70, 130, 2500, 4500, 9000), (-30, -12, 0, 0, 2, 1)),  # close to the microphone, nobody's room
}


@dataclass(frozen=True, slots=True)
class Take:
    """Spoken take: its length, its captions from its own start, and whether there is any voice in it."""

    seconds: float
    captions: tuple[Caption, ...]
    spoken: bool


class _Stopped(Exception):
    """The caller was cancelled."""


async def speak(lines: Sequence[Line], cast: Mapping[str, Voice], out: Path) -> Take:
    """Speak `lines` in order into `out` (WAV, 48 kHz, mono); `cast` is keyed by `voice_key`.

    Raises:
        MediaFailed: this machine has no voice tool.
    """
    stop = threading.Event()
    work = asyncio.ensure_future(asyncio.to_thread(_speak, lines, cast, out, stop.is_set))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([work])  # a sentence's time: nothing of us goes on behind the caller's back
        work.exception()
        raise


def _speak(lines: Sequence[Line], cast: Mapping[str, Voice], out: Path, stop: Callable[[], bool]) -> Take:
    captions: list[Caption] = []
    spoken = False
    labels = speaker_labels(lines)

    def column(at: range) -> _Said:
        said = [_spoken_line(lines[n], cast.get(voice_key(lines[n].character), NARRATOR), stop, labels[n]) for n in at]
        return _in_turn(said, [pause_before(lines[n], lines[n - 1]) for n in at[1:]])

    with written_beside(out) as part, WavWriter(part, 1) as wav:
        for block in blocks_of(lines):
            if first := block.lines.start:
                wav.write(_silence(pause_before(lines[first], lines[first - 1])))
            columns = [column(block.lines), *([column(block.at_once)] if block.at_once else [])]
            start = wav.frames / RATE
            for said in columns:
                captions += [Caption(start + one.start, start + one.end, one.text) for one in said.captions]
                spoken = spoken or said.spoken
            wav.write(mixed(columns[0].sound, columns[1].sound) if block.at_once else columns[0].sound)
    return Take(wav.frames / RATE, tuple(captions), spoken)


def _in_turn(said: Sequence["_Said"], pauses: Sequence[float]) -> "_Said":
    """Lines of one column, one after another."""
    if len(said) == 1:
        return said[0]
    sounds, captions = [said[0].sound], list(said[0].captions)
    for one, pause in zip(said[1:], pauses, strict=True):
        sounds.append(_silence(pause))
        start = sum(map(len, sounds)) / RATE
        captions += [Caption(start + caption.start, start + caption.end, caption.text) for caption in one.captions]
        sounds.append(one.sound)
    return _Said(np.concatenate(sounds), captions, any(one.spoken for one in said))


@dataclass(frozen=True, slots=True)
class _Said:
    """A line as sound at its final level."""

    sound: Samples
    captions: list[Caption]
    spoken: bool


def _spoken_line(line: Line, voice: Voice, stop: Callable[[], bool], label: str = "") -> _Said:
    heard = "through" if voice.radio and heard_as(line) == "near" else heard_as(line)
    timed: list[Caption] = []
    pieces: list[Samples] = []
    length, spoken = 0, False
    for phrase in phrases(line.text):
        if stop():
            raise _Stopped
        sound = _sentence(phrase, voice, heard, whispered=is_whispered(line))
        spoken = spoken or sound is not None
        pieces += [_silence(SENTENCE_GAP)] if pieces and sound is not None else []
        pieces.append(_silence(silence_for(phrase.text)) if sound is None else sound)
        length = sum(map(len, pieces))
        timed.append(Caption((length - len(pieces[-1])) / RATE, length / RATE, phrase.text))
    if not pieces:
        pieces, timed = [_silence(silence_for(line.text))], []
    whole = np.concatenate(pieces)
    loud = _levelled(whole, LEVEL * _SOFTER[heard] * (0.6 if is_whispered(line) else 1.0)) if spoken else whole
    if timed:
        timed[0] = replace(timed[0], text=label + timed[0].text)
    return _Said(loud, [part for caption in _gathered(timed) for part in split_caption(caption)], spoken)


def _sentence(phrase: Phrase, voice: Voice, heard: Hearing, *, whispered: bool) -> Samples | None:
    """One sentence, trimmed; None when nothing of it can be heard."""
    if not phrase.said:
        return None
    raw = speaker.say(phrase.said, pitch=voice.pitch, speed=voice.speed, whispered=whispered)
    if not len(raw) or float(np.abs(raw).max()) < 1e-3:
        return None
    points = _COLOURS.get(heard)
    response = np.interp(np.arange(1201) * 10.0, *points).astype(np.float32) if points else None
    return _trimmed(speaker.at_house_rate(deessed(raw), response))


def _trimmed(sound: Samples) -> Samples:
    """Without the silence around it, and faded at both ends so that nothing clicks."""
    blocks = np.abs(sound[: len(sound) // _BLOCK * _BLOCK]).reshape(-1, _BLOCK).max(axis=1, initial=0.0)
    heard = np.flatnonzero(blocks > 0.012 * blocks.max(initial=1e-9))
    if len(heard):
        start = max(0, int(heard[0]) * _BLOCK - samples_of(_LEAD))
        sound = sound[start : (int(heard[-1]) + 1) * _BLOCK + samples_of(_TAIL)]
    sound = sound.copy()
    for length, edge in ((_FADE_IN, slice(None)), (_FADE_OUT, slice(None, None, -1))):
        count = min(samples_of(length), len(sound))
        sound[edge][:count] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(count) / count)).astype(np.float32)
    return sound


def _levelled(sound: Samples, level: float) -> Samples:
    """The sound at `level` RMS over its loud parts; peaks are bent, not cut, below CEILING."""
    blocks = np.square(sound[: max(_BLOCK, len(sound) // _BLOCK * _BLOCK)])
    power = blocks[: len(blocks) // _BLOCK * _BLOCK].reshape(-1, _BLOCK).mean(axis=1)
    loud = power[power > 0.01 * power.max(initial=0.0)]
    if not len(loud):
        return sound
    return _bent(sound * np.float32(level / np.sqrt(loud.mean())))


def mixed(first: Samples, second: Samples) -> Samples:
    """Two lines at once, both from the first moment, no louder than one may be."""
    whole = np.zeros(max(len(first), len(second)), np.float32)
    whole[: len(first)] += first
    whole[: len(second)] += second
    return _bent(whole)


def _bent(sound: Samples) -> Samples:
    knee = CEILING * 0.7
    over = np.maximum(np.abs(sound) - knee, 0.0)
    bent = knee + (CEILING - knee) * np.tanh(over / (CEILING - knee))
    return np.where(over > 0, np.sign(sound) * bent, sound).astype(np.float32)


def _gathered(timed: Sequence[Caption]) -> Iterator[Caption]:
    """Short sentences that follow each other, as one caption."""
    held: Caption | None = None
    for caption in timed:
        if held and len(held.text) + len(caption.text) < CAPTION_CHARS:
            held = Caption(held.start, caption.end, f"{held.text} {caption.text}")
            continue
        if held:
            yield held
        held = caption
    if held:
        yield held


def _silence(seconds: float) -> Samples:
    return np.zeros(samples_of(seconds), np.float32)
