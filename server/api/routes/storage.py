"""Public files: the unguessable path is the capability, no token. How a file is answered stands in stored_files."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from server.api.callers import NOBODY
from server.api.described import Answer, File, Parameters, described
from server.api.envelopes import in_envelope, storage
from server.api.etags import CacheHeaders
from server.api.services import ServicesOf
from server.api.stored_files import StoredFileResponse, refusal
from wzrd.domain.buckets import PUBLIC_BUCKETS
from wzrd.domain.errors import NotFound
from wzrd.storage.protocol import RangeNotSatisfiable, UnsafePath

router = APIRouter(prefix="/storage/v1/object/public", tags=["files"], dependencies=[in_envelope(storage)])

FILE = File(("*/*",))
FILE_ANSWERS: Mapping[int, Answer] = {200: FILE, 206: FILE, 304: None}
"""A file, a part of it, or that the caller has it."""


class SaveQuery(Parameters):
    """Under which name a browser saves it; empty for its own."""

    download: str | None = None


class ReadHeaders(CacheHeaders):
    """Which part of it, and of which version."""

    range: str | None = Field(default=None, alias="Range")
    if_range: str | None = Field(default=None, alias="If-Range")


@router.head("/{bucket}/{path:path}", include_in_schema=False)
@router.get("/{bucket}/{path:path}")
@described(
    answers=FILE_ANSWERS,
    query=SaveQuery,
    headers=ReadHeaders,
    raises=(UnsafePath, NotFound, RangeNotSatisfiable),
    security=(NOBODY,),
)
async def get_public_object(request: Request, services: ServicesOf, bucket: str, path: str) -> Response:
    """A stored file, for whoever knows its path; `Range` for a part of it, `?download[=name]` to save it."""
    runtime = services.runtime
    if bucket not in PUBLIC_BUCKETS:
        return refusal(NotFound())
    timeout = runtime.settings.stream_send_timeout
    return StoredFileResponse(request, runtime.storage, bucket, path, send_timeout=timeout)
