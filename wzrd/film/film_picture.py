"""The picture of a film, rendered by a provider: a paid generation like a clip, checked against what was ordered."""

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from wzrd.assets.content_cache import CLIP, Asset
from wzrd.domain.cut_settings import RendererChoice, choose_renderer
from wzrd.domain.film import DeliveryFormat, Frame
from wzrd.domain.runs import Lease
from wzrd.domain.submission import Target
from wzrd.domain.wanted_format import WantedFormat
from wzrd.film.cut_list import Cut
from wzrd.film.made_segments import Segment
from wzrd.film.remote_render import PROVIDER, TOLERANCE, RemoteRender, plan_render
from wzrd.generation.media import MediaJob, OnProgress, keep_after_end, make_media
from wzrd.media.ffmpeg import CLIP_SECONDS, MediaFailed
from wzrd.models.media_choice import MediaChoice
from wzrd.net.file_types import SNIFF_BYTES, sniff
from wzrd.providers.base import Output
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

if TYPE_CHECKING:
    from wzrd.media.probe import Facts


def pick_renderer(runtime: Runtime, provider: str | None) -> RendererChoice:
    """The renderer for `settings.provider` here and now.

    Raises:
        BadRequest, NotConfigured: as `choose_renderer`.
    """
    obstacle = runtime.providers.obstacle(PROVIDER, "video")
    return choose_renderer(provider, offline=runtime.settings.offline, obstacle=obstacle)


def order_picture(runtime: Runtime, cut: Cut, clips: Mapping[int, Segment], *, heard: bool) -> RemoteRender | None:
    """Order to render these visuals, by their numbers; None if there is nothing to render."""
    numbers = sorted(clips)

    def url(number: int) -> str:
        clip = clips[number]
        return cut.shots[number - 1].url if clip.source else runtime.storage.public_url(clip.bucket, clip.path)

    visuals = [clips[number] for number in numbers]
    return plan_render(visuals, [url(n) for n in numbers], cut.delivery, heard=heard)


async def render_picture(
    runtime: Runtime,
    lease: Lease,
    item_key: str,
    wanted: RemoteRender,
    delivery: DeliveryFormat,
    price: int,
    on_progress: OnProgress,
) -> Asset:
    """The picture as a file of ours. Its hold stands afterwards: the step that delivers the film settles it.

    Raises:
        as `make_media`; MediaFailed too where it lasts longer or shorter than was ordered.
    """
    return await make_media(runtime, lease, _job(item_key, wanted, delivery, price), on_progress)


async def keep_picture_after_end(
    runtime: Runtime,
    user_id: UUID,
    run_id: UUID,
    item_key: str,
    wanted: RemoteRender,
    delivery: DeliveryFormat,
    output: Output,
) -> Asset:
    """The picture of a render that ended after its run.

    Raises:
        as `wzrd.generation.media.keep_after_end`; MediaFailed as `render_picture`.
    """
    job = _job(item_key, wanted, delivery, 0)
    return await keep_after_end(runtime, user_id, run_id, job, wanted.target, output)


def _job(item_key: str, wanted: RemoteRender, delivery: DeliveryFormat, price: int) -> MediaJob:
    return MediaJob(
        item_key,
        "video",
        MediaChoice(wanted.target, price, None, wanted.model.id),
        CLIP,
        wanted.inputs,
        WantedFormat(size=delivery.frame, fps=delivery.fps),
        conform=partial(_accept, wanted.target, delivery, wanted.seconds),
    )


async def _accept(
    target: Target, delivery: DeliveryFormat, seconds: float, arrived: Path, path: Path
) -> Mapping[str, Any]:
    """Write the picture to `path`: as it came where it plays everywhere and has the film's size, else fitted.

    Raises:
        MediaFailed: it has no moving picture, or another length than `seconds`.
    """
    # who only starts runs need not load the media tools
    from wzrd.media.conform import conform_clip
    from wzrd.media.probe import probe

    longest = max(CLIP_SECONDS, seconds + 60)
    facts = await in_thread(partial(probe, arrived, longest=longest))
    if not facts.frames or facts.still:
        raise MediaFailed(f"{target} made no film: {'a still' if facts.still else 'no picture'}")
    if abs(facts.seconds - seconds) > TOLERANCE:
        raise MediaFailed(f"{target} made {facts.seconds:.2f} s of film, {seconds:.2f} s were ordered")
    came = {"came": [facts.width, facts.height], "seconds": facts.seconds}
    if await in_thread(_plays, arrived, facts, delivery.frame):
        await in_thread(shutil.copyfile, arrived, path)
        return {**came, "frames": facts.frames, "fitted": False}
    frames = max(1, round(seconds * delivery.fps))
    fitted = await conform_clip(arrived, path, frame=delivery.frame, fps=delivery.fps, frames=frames, longest=longest)
    return {**came, "frames": fitted.frames, "fitted": True}


def _plays(arrived: Path, facts: "Facts", frame: Frame) -> bool:
    """True if its packets may be copied into a film of that frame: MP4, H.264, 4:2:0, upright, nothing hidden."""
    with arrived.open("rb") as file:
        container = sniff(file.read(SNIFF_BYTES))
    same = (facts.width, facts.height) == (frame.width, frame.height)
    form = (container, facts.codec, facts.pix_fmt) == ("video/mp4", "h264", "yuv420p")
    return form and same and not facts.rotated and not facts.hidden
