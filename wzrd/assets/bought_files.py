"""Bought files, kept as they came beside the fitted ones, and found by the content of these."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import Asset, AssetFormat, cache_key, find_asset, make_once
from wzrd.net.file_types import EXTENSIONS, SNIFF_BYTES, sniff
from wzrd.runtime.process import Runtime
from wzrd.threads import in_file_thread


async def keep_bought(runtime: Runtime, user_id: UUID, came: Path, fitted: Path) -> Asset:
    """Store the file that came, to be found by the content of the one that was fitted.

    Raises:
        StorageFull: there is no room for it.
    """
    content_type, digest = await in_file_thread(_read, came, fitted)

    async def make(out: Path) -> Mapping[str, Any]:
        await in_file_thread(shutil.copyfile, came, out)
        return {}

    asset_format = AssetFormat(EXTENSIONS.get(content_type, ""), content_type)
    return await make_once(runtime, user_id, _cache_inputs(digest), asset_format, make)


async def find_bought(runtime: Runtime, user_id: UUID, sha256: str) -> Asset | None:
    """The file as it came of which the file with this content was made; None where none is kept."""
    return await find_asset(runtime, cache_key(user_id, _cache_inputs(sha256)))


def _cache_inputs(sha256: str) -> dict[str, Any]:
    return {"tool": "bought", "of": sha256}


def _read(came: Path, fitted: Path) -> tuple[str, str]:
    with came.open("rb") as file, fitted.open("rb") as made:
        content_type = sniff(file.read(SNIFF_BYTES)) or "application/octet-stream"
        return content_type, hashlib.file_digest(made, "sha256").hexdigest()
