"""Payloads of GMI's models, a row of the translation tables each."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.gmi_models import SEEDREAM_SIZES, TRANSLATIONS
from wzrd.models.gmi_payloads import find_media_model, translate
from wzrd.models.model_inputs import LONGEST_SHOWN

A, B, C = "https://cdn.example.org/a.png", "https://cdn.example.org/b.mp4", "https://cdn.example.org/c.mp3"
GMI_MEDIA = [m for m in load_catalog().models.values() if m.provider == "gmi-cloud" and m.media_type != "text"]

SEEDREAM = {"prompt": "", "size": "2048x2048", "output_format": "jpeg", "max_images": 1, "watermark": False}
KLING = {"prompt": "", "mode": "std", "duration": "5", "aspect_ratio": "16:9", "sound": "off"}
LTX = {"prompt": "", "duration": 6, "resolution": "1920x1080", "fps": 25, "generate_audio": True}
SEEDANCE = {
    "prompt": "",
    "duration": 5,
    "resolution": "720p",
    "ratio": "16:9",
    "watermark": False,
    "generate_audio": True,
    "web_search": False,
}
WAN = {"prompt": "", "resolution": "1080P", "duration": 5, "prompt_extend": True, "watermark": False}
GEMINI = {"prompt": "", "image_size": "1K", "aspect_ratio": "1:1", "image_output_format": "png"}
CONTENTS: list[dict[str, list[str]]] = [{"parts": []}]


def check(model: str, inputs: dict[str, Any], base: dict[str, Any], changed: dict[str, Any]) -> None:
    """The payload is `base` with what `changed` says; None takes a key away."""
    wanted = {name: value for name, value in {**base, **changed}.items() if value is not None}
    assert translate(model, inputs) == wanted


@pytest.mark.parametrize("model", ["gmi/seedream-5.0", "gmi/seedream-5.0-lite", "seedream-5.0-lite"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({}, {}),
        ({"prompt": "a lamp"}, {"prompt": "a lamp"}),
        ({"image_url": A}, {"image": [A]}),
        ({"image": A, "image_urls": [A, B]}, {"image": [A, B]}),
        ({"imageUrls": [A]}, {"image": [A]}),
        ({"size": "1000x500"}, {"size": "1000x500"}),
        ({"size": "1000X500"}, {"size": "1000x500"}),
        ({"size": "2K", "aspect_ratio": "16:9"}, {"size": "2K"}),
        ({"size": "3k"}, {"size": "3K"}),
        ({"size": "4K", "aspect_ratio": "16:9"}, {"size": "3840x2160"}),
        ({"aspect_ratio": "9:16"}, {"size": "1440x2560"}),
        ({"aspectRatio": "9:16", "resolution": "4k"}, {"size": "2160x3840"}),
        ({"aspect_ratio": "7:1"}, {}),
        ({"output_format": "png"}, {"output_format": "png"}),
        ({"output_format": "bmp"}, {}),
        (
            {"max_images": 4, "sequential_image_generation": "auto"},
            {"max_images": 4, "sequential_image_generation": "auto"},
        ),
        ({"num_images": "3"}, {"max_images": 3, "sequential_image_generation": "auto"}),
        ({"count": 2, "numImages": 1}, {"max_images": 2, "sequential_image_generation": "auto"}),
        (
            {"n": 2, "max_images": 3, "sequential_image_generation": "disabled"},
            {"max_images": 6, "sequential_image_generation": "disabled"},
        ),
        ({"watermark": True}, {"watermark": True}),
    ],
)
def test_seedream(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """A size of the caller's own, else one of the table by ratio and tier."""
    check(model, inputs, SEEDREAM, changed)


