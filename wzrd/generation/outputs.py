"""Outputs of a direct generation: generated, fetched, checked, stored, and returned with our own addresses.

What was stored for a job is found again by that job after a crash, and by nobody else: no content is looked up here.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, cast

from wzrd.assets.content_cache import note_asset
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.domain.credits import Share
from wzrd.domain.errors import ResultUseless
from wzrd.domain.results import MediaUrl, media_urls, replace_urls
from wzrd.domain.runs import Lease
from wzrd.domain.submission import Target
from wzrd.generation.calls import Chunk
from wzrd.generation.expiry import bring
from wzrd.generation.flow import generate_whole
from wzrd.generation.output_files import (
    KEPT,
    KINDS,
    LEFT,
    Destination,
    KeptSound,
    OutputFile,
    is_local,
    keep_sound,
    look_at_all,
    main_first,
    store_all,
)
from wzrd.generation.values import FallbackTarget, Generated, GenerationRequest
from wzrd.models.generation_inputs import is_data_uri
from wzrd.models.sounds import writes_words
from wzrd.providers.base import Output, is_queue
from wzrd.runtime.process import Runtime

MAX_FILES = 100
"""Files of one generation that are stored; more is no result but a list of something."""

ANSWER = ("result", "job")
"""Where an adapter keeps its provider's own answer, in what it says beside the addresses."""
OnChunk: TypeAlias = Callable[[Chunk], None]


@dataclass(frozen=True, slots=True)
class OutputJob:
    """One direct generation: what is asked of whom, and where its files go.

    `request.inputs` lack `path`, which is added here.
    """

    request: GenerationRequest
    destination: Destination


@dataclass(frozen=True, slots=True)
class KeptOutput:
    """A provider's output brought home: its JSON with our addresses in it, and its files, the main one first."""

    result: Any
    files: tuple[OutputFile, ...]

    def share(self, media_type: str, ordered: int) -> Share:
        """Outputs of that kind that came, of those ordered: at least one, as none would be a failure."""
        kind = KINDS.get(media_type)
        came = sum((file.content_type or kind or "").partition("/")[0] == kind for file in self.files)
        return max(1, came), ordered


@dataclass(frozen=True, slots=True)
class MadeOutput(KeptOutput):
    """The result, and how it was made."""

    generated: Generated


