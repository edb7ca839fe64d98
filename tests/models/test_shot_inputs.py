"""Inputs that every picture and clip model of the catalog is given for a shot."""

import math
import uuid
from dataclasses import replace

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.domain.storyboard import StoryboardShot
from wzrd.models.bodies import fields_of_role, schema_of
from wzrd.models.body_maker import ROLES
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.placeholders import PROMPT
from wzrd.models.references import find_references, kind_at
from wzrd.models.schemas.field_values import options_of, read_shape
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.models.shot_inputs import (
    GENERIC_MOTION,
    image_body,
    longest_clip,
    motion_prompt,
    needs_reference,
    shot_prompt,
    takes_reference,
    video_body,
)

PICTURE = "https://pictures.example/shot.png"
STYLE = "https://pictures.example/style.png"
MODELS = load_catalog().models
PAID = [model for model in MODELS.values() if model.provider in {"fal-ai", "gmi-cloud"}]
MAKERS = frozenset({"text-to-image", "image-to-image", "image-edit"})
FILMERS = frozenset({"image-to-video", "reference-to-video"})
IMAGE_MODELS = [model for model in PAID if model.media_type == "image" and model.workflow_type in MAKERS]
SQUARE = "gmi/seedream-3-0-t2i-250415"
"""It makes squares alone."""
NO_FRAME = frozenset({"gmi/wan2-6-r2v", "gmi/bria-video-eraser", "gmi/skyreels-v4-text-to-video"})
"""Rows that say they make a clip of a picture, while their vendor wants clips, or words alone."""
VIDEO_MODELS = [
    model
    for model in PAID
    if model.media_type == "video" and model.workflow_type in FILMERS and model.id not in NO_FRAME
]


def image(model: Model, ratio: str | None = "9:16", reference: str | None = None) -> dict[str, object]:
    """Inputs of a picture that leave for the provider."""
    return image_body(model, prompt="a quay at dawn", aspect_ratio=ratio, reference=reference).inputs


def video(model: Model, seconds: float = 7.3, *, holds: bool = True) -> dict[str, object]:
    """Inputs of a clip that leave for the provider."""
    return video_body(
        model, prompt="she turns", image_url=PICTURE, aspect_ratio="9:16", seconds=seconds, holds=holds
    ).inputs


@pytest.mark.parametrize("model", IMAGE_MODELS, ids=lambda model: model.id)
def test_an_image_model_gets_the_words_and_the_projects_ratio(model: Model) -> None:
    """The prompt is there, one picture is asked for, and a standing film is not made lying, where it can be told."""
    payload = image(model, reference=STYLE if needs_reference(model) else None)
    assert payload.get("prompt", "a quay at dawn") == "a quay at dawn"
    assert payload.get("num_images", 1) == 1
    shapes = {str(payload[name]) for name in ("aspect_ratio", "aspectRatio", "image_size", "size") if name in payload}
    schema = find_schema(model.provider, model.endpoint_id)
    if schema is not None:
        assert schema.problems(payload) == []
        shaped = [read_shape(payload[name]) for name in ROLES["shape"] if name in payload]
        assert all(one is None or one < 1 or model.id == SQUARE for one in shaped)
        assert any(shaped) or not {*ROLES["shape"]} & {*schema.properties}
        return
    standing = {"9:16", "portrait_16_9", "1024x1536", "1440x2560", "1K", "2K"}
    assert shapes, "nobody told it which shape"
    assert shapes <= standing
    assert shapes - {"1K", "2K"}


@pytest.mark.parametrize("model", IMAGE_MODELS, ids=lambda model: model.id)
def test_a_reference_goes_where_the_model_takes_one(model: Model) -> None:
    """Exactly once, under a name that says it is a picture; and nowhere where it takes none."""
    places = [place for place, url in find_references(image(model, reference=STYLE)) if url == STYLE]
    assert len(places) == takes_reference(model)
    assert all(kind_at(place) == "image" for place in places)
    if not needs_reference(model):
        assert not list(find_references(image(model)))


