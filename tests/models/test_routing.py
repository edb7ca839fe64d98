"""Routing: every line of the documented tables, and what differs here."""

import re
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.contracts.functions import FUNCTION_OF, FUNCTIONS, RouteName
from wzrd.domain.errors import BadRequest
from wzrd.domain.offline import ANIMATIC
from wzrd.models.catalog import find_model, load_catalog
from wzrd.models.routing import (
    ALIASES,
    FALLBACKS,
    KLING_I2V,
    KLING_REFERENCE,
    KLING_T2V,
    MEDIA_DEFAULTS,
    TASK_DEFAULTS,
    VIDEO_RULES,
    check_tables,
    fallback_model,
    given_media,
    infer_media_type,
    route,
)

KLING_V3_I2V = "fal-ai/kling-video/v3/pro/image-to-video"
PRO_T2V = "fal-ai/kling-video/o3/pro/text-to-video"
PRO_I2V = "fal-ai/kling-video/o3/pro/image-to-video"
FUNCTION = {"_edgeFunction": "generate-shot-image"}


@pytest.mark.parametrize(
    ("model_id", "parameters", "name"),
    [
        ("elevenlabs-tts", {}, "elevenlabs-tts"),
        ("elevenlabs-sfx", {}, "elevenlabs-sfx"),
        ("elevenlabs-music", {}, "elevenlabs-music"),
        ("elevenlabs-tts", FUNCTION, "elevenlabs-tts"),
        ("gmi/deepseek-r1", {}, "gmi-cloud"),
        ("gmi/seedream-5.0-lite", FUNCTION, "gmi-cloud"),
        ("groq/llama-3.1-8b-instant", {}, "groq-text"),
        ("llama-3.3-70b-versatile", FUNCTION, "groq-text"),
        ("google/gemini-2.5-pro", {}, "gemini-text"),
        ("openai/gpt-5", FUNCTION, "gemini-text"),
        ("openai/gpt-image-2", {}, "fal-stream"),  # the original sent it to a text model
        ("openai/gpt-image-2/edit", {}, "fal-stream"),
        ("fal-ai/flux/schnell", {}, "fal-stream"),
        ("cassetteai/music-generator", {}, "fal-stream"),  # fal by provider, not by prefix
        ("xai/grok-imagine-image", {}, "fal-stream"),
        ("fal-ai/flux/schnell", FUNCTION, "edge-function"),
        ("nobody/knows-this", FUNCTION, "edge-function"),
        ("fal-ai/flux/schnell", {"_edgeFunction": 7}, "fal-stream"),  # only a string counts
        ("nobody/knows-this", {}, "fal-stream"),
    ],
)
def test_precedence(model_id: str, parameters: dict[str, Any], name: str) -> None:
    """The first row that matches wins, and a function of the caller's naming comes after the named routes."""
    found = route(model_id, parameters=parameters)
    assert found.route == name
    assert found.function == ("generate-shot-image" if name == "edge-function" else FUNCTION_OF[found.route])


@pytest.mark.parametrize(
    ("function", "model_id", "runs", "reason"),
    [
        ("fal-stream", "fal-ai/flux/dev", "fal-ai/flux/dev", None),
        ("generate-shot-image", "nobody/knows", "fal-ai/flux/schnell", "unknown_model:nobody/knows"),
        ("generate-video-from-image", "nobody/knows", KLING_T2V, "unknown_model:nobody/knows"),
        ("groq-chat", "nobody/knows", "llama-3.3-70b-versatile", "unknown_model:nobody/knows"),
        ("elevenlabs-tts", "fal-ai/flux/dev", "elevenlabs-tts", "function:elevenlabs-tts"),
        ("elevenlabs-sfx", "nobody/knows", "elevenlabs-sfx", "function:elevenlabs-sfx"),
    ],
)
def test_a_named_function_runs_what_it_can(function: str, model_id: str, runs: str, reason: str | None) -> None:
    """Its own model where it has one; an unknown id means the default of what it makes."""
    found = route(model_id, parameters={"_edgeFunction": function})
    assert (found.route, found.function, found.model.id) == ("edge-function", function, runs)
    assert found.fallback_reason == reason


