"""A picture or a clip: found if it has been made before, else generated, brought into the store, and kept.

What is generated pays for itself (its own hold, settled with its item), so that one refusal by the ledger stops one
item. What is found is free, unless it was made for an item that never was delivered: then whoever delivers it pays.
"""

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from wzrd.assets.made_once import Asset, AssetFormat, make_once
from wzrd.assets.sources import fetch_result
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.lease import Lease
from wzrd.domain.media_choice import MediaChoice
from wzrd.generation.flow import generate
from wzrd.generation.holds import hold_found
from wzrd.generation.values import COVERED, Generated, GenerationRequest, Own
from wzrd.providers.base import Output, Progress
from wzrd.runtime.process import Runtime

DEADLINE = 600.0


@dataclass(frozen=True, slots=True)
class MediaJob:
    """What is to be made, by whom.

    `inputs` is what the provider gets; `cache_inputs` is everything of it that the result depends on, fit for JSON.
    """

    item_key: str
    media_type: Literal["image", "video"]
    choice: MediaChoice
    asset_format: AssetFormat
    inputs: Mapping[str, Any]
    cache_inputs: Mapping[str, Any]


async def make_media(runtime: Runtime, lease: Lease, job: MediaJob, on_progress: Callable[[float], None]) -> Asset:
    """The file of this job; `on_progress` gets how far it is (0 to 1), where the provider reports it.

    Its hold stands afterwards: the step that delivers the item settles it (`settle_item`).

    Raises:
        InsufficientCredits: its hold was refused; nothing was sent.
        ProviderError, MediaFailed, FetchFailed, StorageFull: it could not be made, brought or kept.
        LeaseLost, CancelRequested: the run may not go on here.
    """

    async def make(path: Path) -> Mapping[str, Any]:
        made = await _generate(runtime, lease, job, path, on_progress)
        await _fetch_output(runtime, made.output, job, path)
        return {"model": str(made.target), **made.output.raw}

    cache_inputs = {"model": str(job.choice.target), "media": job.media_type, **job.cache_inputs}
    asset = await make_once(runtime, lease.user_id, cache_inputs, job.asset_format, make, owed=job.choice.credits)
    if asset.reused:
        await hold_found(runtime, lease, job.item_key, asset.key, job.media_type)
    return asset


async def _generate(
    runtime: Runtime, lease: Lease, job: MediaJob, path: Path, on_progress: Callable[[float], None]
) -> Generated:
    """The result. What was paid for, and then lost with the process that had the file, is made anew at our expense."""
    request = GenerationRequest(
        item_key=job.item_key,
        target=job.choice.target,
        inputs={**job.inputs, "path": path},
        funding=Own(job.choice.credits, job.media_type, deferred=True),
        media_type=job.media_type,
        deadline=DEADLINE,
    )
    made, times = await _join_generation(runtime, lease, request, on_progress), 1
    while _is_lost(made, path):
        anew = replace(request, item_key=f"{job.item_key}~{times}", funding=COVERED)
        made, times = await _join_generation(runtime, lease, anew, on_progress), times + 1
    return made


async def _join_generation(
    runtime: Runtime, lease: Lease, request: GenerationRequest, on_progress: Callable[[float], None]
) -> Generated:
    """Join the item's call. One that a former caller began writes into a folder that went with them: once more."""
    try:
        return await _follow(runtime, lease, request, on_progress)
    except FileNotFoundError:
        return await _follow(runtime, lease, request, on_progress)


async def _follow(
    runtime: Runtime, lease: Lease, request: GenerationRequest, on_progress: Callable[[float], None]
) -> Generated:
    async with aclosing(generate(runtime, lease, request)) as chunks:
        async for chunk in chunks:
            match chunk:
                case Progress(fraction=float(fraction)):
                    on_progress(fraction)
                case Generated():
                    return chunk
                case _:
                    pass
    raise ProviderFailed(f"{request.target} ended without a result")


def _is_lost(made: Generated, path: Path) -> bool:
    """Whether all that remains of the result is the name of a file that a former process was to store."""
    media = made.output.media
    return made.replayed and bool(media) and media[0].startswith("file:") and media[0] != path.as_uri()


async def _fetch_output(runtime: Runtime, output: Output, job: MediaJob, path: Path) -> None:
    """The file at `path`: a provider of this machine left it there, another's is fetched."""
    if not output.media:
        raise ProviderFailed(f"{job.choice.target} made no {job.media_type}")
    if output.media[0] != path.as_uri():
        await fetch_result(runtime, output, 0, path, job.media_type)
