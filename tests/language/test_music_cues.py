"""Cues and the score on paper: moods from a scene's words, harmony that ends with the picture and comes home."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.animatic.score.bed import compose_notes
from wzrd.animatic.score.harmony import LONGEST_NOTE, Note
from wzrd.domain.shots import SceneBrief
from wzrd.language.sound.music_cues import MusicCue, cue_for

MOODS = ["", "quiet", "uneasy", "kinetic", "light"]
CUES = st.lists(
    st.builds(
        MusicCue,
        st.floats(0.2, 90),
        st.sampled_from([*MOODS, "unheard of"]),
        st.just(""),
        st.booleans(),
        st.text(max_size=9),
    ),
    max_size=6,
)


@pytest.mark.parametrize(
    ("facts", "mood"),
    [
        ({"tone": "Wry, tender"}, "light"),
        ({"tone": "tense"}, "uneasy"),
        ({"genre": "Comedy", "tone": "Deadpan"}, "light"),
        ({"tone": "tense", "location": "EXT. BEACH - DAWN"}, "quiet"),
        ({"tone": "tense", "actions": ("A tender, melancholy waltz.", "Nostalgic, wistful, she smiles.")}, "quiet"),
        (
            {"tone": "tender", "actions": ("He runs. " + "The van skids, swerves, hits the wall and bursts. " * 3,)},
            "kinetic",
        ),
        ({"tone": "tense", "actions": ("A bright lamp, a light in the dark.",)}, "uneasy"),
        ({}, ""),
    ],
)
def test_a_scene_has_its_own_mood(facts: dict[str, Any], mood: str) -> None:
    """The film's tone, unless the scene's own words are certain; a lamp's light is no mood; dawn ends a fear."""
    assert cue_for(SceneBrief(1, **facts), 20).mood == mood


def test_a_cue_knows_place_and_weather() -> None:
    """Inside or outside, the weather's words, and a seed that is the place: the same place, the same tune."""
    cue = cue_for(SceneBrief(3, location="INT. LIGHTHOUSE - LAMP ROOM - NIGHT", weather="Heavy Rain"), 12.5)
    assert cue == MusicCue(12.5, "", "heavy rain", interior=True, seed="the lamp room")
    assert cue_for(SceneBrief(9, location="INT. LIGHTHOUSE - LAMP ROOM - DAY"), 4).seed == cue.seed
    assert cue_for(SceneBrief(5), 4).seed == "scene 5"


@settings(max_examples=60, deadline=None)
@given(CUES)
def test_any_cues_give_playable_notes(cues: list[MusicCue]) -> None:
    """Notes lie within the film, in order, audible, in a range that instruments have; the same cues, the same notes."""
    notes = compose_notes(cues)
    end = sum(cue.seconds for cue in cues)
    assert bool(notes) == bool(cues)
    assert notes == sorted(notes, key=lambda note: note.start) == compose_notes(cues)
    for note in notes:
        assert 0 <= note.start < end
        assert 0 < note.length <= LONGEST_NOTE
        assert 24 <= note.pitch <= 100
        assert 0 < note.level <= 1
        assert -1 <= note.pan <= 1


def _at(notes: list[Note], start: float, end: float) -> list[Note]:
    return [note for note in notes if start <= note.start < end]


@pytest.mark.parametrize("mood", ["quiet", "kinetic", "light", ""])
def test_tunes_are_in_tune(mood: str) -> None:
    """A piano note that is none of the chord's never stands a semitone beside a pad that sounds with it."""
    notes = compose_notes([MusicCue(60, mood, "", interior=False, seed="the pier")])
    pads = [note for note in notes if note.instrument == "pad"]
    for tune in (note for note in notes if note.instrument == "piano"):
        beside = [pad for pad in pads if pad.start - 0.7 <= tune.start < pad.start + pad.length - 1]
        if tune.pitch % 12 not in {pad.pitch % 12 for pad in beside}:
            assert not {(pad.pitch - tune.pitch) % 12 for pad in beside} & {1, 11}


def test_moods_differ() -> None:
    """Each mood has players of its own, and a chase has many times the onsets of a quiet scene."""
    films = {mood: compose_notes([MusicCue(40, mood, "", interior=False, seed="x")]) for mood in MOODS}
    assert len({frozenset(note.instrument for note in notes) for notes in films.values()}) == len(MOODS)
    assert len(films["kinetic"]) > 3 * len(films["quiet"])
    assert {note.instrument for note in films["uneasy"]} >= {"low", "glass"}


def test_the_film_comes_home() -> None:
    """The last chord belongs to the tonic of a film that begins and ends in one mood, and nothing moves over it."""
    cues = [MusicCue(24, "quiet", "", interior=False, seed=place) for place in ("the pier", "the attic", "the pier")]
    notes = compose_notes(cues)
    last = [note for note in notes if note.instrument == "pad"][-1].start - 0.5
    home = {note.pitch % 12 for note in _at(notes, 0, 6) if note.instrument == "pad"}
    ending = _at(notes, last - 0.6, 72)
    assert {note.pitch % 12 for note in ending if note.instrument == "pad"} & home
    assert not {note.instrument for note in ending} & {"pluck", "drum", "strings", "heart"}
    assert min(note.pitch for note in ending if note.instrument == "piano") % 12 in home


def test_a_place_brings_its_tune_back() -> None:
    """A place and mood that come again in the middle of a film are played alike, moved in time."""
    cues = [MusicCue(24, "light", "", interior=False, seed=place) for place in ("a", "b", "c", "b", "d")]
    notes = compose_notes(cues)
    first = [(note.instrument, note.pitch, round(note.start - 24, 3)) for note in _at(notes, 24, 40)]
    again = [(note.instrument, note.pitch, round(note.start - 72, 3)) for note in _at(notes, 72, 88)]
    assert first == again
