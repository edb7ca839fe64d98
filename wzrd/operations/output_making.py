"""The one item of a direct generation: made, stored, paid, and reported meanwhile."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from wzrd.contracts.events import NewEvent
from wzrd.contracts.generate import STATUSES, fallback, fraction_of, meta, progress
from wzrd.db.engine import Tx
from wzrd.db.items import Item, find_item
from wzrd.db.run_holds import list_item_holds
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import InsufficientCredits, NotFound, ProviderError, WzrdError, error_code, error_message
from wzrd.domain.offline import ANIMATIC
from wzrd.faults import fault
from wzrd.generation import Fallback
from wzrd.generation.calls import Chunk
from wzrd.generation.outputs import MadeOutput, make_output
from wzrd.models.shot_orders import read_order
from wzrd.operations.output_job import (
    ITEM,
    Chosen,
    describe_fallback,
    fallback_reason_of,
    job_of,
    pinned_choice,
    provider_facts,
    result_of,
)
from wzrd.operations.shots.audio import note_spoken
from wzrd.operations.shots.rows import show_failed, show_generating, show_made, show_progress
from wzrd.providers.base import Delta, Progress
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, end_item
from wzrd.runs.steps import RunLog, Step, step
from wzrd.runtime.process import Runtime
from wzrd.runtime.stops import stops_the_run
from wzrd.storyboard.prompt_media import animatic_inputs
from wzrd.storyboard.shot_inputs import drawn_shot

REPORT_SECONDS = 1.0
"""Interval at which followers are told the progress."""
TEXT_SECONDS = 0.1
"""Interval at which new text is told."""
BEGUN = (("running", "generating"),)
UNFINISHED = (("pending", None), *BEGUN)


class OutputFailed(WzrdError):
    """The generation could not be made."""

    code = "output_failed"

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


async def make_one(runtime: Runtime, run_id: UUID, log: RunLog) -> str:
    """Make the run's output; returns its address (empty for text).

    Raises:
        OutputFailed: it could not be made; item and hold have ended, `cause` is the error's code.
    """
    run, item, is_paid = await _find(runtime, run_id)
    if item.status == "succeeded":  # an earlier try's commit came through after all
        return str((item.output or {})["result"]["url"])
    if item.status == "failed":
        raise OutputFailed(item.error or "The generation failed", str((item.output or {}).get("code", "output_failed")))
    await _begin(runtime, run_id, item)
    chosen = pinned_choice(runtime, run, 0 if is_paid else item.price)
    reporter = _Reporter(run, item, chosen)
    try:
        made = await _make(runtime, run, item, chosen, reporter)
    except Exception as error:  # whatever a tool may raise, the run ends with its own words
        if stops_the_run(error):
            raise
        if not isinstance(error, WzrdError):
            log.exception("%s", type(error).__name__)
        raise await _fail(runtime, run, item, error, reporter.first_error) from error
    await fault("before_output")
    result = result_of(run, chosen, made, made.generated.target)
    await _deliver(runtime, run, item, result, made, ordered=chosen.count)
    log.info("%s: %s", result["resolvedModel"], result["url"] or "text")
    return str(result["url"])


async def _find(runtime: Runtime, run_id: UUID) -> tuple[RunRow, Item, bool]:
    """The run, its item, and True if an earlier attempt was charged for it: then it is completed for nothing."""
    async with runtime.begin() as tx:
        run, item = await find_run(tx, run_id), await find_item(tx, run_id, ITEM)
        holds = await list_item_holds(tx, run_id, ITEM)
    if run is None or item is None:
        raise NotFound(f"run {run_id} has no item {ITEM}")
    return run, item, any(hold.committed for hold in holds)


async def _begin(runtime: Runtime, run_id: UUID, item: Item) -> None:
    async with step(runtime, runtime.leases.current(run_id)) as current:
        # what was delivered in an earlier attempt has kept its phase
        if await current.move(
            [ITEM], from_status=("pending",), from_phase=item.phase, to="running", phase="generating"
        ):
            await show_generating(current.tx, item)


async def _make(runtime: Runtime, run: RunRow, item: Item, chosen: Chosen, reporter: "_Reporter") -> MadeOutput:
    lease = runtime.leases.current(run.run_id)
    job = job_of(run, item, chosen)
    async with _reporting(runtime, run.run_id, reporter):
        if chosen.target.provider != ANIMATIC or chosen.media_type == "text":
            return await make_output(runtime, lease, job, reporter.take)
        async with _drawn(runtime, run, item, chosen, job.request.inputs) as inputs:
            drawn = replace(job, request=replace(job.request, inputs=inputs))
            return await make_output(runtime, lease, drawn, reporter.take)


def _drawn(
    runtime: Runtime, run: RunRow, item: Item, chosen: Chosen, inputs: Mapping[str, Any]
) -> AbstractAsyncContextManager[Mapping[str, Any]]:
    """Inputs animatic mode needs: a shot is drawn in its scene, a bare prompt by its words."""
    order = read_order(run.params)
    if order is None or run.project_id is None or item.entity_id is None:
        return animatic_inputs(runtime, chosen.media_type, inputs, run.params["model"])
    return drawn_shot(runtime, run.project_id, item.entity_id, order.brief, inputs)


async def _deliver(
    runtime: Runtime, run: RunRow, item: Item, result: Mapping[str, Any], made: MadeOutput, *, ordered: int
) -> None:
    """Item, charge and the last progress in one commit; a cancel that comes now is too late: it is made, and paid."""
    paid = made.generated.target.provider != ANIMATIC
    share = made.share(run.params["chosen"]["mediaType"], ordered)
    settlement = ItemSettlement(charge=paid, reason="made_for_free", share=share)
    end = ItemEnd(ITEM, "succeeded", BEGUN, phase="completed", output={"result": result}, settlement=settlement)

    async def emit(current: Step) -> None:
        event = progress(
            status="COMPLETED", fraction=1.0, model=result["resolvedModel"], fallback_used=result["fallbackUsed"]
        )
        current.emit("progress", event)

    async def show(tx: Tx) -> None:
        await show_made(tx, run, item, result)
        for file in made.files[:1]:
            await note_spoken(tx, runtime, run, made.generated.target, file)

    await end_item(runtime, run.run_id, end, show, emit=emit, ignore_cancel=True)


async def _fail(runtime: Runtime, run: RunRow, item: Item, error: Exception, original: str | None) -> OutputFailed:
    """The item ends with the error's words; its hold goes back, unless some of its text was delivered.

    `original`: why another model was asked at all.
    """
    _, now, _ = await _find(runtime, run.run_id)
    message, code = error_message(error), error_code(error)
    end = ItemEnd(
        ITEM,
        "failed",
        UNFINISHED,
        phase="failed",
        output={"code": code, **_details_of(error), **({"originalError": original} if original else {})},
        error=message,
        settlement=ItemSettlement(reason=code, charge=now.delivered),
    )

    async def emit(_current: Step) -> None:
        """The run's own end tells it."""

    await end_item(runtime, run.run_id, end, lambda tx: show_failed(tx, item, message, code), emit=emit)
    return OutputFailed(message, code)