def test_seedreams_sizes_fit_their_ratios() -> None:
    """Each size has its ratio within 4 %, tiers grow, and a ratio turned over has its sizes turned over."""
    for ratio, sizes in SEEDREAM_SIZES.items():
        wide, high = map(int, ratio.split(":"))
        pixels = [tuple(map(int, size.split("x"))) for size in sizes]
        assert all(math.isclose(w / h, wide / high, rel_tol=0.04) for w, h in pixels)
        assert [w * h for w, h in pixels] == sorted(w * h for w, h in pixels)
        assert SEEDREAM_SIZES[f"{high}:{wide}"] == tuple(f"{h}x{w}" for w, h in pixels)


@pytest.mark.parametrize("model", ["gmi/kling-v3-omni", "kling-v3-omni"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({}, {}),
        ({"mode": "pro", "prompt": "rain"}, {"mode": "pro", "prompt": "rain"}),
        ({"mode": "ultra"}, {}),
        ({"duration": 3}, {"duration": "3"}),
        ({"duration": "15"}, {"duration": "15"}),
        ({"durationSeconds": 8}, {"duration": "8"}),
        ({"duration": 2}, {}),
        ({"duration": 16}, {}),
        ({"duration": 1e14}, {}),
        ({"aspect_ratio": "1:1"}, {"aspect_ratio": "1:1"}),
        ({"aspect_ratio": "4:3"}, {}),
        ({"generate_audio": True}, {"sound": "on"}),
        ({"generateAudio": True, "sound": "off"}, {}),
        ({"sound": "on"}, {"sound": "on"}),
        ({"image_url": A}, {"image_list": [{"image_url": A, "type": "first_frame"}]}),
        (
            {"video_url": B, "sound": "on", "duration": 9},
            {"video_list": [{"video_url": B, "refer_type": "base", "keep_original_sound": "yes"}], "duration": None},
        ),
        ({"element_ids": [7, "e8"]}, {"element_list": [{"element_id": 7}, {"element_id": "e8"}]}),
        (
            {"multi_shot": True, "shot_type": "customize", "multi_prompt": [{"index": 1, "prompt": "x"}]},
            {"multi_shot": True, "shot_type": "customize", "multi_prompt": [{"index": 1, "prompt": "x"}]},
        ),
        ({"watermark_info": {"enabled": False}}, {"watermark_info": {"enabled": False}}),
    ],
)
def test_kling(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """Seconds as a text from 3 to 15, else 5; a clip given brings its own length and sound."""
    check(model, inputs, KLING, changed)


@pytest.mark.parametrize("model", ["gmi/ltx-fast-i2v", "ltx-2-fast-image-to-video"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({}, {}),
        ({"image_uri": A, "image_url": B}, {"image_uri": A}),
        ({"image_url": A}, {"image_uri": A}),
        ({"image": [A, B]}, {"image_uri": A}),
        ({"resolution": "1440p"}, {"resolution": "2560x1440"}),
        ({"resolution": "4K"}, {"resolution": "3840x2160"}),
        ({"resolution": "3840x2160"}, {"resolution": "3840x2160"}),
        ({"resolution": "8k"}, {}),
        ({"fps": 50}, {"fps": 50}),
        ({"fps": 24}, {}),
        ({"duration": 20}, {"duration": 20}),
        ({"duration": 21}, {"duration": 20}),
        ({"duration": 9}, {"duration": 8}),
        ({"duration": "7.5s"}, {"duration": 6}),
        ({"duration": 0.5}, {}),
        ({"duration": 20, "fps": 50}, {"duration": 10, "fps": 50}),
        ({"duration": 9, "resolution": "4k"}, {"duration": 8, "resolution": "3840x2160"}),
        ({"generate_audio": False}, {"generate_audio": False}),
        ({"generateAudio": "false"}, {"generate_audio": False}),
        ({"camera_motion": "dolly_in"}, {"camera_motion": "dolly_in"}),
        ({"camera_motion": "barrel_roll"}, {}),
    ],
)
def test_ltx_fast(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """The seconds that the model has at this resolution and rate; a motion it does not know is left out."""
    check(model, inputs, LTX, changed)


@pytest.mark.parametrize("model", ["gmi/ltx-pro-a2v", "ltx-2-pro-audio-to-video"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({"audio_uri": C}, {"audio_uri": C}),
        ({"audio_url": C, "image_url": A}, {"audio_uri": C, "image_uri": A}),
        ({"guidance_scale": 7.5, "resolution": "4k"}, {"guidance_scale": 7.5}),
    ],
)
def test_ltx_from_sound(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """One resolution; sound and picture under LTX's own names."""
    check(model, inputs, {"prompt": "", "resolution": "1920x1080"}, changed)


@pytest.mark.parametrize(
    "model",
    [
        "gmi/seedance-2.0-t2v",
        "gmi/seedance-2.0-i2v",
        "gmi/seedance-2.0-fast",
        "seedance-2-0-260128",
        "seedance-2-0-fast-260128",
    ],
)
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({}, {}),
        ({"first_frame": A, "image_url": B}, {"first_frame": A}),
        ({"image_urls": [A, B]}, {"first_frame": A}),
        ({"last_frame": A}, {"last_frame": A}),
        (
            {"reference_images": [A], "reference_videos": B, "reference_audios": [C], "reference_asset_ids": ["x1"]},
            {"reference_images": [A], "reference_videos": [B], "reference_audios": [C], "reference_asset_ids": ["x1"]},
        ),
        ({"duration": 4.4}, {"duration": 4}),
        ({"duration": 1}, {"duration": 4}),
        ({"duration": 999}, {"duration": 15}),
        ({"resolution": "1080P"}, {"resolution": "1080p"}),
        ({"resolution": "4k"}, {}),
        ({"aspect_ratio": "adaptive"}, {"ratio": "adaptive"}),
        ({"ratio": "21:9"}, {"ratio": "21:9"}),
        ({"seed": 4294967295}, {"seed": 4294967295}),
        ({"seed": 0}, {"seed": 0}),
        ({"seed": -1}, {}),
        ({"watermark": True, "web_search": True}, {"watermark": True, "web_search": True}),
        ({"generate_audio": False}, {"generate_audio": False}),
    ],
)
def test_seedance(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """4 to 15 whole seconds; the first picture is the first frame."""
    check(model, inputs, SEEDANCE, changed)


@pytest.mark.parametrize("model", ["gmi/wan2.7-i2v", "wan2.7-i2v", "gmi/wan-2.7-i2v"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({"image_url": A, "negative_prompt": "rain"}, {"first_frame": A, "negative_prompt": "rain"}),
        ({"last_frame": A, "first_clip": B}, {"last_frame": A, "first_clip": B}),
        ({"audio_url": C}, {"driving_audio": C}),
        ({"driving_audio": C, "audio_url": A}, {"driving_audio": C}),
        ({"resolution": "720p"}, {"resolution": "720P"}),
        ({"resolution": "4k"}, {}),
        ({"duration": 1}, {"duration": 2}),
        ({"duration": 60}, {"duration": 15}),
        ({"prompt_extend": False, "watermark": True}, {"prompt_extend": False, "watermark": True}),
        ({"seed": 2147483647}, {"seed": 2147483647}),
    ],
)
def test_wan_from_a_picture(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """720P or 1080P, 2 to 15 seconds."""
    check(model, inputs, WAN, changed)


@pytest.mark.parametrize("model", ["gmi/wan2.7-r2v", "wan2.7-r2v"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({"image_url": A, "video_url": B}, {"reference_image": [A], "reference_video": [B]}),
        ({"image_urls": [A, B]}, {"reference_image": [A]}),
        (
            {"reference_image": [f"{A}?{n}" for n in range(7)]},
            {"reference_image": [f"{A}?{n}" for n in range(5)]},
        ),
        ({"first_frame": A, "aspect_ratio": "4:3"}, {"first_frame": A, "ratio": "4:3"}),
        ({"ratio": "21:9"}, {}),
    ],
)
def test_wan_from_references(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """At most five references of a kind; a plain picture or clip is one."""
    check(model, inputs, {**WAN, "ratio": "16:9"}, changed)


@pytest.mark.parametrize("model", ["gmi/gemini-3.1-flash-image-preview", "gemini-3.1-flash-image-preview"])
@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({}, {}),
        ({"image_urls": [A, B]}, {"image": [A, B]}),
        ({"image_size": "4k", "aspect_ratio": "21:9"}, {"image_size": "4K", "aspect_ratio": "21:9"}),
        ({"image_size": "8K", "aspect_ratio": "1:9"}, {}),
        ({"image_output_format": "jpeg"}, {"image_output_format": "jpeg"}),
        ({"contents": CONTENTS}, {"contents": CONTENTS}),
    ],
)
def test_gemini_image(model: str, inputs: dict[str, Any], changed: dict[str, Any]) -> None:
    """Four sizes and ten ratios."""
    check(model, inputs, GEMINI, changed)


@pytest.mark.parametrize(
    ("model", "inputs", "payload"),
    [
        (
            "veo-3",
            {"prompt": "p", "image_url": A, "duration": 6, "aspect_ratio": "9:16", "generate_audio": False, "x": 1},
            {"prompt": "p", "image": A, "durationSeconds": 6, "aspectRatio": "9:16", "generateAudio": False},
        ),
        ("gmi/veo3", {"prompt": "p", "durationSeconds": "8"}, {"prompt": "p", "durationSeconds": "8"}),
        ("sora-2", {"prompt": "p", "last_frame": A}, {"prompt": "p", "lastFrame": A}),
        ("bria-fibo", {"image_urls": [A, B], "negative_prompt": "n"}, {"image": A, "negativePrompt": "n"}),
        ("bria-fibo", {"image": [A, B]}, {"image": [A, B]}),
        ("gmi/elevenlabs-tts-v3", {"text": "hello", "audio_url": C}, {"prompt": "hello", "voice_sample": C}),
        ("happyhorse1.0-i2v", {"prompt": "p", "image_url": A}, {"prompt": "p", "first_frame": A}),
        ("happyhorse1.0-t2v", {"aspect_ratio": "1:1", "duration": "4"}, {"ratio": "1:1", "duration": "4"}),
        ("veo-3", {"frames": 3, "path": "/tmp/x", "_edgeFunction": "f"}, {"frames": 3}),
        ("gmi/luma-ray2", {"prompt": "p", "anything": [1]}, {"prompt": "p", "anything": [1]}),
        ("kling-create-element", {"frontal_image": A}, {"frontal_image": A}),
        ("a-model-of-tomorrow", {"prompt": "p", "k": {"a": None}}, {"prompt": "p", "k": {"a": None}}),
    ],
)
def test_every_other_model(model: str, inputs: dict[str, Any], payload: dict[str, Any]) -> None:
    """The keys of the catalog's row, whatever name their values came under; unchanged where there is none of them."""
    assert translate(model, inputs) == payload


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        ("seedance-2-0-260128", "duration", -5),
        ("seedance-2-0-260128", "duration", 0),
        ("seedance-2-0-260128", "duration", math.nan),
        ("seedance-2-0-260128", "duration", math.inf),
        ("seedance-2-0-260128", "duration", 10**400),
        ("seedance-2-0-260128", "duration", True),
        ("seedance-2-0-260128", "duration", [5]),
        ("seedance-2-0-260128", "durationSeconds", "a while"),
        ("seedance-2-0-260128", "seed", 4294967296),
        ("seedance-2-0-260128", "seed", 1.5),
        ("seedance-2-0-260128", "seed", -2),
        ("seedance-2-0-260128", "watermark", "perhaps"),
        ("seedance-2-0-260128", "prompt", {"text": "x"}),
        ("seedance-2-0-260128", "image_url", 7),
        ("seedance-2-0-260128", "reference_images", [None]),
        ("wan2.7-i2v", "seed", 2147483648),
        ("kling-v3-omni", "duration", "-3"),
        ("kling-v3-omni", "element_ids", "e1"),
        ("kling-v3-omni", "multi_prompt", [math.nan]),
        ("ltx-2-fast-image-to-video", "fps", "fast"),
        ("ltx-2-fast-image-to-video", "generate_audio", 1),
        ("ltx-2-pro-audio-to-video", "guidance_scale", "high"),
        ("seedream-5.0-lite", "size", "widexhigh"),
        ("seedream-5.0-lite", "max_images", 0),
        ("seedream-5.0-lite", "max_images", 99),
        ("seedream-5.0-lite", "num_images", 16),
        ("veo-3", "durationSeconds", -8),
        ("veo-3", "prompt", 5),
        ("luma-ray2", "prompt", "half \ud83d"),
        ("luma-ray2", "anything", b"bytes"),
        ("luma-ray2", "anything", 2**64),
    ],
)
def test_what_no_model_can_take_is_refused(model: str, field: str, value: object) -> None:
    """The error names the field, shows the value (not all of a long one) and says what it must be."""
    with pytest.raises(BadRequest) as refused:
        translate(model, {field: value})
    assert refused.value.details["field"] == field
    assert refused.value.message.startswith(f"{field} cannot be {repr(value)[:LONGEST_SHOWN]}")
    assert "must be" in refused.value.message
    assert len(refused.value.message) < 300


