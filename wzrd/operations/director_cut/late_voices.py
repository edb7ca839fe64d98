"""Lines that paid voices had spoken when their film's run ended: kept, paid, found by the next."""

from collections.abc import Mapping
from typing import Any

from wzrd.db.cuts import read_cut
from wzrd.db.items import Item
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.db.runs import RunRow
from wzrd.domain.errors import ProviderFailed
from wzrd.film.cut_list import cut_from_json
from wzrd.film.spoken_lines import keep_late_line
from wzrd.runtime.kind import PARTS
from wzrd.runtime.process import Runtime


async def keep_late_lines(runtime: Runtime, run: RunRow, item: Item) -> Mapping[str, Any]:
    """Store what a shot's voices have spoken; its file by each submit. The shot itself is spoken by the next film.

    Raises:
        ProviderFailed: nothing is known of the film.
        as `wzrd.film.spoken_lines.keep_late_line`.
    """
    async with runtime.begin() as tx:
        kept = await read_cut(tx, run.run_id)
    if kept is None:
        raise ProviderFailed("lines of a film of which nothing is known")
    cut, parts = cut_from_json(kept), dict[Any, str]()
    shot = cut.shots[int(item.key.rpartition("/")[2]) - 1]
    for at, inputs in enumerate(cut.paid_lines(shot), 1):
        async with runtime.begin() as tx:
            jobs = await list_item_jobs(tx, run.run_id, f"{item.key}#{at}") if inputs else []
        for job in (one for one in jobs if one.is_left and inputs):
            parts[job.job_id] = (await keep_late_line(runtime, run.user_id, job, inputs or {}, cut.paid.price)).key
    return {PARTS: parts}
