"""Every spoken line goes one way: told, priced and sent by the same rule, whatever models are allowed."""

from collections.abc import Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.domain.pacing import LONGEST_PICTURE
from wzrd.domain.speech import AUTO, SeenLine, SpeakingShot, View
from wzrd.models.bodies import schema_of
from wzrd.models.schemas.input_schemas import is_verified
from wzrd.models.speech_routes import (
    SpeechFiles,
    SpeechModel,
    allowed_models,
    route_shot,
    speech_body,
    speech_cost,
    speech_models,
)

MODELS = list(speech_models().values())
SOUNDS = ["https://example.com/1.wav", "https://example.com/2.wav"]
LINES = st.builds(SeenLine, st.sampled_from(["MIKE", "ANNA", "TOM", ""]), st.sampled_from(get_args(View)),
                  st.sampled_from(["left", "right"]))  # fmt: skip
SHOTS = st.builds(
    SpeakingShot,
    st.lists(LINES, min_size=1, max_size=6).map(tuple),
    people=st.integers(0, 4),
    close=st.booleans(),
    still=st.booleans(),
    seconds=st.floats(0.2, 30),
    has_clip=st.booleans(),
)
ALLOWED = st.lists(st.sampled_from(MODELS), unique=True, max_size=len(MODELS))


def anybody(_provider: str, _media: str) -> None:
    """Every vendor can be asked."""


def nobody(_provider: str, _media: str) -> str:
    """No vendor can be asked."""
    return "no_credentials"


@given(SHOTS, ALLOWED, st.integers(0, 100))
def test_every_line_is_routed_or_declared_off_screen(
    shot: SpeakingShot, allowed: Sequence[SpeechModel], clip: int
) -> None:
    """Each line has a way; one that is only heard says why, one that is seen is on a mouth's track, once."""
    route = route_shot(shot, allowed, clip)
    assert len(route.lines) == len(shot.lines)
    on_tracks = [at for track in route.tracks for at in track]
    assert sorted(on_tracks) == [at for at, one in enumerate(route.lines) if one.route != "voice"]
    for line, seen in zip(route.lines, shot.lines, strict=True):
        assert bool(line.reason) == (line.route == "voice")
        assert line.route == "voice" or seen.view == "mouth"
        assert line.speaker == seen.speaker


@given(SHOTS, ALLOWED, st.integers(0, 100))
def test_only_an_allowed_model_is_paid_and_none_is_cheaper(
    shot: SpeakingShot, allowed: Sequence[SpeechModel], clip: int
) -> None:
    """Nobody whom the request does not allow, nor for what outlasts a picture; a clip that is there stays."""
    route = route_shot(shot, allowed, clip)
    if not route.model:
        assert route.route == "voice"
        return
    model = speech_models()[route.model]
    assert model in allowed
    assert shot.seconds < LONGEST_PICTURE
    assert len(route.tracks) == (2 if model.route == "pair" else 1) == len(shot.seen)
    assert not shot.has_clip or model.route == "lips"
    same = [one for one in allowed if one.route == model.route and one.least == model.least and one.most == model.most]
    assert model.choice.credits == min(one.choice.credits for one in same)


def a_shot(*views: str, **more: Any) -> SpeakingShot:
    """A shot with a line of MIKE's for each of these views."""
    return SpeakingShot(tuple(SeenLine("MIKE", view) for view in views), seconds=2.0, **more)  # pyright: ignore[reportArgumentType]


def test_a_still_face_may_speak_without_a_clip() -> None:
    """The cheaper of the two; a camera that moves, a second person or a clip that is there asks for lips."""
    allowed = allowed_models([AUTO], anybody)
    assert route_shot(a_shot("mouth", close=True, still=True), allowed, 14).route == "talking"
    assert route_shot(a_shot("mouth", close=True, still=True), allowed, 1).route == "lips", "a cheap clip"
    for other in ({"close": True}, {"still": True}, {"close": True, "still": True, "people": 2},
                  {"close": True, "still": True, "has_clip": True}):  # fmt: skip
        assert route_shot(a_shot("mouth", **other), allowed, 14).route == "lips"


def test_two_who_speak_in_one_picture() -> None:
    """A model for two has a sound for each, the left one first; without one both are only heard, and that is told."""
    lines = (SeenLine("ANNA", "mouth", "right"), SeenLine("MIKE", "mouth", "left"), SeenLine("ANNA", "mouth", "right"))
    shot = SpeakingShot(lines, people=2, seconds=3.0)
    route = route_shot(shot, allowed_models([AUTO], anybody), 14)
    assert (route.route, route.tracks) == ("pair", ((1,), (0, 2)))
    alone = route_shot(shot, allowed_models(["fal-ai/latentsync"], anybody), 14)
    assert {one.reason for one in alone.lines} == {"2 people speak in one picture"}


def test_what_is_heard_from_off_screen_is_on_no_mouths_track() -> None:
    """A narrator over somebody's face does not move it."""
    lines = (SeenLine("MIKE", "mouth"), SeenLine("", "off"), SeenLine("MIKE", "mouth"))
    route = route_shot(SpeakingShot(lines, seconds=3.0), allowed_models(["fal-ai/latentsync"], anybody), 14)
    assert (route.tracks, [one.route for one in route.lines]) == (((0, 2),), ["lips", "voice", "lips"])


@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.model.id)
def test_each_model_takes_what_its_way_sends(model: SpeechModel) -> None:
    """The data agrees with the vendor's schema: its sounds, its clip or picture, and all that it needs."""
    assert is_verified(model.model)
    count = len(model.tracks) or 1
    sent = SpeechFiles(SOUNDS[:count], "https://example.com/clip.mp4", "https://example.com/still.png")
    body = speech_body(model, sent, prompt="She nods.").inputs
    texts = [*body.values()]
    assert [one for one in SOUNDS if one in texts] == SOUNDS[:count]
    assert ("https://example.com/clip.mp4" in texts) == (model.route == "lips")
    assert ("https://example.com/still.png" in texts) == (model.route != "lips")
    assert {*schema_of(model.model).required} <= body.keys()
    assert speech_cost(model).least >= 0


def test_who_makes_nobody_speak_is_refused() -> None:
    """With those that do."""
    with pytest.raises(BadRequest, match=r"makes nobody speak: name auto, native, or .*fal-ai/latentsync"):
        allowed_models(["fal-ai/flux/schnell"], anybody)
    assert allowed_models([], anybody) == ()
    assert allowed_models([AUTO], nobody) == ()
