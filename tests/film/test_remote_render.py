"""Requests to fal's ffmpeg: keyframes that tile the film, or a merge of silent clips."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.film import FPS, DeliveryFormat, Frame
from wzrd.film.made_segments import Segment, Segments, captions, segment_from_json, segments_of
from wzrd.film.remote_render import COMPOSE, MERGE, plan_render, render_price
from wzrd.models.references import find_references, kind_at

HOUSE = DeliveryFormat(Frame(1280, 720))


def visual(frames: int, source: Literal["", "image", "video"] = "video", seconds: float = 0.0) -> Segment:
    return Segment("b", "p", "s", frames, seconds, source=source)


def urls(count: int) -> list[str]:
    return [f"https://example.org/{number}" for number in range(count)]


@given(st.lists(st.tuples(st.integers(1, 2000), st.sampled_from(["image", "video", ""])), min_size=1, max_size=60))
def test_keyframes_tile_the_film(given_visuals: list[tuple[int, Literal["", "image", "video"]]]) -> None:
    """Each begins where the one before ends; none is off its frame by more than half a millisecond, however many."""
    visuals = [visual(frames, source) for frames, source in given_visuals]
    wanted = plan_render(visuals, urls(len(visuals)), HOUSE, heard=True)
    assert wanted is not None
    assert (wanted.model.id, wanted.seconds) == (COMPOSE, sum(frames for frames, _ in given_visuals) / FPS)
    at, frame = 0, 0
    for number, (track, (frames, source)) in enumerate(zip(wanted.inputs["tracks"], given_visuals, strict=True)):
        (keyframe,) = track["keyframes"]
        assert (track["id"], track["type"]) == (f"visual-{number}", source or "video")
        assert keyframe["url"] == urls(number + 1)[-1]
        assert keyframe["timestamp"] == at
        assert keyframe["duration"] > 0
        assert abs(keyframe["timestamp"] - frame * 1000 / FPS) <= 0.5
        at, frame = at + keyframe["duration"], frame + frames


def test_a_silent_film_of_clips_is_merged() -> None:
    """At our rate, in the film's size where the model takes it; of the clips' own lengths."""
    visuals = [visual(23, seconds=0.99), visual(48, seconds=2.01)]
    wanted = plan_render(visuals, urls(2), HOUSE, heard=False)
    assert wanted is not None
    sides = {"width": 1280, "height": 720}
    assert wanted.inputs == {"video_urls": urls(2), "target_fps": 24, "resolution": sides}
    assert (wanted.model.id, wanted.seconds) == (MERGE, 3.0)
    small = plan_render(visuals, urls(2), DeliveryFormat(Frame(256, 144)), heard=False)
    assert small is not None
    assert "resolution" not in small.inputs


@pytest.mark.parametrize(
    ("visuals", "heard", "model"),
    [
        ([visual(24)], False, None),
        ([visual(24)], True, COMPOSE),
        ([visual(24, "image")], False, COMPOSE),
        ([visual(24), visual(24, "image")], False, COMPOSE),
        ([visual(24), visual(24)], True, COMPOSE),
        ([visual(24), visual(24, "")], False, MERGE),
    ],
)
def test_which_model(visuals: list[Segment], heard: bool, model: str | None) -> None:
    """Sound and stills need compose; one silent clip needs nobody."""
    wanted = plan_render(visuals, urls(len(visuals)), HOUSE, heard=heard)
    assert (wanted.model.id if wanted else None) == model


def test_it_costs_what_the_catalog_says() -> None:
    """Both of the models are there, and neither is free."""
    assert render_price() >= 1


def test_keyframes_promise_no_kind_of_file() -> None:
    """A keyframe is a clip as often as a still; a first frame is a picture all the same."""
    wanted = plan_render([visual(24)], urls(1), HOUSE, heard=True)
    assert wanted is not None
    ((place, url),) = find_references(wanted.inputs)
    assert (kind_at(place), url) == (None, urls(1)[0])
    assert kind_at(("first_frame_url",)) == "image"


def test_a_segment_is_kept_whole() -> None:
    """Also one that an older version has kept, which knew no sources."""
    kept = Segment("b", "p", "s", 24, 1.0, ((0.0, 1.0, "Hm?"),), source="image")
    assert segment_from_json(kept.to_json()) == kept
    old = {name: value for name, value in visual(24, "").to_json().items() if name != "source"}
    assert segment_from_json(old).source == ""
    found = segments_of({"visual/2": kept.to_json(), "voice/2": kept.to_json(), "film": {"outputUrl": "x"}}, HOUSE.fps)
    assert found == Segments({2: kept}, {2: kept}, {}, HOUSE.fps)
    assert [caption.text for caption in captions(found)] == ["Hm?"]
