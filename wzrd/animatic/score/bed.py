"""The bed of a film: the composed score, in one room, and the air of every scene under it.

Rendered block by block and written as it goes, so that ten minutes take no more memory than ten seconds. While a block
sounds in the hall, in a second thread, the players are at the next.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wzrd.animatic.score import ambience, instruments
from wzrd.animatic.score.ambience import Ambience
from wzrd.animatic.score.harmony import (
    LONGEST_NOTE,
    Chord,
    Instrument,
    Note,
    ScoreMoment,
    ScoreScene,
    chords_of,
    scene_of,
    voiced,
)
from wzrd.animatic.score.players import PLAYERS
from wzrd.animatic.seeded import seeded
from wzrd.language.sound.music_cues import MusicCue
from wzrd.media.atomic import written_beside
from wzrd.media.wav import RATE, Samples, WavWriter, samples_of

_MOTIFS = (
    (0, 2, 4, 1), (4, 5, 2, 0), (2, 1, 4, 0), (0, 1, 4, 2), (4, 2, 5, 1), (0, 4, 2, 1), (2, 4, 3, 0), (4, 0, 2, 1),
)  # fmt: skip
"""Four degrees of the scale, from the tonic: one of them goes through the whole film."""
_IN_MOTION = frozenset({"ostinato", "drums", "walk", "plucks", "tune", "melody", "heart", "drops", "chords"})


def compose_notes(cues: Sequence[MusicCue]) -> list[Note]:
    """The notes of a film, in order of time; all begin within it, none is longer than LONGEST_NOTE."""
    if not cues:
        return []
    film = seeded.number(cues[0].seed, "film")
    home = 41 + film % 12  # F2 to E3
    motif = _MOTIFS[(film >> 8) % len(_MOTIFS)]
    notes: list[Note] = []
    start = 0.0
    for at, cue in enumerate(cues):
        is_last = at == len(cues) - 1
        scene = scene_of(cue, home, motif, is_edge=at == 0 or is_last)
        after = None if is_last else scene_of(cues[at + 1], home, motif, is_edge=at + 1 == len(cues) - 1).tonic
        notes += _played(scene, chords_of(scene, cue, start, after))
        start += cue.seconds
    return sorted(notes, key=lambda note: (note.start, note.instrument, note.pitch))


def _played(scene: ScoreScene, chords: Iterable[Chord]) -> list[Note]:
    notes: list[Note] = []
    voicing: tuple[int, ...] = ()
    for chord in chords:
        voicing = voiced(chord.tones, voicing, scene.register)
        players = chord.players
        if chord.is_last:  # the motion stops and one chord is left to ring
            players = (players - _IN_MOTION) | {"pad", "farewell"}
        for player in sorted(players):
            notes += PLAYERS[player](ScoreMoment(scene, chord, voicing))
    return notes


SCORE = "score-1"
"""Changes whenever the same cues would sound different."""

FADE_IN, FADE_OUT = 0.4, 1.0  # seconds
_BLOCK = 1 << 18  # samples: 5.5 s
_TAIL = samples_of(LONGEST_NOTE + 4.0)  # the longest note with its release, begun at a block's end
_HALL = samples_of(2.6)
_FFT = 1 << 19
_WET: dict[Instrument, float] = {  # how much of an instrument the hall gives back
    "pad": 0.5, "low": 0.35, "glass": 1.0, "piano": 0.55, "pluck": 0.4, "strings": 0.4, "bass": 0.12, "heart": 0.25,
    "drum": 0.4,
}  # fmt: skip
_CEILING = 0.8


def compose(cues: Sequence[MusicCue], out: Path, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Write the bed of these cues to `out`: WAV, 48 kHz, stereo, as many samples as the cues have seconds.

    When `stop` says so, it ends within a block's time and leaves no file.
    """
    length = samples_of(sum(cue.seconds for cue in cues))
    stage, hall, air = _Stage(compose_notes(cues)), _Hall(), Ambience(cues)

    def heard(dry: Samples, send: Samples, start: int, count: int) -> Samples:
        block = (dry + hall.answer(send))[:count] + air.read(start, count)
        return _bent(block) * _edges(start, count, length)[:, None]

    try:
        with ThreadPoolExecutor(1, "hall") as second, written_beside(out) as part, WavWriter(part, 2) as wav:
            before: Future[Samples] | None = None
            for start in range(0, length, _BLOCK):
                if stop():
                    raise Stopped
                played = stage.next()
                if before is not None:
                    wav.write(before.result())
                before = second.submit(heard, *played, start, min(_BLOCK, length - start))
            if before is not None:
                wav.write(before.result())
    finally:
        ambience.forget()
        instruments.forget()


