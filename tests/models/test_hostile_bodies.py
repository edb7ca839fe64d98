"""Values that nobody means: a body that is valid and can be sent, or a refusal by name."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.models.bodies import make_body, schema_of
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.model_inputs import check_json
from wzrd.models.output_counts import order_outputs
from wzrd.models.schemas.input_schemas import find_schema

MODELS = [one for one in load_catalog().models.values() if schema_of(one).sources]
NAMES = (
    "prompt", "image_url", "image_urls", "duration", "seconds", "fps", "resolution", "aspect_ratio", "size", "seed",
    "num_images", "sound", "voice", "audio_url", "video_url", "first_frame", "last_frame", "", "$ref", "__class__",
    "x" * 9000, "\ud800", "PROMPT", "imageUrl",
)  # fmt: skip


def nested(wrap: Callable[[Any], Any], levels: int) -> Any:
    """A value inside so many others."""
    made: Any = "x"
    for _ in range(levels):
        made = wrap(made)
    return made


ODD: list[Any] = [
    math.nan, math.inf, -math.inf, 1e308, 5e-324, -0.0, 10**400, 2**63, True, False, {}, [[]], [None], {"url": None},
    nested(lambda inner: [inner], 3000), nested(lambda inner: {"a": inner}, 3000), nested(lambda inner: [inner], 200),
    "x" * 10_000_000, "data:image/png;base64," + "A" * 1_000_000, "\ud800", "\x00", b"x", set[int](), object(),
    "1e400", "NaN", " 5 ", "5S", "+5", "0x10", "5\n", "\u0663", "\u00bd", "TRUE", "16 : 9", "16\uff1a9", "0:0",
    "1:99999", {"width": math.nan, "height": 1}, {"width": -1, "height": 0}, {"width": 10**30, "height": 1}, {1: 2},
]  # fmt: skip


def attempt(model: Model, given: dict[str, Any], *, strict: bool) -> BadRequest | dict[str, Any]:
    """The body, or its refusal."""
    try:
        made = make_body(model, given, strict=strict).inputs
        order_outputs(model, made)
        check_json(made)
    except BadRequest as error:
        return error
    price_inputs(model.provider, model.endpoint_id, made)
    return made


def check(model: Model, given: dict[str, Any], *, strict: bool) -> None:
    """Valid and writable, or a short refusal that names a field."""
    made = attempt(model, given, strict=strict)
    if isinstance(made, BadRequest):
        assert made.details["field"] is not None
        assert len(made.message) < 2000
        return
    schema = find_schema(model.provider, model.endpoint_id)
    assert schema is not None
    assert schema.problems(made) == []


@pytest.mark.parametrize("at", range(len(ODD)), ids=lambda at: repr(ODD[at])[:20] if at not in {14, 15} else str(at))
def test_an_odd_value_is_refused_or_no_harm(at: int) -> None:
    """Each in some fields of every fourth model, its own and those of roles."""
    for number, model in enumerate(MODELS):
        if number % 4 == at % 4:
            own = [*schema_of(model).properties]
            for name in (own[at % len(own)], NAMES[at % len(NAMES)], NAMES[(at + number) % len(NAMES)]):
                check(model, {"prompt": "rain", name: ODD[at]}, strict=at % 2 == 0)


@given(st.sampled_from(MODELS), st.data())
def test_any_value_is_refused_or_no_harm(model: Model, data: st.DataObject) -> None:
    """Several at once, as JSON has them or not."""
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(ODD[:13])
    values = st.recursive(
        plain, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner)
    )
    names = st.sampled_from([*schema_of(model).properties, *NAMES])
    check(model, data.draw(st.dictionaries(names, values, max_size=5)), strict=data.draw(st.booleans()))


def test_a_whole_number_that_cannot_be_sent_is_refused_at_once() -> None:
    """JSON's numbers beyond 64 bits arrive as fractions: as whole ones they would be refused after the hold."""
    with pytest.raises(BadRequest, match="seed cannot be"):
        make_body(load_catalog().models["fal-ai/flux/schnell"], {"prompt": "rain", "seed": float(2**70)})


def test_a_switch_is_no_number_and_a_number_no_switch() -> None:
    """To Python true is 1: a length of true is refused, and so is a switch of 1."""
    models = load_catalog().models
    for model, asked in (
        ("fal-ai/flux/schnell", {"num_images": True}),
        ("fal-ai/pixverse/v6/text-to-video", {"duration": True}),
        ("fal-ai/veo3.1", {"generate_audio": 1}),
    ):
        made = attempt(models[model], {"prompt": "rain", **asked}, strict=True)
        assert isinstance(made, BadRequest)
        assert made.details["field"] in asked


def test_a_file_may_be_a_data_uri() -> None:
    """Wherever an address is taken, at its full length."""
    picture = "data:image/png;base64," + "A" * 300_000
    made = attempt(
        load_catalog().models["fal-ai/veo3.1/image-to-video"], {"prompt": "x", "image_url": picture}, strict=True
    )
    assert isinstance(made, dict)
    assert made["image_url"] == picture