async def make_output(runtime: Runtime, lease: Lease, job: OutputJob, on_chunk: OnChunk) -> MadeOutput:
    """Generate, bring and store; `on_chunk` gets deltas and progress as they come.

    The item's hold stands afterwards: the step that delivers the item settles it.

    Raises:
        InsufficientCredits: a hold was refused; nothing was sent.
        ProviderError: the provider failed, or nobody can fetch or use what it made (ResultExpired, ResultUseless).
        FetchFailed, MediaFailed: a file could not be brought or looked at now.
        StorageFull: there is no room for it.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    request = replace(job.request, keep=partial(_keep_sound, runtime, job.destination))
    async with temporary_folder(runtime) if request.media_type in LEFT else nullcontext() as folder:
        made = await _generate(runtime, lease, request, folder, on_chunk)
        keep = partial(_keep, runtime, job.destination, made.target, folder=folder)
        kept = await bring(runtime, lease, request.item_key, made.target, made.output, keep)
    return MadeOutput(kept.result, kept.files, made)


async def keep_output(runtime: Runtime, destination: Destination, target: Target, output: Output) -> KeptOutput:
    """Bring, check and store what `target` has made, without following a job: what was stored before is found again.

    Raises:
        ResultUseless, FetchRefused, BadSource, MediaFailed, MediaRefused: it is not what was asked for.
        FetchFailed, StorageFull: as `make_output`.
    """
    return await _keep(runtime, destination, target, output, folder=None)


async def _keep_sound(runtime: Runtime, destination: Destination, target: Target, output: Output) -> Output:
    sound = await keep_sound(runtime, destination, target, output)
    if sound is None:
        return output
    async with runtime.begin() as tx:
        await note_asset(tx, destination.user_id, sound.asset)
    return sound.output


def describe_sound(sound: KeptSound) -> KeptOutput:
    """A sound that has been kept, as an output that was brought home."""
    files = (sound.file,)
    result = replace_urls(_result_of(sound.output, "audio"), {sound.output.media[0]: files[0].url})
    return KeptOutput(_with_sizes(result, files), files)


def describe_text(output: Output, target: Target) -> MadeOutput | None:
    """A text as an output that was brought home; None where files came with it, or it says nothing."""
    result = _result_of(output, "text")
    if output.media or media_urls(result) or is_blank(output):
        return None
    return MadeOutput(result, (), Generated(output, target))


async def _keep(
    runtime: Runtime, destination: Destination, target: Target, output: Output, *, folder: Path | None
) -> KeptOutput:
    """`folder` holds what a provider of this machine has left, if any may have."""
    if is_blank(output):
        raise ResultUseless(f"{target} answered nothing")
    result = _result_of(output, destination.media_type)
    named = {found.url: found for found in media_urls(result)}
    output = main_first(replace(output, media=output.media or tuple(named)), destination.media_type)
    _check_number(output, target, destination.media_type)
    if output.media and (destination.store or any(_is_ours_to_keep(url) for url in output.media)):
        async with nullcontext(folder) if folder is not None else temporary_folder(runtime) as scratch:
            files = await store_all(runtime, destination, target, output, scratch)
    else:
        await look_at_all(runtime, destination, output)
        media = [named.get(url) or MediaUrl(url) for url in output.media]
        files = tuple(OutputFile(one.url, one.width, one.height, one.duration, one.content_type) for one in media)
    ours = {theirs: file.url for theirs, file in zip(output.media, files, strict=True)}
    return KeptOutput(_with_sizes(replace_urls(result, ours), files), files)


def is_blank(output: Output) -> bool:
    """True if it is a text without a word: nothing that could be delivered."""
    return output.text is not None and not output.text.strip() and not output.media


def _is_ours_to_keep(url: str) -> bool:
    """True if the file is only here, so that it is stored whatever the request says of storing."""
    return is_local(url) or is_data_uri(url) or url.startswith(KEPT)


def _check_number(output: Output, target: Target, media_type: str) -> None:
    if not output.media and media_type in KINDS and not writes_words(target.provider, target.model):
        raise ResultUseless(f"{target} made no {media_type}")
    if len(output.media) > MAX_FILES:
        raise ResultUseless(f"{target} answered with {len(output.media)} files; {MAX_FILES} at most are taken")


async def _generate(
    runtime: Runtime, lease: Lease, request: GenerationRequest, folder: Path | None, on_chunk: OnChunk
) -> Generated:
    asked = request
    if folder is not None:
        path = folder / LEFT[request.media_type]
        if not _is_queued(runtime, request.target, request.media_type):
            asked = replace(asked, inputs={**request.inputs, "path": path})
        ways = [_left_at(runtime, way, request.media_type, path) for way in request.fallbacks]
        asked = replace(asked, fallbacks=tuple(ways))
    return await generate_whole(runtime, lease, asked, on_chunk)


def _left_at(runtime: Runtime, way: FallbackTarget, media_type: str, path: Path) -> FallbackTarget:
    """Fallback target with the path of the file it may leave, where its inputs are its own."""
    if way.inputs is None or _is_queued(runtime, way.target, media_type):
        return way
    return replace(way, inputs={**way.inputs, "path": path})


def _is_queued(runtime: Runtime, target: Target, media_type: str) -> bool:
    """True if the provider is a remote queue, where a path of ours means nothing."""
    if runtime.providers.obstacle(target.provider, media_type) is not None:
        return False
    return is_queue(runtime.providers.find(target.provider, media_type))


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
