"""Choice of a generation: its model, its price, whether it can run; one rule for telling and for doing."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.domain.offline import ANIMATIC, Offline, name_obstacle
from wzrd.domain.submission import Target
from wzrd.models.catalog import find_model, load_catalog
from wzrd.models.generation_choice import GenerationChoice, check_known, choose_generation
from wzrd.models.output_counts import MAX_COUNT, count_outputs

FLUX = "fal-ai/flux/schnell"
NOTHING: dict[str, Any] = {"parameters": {}}
KINDS = {"image", "video"}
"""Media types that animatic mode makes."""


def choose(
    model: str, *, offline: Offline = "auto", keys: frozenset[str] = frozenset({"fal-ai"}), **more: Any
) -> GenerationChoice:
    """A choice where the providers of `keys` can be asked for everything."""

    def obstacle(provider: str, _media: str) -> str | None:
        return None if provider in keys else name_obstacle(provider, has_key=False)

    return choose_generation(model, offline=offline, obstacle=obstacle, **{**NOTHING, **more})


def test_what_can_be_asked_runs_itself() -> None:
    """Route, function, the name at the provider, the price, and nothing in the way."""
    choice = choose(FLUX)
    assert (choice.route, choice.function, choice.model.id) == ("fal-stream", "fal-stream", FLUX)
    assert (choice.target, choice.credits, choice.count) == (Target("fal-ai", FLUX), choice.model.credits, 1)
    assert (choice.fallback_reason, choice.obstacle) == (None, None)
    choice.check_runnable()


def test_without_a_key_animatic_mode_stands_in() -> None:
    """For nothing, on the route that was asked, and the reason names the provider."""
    for model, free in ((FLUX, "image"), ("gmi/kling-v3-omni", "video")):
        choice = choose(model, keys=frozenset())
        wanted = find_model(model)
        assert wanted is not None
        assert (choice.model.id, choice.target, choice.credits) == (f"animatic/{free}", Target(ANIMATIC, ANIMATIC), 0)
        assert (choice.fallback_reason, choice.obstacle) == (f"no_credentials:{wanted.provider}", None)
        assert choice.function == choose(model, keys=frozenset({wanted.provider})).function


def test_animatic_mode_answers_no_questions() -> None:
    """A text model without a key has another's provider, or another model of its function, or cannot run."""
    served = choose("google/gemini-2.5-pro", keys=frozenset({"gemini"}))
    assert (served.target, served.fallback_reason) == (Target("gemini", "gemini-2.5-pro"), None)
    instead = choose("google/gemini-2.5-pro", keys=frozenset({"groq"}))
    assert (instead.model.id, instead.credits) == ("llama-3.3-70b-versatile", 1)
    assert instead.fallback_reason == "no_credentials:lovable-ai"
    for model, obstacle in (
        ("google/gemini-2.5-pro", "no_credentials:lovable-ai"),
        ("llama-3.3-70b-versatile", "no_credentials:groq"),
        ("animatic/text", "unsupported_provider:animatic"),
    ):
        assert choose(model, keys=frozenset()).obstacle == obstacle
    with pytest.raises(NotConfigured, match="it writes shots and their prompts"):
        choose("animatic/text").check_runnable()


def test_what_animatic_mode_cannot_make_cannot_run() -> None:
    """No 3D, no sound of a file: the choice stands with its price and obstacle; doing it is refused in words."""
    for model in ("fal-ai/trellis/multi", "fal-ai/whisper"):
        choice = choose(model, keys=frozenset())
        assert (choice.model.id, choice.fallback_reason) == (model, None)
        assert choice.credits == choice.model.credits > 0
        assert choice.obstacle == f"no_credentials:{choice.model.provider}"
        with pytest.raises(NotConfigured, match=r"has no API key here; set its key, or ask for another") as refused:
            choice.check_runnable()
        assert refused.value.details == {"provider": choice.model.provider}


def test_always_sends_nothing() -> None:
    """Even with a key; what cannot be made here cannot run then."""
    assert choose(FLUX, offline="always").fallback_reason == "offline_always"
    music = choose("fal-ai/trellis/multi", offline="always")
    assert (music.model.id, music.obstacle) == ("fal-ai/trellis/multi", "offline_always")
    with pytest.raises(NotConfigured, match="WZRD_OFFLINE=always lets nothing be sent"):
        music.check_runnable()


def test_never_stands_in_for_nobody() -> None:
    """The obstacle stays, and the refusal tells both ways out."""
    choice = choose(FLUX, offline="never", keys=frozenset())
    assert (choice.model.id, choice.obstacle, choice.fallback_reason) == (FLUX, "no_credentials:fal-ai", None)
    with pytest.raises(NotConfigured, match=re.escape("ask for the model 'animatic', or set WZRD_OFFLINE=auto")):
        choice.check_runnable()
    assert choose(FLUX, offline="never").obstacle is None


