"""The last commit of an inline run that succeeds: result, charge, item, log, end; at once or stepwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx, mirrored
from wzrd.db.events import append_events
from wzrd.db.inline_runs import DONE_PHASE, InlineResult, end_inline_run
from wzrd.db.items import Item, move_items
from wzrd.db.new_runs import PHASE
from wzrd.db.provider_jobs import advance_job
from wzrd.db.run_leases import fence
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import LeaseLost
from wzrd.domain.runs import TERMINAL_RUN, Lease
from wzrd.domain.settlement import Outcome, settle
from wzrd.domain.submission import Target
from wzrd.faults import fault
from wzrd.generation.outputs import KeptOutput
from wzrd.generation.values import pack
from wzrd.operations.output_job import ITEM, Chosen, result_of
from wzrd.providers.base import Output
from wzrd.runs.attempt_holds import settle_item
from wzrd.runs.finish import settle_in
from wzrd.runtime.process import Runtime


@dataclass(frozen=True, slots=True)
class InlineEnd:
    """End of a run: its status, or `interrupted` where another process decides it; `result` as its row's."""

    run_id: UUID
    status: str
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""
    error_code: str = ""

    @property
    def raw(self) -> Mapping[str, Any]:
        """Provider's answer, with text and usage; empty unless it succeeded."""
        return cast("Mapping[str, Any]", self.result.get("raw") or {})

    @property
    def text(self) -> str:
        """The whole text; empty unless it succeeded."""
        return str(self.raw.get("text", ""))


def ended_of(row: RunRow | None, run_id: UUID) -> InlineEnd:
    """End of the run, by its row."""
    if row is None or row.status not in TERMINAL_RUN:
        return InlineEnd(run_id, "interrupted", error="The answer was interrupted", error_code="interrupted")
    return InlineEnd(run_id, row.status, row.result or {}, row.error or "", row.error_code or "")


@dataclass(frozen=True, slots=True)
class RunFacts:
    """An inline run under way; `hold_id` is what pays for it, None where it is free."""

    row: RunRow
    lease: Lease
    chosen: Chosen
    hold_id: UUID | None

    def item(self, status: str, output: Mapping[str, Any] | None = None) -> Item:
        """Its one item, as it stands or will stand."""
        done = status == "succeeded"
        phase = DONE_PHASE if done else PHASE
        return Item(ITEM, 1, self.chosen.media_type, None, status, phase, 1, None, output, self.chosen.credits, done)


@dataclass(frozen=True, slots=True)
class RunOutput:
    """Output that `target` made, and the submit it answers; `rest`: the events of it that the log lacks.

    `kept`: its files, where it is no text.
    """

    job_id: UUID
    output: Output
    target: Target
    rest: Sequence[NewEvent]
    kept: KeptOutput | None = None

    def result(self, facts: RunFacts) -> dict[str, Any]:
        """The documented result, but for its credits."""
        kept = self.kept or KeptOutput({**self.output.raw, "text": self.output.text}, ())
        return result_of(facts.row, facts.chosen, kept, self.target)


async def end_at_once(runtime: Runtime, facts: RunFacts, tx: Tx, made: RunOutput) -> InlineEnd | None:
    """End it in one statement: everything is known beforehand but whether the run is still ours (None: it is not)."""
    row, kind = facts.row, runtime.kind(facts.row.kind)
    kept = {"result": made.result(facts), "charged": facts.chosen.credits}
    item = facts.item("succeeded", kept)
    summary = kind.sum_up(row, [item])
    outcome = Outcome(result=summary)
    decision = settle(
        kind, outcome, run_id=str(row.run_id), request_id=row.request_id, items=[item], committed=0, held=0
    )
    ending = InlineResult(
        made.job_id, pack(made.output), made.output.cost_usd, kept, summary, [*made.rest, decision.terminal]
    )
    if await end_inline_run(tx, facts.lease, ITEM, facts.hold_id, ending) is None:
        return None
    if kind.on_end is not None:
        async with mirrored(tx):
            await kind.on_end(tx, row, decision, [])
    await fault("before_settle_commit")
    return InlineEnd(row.run_id, decision.status, summary)


async def end_stepwise(runtime: Runtime, facts: RunFacts, tx: Tx, made: RunOutput) -> InlineEnd | None:
    """End a run whose output another model made than it began with: that output has a hold of its own."""
    run_id = facts.row.run_id
    try:
        await fence(tx, facts.lease, check_cancel=False)
    except LeaseLost:
        return None
    await advance_job(tx, made.job_id, "succeeded", output=pack(made.output), cost_usd=made.output.cost_usd)
    charged = await settle_item(tx, facts.lease, ITEM, charge=True)
    await move_items(
        tx,
        run_id,
        [ITEM],
        from_status=("running",),
        from_phase=PHASE,
        status="succeeded",
        phase=DONE_PHASE,
        outputs={ITEM: {"result": made.result(facts), "charged": charged}},
    )
    await append_events(tx, run_id, made.rest)
    await settle_in(runtime, tx, run_id, Outcome(), by_lease_holder=True)
    await fault("before_settle_commit")
    return ended_of(await find_run(tx, run_id), run_id)
