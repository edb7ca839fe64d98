"""A node whose work is done on this machine: files opened, its tool run once, its result stored."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from wzrd.assets.content_cache import CLIP, PANEL, SOUND, Asset, AssetFormat, make_once
from wzrd.assets.made_sets import make_set
from wzrd.assets.sources import hash_file, open_source
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.domain.errors import NotFound
from wzrd.domain.runs import Lease
from wzrd.graph.actions import Action
from wzrd.graph.execution.local.clips import CLIP_DATA, CLIP_LISTS, CLIPS
from wzrd.graph.execution.local.pictures import PICTURE_LISTS, PICTURES
from wzrd.graph.execution.local.request import MakeData, MakeOne, MakeSeveral, ToolRequest
from wzrd.graph.execution.local.sounds import SOUND_DATA, SOUNDS
from wzrd.graph.model import Node
from wzrd.graph.tool_files import find_files
from wzrd.graph.tool_types import MediaType
from wzrd.graph.tools import TOOLS, read_values
from wzrd.net.guarded import MediaKind
from wzrd.providers.base import Progress
from wzrd.runtime.process import Runtime
from wzrd.threads import core_slot, in_file_thread

VERSION = "local-tools-1"
"""Enters cache keys: changed whenever one of the tools would make other bytes."""

ONE: Mapping[str, MakeOne] = MappingProxyType({**PICTURES, **CLIPS, **SOUNDS})
"""Tools that make one file."""
SEVERAL: Mapping[str, MakeSeveral] = MappingProxyType({**PICTURE_LISTS, **CLIP_LISTS})
"""Tools that make a list of files."""
DATA: Mapping[str, MakeData] = MappingProxyType({**CLIP_DATA, **SOUND_DATA})
"""Tools that make no file."""


Report: TypeAlias = Callable[[Progress], None]
"""Hears how far the tool is."""

JPEG = AssetFormat(".jpg", "image/jpeg")
_FORMATS: Mapping[str, AssetFormat] = {"image": PANEL, "video": CLIP, "audio": SOUND}
_KINDS: Mapping[MediaType, tuple[MediaKind, ...]] = {
    "image": ("image",),
    "video": ("video", "image"),  # an animated image is a clip
    "audio": ("audio", "video"),
}


@dataclass(frozen=True, slots=True)
class _Opened:
    """Files that are here now, and the SHA-256 of each, by the tool's inputs."""

    paths: Sequence[Sequence[Path]]
    digests: Sequence[Sequence[str]]


async def make_local(
    runtime: Runtime,
    lease: Lease,
    node: Node,
    action: Action,
    inputs: Mapping[str, Any],
    on_progress: Report = lambda _: None,
) -> dict[str, Any]:
    """Run the action's tool on the node's files, and return its result: `{type, url, urls, action_id, …}`.

    The same tool, parameters and file contents make one file, which is found again.

    Raises:
        BadRequest: a parameter is not allowed, a file is missing or of another kind; `nodeId` in its details.
        MediaRefused: a file is larger than what is worked on here.
        MediaFailed: a file cannot be read, or ffmpeg failed.
        NotFound, BadSource, FetchRefused, FetchFailed, StorageFull: a file could not be had or kept.
    """
    tool_id = action.tool or action.id
    values = read_values(tool_id, {**_scalars(inputs), **_given(node.params)})
    addresses = find_files(tool_id, inputs, node.params)
    on_progress(Progress("queued", 0.0))
    async with _opened(runtime, tool_id, addresses) as opened, core_slot():
        on_progress(Progress("running", 0.1))
        order = ToolRequest(opened.paths, values, lambda part: on_progress(Progress("running", 0.1 + 0.8 * part)))
        named = {"tool": tool_id, "version": VERSION, "values": values, "of": opened.digests}
        if tool_id in DATA:
            async with temporary_folder(runtime) as folder:
                return {"type": "json", "data": dict(await DATA[tool_id](order, folder)), "action_id": action.id}
        assets = await _make(runtime, lease, tool_id, named, order)
    on_progress(Progress("running", 1.0))
    return _result(tool_id, action.id, assets)


async def _make(
    runtime: Runtime, lease: Lease, tool_id: str, named: Mapping[str, Any], order: ToolRequest
) -> Sequence[Asset]:
    asset_format = JPEG if order.values.get("format") == "jpg" else _FORMATS[TOOLS[tool_id].makes]
    if tool_id in SEVERAL:
        return await make_set(
            runtime, lease.user_id, named, asset_format, lambda folder: SEVERAL[tool_id](order, folder)
        )
    return [await make_once(runtime, lease.user_id, named, asset_format, lambda out: ONE[tool_id](order, out))]


def _result(tool_id: str, action_id: str, assets: Sequence[Asset]) -> dict[str, Any]:
    """Result that the node's clients and the nodes after it read."""
    made = TOOLS[tool_id].makes
    first = assets[0]
    urls = [asset.url for asset in assets]
    result: dict[str, Any] = {
        "type": made, "url": first.url, "urls": urls, "action_id": action_id, "sha256": first.sha256,
    }  # fmt: skip
    result |= {name: value for name, value in first.facts.items() if name != "time" or not TOOLS[tool_id].several}
    if TOOLS[tool_id].several:
        items = [{"type": made, "url": asset.url, "sha256": asset.sha256, **asset.facts} for asset in assets]
        result["data"] = {"items": items}
    if len(assets) > 1:  # all of them tell its content, not the first alone
        del result["sha256"]
        result["files"] = [{"url": asset.url, "sha256": asset.sha256} for asset in assets]
    return result


@asynccontextmanager
async def _opened(runtime: Runtime, tool_id: str, addresses: Sequence[Sequence[str]]) -> AsyncGenerator[_Opened]:
    """All of the files at once; one that comes twice is fetched once."""
    async with AsyncExitStack() as stack:
        here: dict[str, tuple[Path, str]] = {}
        for wanted, urls in zip(TOOLS[tool_id].inputs, addresses, strict=True):
            for url in urls:
                if url not in here:
                    path = await stack.enter_async_context(open_source(runtime, url, *_KINDS[wanted.media]))
                    here[url] = (path, await _digest(runtime, url, path))
        yield _Opened(
            [[here[url][0] for url in urls] for urls in addresses],
            [[here[url][1] for url in urls] for urls in addresses],
        )


async def _digest(runtime: Runtime, url: str, path: Path) -> str:
    """The content's SHA-256, which the store knows of its own files."""
    location = runtime.storage.locate(url)
    if location is not None:
        try:
            return (await runtime.storage.stat(*location)).sha256
        except NotFound:
            pass
    return await in_file_thread(hash_file, path)


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    """Params that say something: an empty field of a form leaves the word to what another node says."""
    return {name: value for name, value in params.items() if value is not None and value != ""}


def _scalars(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Values that other nodes set, by handle."""
    return {name: value for name, value in inputs.items() if isinstance(value, str | int | float | bool)}
