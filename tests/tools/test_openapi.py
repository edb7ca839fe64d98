"""Inputs read from the platform API's answers: written here in the form that they had in January 2026."""

from typing import Any

from tools.model_schemas.openapi import read_answer, refine


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


def test_declarations_are_refined_by_what_an_answer_told_before() -> None:
    """Numbers that declarations write as texts, bounds that they leave out; fields are theirs alone."""
    newer = {
        "properties": {
            "duration": {"enum": ["4", "8", "12"], "default": "4"},
            "model": {"enum": ["v1"], "default": "v1"},
            "steps": {"type": "number", "default": 80},
            "prompt": {"type": "string"},
            "size": {"anyOf": [{"type": "object", "properties": {"w": {"type": "number"}}}, {"enum": ["auto"]}]},
            "urls": {"type": "array", "items": {"type": "string"}},
        }
    }
    older = {
        "properties": {
            "duration": {"enum": [4, 8], "default": 4},
            "model": {"enum": ["v2", "v2-pro"], "default": "v2"},
            "steps": {"type": "integer", "minimum": 1, "maximum": 12, "default": 8},
            "prompt": {"type": "string", "maxLength": 9},
            "size": {
                "anyOf": [{"enum": ["auto", "big"]}, {"type": "object", "properties": {"w": {"type": "integer"}}}]
            },
            "urls": {"type": "array", "maxItems": 2},
            "gone": {"type": "string"},
        }
    }
    assert refine(newer, older)["properties"] == {
        "duration": {"enum": [4, 8, 12], "default": 4},
        "model": {"enum": ["v2", "v2-pro"], "default": "v2"},  # types of two models share a name
        "steps": {"type": "integer", "default": 8, "minimum": 1, "maximum": 12},
        "prompt": {"type": "string", "maxLength": 9},
        "size": {"anyOf": [{"type": "object", "properties": {"w": {"type": "integer"}}}, {"enum": ["auto"]}]},
        "urls": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    }
