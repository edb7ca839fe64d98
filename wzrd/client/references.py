"""Local files as references: uploaded below a folder of the caller's, under a name that is their content's hash."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wzrd.client.connection import Connection
from wzrd.contracts.generate import ReferenceAsset

BUCKET = "project-assets"
FOLDER = "references"
CHUNK = 1 << 18


def local_file(url: str) -> Path | None:
    """The file that an address means on this machine; None for what lies elsewhere, or in the text itself."""
    scheme = url[:5].lower()
    if scheme == "file:":
        return Path(unquote(urlsplit(url).path))
    return None if scheme == "data:" or "://" in url[:32] else Path(url)


async def upload_references(
    connection: Connection, references: Sequence[ReferenceAsset], bucket: str | None
) -> tuple[ReferenceAsset, ...]:
    """The references as addresses that the server knows: local files are uploaded first, each once.

    Raises:
        GenerationError: the server refused one.
        FileNotFoundError, OSError: one is not there, or cannot be read; nothing has been started.
    """
    files = {one.url: path for one in references if (path := local_file(one.url)) is not None}
    if not files:
        return tuple(references)
    hashes = {url: await asyncio.to_thread(_hash, path) for url, path in files.items()}
    user_id = str((await connection.call_again("GET", "/auth/v1/user"))["id"])
    folder = f"{bucket or BUCKET}/{user_id}/{FOLDER}"
    addresses = dict[str, str]()
    for url, digest in hashes.items():
        if digest not in addresses:
            addresses[digest] = await _upload(connection, files[url], f"{folder}/{digest}")
    known = {url: addresses[digest] for url, digest in hashes.items()}
    return tuple(one.model_copy(update={"url": known.get(one.url, one.url)}) for one in references)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _upload(connection: Connection, path: Path, stem: str) -> str:
    location = stem + path.suffix.lower()
    headers = {**(await asyncio.to_thread(describe_file, path)), "x-upsert": "true"}
    return await connection.upload(f"/storage/v1/object/{location}", lambda: read_chunks(path), headers)


def describe_file(path: Path) -> dict[str, str]:
    """Headers of a body that is this file."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {"content-type": kind, "content-length": str(path.stat().st_size)}


async def read_chunks(path: Path) -> AsyncGenerator[bytes]:
    """The file, piece by piece."""
    file = await asyncio.to_thread(path.open, "rb")
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
