"""The inputs of endpoints as JSON Schema, read from an answer of fal's platform API, in our few words. Pure.

Source: `GET https://api.fal.ai/v1/models?endpoint_id=…&expand=openapi-3.0`, the form of its answers in January 2026.
What cannot be read of an answer is left out; nothing in one makes the reading endless.
"""

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from wzrd.contracts.wire import elements_of, is_object, members_of
from wzrd.models.schemas.input_schemas import accepts, can_check

Schema: TypeAlias = dict[str, Any]

PLATFORM = "https://api.fal.ai/v1/models"
"""Name of that source."""
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_KINDS = frozenset({"string", "number", "integer", "boolean", "array", "object"})
REFINING = (*_BOUNDS, *_COUNTS)
"""Keywords by which a type is narrowed."""
LARGEST = 2**64
"""Bounds from here on bind nobody, and cannot be checked as whole numbers."""
LONGEST_WORD = 40
DEEPEST = 12
"""Levels of a schema that are read; what lies below them may be anything."""
MOST = 20_000
"""Parts of one schema that are read."""


def read_answer(answer: object) -> dict[str, Schema]:
    """The inputs of the models in an answer by endpoint id; a model whose inputs cannot be found is left out."""
    models = map(members_of, elements_of(members_of(answer).get("models")))
    found = {str(model.get("endpoint_id")): _input_of(model) for model in models}
    return {endpoint_id: schema for endpoint_id, schema in found.items() if schema is not None}


def _input_of(model: Mapping[str, Any]) -> Schema | None:
    """The schema of what is posted to the endpoint's own path."""
    document = members_of(model.get("openapi"))
    path = members_of(members_of(document.get("paths")).get(f"/{model.get('endpoint_id')}"))
    body = members_of(members_of(path.get("post")).get("requestBody"))
    schema = members_of(members_of(body.get("content")).get("application/json")).get("schema")
    try:
        made = _Reader(members_of(members_of(document.get("components")).get("schemas"))).read(schema)
    except OverflowError:
        return None
    return made if "properties" in made else None


class _Reader:
    """Reading of one schema with the named ones that it refers to."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self._components = components
        self._left = MOST

    def read(self, schema: object, name: str = "", within: tuple[str, ...] = ()) -> Schema:
        """A schema with its references resolved, without `null`, objects closed; anything where it says nothing.

        Raises:
            OverflowError: it has too many parts.
        """
        self._left -= 1
        if self._left < 0:
            raise OverflowError
        told, made = members_of(schema), Schema()
        if len(within) > DEEPEST:
            return made
        reference = str(told.get("$ref", "")).rpartition("/")[2]
        if reference and reference not in within:
            made = self.read(self._components.get(reference), name, (*within, reference))
        inside = (*within, "")
        for one in elements_of(told.get("allOf")):
            made = _merged(made, self.read(one, name, inside))
        made |= _facts(told)
        ways = [one for key in ("anyOf", "oneOf") for one in elements_of(told.get(key))]
        ways += [{"type": one} for one in elements_of(told.get("type"))]
        read = [self.read(one, name, inside) for one in ways if not _is_null(one)]
        if len(read) == 1:
            made = _merged(read[0], made)
        elif read:
            made = Schema(anyOf=[_merged(made, one) for one in read])  # what is said beside them holds for each
        if "items" in told:
            made |= {"type": "array", "items": self.read(told["items"], name, inside)}
        if "properties" in told:
            made = _merged(made, self._closed(told, inside))
        if name.endswith("_url") and made.get("type") == "string":
            made["format"] = "uri"
        return _with_default(made, told.get("default"))

    def _closed(self, told: Mapping[str, Any], within: tuple[str, ...]) -> Schema:
        fields = members_of(told["properties"])
        read = {key: self.read(one, key, within) for key, one in fields.items() if one is not False}
        needed = [one for one in elements_of(told.get("required")) if one in read]
        is_open = told.get("additionalProperties") not in (None, False)
        required = {"required": needed} if needed else {}
        return {"type": "object", "properties": read, **required, "additionalProperties": is_open}


def _facts(told: Mapping[str, Any]) -> Schema:
    """Kind, choices and bounds, as far as they are such."""
    made: Schema = {"type": told["type"]} if str(told.get("type")) in _KINDS else {}
    made |= {"format": told["format"]} if isinstance(told.get("format"), str) else {}
    choices = elements_of(told.get("enum")) or ([told["const"]] if "const" in told else [])
    if choices := [one for one in choices if isinstance(one, str | int | float)]:
        made = {"enum": choices}
    bounds = {key: told[key] for key in _BOUNDS if _is_number(told.get(key))}
    for name in ("minimum", "maximum"):
        exclusive = f"exclusive{name.title()}"
        if told.get(exclusive) is True and name in bounds:  # as OpenAPI 3.0 writes it
            bounds[exclusive] = bounds.pop(name)
    made |= {key: one for key, one in bounds.items() if key != "multipleOf" or one > 0}
    made |= {key: int(told[key]) for key in _COUNTS if _is_number(told.get(key)) and 0 <= told[key] < LARGEST}
    if isinstance(pattern := told.get("pattern"), str) and "enum" not in made and can_check(pattern):
        made["pattern"] = pattern
    return _in_whole_numbers(made) | ({"deprecated": True} if told.get("deprecated") is True else {})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _in_whole_numbers(schema: Schema) -> Schema:
    """The schema; if it is of whole numbers, with the bounds in such that say the same."""
    if schema.get("type") != "integer":
        return schema
    rounded = {
        key: (math.ceil if key in {"minimum", "exclusiveMaximum"} else math.floor)(schema[key])
        for key in _BOUNDS
        if abs(schema.get(key, LARGEST)) < LARGEST and (key != "multipleOf" or schema[key] >= 1)
    }
    return {key: one for key, one in schema.items() if key not in _BOUNDS} | rounded


def _is_null(way: object) -> bool:
    return is_object(way) and (way.get("type") == "null" or way.get("const", 0) is None or way.get("enum") == [None])


def _merged(first: Schema, second: Schema) -> Schema:
    """One schema of two that both hold."""
    made = first | second
    if "properties" in first and "properties" in second:
        made["properties"] = first["properties"] | second["properties"]
        needed = dict.fromkeys((*first.get("required", ()), *second.get("required", ())))
        made |= {"required": [*needed]} if needed else {}
    return _in_whole_numbers(made)


def _with_default(schema: Schema, default: object) -> Schema:
    """The schema with its default, unless that is prose, which is the vendor's to say, or none of its values."""
    if default is None or is_prose(default) or not accepts(schema, default):
        return schema
    return schema | {"default": default}


def is_prose(value: object) -> bool:
    """True if a value is a sentence, and not a name."""
    return isinstance(value, str) and (" " in value or len(value) > LONGEST_WORD)
