"""Check of a body by its vendor's schema: the first fault is named, with its value and what is allowed. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, cast

from wzrd.domain.errors import BadRequest
from wzrd.models.model_inputs import refuse
from wzrd.models.schemas.field_values import describe
from wzrd.models.schemas.input_schemas import InputSchema, Schema


def check_body(schema: InputSchema, body: Mapping[str, Any]) -> None:
    """See that a body is valid.

    Raises:
        BadRequest: it is not; the first field that is wrong is named, with its value and what is allowed.
    """
    for fault in schema.problems(body)[:1]:
        _refuse_fault(schema, fault)


def _refuse_fault(schema: InputSchema, fault: Mapping[str, Any]) -> NoReturn:
    loc = cast("tuple[str | int, ...]", fault["loc"])
    name = ".".join(map(str, loc))
    if fault["type"] == "missing":
        wanted = schema.properties.get(str(loc[-1]), {})
        raise BadRequest(f"{schema.endpoint_id} needs {name}: give {describe(wanted)}", field=name)
    if fault["type"] == "extra_forbidden":
        raise BadRequest(f"{schema.endpoint_id} has no input {name}", field=name)
    refuse(name, fault.get("input"), describe(_at(schema.schema, loc)))


def _at(schema: Schema, loc: Sequence[str | int]) -> Schema:
    """The schema at a location of the body, as far as it can be followed."""
    for part in loc:
        inner = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if inner is None:
            return schema
        schema = inner
    return schema