@pytest.mark.parametrize(
    ("function", "model_id", "told"),
    [
        ("generate-shot-image", KLING_T2V, f"generate-shot-image makes image, and {KLING_T2V} makes video"),
        ("groq-chat", "fal-ai/flux/dev", "groq-chat makes text, and fal-ai/flux/dev makes image"),
        (
            "gmi-execute",
            "fal-ai/flux/dev",
            "gmi-execute runs models of gmi-cloud, and fal-ai/flux/dev is one of",
        ),
        ("wallet-auth", "fal-ai/flux/dev", "no function 'wallet-auth' generates here; there are fal-stream,"),
        ("my-function", "fal-ai/flux/dev", "no function 'my-function' generates here"),
    ],
)
def test_a_named_function_that_cannot_run_it_is_refused(function: str, model_id: str, told: str) -> None:
    """A foreign name, and a model of another kind or provider: 400, naming both."""
    with pytest.raises(BadRequest, match=re.escape(told)) as refused:
        route(model_id, parameters={"_edgeFunction": function})
    assert refused.value.details["field"] == "_edgeFunction"


def test_every_route_has_its_function() -> None:
    """One table: each route but the caller's own is answered by a function that can be named, and the reverse holds."""
    assert set(FUNCTION_OF) == set(get_args(RouteName)) - {"edge-function"}
    assert set(FUNCTION_OF.values()) <= set(FUNCTIONS)
    assert all(name == function.name for name, function in FUNCTIONS.items())


@pytest.mark.parametrize("media", ["text", "image", "video", "audio"])
def test_animatic_is_the_model_of_what_is_wanted(media: str) -> None:
    """The word alone means the row of that kind, and nothing fell back; the row's own id means itself."""
    for asked in (ANIMATIC, f"{ANIMATIC}/{media}"):
        found = route(asked, parameters={}, media_type=media)
        assert (found.model.id, found.fallback_reason, found.model.credits) == (f"animatic/{media}", None, 0)
        assert found.route == ("groq-text" if media == "text" else "fal-stream")
    assert route(ANIMATIC, parameters={}).model.id == "animatic/image"
    with pytest.raises(BadRequest, match="animatic makes no 3d"):
        route(ANIMATIC, parameters={}, media_type="3d")


@pytest.mark.parametrize(
    "lacking",
    [KLING_T2V, "elevenlabs-tts", "gmi/deepseek-r1", "gmi/gemini-3.1-flash-lite", "gmi/wan2.7-r2v", "fal-ai/magi"],
)
def test_a_catalog_without_a_default_is_refused(lacking: str) -> None:
    """A model that a table names may not go, nor become another kind of thing: whoever loads the catalog is told."""
    whole = load_catalog()
    check_tables(whole)
    models = {model_id: model for model_id, model in whole.models.items() if model_id != lacking}
    with pytest.raises(ValueError, match=re.escape(lacking)):
        check_tables(replace(whole, models=models))
    if lacking != "fal-ai/magi":
        other = replace(whole.models[lacking], media_type="json")
        with pytest.raises(ValueError, match=re.escape(lacking)):
            check_tables(replace(whole, models=models | {lacking: other}))


def test_every_model_in_the_catalog_runs_itself() -> None:
    """Given what it needs, no catalog model is replaced, whatever its provider."""
    wanted = {
        "image-to-video": {"image"},
        "reference-to-video": {"image", "video"},
        "video-reference": {"image", "video"},
        "text-to-video": set[str](),
    }
    for model_id, model in load_catalog().models.items():
        needed = wanted.get(model.workflow_type, {"image", "video", "audio"})
        found = route(model_id, parameters={}, references=needed)
        assert (found.model, found.fallback_used, found.fallback_reason) == (model, False, None), model_id


