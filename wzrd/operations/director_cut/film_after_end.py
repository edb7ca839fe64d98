"""A film's assets that come after the run's end: the rendered picture, finished and shown; spoken lines, kept."""

from collections.abc import Mapping
from typing import Any

from wzrd.db.engine import Tx
from wzrd.db.export_jobs import read_cut
from wzrd.db.items import Item, list_items
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow
from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.domain.errors import ProviderFailed
from wzrd.film.cut_list import cut_from_json
from wzrd.film.cut_outcome import FILM, film_output
from wzrd.film.film_picture import keep_picture_after_end, order_picture
from wzrd.film.finished_film import FilmRequest, finish_picture, write_film
from wzrd.film.made_segments import Segment, segment_from_json, segments_of
from wzrd.generation.spoken_lines import keep_lines_after_end
from wzrd.providers.base import Output
from wzrd.runtime.kind import PAID_BY, PARTS
from wzrd.runtime.process import Runtime


async def keep_film_after_end(
    runtime: Runtime, run: RunRow, item: Item, job: ProviderJob, output: Output
) -> Mapping[str, Any]:
    """The item's output: the film with the sound and captions that its run had made before it ended; or spoken lines.

    Raises:
        ProviderFailed: the run kept too little of it.
        MediaFailed, FetchRefused, FetchFailed, StorageFull: as `keep_picture_after_end`.
    """
    if item.key != FILM:
        return await _keep_lines_after_end(runtime, run, item)
    async with runtime.begin() as tx:
        kept, items = await read_cut(tx, run.run_id), await list_items(tx, run.run_id)
    if kept is None:
        raise ProviderFailed(f"{job.target} made a film of which nothing is known")
    cut = cut_from_json(kept)
    segments = segments_of({one.key: one.output for one in items if one.status == "succeeded" and one.output}, cut.fps)
    mixed = next((one.output for one in items if one.key == "mix" and one.status == "succeeded"), None) or {}
    sound: Segment | None = segment_from_json(mixed["sound"]) if mixed.get("sound") else None
    if not segments.clips:
        raise ProviderFailed(f"{job.target} made a film of which nothing is known")
    wanted = order_picture(runtime, cut, segments.clips, heard=sound is not None)
    if wanted is None or wanted.target != job.target:
        raise ProviderFailed(f"{job.target} made another film than is known")
    picture = await keep_picture_after_end(runtime, run.user_id, run.run_id, job.item_key, wanted, cut.delivery, output)
    order = FilmRequest(
        run.user_id, cut.title, segments, sound, f"{run.project_id}/{run.run_id}", codec=cut.delivery.codec
    )
    film = await finish_picture(runtime, order, picture)
    rendered = film_output(film, FAL_REMOTE, lufs=mixed.get("lufs"))
    return {**rendered, "failures": [], "late": True, PAID_BY: picture.key}


async def mirror_film_after_end(tx: Tx, run: RunRow, item: Item) -> None:
    """The project has it among its files; the job stays as its run ended."""
    if item.output is not None:
        missing = sum(
            one.key.startswith("visual/") and one.status != "succeeded" for one in await list_items(tx, run.run_id)
        )
        await write_film(tx, run, item.output, missing=missing)


async def _keep_lines_after_end(runtime: Runtime, run: RunRow, item: Item) -> Mapping[str, Any]:
    """Store what a shot's voices have spoken; its file by each submit. The shot itself is spoken by the next film.

    Raises:
        ProviderFailed: nothing is known of the film.
        as `wzrd.generation.spoken_lines.keep_lines_after_end`.
    """
    async with runtime.begin() as tx:
        kept = await read_cut(tx, run.run_id)
    if kept is None:
        raise ProviderFailed("lines of a film of which nothing is known")
    cut = cut_from_json(kept)
    shot = cut.shots[int(item.key.rpartition("/")[2]) - 1]
    parts = await keep_lines_after_end(runtime, run, item, cut.paid_lines(shot), price=cut.paid.price)
    return {PARTS: parts}
