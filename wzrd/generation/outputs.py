"""What a direct generation makes, brought home: generated, fetched, checked, stored, and told with our own addresses.

What was stored for a job is found again by that job after a crash, and by nobody else: no content is looked up here.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast
from uuid import UUID

from wzrd.assets.made_once import Asset, AssetFormat, cache_key, find_asset, keep_file, temporary_folder
from wzrd.assets.sources import fetch_result, read_data_url
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.generation_inputs import is_data_uri
from wzrd.domain.lease import Lease
from wzrd.domain.results import MediaUrl, media_urls, replace_urls
from wzrd.domain.storage_place import StoragePlace
from wzrd.domain.submission import Target
from wzrd.generation.calls import Chunk
from wzrd.generation.flow import generate
from wzrd.generation.values import Generated, GenerationRequest
from wzrd.media.ffmpeg import MediaFailed
from wzrd.net.guarded import MediaKind
from wzrd.net.magic import EXTENSIONS, SNIFF_BYTES, sniff
from wzrd.providers.base import Output, is_queue
from wzrd.retry import LOCAL_WORK, retry
from wzrd.runs.execute import deciding_error
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

log = logging.getLogger(__name__)

FILES_AT_ONCE = 4
"""Files of one generation that are brought at once."""
MAX_FILES = 100
"""Files of one generation that are stored; more is no result but a list of something."""

ANSWER = ("result", "job")
"""Where an adapter keeps its provider's own answer, in what it says beside the addresses."""
LEFT = ("made.png", "made.mp4")
"""The files that a provider of this machine may leave in a job's folder: a picture, a clip."""

OnChunk: TypeAlias = Callable[[Chunk], None]

