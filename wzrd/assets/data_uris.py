"""Files that came inside a request, as files of ours: a run's row keeps an address instead of megabytes."""

import asyncio
import hashlib
from collections.abc import Iterable
from uuid import UUID

from wzrd.assets.content_cache import MEDIA_BUCKET
from wzrd.assets.sources import read_data_url
from wzrd.domain.errors import NotFound
from wzrd.net.guarded import MediaKind
from wzrd.net.magic import EXTENSIONS, SNIFF_BYTES, sniff
from wzrd.runtime.process import Runtime

KINDS: tuple[MediaKind, ...] = ("image", "video", "audio", "model")
FOLDER = "inputs"


async def keep_data_uris(runtime: Runtime, user_id: UUID, uris: Iterable[str]) -> dict[str, str]:
    """The address of each file, stored in the user's own folder; the same file again has the same address.

    Raises:
        BadSource: a URI cannot be read, is too large, or holds no media.
        StorageFull: there is no room for it.
    """
    return {uri: await _keep(runtime, user_id, uri) for uri in uris}


async def _keep(runtime: Runtime, user_id: UUID, uri: str) -> str:
    data = await asyncio.to_thread(read_data_url, uri, *KINDS)
    content_type = sniff(data[:SNIFF_BYTES])
    assert content_type is not None, "it was read as media"
    name = hashlib.sha256(user_id.bytes + data).hexdigest()[:32]
    path = f"{user_id}/{FOLDER}/{name}{EXTENSIONS[content_type]}"
    try:
        await runtime.storage.stat(MEDIA_BUCKET, path)
    except NotFound:
        await runtime.storage.put_bytes(MEDIA_BUCKET, path, data, content_type=content_type)
    return runtime.storage.public_url(MEDIA_BUCKET, path)
