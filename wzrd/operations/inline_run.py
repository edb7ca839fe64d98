"""One inline run: its first commit, its text or sound on its way to listeners and log, its last commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.assets.content_cache import note_asset
from wzrd.contracts.events import NewEvent
from wzrd.contracts.generate import delta, fallback
from wzrd.db.engine import is_outage
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.new_runs import PHASE
from wzrd.db.provider_jobs import job_id_of
from wzrd.db.runs import find_run
from wzrd.domain.errors import LeaseLost, ProviderError, RunStopped
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.domain.submission import Target, intent_key
from wzrd.faults import fault
from wzrd.generation import Fallback, Generated, GenerationRequest, generate
from wzrd.generation.calls import Chunk, despite_cancel
from wzrd.generation.output_files import Destination, KeptSound, expect_sound, keep_sound
from wzrd.generation.outputs import describe_sound
from wzrd.generation.submissions import Submission
from wzrd.generation.values import deadline_of
from wzrd.models.body_prices import ask_price
from wzrd.models.price_cards import PriceBook
from wzrd.operations.inline_end import InlineEnd, RunFacts, RunOutput, end_at_once, end_stepwise, ended_of
from wzrd.operations.output_job import ITEM, chosen_of, inputs_of, job_of, provider_facts
from wzrd.providers.base import Delta, Output
from wzrd.providers.in_flight import InFlightCall
from wzrd.runs.execute import execute
from wzrd.runs.start import Inline, NewRun, StartResult
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

LOG_SECONDS = 0.5
"""Interval at which the log gets new text: its own listeners have all but its beginning from memory."""

PATIENCE_SECONDS = 15.0
"""Longest wait for a place or a rate limit: somebody listens, and may rather come back."""

Offline: TypeAlias = Callable[[], Awaitable[Output]]
"""Makes what is asked for on this machine, where no provider is asked: a text, or a sound as a `data:` URI."""
NO_JOB = UUID(int=0)
"""In place of a submit where nothing is submitted."""


class InlineRun:
    """One run. `call` gives its text to any number of listeners, late ones all of it, and then how it ended.

    `sound`: what it has made, where that is no text. `is_delivered`: words of it are in its log.
    """

    def __init__(self, runtime: Runtime, new: NewRun, price: int, offline: Offline | None = None) -> None:
        self.call: InFlightCall[Delta | InlineEnd] = InFlightCall()
        self._runtime = runtime
        self._chosen = chosen_of(new.extra, price)
        paid = self._chosen.target.provider != ANIMATIC
        seconds = deadline_of(self._chosen.media_type, runtime.settings.deadlines)
        self._inline = Inline(self._chosen.target, seconds, self._plan(new)) if paid else Inline(None, seconds)
        self.new = replace(new, inline=self._inline)
        self._offline = offline
        self._events: list[NewEvent] = []
        self._text = ""
        self._logged = ""
        self.is_delivered = False
        self._logging = asyncio.Lock()
        self.sound: KeptSound | None = None
        self._path: asyncio.Task[str] | None = None
        self._concluded: InlineEnd | None = None
        self._ended: InlineEnd | None = None
        self._facts: RunFacts  # this and what follows is known once the run has begun
        self._request: GenerationRequest
        self._destination: Destination
        self._begun: Submission | None = None

    @property
    def _lease(self) -> Lease:
        return self._facts.lease

    def begin(self, started: StartResult[None]) -> None:
        """Its first commit is through."""
        row, submit = started.row, self._inline.target
        assert row is not None, "it was made, not found"
        owner = self._runtime.leases.owner
        lease = Lease(row.run_id, owner, row.lease_epoch, row.attempt, row.user_id, row.project_id)
        self._facts = RunFacts(row, lease, self._chosen, started.hold_id)
        job = job_of(row, self._facts.item("running"), self._chosen)
        self._destination = job.destination
        self._request = replace(job.request, longest_wait=PATIENCE_SECONDS, keep=self._keep)
        if submit is not None:
            self._begun = Submission(job_id_of(row.run_id, intent_key(row.run_id, ITEM, submit, 0)), 0, 0)

    def _plan(self, new: NewRun) -> Decimal | None:
        """Dollars that its first submit may cost."""
        inputs = inputs_of({**new.identity, **new.extra}, self._chosen, self._chosen.resolved)
        return ask_price(self._chosen.target, inputs, book=PriceBook(self._runtime.providers.told_prices)).planned

    async def execute(self) -> None:
        """Execute it and tell how it ended, whoever ended it."""
        try:
            await execute(self._runtime, self._lease, self._work)
        except RunStopped as stopped:
            log.info("run %s stops here: %s", self._lease.run_id, stopped.message)
        except Exception as error:
            if not is_outage(error):
                log.exception("run %s broke", self._lease.run_id)
        self.call.emit(self._ended or await self._read_end())

    async def _read_end(self) -> InlineEnd:
        run_id = self._lease.run_id
        try:
            async with self._runtime.begin() as tx:
                return ended_of(await find_run(tx, run_id), run_id)
        except Exception as error:
            if not is_outage(error):
                raise
            return ended_of(None, run_id)

    async def deliver(self) -> None:
        """See that words of what has come are in the log, before anybody is shown any (`is_delivered`: they are).

        It is paid from then on, whatever becomes of this process the next moment. A database out of reach lets nothing
        be shown until it has them.
        """
        if not self.is_delivered:
            await despite_cancel(self._log())

    async def _work(self, lease: Lease) -> Outcome | None:
        await fault("inline_begun")
        if self._begun is None:
            return await self._make_offline(lease)
        asked = replace(self._request, conclude=self._conclude)
        beside: list[asyncio.Task[Any]] = [asyncio.create_task(self._log_forever(), name="log text")]
        if self._chosen.media_type == "audio":  # its place is ready when it comes
            self._path = asyncio.create_task(expect_sound(self._runtime, self._destination), name="expect sound")
            beside.append(self._path)
        try:
            async with aclosing(generate(self._runtime, lease, asked, begun=self._begun)) as chunks:
                async for chunk in chunks:
                    self._take(chunk)
        except asyncio.CancelledError:  # what its listeners have seen is delivered
            await despite_cancel(self._log())
            raise
        except ProviderError as error:
            await self._log()
            return Outcome(error=error.message, error_code=error.code, result=provider_facts(error) or None)
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        return self._settled()

    async def _make_offline(self, lease: Lease) -> Outcome | None:
        assert self._offline is not None, "nothing is asked of this machine that it cannot make"
        output = await self._keep(self._chosen.target, await self._offline())
        if await self._conclude(NO_JOB, output, self._chosen.target) is None:
            raise LeaseLost(run_id=str(lease.run_id))
        if output.text:
            self._take(Delta(output.text))
        self._ended = self._concluded
        return self._settled()

    async def _keep(self, target: Target, output: Output) -> Output:
        """A sound is a file of ours before its answer is recorded."""
        if self._chosen.media_type != "audio":
            return output
        self.sound = await keep_sound(self._runtime, self._destination, target, output, self._path)
        return self.sound.output if self.sound is not None else output

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
                event = fallback(original=resolved, instead=chunk.name, reason=f"runtime_failure:{resolved}")
                self._events.append(NewEvent("fallback", event))
            case Generated():
                self._ended = self._concluded  # its commit is through
            case _:
                pass

    async def _conclude(self, job_id: UUID, output: Output, target: Target) -> int | None:
        """The run's last commit. An answer of nothing ends nothing: it is not delivered, and not paid."""
        text = output.text or ""
        if not text.strip() and self.sound is None:
            return None
        kept = describe_sound(self.sound) if self.sound is not None else None
        end = end_at_once if target == self._chosen.target else end_stepwise
        async with self._logging, self._runtime.begin() as tx:
            if self.sound is not None:
                await note_asset(tx, self._lease.user_id, self.sound.asset)
            rest = _events(self._events, text.removeprefix(self._logged))
            self._concluded = await end(self._runtime, self._facts, tx, RunOutput(job_id, output, target, rest, kept))
        self.is_delivered = self.is_delivered or self._concluded is not None
        return None if self._concluded is None else int(self._concluded.result.get("credits", 0))

    async def _log_forever(self) -> None:
        while True:
            await asyncio.sleep(LOG_SECONDS)
            await self._log()

    async def _log(self) -> None:
        """Write down what has come. Nothing is taken while the last commit is under way, which has the rest."""
        async with self._logging:
            await self._log_text()

    async def _log_text(self) -> None:
        if not self._text and not self._events:
            return
        events, text = list[NewEvent](), ""
        try:
            async with step(self._runtime, self._lease, check_cancel=False) as current:
                events, self._events = self._events, []
                text, self._text = self._text, ""
                self._logged += text
                if text.strip():  # blanks deliver nothing
                    await current.move([ITEM], to="running", phase=PHASE, from_phase=PHASE, delivered=True)
                current.events.extend(_events(events, text))
            self.is_delivered = self.is_delivered or bool(text.strip())
        except RunStopped:
            return
        except BaseException as error:
            self._events, self._text = [*events, *self._events], text + self._text
            self._logged = self._logged.removesuffix(text)
            if not is_outage(error):
                raise


def _events(events: list[NewEvent], text: str) -> list[NewEvent]:
    """Events that come before any text, then the text as one event."""
    return [*events, *([NewEvent("delta", delta(text))] if text else [])]
