"""Readiness and timeline rows, as the documentation words and orders them."""

import uuid
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.shots import SceneBrief
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.domain.timeline import IMAGE_MS, STALE, VIDEO_MS, FinalAudio, build_timeline, readiness

PROJECT = uuid.uuid4()


def shot(scene: uuid.UUID, number: int | None, *, video: str = "", image: str = "", audio: str = "") -> StoryboardShot:
    return StoryboardShot(
        uuid.uuid4(), scene, number, video_url=video, image_url=image, audio_url=audio, dialogue="Hm."
    )


def reel(*shots: tuple[str, str, str]) -> Storyboard:
    """A storyboard of one scene with a shot for each (video, image, audio)."""
    scene = uuid.uuid4()
    made = tuple(shot(scene, at, video=v, image=i, audio=a) for at, (v, i, a) in enumerate(shots, start=1))
    return Storyboard(PROJECT, uuid.uuid4(), "Film", "16:9", (StoryboardScene(scene, 7, SceneBrief(number=7), made),))


_url = st.sampled_from(["", "https://a.example/1", "https://a.example/2"])
_reels = st.lists(st.tuples(_url, _url, _url), max_size=12).map(lambda shots: reel(*shots))


@given(_reels, st.booleans())
def test_every_shot_is_a_video_an_image_or_missing(film: Storyboard, stale: bool) -> None:
    """The counts add up, and a reason is given exactly when no film can be made."""
    ready = readiness(film, stale=stale)
    assert ready.total == ready.videos + ready.images + len(ready.missing) == len(list(film))
    assert ready.ready == ready.videos + ready.images
    assert (ready.blocking_reason is None) == (ready.total > 0 and not ready.missing and not stale)
    assert all(not found.shot.video_url and not found.shot.image_url for found in ready.missing)


def test_the_reasons_are_the_documented_ones() -> None:
    """First nothing at all, then what is missing (one or many), then what is stale."""
    missing = "missing an image or video. Generate all visuals before starting Director's Cut."
    assert readiness(reel(), stale=True).blocking_reason == "No ordered shots are available for Director's Cut."
    one = readiness(reel(("", "", "a"), ("v", "", "")), stale=True)
    assert one.blocking_reason == f"1 ordered shot is {missing}"
    assert readiness(reel(("", "", ""), ("", "", ""))).blocking_reason == f"2 ordered shots are {missing}"
    assert readiness(reel(("v", "", "")), stale=True).blocking_reason == STALE
    assert readiness(reel(("", "i", ""))).blocking_reason is None


@given(_reels, st.integers(100, 20_000))
def test_rows_follow_the_shots(film: Storyboard, length: int) -> None:
    """One visual a ready shot, positions without gaps, each starting where the last ended; a voice beside its shot."""
    rows = build_timeline(film, [], {"https://a.example/1": length})
    visuals = [row for row in rows if row.role == "visual"]
    ready = [found for _, found in film if found.video_url or found.image_url]
    assert [row.shot_id for row in visuals] == [found.shot_id for found in ready]
    assert [row.position for row in visuals] == list(range(len(ready)))
    cursor = 0
    for row, found in zip(visuals, ready, strict=True):
        assert row.metadata["start_ms"] == cursor
        assert row.asset_type == ("video" if found.video_url else "image")
        known = length if found.video_url.endswith("1") else VIDEO_MS
        assert row.duration_ms is not None
        assert row.duration_ms == row.metadata["duration_ms"] == (known if found.video_url else IMAGE_MS)
        cursor += row.duration_ms
    voices = {row.shot_id: row for row in rows if row.role == "voiceover"}
    assert set(voices) == {found.shot_id for found in ready if found.audio_url}
    for row in visuals:
        if voice := voices.get(row.shot_id):
            assert (voice.position, voice.metadata["start_ms"]) == (row.position, row.metadata["start_ms"])
            assert (voice.asset_type, voice.duration_ms, voice.metadata["dialogue"]) == ("audio", None, "Hm.")
    assert len({row.asset_id for row in rows}) == len(rows)
    assert build_timeline(film, [], {"https://a.example/1": length}) == rows


def test_a_row_tells_what_the_client_shows() -> None:
    """Thumbnail, numbers, prompts, and whether a still stands in for a clip."""
    film = reel(("", "https://a.example/i.png", ""))
    (row,) = build_timeline(film, [], {})
    assert row.metadata == {
        "asset_role": "shot_visual",
        "start_ms": 0,
        "duration_ms": 5000,
        "track": "visual",
        "thumbnail_url": "https://a.example/i.png",
        "scene_number": 7,
        "shot_number": 1,
        "prompt_idea": None,
        "visual_prompt": None,
        "fallback_image_segment": True,
    }


def test_the_projects_music_starts_with_the_film() -> None:
    """Its own metadata is kept, the documented fields win; one without a file is no row."""
    music = FinalAudio(uuid.uuid4(), "https://a.example/m.mp3", 90_000, {"mood": "dark", "start_ms": 99})
    silent = replace(music, asset_id=uuid.uuid4(), file_url="")
    (row,) = build_timeline(reel(), [music, silent], {})
    assert (row.asset_type, row.role, row.position, row.duration_ms) == ("audio", "music", 0, 90_000)
    assert row.metadata == {
        "mood": "dark",
        "start_ms": 0,
        "asset_role": "music",
        "track": "music",
        "final_project_asset_id": str(music.asset_id),
    }
