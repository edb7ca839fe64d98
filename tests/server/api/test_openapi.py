"""The description of the API: whole, true to what routes parse, and made when it is asked for."""

import ast
import inspect
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any, cast

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from server.api.app import create_app
from server.api.described import DESCRIPTIONS
from server.api.openapi.document import TAGS, build_openapi, shown_routes
from tests.server.api.openapi_requests import fitting
from wzrd.contracts.sse import SseReader
from wzrd.db.engine import open_engine
from wzrd.operations import KINDS
from wzrd.runtime.process import make_runtime
from wzrd.settings import Settings

Operation = dict[str, Any]
APP = create_app(make_runtime(Settings.model_validate({}), open_engine("postgresql://nobody@127.0.0.1:9/none"), KINDS))
DOCUMENT = build_openapi(APP)
OPERATIONS: dict[str, Operation] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


def test_every_route_is_described() -> None:
    """No route is shown without a description, and only the pages about it are not shown."""
    assert all(route.endpoint in DESCRIPTIONS for route in shown_routes(APP))
    assert len(OPERATIONS) == sum(len(route.methods) for route in shown_routes(APP))


def parsed_models(endpoint: Callable[..., Any]) -> set[type[BaseModel]]:
    """The models that a route's function parses, itself or by a function beside it."""
    module, found = inspect.getmodule(endpoint), set[type[BaseModel]]()
    seen, waiting = set[str](), [endpoint.__name__]
    while waiting:
        name = waiting.pop()
        made = getattr(module, name, None)
        made = getattr(made, "__wrapped__", made)
        if name in seen or not inspect.isfunction(made) or made.__module__ != endpoint.__module__:
            continue
        seen.add(name)
        for call in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(made)))):
            if isinstance(call, ast.Name):
                waiting.append(call.id)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "parse":
                found.add(getattr(module, ast.unparse(call.args[0])))
            elif isinstance(call, ast.Call) and ast.unparse(call).endswith(".model_validate(decode_object(body))"):
                found.add(getattr(module, ast.unparse(call).partition(".")[0]))
    return found


@pytest.mark.parametrize("route", list(shown_routes(APP)), ids=lambda route: route.name)
def test_a_route_parses_the_model_that_it_describes(route: Any) -> None:
    """The described model of body or query is the very one that the route parses, and the only one."""
    told, parsed = DESCRIPTIONS[route.endpoint], parsed_models(route.endpoint)
    if route.name == "post_catalog":  # what it parses is put together of its address and its body
        assert parsed == {told.query} == {one for one in parsed if told.message and issubclass(told.message, one)}
    else:
        assert parsed <= {told.message, told.query}
        assert told.message is None or told.message in parsed


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_whole(name: str) -> None:
    """A tag that is explained, a summary that fits a line, an id, who may call, errors with their codes."""
    operation = OPERATIONS[name]
    assert [tag for tag in operation["tags"] if tag in TAGS] == operation["tags"], operation["tags"]
    assert len(operation["tags"]) == 1
    assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", operation["operationId"])
    assert 0 < len(operation["summary"]) < 130
    assert operation["security"]
    assert {"500", "503"} <= operation["responses"].keys()
    assert all("`" in told["description"] for status, told in operation["responses"].items() if status[0] in "45")


def test_ids_are_unique() -> None:
    """A generated client has one function an operation."""
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)


def references(value: object) -> set[str]:
    """Every reference in it."""
    if isinstance(value, dict):
        value = cast("dict[str, Any]", value)
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set[str]()
        return own.union(*(references(one) for one in value.values()))
    return (
        set[str]().union(*(references(one) for one in cast("list[Any]", value))) if isinstance(value, list) else set()
    )


def test_every_schema_is_there_and_used() -> None:
    """No reference leads nowhere, and nothing is described that no operation uses."""
    named = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert references(DOCUMENT) == named


def validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    """Of a schema of the description."""
    return jsonschema_rs.validator_for({**schema, "components": DOCUMENT["components"]}, validate_formats=True)


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_a_schema_fits_its_examples(name: str) -> None:
    """It is a JSON schema, and what its function made is what it says; what may be left out has no null by default."""
    schema = DOCUMENT["components"]["schemas"][name]
    assert all(one.get("default", "") is not None for one in schema.get("properties", {}).values())
    for example in schema.get("examples", ()):
        assert list(validator(schema).iter_errors(example)) == []


@pytest.mark.parametrize(
    "name", [name for name, one in OPERATIONS.items() if "text/event-stream" in json.dumps(one["responses"])]
)
def test_an_example_of_a_stream_is_one(name: str) -> None:
    """Its frames are read by our own reader, and each fits the schema of its event."""
    told = OPERATIONS[name]["responses"]["200"]["content"]["text/event-stream"]
    frames = SseReader().feed(told["example"].encode())
    assert frames
    fits = fitting(DOCUMENT)
    for frame in frames:
        assert fits(told["itemSchema"], frame), frame


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    """Importing the application compiles no schema and loads nothing for it; making one builds no description."""
    program = """
import json, sys
import server.api.app
from server.api.described import DESCRIPTIONS
built = [m.__name__ for told in DESCRIPTIONS.values() for m in [told.message] if m and m.__pydantic_complete__]
print(json.dumps([sorted(sys.modules), built, len(DESCRIPTIONS)]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    modules, built, described = json.loads(done.stdout)
    assert not [name for name in modules if name.startswith("server.api.openapi")]
    assert built == []
    assert described == len(DESCRIPTIONS)
    assert APP.openapi_schema is None


async def test_the_description_is_made_once(app: FastAPI, client: httpx.AsyncClient) -> None:
    """The first who asks has it made; it is OpenAPI 3.1, for whoever may read it."""
    assert app.openapi_schema is None
    first = await client.get("http://127.0.0.1/openapi.json")
    assert first.status_code == 200, first.text
    made = app.openapi_schema
    second = await client.get("http://127.0.0.1/openapi.json")
    assert (second.json(), app.openapi_schema is made) == (first.json(), True)
    assert first.json()["openapi"] == "3.1.0"
    assert first.json()["paths"].keys() == DOCUMENT["paths"].keys()
