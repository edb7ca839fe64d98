"""The fake of fal's queue refuses what fal's own schemas refuse, in fal's words."""

import httpx

from server.fakes import Fakes
from tests.models.schemas.samples import mutations, valid_body
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import find_schema

HEADERS = {"authorization": "Key k:s"}
FFMPEG = ("fal-ai/ffmpeg-api/compose", "fal-ai/ffmpeg-api/merge-videos")
"""These look at the films themselves, and have tests of their own."""
SCHEMAS = {
    schema.endpoint_id: schema
    for model in load_catalog().models.values()
    if (schema := find_schema("fal-ai", model.endpoint_id)) and model.endpoint_id not in FFMPEG
}


async def test_a_wrong_body_is_refused_with_its_place(fakes: Fakes) -> None:
    """Some fields of each model, mutated: 422, the place below `body`, its words and kind; nothing is paid."""
    async with httpx.AsyncClient(base_url=f"{fakes.base_url}/fal/queue", headers=HEADERS, trust_env=False) as http:
        for endpoint_id, schema in SCHEMAS.items():
            for name, body in [*dict(mutations(schema)).items()][:4]:
                reply = await http.post(f"/{endpoint_id}", json=body)
                assert reply.status_code == 422, (endpoint_id, body)
                faults = reply.json()["detail"]
                assert name in {fault["loc"][1] for fault in faults}, (endpoint_id, faults)
                assert all({"loc", "msg", "type"} <= set(fault) and fault["loc"][0] == "body" for fault in faults)
    assert await fakes.paid_submits() == []


async def test_a_field_that_the_model_has_not_is_refused(fakes: Fakes) -> None:
    """Stricter than the vendor, which may ignore it: a test shall not pass by what is ignored."""
    async with httpx.AsyncClient(base_url=f"{fakes.base_url}/fal/queue", headers=HEADERS, trust_env=False) as http:
        reply = await http.post("/fal-ai/flux/dev", json={"prompt": "rain", "aspect_ratio": "16:9"})
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["body", "aspect_ratio"]
    assert reply.json()["detail"][0]["type"] == "extra_forbidden"


async def test_a_valid_body_is_taken(fakes: Fakes) -> None:
    """Of every model, what it cannot do without."""
    async with httpx.AsyncClient(base_url=f"{fakes.base_url}/fal/queue", headers=HEADERS, trust_env=False) as http:
        for endpoint_id, schema in SCHEMAS.items():
            reply = await http.post(f"/{endpoint_id}", json=valid_body(schema))
            assert reply.status_code == 200, (endpoint_id, reply.text)
