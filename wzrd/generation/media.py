"""A picture or a clip of a shot: made by a model, brought home, conformed, stored, and kept.

What animatic mode makes is found again by what it was made of, whoever asks: it is free. What a paid model makes is
kept for its own item and run alone: a retry finds it, and nobody else is answered with it. It pays for itself (its own
hold, settled with its item), so that one refusal by the ledger stops one item; what was stored and never delivered is
paid by whoever delivers it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.assets.bought_files import keep_bought
from wzrd.assets.content_cache import Asset, AssetFormat, Maker, cache_key, find_asset, make_once
from wzrd.assets.sources import fetch_result
from wzrd.db.run_leases import fence
from wzrd.domain.errors import ResultUseless
from wzrd.domain.runs import Lease
from wzrd.domain.submission import Target
from wzrd.domain.wanted_format import WantedFormat, lines_of
from wzrd.generation.calls import Chunk
from wzrd.generation.expiry import bring
from wzrd.generation.flow import generate_whole
from wzrd.generation.holds import hold_found, hold_parts
from wzrd.generation.output_files import main_first
from wzrd.generation.references import check_references
from wzrd.generation.softening import soften_prompt
from wzrd.generation.values import COVERED, Gate, Generated, GenerationRequest, Own
from wzrd.models.media_choice import MediaChoice
from wzrd.providers.base import Output, Progress, is_queue
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

OnProgress = Callable[[Progress], None]
Conform: TypeAlias = Callable[[Path, Path], Awaitable[Mapping[str, Any]]]
"""(what came, where it is to be): checks and fits it; returns what is known of it, fit for JSON."""


@dataclass(frozen=True, slots=True)
class MediaJob:
    """Picture or clip to be made, and what makes it.

    `inputs` is what the provider gets. `cache_inputs` is everything of it that the result depends on, fit for JSON,
    where it may be found by that: animatic mode's. What arrives from elsewhere becomes a clip or picture as `wanted`,
    in its own size unless another is; a clip has just so many `frames`, where that is said. `conform` does it in
    another way, where it is no picture or clip of a shot. `gate` as a generation has it. `is_shared`: what a paid model
    makes is found by `cache_inputs` too, by all of the user's runs, and only one of them makes it. `soften`: a prompt
    that is refused by its words is sent once more in milder ones. `part`: the number, from 1, of one of several files
    of an item; what `hold_media` holds for the item pays for it.
    """

    item_key: str
    media_type: Literal["image", "video"]
    choice: MediaChoice
    asset_format: AssetFormat
    inputs: Mapping[str, Any]
    wanted: WantedFormat
    cache_inputs: Mapping[str, Any] | None = None
    frames: int | None = None
    conform: Conform | None = None
    gate: Gate | None = None
    is_shared: bool = False
    soften: bool = False
    part: int = 0

    @property
    def key(self) -> str:
        """The key of its submits."""
        return f"{self.item_key}#{self.part}" if self.part else self.item_key


async def hold_media(runtime: Runtime, lease: Lease, jobs: Sequence[MediaJob]) -> None:
    """Hold for an item what those of its parts cost that nobody has paid yet, before any of them is made.

    Raises:
        InsufficientCredits: the hold was refused.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    keys, first = [cache_key(lease.user_id, _cache_inputs(job, lease.run_id)) for job in jobs], jobs[0]
    async with runtime.begin() as tx:
        await fence(tx, lease)
        await hold_parts(tx, lease, first.item_key, Own(first.choice.credits, first.media_type, deferred=True), keys)


async def make_media(runtime: Runtime, lease: Lease, job: MediaJob, on_progress: OnProgress) -> Asset:
    """The file of this job; `on_progress` gets how far it is, where the provider reports it.

    Its hold stands afterwards: the step that delivers the item settles it (`settle_item`).

    Raises:
        InsufficientCredits: its hold was refused; nothing was sent.
        ReferenceUnreachable: the provider could never read one of the inputs' files; nothing was held.
        ProviderError, MediaFailed, FetchFailed, StorageFull: it could not be made, brought or kept; ResultExpired and
            ResultUseless among them.
        LeaseLost, CancelRequested: the run may not go on here.
    """

    async def make(path: Path) -> Mapping[str, Any]:
        if not job.choice.drawn:
            await check_references(runtime, job.choice.target, job.media_type, job.inputs)
        arrived = path if job.choice.drawn else path.with_name("arrived")
        made = await _generate(runtime, lease, job, arrived, on_progress)
        if job.choice.drawn:
            return {"model": str(made.target), **made.output.raw}
        once = partial(_bring_fit, runtime, lease.user_id, job, made.target, arrived, path)
        facts = await bring(runtime, lease, job.key, made.target, made.output, once)
        return {"model": str(made.target), **facts, **({"softened": list(made.softened)} if made.softened else {})}

    asset = await make_once(
        runtime,
        lease.user_id,
        _cache_inputs(job, lease.run_id),
        job.asset_format,
        make,
        owed=job.choice.credits,
        maker=Maker(lease, job.item_key) if job.is_shared else None,
    )
    if asset.reused and not job.part:
        await hold_found(runtime, lease, job.item_key, asset.key, job.media_type)
    return asset


