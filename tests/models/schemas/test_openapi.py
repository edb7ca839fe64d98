"""Inputs read from the platform API's answers: in the form that they had in January 2026, and in any other."""

import contextlib
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fakes.fal.platform import describe_model
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import InputSchema, accepts, find_schema
from wzrd.models.schemas.openapi import MOST, read_answer


def model(endpoint_id: str, properties: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """A model of an answer whose input has these properties."""
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/ClipInput"}}}}
    shape = {"type": "object", "title": "Clip", "x-fal-order-properties": [*properties], "properties": properties}
    return {
        "endpoint_id": endpoint_id,
        "metadata": {"display_name": "Clip", "status": "active"},
        "openapi": {
            "openapi": "3.0.4",
            "components": {"schemas": {"ClipInput": {**shape, "required": ["prompt"]}, **schemas}},
            "paths": {
                f"/{endpoint_id}/requests/{{request_id}}": {"get": {}},
                f"/{endpoint_id}": {"post": {"requestBody": {"required": True, **body}}},
            },
        },
    }


def read(properties: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """The properties as they are kept."""
    return read_answer({"models": [model("v/clip", properties, **schemas)]})["v/clip"]["properties"]


def test_a_schema_keeps_facts_and_no_words() -> None:
    """Types, enums, bounds, lengths and defaults; whole numbers stay whole; titles and examples go."""
    told = {
        "prompt": {"title": "Prompt", "type": "string", "minLength": 1, "maxLength": 5000, "examples": ["a lamp"]},
        "duration": {"title": "D", "type": "integer", "enum": [4, 8], "default": 4, "description": "Seconds."},
        "fps": {"type": "number", "minimum": 1, "maximum": 60, "default": 25},
        "image_url": {"type": "string", "ui": {"field": "image"}},
        "kind": {"const": "clip"},
    }
    assert read(told) == {
        "prompt": {"type": "string", "minLength": 1, "maxLength": 5000},
        "duration": {"enum": [4, 8], "default": 4},
        "fps": {"type": "number", "minimum": 1, "maximum": 60, "default": 25},
        "image_url": {"type": "string", "format": "uri"},
        "kind": {"enum": ["clip"]},
    }


def test_references_are_resolved_and_null_is_no_value() -> None:
    """Named types, alternatives, lists of objects; what may be null may as well be absent."""
    size = {"type": "object", "properties": {"width": {"type": "integer"}}, "required": ["width"]}
    told = {
        "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Seed"},
        "size": {"anyOf": [{"$ref": "#/components/schemas/Size"}, {"enum": ["auto"], "type": "string"}]},
        "frame": {"allOf": [{"$ref": "#/components/schemas/Size"}], "title": "Frame"},
        "frames": {"type": "array", "items": {"$ref": "#/components/schemas/Size"}, "maxItems": 3},
    }
    closed = {**size, "additionalProperties": False}
    assert read(told, Size=size) == {
        "seed": {"type": "integer"},
        "size": {"anyOf": [closed, {"enum": ["auto"]}]},
        "frame": closed,
        "frames": {"type": "array", "items": closed, "maxItems": 3},
    }


def test_an_answer_without_a_schema_tells_nothing() -> None:
    """A model that the vendor does not know comes back bare; another shape is no guess."""
    bare = {"endpoint_id": "v/unknown"}
    other: dict[str, Any] = {"endpoint_id": "v/other", "openapi": {"paths": {"/v/other": {"get": {}}}}}
    assert read_answer({"models": [bare, other]}) == {}
    assert read_answer({}) == {}


def test_what_is_told_of_every_model_is_read_as_it_was() -> None:
    """The vendor's form and ours say the same: named objects, null, defaults beside references."""
    for model in load_catalog().models.values():
        if model.provider == "fal-ai" and (known := find_schema("fal-ai", model.endpoint_id)):
            answer = {"models": [describe_model(model.endpoint_id, ["openapi-3.0"])]}
            assert read_answer(answer) == {model.endpoint_id: known.schema}


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"type": ["string", "null"]}, TEXT, id="a list of kinds, as OpenAPI 3.1 has them"),
        pytest.param({"type": ["string", "number"]}, {"anyOf": [TEXT, {"type": "number"}]}, id="two kinds"),
        pytest.param({"type": "string", "nullable": True}, TEXT, id="nullable, as OpenAPI 3.0 has it"),
        pytest.param({"type": "string", "enum": ["a", None]}, {"enum": ["a"]}, id="null among others"),
        pytest.param({"enum": ["4", "8"], "type": "integer"}, {"enum": ["4", "8"]}, id="numbers as texts"),
        pytest.param({"const": 5}, {"enum": [5]}, id="const"),
        pytest.param({"oneOf": [{"const": 1}, {"const": 2}]}, {"anyOf": [{"enum": [1]}, {"enum": [2]}]}, id="oneOf"),
        pytest.param({"maximum": 9, "anyOf": [{"type": "integer"}, {"type": "number", "minimum": 2}]},
                     {"anyOf": [{"maximum": 9, "type": "integer"}, {"maximum": 9, "type": "number", "minimum": 2}]},
                     id="what holds for each way"),
        pytest.param({"type": "number", "minimum": 0, "exclusiveMinimum": True},
                     {"type": "number", "exclusiveMinimum": 0}, id="an exclusive bound, as OpenAPI 3.0 has it"),
        pytest.param({"type": "integer", "minimum": 0.5, "maximum": 4.5},
                     {"type": "integer", "minimum": 1, "maximum": 4}, id="bounds between whole numbers"),
        pytest.param({"type": "integer", "multipleOf": 0.5, "minLength": "9", "maximum": None}, {"type": "integer"},
                     id="bounds that are none"),
        pytest.param({"type": "string", "maxLength": 1e30}, TEXT, id="a bound that binds nobody"),
        pytest.param({"type": "integer", "maximum": 1e30}, {"type": "integer"}, id="one of whole numbers"),
        pytest.param({"type": "string", "pattern": "^[a-z]{2}$", "default": "English"},
                     {**TEXT, "pattern": "^[a-z]{2}$"}, id="a pattern, and a default that does not fit it"),
        pytest.param({"type": "string", "pattern": "^(?!no)."}, TEXT, id="a pattern that cannot be checked"),
        pytest.param({"type": "string", "default": 7}, TEXT, id="a default that it does not take"),
        pytest.param({"type": "string", "default": "A dog runs."}, TEXT, id="a sentence as default"),
        pytest.param({"type": "string", "deprecated": True}, {"type": "string", "deprecated": True}, id="deprecated"),
        pytest.param({"items": TEXT}, {"type": "array", "items": TEXT}, id="items without a kind"),
        pytest.param({"type": ["integer", "null"], "minimum": 0.5, "multipleOf": 0.5, "default": 1},
                     {"type": "integer", "minimum": 1, "default": 1},
                     id="half a step of a whole number or null"),
        pytest.param({"anyOf": [{"type": "integer"}, {"type": "number"}], "maximum": 2.5},
                     {"anyOf": [{"type": "integer", "maximum": 2}, {"type": "number", "maximum": 2.5}]},
                     id="a bound of each of two kinds"),
        pytest.param({"enum": []}, {}, id="no choice at all"),
        pytest.param({"enum": [{"a": 1}], "type": "object"}, {"type": "object"}, id="choices that are objects"),
        pytest.param(True, {}, id="anything"),
        pytest.param(None, {}, id="nothing"),
        pytest.param({"$ref": "#/components/schemas/Nobody"}, {}, id="a reference to nothing"),
        pytest.param({"properties": {"a": TEXT}, "additionalProperties": TEXT},
                     {"type": "object", "properties": {"a": TEXT}, "additionalProperties": True},
                     id="an object that takes more"),
        pytest.param({"type": "object", "properties": {"a": False, "b": True}, "required": ["a", "b", 7]},
                     {"type": "object", "properties": {"b": {}}, "required": ["b"], "additionalProperties": False},
                     id="fields that are never and anything"),
        pytest.param({"allOf": [{"properties": {"a": TEXT}, "required": ["a"]},
                                {"properties": {"b": TEXT}}]},
                     {"type": "object", "properties": {"a": TEXT, "b": TEXT}, "required": ["a"],
                      "additionalProperties": False},
                     id="an object of two"),
    ],
)  # fmt: skip
def test_a_field_as_others_write_it(told: object, expected: dict[str, Any]) -> None:
    """Every way in which JSON Schema and OpenAPI say a thing, and what says nothing."""
    assert read({"x": told})["x"] == expected