@pytest.mark.parametrize(
    ("alias", "target"),
    [
        ("flux-dev", "fal-ai/flux/dev"),
        ("flux-schnell", "fal-ai/flux/schnell"),
        ("flux-pro", "fal-ai/flux-pro/v1.1-ultra"),
        ("fal-ai/flux-pro/v1.1", "fal-ai/flux-pro/v1.1-ultra"),
        ("gemini-2.5-flash-image", "fal-ai/nano-banana-2"),
        ("gemini-2.5-flash-image-preview", "fal-ai/nano-banana-2"),
        ("google/gemini-2.5-flash-image", "fal-ai/nano-banana-2"),
        ("google/gemini-2.5-flash-image-preview", "fal-ai/nano-banana-2"),
        ("gemini-2.5-flash-video", KLING_T2V),
        ("google/gemini-2.5-flash-video", KLING_T2V),
        ("veo3-fast", KLING_T2V),
        ("kling-2-1", KLING_T2V),
        ("fal-ai/kling-video/v1/standard/text-to-video", KLING_T2V),
        ("kling-pro-16", PRO_T2V),
        ("fal-ai/kling-video/v1.6/pro/text-to-video", PRO_T2V),
        ("fal-ai/kling-video/v1.5/pro/text-to-video", PRO_T2V),
        ("luma-ray", KLING_V3_I2V),
        ("luma-dream", KLING_V3_I2V),
        ("luma-ray-flash", KLING_V3_I2V),
        ("luma/dream-machine", KLING_V3_I2V),
        ("minimax-video-01", PRO_I2V),
        ("hailuo", PRO_I2V),
        ("fal-ai/magi-1", "fal-ai/magi"),
    ],
)
def test_aliases(alias: str, target: str) -> None:
    """Each retired name runs what it means today, and says so."""
    images = ["image"] if target.endswith("image-to-video") else []
    found = route(alias, parameters={}, references=images)
    assert (found.model.id, found.fallback_used, found.fallback_reason) == (target, True, f"alias:{alias}")
    assert infer_media_type(alias) == found.model.media_type


def test_the_alias_table_hides_no_model() -> None:
    """No name of the table is a catalog id, every target is one, and the test above knows every line."""
    models = load_catalog().models
    assert not set(ALIASES) & set(models)
    assert set(ALIASES.values()) <= set(models)
    assert len(ALIASES) == 23


def test_an_alias_that_is_not_fals_has_the_clients_reason() -> None:
    """A catalog alias on another route is `model_alias_resolved`, as the client reports it."""
    found = route("deepseek-ai/DeepSeek-R1", parameters={})
    assert found.route == "gmi-cloud"
    assert (found.fallback_used, found.fallback_reason) == (True, "model_alias_resolved")


def test_an_alias_can_lead_to_an_upgrade() -> None:
    """The last change is the one that is told."""
    found = route("kling-2-1", parameters={}, references=["image"])
    assert found.model.id == KLING_I2V
    assert found.fallback_reason == f"incompatible_with_reference_input:text-to-video->default:{KLING_I2V}"


@pytest.mark.parametrize(
    ("model_id", "media"),
    [
        ("x/some-audio", "audio"),
        ("x/speech-1", "audio"),
        ("x/TTS", "audio"),
        ("x/music", "audio"),
        ("x/sfx", "audio"),
        ("x/video-1", "video"),
        ("x/kling-9", "video"),
        ("x/sora-9", "video"),
        ("x/magi-9", "video"),
        ("x/seedance-9", "video"),
        ("x/ltx-9", "video"),
        ("x/image-to-video", "video"),  # the client took it for an image
        ("x/video-to-audio", "audio"),
        ("x/metadata", "json"),
        ("x/waveform", "json"),
        ("x/loudnorm", "json"),
        ("x/image-9", "image"),
        ("x/flux-9", "image"),
        ("x/ideogram-9", "image"),
        ("x/seedream-9", "image"),
        ("x/banana", "image"),
        ("x/qwen-image-9", "image"),
        ("google/gemini-9", "text"),
        ("openai/gpt-99", "text"),
        ("llama-99", "text"),
        ("some/groq", "text"),
        ("x/y", "image"),
        ("fal-ai/trellis/multi", "3d"),  # the catalog's word beats a guess
        ("gmi/deepseek-r1", "text"),
        ("flux-dev", "image"),
    ],
)
def test_inference(model_id: str, media: str) -> None:
    """The catalog's word for what it knows, else the first word that fits."""
    assert infer_media_type(model_id) == media


