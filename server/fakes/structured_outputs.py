"""Structured outputs and calls of functions as servers refuse and answer them. Pure.

Sources: platform.openai.com (structured outputs: every field required, `additionalProperties` false, names of 64
characters) and console.groq.com (which models take `json_schema`).
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from wzrd.contracts.wire import elements_of, members_of

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
GROQ_MODELS = ("openai/gpt-oss-", "moonshotai/kimi-k2", "meta-llama/llama-4-")
"""Beginnings of the names of Groq's models that take a schema."""

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
PARTS = ("text", "image_url", "input_audio", "file", "refusal")
DEEPEST = 12
"""Levels of a schema that is its own part; below them a sample has nothing."""


def wrong_message(messages: list[object], *, names: bool) -> str | None:
    """The first message without a role, or a form of something to say, in OpenAI's words. `names`: it may have one."""
    for at, one in enumerate(map(members_of, messages)):
        role, content = one.get("role"), one.get("content")
        if role not in ROLES:
            return f"Invalid value: {role!r:.40} at 'messages[{at}].role'. Supported values are: {', '.join(ROLES)}."
        is_call = role == "assistant" and content is None and ("tool_calls" in one or "function_call" in one)
        if not is_call and not isinstance(content, str | list):
            return f"Invalid type for 'messages[{at}].content': expected a string or an array, but got {content!r:.40}."
        parts = cast("list[object]", content) if isinstance(content, list) else []
        if kinds := {members_of(part).get("type") for part in parts} - {*PARTS}:
            return f"Invalid value: {kinds} at 'messages[{at}].content'. Supported values are: {', '.join(PARTS)}."
        if "name" in one and not names:
            return f"'messages.{at}' : property 'name' is unsupported"
        if role == "tool" and not one.get("tool_call_id"):
            return f"Missing required parameter: 'messages[{at}].tool_call_id'."
    return None


def tool_refusal(body: Mapping[str, Any]) -> str | None:
    """Why a choice of a function is refused: there are none, or none of that name."""
    choice, tools = body.get("tool_choice"), _functions(body)
    if choice in (None, "none", "auto"):
        return None
    if not tools:
        return "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified."
    name = members_of(members_of(choice).get("function")).get("name")
    if name is not None and name not in tools:
        return f"Invalid value for 'tool_choice': no function named {name!r:.80} was specified in 'tools'."
    return None


def wanted_tool(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The function that has to be called; None where an answer in words will do."""
    choice, tools = body.get("tool_choice"), _functions(body)
    if choice in ("required", "any"):
        return next(iter(tools.values()), None)
    return tools.get(members_of(members_of(choice).get("function")).get("name"))


def _functions(body: Mapping[str, Any]) -> dict[Any, Mapping[str, Any]]:
    told = body.get("tools")
    found = [members_of(members_of(one).get("function")) for one in cast("list[object]", told)] if told else []
    return {one.get("name"): one for one in found}


def sample_of(schema: object, root: object = None, depth: int = 0) -> Any:
    """A value that a schema takes; what is bounded by a pattern, a format or a multiple is not looked at."""
    known, root = members_of(schema), schema if root is None else root
    if isinstance(place := known.get("$ref"), str) and depth < DEEPEST:
        return sample_of(_at(root, place), root, depth + 1)
    if named := next((name for name in ("const", "default", "enum") if name in known), None):
        return known[named][0] if named == "enum" else known[named]
    if ways := known.get("anyOf") or known.get("oneOf") or known.get("allOf"):
        return sample_of(ways[-1 if depth >= DEEPEST else 0], root, depth + 1)
    fields, items = members_of(known.get("properties")), known.get("items")
    kinds = elements_of(known.get("type")) or ["object" if fields else known.get("type")]
    count = max(1 if depth < DEEPEST // 2 else 0, known.get("minItems", 0))
    samples: dict[object, Any] = {
        "object": {name: sample_of(one, root, depth + 1) for name, one in fields.items() if depth < DEEPEST},
        "array": [sample_of(items, root, depth + 1)] * count if items is not None else [],
        "integer": known.get("minimum", 1),
        "number": known.get("minimum", 1),
        "boolean": True,
        "string": "rain".ljust(known.get("minLength", 0), "n")[: known.get("maxLength")],
    }
    return samples.get(kinds[0])


def _at(root: object, place: str) -> object:
    """The part of a schema that a reference names."""
    for name in place.removeprefix("#").strip("/").split("/"):
        root = members_of(root).get(name, {}) if name else root
    return root


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
