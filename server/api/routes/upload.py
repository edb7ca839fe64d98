"""POST /functions/v1/upload: one file of a form into `workflow-media`, at an address that cannot be guessed."""

import re
import secrets

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import announced_bytes, json_response
from server.api.callers import CurrentUser
from server.api.described import UploadBody, described
from server.api.envelopes import in_envelope, shared
from server.api.services import ServicesOf
from server.api.uploads import open_upload, storage_room
from wzrd.contracts.asset_upload import uploaded

router = APIRouter(tags=["files"], dependencies=[in_envelope(shared)])

BUCKET = "workflow-media"
MAX_NAME = 100
_NOT_PLAIN = re.compile(r"[^a-z0-9.-]")


def plain_name(name: str) -> str:
    """A file's name as the documented function spells it: lower case, everything else a dash; its last 100 characters.

    Never empty, and no dot where a store takes none.
    """
    plain = _NOT_PLAIN.sub("-", re.split(r"[/\\]", name)[-1].lower())
    return plain[-MAX_NAME:].strip(".") or "file"


@router.post("/functions/v1/upload")
@described(body=UploadBody("file"), answers={200: uploaded})
async def post_upload(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Store the form's `file`, which is what its bytes are; the answer has its public address."""
    runtime = services.runtime
    async with (
        storage_room(services, user.user_id, runtime.settings.max_upload, announced=announced_bytes(request)) as room,
        open_upload(request, max_bytes=room, field="file") as upload,
    ):
        at = runtime.now().strftime("%Y%m%d%H%M%S%f")[:-3]
        name = f"{at}-{plain_name(upload.name)}"
        path = f"{user.user_id}/{secrets.token_hex(16)}/{name}"
        stored = await runtime.storage.put_stream(BUCKET, path, upload.chunks, content_type=upload.content_type)
    url = runtime.storage.public_url(BUCKET, path)
    return json_response(uploaded(url, name=name, content_type=stored.content_type, size=stored.size))