@pytest.mark.parametrize(
    ("model_id", "references", "target"),
    [
        ("x/y", [], "fal-ai/flux/schnell"),
        ("x/video-1", [], KLING_T2V),
        ("x/video-1", ["image"], KLING_I2V),
        ("x/video-1", ["video", "image"], KLING_REFERENCE),
        ("x/tts", [], "fal-ai/elevenlabs/tts/turbo-v2.5"),
        ("x/metadata", [], "fal-ai/ffmpeg-api/metadata"),
        ("llama-99", [], "llama-3.3-70b-versatile"),
        ("openai/gpt-99", [], "llama-3.3-70b-versatile"),
        ("gmi/video-99", [], "gmi/kling-v3-omni"),
        ("gmi/video-99", ["image"], "gmi/ltx-fast-i2v"),
        ("gmi/video-99", ["video"], "gmi/wan2.7-r2v"),
    ],
)
def test_an_unknown_model_runs_a_default_and_says_so(model_id: str, references: list[str], target: str) -> None:
    """`unknown_model:<id>`, and a stand-in that can use what was given."""
    found = route(model_id, parameters={}, references=references)
    assert (found.model.id, found.fallback_used, found.fallback_reason) == (target, True, f"unknown_model:{model_id}")


def test_the_caller_may_say_what_an_unknown_model_makes() -> None:
    """`media_type` beats the guess; nonsense in it does not."""
    assert route("x/y", parameters={}, media_type="video").model.id == KLING_T2V
    assert route("x/y", parameters={}, media_type="utility").model.id == "fal-ai/flux/schnell"
    assert route("fal-ai/flux/dev", parameters={}, media_type="video").model.id == "fal-ai/flux/dev"


@pytest.mark.parametrize(
    ("model_id", "references", "target", "reason"),
    [
        # fal: a video was given
        ("fal-ai/kling-video/o3/pro/reference-to-video", ["video"], None, None),
        ("fal-ai/kling-video/o3/pro/video-to-video/reference", ["video"], None, None),
        ("fal-ai/kling-video/o3/pro/video-to-video/edit", ["video"], None, None),
        (PRO_T2V, ["video"], KLING_REFERENCE, "incompatible_with_reference_input:text-to-video"),
        (PRO_I2V, ["video", "image"], KLING_REFERENCE, "incompatible_with_reference_input:image-to-video"),
        # fal: an image was given
        (PRO_I2V, ["image"], None, None),
        ("fal-ai/kling-video/o3/pro/reference-to-video", ["image"], None, None),
        (PRO_T2V, ["image"], KLING_I2V, "incompatible_with_reference_input:text-to-video"),
        (KLING_REFERENCE, ["image"], KLING_I2V, "incompatible_with_reference_input:video-reference"),
        # fal: nothing was given, or nothing that counts
        (PRO_T2V, [], None, None),
        (PRO_T2V, ["audio", "text"], None, None),
        (PRO_I2V, [], KLING_T2V, "incompatible_with_text_only:image-to-video"),
        ("fal-ai/latentsync", [], KLING_T2V, "incompatible_with_text_only:lip-sync"),
        ("fal-ai/kling-video/o3/standard/video-extend", [], KLING_T2V, "incompatible_with_text_only:video-to-video"),
        # fal by provider, whatever the prefix
        (
            "xai/grok-imagine-video/text-to-video",
            ["image"],
            KLING_I2V,
            "incompatible_with_reference_input:text-to-video",
        ),
        # specialised models with what they need run themselves
        ("fal-ai/latentsync", ["video", "audio"], None, None),
        ("fal-ai/latentsync", ["video"], KLING_REFERENCE, "incompatible_with_reference_input:lip-sync"),
        ("fal-ai/sadtalker", ["image", "audio"], None, None),
        ("fal-ai/kling-video/o3/standard/video-extend", ["video"], None, None),
        # GMI
        ("gmi/wan2.7-r2v", ["video", "image"], None, None),
        ("gmi/wan2.7-r2v", ["image"], None, None),
        ("gmi/wan2.7-r2v", [], "gmi/kling-v3-omni", "incompatible_with_text_only:reference-to-video"),
        ("gmi/luma-ray2", ["video"], "gmi/wan2.7-r2v", "incompatible_with_reference_input:text-to-video"),
        ("gmi/luma-ray2", ["image"], "gmi/ltx-fast-i2v", "incompatible_with_reference_input:text-to-video"),
        ("gmi/ltx-fast-i2v", ["image"], None, None),
        ("gmi/ltx-fast-i2v", [], "gmi/kling-v3-omni", "incompatible_with_text_only:image-to-video"),
        ("gmi/kling-create-element", [], "gmi/kling-v3-omni", "incompatible_with_text_only:element-creation"),
        # images and sounds are nobody's business here
        ("fal-ai/flux/dev", ["video"], None, None),
        ("cassetteai/video-sound-effects-generator", ["video"], None, None),
    ],
)
def test_video_upgrade(model_id: str, references: list[str], target: str | None, reason: str | None) -> None:
    """A video model that cannot use what was given is replaced by one that can, with the documented reason."""
    found = route(model_id, parameters={}, references=references)
    assert found.model.id == (target or model_id)
    assert found.fallback_reason == (f"{reason}->default:{target}" if target else None)
    assert found.fallback_used is (target is not None)


