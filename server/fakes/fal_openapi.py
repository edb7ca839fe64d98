"""A model as fal's platform API tells it: metadata, and the OpenAPI document of its inputs. Pure.

Source: fal.ai/docs/platform-apis/v1/models, in the form of answers of January 2026: objects are named and referred to,
what may be absent may be null, texts come with titles.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import Schema, find_schema

PROVIDER = "fal-ai"


def describe_model(endpoint_id: str, expand: Sequence[str], inputs: Schema | None = None) -> dict[str, Any]:
    """The model's row; one that fal does not know has no metadata. `inputs`: in the place of its own."""
    known = find_schema(PROVIDER, endpoint_id)
    row: dict[str, Any] = {"endpoint_id": endpoint_id}
    names = {one.endpoint_id: one.name for one in load_catalog().models.values() if one.provider == PROVIDER}
    schema = inputs if inputs is not None else known.schema if known else None
    if endpoint_id not in names or schema is None:
        return row
    row["metadata"] = {"display_name": names[endpoint_id], "status": "active"}
    if any("openapi-3.0" in one.split(",") for one in expand):
        row["openapi"] = _document(endpoint_id, schema)
    return row


def _document(endpoint_id: str, schema: Schema) -> dict[str, Any]:
    named: dict[str, Any] = {}
    name = _title(endpoint_id.rpartition("/")[2]) + "Input"
    named[name] = _written(schema, name, named) | {
        "title": name,
        "x-fal-order-properties": [*schema.get("properties", ())],
    }
    body = {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}, "required": True}
    accepted = {"200": {"description": "The request status."}}
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {endpoint_id}", "version": "1.0.0"},
        "components": {"securitySchemes": {"apiKeyAuth": {"type": "apiKey", "in": "header", "name": "Authorization"}},
                       "schemas": named},
        "paths": {
            f"/{endpoint_id}/requests/{{request_id}}/status": {"get": {"responses": accepted}},
            f"/{endpoint_id}": {"post": {"requestBody": body, "responses": accepted}},
        },
    }  # fmt: skip


def _title(name: str) -> str:
    return "".join(part.title() for part in name.replace(".", "_").replace("-", "_").split("_"))


def _written(schema: Schema, title: str, named: dict[str, Any]) -> dict[str, Any]:
    """A schema as fal writes it; objects within it go to `named`."""
    made: dict[str, Any] = {
        "title": title,
        **{key: value for key, value in schema.items() if key != "additionalProperties"},
    }
    if "enum" in made and all(isinstance(one, str) for one in made["enum"]):
        made = {"type": "string", **made}
    if "items" in made:
        made["items"] = _referred(made["items"], title, named)
    if "anyOf" in made:
        made["anyOf"] = [_referred(one, title, named) for one in made["anyOf"]]
    if "properties" in made:
        needed = made.get("required", ())
        fields: Mapping[str, Schema] = made["properties"]
        made["properties"] = {
            name: _field(_referred(one, _title(name), named), needed=name in needed) for name, one in fields.items()
        }
    return made


def _field(written: dict[str, Any], *, needed: bool) -> dict[str, Any]:
    """A field; one that may be absent and has no default may be null."""
    if needed or "default" in written or not written.keys() & {"type", "$ref"}:
        return written
    return {"title": written.get("title", ""), "anyOf": [written, {"type": "null"}]}


def _referred(schema: Schema, title: str, named: dict[str, Any]) -> dict[str, Any]:
    written = _written(schema, title, named)
    if "properties" not in written:
        return written
    name = f"{title}{len(named)}"
    named[name] = {key: value for key, value in written.items() if key != "default"}
    referred = {"$ref": f"#/components/schemas/{name}"}
    return {"allOf": [referred], "default": written["default"]} if "default" in written else referred
