"""The cut list: what a film is made from, kept as JSON, and where things stand once lengths are known."""

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.cut_settings import choose_renderer
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.film import DeliveryFormat, Frame
from wzrd.domain.shots import Line, SceneBrief
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.domain.timeline import AssetType, TimelineRow, build_timeline
from wzrd.film.cut_list import (
    Cut,
    CutSound,
    cut_from_json,
    cut_list,
    cut_to_json,
    effect_start,
    fingerprint,
    starts,
    timed_cues,
    voice_start,
)
from wzrd.language.shots.captions import spread

HOUSE = DeliveryFormat(Frame(1280, 720))
FPS = Fraction(24)


def film(*scenes: int, dialogue: str = "") -> Storyboard:
    """A storyboard whose scenes have so many shots with clips."""
    made: list[StoryboardScene] = []
    for number, count in enumerate(scenes, start=1):
        scene = uuid.uuid4()
        shots = tuple(
            StoryboardShot(uuid.uuid4(), scene, at, video_url=f"https://a.example/{number}-{at}.mp4", dialogue=dialogue)
            for at in range(1, count + 1)
        )
        made.append(StoryboardScene(scene, number, SceneBrief(number=number, title=f"Scene {number}"), shots))
    return Storyboard(uuid.uuid4(), uuid.uuid4(), "Film", "16:9", tuple(made))


def cut_of(storyboard: Storyboard, *extra: TimelineRow, audio: bool = True) -> Cut:
    return cut_list([*build_timeline(storyboard, [], {}), *extra], storyboard, delivery=HOUSE, audio=audio)


def row(kind: AssetType, url: str, **more: Any) -> TimelineRow:
    """A row that a person made."""
    made = TimelineRow(uuid.uuid4(), None, None, kind, url, None, 0)
    return replace(made, **more)


def test_shots_are_numbered_and_named_and_scenes_have_cues() -> None:
    """In film order; a run of shots in one scene shares a cue."""
    cut = cut_of(film(2, 1, 3))
    assert [shot.number for shot in cut.shots] == [1, 2, 3, 4, 5, 6]
    assert [shot.name for shot in cut.shots][:3] == ["scene 1, shot 1", "scene 1, shot 2", "scene 2, shot 1"]
    assert [shot.cue for shot in cut.shots] == [0, 0, 1, 2, 2, 2]
    assert len(cut.cues) == 3


@given(st.lists(st.integers(0, 4), max_size=5), st.booleans())
def test_a_cut_survives_json(scenes: list[int], audio: bool) -> None:
    """Read back it is the same film, by value and by fingerprint."""
    cut = cut_of(film(*scenes, dialogue="MARA: Who is there?"), audio=audio)
    again = cut_from_json(cut_to_json(cut))
    assert again == cut
    assert dict(again.cast) == dict(cut.cast)
    assert fingerprint(again) == fingerprint(cut)


def test_whatever_changes_the_film_changes_its_fingerprint() -> None:
    """A shot, its order, the frame, the sound."""
    storyboard = film(2, dialogue="MARA: Who is there?")
    rows = build_timeline(storyboard, [], {})
    turned = [replace(rows[1], position=0), replace(rows[0], position=1)]
    cuts = [
        cut_list(rows, storyboard, delivery=HOUSE, audio=True),
        cut_list(rows, storyboard, delivery=HOUSE, audio=False),
        cut_list(rows, storyboard, delivery=DeliveryFormat(Frame(640, 360)), audio=True),
        cut_list(rows[:1], storyboard, delivery=HOUSE, audio=True),
        cut_list(turned, storyboard, delivery=HOUSE, audio=True),
        cut_list(rows, replace(storyboard, title="Another"), delivery=HOUSE, audio=True),
    ]
    assert len({fingerprint(cut) for cut in cuts}) == len(cuts)
    assert fingerprint(cut_list(rows, storyboard, delivery=HOUSE, audio=True)) == fingerprint(cuts[0])


def test_a_voice_file_goes_before_scratch_voices() -> None:
    """Lines belong to their shot; a file is heard instead of them; without sound nobody is heard at all."""
    storyboard = film(2, dialogue="Who is there?")
    first = next(iter(storyboard))[1]
    voice = row("audio", "https://a.example/v.mp3", shot_id=first.shot_id, metadata={"asset_role": "voiceover"})
    cut = cut_of(storyboard, voice)
    assert [shot.voice_url for shot in cut.shots] == ["https://a.example/v.mp3", ""]
    assert cut.shots[1].lines == (Line("", "Who is there?"),)
    assert [shot.number for shot in cut.voices] == [1, 2]
    silent = cut_of(storyboard, voice, audio=False)
    assert (silent.voices, silent.music, silent.effects, silent.cues, silent.tracks) == ((), (), (), (), 0)