def test_animatic_mode_is_asked_for_by_name() -> None:
    """It needs nobody's leave and costs nothing, whatever WZRD_OFFLINE says."""
    for offline in ("auto", "always", "never"):
        choice = choose(ANIMATIC, offline=offline, media_type="video", parameters={"count": 7})
        assert (choice.model.id, choice.credits, choice.obstacle) == ("animatic/video", 0, None)
        assert choice.fallback_reason is None


def test_another_model_is_priced_as_itself() -> None:
    """An unknown id, an alias and an upgrade cost what runs, and say why it runs."""
    for model, references, runs in (
        ("nobody/knows", (), FLUX),
        ("flux-dev", (), "fal-ai/flux/dev"),
        ("fal-ai/kling-video/o3/pro/text-to-video", ("image",), "fal-ai/kling-video/o3/standard/image-to-video"),
    ):
        choice = choose(model, references=references)
        assert (choice.model.id, choice.credits) == (runs, load_catalog().models[runs].credits)
        assert choice.fallback_reason


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 1),
        ({"count": 4}, 4),
        ({"num_images": "3"}, 3),
        ({"numImages": 2.0}, 2),
        ({"count": 2, "num_images": 5}, 5),
        ({"count": None}, 1),
        ({"count": MAX_COUNT}, MAX_COUNT),
        ({"max_images": 15}, 15),
        ({"maxImages": "4", "num_images": 2}, 8),
        ({"n": 10}, 10),
        ({"num_outputs": 2, "num_samples": 3}, 3),
        ({"num_images_per_prompt": 2, "NumImages": "3"}, 3),
        ({"parameters": {"n": 1}, "settings": {"count": 1.0}}, 1),
        ({"numVideos": 2}, 2),
        ({"batch_size": 4}, 4),
    ],
)
def test_a_batch_costs_its_outputs(parameters: dict[str, Any], count: int) -> None:
    """Wherever the number stands; of several the largest, for a provider might read that one."""
    assert count_outputs(parameters) == count
    choice = choose(FLUX, parameters=parameters)
    assert choice.credits == count * choice.model.credits


ABSURD: list[object] = [
    0,
    -1,
    1.5,
    True,
    "",
    "two",
    "-3",
    "1e3",
    [],
    {},
    MAX_COUNT + 1,
    10**30,
    "9" * 5000,
    float("inf"),
]
RESPELLED = ["0000014", "014", " 14", "14 ", "1_4", "14.0", "+14", "\uff11\uff14", "1000", "0x4"]
"""Spellings that some parser takes for a number, and another for another."""


@pytest.mark.parametrize("value", [*ABSURD, *RESPELLED])
def test_an_absurd_number_is_refused(value: object) -> None:
    """400 that names the parameter, the value and the bounds; never a cheaper price."""
    for parameters in ({"num_images": value}, {"input": {"count": value}}, {"tasks": [{"n": value}]}):
        with pytest.raises(BadRequest, match=r"must be a whole number from 1 to 100, not '") as refused:
            choose(FLUX, parameters=parameters)
        assert len(refused.value.message) < 120


def test_more_outputs_than_one_request_makes_are_refused() -> None:
    """Several pictures of each of several are as many as their product."""
    with pytest.raises(BadRequest, match="165 outputs of one request are more than 100"):
        choose(FLUX, parameters={"num_images": 11, "max_images": 15})


def test_only_known_names_pass() -> None:
    """Ids, aliases, retired names and members of a family do; others are told what is nearest."""
    for model in (FLUX, "flux-schnell", "hailuo", "groq/any-thing", ANIMATIC, "animatic/video"):
        check_known(model)
    with pytest.raises(BadRequest, match=r"no model is called 'llama-3.3': the nearest are llama-3.3-70b-versatile"):
        check_known("llama-3.3")
    with pytest.raises(BadRequest, match="1 to 200 printable"):
        check_known("\0")


@given(
    st.sampled_from(sorted(load_catalog().models)) | st.text(min_size=1, max_size=30).filter(str.isprintable),
    st.sets(st.sampled_from(["image", "video", "audio"])),
    st.sampled_from(["auto", "always", "never"]),
    st.frozensets(st.sampled_from(["fal-ai", "gmi-cloud", "groq", "lovable-ai"])),
)
def test_every_choice_is_whole(model: str, references: set[str], offline: Offline, keys: frozenset[str]) -> None:
    """A chosen model either can be asked, or is free, or has an obstacle; only `always` holds a key back."""
    if not model.strip():
        return
    choice = choose(model, references=references, offline=offline, keys=keys)
    provider = choice.target.provider
    if choice.obstacle is None:
        assert provider == ANIMATIC or provider in keys
        assert choice.credits == choice.model.credits
    elif choice.model.id != "animatic/text":
        assert provider != ANIMATIC
        assert choice.obstacle in {f"no_credentials:{provider}", "offline_always"}
        assert offline == "never" or choice.model.media_type not in KINDS
    assert (choice.credits == 0) == (provider == ANIMATIC)