_KINDS: Mapping[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio", "3d": "model"}
_ANY: tuple[MediaKind, ...] = ("image", "video", "audio", "model")


@dataclass(frozen=True, slots=True)
class Destination:
    """Whose output it is, of which kind, and where its files go.

    Run and item are part of what a stored file is found again by. `store` false: the provider's addresses are
    passed on.
    """

    user_id: UUID
    run_id: UUID
    item_key: str
    media_type: str
    place: StoragePlace
    store: bool = True


@dataclass(frozen=True, slots=True)
class OutputJob:
    """One direct generation: what is asked of whom, and where its files go.

    `request.inputs` lack `path`, which is added here.
    """

    request: GenerationRequest
    destination: Destination


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of the result; pixels, seconds and bytes, None where they are not known or mean nothing.

    `sha256` None: it was not stored.
    """

    url: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    content_type: str | None = None
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class KeptOutput:
    """A provider's output brought home: its JSON with our addresses in it, and its files, the main one first."""

    result: Any
    files: tuple[OutputFile, ...]


@dataclass(frozen=True, slots=True)
class MadeOutput(KeptOutput):
    """The result, and how it was made."""

    generated: Generated


async def make_output(runtime: Runtime, lease: Lease, job: OutputJob, on_chunk: OnChunk) -> MadeOutput:
    """Generate, bring and store; `on_chunk` gets deltas and progress as they come.

    The item's hold stands afterwards: the step that delivers the item settles it.

    Raises:
        InsufficientCredits: a hold was refused; nothing was sent.
        ProviderError: the provider failed, or made nothing of the wanted kind.
        FetchRefused, FetchFailed, BadSource: a file could not be brought, or is no media.
        MediaFailed, MediaRefused: a file is not what its type says, or larger than what is worked on.
        StorageFull: there is no room for it.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    async with temporary_folder(runtime) as folder:
        made = await _generate(runtime, lease, job.request, folder, on_chunk)
        kept = await _keep(runtime, job.destination, made.target, made.output, folder)
    return MadeOutput(kept.result, kept.files, made)


async def keep_output(runtime: Runtime, destination: Destination, target: Target, output: Output) -> KeptOutput:
    """Bring, check and store what `target` has made, without following a job: what was stored before is found again.

    Raises:
        ProviderFailed: it holds nothing of the wanted kind.
        FetchRefused, FetchFailed, BadSource, MediaFailed, MediaRefused, StorageFull: as `make_output`.
    """
    async with temporary_folder(runtime) as folder:
        return await _keep(runtime, destination, target, output, folder)


async def _keep(runtime: Runtime, destination: Destination, target: Target, output: Output, folder: Path) -> KeptOutput:
    """`folder` holds what a provider of this machine has left."""
    result = _result_of(output, destination.media_type)
    named = {found.url: found for found in media_urls(result)}
    output = replace(output, media=output.media or tuple(named))
    _check_number(output, target, destination.media_type)
    if destination.store or any(_is_local(url) or is_data_uri(url) for url in output.media):
        files = await _store_all(runtime, destination, target, output, folder)
    else:
        files = tuple(_told(named.get(url) or MediaUrl(url)) for url in output.media)
    ours = {theirs: file.url for theirs, file in zip(output.media, files, strict=True)}
    return KeptOutput(_with_sizes(replace_urls(result, ours), files), files)


def _check_number(output: Output, target: Target, media_type: str) -> None:
    if not output.media and media_type in _KINDS:
        raise ProviderFailed(f"{target} made no {media_type}")
    if len(output.media) > MAX_FILES:
        raise ProviderFailed(f"{target} answered with {len(output.media)} files; {MAX_FILES} at most are taken")


async def _generate(
    runtime: Runtime, lease: Lease, request: GenerationRequest, folder: Path, on_chunk: OnChunk
) -> Generated:
    asked = request
    if not _is_queued(runtime, request):
        asked = replace(request, inputs={**request.inputs, "path": folder / LEFT[request.media_type == "video"]})
    async with aclosing(generate(runtime, lease, asked)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Generated):
                return chunk
            on_chunk(chunk)
    raise ProviderFailed(f"{request.target} ended without a result")


def _is_queued(runtime: Runtime, request: GenerationRequest) -> bool:
    """Whether the provider is somewhere else: a path of ours means nothing there."""
    provider, media_type = request.target.provider, request.media_type
    if runtime.providers.obstacle(provider, media_type) is not None:
        return False
    return is_queue(runtime.providers.find(provider, media_type))


def _is_local(url: str) -> bool:
    return url.startswith("file:")


def _result_of(output: Output, media_type: str) -> Any:
    """The provider's JSON; where it names no media of its own (text, this machine's tools), the usual shape."""
    raw = dict(output.raw)
    if output.text is not None:
        return {"text": output.text, **raw}
    answer = next((raw[name] for name in ANSWER if name in raw), raw)
    if not output.media or not isinstance(answer, dict):
        return answer
    said = cast("dict[str, Any]", answer)
    listed = [{"url": url} for url in output.media]
    shapes = {"image": ("images", listed), "video": ("video", listed[0]), "audio": ("audio", listed[0])}
    name, value = shapes.get(media_type, ("files", listed))
    usual = any(known in said for known in (name, name.removesuffix("s")))
    return said if usual or media_type not in shapes else {**said, name: value}


async def _store_all(
    runtime: Runtime, destination: Destination, target: Target, output: Output, folder: Path
) -> tuple[OutputFile, ...]:
    """The files in our store, in order; the first is of the kind that was asked for."""
    places = asyncio.Semaphore(FILES_AT_ONCE)

    async def one(number: int) -> OutputFile:
        async with places:
            once = partial(_store, runtime, destination, target, output, number, folder)
            return await retry(LOCAL_WORK, once, on_retry=_warn)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number)) for number in range(len(output.media))]
    except BaseExceptionGroup as failures:
        error = deciding_error(failures)
        assert error is not None, "a group has at least one"
        raise error from failures
    return tuple(task.result() for task in tasks)


def _warn(error: Exception, delay: float) -> None:
    log.info("a result could not be brought: %s; again in %.1f s", type(error).__name__, delay)


async def _store(
    runtime: Runtime, destination: Destination, target: Target, output: Output, number: int, folder: Path
) -> OutputFile:
    """One file: as this job has stored it before its process died, or brought, checked and stored now."""
    url, media_type, place = output.media[number], destination.media_type, destination.place
    of = "" if _is_local(url) else hashlib.sha256(url.encode()).hexdigest()
    facts = {
        "run": str(destination.run_id),
        "item": destination.item_key,
        "target": str(target),
        "number": number,
        "of": of,
    }
    key = cache_key(destination.user_id, facts)
    if known := await find_asset(runtime, key):
        return _stored(known)
    kinds = (_KINDS[media_type],) if number == 0 and media_type in _KINDS else _ANY
    path = await _bring(runtime, output, number, folder, *kinds)
    seen = await in_thread(_examine, path)
    asset_format = AssetFormat(EXTENSIONS[seen["content_type"]], seen["content_type"], place.bucket, place.folder)
    return _stored(await keep_file(runtime, destination.user_id, key, path, asset_format, seen))


async def _bring(runtime: Runtime, output: Output, number: int, folder: Path, *kinds: MediaKind) -> Path:
    """The file on this machine: a provider of this machine left it in our folder, another's is fetched."""
    url, path = output.media[number], folder / f"file-{number}"
    if is_data_uri(url):
        await asyncio.to_thread(path.write_bytes, read_data_url(url, *kinds))
        return path
    for left in (folder / name for name in LEFT):
        if left.as_uri() == url:
            return left
    await fetch_result(runtime, output, number, path, *kinds)
    return path


