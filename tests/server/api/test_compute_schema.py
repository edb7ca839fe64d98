"""GET /functions/v1/compute-schema: the schema of graph files, for anybody."""

import json
from pathlib import Path

import httpx

SCHEMA = Path(__file__).parents[3] / "docs" / "graph.schema.json"


async def test_the_schema_is_the_documented_one(client: httpx.AsyncClient) -> None:
    """Without a token, and what `docs` has."""
    response = await client.get("/functions/v1/compute-schema")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == json.loads(SCHEMA.read_text())