@pytest.mark.parametrize("model", VIDEO_MODELS, ids=lambda model: model.id)
def test_a_video_model_gets_the_shots_picture_once(model: Model) -> None:
    """Its own name for the first picture, the words, and no other address."""
    payload = video(model)
    assert [url for _, url in find_references(payload)] == [PICTURE]
    assert payload.get("prompt", "she turns") == "she turns"


def test_a_clip_is_never_made_without_its_picture() -> None:
    """A model that has no place for it is refused, whatever its row says."""
    for model_id in NO_FRAME:
        with pytest.raises(BadRequest, match=r"makes no clip of a picture|needs (reference_video_urls|video)"):
            video(MODELS[model_id])


@pytest.mark.parametrize("holds", [True, False])
@pytest.mark.parametrize("model", VIDEO_MODELS, ids=lambda model: model.id)
@pytest.mark.parametrize("seconds", [0.5, 4.0, 7.3, 12.01, 90.0])
def test_a_length_is_one_that_the_model_makes(model: Model, seconds: float, *, holds: bool) -> None:
    """The nearest; where a voice must fit, the shortest that is long enough, else the longest."""
    payload = video(model, seconds, holds=holds)
    schema = find_schema(model.provider, model.endpoint_id)
    if schema is None:
        return
    assert schema.problems(payload) == []
    name = next((one for one in ROLES["seconds"] if one in schema.properties), "")
    lengths = [float(str(one).rstrip("s")) for one in options_of(schema.properties.get(name, {})) if one != "auto"]
    if lengths:
        made = float(str(payload[name]).rstrip("s"))
        long_enough = [one for one in lengths if one >= seconds] or [max(lengths)]
        assert made == min(long_enough) if holds else abs(made - seconds) == min(abs(one - seconds) for one in lengths)


@pytest.mark.parametrize(
    ("model_id", "expected"),
    [
        ("fal-ai/kling-video/o3/standard/image-to-video", {"duration": "8", "image_url": PICTURE}),
        ("fal-ai/kling-video/o3/pro/image-to-video", {"duration": "8", "generate_audio": False}),
        ("fal-ai/kling-video/v2.6/pro/image-to-video", {"duration": "10", "start_image_url": PICTURE}),
        ("fal-ai/kling-video/v3/pro/image-to-video", {"duration": "8", "start_image_url": PICTURE, "fps": None}),
        (
            "bytedance/seedance-2.0/reference-to-video",
            {"duration": "8", "image_urls": [PICTURE], "aspect_ratio": "9:16"},
        ),
        ("fal-ai/wan/v2.7/reference-to-video", {"reference_image_urls": [PICTURE]}),
        ("fal-ai/kling-video/o1/image-to-video", {"start_image_url": PICTURE}),
        ("fal-ai/kling-video/o3/pro/reference-to-video", {"start_image_url": PICTURE, "aspect_ratio": "9:16"}),
        ("fal-ai/veo3.1/image-to-video", {"duration": "8s"}),
        ("fal-ai/veo3.1/reference-to-video", {"duration": "8s", "image_urls": [PICTURE]}),
        ("fal-ai/sora-2/image-to-video", {"duration": 8}),
        ("fal-ai/magi/image-to-video", {"num_frames": 176, "aspect_ratio": "9:16"}),
        ("gmi/ltx-fast-i2v", {"image_uri": PICTURE, "duration": 8, "resolution": "1920x1080", "fps": 25}),
        ("gmi/seedance-2.0-i2v", {"first_frame": PICTURE, "duration": 8, "resolution": "1080p", "ratio": "9:16"}),
        ("gmi/wan-2.7-i2v", {"first_frame": PICTURE, "duration": 8, "resolution": "1080P"}),
        ("gmi/wan-2.7-r2v", {"first_frame": PICTURE, "duration": 8, "ratio": "9:16"}),
        ("gmi/veo-3-1-generate-preview", {"image": PICTURE, "durationSeconds": 8, "aspectRatio": "9:16"}),
    ],
)
def test_each_family_gets_its_own_spelling(model_id: str, expected: dict[str, object]) -> None:
    """The names and the forms of values that each maker documents."""
    payload = video(MODELS[model_id])
    assert {name: payload.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("model_id", "seconds"),
    [
        ("fal-ai/veo3.1/reference-to-video", 8),
        ("fal-ai/nano-banana-pro", math.inf),
        ("gmi/pixverse-v5-5-i2v", 10),
        ("fal-ai/magi/image-to-video", 8),
        ("fal-ai/kling-video/v3/pro/image-to-video", 15),
        ("fal-ai/minimax/hailuo-02/pro/image-to-video", math.inf),
    ],
)
def test_the_longest_clip_is_what_the_vendor_makes(model_id: str, seconds: float) -> None:
    """As long as its longest option, one that is its only one too; infinite where it is no model of clips, or open."""
    assert longest_clip(MODELS[model_id]) == pytest.approx(seconds, abs=0.05)