def test_a_schema_without_an_end_is_read() -> None:
    """One that refers to itself ends there; of one that refers to others without number nothing is read."""
    node = {
        "type": "object",
        "properties": {"next": {"$ref": "#/components/schemas/Node"}, "words": {"type": "string"}},
    }
    made = read({"x": {"$ref": "#/components/schemas/Node"}}, Node=node)["x"]
    assert made["properties"] == {"next": {}, "words": {"type": "string"}}
    more = {f"S{at}": {"anyOf": [{"$ref": f"#/components/schemas/S{at + 1}"}] * 9} for at in range(9)}
    answer = {"models": [model("v/clip", {"x": {"$ref": "#/components/schemas/S0"}}, **more)]}
    assert read_answer(answer) == {}
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        deep = {"type": "array", "items": deep}
    assert accepts(read({"x": deep})["x"], [])


def test_a_large_schema_is_read() -> None:
    """As many fields as a part of the bound has; more are none."""
    fields = {f"f{number}": {"type": "string", "enum": ["a", "b"]} for number in range(5000)}
    assert len(read(fields)) == 5000
    assert read_answer({"models": [model("v/clip", {f"f{number}": {} for number in range(MOST)})]}) == {}


WORDS = (
    "type", "enum", "const", "anyOf", "oneOf", "allOf", "items", "properties", "required", "$ref", "default", "minimum",
    "exclusiveMinimum", "multipleOf", "maxLength", "minItems", "additionalProperties", "x",
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "object", "string", "a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["image_url", "x", "y"]), JSON, min_size=1, max_size=3), JSON, JSON)
def test_any_answer_is_read_or_left_out(fields: dict[str, Any], named: Any, value: Any) -> None:
    """Whatever an answer has for a schema: what is read of it checks bodies, as jsonschema would."""
    (made,) = read_answer({"models": [model("v/clip", fields, object=named)]}).values()
    schema = InputSchema("v/clip", made, {})
    problems = schema.problems({"image_url": value, "prompt": "x"})
    with contextlib.suppress(OverflowError):  # jsonschema's own, of a large number by a small step
        validator: Any = jsonschema.Draft202012Validator(made)
        assert bool(problems) == bool([*validator.iter_errors({"image_url": value, "prompt": "x"})])


@given(JSON)
def test_no_answer_stops_the_reader(answer: Any) -> None:
    """Of the whole, of its models, of a document: nothing is read of what is none."""
    for one in (
        answer,
        {"models": answer},
        {"models": [answer]},
        {"models": [{"endpoint_id": "v/x", "openapi": answer}]},
    ):
        assert read_answer(one) == {}
