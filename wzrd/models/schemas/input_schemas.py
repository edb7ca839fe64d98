"""Inputs of models as their vendors declare them, one JSON Schema an endpoint, and the check of a body.

The data lie beside this file, a file a provider, one endpoint a line, each with its sources and their dates. They are
made by `python -m tools.model_schemas`; GMI Cloud's are read from its pages. Bodies are checked by pydantic-core, whose
words fal's own answers speak.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import orjson
from pydantic_core import CoreSchema, PydanticKnownError, SchemaError, SchemaValidator, ValidationError, core_schema

from wzrd.domain.offline import ANIMATIC
from wzrd.models.catalog import Model

Schema: TypeAlias = Mapping[str, Any]

FILES: Mapping[str, str] = MappingProxyType({
    "fal-ai": "fal.jsonl", "gmi-cloud": "gmi.jsonl", "elevenlabs": "elevenlabs.jsonl", "groq": "groq.jsonl",
    "openai": "openai.jsonl",
})  # fmt: skip
"""File of each provider whose models' inputs are known."""
CHAT = "chat/completions"
"""Id of what all models of a provider of texts take."""


@dataclass(frozen=True)
class InputSchema:
    """The schema of one endpoint's input; `sources`: who said so, and when."""

    endpoint_id: str
    schema: Schema
    sources: Mapping[str, str]

    @property
    def properties(self) -> Mapping[str, Schema]:
        """Its fields, in the vendor's order."""
        return self.schema["properties"]

    @property
    def required(self) -> tuple[str, ...]:
        """The fields without which it does nothing."""
        return tuple(self.schema.get("required", ()))

    @cached_property
    def _validator(self) -> SchemaValidator:
        return SchemaValidator(_compile(self.schema))

    def problems(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Faults of a body: `loc`, `msg`, `type` and `input` of each, none where it is valid."""
        try:
            self._validator.validate_python(dict(body))
        except ValidationError as error:
            return [dict(one) for one in error.errors(include_url=False)]
        return []


def read_schemas(lines: bytes) -> dict[str, dict[str, Any]]:
    """The rows of a file by endpoint id."""
    rows = [orjson.loads(line) for line in lines.splitlines()]
    return {row.pop("id"): row for row in rows}


@cache
def _schemas_of(provider: str) -> Mapping[str, InputSchema]:
    if provider not in FILES:
        return {}
    rows = read_schemas(files("wzrd.models.schemas").joinpath(FILES[provider]).read_bytes())
    return MappingProxyType({one: InputSchema(one, row["schema"], row["sources"]) for one, row in rows.items()})


def find_schema(provider: str, endpoint_id: str) -> InputSchema | None:
    """The schema of a provider's model; None where nobody has told it."""
    known = _schemas_of(provider)
    return known.get(endpoint_id) or known.get(CHAT)


def chat_schema(provider: str) -> InputSchema:
    """The schema of a chat: the provider's own, else OpenAI's, whose shape all others speak."""
    known = _schemas_of(provider).get(CHAT) or _schemas_of("openai").get(CHAT)
    assert known is not None, "OpenAI's schema is shipped"
    return known


def is_verified(model: Model) -> bool:
    """True if the vendor's own words of what the model takes are at hand; chats are held to OpenAI's."""
    if model.provider == ANIMATIC or model.transport == "chat_completion":
        return True
    return find_schema(model.provider, model.endpoint_id) is not None


def accepts(schema: Schema, value: object) -> bool:
    """True if a value is valid by a field's schema."""
    try:
        _validator_of(orjson.dumps(schema)).validate_python(value)
    except ValidationError:
        return False
    return True


def can_check(pattern: str) -> bool:
    """True if texts can be checked by a pattern: one that looks ahead or behind is beyond the checker."""
    try:
        accepts({"type": "string", "pattern": pattern}, "")
    except SchemaError:
        return False
    return True


@lru_cache(maxsize=4096)
def _validator_of(schema: bytes) -> SchemaValidator:
    return SchemaValidator(_compile(orjson.loads(schema)))


def _compile(schema: Schema) -> CoreSchema:
    """The schema as pydantic-core checks it. Strict: a text is no number, and true is none either."""
    if "anyOf" in schema:
        return core_schema.union_schema([_compile(one) for one in schema["anyOf"]])
    if "enum" in schema:
        return _compile_choices(schema["enum"])
    return _COMPILED.get(schema.get("type", ""), lambda _: core_schema.any_schema())(schema)


def _compile_choices(choices: list[Any]) -> CoreSchema:
    """These values. To Python true is 1 and false 0, to a vendor they are not."""
    literal = core_schema.literal_schema(choices)
    if not any(one in {0, 1} for one in choices):
        return literal
    words = " or ".join(map(repr, choices))

    def check(value: object) -> object:
        if not any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in choices):
            raise PydanticKnownError("literal_error", {"expected": words})
        return value

    return core_schema.no_info_before_validator_function(check, literal)


def _compile_text(schema: Schema) -> CoreSchema:
    least, most = schema.get("minLength"), schema.get("maxLength")
    return core_schema.str_schema(strict=True, min_length=least, max_length=most, pattern=schema.get("pattern"))


def _compile_list(schema: Schema) -> CoreSchema:
    least, most = schema.get("minItems"), schema.get("maxItems")
    return core_schema.list_schema(_compile(schema.get("items", {})), strict=True, min_length=least, max_length=most)


def _compile_object(schema: Schema) -> CoreSchema:
    if "properties" not in schema:
        return core_schema.dict_schema(core_schema.str_schema(), core_schema.any_schema())
    needed = frozenset(cast("list[str]", schema.get("required", [])))
    fields = {
        name: core_schema.typed_dict_field(_compile(one), required=name in needed)
        for name, one in cast("Mapping[str, Schema]", schema["properties"]).items()
    }
    is_open = schema.get("additionalProperties") is True
    return core_schema.typed_dict_schema(fields, extra_behavior="allow" if is_open else "forbid")


def _bounds(schema: Schema) -> dict[str, Any]:
    names = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
    bounds = {short: schema.get(name) for short, name in names.items()}
    return {**bounds, "multiple_of": schema.get("multipleOf")}


_COMPILED: Mapping[str, Callable[[Schema], CoreSchema]] = {
    "string": _compile_text,
    "boolean": lambda _: core_schema.bool_schema(strict=True),
    "integer": lambda schema: core_schema.int_schema(strict=True, **_bounds(schema)),
    "number": lambda schema: core_schema.float_schema(strict=True, allow_inf_nan=False, **_bounds(schema)),
    "array": _compile_list,
    "object": _compile_object,
}
