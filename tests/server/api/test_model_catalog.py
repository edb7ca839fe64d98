"""model-catalog: the bare array, the envelope with every filter, single models, tags; and generation-route's answer."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.server.api.test_anon_key import anon_key, bearing
from wzrd.models.catalog import find_model, load_catalog

PATH = "/functions/v1/model-catalog"
ANON = bearing(anon_key())
FIELDS = ["id", "name", "provider", "credits", "mediaType", "workflowType"]
CLIENT_BODY = {
    "category": None,
    "media_type": "image",
    "ui_group": None,
    "provider": None,
    "workflow_type": None,
    "workflow_types": ["text-to-image", "image-edit"],
    "studio_surface": "studio:image",
    "includeAdvanced": False,
    "search": "",
    "limit": 500,
    "offset": 0,
    "diagnostics": False,
}
"""The body of the studio's model picker."""


async def ask(client: httpx.AsyncClient, body: Any = None, **query: Any) -> dict[str, Any]:
    """The envelope for this body (POST), or this query (GET)."""
    if body is None:
        response = await client.get(PATH, params=query, headers=ANON)
    else:
        response = await client.post(PATH, json=body, params=query, headers=ANON)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    return response.json()


def ids(answer: dict[str, Any]) -> list[str]:
    """The ids of a page."""
    return [model["id"] for model in answer["models"]]


async def test_the_documented_array(client: httpx.AsyncClient) -> None:
    """GET without parameters: every model, six documented fields in camelCase, credits a whole number."""
    response = await client.get(PATH, headers=ANON)
    listed: list[dict[str, Any]] = response.json()
    assert isinstance(listed, list)
    assert [list(model) for model in listed] == [FIELDS] * len(load_catalog().models)
    assert {model["id"] for model in listed} == set(load_catalog().models)
    for model in listed:
        known = load_catalog().models[model["id"]]
        assert (model["credits"], model["mediaType"], model["workflowType"]) == (
            known.credits,
            known.media_type,
            known.workflow_type,
        )
        assert type(model["credits"]) is int
    assert {
        "id": "fal-ai/kling-video/o3/standard/text-to-video",
        "name": "Kling O3 Standard T2V",
        "provider": "fal-ai",
        "credits": 20,
        "mediaType": "video",
        "workflowType": "text-to-video",
    } in listed  # the documentation's own example
    assert (await client.get(PATH, params={"apikey": "x", "category": ""}, headers=ANON)).json() == listed


async def test_the_clients_request(client: httpx.AsyncClient) -> None:
    """The model picker's own body: an envelope whose models it can read, never an array."""
    answer = await ask(client, CLIENT_BODY)
    assert set(answer) == {"models", "total", "scanned", "categories"}
    assert answer["total"] == len(answer["models"]) > 10
    assert answer["scanned"] == len(load_catalog().models)
    assert answer["categories"] == list(dict.fromkeys(model["category"] for model in answer["models"]))
    for model in answer["models"]:
        assert model["media_type"] == model["icon"] == "image"
        assert model["workflow_type"] in {"text-to-image", "image-edit"}
        assert model["ui_group"] == "generation"
        assert type(model["credits"]) is int


async def test_a_model_is_whole(client: httpx.AsyncClient) -> None:
    """Every documented key in snake_case, with its type; controls as the client draws them; absent keys are absent."""
    always = {
        "id": str, "name": str, "description": str, "category": str, "media_type": str, "workflow_type": str,
        "ui_group": str, "supports": list, "defaults": dict, "controls": list, "aliases": list, "icon": str,
        "credits": int, "time": str, "provider": str, "provider_label": str, "endpoint_id": str, "pricing_text": str,
        "tags": list, "is_default": bool, "default_rank": int,
    }  # fmt: skip
    answer = await ask(client, {"include_advanced": True})
    assert len(answer["models"]) == len(load_catalog().models)
    for model in answer["models"]:
        assert {key: type(model[key]) for key in always} == always
        assert set(model) - set(always) <= {"vendor"}
        assert None not in model.values()
        for control in model["controls"]:
            assert {"key", "label", "type"} <= set(control)
            assert set(control) <= {"key", "label", "type", "defaultValue", "options", "min", "max", "step"}
            assert ("options" in control) == (control["type"] == "select")
    veo = (await ask(client, id="gmi/veo3"))["model"]
    assert veo["controls"][0]["options"][0] == {"label": "1:1", "value": "1:1"}
    assert veo["controls"][1] == {
        "key": "durationSeconds", "label": "Duration", "type": "number",
        "defaultValue": 8, "min": 1, "max": 30, "step": 1,
    }  # fmt: skip
    assert (veo["defaults"]["duration_seconds"], veo["pricing_text"]) == (8, f"{veo['credits']} credits")


