"""Several files made at once, used again as a whole: the frames of a clip, its parts. See `content_cache`.

The set's own key names how many there are; each file has a key of its own. If one is gone, all are made again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.assets.content_cache import Asset, AssetFormat, cache_key, find_asset, keep_file, turn
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.db.node_outputs import find_output, store_output
from wzrd.runtime.process import Runtime


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was made, and what is told of it (fit for JSON). The same file may come several times."""

    path: Path
    facts: Mapping[str, Any]


MakeSet: TypeAlias = Callable[[Path], Awaitable[Sequence[MadeFile]]]
"""Makes files in a folder."""


async def make_set(
    runtime: Runtime, user_id: UUID, cache_inputs: Mapping[str, Any], asset_format: AssetFormat, make: MakeSet
) -> list[Asset]:
    """The files of these inputs, in order: found, or made and stored.

    Raises:
        StorageFull: there is no room for one; and whatever `make` raises.
    """
    key = cache_key(user_id, {**cache_inputs, "set": True})
    async with turn(key):
        return await _find(runtime, user_id, cache_inputs, key) or await _make(
            runtime, user_id, cache_inputs, key, asset_format, make
        )


async def _find(runtime: Runtime, user_id: UUID, cache_inputs: Mapping[str, Any], key: str) -> list[Asset]:
    """The whole set; empty if it was never made, or something of it is gone."""
    async with runtime.begin() as tx:
        kept = await find_output(tx, key)
    found: dict[int, Asset] = {}
    positions: list[int] = list(kept["places"]) if kept else []
    for position in dict.fromkeys(positions):
        asset = await find_asset(runtime, _part(user_id, cache_inputs, position))
        if asset is None:
            return []
        found[position] = asset
    return [found[position] for position in positions]


async def _make(
    runtime: Runtime, user_id: UUID, cache_inputs: Mapping[str, Any], key: str, asset_format: AssetFormat, make: MakeSet
) -> list[Asset]:
    async with temporary_folder(runtime) as folder:
        made = await make(folder)
        kept: dict[Path, Asset] = {}
        numbers: dict[Path, int] = {}
        for file in made:
            if file.path not in kept:
                numbers[file.path] = len(numbers)
                part = _part(user_id, cache_inputs, numbers[file.path])
                kept[file.path] = await keep_file(runtime, user_id, part, file.path, asset_format, file.facts)
    async with runtime.begin() as tx:
        await store_output(tx, key, user_id, {"places": [numbers[file.path] for file in made]})
    return [kept[file.path] for file in made]


def _part(user_id: UUID, cache_inputs: Mapping[str, Any], number: int) -> str:
    return cache_key(user_id, {**cache_inputs, "part": number})
