"""Bodies of every model whose vendor has told a schema, made of what requests say."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.contracts.generate import OutputConfig, ReferenceAsset
from wzrd.domain.errors import BadRequest
from wzrd.models import bodies
from wzrd.models.bodies import check_fields, make_body, schema_of
from wzrd.models.body_maker import ROLES
from wzrd.models.catalog import find_model, load_catalog
from wzrd.models.generation_inputs import merge_inputs
from wzrd.models.schemas.field_values import read_shape
from wzrd.models.schemas.input_schemas import InputSchema, find_schema
from wzrd.models.schemas.openapi import read_answer
from wzrd.models.shot_orders import ShotOrder

A, B, C = (f"https://files.example/{name}" for name in ("a.png", "b.png", "c.png"))
CLIP, SOUND = "https://files.example/a.mp4", "https://files.example/a.mp3"
MODELS = load_catalog().models
KNOWN = {one.id: one for one in MODELS.values() if schema_of(one).sources}
MORE_NEEDED = frozenset({"gmi/wan2-6-r2v", "gmi/bria-video-eraser", "gmi/skyreels-v4-text-to-video"})
"""Rows that say they make a clip of a picture, while their vendor wants clips, or words alone."""
SHOWN = sorted(one.id for one in KNOWN.values() if one.media_type in {"image", "video"})


def body(model_id: str, inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body alone."""
    return make_body(MODELS[model_id], inputs, **more).inputs


def attempt(model_id: str, asked: dict[str, Any] | ShotOrder) -> tuple[dict[str, Any], BadRequest | None]:
    """The body, or why there is none."""
    try:
        made = asked.body_for(MODELS[model_id]) if isinstance(asked, ShotOrder) else make_body(MODELS[model_id], asked)
    except BadRequest as error:
        return {}, error
    return made.inputs, None


def problems(model_id: str, inputs: dict[str, Any]) -> list[dict[str, Any]]:
    """Faults of a body by the vendor's schema."""
    schema = find_schema(MODELS[model_id].provider, MODELS[model_id].endpoint_id)
    assert schema is not None
    return schema.problems(inputs)