def _cache_inputs(job: MediaJob, run_id: UUID) -> dict[str, Any]:
    """Cache inputs of the file: its recipe where that is all that counts, else the very item of the run."""
    made_by = {"model": str(job.choice.target), "media": job.media_type}
    if job.cache_inputs is not None and (job.choice.drawn or job.is_shared):
        return {**made_by, **job.cache_inputs}
    return {**made_by, "run": str(run_id), "item": job.key}


async def keep_after_end(
    runtime: Runtime, user_id: UUID, run_id: UUID, job: MediaJob, target: Target, output: Output
) -> Asset:
    """The file of a result that came after its run had ended, under a name of its own; or as its run had stored it.

    A run that is reopened while it is being stored does not find it: it follows the job itself, and pays.

    Raises:
        ResultUseless, BadSource, MediaFailed, MediaRefused, FetchRefused, FetchFailed, StorageFull: it could not be
            brought, used or kept.
    """
    if own := await find_asset(runtime, cache_key(user_id, _cache_inputs(job, run_id))):
        return own

    async def make(path: Path) -> Mapping[str, Any]:
        facts = await _bring_fit(runtime, user_id, job, target, path.with_name("arrived"), path, output)
        return {"model": str(target), **facts}

    named = _cache_inputs(job, run_id)
    if job.part:  # its item stays open: a run that is reopened finds what has been paid
        return await make_once(runtime, user_id, named, job.asset_format, make, owed=job.choice.credits)
    return await make_once(runtime, user_id, {**named, "late": True}, job.asset_format, make)


async def _bring_fit(
    runtime: Runtime, user_id: UUID, job: MediaJob, target: Target, arrived: Path, path: Path, output: Output
) -> Mapping[str, Any]:
    """Fetch what `target` made to `arrived` and fit it into `path`; return its facts. What came is kept beside it."""
    await _bring(runtime, target, output, media_type=job.media_type, path=arrived)
    if job.conform:
        return await job.conform(arrived, path)
    facts = await conform(arrived, path, job)
    bought = await keep_bought(runtime, user_id, arrived, path)
    return {**facts, "bought": {"bucket": bought.bucket, "path": bought.path}}


async def conform(arrived: Path, path: Path, job: MediaJob) -> dict[str, Any]:
    """Write what came as a picture or clip of the house to `path`; returns what is known of it.

    Raises:
        MediaFailed, MediaRefused: it is not what it should be, or larger than what is worked on.
    """
    # who only starts runs need not load the media tools
    from wzrd.media.conform import conform_clip
    from wzrd.media.delivery_picture import conform_picture
    from wzrd.media.probe import probe

    if job.media_type == "image":
        width, height = await in_thread(conform_picture, arrived, path, job.wanted)
        return {"came": [width, height]}
    came = await in_thread(probe, arrived)
    delivery = job.wanted.delivery(lines_of(came.width * float(came.pixel_shape), came.height))
    facts = await conform_clip(arrived, path, frame=delivery.frame, fps=delivery.fps, frames=job.frames)
    heard = {"sound": True} if came.audio else {}
    return {"came": [came.width, came.height], "frames": facts.frames, **heard}


async def _generate(runtime: Runtime, lease: Lease, job: MediaJob, path: Path, on_progress: OnProgress) -> Generated:
    """The result. What was paid for, and then lost with the process that had the file, is made again at our expense."""
    here = {} if is_queue(runtime.providers.find(job.choice.target.provider, job.media_type)) else {"path": path}
    request = GenerationRequest(
        item_key=job.key,
        target=job.choice.target,
        inputs={**job.inputs, **here},
        funding=COVERED if job.part else Own(job.choice.credits, job.media_type, deferred=True),
        media_type=job.media_type,
        gate=job.gate,
        soften=soften_prompt if job.soften else None,
    )
    made, times = await _join_generation(runtime, lease, request, on_progress), 1
    while _is_lost(made, path):
        renewed = replace(request, item_key=f"{job.key}~{times}", funding=COVERED)
        made, times = await _join_generation(runtime, lease, renewed, on_progress), times + 1
    return made


async def _join_generation(
    runtime: Runtime, lease: Lease, request: GenerationRequest, on_progress: OnProgress
) -> Generated:
    """Join the item's call. One that a former caller began writes into a folder that went with them: once more."""

    def note(chunk: Chunk) -> None:
        if isinstance(chunk, Progress):
            on_progress(chunk)

    try:
        return await generate_whole(runtime, lease, request, note)
    except FileNotFoundError:
        return await generate_whole(runtime, lease, request, note)


def _is_lost(made: Generated, path: Path) -> bool:
    """True if the result is only the name of a file that a former process was to store."""
    media = made.output.media
    return made.replayed and bool(media) and media[0].startswith("file:") and media[0] != path.as_uri()


async def _bring(
    runtime: Runtime, target: Target, output: Output, *, media_type: Literal["image", "video"], path: Path
) -> None:
    """The file at `path`: a provider of this machine left it there, another's is fetched."""
    if not output.media:
        raise ResultUseless(f"{target} made no {media_type}")
    output = main_first(output, media_type)
    if output.media[0] != path.as_uri():
        await fetch_result(runtime, output, 0, path, media_type)
