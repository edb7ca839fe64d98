"""The description of the API, made of the routes, their descriptions, and the contracts; made when it is asked for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode

from server.api.callers import ASKED, NOBODY, SCHEMES
from server.api.described import DESCRIPTIONS, Description, UploadBody, several
from server.api.envelopes import NamesEnvelope, bare
from server.api.openapi.components import JSON, Components, any_of, describe_answers, describe_errors
from server.api.openapi.samples import Json
from server.api.waiting import PreferHeaders

RAW = "application/octet-stream"
_FREE = frozenset({"type", "title", "default"})
"""Keys in the schema of a parameter that takes any text."""

TAGS: Mapping[str, str] = {
    "generation": "One picture, clip, sound or text by a model of the catalog.",
    "film": "From scenes to shots, pictures, clips and a film.",
    "runs": "What was started: its state, its log, its end.",
    "catalog": "Models, and what they cost.",
    "files": "Stored files.",
    "identity": "Who calls.",
    "webhooks": "What providers call.",
    "health": "For machines that watch.",
}


def build_openapi(app: FastAPI) -> Json:
    """The whole description.

    Raises:
        LookupError: a route has none (`described`).
    """
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=[{"name": name, "description": description} for name, description in TAGS.items()],
    )
    routes = list(shown_routes(app))
    if missing := [route.name for route in routes if route.endpoint not in DESCRIPTIONS]:
        raise LookupError(f"no description of {', '.join(missing)}: put `described` below its route")
    parts = Components(_messages(DESCRIPTIONS[route.endpoint] for route in routes))
    for route in routes:
        path = document["paths"][route.path_format]
        for method in route.methods:
            path[method.lower()] = _operation(route, path[method.lower()], parts)
    document["components"] = {"schemas": dict(sorted(parts.schemas.items())), "securitySchemes": dict(SCHEMES)}
    return document


def shown_routes(app: FastAPI) -> Iterator[Any]:
    """The routes that the description shows, with what their routers add to them."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.include_in_schema:
            yield context


def _messages(descriptions: Iterable[Description]) -> Iterator[tuple[type[BaseModel], JsonSchemaMode]]:
    for description in descriptions:
        if description.message is not None:
            yield description.message, "validation"
        for answer in (*(one for made in description.answers.values() for one in several(made)), description.errors):
            if isinstance(answer, type) and issubclass(answer, BaseModel):
                yield answer, "serialization"


def _operation(route: Any, found: Json, parts: Components) -> Json:
    """One operation; `found` is what FastAPI reads from the function's signature."""
    description = DESCRIPTIONS[route.endpoint]
    calls = list(_calls(route.dependant))
    security = description.security if description.security is not None else _asked(calls)
    own = [*_parameters(description.query, "query"), *_parameters(description.headers, "header")]
    own += _parameters(PreferHeaders, "header") if description.waits else ()
    known = {one["name"] for one in own} | {SCHEMES[name].get("name") for name in security if name != NOBODY}
    parameters = [*(one for one in found.get("parameters", ()) if one["name"] not in known), *own]
    words = (route.endpoint.__doc__ or "").strip()
    checked = any(one["schema"].keys() - _FREE or one["schema"].get("type") != "string" for one in parameters)
    described: Json = {
        "tags": route.tags,
        "operationId": route.name,
        "summary": words.partition("\n")[0],
        "description": words,
        "security": [{name: []} if name != NOBODY else {} for name in security],
    }
    if parameters:
        described["parameters"] = parameters
    if isinstance(description.body, UploadBody):
        described["requestBody"] = _file_body(description.body)
    elif description.body is not None:
        schema = parts.message(description.body, "validation")
        needed = bool(parts.resolve(schema).get("required"))
        described["requestBody"] = {"required": needed, "content": {JSON: {"schema": schema}}}
    secured = any(name != NOBODY for name in security)
    envelope = next((call.envelope for call in calls if isinstance(call, NamesEnvelope)), bare)
    placed = "{" in route.path_format
    failed = describe_errors(
        description, envelope=envelope, secured=secured, checked=checked, placed=placed, parts=parts
    )
    described["responses"] = _either(failed, describe_answers(description, parts))
    return described


def _file_body(upload: UploadBody) -> Json:
    """A file, in a form or raw."""
    file: Json = {"type": "string", "format": "binary"}
    name = upload.field or "file"
    form: Json = {"type": "object", "properties": {name: file}, "required": [name]}
    raw = {} if upload.field else {RAW: {"schema": file}}
    return {"required": True, "content": {**raw, "multipart/form-data": {"schema": form}}}


def _either(failed: Json, made: Json) -> Json:
    """Both by status; a status that is both has one of the two bodies."""
    for status in failed.keys() & made.keys():
        both = [one[status].get("content", {}).get(JSON, {}).get("schema", {}) for one in (made, failed)]
        made[status] = {**failed[status], "content": {JSON: {"schema": any_of(both)}}}
    return {**failed, **made}


def _calls(dependant: Dependant) -> Iterator[object]:
    """Everything that is asked before the route runs."""
    for one in dependant.dependencies:
        yield one.call
        yield from _calls(one)


def _asked(calls: Iterable[object]) -> tuple[str, ...]:
    """Who may call, by the dependency that asks.

    Raises:
        ValueError: none does, and the description does not say who may call either.
    """
    for call in calls:
        if call in ASKED:
            return ASKED[cast("Any", call)]
    raise ValueError("no dependency of the route asks who calls: say it with `security`")


def _parameters(model: type[BaseModel] | None, where: str) -> Iterator[Json]:
    """The fields of a model as parameters; null is what is absent."""
    schema = model.model_json_schema() if model is not None else {}
    for name, field in schema.get("properties", {}).items():
        kinds = [kind for kind in field.pop("anyOf", ()) if kind.get("type") != "null"]
        rest = {key: value for key, value in field.items() if key not in {"title", "default"}}
        whole = {**rest, **(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {})}
        yield {"name": name, "in": where, "required": name in schema.get("required", ()), "schema": whole}
