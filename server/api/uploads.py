"""One uploaded file as it arrives: room below its user's quota, counted, timed and typed, never whole in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request

from server.api.bodies import BodyTooSlow, announced_bytes
from server.api.multipart import MAX_FIELD_BYTES, BadForm, FileBegins, FileData, FormEvent, FormReader, boundary_of
from server.api.services import Services, services_of
from wzrd.db.stored_bytes import give_room_back, sum_bytes, take_room
from wzrd.net.file_types import HEAD_BYTES, settle_type
from wzrd.net.guarded import chain
from wzrd.slots import next_round
from wzrd.storage.protocol import TooLarge

GRACE_SECONDS = 60.0
"""Beyond the longest upload: a process that died gives its room back by then."""


class QuotaExceeded(TooLarge):
    """The user's files are as many bytes as may be stored."""

    code = "quota_exceeded"


@asynccontextmanager
async def storage_room(
    services: Services, user_id: UUID, most: int, *, announced: int | None = None
) -> AsyncGenerator[int]:
    """Room for a file of `announced` bytes, else of as many as there are, `most` at most; how large it may be.

    Raises:
        QuotaExceeded: there is no room for it, told at the beginning or when more comes than there was room for.
    """
    quota = services.runtime.settings.user_storage
    if not quota:
        yield most
        return
    async with services.runtime.begin() as tx:
        used = await sum_bytes(tx, user_id)
        left = max(0, quota - used)
        wanted = min(most, left if announced is None else announced)
        if wanted > left or not left:
            raise _exceeded(quota, used)
        seconds = services.runtime.settings.upload_seconds + GRACE_SECONDS
        room = await take_room(tx, user_id, wanted, seconds=seconds)
    try:
        yield wanted
    except TooLarge as error:
        raise (_exceeded(quota, used) if wanted < most and announced is None else error) from None
    finally:
        async with services.runtime.begin() as tx:
            await give_room_back(tx, room)


def _exceeded(quota: int, used: int) -> QuotaExceeded:
    message = f"You have {used} of the {quota} bytes that a user may store: delete files first"
    return QuotaExceeded(message, used=used, limit=quota)


FORM_BYTES = MAX_FIELD_BYTES + 65_536
"""Bytes that a form may have beside its file."""
LOOKED_AT = 1 << 15
"""Bytes of a form that are looked at without a pause: the parser is Python."""


class NoFile(BadForm):
    """The form has no file."""

    code = "no_file"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is arriving. `content_type` fits its bytes; `name` is the sender's own, empty for a raw body.

    `fields` are the form's other fields, as far as they stand before the file. `chunks` can be read once, and end with
    an error when the body is cut off, too slow or too large: what was read until then is no file.
    """

    name: str
    content_type: str
    fields: Mapping[str, str]
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def open_upload(
    request: Request, *, max_bytes: int, kinds: Collection[str] | None = None, field: str | None = None
) -> AsyncGenerator[Upload]:
    """The file in the request's body, at most `max_bytes` long, of the main types `kinds` (None: any we take).

    `field`: the form field that it must be in, and then nothing but a form will do.

    Raises:
        TooLarge: a larger one is announced, or comes.
        WrongType: it is of another type, or not what it says it is.
        NoFile, BadForm: the form has no file, or cannot be read.
        BodyTooSlow: nothing came for WZRD_BODY_SECONDS, or the whole took longer than WZRD_UPLOAD_SECONDS.
        ClientDisconnect: its sender went away.
    """
    claimed = request.headers.get("content-type", "")
    boundary = boundary_of(claimed)
    if (announced_bytes(request) or 0) > max_bytes + (0 if boundary is None else FORM_BYTES):
        raise _too_large(max_bytes)
    if boundary is None and field is not None:
        raise NoFile("No file uploaded", field=field)
    async with aclosing(arriving(request)) as body:
        if boundary is None:
            begun, fields, data = FileBegins("", "", claimed or None), dict[str, str](), body
        else:
            reader = FormReader(boundary)
            events = _events(body, reader)
            begun = await _file_of(events, field)
            fields, data = dict(reader.fields), _data(events)
        counted = _counted(data, max_bytes)
        head = b""
        while len(head) < HEAD_BYTES and (chunk := await anext(counted, None)) is not None:
            head += chunk
        kind = settle_type(fields.get("contentType") or begun.content_type, head[:HEAD_BYTES], kinds=kinds)
        yield Upload(begun.name, kind, fields, chain(head, counted))


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The object exceeded the maximum allowed size: {max_bytes} bytes", limit=max_bytes)


async def arriving(request: Request) -> AsyncGenerator[bytes]:
    """The body, piece by piece, with a limit for each piece and one for all."""
    settings = services_of(request.app).runtime.settings
    deadline = asyncio.get_running_loop().time() + settings.upload_seconds
    stream = request.stream()
    while True:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(deadline, now + settings.body_seconds)):
                chunk = await anext(stream, None)
        except TimeoutError:
            silent = f"Nothing of the body came for {settings.body_seconds:g} s"
            whole = f"The body did not arrive within {settings.upload_seconds:g} s"
            raise BodyTooSlow(silent if now + settings.body_seconds < deadline else whole) from None
        if chunk is None:
            return
        if chunk:
            yield chunk


async def _events(arriving: AsyncIterator[bytes], reader: FormReader) -> AsyncGenerator[FormEvent]:
    async for chunk in arriving:
        for at in range(0, len(chunk), LOOKED_AT):
            for event in reader.feed(chunk[at : at + LOOKED_AT]):
                yield event
            if len(chunk) > LOOKED_AT:
                await next_round()
    reader.finish()


async def _file_of(events: AsyncIterator[FormEvent], field: str | None) -> FileBegins:
    async for event in events:
        if isinstance(event, FileBegins):
            if field is None or event.field == field:
                return event
            break
    raise NoFile("No file uploaded", field=field or "file")


async def _data(events: AsyncIterator[FormEvent]) -> AsyncGenerator[bytes]:
    async for event in events:
        if isinstance(event, FileData):
            yield event.data


async def _counted(body: AsyncIterator[bytes], max_bytes: int) -> AsyncGenerator[bytes]:
    left = max_bytes
    async for chunk in body:
        left -= len(chunk)
        if left < 0:
            raise _too_large(max_bytes)
        yield chunk
