"""The number of outputs: what is priced is what is sent, and what a vendor's parser makes of that."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.fakes import gmi
from server.fakes.shapes import outputs_of
from wzrd.contracts.generate import OutputConfig
from wzrd.domain.errors import BadRequest
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.generation_choice import choose_generation
from wzrd.models.generation_inputs import merge_inputs
from wzrd.models.output_counts import COUNTS, OUTPUT_NAMES, count_outputs, order_outputs

FLUX = load_catalog().models["fal-ai/flux/dev"]
SEEDREAM = load_catalog().models["fal-ai/bytedance/seedream/v4.5/text-to-image"]
MODELS = [one for one in load_catalog().models.values() if one.provider in {"fal-ai", "gmi-cloud"}]

names = st.sampled_from([*COUNTS, "numImages", "maxImages", "NumImages", "numberOfImages", "batchSize"])
digits = st.text("0123456789", min_size=1, max_size=9)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 120)
    | st.floats(allow_nan=False)
    | digits
    | st.sampled_from(["0000014", " 14", "1_4", "14.0", "1e1", "+14", "\uff11\uff14", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Inputs with numbers anywhere: beside the prompt, in settings (objects or JSON), inside a value."""
    inputs: dict[str, Any] = {"prompt": "a lamp", **draw(st.dictionaries(names, values, max_size=2))}
    room = draw(st.sampled_from(["", "settings", "settings_override", "parameters", "input", "extra"]))
    if room:
        inside = draw(st.dictionaries(names, values, max_size=2))
        inputs[room] = json.dumps(inside) if draw(st.booleans()) and room.startswith("settings") else inside
    return inputs


def open_to_all(_provider: str, _media: str) -> None:
    """Every provider can be asked."""


def merge_or_none(model: Model, inputs: dict[str, Any], count: int | None) -> dict[str, Any] | None:
    """The inputs as they are sent; None where they are refused, and the field is named."""
    try:
        merged = merge_inputs(inputs, (), OutputConfig(count=count))
        order_outputs(model, merged)
    except BadRequest as error:
        refused = error
    else:
        return merged
    assert refused.details["field"]
    return None


def sent_to(model: Model, inputs: dict[str, Any]) -> int:
    """Number of files that its vendor makes of the body that leaves."""
    if model.provider == "gmi-cloud":
        return gmi.outputs_of(model.endpoint_id, inputs)
    return outputs_of(model.endpoint_id, inputs)


@given(st.sampled_from(MODELS), requests(), st.none() | st.integers(1, 100))
@example(FLUX, {"prompt": "a lamp", "num_images": "0000014"}, None)
@example(FLUX, {"prompt": "a lamp", "settings": {"num_images": "0000014"}}, None)
@example(FLUX, {"prompt": "a lamp", "parameters": {"num_images": 14}}, None)
@example(SEEDREAM, {"prompt": "a lamp", "num_images": "2", "max_images": 3.0}, None)
def test_what_is_priced_is_what_is_made(model: Model, inputs: dict[str, Any], count: int | None) -> None:
    """Any value in any field, at any model, however it is nested: so many are paid as are made, or it is refused."""
    merged = merge_or_none(model, inputs, count)
    if merged is None:
        return
    choice = choose_generation(
        model.id, parameters=merged, media_type=model.media_type, offline="never", obstacle=open_to_all
    )
    order = order_outputs(choice.model, {**choice.model.defaults, **merged}, choice.count)
    told = {name: value for name, value in order.inputs.items() if name in COUNTS}
    if choice.model.media_type == "text":
        assert (choice.count, told) == (1, {})
        return
    assert all(type(value) is int for value in told.values())
    with suppress(BadRequest):  # more than its maker lets one ask for
        assert sent_to(choice.model, order.inputs) == choice.count


@pytest.mark.parametrize(
    ("model", "inputs", "body"),
    [
        ("fal-ai/flux/dev", {"count": "3"}, {"num_images": 3}),
        ("fal-ai/flux/dev", {"n": 2, "max_images": 2}, {"num_images": 4}),
        ("fal-ai/flux/dev", {"batch_size": 1}, {}),
        ("fal-ai/flux/dev", {"num_images": 1.0}, {"num_images": 1}),
        (
            "fal-ai/bytedance/seedream/v4.5/text-to-image",
            {"num_images": 2, "maxImages": "3"},
            {"num_images": 2, "max_images": 3},
        ),
        ("gmi/gpt-image-2", {"numImages": 4}, {"n": 4}),
        (
            "gmi/seedream-5.0",
            {"n": 2, "max_images": 2},
            {"max_images": 4, "sequential_image_generation": "auto"},
        ),
        ("gmi/kling-v3-omni", {"num_videos": 3}, {}),
        ("fal-ai/veo3.1", {"count": 3}, {}),
        ("gmi/deepseek-r1", {"n": 10, "count": "many"}, {}),
        ("animatic/image", {"num_images": 9}, {}),
    ],
)
def test_a_model_is_told_by_its_own_name(model: str, inputs: dict[str, Any], body: dict[str, Any]) -> None:
    """One that makes a single output is told nothing, and asked, held and paid for one."""
    order = order_outputs(load_catalog().models[model], inputs)
    assert order.inputs == body
    assert order.count == (body.get("num_images", 1) * body.get("max_images", body.get("n", 1)))


def test_what_was_priced_is_what_is_sent_whatever_the_inputs_say() -> None:
    """A model that stands in is asked for what its predecessor was priced at, not for what the inputs would say."""
    asked = {"num_images": 4}
    priced = order_outputs(load_catalog().models["gmi/z-image-turbo"], asked).count
    assert order_outputs(FLUX, asked, priced).inputs == {"num_images": 1}
    assert order_outputs(SEEDREAM, {"max_images": 3, "num_images": 2}, 4).inputs == {"num_images": 4, "max_images": 1}


def test_a_number_inside_a_conversation_is_words() -> None:
    """A text model's messages are no order."""
    messages = [{"role": "user", "content": "n", "n": 14}]
    text = load_catalog().models["gmi/deepseek-r1"]
    assert order_outputs(text, {"messages": messages}).inputs == {"messages": messages}


@pytest.mark.parametrize("name", OUTPUT_NAMES)
def test_a_refusal_names_field_and_value(name: str) -> None:
    """Where it stands, what it is, what is allowed."""
    with pytest.raises(BadRequest, match=f"{name} must be a whole number from 1 to 100, not '014'") as refused:
        count_outputs({name: "014"})
    assert refused.value.details["field"] == name
    with pytest.raises(BadRequest, match=rf"input.0.{name} is 2: give the number of outputs beside the prompt"):
        count_outputs({"input": [{name: 2}]})
