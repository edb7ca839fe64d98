"""GET /functions/v1/compute-schema: the JSON schema of a graph file, for editors and for whoever writes graphs."""

from functools import cache

from fastapi import APIRouter
from starlette.responses import Response

from server.api.callers import NOBODY
from server.api.described import File, described
from wzrd.contracts.wire import dumps
from wzrd.graph.file_format import graph_file_schema

router = APIRouter(tags=["film"])

SCHEMA_JSON = "application/schema+json"


@router.get("/functions/v1/compute-schema")
@described(answers={200: File((SCHEMA_JSON,))}, security=(NOBODY,))
async def compute_schema() -> Response:
    """The JSON schema of a graph file, as `docs/graph.schema.json` has it; for anybody."""
    return Response(_schema(), media_type=SCHEMA_JSON, headers={"cache-control": "public, max-age=3600"})


@cache
def _schema() -> bytes:
    return dumps(graph_file_schema())
