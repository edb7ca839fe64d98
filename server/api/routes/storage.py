"""Public files: the unguessable path is the capability, no token. How a file is answered stands in stored_files."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.callers import NOBODY
from server.api.described import described
from server.api.envelopes import in_envelope, storage
from server.api.services import ServicesOf
from server.api.stored_files import FILE_ANSWERS, ReadHeaders, SaveQuery, StoredFileResponse, refusal
from wzrd.domain.buckets import PUBLIC_BUCKETS
from wzrd.domain.errors import NotFound
from wzrd.storage.protocol import RangeNotSatisfiable, UnsafePath

router = APIRouter(prefix="/storage/v1/object/public", tags=["files"], dependencies=[in_envelope(storage)])


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