def test_rows_that_people_made_are_understood() -> None:
    """Shots that the storyboard lacks stand still, silent; sounds without a role are effects; odd times are 0."""
    storyboard = film(1)
    foreign = row("video", "https://a.example/x.mp4", position=5, shot_id=uuid.uuid4(), scene_id=uuid.uuid4())
    sounds = [
        row("audio", "https://a.example/1.mp3", metadata={"start_ms": 2500}),
        row("audio", "https://a.example/2.mp3", metadata={"start_ms": "soon", "asset_role": "sfx"}),
        row("audio", "https://a.example/3.mp3", metadata={"start_ms": 1e300, "asset_role": "sfx"}),
        row("audio", "https://a.example/4.mp3", metadata={"asset_role": "music"}),
    ]
    cut = cut_of(storyboard, foreign, *sounds)
    stranger = cut.shots[1]
    assert (stranger.name, stranger.order, stranger.move, stranger.heard) == ("visual 2", 5, "static", False)
    assert [effect.start for effect in cut.effects] == [2.5, 0.0, 0.0]
    assert [music.url for music in cut.music] == ["https://a.example/4.mp3"]
    assert cut.assets == 2 + 3 + 1


_lengths = st.dictionaries(st.integers(1, 30), st.integers(1, 2000), min_size=1)


@given(_lengths)
def test_each_visual_begins_where_the_one_before_it_ends(lengths: Mapping[int, int]) -> None:
    """Whatever is missing: no gaps, no overlaps, the end is the sum."""
    begins = starts(lengths)
    order = sorted(lengths)
    assert begins[order[0]] == 0
    for before, after in itertools.pairwise(order):
        assert begins[after] == begins[before] + lengths[before]
    assert begins[order[-1]] + lengths[order[-1]] == sum(lengths.values())


@given(st.data())
def test_the_bed_is_as_long_as_the_film(data: st.DataObject) -> None:
    """The cues' seconds add up to the clips' frames; a scene that is lost whole has no music."""
    cut = cut_of(film(2, 1, 3))
    lengths = data.draw(st.dictionaries(st.integers(1, 6), st.integers(1, 500)))
    cues = timed_cues(cut, lengths)
    assert round(sum(cue.seconds for cue in cues) * 24) == sum(lengths.values())
    assert all(cue.seconds > 0 for cue in cues)


def test_effects_go_with_their_shot() -> None:
    """They move with it, go with it, and stand by themselves without one."""
    effect = CutSound(1, uuid.uuid4(), 0, "https://a.example/e.mp3", shot=2)
    assert effect_start(effect, {1: 0, 2: 48}, FPS) == 2.0
    assert effect_start(effect, {1: 0}, FPS) is None
    assert effect_start(replace(effect, shot=0, start=1.5), {}, FPS) == 1.5
    assert voice_start(48, FPS) == 2.35


def test_words_are_spread_over_their_voice() -> None:
    """In order, without gaps, to the end; no words or no time: no captions."""
    words = "One two three four five six seven. " * 12
    parts = spread(words, 20.0)
    assert " ".join(part.text for part in parts) == words.strip()
    assert (parts[0].start, parts[-1].end) == (0.0, 20.0)
    assert spread("", 5.0) == spread("Hm.", 0.0) == []


def test_who_renders() -> None:
    """This machine; fal where it is asked for and can be asked, else with a reason, where anybody may stand in."""
    missing = "no_credentials:fal-ai"
    for told in (None, "", "auto", "local", "Local "):
        chosen = choose_renderer(told, offline="never", obstacle=missing)
        assert (chosen.name, chosen.fallback_reason) == ("local_ffmpeg", None)
    for told in ("fal", "fal_remote", " FAL"):
        chosen = choose_renderer(told, offline="auto", obstacle=None)
        assert (chosen.name, chosen.fallback_reason) == ("fal_remote", None)
    cases: list[tuple[Any, str | None, str]] = [("auto", missing, missing), ("always", None, "offline_always")]
    for offline, obstacle, reason in cases:
        chosen = choose_renderer("fal", offline=offline, obstacle=obstacle)
        assert (chosen.name, chosen.asked, chosen.fallback_reason) == ("local_ffmpeg", "fal", reason)
    with pytest.raises(NotConfigured, match="fal-ai has no API key here; use auto or local"):
        choose_renderer("fal", offline="never", obstacle=missing)
    for told in ("editframe", "kodak"):
        with pytest.raises(BadRequest, match=told):
            choose_renderer(told, offline="auto", obstacle=None)
