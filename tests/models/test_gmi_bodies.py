"""Bodies of GMI Cloud's models, made of what its documented client sends."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.models.bodies import ModelBody, make_body, schema_of
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.output_counts import order_outputs
from wzrd.models.schemas.field_values import read_shape
from wzrd.models.schemas.input_schemas import find_schema

A, B, C = "https://cdn.example.org/a.png", "https://cdn.example.org/b.mp4", "https://cdn.example.org/c.mp3"
MODELS = load_catalog().models
GMI_MEDIA = [model for model in MODELS.values() if model.provider == "gmi-cloud" and model.media_type != "text"]


@pytest.mark.parametrize(
    ("model_id", "inputs", "expected"),
    [
        ("gmi/seedream-5.0-lite", {}, {"size": "2048x2048", "output_format": "jpeg"}),
        ("gmi/seedream-5.0-lite", {"image_url": A}, {"image": [A]}),
        ("gmi/seedream-5.0-lite", {"imageUrls": [A], "size": "1000x500"}, {"image": [A], "size": "1000x500"}),
        ("gmi/seedream-5.0-lite", {"size": "3k"}, {"size": "3K"}),
        ("gmi/seedream-5.0-lite", {"aspect_ratio": "9:16"}, {"size": "1440x2560"}),
        ("gmi/seedream-5.0-lite", {"aspectRatio": "9:16", "resolution": "4k"}, {"size": "2160x3840"}),
        ("gmi/kling-v3-omni", {}, {"mode": "std", "duration": "5", "aspect_ratio": "16:9", "sound": "off"}),
        ("gmi/kling-v3-omni", {"duration": 3}, {"duration": "3"}),
        ("gmi/kling-v3-omni", {"durationSeconds": 20}, {"duration": "15"}),
        ("gmi/kling-v3-omni", {"generate_audio": True}, {"sound": "on"}),
        ("gmi/kling-v3-omni", {"image_url": A, "image_urls": [A]},
         {"image_list": [{"image_url": A, "type": "first_frame"}]}),
        ("gmi/kling-v3-omni", {"video_url": B},
         {"video_list": [{"video_url": B, "refer_type": "base", "keep_original_sound": "yes"}]}),
        ("gmi/kling-v3-omni", {"element_ids": [7, "e8"]}, {"element_list": [{"element_id": 7}, {"element_id": "e8"}]}),
        ("gmi/ltx-fast-i2v", {"image_url": A, "resolution": "2560x1440", "fps": 50, "generateAudio": "false"},
         {"image_uri": A, "resolution": "2560x1440", "fps": 50, "generate_audio": False, "duration": 6}),
        ("gmi/ltx-fast-i2v", {"image": A, "duration_seconds": "7.5s", "camera_motion": "dolly_in"},
         {"duration": 8, "camera_motion": "dolly_in"}),
        ("gmi/ltx-pro-a2v", {"audio_url": C, "image_url": A}, {"audio_uri": C, "image_uri": A}),
        ("gmi/seedance-2.0-i2v", {"image_urls": [A, f"{A}?2"]}, {"first_frame": A, "reference_images": None}),
        ("gmi/seedance-2.0-i2v", {"first_frame": A, "image_url": A}, {"first_frame": A}),
        ("gmi/seedance-2.0-t2v", {"reference_images": [A], "reference_audios": C, "seed": -1, "aspect_ratio": "21:9"},
         {"reference_images": [A], "reference_audios": [C], "seed": None, "ratio": "21:9"}),
        ("gmi/wan-2.7-i2v", {"image_url": A, "audio_url": C, "resolution": "720p"},
         {"first_frame": A, "driving_audio": C, "resolution": "720P"}),
        ("gmi/wan-2.7-r2v", {"image_urls": [A], "video_url": B}, {"reference_image": [A], "reference_video": [B]}),
        ("gmi/gemini-3.1-flash-image-preview", {"image_urls": [A], "image_size": "4k", "aspect_ratio": "21:9"},
         {"image": [A], "image_size": "4K", "aspect_ratio": "21:9"}),
        ("gmi/gemini-3.1-flash-image-preview", {"resolution": "1080p", "ratio": "9:16"},
         {"image_size": "1K", "aspect_ratio": "9:16"}),
        ("gmi/sora-2-pro", {"duration": 5, "aspect_ratio": "9:16", "image_url": A},
         {"seconds": "4", "size": "720x1280", "input_reference": A}),
        ("gmi/veo-3-1-generate-preview", {"image_url": A, "generate_audio": False, "duration_seconds": 7},
         {"image": A, "generateAudio": False, "durationSeconds": 6}),
        ("gmi/wan2-6-i2v", {"image_url": A, "sound": True}, {"img_url": A, "audio": True}),
        ("gmi/elevenlabs-tts-v3", {"prompt": "hello"}, {"text": "hello"}),
        ("gmi/bria-fibo", {"image_urls": [A, B], "negative_prompt": "n"}, {"image": A, "negativePrompt": "n"}),
        ("gmi/bria-fibo", {"image": [A, B], "anything": 1}, {"image": [A, B], "anything": None}),
        ("gmi/kling-create-element",
         {"element_name": "Ada", "element_description": "a pilot", "reference_type": "image_refer", "frontal_image": A,
          "refer_images": [A], "tag_list": [{"tag_id": "o_102"}]},
         {"frontal_image": A, "refer_images": [A], "tag_list": [{"tag_id": "o_102"}], "prompt": None}),
        ("gmi/seedream-3-0-t2i-250415", {"size": "1024x1024", "image_url": A}, {"size": "1024x1024", "image": None}),
    ],
)  # fmt: skip
def test_a_thing_goes_under_the_models_own_name(
    model_id: str, inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    """By its schema, else by the catalog's row: names, spellings, wrapped addresses."""
    needed = (
        {"image_url": A} if "image_uri" in schema_of(MODELS[model_id]).required and A not in inputs.values() else {}
    )
    made = make_body(MODELS[model_id], {"prompt": "rain on a quay", **needed, **inputs}).inputs
    assert {name: made.get(name) for name in expected} == expected
    if schema := find_schema("gmi-cloud", MODELS[model_id].endpoint_id):
        assert schema.problems(made) == []