@pytest.mark.parametrize(
    ("model_id", "references", "target", "reason"),
    [
        ("gmi/wan2.7-i2v", ["video"], "gmi/wan2.7-r2v", "incompatible_with_reference_input:image-to-video"),
        (
            "gmi/happyhorse-1.0-t2v",
            ["image"],
            "gmi/happyhorse-1.0-i2v",
            "incompatible_with_reference_input:text-to-video",
        ),
        ("gmi/happyhorse-1.0-i2v", [], "gmi/happyhorse-1.0-t2v", "incompatible_with_text_only:image-to-video"),
        ("gmi/seedance-2.0-t2v", ["image"], "gmi/seedance-2.0-i2v", "incompatible_with_reference_input:text-to-video"),
    ],
)
def test_gmi_tries_the_same_family_first(model_id: str, references: list[str], target: str, reason: str) -> None:
    """On GMI a sibling that can use what was given goes before the default."""
    found = route(model_id, parameters={}, references=references)
    assert (found.model.id, found.fallback_reason) == (target, f"{reason}->same_family:{target}")


def test_fal_knows_no_families() -> None:
    """On fal the pro text-to-video with an image becomes the standard image-to-video, as documented."""
    assert route(PRO_T2V, parameters={}, references=["image"]).model.id == KLING_I2V


@pytest.mark.parametrize(
    ("parameters", "media"),
    [
        ({"image_url": "https://x/y.png"}, {"image"}),
        ({"image_urls": ["https://x/y.png"]}, {"image"}),
        ({"first_frame": "https://x/y.png"}, {"image"}),
        ({"video_url": "HTTPS://x/y.mp4", "audio_url": "data:audio/wav;base64,AA"}, {"video", "audio"}),
        ({"image_url": "", "video_url": None, "generate_audio": True, "image_size": "square"}, set[str]()),
        ({"image_urls": [], "prompt": "https://x/a.png"}, set[str]()),
        ({"driving_video_url": "https://x"}, {"video"}),
    ],
)
def test_media_in_parameters_counts(parameters: dict[str, Any], media: set[str]) -> None:
    """An address in a parameter is a reference; a flag or an empty string with a telling name is none."""
    assert given_media(parameters, []) == media
    assert given_media(parameters, ["text"]) == media | {"text"}


def test_an_image_to_video_model_with_its_image_in_the_parameters_runs_itself() -> None:
    """An image that was handed over the short way is not thrown away."""
    found = route(PRO_I2V, parameters={"image_url": "https://x/y.png"})
    assert (found.model.id, found.fallback_used) == (PRO_I2V, False)


