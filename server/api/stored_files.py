"""A stored file as an answer: ranges, conditional requests, downloads. Who may read it the route has decided.

Where the files lie is the store's business (wzrd/storage); errors have Supabase Storage's form.
"""

import asyncio
import hashlib
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from fastapi import Request
from pydantic import Field
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.api.bodies import json_response
from server.api.described import Answer, File, Parameters
from server.api.envelopes import storage
from server.api.errors import headers_of, status_of
from server.api.sse import send_while_connected
from wzrd.domain.errors import BadRequest, NotFound, Unavailable, WzrdError
from wzrd.storage.protocol import RangeNotSatisfiable, Storage, StoredFile, UnsafePath, check_name, parse_range


class CacheHeaders(Parameters):
    """Headers in which a request names what it has."""

    if_none_match: str | None = Field(default=None, alias="If-None-Match")


def tag_of(content: bytes) -> str:
    """A strong tag: equal for equal bytes, and for no others."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def names_tag(fields: Iterable[str], etag: str) -> bool:
    """True if If-None-Match names the tag, weak or not (our tags hold no comma); `*` names any."""
    tags = [tag.strip().removeprefix("W/") for field in fields for tag in field.split(",")]
    return etag in tags or tags == ["*"]


SEND_BYTES = 1 << 16  # little at a time, so that a slow reader takes it within the send timeout
TRIES = 3

_ALWAYS = {
    "accept-ranges": "bytes",
    "access-control-expose-headers": "accept-ranges, content-disposition, content-length, content-range, etag",
    "x-content-type-options": "nosniff",
}
PUBLIC_CACHE = "public, max-age=3600"
PRIVATE_CACHE = "private, no-cache"
"""Kept, and asked about each time: whose it was may not be whose it is."""
_SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox"
# What no browser runs a script from; anything else is shown in a sandbox only, XML of whatever main type included.
_INERT = re.compile(
    r"(?!.*[+/]xml\b)(?:(?:image|video|audio|font)/.*"
    r"|text/(?:plain|csv|vtt)|application/(?:octet-stream|json|pdf|zip|x-subrip))(?:;.*)?",
    re.IGNORECASE,
)
_RESERVED = re.compile(r'[:*?"<>|]')
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+,=@~-]")

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


@dataclass(frozen=True, slots=True)
class FileReply:
    """The answer's head, and which bytes of the file follow it: `start` up to `stop`, None for no body at all."""

    status: int
    headers: Mapping[str, str]
    start: int = 0
    stop: int | None = None


OpenedReply: TypeAlias = tuple[FileReply, AsyncIterator[bytes] | None]
"""A reply, and the bytes that follow it; None: there are none."""


def decide(
    request: Headers, stored: StoredFile, *, head: bool, download: str | None, cache: str = PUBLIC_CACHE
) -> FileReply:
    """Reply to a GET (or HEAD) of this file with these headers (RFC 9110, 13 and 14).

    Raises:
        RangeNotSatisfiable: nothing of the one range that it asks for lies inside the file.
    """
    etag = f'"{stored.sha256}"'
    headers = {**_ALWAYS, "cache-control": cache, "etag": etag}
    if names_tag(request.getlist("if-none-match"), etag):
        return FileReply(304, headers)
    headers["content-type"] = stored.content_type
    if not _INERT.fullmatch(stored.content_type):
        headers["content-security-policy"] = _SANDBOX
    if download is not None:
        headers["content-disposition"] = _attachment(_safe_name(download, stored.path))
    if head:  # a range is defined for GET only
        return FileReply(200, {**headers, "content-length": str(stored.size)})
    unchanged = request.get("if-range", etag).strip() == etag  # a date or a weak tag proves nothing
    part = parse_range(request.get("range"), stored.size) if unchanged else None
    if part is None:
        return FileReply(200, {**headers, "content-length": str(stored.size)}, 0, stored.size)
    start, stop = part
    extent = {"content-length": str(stop - start), "content-range": f"bytes {start}-{stop - 1}/{stored.size}"}
    return FileReply(206, {**headers, **extent}, start, stop)