@pytest.mark.parametrize(
    ("model_id", "inputs", "told"),
    [
        ("gmi/seedance-2.0-t2v", {"duration": 999}, "duration cannot be 999: it must be a whole number from 4 to 15"),
        ("gmi/seedance-2.0-t2v", {"watermark": "perhaps"}, "watermark cannot be 'perhaps': it must be true or false"),
        ("gmi/kling-v3-omni", {"aspect_ratio": "4:3"}, "it must be one of 16:9, 9:16, 1:1"),
        ("gmi/kling-v3-omni", {"element_ids": "e1"}, "element_ids cannot be 'e1'"),
        ("gmi/seedream-5.0-lite", {"size": "widexhigh"}, "size cannot be 'widexhigh': it must be one of 2048x2048"),
        ("gmi/ltx-fast-i2v", {"prompt": "x"}, "needs image_uri: give an address"),
        ("gmi/veo-3-1-generate-preview", {"durationSeconds": 5}, "cannot be 5: it must be one of 4, 6, 8"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(model_id: str, inputs: dict[str, Any], told: str) -> None:
    """Before anything is held: field, value and what is allowed are named."""
    with pytest.raises(BadRequest) as refused:
        make_body(MODELS[model_id], {"prompt": "rain", **inputs})
    assert told in refused.value.message
    assert refused.value.details["field"]


def test_what_has_no_place_is_told() -> None:
    """Unfiltered parameters of the documented client, and of several pictures those that the model does not take."""
    made = make_body(MODELS["gmi/seedance-2.0-i2v"], {"image_urls": [A, f"{A}?2"], "style": 3, "durationSeconds": 60})
    assert made.ignored == {
        "image_urls": "first_frame takes no more of them",
        "style": "the model has no such input",
        "durationSeconds": "duration is 15, the nearest that it has",
    }


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "4:3", "3:4", "1:1", "3:2", "2:3"])
@pytest.mark.parametrize(("resolution", "more_than"), [("2K", 3.6e6), ("3K", 4.6e6), ("4K", 7e6)])
def test_seedreams_sizes_fit_their_ratios(ratio: str, resolution: str, more_than: float) -> None:
    """Each size has its ratio within 4 %, and as many pixels as its tier."""
    given_inputs = {"prompt": "a lamp", "aspect_ratio": ratio, "resolution": resolution}
    width, height = map(int, make_body(MODELS["gmi/seedream-5.0-lite"], given_inputs).inputs["size"].split("x"))
    assert width / height == pytest.approx(read_shape(ratio), rel=0.04)
    assert width * height > more_than


@pytest.mark.parametrize(
    ("model_id", "inputs", "sent"),
    [
        ("gmi/gpt-image-2", {"n": 1, "num_images": 3}, {"n": 3}),
        ("gmi/gpt-image-2", {"numImages": 2.0}, {"n": 2}),
        ("gmi/seedream-5.0-lite", {"num_images": "3"}, {"max_images": 3, "sequential_image_generation": "auto"}),
        ("gmi/seedream-5.0-lite", {"count": 2, "sequential_image_generation": "disabled"},
         {"sequential_image_generation": "disabled"}),
        ("gmi/wan-2.7-i2v", {"num_images": 3}, {}),
    ],
)  # fmt: skip
def test_how_many_by_the_models_own_name(model_id: str, inputs: dict[str, Any], sent: dict[str, Any]) -> None:
    """As many are asked for as are held for; a model that knows no name for it, or makes one, is told none."""
    ordered = order_outputs(MODELS[model_id], {"prompt": "x", **inputs})
    made = make_body(MODELS[model_id], ordered.inputs).inputs
    names = ("n", "num_images", "numImages", "count", "max_images", "sequential_image_generation")
    assert {name: made[name] for name in names if name in made} == sent
    assert ordered.count == next((sent[name] for name in ("n", "max_images") if name in sent), 1)


_NAMES = sorted(
    {key for model in GMI_MEDIA for key in (*model.payload_keys, *model.supports, *schema_of(model).properties)}
    | {"seed", "size", "fps", "video_url", "audio_url", "element_ids", "mode", "durationSeconds"}
)
_PLAIN = st.none() | st.booleans() | st.integers(-9, 10**6) | st.floats(-9, 90) | st.sampled_from([A, "5", "16:9", "x"])
_VALUES = _PLAIN | st.lists(_PLAIN, max_size=2) | st.just({"a": [1]})


def fitted(model: Model, inputs: dict[str, Any]) -> tuple[ModelBody | None, BadRequest | None]:
    """The body, or why there is none."""
    try:
        return make_body(model, inputs), None
    except BadRequest as error:
        return None, error


@given(st.sampled_from(GMI_MEDIA), st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=6))
def test_any_input_is_fitted_or_refused(model: Model, inputs: dict[str, Any]) -> None:
    """Whatever is given: a body that is valid where a schema is known, the same each time, or a field is named."""
    body, refused = fitted(model, inputs)
    if body is None:
        assert refused is not None
        assert refused.details["field"]
        return
    assert json.loads(json.dumps(body.inputs)) == body.inputs
    schema = find_schema(model.provider, model.endpoint_id)
    assert schema is None or schema.problems(body.inputs) == []
    assert make_body(model, inputs) == body
