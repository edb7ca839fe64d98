"""Harmony: a cue's key, its chords in time, their voicing, and the scale that a tune walks on."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from wzrd.animatic.seeded import seeded
from wzrd.language.sound.music_cues import MusicCue

Instrument = Literal["pad", "low", "glass", "piano", "pluck", "strings", "bass", "heart", "drum"]
LONGEST_NOTE = 20.0  # seconds; a renderer may count on it

_PALETTES: Mapping[str, dict[str, Any]] = json.loads(
    files("wzrd.animatic.score").joinpath("palettes.json").read_bytes()
)
_PHRASE = 2  # chords that share their players
_NEIGHBOURS = (0, 0, 5, -5, 7)  # keys that a place may have, from the film's
_ALONE = 3.0  # a cue shorter than this, in seconds, is one chord


@dataclass(frozen=True, slots=True)
class Note:
    """One note: seconds, MIDI pitch (60 is middle C), `level` and `pan` (-1 left, 1 right)."""

    start: float
    length: float
    pitch: float
    level: float
    instrument: Instrument
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord in time: `root` and `tones` are pitch classes."""

    start: float
    length: float
    root: int
    tones: tuple[int, ...]
    players: frozenset[str]
    number: int
    swell: float
    is_last: bool  # of the film


@dataclass(frozen=True, slots=True)
class ScoreScene:
    """Musical material that the players of one cue share."""

    palette: dict[str, Any]
    tonic: int
    key: str  # of its dice
    motif: tuple[int, ...]

    def number(self, *where: object) -> int:
        """A whole number, the same for the same place in the same cue."""
        return seeded.number(self.key, *where)

    @property
    def register(self) -> int:
        """The pitch around which the chords lie."""
        return int(self.palette["register"])


@dataclass(frozen=True, slots=True)
class ScoreMoment:
    """Context that a player reads: the cue, the chord, and the chord's tones as pitches, low to high."""

    scene: ScoreScene
    chord: Chord
    voicing: tuple[int, ...]


def scene_of(cue: MusicCue, home: int, motif: tuple[int, ...], *, is_edge: bool) -> ScoreScene:
    """A cue's palette and key: the film's own at both edges (`is_edge`), else the one that belongs to the place."""
    palette = _PALETTES.get(cue.mood, _PALETTES[""])
    away = 0 if is_edge else _NEIGHBOURS[seeded.number(cue.seed, "key") % len(_NEIGHBOURS)]
    return ScoreScene(palette, home + away - (3 if palette["minor"] else 0), cue.seed, motif)


def chords_of(scene: ScoreScene, cue: MusicCue, start: float, after: int | None) -> Iterator[Chord]:
    """The cue's chords, all of one length; the last leans to `after`, the next cue's tonic, or comes home at None."""
    count = 1 if cue.seconds < _ALONE else max(1, round(cue.seconds / scene.palette["chord_seconds"]))
    progressions = scene.palette["progressions"]
    chords = progressions[scene.number("progression") % len(progressions)]
    for at in range(count):
        is_end = at == count - 1
        root, tones = chords[at % len(chords)]
        if is_end and after is None:
            root, tones = scene.palette["home"]
        elif is_end and count > 2 and after is not None:
            root, tones = _leaning(after - scene.tonic)
        yield Chord(
            start=start + at * cue.seconds / count,
            length=cue.seconds / count,
            root=(scene.tonic + root) % 12,
            tones=tuple(dict.fromkeys((scene.tonic + tone) % 12 for tone in tones)),
            players=_players(scene, at // _PHRASE),
            number=at,
            swell=0.7 + 0.3 * (at + 1) / count if count > 1 else 0.85,
            is_last=is_end and after is None,
        )


def _leaning(tonic: int) -> tuple[int, list[int]]:
    """The suspended fifth of a key: open enough to end any scene, and it wants to go on to the next one's tonic."""
    return tonic + 7, [tonic + 7, tonic, tonic + 2]


def _players(scene: ScoreScene, phrase: int) -> frozenset[str]:
    """Who plays in a phrase: the palette's arc first, then any of its later parts."""
    arc = scene.palette["arc"]
    return frozenset(arc[phrase] if phrase < len(arc) else arc[1 + scene.number("arc", phrase) % (len(arc) - 1)])


def voiced(tones: Sequence[int], before: Sequence[int], register: int) -> tuple[int, ...]:
    """The tones as pitches around `register`, each as near as it can be to the chord before."""
    low, found = register - 7, set[int]()
    for tone in tones:
        places = [pitch for pitch in range(low, low + 20) if pitch % 12 == tone and pitch not in found]
        wish = before or (register,)
        found.add(min(places, key=lambda pitch: (min(abs(pitch - other) for other in wish), abs(pitch - register))))
    return tuple(sorted(found))


def near(pitch_class: int, wish: int) -> int:
    """The pitch of this class that is nearest to `wish`."""
    return wish + (pitch_class - wish + 6) % 12 - 6


def degree(scene: ScoreScene, degree: int, octave: int) -> int:
    """A degree of the scale above the tonic, as a pitch."""
    scale = scene.palette["scale"]
    return near(scene.tonic % 12, octave) + 12 * (degree // len(scale)) + scale[degree % len(scale)]


def settled(chord: Chord, pitch: int) -> int:
    """The chord's tone that is nearest to a pitch."""
    return min((near(tone, pitch) for tone in chord.tones), key=lambda tone: (abs(tone - pitch), tone))


def sung(now: ScoreMoment, steps: Sequence[int], octave: int, firm: AbstractSet[int]) -> list[int]:
    """A tune: degrees of the scale as pitches. The `firm` ones, and any that would rub, become tones of the chord.

    No note is struck twice running: the second goes on to the chord's next tone.
    """
    pitches: list[int] = []
    for at, step in enumerate(steps):
        pitch = degree(now.scene, step, octave)
        rubs = any((pitch - tone) % 12 in {1, 11} for tone in now.chord.tones) and pitch % 12 not in now.chord.tones
        pitch = settled(now.chord, pitch) if at in firm or rubs else pitch
        if pitches and pitch == pitches[-1]:
            pitch = min(near(tone, pitch - 3) for tone in now.chord.tones if tone != pitch % 12)
        pitches.append(pitch)
    return pitches
