"""One inline run: its first commit, its text on its way to listeners and log, its last commit."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast
from uuid import UUID

from wzrd.contracts.events import NewEvent
from wzrd.contracts.generate import fallback
from wzrd.db.engine import Tx, is_outage
from wzrd.db.events import append_events
from wzrd.db.items import Item, move_items
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.runs import PHASE_AT_ONCE, RunRow, find_run
from wzrd.domain.errors import ProviderError, RunStopped
from wzrd.domain.lease import Lease
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.domain.settlement import Outcome
from wzrd.domain.submission import Target
from wzrd.faults import fault
from wzrd.generation import Fallback, Generated, GenerationRequest, generate, settle_item
from wzrd.generation.attempts import Chunk
from wzrd.generation.outputs import MadeOutput
from wzrd.generation.records import Submission, WithinRun, begin_with_run
from wzrd.operations.generate import ITEM, Chosen
from wzrd.operations.output_job import job_of, pinned_choice, result_of
from wzrd.providers.base import Delta, Output
from wzrd.providers.in_flight import InFlightCall
from wzrd.runs.execute import execute
from wzrd.runs.finish import settle_in
from wzrd.runs.start import Inline, NewRun
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

LOG_SECONDS = 0.5
"""How often the log gets the text that has come: its own listeners have it from memory."""

OfflineText: TypeAlias = Callable[[], str]
"""Writes what is asked for on this machine, where no provider is asked."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its status, or `interrupted` where that is for somebody else to say; `result` as its row's."""

    run_id: UUID
    status: str
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""
    error_code: str = ""

    @property
    def raw(self) -> Mapping[str, Any]:
        """What the provider said, text and usage among it; empty unless it succeeded."""
        return cast("Mapping[str, Any]", self.result.get("raw") or {})

    @property
    def text(self) -> str:
        """The whole text; empty unless it succeeded."""
        return str(self.raw.get("text", ""))


def ended_of(row: RunRow | None, run_id: UUID) -> Ended:
    """How the run ended, by its row."""
    if row is None or row.status not in TERMINAL_RUN:
        return Ended(run_id, "interrupted", error="The answer was interrupted", error_code="interrupted")
    return Ended(run_id, row.status, row.result or {}, row.error or "", row.error_code or "")


