"""Structured outputs as servers refuse them: a strict schema that is not closed, a model that knows none. Pure.

Sources: platform.openai.com (structured outputs: every field required, `additionalProperties` false, names of 64
characters) and console.groq.com (which models take `json_schema`).
"""

import re
from collections.abc import Mapping
from typing import Any, cast

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
GROQ_MODELS = ("openai/gpt-oss-", "moonshotai/kimi-k2", "meta-llama/llama-4-")
"""Beginnings of the names of Groq's models that take a schema."""


def refusal_of(body: Mapping[str, Any], *, groq: bool) -> str | None:
    """Why a body's `response_format` is refused; None where it is taken, or there is none."""
    form = body.get("response_format")
    if not isinstance(form, dict) or cast("dict[str, Any]", form).get("type") != "json_schema":
        return None
    given = cast("dict[str, Any]", form)["json_schema"]
    if groq and not str(body.get("model")).startswith(GROQ_MODELS):
        return "This model does not support response format `json_schema`"
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "Invalid 'response_format.json_schema.name': string does not match pattern '^[a-zA-Z0-9_-]+$'"
    fault = _open_part(given.get("schema"), ()) if given.get("strict") else None
    return f"Invalid schema for response_format '{name}': {fault}" if fault else None


def _open_part(schema: object, at: tuple[str, ...]) -> str | None:
    """The first part of a schema that strict mode does not take."""
    if not isinstance(schema, dict):
        return f"In context={at}, schema must be an object."
    known = cast("dict[str, Any]", schema)
    for part, inner in (("anyOf", known.get("anyOf", [])), ("items", [known["items"]] if "items" in known else [])):
        for one in inner:
            if fault := _open_part(one, (*at, part)):
                return fault
    if known.get("type") != "object":
        return None
    if known.get("additionalProperties") is not False:
        return f"In context={at}, 'additionalProperties' is required to be supplied and to be false."
    fields = cast("dict[str, Any]", known.get("properties", {}))
    if missing := next((name for name in fields if name not in known.get("required", [])), None):
        return (
            f"In context={at}, 'required' is required to be supplied and to be an array including every key in "
            f"properties. Missing '{missing}'."
        )
    return next(filter(None, (_open_part(one, (*at, "properties", name)) for name, one in fields.items())), None)
