"""GET /functions/v1/compute-schema: the JSON schema of a graph file, for editors and for whoever writes graphs."""

from functools import cache

from fastapi import APIRouter
from starlette.responses import Response

from server.api.callers import NOBODY
from server.api.described import described
from wzrd.contracts.compute import file_schema
from wzrd.contracts.wire import dumps
from wzrd.graph.file_format import graph_file_schema

router = APIRouter(tags=["film"])


@router.get("/functions/v1/compute-schema")
@described(answers={200: file_schema}, security=(NOBODY,))
async def compute_schema() -> Response:
    """The JSON schema of a graph file, as `docs/graph.schema.json` has it; for anybody."""
    return Response(_schema(), media_type="application/json", headers={"cache-control": "public, max-age=3600"})


@cache
def _schema() -> bytes:
    return dumps(file_schema(graph_file_schema()))