class Stopped(Exception):
    """The caller wanted no more."""


class _Stage:
    """The players: each call gives the next block."""

    def __init__(self, notes: Sequence[Note]) -> None:
        self._notes = sorted(notes, key=lambda note: note.start)
        self._at = 0  # of the notes
        self._start = 0  # of the block, in samples
        self._dry = np.zeros((_BLOCK + _TAIL, 2), np.float32)
        self._send = np.zeros((_BLOCK + _TAIL, 2), np.float32)

    def next(self) -> tuple[Samples, Samples]:
        """The next block, (_BLOCK, 2): as played, and what of it goes to the hall."""
        end = self._start + _BLOCK
        while self._at < len(self._notes) and samples_of(self._notes[self._at].start) < end:
            self._add(self._notes[self._at])
            self._at += 1
        self._start = end
        return _taken(self._dry), _taken(self._send)

    def _add(self, note: Note) -> None:
        tone = instruments.play(note)
        place = samples_of(note.start) - self._start
        self._dry[place : place + len(tone)] += tone
        self._send[place : place + len(tone)] += tone * np.float32(_WET[note.instrument])


class _Hall:
    """The room they play in, which goes on sounding."""

    def __init__(self) -> None:
        self._echo = np.zeros((_FFT, 2), np.float32)

    def answer(self, send: Samples) -> Samples:
        """Sound of the hall's answer while the block lasts, (_BLOCK, 2)."""
        self._echo += _in_hall(send)
        return _taken(self._echo)


def _taken(buffer: Samples) -> Samples:
    """The first block of a buffer, which moves on by that much."""
    block = buffer[:_BLOCK].copy()
    buffer[:-_BLOCK] = buffer[_BLOCK:]
    buffer[-_BLOCK:] = 0
    return block


def _in_hall(send: Samples) -> Samples:
    """The hall's answer to a block, (_FFT, 2)."""
    if not send.any():
        return np.zeros((_FFT, 2), np.float32)
    middle = np.fft.rfft(send.mean(axis=1), _FFT)
    sides = np.fft.rfft((send[:, 0] - send[:, 1]) * np.float32(0.35), _FFT)
    left, right = _hall()
    answer = np.stack([np.fft.irfft((middle + sides) * left, _FFT), np.fft.irfft((middle - sides) * right, _FFT)], 1)
    return answer.astype(np.float32)


@lru_cache(maxsize=1)
def _hall() -> NDArray[np.complex64]:
    """The hall's two spectra: noise that dies in 2.4 s, the highs first, after 22 ms."""
    rng = np.random.default_rng(22)
    time = np.arange(_HALL) / RATE
    sound = np.zeros((2, _HALL))
    for low, high, seconds, level in (
        (0, 250, 2.0, 0.7),
        (250, 1500, 2.4, 1.0),
        (1500, 5000, 1.5, 0.7),
        (5000, 14000, 0.7, 0.35),
    ):
        bins = np.fft.rfftfreq(_HALL, 1 / RATE)
        band = np.fft.rfft(rng.standard_normal((2, _HALL)), axis=1) * ((bins >= low) & (bins < high))
        sound += level * np.fft.irfft(band, _HALL) * np.exp(-6.9 * time / seconds)
    sound *= np.clip((time - 0.022) / 0.03, 0, 1) * np.clip((_HALL / RATE - time) / 0.2, 0, 1)
    sound /= np.sqrt(np.sum(sound**2, axis=1, keepdims=True))
    return np.fft.rfft(sound, _FFT, axis=1).astype(np.complex64)


def _bent(block: Samples) -> Samples:
    """Peaks bent below the ceiling; what is quiet stays as it is."""
    over = np.maximum(np.abs(block) - np.float32(_CEILING / 2), 0) / np.float32(_CEILING / 2)
    bent = np.float32(_CEILING / 2) * (1 + np.tanh(over))
    return np.where(over > 0, np.sign(block) * bent, block).astype(np.float32)


def _edges(start: int, count: int, length: int) -> Samples:
    """The film's fades: in at its beginning, out over its last second."""
    at = np.arange(start, start + count)
    rise = np.clip(at / samples_of(FADE_IN), 0, 1)
    fall = np.clip((length - 1 - at) / samples_of(FADE_OUT), 0, 1)
    return np.square(np.sin(np.minimum(rise, fall) * np.pi / 2)).astype(np.float32)