@pytest.mark.parametrize(
    "query",
    [
        {"category": "llm"},
        {"media_type": "audio"},
        {"ui_group": "advanced"},
        {"provider": "gmi-cloud"},
        {"workflow_type": "image-to-video"},
    ],
)
async def test_equality(client: httpx.AsyncClient, query: dict[str, str]) -> None:
    """Exactly the models whose field has the value, and, unless a group is named, of the group `generation`."""
    answer = await ask(client, **query)
    meant = [
        model.id
        for model in load_catalog().listed
        if all(getattr(model, name) == value for name, value in {"ui_group": "generation", **query}.items())
    ]
    assert ids(answer) == meant
    assert answer["total"] == len(meant) > 0


@pytest.mark.parametrize("spelling", ["fal", "fal.ai", "FAL_AI", "FalAI", "fal-ai", "GMI", "gmi cloud", "Gmi_Cloud"])
async def test_a_provider_has_many_spellings(client: httpx.AsyncClient, spelling: str) -> None:
    """Whatever the case."""
    provider = "fal-ai" if spelling.lower().startswith("fal") else "gmi-cloud"
    answer = await ask(client, provider=spelling)
    assert {model["provider"] for model in answer["models"]} == {provider}


async def test_lists_are_repeated_or_comma_separated(client: httpx.AsyncClient) -> None:
    """`workflow_types` either way, over `workflow_type`; `capabilities` must all be there."""
    wanted = ["text-to-image", "image-to-video"]
    one = await ask(client, workflow_types=wanted, workflow_type="text-to-text")
    two = await ask(client, workflow_types=",".join(wanted))
    three = await ask(client, {"workflow_types": "text-to-image, image-to-video"})
    assert ids(one) == ids(two) == ids(three)
    assert {model["workflow_type"] for model in one["models"]} == set(wanted)
    for answer in (
        await ask(client, capabilities=["seed", "prompt"]),
        await ask(client, {"capabilities": ["seed", "prompt"]}),
    ):
        assert ids(answer)
        assert all({"seed", "prompt"} <= set(model["supports"]) for model in answer["models"])
    assert (await ask(client, capabilities=["prompt", "telepathy"]))["total"] == 0


async def test_a_surface_is_the_medias_own_where_none_is_listed(client: httpx.AsyncClient) -> None:
    """`studio:<media type>` covers models without surfaces of their own; a listed one counts exactly."""
    shown = set(ids(await ask(client, studio_surface="studio:audio", include_advanced="1")))
    assert shown == {model.id for model in load_catalog().listed if model.media_type == "audio"}
    text = ids(await ask(client, studio_surface="studio:text", include_advanced="1", media_type="video"))
    assert text == [
        m.id for m in load_catalog().listed if m.media_type == "video" and "studio:text" in m.studio_surfaces
    ]
    assert ids(await ask(client, studio_surface="studio:smell")) == []


async def test_search_takes_words_in_any_order(client: httpx.AsyncClient) -> None:
    """Case does not matter; all words must be found somewhere: id, name, vendor, price, aliases."""
    found = ids(await ask(client, search="  VIDEO Kling "))
    assert found
    assert found == ids(await ask(client, search="kling video"))
    assert all("kling" in model for model in found)
    assert "fal-ai/trellis/multi" in ids(await ask(client, search="trellis", include_advanced="true"))
    assert {model["credits"] for model in (await ask(client, search="animatic free"))["models"]} == {0}
    assert ids(await ask(client, search="kling zebra")) == []


async def test_pages(client: httpx.AsyncClient) -> None:
    """Limit and offset come after the filters, are floored, and what is no number is ignored; `total` is all."""
    whole = await ask(client, media_type="video")
    page = await ask(client, media_type="video", limit="3.9", offset="2.2")
    assert ids(page) == ids(whole)[2:5]
    assert page["total"] == whole["total"] > 5
    assert len(ids(await ask(client, {"limit": 0}))) == 1
    assert len(ids(await ask(client, {"limit": -5, "offset": -5}))) == 1
    for junk in ("all", "NaN", "Infinity", "1e999", "9" * 190):
        assert len(ids(await ask(client, media_type="video", limit=junk))) == whole["total"]
    beyond = await ask(client, media_type="video", offset=10_000)
    assert (beyond["models"], beyond["total"]) == ([], whole["total"])


async def test_the_order_is_that_of_the_ranks(client: httpx.AsyncClient) -> None:
    """Defaults first, by rank, then by name."""
    answer = await ask(client, include_advanced="true")
    assert ids(answer) == [model.id for model in load_catalog().listed]
    assert [model["is_default"] for model in answer["models"]] == sorted(
        (model["is_default"] for model in answer["models"]), reverse=True
    )


async def test_advanced_models_are_asked_for(client: httpx.AsyncClient) -> None:
    """`true` and `1`, in either spelling; a named group wins."""
    plain, every = (await ask(client, {}))["total"], len(load_catalog().models)
    assert plain == sum(model.ui_group == "generation" for model in load_catalog().listed)
    for spelling in (
        {"includeAdvanced": True},
        {"include_advanced": "true"},
        {"includeAdvanced": "1"},
        {"include_advanced": 1},
    ):
        assert (await ask(client, spelling))["total"] == every
    for spelling in ({"includeAdvanced": False}, {"include_advanced": "yes"}, {"includeAdvanced": None}):
        assert (await ask(client, spelling))["total"] == plain
    named = await ask(client, {"includeAdvanced": True, "ui_group": "advanced"})
    assert named["total"] == every - plain


