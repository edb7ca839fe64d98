"""GET /functions/v1/download: a media file of ours, or of the public internet's, to be saved.

No way into a network: what is fetched passes the guard of every foreign address (wzrd/net/guarded.py), and must be a
picture, clip, sound or model by its bytes.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response
from server.api.callers import CurrentUser
from server.api.described import File, described
from server.api.envelopes import body_of, in_envelope, shared
from server.api.errors import answer
from server.api.services import ServicesOf
from server.api.stored_files import FileReply, FileResponse, OpenedReply
from wzrd.assets.sources import find_own
from wzrd.domain.errors import BadRequest, NotFound, Unavailable, WzrdError
from wzrd.net.addresses import FetchRefused
from wzrd.net.guarded import FetchFailed, MediaKind
from wzrd.runtime.process import Runtime

router = APIRouter(tags=["files"], dependencies=[in_envelope(shared)])

KINDS: tuple[MediaKind, ...] = ("image", "video", "audio", "model")
MAX_URL = 8192
_HEADERS = {
    "content-disposition": 'attachment; filename="download"',
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
}


class _Download(FileResponse):
    """The answer, whose refusals are the function's own: what cannot be fetched is its documented 500."""

    refused = (BadRequest, NotFound, Unavailable, FetchFailed)

    def __init__(self, runtime: Runtime, request: Request, url: str) -> None:
        super().__init__(_open(runtime, url), send_timeout=runtime.settings.stream_send_timeout, label="a download")
        self._scope = request.scope

    def _refusal(self, error: WzrdError) -> Response:
        if isinstance(error, FetchFailed):
            return json_response(body_of(error, f"Download failed: {error.message}", self._scope, 500), 500)
        return answer(error, self._scope)


@asynccontextmanager
async def _open(runtime: Runtime, url: str) -> AsyncGenerator[OpenedReply]:
    location = await find_own(runtime, url)
    if location is not None:
        async with runtime.storage.open(*location) as opened:
            size, kind = opened.file.size, opened.file.content_type
            yield (
                FileReply(200, {**_HEADERS, "content-type": kind, "content-length": str(size)}, 0, size),
                opened.chunks,
            )
        return
    async with runtime.fetch.fetch(url, accept=KINDS) as fetched:
        yield FileReply(200, {**_HEADERS, "content-type": fetched.content_type}), fetched.chunks


@router.get("/functions/v1/download")
@described(answers={200: File(("*/*",))}, raises=(BadRequest, FetchRefused, NotFound), failures={FetchFailed.code: 500})
async def get_download(request: Request, services: ServicesOf, _: CurrentUser, url: str = "") -> Response:
    """The file at `url`, streamed as it comes, as an attachment."""
    if not url.strip():
        raise BadRequest("url is required: ?url=https://…", field="url")
    if not url.lower().startswith(("http://", "https://")) or len(url) > MAX_URL:
        raise BadRequest("url is invalid: give the https address of a media file", field="url")
    return _Download(services.runtime, request, url)
