"""The input of an endpoint as JSON Schema, read from an answer of fal's platform API. Pure.

Source: `GET https://api.fal.ai/v1/models?endpoint_id=…&expand=openapi-3.0`, the form of its answers in January 2026.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from wzrd.contracts.wire import members_of

Schema: TypeAlias = dict[str, Any]

_KEPT = (
    "type", "enum", "default", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
    "minLength", "maxLength", "minItems", "maxItems",
)  # fmt: skip
"""Keywords that are kept of a field."""
_NULL = {"type": "null"}


def read_answer(answer: Mapping[str, Any]) -> dict[str, Schema]:
    """The inputs of the models in an answer by endpoint id; a model whose schema cannot be found is left out."""
    models = cast("Sequence[Mapping[str, Any]]", answer.get("models") or ())
    found = {str(model.get("endpoint_id")): _input_of(model) for model in models}
    return {endpoint_id: schema for endpoint_id, schema in found.items() if schema is not None}


def _input_of(model: Mapping[str, Any]) -> Schema | None:
    """The schema of what is posted to the endpoint's own path."""
    document = members_of(model.get("openapi"))
    path = members_of(members_of(document.get("paths")).get(f"/{model.get('endpoint_id')}"))
    body = members_of(members_of(path.get("post")).get("requestBody"))
    schema = members_of(members_of(members_of(body.get("content")).get("application/json")).get("schema"))
    components = members_of(members_of(document.get("components")).get("schemas"))
    return clean_schema(schema, components) if schema else None


def clean_schema(schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "") -> Schema:
    """A schema in our few words: references resolved, `null` left out, objects closed."""
    if "$ref" in schema:
        return clean_schema(members_of(components.get(str(schema["$ref"]).rpartition("/")[2])), components, name)
    made: Schema = {key: schema[key] for key in _KEPT if schema.get(key) is not None}
    if "const" in schema:
        made["enum"] = [schema["const"]]
    if "enum" in made:
        made.pop("type", None)
    ways = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    inner = [clean_schema(one, components, name) for one in ways if one != _NULL]
    for one in schema.get("allOf", ()):
        made = {**clean_schema(one, components, name), **made}
    if len(inner) == 1:
        made = {**inner[0], **made}
    elif inner:
        made["anyOf"] = inner
    if "items" in schema:
        made["items"] = clean_schema(members_of(schema["items"]), components, name)
    if name.endswith("_url") and made.get("type") == "string":
        made["format"] = "uri"
    return {**made, **_closed(schema, components)} if "properties" in schema else made


def _closed(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Schema:
    properties = {key: clean_schema(one, components, key) for key, one in members_of(schema["properties"]).items()}
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def refine(newer: Mapping[str, Any], older: Mapping[str, Any]) -> Schema:
    """The newer schema, with the bounds that only the older one tells and its kind of numbers.

    A declaration of types writes whole numbers as texts (`"4"` for 4) and tells no length of anything.
    """
    made: Schema = dict(newer)
    kind = older.get("type")
    if kind == newer.get("type") or {kind, newer.get("type")} == {"integer", "number"}:
        made |= {key: older[key] for key in _KEPT[4:] if key in older}
        made |= {"type": "integer"} if kind == "integer" else {}
        if "default" in older and "maximum" in older and made.get("default", 0) > older["maximum"]:
            made["default"] = older["default"]  # a type that two models share has the default of one
    if "enum" in newer and "enum" in older and not _words(newer) & _words(older):
        made |= {key: older[key] for key in ("enum", "default") if key in older}  # two models share a type's name
    elif "enum" in newer and any(isinstance(one, int) for one in older.get("enum", ())):
        made["enum"] = [_whole(one) for one in newer["enum"]]
        made |= {"default": _whole(newer["default"])} if "default" in newer else {}
    if "items" in newer and "items" in older:
        made["items"] = refine(newer["items"], older["items"])
    if "properties" in newer and "properties" in older:
        known = older["properties"]
        fields = newer["properties"].items()
        made["properties"] = {name: refine(one, known[name]) if name in known else one for name, one in fields}
    if "anyOf" in newer and "anyOf" in older:
        made["anyOf"] = [_refine_way(one, older["anyOf"]) for one in newer["anyOf"]]
    return made


def _refine_way(way: Mapping[str, Any], older: Sequence[Mapping[str, Any]]) -> Schema:
    same = next((one for one in older if ("enum" in one, one.get("type")) == ("enum" in way, way.get("type"))), way)
    return refine(way, same)


def _words(schema: Mapping[str, Any]) -> set[str]:
    return {str(one) for one in schema["enum"]}


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value
