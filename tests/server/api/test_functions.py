"""The functions that generate: the table, the routes and the client's bodies say the same of each."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from server.api.described import DESCRIPTIONS
from server.api.routes import ROUTERS
from wzrd.contracts.functions import FUNCTIONS, Function, GenerationCall
from wzrd.contracts.generate import GenerationOptions, OutputConfig, ReferenceAsset
from wzrd.contracts.generation_service import GenerationInput, GenerationMetadata
from wzrd.models.catalog import MEDIA_TYPES

BODIES = {
    route.path: DESCRIPTIONS[route.endpoint].message
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.endpoint in DESCRIPTIONS
}
"""Message that each route takes, by its address."""
ASKED = GenerationInput(
    model="a/model",
    prompt="a lamp",
    parameters={"model_id": "v1"},
    output_config=OutputConfig(storage_path_prefix="lamps"),
    metadata=GenerationMetadata(entity_id="7f2c"),
)


def test_the_table_has_every_route_that_generates() -> None:
    """A route whose body is a generation's is a function of the table, and the reverse; its body is the row's."""
    generating = {path: body for path, body in BODIES.items() if body and issubclass(body, GenerationOptions)}
    rows = {function.path: function.body for function in FUNCTIONS.values()}
    assert generating == rows, "add the row in wzrd/contracts/functions.py, or the route in server/api/routes"


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_a_row_is_whole(function: Function) -> None:
    """It makes what models make, under the name that its address has."""
    assert function.makes
    assert function.makes <= MEDIA_TYPES
    assert FUNCTIONS[function.name] is function


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_the_clients_body_is_read_by_the_route(function: Function) -> None:
    """Request id, references, where it is stored, and the function's own fields arrive as they were asked for."""
    picture = ReferenceAsset(url="https://x.test/1.png", type="image")
    body = function.body_of(GenerationCall(ASKED, (picture,), "r-1", 7))
    read: Any = function.body.model_validate(body)
    assert (read.request_id, read.max_credits, read.reference_assets) == ("r-1", 7, [picture])
    assert (read.output_config.storage_path_prefix, read.metadata.entity_id) == ("lamps", "7f2c")
    own = function.body.model_fields.keys() - GenerationOptions.model_fields.keys() - {"request_id"}
    said = str({name: getattr(read, name) for name in own})
    assert any(word in said for word in ("a lamp", "a/model", "7f2c", "v1")), f"nothing of the request arrives: {said}"
