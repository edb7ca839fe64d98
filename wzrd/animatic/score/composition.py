"""The score on paper: cues become notes, as a composer would sketch a scratch track. Pure; nothing sounds here.

One home key and one short motif go through the whole film; a scene's mood chooses mode, pace, register and players.
Chords are stretched so that the harmony turns exactly where the picture cuts; the last cue comes home.
"""

from collections.abc import Iterable, Sequence

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
from wzrd.language.music_cues import MusicCue

__all__ = ["LONGEST_NOTE", "Instrument", "Note", "compose_notes"]

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