def test_a_placeholder_is_a_prompt_that_every_model_takes() -> None:
    """A price is asked before anything is written: by words that no vendor's bounds refuse."""
    for model in PAID:
        for name in fields_of_role(model, "prompt") if find_schema(model.provider, model.endpoint_id) else ():
            words = schema_of(model).properties[name]
            assert words.get("minLength", 0) <= len(PROMPT) <= words.get("maxLength", 10**6), model.id


def test_sound_is_told_where_a_model_makes_any() -> None:
    """Off unless the caller says yes."""
    model = MODELS["gmi/ltx-fast-i2v"]
    inputs = video_body(model, prompt="x", image_url=PICTURE, aspect_ratio=None, seconds=6, sound=True).inputs
    assert inputs["generate_audio"] is True
    assert video(model)["generate_audio"] is False


@pytest.mark.parametrize(
    ("ratio", "expected"), [("2.39:1", "16:9"), ("9:16", "9:16"), ("3:2", "4:3"), (None, "16:9"), ("nonsense", "16:9")]
)
def test_a_ratio_that_a_model_lacks_becomes_the_nearest(ratio: str | None, expected: str) -> None:
    """Never one that it would refuse."""
    model = MODELS["gmi/seedance-1-5-pro-251215"]
    body = video_body(model, prompt="she turns", image_url=PICTURE, aspect_ratio=ratio, seconds=6).inputs
    assert body["aspectRatio"] == expected


def test_models_that_edit_pictures_need_one() -> None:
    """By the vendor's schema; GMI's rows list a picture for models that make theirs from words alone."""
    needing = {model.id for model in IMAGE_MODELS if needs_reference(model)}
    assert "fal-ai/nano-banana-2/edit" in needing
    assert {model_id for model_id in needing if model_id.startswith("gmi/")} == {"gmi/seededit-3-0-i2i-250628"}
    assert all(takes_reference(MODELS[model_id]) for model_id in needing)


def shot(number: int, image_url: str = "", image_status: str = "pending", idea: str = "") -> StoryboardShot:
    """A shot of the one scene."""
    return StoryboardShot(
        uuid.UUID(int=number),
        uuid.UUID(int=99),
        number,
        prompt_idea=idea,
        image_url=image_url,
        image_status=image_status,
    )


def test_words_come_from_the_prompt_else_the_idea() -> None:
    """A clip of a shot without any words still says that something moves."""
    assert shot_prompt(replace(shot(1, idea="b"), visual_prompt=" a ")) == "a"
    assert shot_prompt(shot(1, idea="b")) == "b"
    assert motion_prompt(shot(1)) == GENERIC_MOTION
    assert motion_prompt(shot(1, idea="b")) == "b"