@pytest.mark.parametrize(
    ("model_id", "inputs", "expected"),
    [
        ("fal-ai/kling-video/v3/pro/image-to-video", {"image_url": A, "duration_seconds": 5, "fps": 24},
         {"start_image_url": A, "duration": "5"}),
        ("fal-ai/kling-video/v2.6/pro/image-to-video", {"image_url": A, "image_urls": [A]}, {"start_image_url": A}),
        ("fal-ai/sora-2/text-to-video", {"duration_seconds": 5}, {"duration": 4}),
        ("fal-ai/kling-video/v3/pro/image-to-video", {"image_url": A, "num_frames": 121}, {"duration": "5"}),
        ("fal-ai/kling-video/v3/pro/image-to-video", {"image_url": A, "numFrames": "81", "fps": 16}, {"duration": "5"}),
        ("fal-ai/magi", {"number_of_frames": 120, "fps": 12}, {"num_frames": 120}),
        ("fal-ai/gpt-image-1.5", {"image_size": None, "aspect_ratio": "9:16"}, {"image_size": "1024x1536"}),
        ("fal-ai/sadtalker", {"image_url": A, "audio_url": SOUND}, {"source_image_url": A, "driven_audio_url": SOUND}),
        ("fal-ai/kling-video/lipsync/audio-to-video", {"video_url": CLIP, "audio_url": SOUND}, {"video_url": CLIP}),
        ("fal-ai/ffmpeg-api/metadata", {"url": CLIP}, {"media_url": CLIP}),
        ("fal-ai/ffmpeg-api/metadata", {"video_url": CLIP}, {"media_url": CLIP}),
        ("fal-ai/workflow-utilities/extract-nth-frame", {"video_url": CLIP, "nth": 10}, {"frame_interval": 10}),
        ("fal-ai/trellis/multi", {"image_url": A}, {"image_urls": [A]}),
        ("fal-ai/veo3.1", {"duration": 8}, {"duration": "8s"}),
        ("fal-ai/veo3.1/first-last-frame-to-video", {"image_urls": [A, B]},
         {"first_frame_url": A, "last_frame_url": B}),
        ("fal-ai/veo3.1/reference-to-video", {"image_url": A, "image_urls": [A, B]}, {"image_urls": [A, B]}),
        ("fal-ai/flux/dev", {"aspectRatio": "9:16"}, {"image_size": "portrait_16_9"}),
        ("fal-ai/flux/dev", {"width": 960, "height": "544"}, {"image_size": {"width": 960, "height": 544}}),
        ("fal-ai/flux/dev", {"image_size": "960x544"}, {"image_size": {"width": 960, "height": 544}}),
        ("fal-ai/nano-banana-2", {"width": 1920, "height": 1080}, {"aspect_ratio": "16:9"}),
        ("fal-ai/kling-video/v3/pro/image-to-video", {"image_url": A, "last_frame": A},
         {"start_image_url": A, "end_image_url": A}),
        ("fal-ai/minimax/speech-2.8-hd", {"prompt": "", "text": "Hello."}, {"prompt": "Hello."}),
        ("fal-ai/chatterbox/text-to-speech", {"prompt": "Hello."}, {"text": "Hello."}),
        ("cassetteai/music-generator", {}, {"duration": 30}),
        ("cassetteai/video-sound-effects-generator", {"video_url": CLIP}, {"video_url": CLIP}),
    ],
)  # fmt: skip
def test_a_thing_goes_under_the_models_own_name(
    model_id: str, inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Names that the documented client sends, as each vendor has them; and the whole is valid."""
    made = body(model_id, {"prompt": "rain on a quay", **inputs})
    assert {name: made.get(name) for name in expected} == expected
    assert problems(model_id, made) == []


@pytest.mark.parametrize(
    ("model_id", "inputs", "told"),
    [
        ("fal-ai/kling-video/v3/pro/image-to-video", {}, "needs start_image_url: give an address"),
        ("fal-ai/veo3.1", {"duration": 5}, "duration cannot be 5: it must be one of 4s, 6s, 8s"),
        ("fal-ai/flux/dev", {"num_images": 9}, "num_images cannot be 9: it must be a whole number from 1 to 4"),
        ("fal-ai/flux/dev", {"seed": "soon"}, "seed cannot be 'soon': it must be a whole number"),
        ("fal-ai/nano-banana-2/edit", {"image_urls": [7]}, "image_urls.0 cannot be 7: it must be a text"),
        (
            "fal-ai/kling-video/o3/pro/text-to-video",
            {"multi_prompt": [{"duration": "5"}]},
            "needs multi_prompt.0.prompt: give a text",
        ),
        (
            "fal-ai/kling-video/o3/pro/text-to-video",
            {"multi_prompt": [{"prompt": "x", "duratoin": "5"}]},
            "has no input 'multi_prompt.0.duratoin': the nearest is duration",
        ),
        ("fal-ai/flux/dev", {"image_size": {"width": 0, "height": 512}}, "width (a whole number above 0"),
    ],
)
def test_a_value_that_cannot_be_is_refused(model_id: str, inputs: dict[str, Any], told: str) -> None:
    """Under the schema's own name nothing is guessed: field, value and what is allowed are named."""
    with pytest.raises(BadRequest) as refused:
        body(model_id, {"prompt": "rain on a quay", **inputs})
    assert told in refused.value.message
    assert refused.value.details["field"]


def test_a_length_of_any_precision_is_brought_to_one_that_there_is() -> None:
    """As a clip's frames give it: no length in seconds is too exact to be read."""
    model = MODELS["gmi/pixverse-v5-5-i2v"]
    for seconds, made in ((1.6640625, "5"), (6.6, "8"), (1e9, "10")):
        roles = {"prompt": "rain", "first_frame": A, "shape": "16:9", "resolution": "1080p", "seconds": seconds}
        assert make_body(model, {}, roles=roles).inputs["duration"] == made


@pytest.mark.parametrize(("said", "sent"), [(8, "8s"), ("8", "8s"), ("8s", "8s"), ("6s", "6s")])
def test_a_length_is_spelled_as_the_one_that_the_vendor_names(said: object, sent: str) -> None:
    """Of a text that tells nothing but its default; another length that a caller writes is the vendor's to judge."""
    model = load_catalog().models["fal-ai/veo3.1/reference-to-video"]
    given = {"prompt": "a quay", "image_urls": ["https://pictures.example/a.png"], "duration": said}
    assert make_body(model, given, roles={}).inputs["duration"] == sent


def test_what_has_no_place_is_left_out_and_told() -> None:
    """Unknown names, files of another kind, a number that was brought to the nearest."""
    made = make_body(
        MODELS["fal-ai/sora-2/image-to-video"],
        {
            "prompt": "rain",
            "image_urls": [A, B],
            "audio_url": SOUND,
            "duration_seconds": 5,
            "camera": {"tilt": 1},
            "_x": 1,
        },
    )
    assert made.inputs == {"prompt": "rain", "image_url": A, "duration": 4}
    assert made.ignored == {
        "image_urls": "image_url takes no more of them",
        "audio_url": "the model has no such input",
        "duration_seconds": "duration is 4, the nearest that it has",
        "camera": "the model has no such input",
    }
    assert make_body(MODELS["fal-ai/flux/dev"], {"prompt": "rain", "text": "rain", "count": None}).ignored == {}


def test_for_one_model_an_unknown_name_is_an_error() -> None:
    """With the nearest name; names of a role are known everywhere."""
    model = MODELS["fal-ai/flux/dev"]
    with pytest.raises(BadRequest, match="has no input 'guidance_skale': the nearest is guidance_scale"):
        make_body(model, {"prompt": "rain", "guidance_skale": 3}, strict=True)
    assert make_body(model, {"prompt": "rain", "aspect_ratio": "16:9"}, strict=True).inputs["image_size"]


def test_a_model_without_a_schema_gets_all_as_it_is() -> None:
    """Nobody can say what it takes: what is wished goes by the names that its row has."""
    made = make_body(MODELS["fal-ai/vidu/v2.5/image-to-video"], {"x": 1}, roles={"first_frame": A, "seconds": 4.2})
    assert made.inputs == {"aspect_ratio": "16:9", "x": 1, "image_url": A}


URLS = st.lists(st.sampled_from([A, B, C]), max_size=4)
WORDS = st.sampled_from(["", "rain on a quay", "5", "x" * 700])
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "prompt": WORDS,
        "text": WORDS,
        "negative_prompt": WORDS,
        "image_url": st.sampled_from([A, B]),
        "image_urls": URLS,
        "video_url": st.just(CLIP),
        "audio_url": st.just(SOUND),
        "duration_seconds": st.integers(1, 60) | st.sampled_from(["5", "8s", 7.5]),
        "seconds": st.floats(0.5, 90),
        "ratio": st.sampled_from(["16:9", "9:16", "2.39:1", "1:1", "nonsense", "auto"]),
        "size": st.sampled_from(["square_hd", "1024x1536", "landscape_4_3", {"width": 640, "height": 480}]),
        "sound": st.booleans(),
        "aspectRatio": st.none(),
        "first_frame": st.sampled_from([A, C]),
        "last_frame": st.sampled_from([B, C]),
        "camera": st.just({"tilt": 1}),
        "styleReferenceUrl": st.just(C),
    },
)