def _safe_name(wanted: str, path: str) -> str:
    """The name to save under: what is asked for, as far as every system takes it, else the file's own name."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", wanted))[-1]
    visible = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    name = _RESERVED.sub("_", visible).strip(". ")
    try:
        check_name("download", name)
    except UnsafePath:
        return path.rsplit("/", 1)[-1]
    return name


def _attachment(name: str) -> str:
    """RFC 6266: a plain name for the old, the whole one for the rest; a `%` in the plain one would be decoded twice."""
    return f"attachment; filename=\"{_NOT_PLAIN.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"


def refusal(error: WzrdError) -> Response:
    """An error in Supabase Storage's form."""
    status = status_of(error)
    message = "Object not found" if isinstance(error, NotFound) else error.message
    headers = {**_ALWAYS, **headers_of(error), "cache-control": "no-store"}
    if isinstance(error, RangeNotSatisfiable):
        headers["content-range"] = f"bytes */{error.details['size']}"
    return json_response(storage(message, {"code": error.code, "status": status}), status, headers)


class FileResponse(Response):
    """A file, or a part of it, read while it is sent.

    What it is read from is open only within the call, which ends when the reader goes away or takes nothing for
    `send_timeout` seconds; then the connection is cut, and a player asks for the rest when it wants it.
    """

    refused: tuple[type[WzrdError], ...] = (BadRequest, NotFound, Unavailable)
    """Errors of the opening that are answered as a refusal."""

    def __init__(self, opened: AbstractAsyncContextManager[OpenedReply], *, send_timeout: float, label: str) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers()
        self._opened = opened
        self._send_timeout = send_timeout
        self._label = label

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        try:
            async with self._opened as (reply, chunks):
                if chunks is None or scope["method"] == "HEAD":
                    await Response(None, reply.status, reply.headers)(scope, receive, send)
                    return
                sending = self._pass_on(reply, chunks, send)
                await send_while_connected(sending, scope, receive, label=self._label)
        except self.refused as error:  # raised by the opening only, before anything was sent
            await self._refusal(error)(scope, receive, send)

    def _refusal(self, error: WzrdError) -> Response:
        return refusal(error)

    async def _pass_on(self, reply: FileReply, chunks: AsyncIterator[bytes], send: Send) -> None:
        self.init_headers(reply.headers)
        await send({"type": "http.response.start", "status": reply.status, "headers": self.raw_headers})
        async for chunk in chunks:
            for start in range(0, len(chunk), SEND_BYTES):
                async with asyncio.timeout(self._send_timeout):
                    piece = chunk[start : start + SEND_BYTES]
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)  # a fast reader makes no send wait: others get their turn, its end is noticed
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class StoredFileResponse(FileResponse):
    """A file of the store."""

    def __init__(
        self,
        request: Request,
        store: Storage,
        bucket: str,
        path: str,
        *,
        send_timeout: float,
        cache: str = PUBLIC_CACHE,
    ) -> None:
        opened = _open(request, store, bucket, path, cache)
        super().__init__(opened, send_timeout=send_timeout, label=f"{bucket}/{path}")


@asynccontextmanager
async def _open(request: Request, store: Storage, bucket: str, path: str, cache: str) -> AsyncGenerator[OpenedReply]:
    """The reply, and the bytes that belong to it: of one version, also where the file is being replaced."""
    head, download = request.method == "HEAD", request.query_params.get("download")
    for _ in range(TRIES):
        stored = await store.stat(bucket, path)
        reply = decide(request.headers, stored, head=head, download=download, cache=cache)
        if reply.stop is None:
            yield reply, None
            return
        async with store.open(bucket, path, start=reply.start, stop=reply.stop) as opened:
            if opened.file == stored:
                yield reply, opened.chunks
                return
    raise Unavailable("The object is being replaced, try again", retry_after=1)
