"""model-catalog under hostile requests: huge, deep, of wrong types, odd characters. Never a 500, never much work."""

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from server.api.routes import model_catalog
from tests.server.api.test_anon_key import anon_key, bearing
from tests.server.api.test_model_catalog import PATH, ask
from wzrd.contracts.model_catalog import PARAMETERS
from wzrd.models.catalog import load_catalog

ANON = bearing(anon_key())
Pairs = list[tuple[str, str | int | float | bool | None]]
MIB = 1 << 20


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"category": 5}, "category: should be a valid string"),
        ({"media_type": ["image"]}, "media_type: "),
        ({"id": {}}, "id: "),
        ({"search": "x" * 201}, "search: "),
        ({"workflow_types": [1]}, "workflow_types."),
        ({"workflow_types": {"a": 1}}, "workflow_types: "),
        ({"capabilities": ["a"] * 65}, "capabilities: "),
        ({"includeAdvanced": []}, "include_advanced: "),
        ({"params": 7}, "params: must be a text"),
        ({"params": "a=1&" * 300}, "params: more than 200"),
        ({"studio": "kanvas", "kanvas_mode": "x"}, "the Kanvas view is not served here"),
        ([], "must be a JSON object"),
    ],
)
async def test_what_cannot_be_is_refused(client: httpx.AsyncClient, body: Any, told: str) -> None:
    """400 that names the parameter; the Kanvas view is named as left out."""
    response = await client.post(PATH, json=body, headers=ANON)
    assert response.status_code == 400, response.text
    assert told in response.json()["error"]


async def test_hostile_queries_are_cheap(client: httpx.AsyncClient) -> None:
    """Thousands of parameters, long needles, odd characters: an answer, never an error of ours."""
    pairs: Pairs = [
        ("search", "\U0001f3ac é \x00 %"),
        ("category", "\u202e"),
    ]
    pairs.extend([("capabilities", "a")] * 50)
    pairs.extend([("x", "y")] * 3000)
    response = await client.get(PATH, params=pairs, headers=ANON)
    assert (response.status_code, response.json()["total"]) == (200, 0)
    many = await client.get(PATH, params={"workflow_types": ["a,b"] * 40}, headers=ANON)
    assert many.status_code == 400
    for name in PARAMETERS:
        for value in ("?", "[]", "-0", "null", "1" * 200):
            assert (await client.get(PATH, params={name: value}, headers=ANON)).status_code in {200, 404}


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"null", 400, "must be a JSON object, not null"),
        (b'"model"', 400, "must be a JSON object, not a string"),
        (b"{", 400, "Invalid JSON at line 1"),
        (b"\xff\xfe", 400, "not valid UTF-8 at byte 0"),
        (b'{"search":"\\u0000"}', 400, "search: must not contain the NUL character"),
        (b'{"search":"\\ud800"}', 400, "Invalid JSON"),
        (b'{"limit":' + b"9" * 500 + b"}", 400, "Invalid JSON"),
        (b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, "nested more than 64 levels"),
        (b'{"x":"' + b"x" * 2 * MIB + b'"}', 413, "larger than"),
        (b'{"workflow_types":[' + b'"a",' * 110_000 + b'"a"]}', 400, "brackets, commas and colons"),
        (b'{"workflow_types":"' + b"a," * 100_000 + b'"}', 400, "workflow_types: "),
        (b'{"params":"search=' + b"%41" * 100_000 + b'"}', 400, "search: "),
        (b'{"params":"' + b"&" * 900_000 + b'"}', 400, "params: more than 200 parameters"),
    ],
    ids=range(13),
)
async def test_a_body_that_no_client_sends(client: httpx.AsyncClient, content: bytes, status: int, told: str) -> None:
    """Refused by its place, in a short answer."""
    response = await client.post(PATH, content=content, headers=ANON)
    assert (response.status_code, told in response.json()["error"]) == (status, True), response.text
    assert len(response.content) < 600


@pytest.mark.parametrize(
    "body",
    [
        {"limit": [1], "offset": {}},
        {"limit": True, "offset": False},
        {"limit": 1.7e308, "offset": -1.7e308},
        {"limit": None, "capabilities": None, "workflow_types": None, "search": None, "diagnostics": None, "id": None},
        {"capabilities": [], "workflow_types": [","]},
        {"params": "limit=%00&offset=%ff%fe&workflow_types=,,&id="},
        {"unknown": {"deep": [1, 2, 3]}, "__proto__": {"id": "x"}},
    ],
)
async def test_what_means_nothing_is_passed_over(client: httpx.AsyncClient, body: dict[str, Any]) -> None:
    """The list is the whole one."""
    assert await ask(client, body) == await ask(client, {})


@pytest.mark.parametrize("given", ["", '"', "W/", "," * 5000, '"' + "a" * 60_000 + '"', "*, *", "\t"])
async def test_a_tag_that_is_none(client: httpx.AsyncClient, given: str) -> None:
    """Answered whole."""
    response = await client.get(PATH, headers={**ANON, "if-none-match": given})
    assert (response.status_code, len(response.json())) == (200, len(load_catalog().models))


@pytest.mark.parametrize(
    "given", ["..", "groq/../../x", "groq/a\nb", "groq/" + "a" * 190, "%00", "fal-ai/", " ", "groq/*"]
)
async def test_an_id_that_is_none(client: httpx.AsyncClient, given: str) -> None:
    """404 by GET, or nothing asked where it is blank; a family has members only."""
    response = await client.get(PATH, params={"id": given}, headers=ANON)
    assert response.status_code == (404 if given.strip() else 200)


async def test_what_is_kept_is_bounded(client: httpx.AsyncClient) -> None:
    """However many lists are asked for, a few are kept; each is answered as if it were the first."""
    first = await ask(client, media_type="image", limit="2000")
    for limit in range(1000, 1000 + 2 * model_catalog.KEPT):
        assert await ask(client, media_type="image", limit=str(limit)) == first
    for member in range(2 * model_catalog.KEPT):
        assert (await ask(client, id=f"groq/m{member}"))["model"]["id"] == f"groq/m{member}"
    assert model_catalog.answer_request.cache_info().currsize == model_catalog.KEPT
    assert await ask(client, media_type="image", limit="2000") == first


async def test_many_at_once(client: httpx.AsyncClient) -> None:
    """Each gets its own answer."""
    providers = ["fal-ai", "gmi-cloud", "groq", "animatic"] * 10
    answers = await asyncio.gather(*(ask(client, {"params": urlencode({"provider": one})}) for one in providers))
    for provider, answer in zip(providers, answers, strict=True):
        assert {model["provider"] for model in answer["models"]} == {provider}
    assert json.dumps(answers[0]) == json.dumps(answers[4])