@given(st.sampled_from(sorted(KNOWN)), REQUESTS, URLS)
def test_every_body_of_a_request_is_valid(model_id: str, inputs: dict[str, Any], pictures: list[str]) -> None:
    """Whatever a documented client sends: what leaves is valid by the vendor's schema, or it is refused by name."""
    references = [ReferenceAsset(url=url, type="image") for url in pictures]
    made, refused = attempt(model_id, merge_inputs(inputs, references, OutputConfig()))
    assert refused.details["field"] if refused else problems(model_id, made) == []


@given(
    st.sampled_from(SHOWN),
    st.sampled_from([None, "16:9", "9:16", "2.39:1", "4:3", "nonsense"]),
    st.floats(0.5, 120),
    st.sampled_from(["480p", "720p", "1080p", "1920x1080", "4k"]),
    st.booleans(),
    st.sampled_from([12, 24, 25, 50]),
)
def test_every_body_of_a_shot_is_valid(
    model_id: str, ratio: str | None, seconds: float, resolution: str, sound: bool, fps: int
) -> None:
    """A shot's picture or clip by any model, unless that needs what no shot has."""
    model = MODELS[model_id]
    brief = ShotOrder(
        media="image" if model.media_type == "image" else "video",
        prompt="She turns to the door.",
        aspect_ratio=ratio,
        reference=A,
        image_url=A,
        seconds=seconds,
        resolution=resolution,
        sound=sound,
        fps=fps,
    )
    made, refused = attempt(model_id, brief)
    if refused is not None:
        assert "needs" in refused.message or "makes no clip of a picture" in refused.message
        assert model.id in MORE_NEEDED or model.workflow_type not in {
            "text-to-image",
            "image-edit",
            "image-to-video",
            "reference-to-video",
        }
        return
    assert problems(model_id, made) == []
    shape = next((made[name] for name in ROLES["shape"] if name in made), None)
    if ratio == "9:16" and shape is not None:
        assert (read_shape(shape) or 1) <= 1


