"""The money of runs under any sequence of starts, drafts, ends, cancels and retries, beside a model in plain Python."""

import asyncio
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.rows import Studio, balance, broken_promises, make_studio
from wzrd.db.engine import open_engine
from wzrd.db.items import list_items
from wzrd.db.run_holds import list_run_holds
from wzrd.db.run_leases import reap_expired
from wzrd.db.runs import find_run
from wzrd.domain.credits import gen_shots_price
from wzrd.domain.errors import Conflict, InsufficientCredits
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.faults import FaultRaised, arm
from wzrd.operations import KINDS
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.runs.execute import claim
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

T = TypeVar("T")
FUNDS, ATTEMPTS = 8, 4
RUNS = st.integers(0, 3)
CRASHES = st.sampled_from([False, False, True])


@dataclass(slots=True)
class Model:
    """Model of what a run ought to be: shots that are drafted and done, credits paid, whether it is under way."""

    run_id: uuid.UUID
    size: int
    paid: int = 0
    attempt: int = 1
    open: bool = True
    lease: Lease | None = None
    drafted: set[int] = field(default_factory=set[int])
    done: set[int] = field(default_factory=set[int])

    @property
    def cost(self) -> int:
        """Credits that it takes out of the account now."""
        return gen_shots_price(self.size) if self.open else self.paid

    def end(self) -> None:
        self.open, self.lease, self.paid = False, None, gen_shots_price(len(self.drafted))


