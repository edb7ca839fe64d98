"""Body of a model: what a request says, under the names and in the spelling of the vendor's schema. Pure.

One table of roles finds the name that a schema has for a thing, for every model alike. A value under the schema's own
name is the caller's to choose: it is respelled (`5`, `"5"`, `"5s"`) or refused. A value under another name of its role
is brought to the nearest that the model has. What has no place is left out, and told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from wzrd.models.body_maker import ROLE_OF, BodyMaker, take_known
from wzrd.models.catalog import Control, Model
from wzrd.models.model_inputs import refuse_unknown, snake_case
from wzrd.models.output_counts import is_count
from wzrd.models.schemas.field_values import check_body
from wzrd.models.schemas.input_schemas import InputSchema, Schema, chat_schema, find_schema

CHAT_SETTINGS = (
    "temperature", "seed", "stop", "top_p", "frequency_penalty", "presence_penalty", "logit_bias", "reasoning_effort",
    "verbosity",
)  # fmt: skip
"""Settings that a chat hands on as they are given: those that change how it answers, and neither its form nor price."""
_WRITTEN: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "chat_completion": ("prompt", "system_prompt", "messages", "json", "json_schema", "max_tokens", "stream",
                        "output_format"),
    "direct_http": ("text", "prompt", "model_id", "voice", "voice_id", "duration", "duration_seconds", "output_format"),
})  # fmt: skip
"""Transports whose bodies are written of the documented inputs (`chat_request`, `sounds`) and checked there: these, and
those of the vendor's schema."""


@dataclass(frozen=True, slots=True)
class ModelBody:
    """Inputs that leave for the vendor; `ignored`: fields that were left out or changed, and why."""

    inputs: dict[str, Any]
    ignored: Mapping[str, str] = field(default_factory=dict[str, str])


def make_body(
    model: Model, given: Mapping[str, Any], *, roles: Mapping[str, Any] | None = None, strict: bool = False
) -> ModelBody:
    """The body of a model for `given`, a request's own fields, and `roles`, what is wished by its role.

    The catalog's defaults lie below both. A model without a schema gets the names that its row has, unchecked; all
    names, if its row tells none. `strict`: people write for this one model, so that a field which it has not is an
    error.

    Raises:
        BadRequest: a value that the model cannot take, or nothing for an input that it needs; the field, the value and
            what is allowed are named. `strict`: an unknown field, with the nearest name.
    """
    if strict:
        _check_written(model, given)
    schema = schema_of(model)
    maker = BodyMaker(schema, names=schema.sources or (model.payload_keys and model.transport not in _WRITTEN))
    maker.take(given, strict=strict and bool(schema.sources))
    maker.wish(roles or {})
    if model.media_type == "video":
        maker.silence()
    maker.fill(model.defaults)
    if schema.sources:
        check_body(schema, maker.made)
    return ModelBody(maker.made, maker.ignored)


def own_sound(model: Model, body: Mapping[str, Any]) -> bool | None:
    """True if a clip is asked for with its own sound, False without; None where its model lets nobody choose."""
    if model.media_type != "video":
        return None
    schema = schema_of(model)
    switches = BodyMaker(schema, names=schema.sources or model.payload_keys).switches
    said = [body[name] for name in switches if name in body]
    return None if not said else any(str(one).lower() in {"true", "on", "yes"} for one in said)


def check_fields(model: Model, given: Mapping[str, Any]) -> None:
    """See that these fields of a request can be meant for this model; others may still come.

    Raises:
        BadRequest: an unknown field, with the nearest name; or a value that the model cannot take.
    """
    _check_written(model, given)
    schema = schema_of(model)
    if schema.sources:
        BodyMaker(schema, names=True).take(given, strict=True)


def _check_written(model: Model, given: Mapping[str, Any]) -> None:
    """See that a chat or a sound knows these fields, whose bodies are written elsewhere.

    Raises:
        BadRequest: it does not know one; the nearest name is told.
    """
    if model.transport not in _WRITTEN:
        return
    is_chat = model.transport == "chat_completion"
    schema = chat_schema(model.provider) if is_chat else find_schema(model.provider, model.endpoint_id)
    known = [one for one in schema.properties if one in CHAT_SETTINGS or not is_chat] if schema else ()
    names = dict.fromkeys((*_WRITTEN[model.transport], *known))
    for name, value in given.items():
        is_known = name.startswith("_") or name in names or snake_case(name) in names or is_count(name)
        if not is_known and value is not None and value not in ("", []):
            refuse_unknown(model.id, name, names)


def check_chat(provider: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a chat, those that its provider's schema has spelled as it spells them.

    Raises:
        BadRequest: one of them is not valid; it is named with what is allowed.
    """
    schema = chat_schema(provider)
    known = take_known(schema, inputs)
    check_body(schema, {"model": "", **known})
    return {**inputs, **known}


def schema_of(model: Model) -> InputSchema:
    """The vendor's schema, else what the catalog's row tells of its inputs: names and offered values, no source."""
    if model.transport not in _WRITTEN and (schema := find_schema(model.provider, model.endpoint_id)):
        return schema
    controls = {snake_case(one.key): _of_control(one) for one in model.controls}
    names = model.payload_keys or (*model.supports, *model.defaults, "prompt")
    fields = {
        name: {"type": "array"} if name.endswith("_urls") else controls.get(snake_case(name), {}) for name in names
    }
    return InputSchema(model.endpoint_id, {"type": "object", "properties": fields}, {})


def _of_control(control: Control) -> Schema:
    if control.options:
        return {"enum": [value for _, value in control.options]}
    if control.type != "number":
        return {}
    bounds = {"minimum": control.min, "maximum": control.max}
    kind = "integer" if all(isinstance(one, int | None) for one in bounds.values()) else "number"
    return {"type": kind} | {name: one for name, one in bounds.items() if one is not None}


def file_fields(model: Model, role: str) -> list[str]:
    """The fields in which a model takes a kind of file (`first_frame`, `image`, …), in the order of their filling."""
    schema = schema_of(model)
    return BodyMaker(schema, names=schema.sources or model.payload_keys).file_names(role)


def fields_of_role(model: Model, role: str) -> list[str]:
    """The fields that a role has in a model: an exception's, else all of its names."""
    schema = schema_of(model)
    return BodyMaker(schema, names=schema.sources or model.payload_keys).fields_of(role)


def fields_for(schema: InputSchema, *roles: str) -> list[str]:
    """The names that a schema has for these roles."""
    return [name for name in schema.properties if ROLE_OF.get(snake_case(name)) in roles]