def test_a_check_takes_less_than_a_millisecond() -> None:
    """The mean over all models, the mapping included."""
    given_inputs = {"prompt": "rain on a quay", "image_urls": [A], "video_url": CLIP, "audio_url": SOUND}
    count, mean = 0, 1.0
    for _ in range(2):
        started, count = time.process_time(), 0
        for model in KNOWN.values():
            count += attempt(model.id, given_inputs)[1] is None
        mean = (time.process_time() - started) / count
    assert count > 140
    assert mean < 0.001


@pytest.mark.parametrize(
    ("model", "given", "wrong", "near"),
    [
        ("elevenlabs-tts", {"text": "Hi", "stabilty": 0.5}, "stabilty", ""),
        ("elevenlabs-tts", {"text": "Hi", "voiceIds": "x"}, "voiceIds", "voice_id"),
        ("elevenlabs-music", {"prompt": "a waltz", "durration": 10}, "durration", "duration"),
        ("llama-3.3-70b-versatile", {"prompt": "Hi", "temprature": 0.1}, "temprature", "temperature"),
        ("gmi/deepseek-r1", {"prompt": "Hi", "aspect_ratio": "16:9"}, "aspect_ratio", ""),
    ],
)
def test_a_sound_and_a_text_refuse_a_field_that_they_have_not(
    model: str, given: dict[str, Any], wrong: str, near: str
) -> None:
    """Where people write for one model an unknown field is an error that names it; others are let by without it."""
    found = find_model(model)
    assert found is not None
    for check in (lambda: make_body(found, given, strict=True), lambda: check_fields(found, given)):
        with pytest.raises(BadRequest, match=f"{model} has no input '{wrong}'.*{near}") as refused:
            check()
        assert refused.value.details["field"] == wrong
    make_body(found, given)
    known = {name: value for name, value in given.items() if name != wrong}
    make_body(found, known, strict=True)
    check_fields(found, {**known, "seed": 7, "output_format": "mp3", "count": 1, "_note": "x", wrong: None})


_FILE = {"type": "string", "format": "uri"}


