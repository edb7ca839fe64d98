"""Bodies that are valid by a schema, and values that are not."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wzrd.models.schemas.field_values import respell
from wzrd.models.schemas.input_schemas import InputSchema

ADDRESS = "https://cdn.example.org/a.png"
_WRONG: tuple[Any, ...] = ({"x": {}}, "no such value", -1e12, 10**12, [[]], True, "")


def sample(schema: Mapping[str, Any]) -> Any:
    """A valid value of a field."""
    if "default" in schema:
        return schema["default"]
    if "anyOf" in schema:
        return sample(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    made: dict[str, Callable[[], Any]] = {
        "string": lambda: ADDRESS if schema.get("format") == "uri" else "rain on a quay",
        "number": lambda: schema.get("minimum", 1),
        "integer": lambda: schema.get("minimum", 1),
        "boolean": lambda: True,
        "array": lambda: [sample(schema.get("items", {})) for _ in range(max(schema.get("minItems", 1), 1))],
        "object": lambda: {name: sample(schema["properties"][name]) for name in schema.get("required", ())},
    }
    return made[schema["type"]]()


def valid_body(schema: InputSchema) -> dict[str, Any]:
    """The inputs that the model cannot do without."""
    return {name: sample(schema.properties[name]) for name in schema.required}


def mutations(schema: InputSchema) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field with each value that cannot be meant, and each required one left out."""
    whole = valid_body(schema)
    for name, field in schema.properties.items():
        for value in _WRONG:
            if value != "" and not respell(field, value):
                yield name, {**whole, name: value}
    for name in schema.required:
        yield name, {one: value for one, value in whole.items() if one != name}