def test_each_own_translation_belongs_to_a_model_of_the_catalog() -> None:
    """No table row that nothing leads to, and every media model of GMI is found by both of its names."""
    assert {model.endpoint_id for model in GMI_MEDIA} >= TRANSLATIONS.keys()
    for model in GMI_MEDIA:
        assert not model.endpoint_id.startswith("gmi/")
        by_id, by_endpoint = find_media_model(model.id), find_media_model(model.endpoint_id)
        assert by_id is model
        assert by_endpoint is not None
        assert by_endpoint.endpoint_id == model.endpoint_id


_NAMES = sorted(
    {key for model in GMI_MEDIA for key in (*model.payload_keys, *model.supports)}
    | {"seed", "size", "fps", "video_url", "audio_url", "element_ids", "max_images", "mode", "path"}
)
_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([A, "5", "16:9", "x", "é\ud83d"])
_VALUES = _PLAIN | st.lists(_PLAIN, max_size=2) | st.just({"a": [1]})


@given(st.sampled_from(GMI_MEDIA), st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=6))
def test_any_input_is_translated_or_refused(model: Model, inputs: dict[str, Any]) -> None:
    """Whatever is given: JSON that a server can read, the same each time, or a BadRequest that names a field."""
    endpoint, field = model.endpoint_id, None
    payload: dict[str, Any] = {}
    try:
        payload = translate(endpoint, inputs)
    except BadRequest as error:
        field = error.details["field"]
    assert field is None or field in {*inputs, "prompt", "duration", "seed"}
    assert json.loads(json.dumps(payload, allow_nan=False)) == payload
    assert "path" not in payload
    assert field is not None or translate(endpoint, dict(inputs)) == payload


@pytest.mark.parametrize(
    ("inputs", "sent"),
    [
        ({"n": 1, "num_images": 3}, 3),
        ({"n": 4}, 4),
        ({"count": "2"}, 2),
        ({"numImages": 2.0}, 2),
        ({"prompt": "x"}, None),
    ],
)
def test_how_many_by_the_models_own_name(inputs: dict[str, Any], sent: int | None) -> None:
    """The catalog's default of one hides nothing: the largest number is what is held for, and what is sent."""
    payload = translate("gpt-image-2", inputs)
    assert payload.get("n") == sent
    assert "num_images" not in payload
    assert "count" not in payload


def test_a_model_that_makes_one_is_not_told_how_many() -> None:
    """It knows no name for it; what does not come is not paid."""
    assert "num_images" not in translate("wan2.7-i2v", {"prompt": "x", "num_images": 3})
