"""A film that its renderer delivers after the run's end: sound and captions laid beside it, stored, shown."""

from collections.abc import Mapping
from typing import Any

from wzrd.db.cuts import read_cut
from wzrd.db.engine import Tx
from wzrd.db.items import Item, list_items
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow
from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.domain.errors import ProviderFailed
from wzrd.film.cut_list import cut_from_json
from wzrd.film.cut_outcome import FILM, film_output
from wzrd.film.film_picture import keep_late_picture, order_picture
from wzrd.film.finished_film import FilmOrder, finish_picture, write_film
from wzrd.film.made_segments import Segment, segment_from_json, segments_of
from wzrd.operations.director_cut.late_voices import keep_late_lines
from wzrd.providers.base import Output
from wzrd.runtime.kind import PAID_BY
from wzrd.runtime.process import Runtime


async def keep_late_asset(
    runtime: Runtime, run: RunRow, item: Item, job: ProviderJob, output: Output
) -> Mapping[str, Any]:
    """The item's output: the film with the sound and captions that its run had made before it ended; or spoken lines.

    Raises:
        ProviderFailed: the run kept too little of it.
        MediaFailed, FetchRefused, FetchFailed, StorageFull: as `keep_late_picture`.
    """
    if item.key != FILM:
        return await keep_late_lines(runtime, run, item)
    async with runtime.begin() as tx:
        kept, items = await read_cut(tx, run.run_id), await list_items(tx, run.run_id)
    segments = segments_of({one.key: one.output for one in items if one.status == "succeeded" and one.output})
    mixed = next((one.output for one in items if one.key == "mix" and one.status == "succeeded"), None) or {}
    sound: Segment | None = segment_from_json(mixed["sound"]) if mixed.get("sound") else None
    if kept is None or not segments.clips:
        raise ProviderFailed(f"{job.target} made a film of which nothing is known")
    cut = cut_from_json(kept)
    wanted = order_picture(runtime, cut, segments.clips, heard=sound is not None)
    if wanted is None or wanted.target != job.target:
        raise ProviderFailed(f"{job.target} made another film than is known")
    picture = await keep_late_picture(runtime, run.user_id, run.run_id, job.item_key, wanted, cut.frame, output)
    order = FilmOrder(run.user_id, cut.title, segments, sound, f"{run.project_id}/{run.run_id}")
    film = await finish_picture(runtime, order, picture)
    told = film_output(film, FAL_REMOTE, lufs=mixed.get("lufs"))
    return {**told, "failures": [], "late": True, PAID_BY: picture.key}


async def mirror_late_film(tx: Tx, run: RunRow, item: Item) -> None:
    """The project has it among its files; the job stays as its run ended."""
    if item.output is not None:
        missing = sum(
            one.key.startswith("visual/") and one.status != "succeeded" for one in await list_items(tx, run.run_id)
        )
        await write_film(tx, run, item.output, missing=missing)