@pytest.mark.parametrize("table", [MEDIA_DEFAULTS, FALLBACKS, TASK_DEFAULTS])
def test_every_default_exists(table: dict[str, str]) -> None:
    """Each default is a catalog id of the media type it stands for."""
    for task, model_id in table.items():
        model = load_catalog().get(model_id)
        assert model is not None
        kinds = {"image-edit": "image", "image-to-video": "video", "video-reference": "video", "visual-prompt": "text"}
        assert model.media_type == kinds.get(task, task)


@pytest.mark.parametrize(
    ("task", "model_id"),
    [
        ("text", "llama-3.3-70b-versatile"),
        ("image", "fal-ai/nano-banana-2"),
        ("video", KLING_T2V),
        ("audio", "fal-ai/elevenlabs/tts/turbo-v2.5"),
        ("3d", "fal-ai/trellis/multi"),
    ],
)
def test_the_defaults_of_nodes(task: str, model_id: str) -> None:
    """The documented model of a node that names none."""
    assert MEDIA_DEFAULTS[task] == model_id


def test_the_defaults_of_clients() -> None:
    """The documented starting points of a front end."""
    assert TASK_DEFAULTS["text"] == "gmi/deepseek-r1"
    assert TASK_DEFAULTS["image-edit"] == "fal-ai/nano-banana-2/edit"
    assert TASK_DEFAULTS["image-to-video"] == KLING_I2V
    assert TASK_DEFAULTS["video-reference"] == KLING_REFERENCE


def test_every_rule_has_a_default_that_obeys_it() -> None:
    """No upgrade leads to a model that would itself be replaced."""
    for rules in VIDEO_RULES.values():
        for kind, model_id in rules.default.items():
            model = find_model(model_id)
            assert model is not None
            assert model.workflow_type in rules.compatible[kind]


def test_fallbacks_can_be_asked_for() -> None:
    """A caller whose primary failed gets the stand-in of that kind, never an error."""
    assert fallback_model("image").id == "fal-ai/flux/schnell"
    assert fallback_model("video", frozenset({"image"}), provider="gmi-cloud").id == "gmi/ltx-fast-i2v"
    assert fallback_model("nonsense").id == "fal-ai/flux/schnell"


@pytest.mark.parametrize("model_id", ["", "   ", "x" * 201, "a\x00b", "a\nb", "fal-ai/\u202eflux"])
def test_what_is_no_id_is_refused(model_id: str) -> None:
    """Nothing, too much, or what could forge a log line: 400, naming the field."""
    with pytest.raises(BadRequest) as caught:
        route(model_id, parameters={})
    assert caught.value.details["field"] == "model"


@pytest.mark.parametrize("model_id", ["fal-ai/flux/dev", "gmi/seedream-5.0", "elevenlabs-tts", "nobody/knows"])
@pytest.mark.parametrize("function", ["", "../admin", "a/b", "a b", "A", "x" * 65, "a\x00", "a\n", "wallet-auth"])
def test_a_function_must_be_one_of_ours(model_id: str, function: str) -> None:
    """The caller names a function that generates, never a path; also where the model's own route would win."""
    with pytest.raises(BadRequest) as caught:
        route(model_id, parameters={"_edgeFunction": function})
    assert caught.value.details["field"] == "_edgeFunction"


@given(
    st.sampled_from(sorted(load_catalog().models)) | st.text(min_size=1, max_size=40).filter(str.isprintable),
    st.sets(st.sampled_from(["image", "video", "audio", "text", "model"])),
)
def test_every_request_has_a_route_and_a_price(model_id: str, references: set[str]) -> None:
    """Whatever is asked for, a catalog model answers, and a changed model is always told."""
    if not model_id.strip():
        return
    found = route(model_id, parameters={}, references=references)
    assert found.model.credits >= (found.model.provider != ANIMATIC)
    assert found.fallback_used == (found.fallback_reason is not None) == (found.model.id != model_id.strip())