def _details_of(error: Exception) -> dict[str, Any]:
    """Facts of an error for a client that waits: the numbers of a refused hold, the provider's own status."""
    if isinstance(error, ProviderError):
        return provider_facts(error)
    return dict(error.details) if isinstance(error, InsufficientCredits) else {}


class _Reporter:
    """News collected since the followers were last told."""

    def __init__(self, run: RunRow, item: Item, chosen: Chosen) -> None:
        self.ended = asyncio.Event()
        self.first_error: str | None = None
        self.item = item
        self._run, self._chosen = run, chosen
        self._model = chosen.resolved
        self._fallback_used = chosen.fallback_reason is not None
        self._fell_back: list[NewEvent] = []
        self._text: list[str] = []
        self._logs: list[str] = []
        self._latest: Progress | None = None
        self._reported_at = 0.0
        self.reported_phase = ""

    def take(self, chunk: Chunk) -> None:
        """Note a chunk."""
        match chunk:
            case Delta():
                self._text.append(chunk.text)
            case Progress():
                self._latest = chunk
                self._logs.extend(chunk.logs)
            case Fallback():
                self._fall_back(chunk)
            case _:
                pass

    def _fall_back(self, chunk: Fallback) -> None:
        """The next attempt is told as the first was: with a `meta` of its own."""
        reason = fallback_reason_of(self._run, self._model, chunk.name)
        self.first_error = self.first_error or chunk.error
        event = fallback(original=self._model, instead=chunk.name, reason=reason)
        self._model, self._fallback_used = chunk.name, True
        begun = meta(
            requested=self._run.params["model"],
            normalized=self._chosen.normalized,
            resolved=chunk.name,
            media_type=self._chosen.media_type,
            fallback_reason=reason,
            request_id=self._run.asked_id,
            run_id=self._run.run_id,
            **describe_fallback(self._run, self._chosen, chunk.name),
        )
        self._fell_back += [NewEvent("fallback", event), NewEvent("meta", begun)]

    def events(self, now: float) -> list[NewEvent]:
        """Events to be told now, in order."""
        events, self._fell_back = self._fell_back, []
        latest = self._latest
        if latest is not None and (latest.phase != self.reported_phase or now - self._reported_at >= REPORT_SECONDS):
            event = progress(
                status=STATUSES.get(latest.phase, latest.phase),
                fraction=fraction_of(latest.phase, latest.fraction, latest.position),
                model=self._model,
                fallback_used=self._fallback_used,
                position=latest.position,
                logs=tuple(self._logs),
            )
            events.append(NewEvent("progress", event))
            self._latest, self._reported_at, self.reported_phase = None, now, latest.phase
            self._logs.clear()
        if self._text:
            events.append(NewEvent("delta", {"text": "".join(self._text)}))
            self._text.clear()
        return events


