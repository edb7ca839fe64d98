"""A line spoken by a paid voice as a film has it: WAV and times, made once, owed until heard."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.assets.content_cache import MEDIA_BUCKET, TAKE, Asset, Maker, make_once
from wzrd.assets.sources import open_source
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.runs import RunRow
from wzrd.domain.buckets import StorageLocation
from wzrd.generation.output_files import Destination
from wzrd.generation.outputs import KeptOutput, keep_output
from wzrd.generation.values import unpack
from wzrd.models.voices import recipe_of
from wzrd.providers.base import Output
from wzrd.runtime.process import Runtime

Speak: TypeAlias = Callable[[], Awaitable[tuple[KeptOutput, Output]]]
"""Has the line spoken, and brought home."""


async def make_line(
    runtime: Runtime,
    user_id: UUID,
    inputs: Mapping[str, str],
    price: int,
    speak: Speak,
    *,
    maker: Maker | None = None,
) -> Asset:
    """The line of these inputs: found, or spoken and stored; its first film owes `price`.

    `maker`: the item that has it spoken; of two in different processes one waits for the other.

    Raises:
        MediaFailed, StorageFull: it could not be read, or kept; and whatever `speak` raises.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    # who only starts runs need not load the media tools
    from wzrd.media.sound_decoding import LONGEST_SECONDS, decode_sound

    async def make(out: Path) -> Mapping[str, Any]:
        kept, output = await speak()
        async with open_source(runtime, kept.files[0].url, "audio") as source:
            seconds = await decode_sound(source, 1, LONGEST_SECONDS, out)
        return {"seconds": seconds, "words": output.raw.get("words", [])}

    return await make_once(runtime, user_id, recipe_of(inputs), TAKE, make, owed=price, maker=maker)


async def keep_lines_after_end(
    runtime: Runtime, run: RunRow, item: Item, wanted: Sequence[Mapping[str, str] | None], *, price: int
) -> dict[UUID, str]:
    """Keep what voices had spoken of an item's lines when its run ended, as the next film finds it.

    Returns the file of each submit that is left.

    Raises:
        as `make_line` and `wzrd.generation.outputs.keep_output`.
    """
    kept: dict[UUID, str] = {}
    for at, inputs in enumerate(wanted, 1):
        async with runtime.begin() as tx:
            jobs = await list_item_jobs(tx, run.run_id, f"{item.key}#{at}") if inputs else []
        for job in (one for one in jobs if one.is_left and inputs):
            kept[job.job_id] = (await _keep_line(runtime, run.user_id, job, inputs or {}, price)).key
    return kept


async def _keep_line(runtime: Runtime, user_id: UUID, job: ProviderJob, inputs: Mapping[str, str], price: int) -> Asset:
    async def speak() -> tuple[KeptOutput, Output]:
        output = unpack(job.output or {}, None)
        return await keep_output(runtime, line_place(user_id, job.run_id, job.item_key), job.target, output), output

    return await make_line(runtime, user_id, inputs, price, speak)


def line_place(user_id: UUID, run_id: UUID, key: str) -> Destination:
    """Where a line's own file goes."""
    return Destination(user_id, run_id, key, "audio", StorageLocation(MEDIA_BUCKET, ""))