def _examine(path: Path) -> dict[str, Any]:
    """Content type by the first bytes, pixels and seconds as they are: no claim of the provider's counts.

    Raises:
        MediaFailed, MediaRefused: it is not what its first bytes say, or larger than what is worked on.
    """
    from wzrd.media.probe import probe  # noqa: PLC0415 - who only starts generations need not load the media libraries

    with path.open("rb") as file:
        content_type = sniff(file.read(SNIFF_BYTES))
    if content_type is None or content_type not in EXTENSIONS:
        raise MediaFailed(f"the result is no media of a kind that is stored: {content_type or 'unknown'}")
    kind = content_type.partition("/")[0]
    if kind == "model":
        return {"content_type": content_type}
    found = probe(path)
    if (kind == "audio") != (found.frames == 0):
        raise MediaFailed(f"the result says {content_type} and holds {'sound' if found.frames == 0 else 'a picture'}")
    sides = {"width": found.width, "height": found.height} if found.frames else {}
    length = {"seconds": round(found.seconds, 3)} if kind != "image" else {}
    return {"content_type": content_type, **sides, **length}


def _stored(asset: Asset) -> OutputFile:
    facts = asset.facts
    return OutputFile(
        asset.url,
        facts.get("width"),
        facts.get("height"),
        facts.get("seconds"),
        facts.get("content_type"),
        asset.sha256,
        asset.size,
    )


def _told(media: MediaUrl) -> OutputFile:
    """A file that stays where it is, as its provider described it."""
    return OutputFile(media.url, media.width, media.height, media.duration, media.content_type)


def _with_sizes(result: Any, files: tuple[OutputFile, ...]) -> Any:
    """The result in which every file that is described by an object has its pixels and seconds there."""
    by_url = {file.url: file for file in files}

    def visit(value: Any) -> Any:
        if isinstance(value, list):
            return [visit(inner) for inner in cast("list[Any]", value)]
        if not isinstance(value, dict):
            return value
        members: dict[str, Any] = {name: visit(inner) for name, inner in cast("dict[str, Any]", value).items()}
        file = by_url.get(members["url"]) if isinstance(members.get("url"), str) else None
        if file is None:
            return members
        known = {
            "width": file.width,
            "height": file.height,
            "duration": file.seconds,
            "content_type": file.content_type,
        }
        return members | {name: said for name, said in known.items() if said is not None}

    return visit(result)
