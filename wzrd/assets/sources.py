"""A media URL as a file on this machine: our own store's file itself, else what a guarded fetch brings."""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote_to_bytes

from wzrd.assets.temporary_folder import temporary_folder
from wzrd.domain.errors import BadRequest, NotConfigured, NotFound, ResultUseless, WzrdError
from wzrd.media.ffmpeg import MediaFailed
from wzrd.net.addresses import FetchRefused
from wzrd.net.file_types import sniff
from wzrd.net.guarded import FetchFailed, GuardedFetch, MediaKind
from wzrd.providers.base import Output
from wzrd.runtime.process import Runtime
from wzrd.storage.signed_urls import BadToken, UrlSigner

MAX_DATA_BYTES = 64 << 20
_WEB = ("http://", "https://")
_PIECE = 1 << 18
"""Characters decoded at once; a multiple of four."""
NO_ADDRESS = "URL must be http(s) or data URI"

_DATA_URL = re.compile(r"data:([\w.+/-]*)((?:;[\w=.+-]+)*?)(;base64)?,", re.IGNORECASE)


class BadSource(BadRequest):
    """The address does not name a media file."""

    code = "bad_source"


@asynccontextmanager
async def open_source(runtime: Runtime, url: str, *kinds: MediaKind) -> AsyncGenerator[Path]:
    """The file that `url` names, to be read only, while open; what comes from elsewhere is of one of the `kinds`.

    Raises:
        NotFound: it is one of ours, and gone.
        BadToken: it is a signed address of ours that no longer counts.
        BadSource: neither http(s) nor a data URL, or of no such kind.
        FetchRefused, FetchFailed: as `GuardedFetch.fetch`.
    """
    location = await find_own(runtime, url)
    if location is not None:
        async with runtime.storage.local(*location) as path:
            yield path
        return
    async with temporary_folder(runtime) as folder:
        path = folder / "source"
        if url[:5].lower() == "data:":
            await asyncio.to_thread(path.write_bytes, read_data_url(url, *kinds))
        else:
            await _fetch(runtime.fetch, url, path, *kinds)
        yield path


async def check_source(runtime: Runtime, url: str) -> None:
    """Judge an address as far as that can be done without fetching anything.

    Raises:
        NotFound, BadToken, BadSource: as `open_source`.
    """
    if await find_own(runtime, url) is not None:
        return
    if not url.lower().startswith((*_WEB, "data:")):
        raise BadSource(NO_ADDRESS, field="url")


async def find_own(runtime: Runtime, url: str) -> tuple[str, str] | None:
    """Where in our store the file lies; None when it is not there: an address of our form may be another Supabase's."""
    location = (runtime.storage.locate(url) or find_signed(runtime, url)) if url.lower().startswith(_WEB) else None
    if location is None:
        return None
    try:
        await runtime.storage.stat(*location)
    except NotFound:
        if runtime.settings.owns(url):
            raise
        return None
    return location


def find_signed(runtime: Runtime, url: str) -> tuple[str, str] | None:
    """Where the file lies that a signed address of ours gives leave to read, of a private bucket too; None: it is none.

    Raises:
        BadToken: it is an address of this server, and its leave is not ours, or has run out.
    """
    try:
        return UrlSigner.of(runtime.settings, runtime.now).read(url)
    except NotConfigured:
        return None
    except BadToken:
        if runtime.settings.owns(url):
            raise
        return None  # another Supabase's


async def fetch_result(runtime: Runtime, output: Output, number: int, path: Path, *kinds: MediaKind) -> None:
    """Fetch a provider's result into the file `path`: the only address that may lead to the operator's own providers.

    It takes the output itself, never a URL: an address that has been in a user's row is a user's.

    Raises:
        BadSource, FetchRefused, FetchFailed: as `open_source`.
    """
    await _fetch(runtime.result_fetch, _address(output, number), path, *kinds)


async def look_at_result(runtime: Runtime, output: Output, number: int, *kinds: MediaKind) -> None:
    """See that a provider's result is there and of one of the `kinds`, by its beginning: the rest is not fetched.

    Raises:
        BadSource, FetchRefused, FetchFailed: as `open_source`.
    """
    address = _address(output, number)
    if not address.lower().startswith(_WEB):
        raise BadSource(NO_ADDRESS, field="url")
    async with runtime.result_fetch.fetch(address, accept=kinds):
        pass


def _address(output: Output, number: int) -> str:
    """A result's address as it can be fetched: a file's name may have spaces, which a vendor forgot to quote."""
    return output.media[number].strip().replace(" ", "%20")


async def _fetch(fetch: GuardedFetch, url: str, path: Path, *kinds: MediaKind) -> None:
    if not url.lower().startswith(_WEB):
        raise BadSource(NO_ADDRESS, field="url")
    async with fetch.fetch(url, accept=kinds) as fetched:
        with path.open("wb") as file:
            async for chunk in fetched.chunks:
                file.write(chunk)


def read_data_url(url: str, *kinds: MediaKind) -> bytes:
    """The bytes in a `data:` URL.

    Raises:
        BadSource: it is malformed, too large, or its bytes are of no such kind.
    """
    found = _DATA_URL.match(url)
    if found is None:
        raise BadSource("the data URI cannot be read", field="url")
    body = url[found.end() :]
    if len(body) > 3 * MAX_DATA_BYTES:  # as long as it can be: every byte written %XX
        raise _too_large()
    try:
        data = unquote_to_bytes(body) if "%" in body else body.encode()
        data = _decode(data) if found.group(3) else data
    except (binascii.Error, ValueError):
        raise BadSource("the data URI cannot be read", field="url") from None
    if len(data) > MAX_DATA_BYTES:
        raise _too_large()
    content_type = sniff(data[:64])
    if content_type is None or content_type.split("/")[0] not in kinds:
        found_kind = content_type or "something else"
        raise BadSource(f"expected {' or '.join(sorted(kinds))}, found {found_kind} in the data URI", field="url")
    return data


def _decode(data: bytes) -> bytes:
    """Base64, a piece at a time: a decoder holds the interpreter, and others want their turn.

    Raises:
        ValueError: it is none.
    """
    if data.find(b"=", 0, max(len(data) - 2, 0)) != -1:
        raise ValueError("padding within")
    view = memoryview(data)
    pieces = (view[at : at + _PIECE] for at in range(0, len(data), _PIECE))
    return b"".join(base64.b64decode(piece, validate=True) for piece in pieces)


def _too_large() -> BadSource:
    return BadSource(f"a data URI may hold {MAX_DATA_BYTES} bytes at most", field="url")


def hash_file(path: Path) -> str:
    """SHA-256 of a file's content, in hex; it is read here and now, so call it in a thread."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_gone(error: FetchFailed) -> bool:
    """True if the address itself was refused: 404, 410, or whatever a signature that has run out is answered."""
    return error.status is not None and 400 <= error.status < 500 and not error.retryable


def is_useless(error: WzrdError) -> bool:
    """True if the result is not what was asked for and never will be; trouble of ours may pass."""
    return isinstance(error, BadSource | FetchRefused | MediaFailed | ResultUseless) and not error.retryable