@asynccontextmanager
async def _reporting(runtime: Runtime, run_id: UUID, reporter: _Reporter) -> AsyncGenerator[None]:
    """The run's followers are told what comes, in batches; the rest of it when the generation has ended."""
    ticking = asyncio.create_task(_report(runtime, run_id, reporter), name="report progress")
    try:
        yield
    except Exception as error:
        await _stop(ticking, reporter)
        if not stops_the_run(error):
            await _log_news(runtime, run_id, reporter)
        raise
    finally:
        await _stop(ticking, reporter)
    await _log_news(runtime, run_id, reporter)


async def _stop(ticking: "asyncio.Task[None]", reporter: _Reporter) -> None:
    """Stop the ticking task after what it tells at this moment: cut off in the middle, that would be lost."""
    reporter.ended.set()
    with contextlib.suppress(Exception):
        await ticking


async def _report(runtime: Runtime, run_id: UUID, reporter: _Reporter) -> None:
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TEXT_SECONDS):
                await reporter.ended.wait()
        if reporter.ended.is_set():
            return
        await _log_news(runtime, run_id, reporter)


async def _log_news(runtime: Runtime, run_id: UUID, reporter: _Reporter) -> None:
    events = reporter.events(asyncio.get_running_loop().time())
    if events:
        async with step(runtime, runtime.leases.current(run_id)) as current:
            if any(event.event == "delta" and event.data["text"].strip() for event in events):
                await current.move([ITEM], to="running", phase="generating", from_phase="generating", delivered=True)
            current.events.extend(events)
            await show_progress(current.tx, reporter.item, reporter.reported_phase)