async def test_diagnostics(client: httpx.AsyncClient) -> None:
    """When asked for, and on an empty page: what was scanned, by provider, fal-ai first."""
    asked = await ask(client, {"diagnostics": True, "provider": "gmi", "media_type": "image"})
    told = asked["diagnostics"]
    assert (told["scanned"], told["request"]["media_type"]) == (len(load_catalog().models), "image")
    rows = told["providers"]
    assert rows[0] == told["fal"]
    assert [row["provider"] for row in rows][:2] == ["fal-ai", "animatic"]
    assert sum(row["total"] for row in rows) == told["scanned"]
    gmi = next(row for row in rows if row["provider"] == "gmi-cloud")
    assert gmi["visibleForRequest"] == asked["total"]
    assert sum(gmi["byMediaType"].values()) == sum(gmi["byUiGroup"].values()) == gmi["enabled"] == gmi["total"]
    assert (gmi["missingStudioSurface"], told["fal"]["visibleForRequest"]) == (0, 0)
    assert "diagnostics" in await ask(client, {"category": "none such"})


async def test_one_model(client: httpx.AsyncClient) -> None:
    """By id, by alias (the best ranked one), as a member of a family; an advanced one too; else 404."""
    for asked in (
        "fal-ai/flux/schnell",
        "zai-org/GLM-5-FP8",
        "groq/openai/gpt-oss-120b",
        "animatic",
        "fal-ai/trellis/multi",
    ):
        model = find_model(asked)
        assert model is not None
        for answer in (await ask(client, id=asked), await ask(client, {"id": asked})):
            assert list(answer) == ["model"]
            assert (answer["model"]["id"], answer["model"]["credits"]) == (model.id, model.credits)
    missing = await client.get(PATH, params={"id": "nobody/knows"}, headers=ANON)
    assert (missing.status_code, missing.json()) == (404, {"error": "Model not found"})


async def test_the_address_counts_before_params_before_fields(client: httpx.AsyncClient) -> None:
    """Each parameter by itself."""
    fields = {"media_type": "audio", "provider": "elevenlabs", "limit": 1}
    encoded = {"media_type": "video", "limit": "2"}
    answer = await ask(client, {**fields, "params": urlencode(encoded)}, media_type="image", provider="fal")
    assert len(answer["models"]) == 2
    assert {(model["media_type"], model["provider"]) for model in answer["models"]} == {("image", "fal-ai")}
    two = await ask(client, {**fields, "provider": None, "params": "?" + urlencode(encoded)})
    assert [model["media_type"] for model in two["models"]] == ["video", "video"]


async def test_the_kanvas_view_by_get(client: httpx.AsyncClient) -> None:
    """The Kanvas view by GET is a 400, too; another word for `studio` means nothing."""
    assert (await client.get(PATH, params={"studio": "kanvas"}, headers=ANON)).status_code == 400
    assert (await ask(client, studio="other"))["total"] > 0


async def test_a_tag_saves_the_body(client: httpx.AsyncClient) -> None:
    """A strong ETag of the content, another one for another query; If-None-Match answers 304 without a body."""
    tags = set[str]()
    for query in ({}, {"media_type": "image"}, {"media_type": "video"}, {"id": "animatic/image"}, {"limit": "1"}):
        first = await client.get(PATH, params=query, headers=ANON)
        tag = first.headers["etag"]
        assert tag.startswith('"')
        assert first.headers["cache-control"] == "private, no-cache"
        tags.add(tag)
        for given in (tag, f'"x", {tag}', f"W/{tag}", "*"):
            again = await client.get(PATH, params=query, headers={**ANON, "if-none-match": given})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "private, no-cache"
        assert (await client.get(PATH, params=query, headers={**ANON, "if-none-match": '"x"'})).content == first.content
        head = await client.head(PATH, params=query, headers=ANON)
        assert (head.headers["etag"], head.headers["content-length"]) == (tag, str(len(first.content)))
    assert len(tags) == 5
    posted = await client.post(PATH, json={"media_type": "image"}, headers={**ANON, "if-none-match": "*"})
    assert (posted.status_code, posted.headers["etag"] in tags) == (200, True)


async def test_a_tag_is_no_way_in(client: httpx.AsyncClient) -> None:
    """Without a key there is no 304 either."""
    tag = (await client.get(PATH, headers=ANON)).headers["etag"]
    assert (await client.get(PATH, headers={"if-none-match": tag})).status_code == 401


async def test_the_documented_functions_take_no_other_method(client: httpx.AsyncClient) -> None:
    """405 as everywhere, and OPTIONS is the CORS layer's."""
    assert (await client.put(PATH, headers=ANON)).status_code == 405
    assert (await client.options(PATH)).status_code == 200


def test_a_page_of_the_array_stays_documented() -> None:
    """The bytes are JSON without spaces, so that they are sent as they are."""
    from server.api.routes.model_catalog import bare_array

    body, _ = bare_array()
    assert json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode() == body
