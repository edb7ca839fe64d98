"""Inputs of fal's models as its platform API tells them: what is asked, what is believed of the answer."""

from typing import Any

import httpx
import pytest

from server.fakes.fal.platform import describe_model
from tests.fakes.chat import ChatServer, answers, drops, raw, refuses
from tests.providers.scripted_fal import KEY, now
from wzrd.domain.errors import ProviderError
from wzrd.models.schemas.input_schemas import find_schema
from wzrd.models.schemas.openapi import Schema
from wzrd.providers.fal.schemas import read_schemas
from wzrd.providers.http_border import JsonCalls

DEV, VEO = "fal-ai/flux/dev", "fal-ai/veo3.1"


def page(*models: str, **more: Any) -> dict[str, Any]:
    return {"models": [describe_model(one, ["openapi-3.0"]) for one in models], "has_more": False, **more}


async def read(http: httpx.AsyncClient, server: ChatServer, *models: str, key: str = KEY) -> dict[str, Schema | None]:
    calls = JsonCalls("fal-ai", http, key=key, key_variable="FAL_KEY", scheme="Key" if key else "", now=now)
    told: dict[str, Schema | None] = {}
    async for some in read_schemas(calls, f"{server.origin}/api/v1", models):
        told |= some
    return told


async def test_ten_are_asked_for_at_once(http: httpx.AsyncClient, server: ChatServer) -> None:
    """By the documented query, with the key where there is one; a model that fal does not know has none."""
    models = [DEV, VEO, *(f"fal-ai/unknown-{number}" for number in range(9))]
    server.script = [answers(page(*models[:10])), answers(page(*models[10:]))]
    told = await read(http, server, *models)
    assert {name for name, schema in told.items() if schema is not None} == {DEV, VEO}
    known = find_schema("fal-ai", DEV)
    assert known is not None
    assert (told[DEV], set(told)) == (known.schema, set(models))
    first, second = (httpx.URL(call.path) for call in server.calls)
    assert first.path == "/api/v1/models"
    assert first.params.get_list("endpoint_id") == models[:10]
    assert second.params.get_list("endpoint_id") == models[10:]
    assert first.params["expand"] == "openapi-3.0"
    assert server.calls[0].headers["authorization"] == f"Key {KEY}"


async def test_pages_are_followed(http: httpx.AsyncClient, server: ChatServer) -> None:
    """Until there are no more, or the same one is named again; without a key none is sent."""
    more = {"has_more": True, "next_cursor": "Mg=="}
    server.script = [answers(page(DEV, **more)), answers(page(VEO, **more))]
    told = await read(http, server, DEV, VEO, key="")
    assert all(told.values())
    assert httpx.URL(server.calls[1].path).params["cursor"] == "Mg=="
    assert not server.calls[0].headers.get("authorization")


@pytest.mark.parametrize(
    "script",
    [
        refuses(429),
        refuses(403),
        refuses(500),
        drops(),
        raw(b"<html>"),
        answers({"detail": "no"}),
        answers([]),
        answers({"models": {"fal-ai/flux/dev": {}}}),
    ],
    ids=["429", "403", "500", "dropped", "a page", "an object", "a list", "models by their names"],
)
async def test_what_is_no_list_of_models(http: httpx.AsyncClient, server: ChatServer, script: Any) -> None:
    """It is an error that names fal, and no key."""
    server.script = [script]
    with pytest.raises(ProviderError) as failed:
        await read(http, server, DEV)
    assert "fal-ai" in failed.value.message
    assert KEY not in failed.value.message


@pytest.mark.parametrize(
    "model",
    [None, "fal-ai/flux/dev", {"endpoint_id": DEV}, {"endpoint_id": DEV, "openapi": {"error": {"code": "expansion"}}},
     {"endpoint_id": DEV, "openapi": "3.0.4"}, {"endpoint_id": [DEV], "openapi": {}}],
    ids=str,
)  # fmt: skip
async def test_a_model_without_a_document_has_none(http: httpx.AsyncClient, server: ChatServer, model: Any) -> None:
    """The others of the answer are read."""
    server.script = [answers({"models": [model, *page(VEO)["models"]]})]
    told = await read(http, server, DEV, VEO)
    assert told[DEV] is None
    assert told[VEO] is not None