class InlineRun:
    """One run. `call` gives its text to any number of listeners, late ones all of it, and then how it ended."""

    def __init__(self, runtime: Runtime, new: NewRun, offline: OfflineText | None = None) -> None:
        self.call: InFlightCall[Delta | Ended] = InFlightCall()
        self.new = replace(new, inline=Inline(self._begin))
        self._runtime = runtime
        self._offline = offline
        self._told: list[NewEvent] = []
        self._text = ""
        self._logged = 0
        self._concluded: Ended | None = None
        self._ended: Ended | None = None
        # known once the run has begun
        self._row: RunRow
        self._lease: Lease
        self._chosen: Chosen
        self._request: GenerationRequest
        self._submission: Submission | None = None

    async def _begin(self, tx: Tx, row: RunRow) -> None:
        """The run's first commit: the submit is in it, unless nothing is submitted."""
        (new_item,) = self.new.items(row.run_id)
        item = Item(ITEM, 1, new_item.entity_type, None, "running", PHASE_AT_ONCE, 1, None, None, new_item.price, False)
        owner = self._runtime.leases.owner
        self._row = row
        self._lease = Lease(row.run_id, owner, row.lease_epoch, row.attempt, row.user_id, row.project_id)
        self._chosen = pinned_choice(self._runtime, row, item)
        self._request = job_of(row, item, self._chosen).request
        if self._chosen.target.provider != ANIMATIC:
            self._submission = await begin_with_run(tx, row.run_id, self._request)

    async def carry(self) -> None:
        """Execute it and tell how it ended, whoever ended it."""
        try:
            await execute(self._runtime, self._lease, self._work)
        except RunStopped as stopped:
            log.info("run %s stops here: %s", self._lease.run_id, stopped.message)
        except Exception as error:
            if not is_outage(error):
                log.exception("run %s broke", self._lease.run_id)
        self.call.emit(self._ended or await self._read_end())

    async def _read_end(self) -> Ended:
        run_id = self._lease.run_id
        try:
            async with self._runtime.begin() as tx:
                return ended_of(await find_run(tx, run_id), run_id)
        except Exception as error:
            if not is_outage(error):
                raise
            return ended_of(None, run_id)

    async def _work(self, lease: Lease) -> Outcome | None:
        await fault("inline_begun")
        if self._submission is None:
            return await self._write_offline(lease)
        within = WithinRun(self._submission, self._conclude)
        logging_text = asyncio.create_task(self._log_forever(), name="log text")
        try:
            async with aclosing(generate(self._runtime, lease, self._request, within=within)) as chunks:
                async for chunk in chunks:
                    self._take(chunk)
        except ProviderError as error:
            await self._log()
            status = error.details.get("status")
            told = {"providerStatus": status} if isinstance(status, int) else None
            return Outcome(error=error.message, error_code=error.code, result=told)
        finally:
            logging_text.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await logging_text
        return self._settled()

    async def _write_offline(self, lease: Lease) -> Outcome | None:
        assert self._offline is not None, "nothing is asked of this machine that it cannot write"
        output = Output(text=self._offline(), cost_usd=0.0, raw={"finish_reason": "stop"})
        async with step(self._runtime, lease) as current:
            await self._conclude(current.tx, output, self._chosen.target)
        self._take(Delta(output.text or ""))
        self._ended = self._concluded
        return self._settled()

    def _settled(self) -> Outcome | None:
        if self._ended is None:
            return Outcome(error="The model answered nothing: nothing was charged", error_code="empty_answer")
        self._runtime.notifier.notify(RUN_EVENTS, self._lease.run_id)
        return None

    def _take(self, chunk: Chunk) -> None:
        match chunk:
            case Delta():
                self.call.emit(chunk)
                self._text += chunk.text
            case Fallback():
                resolved = self._chosen.resolved
                told = fallback(original=resolved, instead=chunk.name, reason=f"runtime_failure:{resolved}")
                self._told.append(NewEvent("fallback", told))
            case Generated():
                self._ended = self._concluded  # its commit is through
            case _:
                pass

    async def _conclude(self, tx: Tx, output: Output, target: Target) -> int:
        """The run's last commit: text, charge and end. An answer of nothing ends nothing: it is not delivered."""
        text = output.text or ""
        if not text.strip():
            return 0
        run_id = self._lease.run_id
        made = MadeOutput({**output.raw, "text": text}, (), Generated(output, target))
        result = result_of(self._row, self._chosen, made)
        charged = await settle_item(tx, self._lease, ITEM, charge=target.provider != ANIMATIC, reason="made_for_free")
        outputs = {ITEM: {"result": result, "charged": charged}}
        await move_items(
            tx,
            run_id,
            [ITEM],
            from_status=("running",),
            from_phase=PHASE_AT_ONCE,
            status="succeeded",
            phase="completed",
            outputs=outputs,
        )
        await append_events(tx, run_id, _events(self._told, text[self._logged :]))
        ended = await settle_in(self._runtime, tx, run_id, Outcome(), by_lease_holder=True)
        assert ended is not None, "its fence is held"
        self._concluded = Ended(run_id, ended.status, {**result, "credits": charged})
        return charged

    async def _log_forever(self) -> None:
        while True:
            await asyncio.sleep(LOG_SECONDS)
            await self._log()

    async def _log(self) -> None:
        """Write down what has come. It is taken under the run's lock, so that the last commit has it once, too."""
        if not self._text and not self._told:
            return
        told, text = list[NewEvent](), ""
        try:
            async with step(self._runtime, self._lease, check_cancel=False) as current:
                told, self._told = self._told, []
                text, self._text = self._text, ""
                self._logged += len(text)
                current.events.extend(_events(told, text))
        except RunStopped:
            return
        except BaseException as error:
            self._told, self._text = [*told, *self._told], text + self._text
            self._logged -= len(text)
            if not is_outage(error):
                raise


def _events(told: list[NewEvent], text: str) -> list[NewEvent]:
    """What is told before any text, then the text as one event."""
    return [*told, *([NewEvent("delta", {"text": text})] if text else [])]