class MoneyMachine(RuleBasedStateMachine):
    """A few runs of one user who can afford about three of them."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    runtime: ClassVar[Runtime]

    def __init__(self) -> None:
        super().__init__()
        self.studio: Studio = self.do(make_studio(self.runtime, funds=FUNDS))
        self.runs: list[Model] = []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    @property
    def left(self) -> int:
        return FUNDS - sum(run.cost for run in self.runs)

    def of(self, number: int) -> Model | None:
        return self.runs[number] if number < len(self.runs) else None

    @rule(size=st.integers(1, 6), again=st.booleans())
    def start(self, size: int, again: bool) -> None:
        if len(self.runs) > 3:
            return
        wanted = GenShotsParams(
            user_id=self.studio.user_id,
            project_id=str(self.studio.project_id),
            shot_count=size,
            request_id=f"{len(self.runs)}",
        )
        if gen_shots_price(size) > self.left:
            with pytest.raises(InsufficientCredits):
                self.do(start_gen_shots(self.runtime, wanted, latency=lambda: 0))
            return
        opened = self.do(start_gen_shots(self.runtime, wanted, latency=lambda: 0))
        if again:
            assert not self.do(start_gen_shots(self.runtime, wanted, latency=lambda: 0)).created
        self.runs.append(Model(opened.run_id, size))

    @rule(number=RUNS)
    def take(self, number: int) -> None:
        """A worker claims the run, or takes it over from another that still lives."""
        run = self.of(number)
        if run is not None:
            run.lease = self.do(claim(self.runtime, run.run_id, flow_run_id=None))
            assert (run.lease is not None) == run.open

    @rule(number=RUNS, shot=st.integers(1, 6), crash=CRASHES)
    def draft(self, number: int, shot: int, crash: bool) -> None:
        """A draft is delivered; repeated, or crashed before its commit, it changes nothing."""
        run = self.of(number)
        possible = run is not None and run.lease is not None and shot <= run.size
        if run is not None and possible and self.moved(run, shot, crash, "drafting", (None, "creating")):
            run.drafted.add(shot)

    @rule(number=RUNS, shot=st.integers(1, 6), crash=CRASHES)
    def complete(self, number: int, shot: int, crash: bool) -> None:
        """A drafted shot is made ready, whether this attempt drafted it or a former one did."""
        run = self.of(number)
        possible = run is not None and run.lease is not None and shot in run.drafted
        if run is not None and possible and self.moved(run, shot, crash, "ready", ("drafting",)):
            run.done.add(shot)

    def moved(self, run: Model, shot: int, crash: bool, phase: str, phases: tuple[str | None, ...]) -> bool:
        """One step of the run; False when its process died before the commit."""

        async def once() -> None:
            assert run.lease is not None
            async with step(self.runtime, run.lease) as current:
                for came_phase in phases:
                    await current.move(
                        [f"shot/{shot}"],
                        from_status=("pending", "running"),
                        from_phase=came_phase,
                        to="succeeded" if phase == "ready" else "running",
                        phase=phase,
                        delivered=phase == "drafting",
                    )

        if not crash:
            self.do(once())
            return True
        with pytest.raises(FaultRaised):
            self.crashed("before_step_commit", once())
        return False

    def crashed(self, place: str, work: Coroutine[Any, Any, Any]) -> None:
        arm(f"{place}=raise")
        try:
            self.do(work)
        finally:
            arm("")

    @rule(number=RUNS, outcome=st.sampled_from([Outcome(), Outcome(error="no"), Outcome(canceled=True)]), crash=CRASHES)
    def end(self, number: int, outcome: Outcome, crash: bool) -> None:
        """Its worker ends the run, after a first try that dies before the commit perhaps; said again it is refused."""
        run = self.of(number)
        if run is None or run.lease is None:
            return
        if crash:
            with pytest.raises(FaultRaised):
                self.crashed("before_settle_commit", finish(self.runtime, run.run_id, outcome, lease=run.lease))
        assert self.do(finish(self.runtime, run.run_id, outcome, lease=run.lease)) is not None
        run.end()
        assert self.do(finish(self.runtime, run.run_id, outcome)) is None

    @rule(number=RUNS)
    def cancel(self, number: int) -> None:
        """The user cancels: nobody carries it and it has ended, or its worker's next word is that it was canceled."""
        run = self.of(number)
        if run is None:
            return
        after = self.do(cancel(self.runtime, run.run_id, self.studio.user_id))
        if run.lease is not None:
            assert after.finished_at is None
            self.do(finish(self.runtime, run.run_id, Outcome(canceled=True), lease=run.lease))
        run.end()

    @rule(number=RUNS)
    def die(self, number: int) -> None:
        """Its worker dies, the reaper takes the run, and what the dead one says later is refused."""
        run = self.of(number)
        if run is None or run.lease is None:
            return

        async def reaped() -> None:
            async with self.runtime.begin() as tx:
                await tx.exec_driver_sql(
                    "update wzrd.runs set lease_until = now() - interval '1 s' where lease_owner is not null"
                )
                await reap_expired(tx, limit=1000)

        self.do(reaped())
        for other in self.runs:
            other.lease = None

    @rule(number=RUNS)
    def retry(self, number: int) -> None:
        run = self.of(number)
        if run is None:
            return
        if run.open or len(run.done) == run.size or run.attempt == ATTEMPTS:
            with pytest.raises(Conflict):
                self.do(reopen(self.runtime, run.run_id))
        elif gen_shots_price(run.size) - run.paid > self.left:
            with pytest.raises(InsufficientCredits):
                self.do(reopen(self.runtime, run.run_id))
        else:
            self.do(reopen(self.runtime, run.run_id))
            run.open, run.attempt = True, run.attempt + 1

    @invariant()
    def adds_up(self) -> None:
        assert self.do(balance(self.runtime, self.studio.user_id)) == self.left
        for run in self.runs:
            self.do(self.check(run))

    def teardown(self) -> None:
        assert self.do(broken_promises(self.runtime)) == []

    async def check(self, run: Model) -> None:
        async with self.runtime.begin() as tx:
            row, items = await find_run(tx, run.run_id), await list_items(tx, run.run_id)
            holds = await list_run_holds(tx, run.run_id)
        assert row is not None
        assert {item.position for item in items if item.delivered} == run.drafted
        assert {item.position for item in items if item.status == "succeeded"} == run.done
        assert (row.finished_at is None) == run.open
        held = sum(hold.amount for hold in holds if hold.status == "held")
        assert sum(hold.committed or 0 for hold in holds) == run.paid
        assert held == run.cost - run.paid


def test_whatever_becomes_of_runs_the_money_adds_up(database_url: str, tmp_path: Path) -> None:
    """Balance = entries = what open runs hold and ended ones have delivered; nobody pays twice, nothing is free."""
    MoneyMachine.loop = asyncio.new_event_loop()
    values = {"WZRD_HOME": tmp_path, "WZRD_DATABASE_URL": database_url, "WZRD_MAX_ATTEMPTS": ATTEMPTS}
    engine = open_engine(database_url, pool_size=3)

    async def made() -> Runtime:
        return make_runtime(Settings.model_validate(values), engine, KINDS)

    MoneyMachine.runtime = MoneyMachine.loop.run_until_complete(made())
    try:
        run_state_machine_as_test(
            MoneyMachine,
            settings=settings(
                max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
            ),
        )
    finally:
        MoneyMachine.loop.run_until_complete(MoneyMachine.runtime.aclose())
        MoneyMachine.loop.run_until_complete(engine.dispose())
        MoneyMachine.loop.close()