@pytest.mark.parametrize(
    ("fields", "needed", "roles", "expected"),
    [
        pytest.param(
            {"first_image_url": _FILE, "end_image_url": _FILE},
            ["first_image_url"],
            {"first_frame": A, "last_frame": B},
            {"first_image_url": A, "end_image_url": B},
            id="two frames",
        ),
        pytest.param(
            {"person_image_url": _FILE, "mask_image_url": _FILE, "prompt": {"type": "string"}},
            ["person_image_url", "mask_image_url"],
            {"image": A},
            {"person_image_url": A},
            id="the only picture that is needed, whatever it shows",
        ),
        pytest.param(
            {"garment_image_url": _FILE, "model_image_url": _FILE},
            ["garment_image_url", "model_image_url"],
            {"image": A},
            {},
            id="which of two is not guessed",
        ),
        pytest.param(
            {"video": {"type": "object", "properties": {"video_url": _FILE, "start": {"type": "number"}},
                       "required": ["video_url"]}},
            ["video"],
            {"video": CLIP},
            {"video": {"video_url": CLIP}},
            id="an address in an object",
        ),
        pytest.param(
            {"aspect_ratio": {"type": "object", "properties": {"ratio": {"enum": ["1:1", "16:9"]}}}},
            [],
            {"shape": "1920x1080"},
            {"aspect_ratio": {"ratio": "16:9"}},
            id="a ratio in an object",
        ),
        pytest.param(
            {"prompt": {"type": "string"}, "text": {"type": "string"}},
            ["text"],
            {"prompt": "Say it."},
            {"text": "Say it."},
            id="what is needed before what may be",
        ),
        pytest.param(
            {"number_of_frames": {"type": "number"}, "frame_rate": {"default": 24}},
            [],
            {"fps": 25, "seconds": 2},
            {"frame_rate": 25, "number_of_frames": 50},
            id="frames at their rate",
        ),
        pytest.param(
            {"audio": {"type": "boolean", "default": True}, "prompt": {"type": "string"}},
            [],
            {"sound": True},
            {"audio": True},
            id="a switch that is called as files are elsewhere",
        ),
        pytest.param(
            {"image_url": _FILE | {"deprecated": True}, "image_urls": {"type": "array", "items": _FILE}},
            [],
            {"image": A},
            {"image_urls": [A]},
            id="what is deprecated after what is not",
        ),
        pytest.param(
            {"duration": {"enum": ["5", "10"]}, "aspect_ratio": {"anyOf": [{"enum": ["16:9"]}, {"type": "null"}]}},
            [],
            {"seconds": 8.2, "shape": "1920x1080"},
            {"duration": "10", "aspect_ratio": "16:9"},
            id="numbers as text, and a choice or nothing",
        ),
        pytest.param(
            {"image_urls": {"anyOf": [{"type": "array", "items": _FILE}, {"type": "null"}]}},
            [],
            {"image": A},
            {"image_urls": [A]},
            id="a list or nothing",
        ),
    ],
)  # fmt: skip
def test_a_schema_that_nobody_has_seen(
    monkeypatch: pytest.MonkeyPatch,
    fields: dict[str, Any],
    needed: list[str],
    roles: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    """Roles find their names in other schemas than those of the catalog, as fal's other endpoints have them."""
    schema = {"type": "object", "properties": fields, "required": needed}
    post = {"requestBody": {"content": {"application/json": {"schema": schema}}}}
    openapi = {"paths": {"/vendor/unseen": {"post": post}}}
    read = read_answer({"models": [{"endpoint_id": "vendor/unseen", "openapi": openapi}]})["vendor/unseen"]

    def unseen(_: object) -> InputSchema:
        return InputSchema("vendor/unseen", read, {"npm": "1"})

    def leave(*_: object) -> None:
        """Masks and their like come from the caller."""

    monkeypatch.setattr(bodies, "schema_of", unseen)
    monkeypatch.setattr(bodies, "check_body", leave)
    assert make_body(MODELS["fal-ai/flux/schnell"], {}, roles=roles).inputs == expected
