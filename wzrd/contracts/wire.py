"""Base of every wire model: lenient reading (unknown fields are ignored), exact writing, JSON as one line."""

from typing import Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticUseDefault
from typing_extensions import TypeIs


def is_object(value: object) -> TypeIs[dict[str, Any]]:
    """True if a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """True if a JSON value is a list."""
    return isinstance(value, list)


def members_of(value: object) -> dict[str, Any]:
    """The members of a JSON object; none of everything else."""
    return value if is_object(value) else {}


def elements_of(value: object) -> list[Any]:
    """The elements of a JSON list; none of everything else."""
    return value if is_list(value) else []


class Needed:
    """Marks a field that the route asks for in its documented words, though the message can be read without it.

    The description then says that it is needed, and which `words` it may be, if only those.
    """

    def __init__(self, *words: str) -> None:
        self.words = words

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The field's schema: a text with something in it."""
        schema = handler(core)
        own = {name: schema[name] for name in ("title", "maxLength") if name in schema}
        for kind in schema.get("anyOf", ()):
            own |= {name: value for name, value in kind.items() if name == "maxLength"}
        return {**own, "type": "string", **({"enum": list(self.words)} if self.words else {"minLength": 1})}


def read_number(value: object) -> object:
    """A JSON number as it is, not a boolean and not a text that looks like one.

    Raises:
        ValueError: something else.
    """
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError("must be a number")


NUMBER = BeforeValidator(read_number)
"""Reads numbers only; a whole one may be written with a fraction of nothing."""


def _use_default(value: object) -> object:
    if value is None:
        raise PydanticUseDefault
    return value


def or_null(kind: type[Any]) -> BeforeValidator:
    """Lets a field of this kind be null, which means its default."""
    return BeforeValidator(_use_default, json_schema_input_type=kind | None)


class WireModel(BaseModel):
    """A message whose JSON spells its names as the documentation does (camelCase here, snake_case inside)."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        frozen=True,
        str_max_length=200_000,
        defer_build=True,  # a process that imports all messages uses few: each is compiled when it is first used
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The message's schema, with what its route asks for among what is required."""
        schema = handler(core)
        if handler.mode == "validation":
            whole = handler.resolve_ref_schema(schema)
            asked = [
                field.validation_alias if isinstance(field.validation_alias, str) else name
                for name, field in cls.model_fields.items()
                if any(isinstance(one, Needed) for one in field.metadata)
            ]
            for name in asked:
                whole["properties"][name].pop("default", None)
                whole["required"] = [*whole.get("required", ()), name]
        return schema

    def wire(self) -> dict[str, Any]:
        """The message as JSON-ready values, spelled for the wire."""
        return self.model_dump(mode="json", by_alias=True)


def dumps(value: object) -> bytes:
    """Compact JSON in UTF-8; never contains a raw newline, so that it fits one `data:` line."""
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)


def loads(text: str | bytes) -> Any:
    """Parse JSON.

    Raises:
        ValueError: it is no JSON (orjson's error is a ValueError and names the place).
    """
    return orjson.loads(text)


def canonical(value: object) -> bytes:
    """JSON with sorted keys: equal values give equal bytes, whatever their order was."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
