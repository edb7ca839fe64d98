"""A cut under way: its run and list, the beginning and end of its items, the segments so far."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from wzrd.contracts.director_cut import progressed
from wzrd.db.engine import mirrored
from wzrd.db.export_jobs import advance, advance_job, read_cut
from wzrd.db.items import count_settled, list_items
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.domain.errors import NotFound, WzrdError
from wzrd.domain.runs import Lease
from wzrd.film.cut_list import Cut, cut_from_json
from wzrd.film.cut_outcome import FILM, failures, voice_fallbacks
from wzrd.film.made_segments import Segments, segments_of
from wzrd.media.ffmpeg import MediaFailed
from wzrd.retry import retry_local_work
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, end_item
from wzrd.runs.steps import RunLog, Step, step
from wzrd.runtime.process import Runtime

FIRST, LAST = 15, 85
"""Percent of the film between which clips and sounds are made."""
LAST_BEFORE_REMOTE = 45
"""Percent at which clips and sounds are done if another renders them: its own share begins here."""
UNFINISHED = (("pending", None), ("running", None))

T = TypeVar("T")


class NoVisuals(WzrdError):
    """No shot has a picture or a clip that can be rendered."""

    code = "no_visuals"

    def __init__(self, message: str = "No visual assets available for export") -> None:
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class CutRun:
    """A run of Director's Cut in the hands of this process. `log`: where its steps say what people may want to know."""

    runtime: Runtime
    run: RunRow
    cut: Cut
    log: RunLog

    @property
    def run_id(self) -> UUID:
        """The run."""
        return self.run.run_id

    @property
    def lease(self) -> Lease:
        """The lease that it is executed under.

        Raises:
            LeaseLost: another process executes it.
        """
        return self.runtime.leases.current(self.run_id)


async def load_cut(runtime: Runtime, run_id: UUID) -> Cut:
    """The cut list of a run that this process executes. It never changes, so that it is read once.

    Raises:
        NotFound: it has none.
        LeaseLost: another process executes it.
    """
    objects = runtime.leases.objects(run_id)
    if (known := objects.find(Cut)) is not None:
        return known
    async with runtime.begin() as tx:
        kept = await read_cut(tx, run_id)
    if kept is None:
        raise NotFound(f"run {run_id} has no cut list")
    return objects.keep(cut_from_json(kept))


async def load_run(runtime: Runtime, run_id: UUID, log: RunLog) -> CutRun:
    """The run that a step works on.

    Raises:
        NotFound: there is no such run, or none of a project.
    """
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    if run is None or run.project_id is None:
        raise NotFound(f"no run {run_id}")
    return CutRun(runtime, run, await load_cut(runtime, run_id), log)


async def begin_item(of: CutRun, key: str) -> None:
    """The item is being worked on."""
    async with step(of.runtime, of.lease) as current:
        await current.move([key], from_status=("pending",), to="running")


async def complete_item(
    of: CutRun,
    key: str,
    label: str,
    output: dict[str, Any],
    settlement: ItemSettlement | None = None,
) -> None:
    """The item's segment is there: item, charge, job and event in one commit."""

    async def emit(current: Step) -> None:
        event: dict[str, Any] = {"item": key, "name": label, "itemStatus": "succeeded"}
        more: dict[str, Any] = {}
        if output.get("fallbacks"):
            more = {"voiceFallbacks": (fallbacks := voice_fallbacks(await list_items(current.tx, of.run_id)))}
            event |= {
                "voiceFallbacks": [
                    one for one in fallbacks if one["orderIndex"] == output["fallbacks"][0]["orderIndex"]
                ]
            }
        await _count(current, of.cut.renderer, event, **more)

    end = ItemEnd(key, "succeeded", UNFINISHED, output=output, settlement=settlement)
    await end_item(of.runtime, of.run_id, end, emit=emit)


async def fail_item(of: CutRun, key: str, label: str, *, order: int, reason: str) -> None:
    """The item's segment cannot be had; the job names the asset and the reason, and what was held goes back."""

    async def emit(current: Step) -> None:
        more: dict[str, Any] = {}
        if shots := failures(await list_items(current.tx, of.run_id), "visual/"):
            more = {"shotFailures": shots, "failedShotCount": len(shots)}
        event = {"item": key, "name": label, "itemStatus": "failed", "reason": reason}
        await _count(current, of.cut.renderer, event, **more)

    settlement = ItemSettlement(reason="asset_lost")
    end = ItemEnd(key, "failed", UNFINISHED, output={"order": order}, error=reason[:500], settlement=settlement)
    await end_item(of.runtime, of.run_id, end, emit=emit)


async def report_progress(of: CutRun, progress: int, stage: str, **more: Any) -> None:
    """The film is so far, and at this stage."""
    async with step(of.runtime, of.lease) as current:
        await advance_film(current, progress, {"stage": stage, **more}, {})


async def _count(current: Step, renderer: str, event: dict[str, Any], **more: Any) -> None:
    settled, total = await count_settled(current.tx, current.lease.run_id, but=FILM)
    last = LAST_BEFORE_REMOTE if renderer == FAL_REMOTE else LAST
    progress = FIRST + (last - FIRST) * settled // max(1, total)
    payload = {"stage": "provider_processing", "renderer": renderer, **more}
    await advance_film(current, progress, payload, {**event, "done": settled, "total": total})


async def advance_film(current: Step, progress: int, payload: dict[str, Any], event: dict[str, Any]) -> None:
    """Engine row, public row and event agree: none of them ever goes backwards."""
    run_id = current.lease.run_id
    logged = await advance(current.tx, run_id, progress, payload)
    async with mirrored(current.tx):
        await advance_job(current.tx, run_id, logged.progress, logged.payload)
    current.emit("progress", progressed(run_id, logged.progress, {"stage": logged.payload["stage"], **event}))


async def read_segments(of: CutRun) -> Segments:
    """The segments of the film that could be had."""
    async with of.runtime.begin() as tx:
        items = await list_items(tx, of.run_id)
    made = {item.key: item.output for item in items if item.status == "succeeded" and item.output}
    return segments_of(made, of.cut.fps)


async def count_visuals_left(of: CutRun) -> int:
    """The number of visuals that are, or may still be, in the film.

    Raises:
        NoVisuals: none.
    """
    async with of.runtime.begin() as tx:
        items = await list_items(tx, of.run_id)
    left = sum(item.key.startswith("visual/") and item.status != "failed" for item in items)
    if not left:
        if not of.cut.shots:
            raise NoVisuals
        raise NoVisuals(f"All {len(of.cut.shots)} visual assets failed preflight")
    return left


async def with_retries(log: RunLog, label: str, make: Callable[[], Awaitable[T]]) -> T:
    """Make it; what may pass (a program that was killed, a host that does not answer) is tried again."""

    async def once() -> T:
        try:
            return await make()
        except OSError as error:
            raise MediaFailed(f"{error.strerror}", retryable=True) from error

    return await retry_local_work(log, label, once)
