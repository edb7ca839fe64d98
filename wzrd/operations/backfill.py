"""Run of a backfill: it is the operator's, and its items are the ended runs that are tried again.

Planning reads, and writes nothing: it is the whole of a dry run. Asked by the flow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from wzrd.contracts import encoders
from wzrd.contracts.backfill import EVENTS, complete, meta
from wzrd.contracts.events import NewEvent
from wzrd.db.backfill import Window, find_ended_run, list_ended_runs
from wzrd.db.items import Item
from wzrd.db.projects import find_meant_projects
from wzrd.db.runs import RunRow, find_request
from wzrd.domain.backfill import BackfillRules, Decision, Failure, Planned, decide, plan, read_moment
from wzrd.domain.errors import BadRequest, storable
from wzrd.domain.ids import OPERATOR
from wzrd.domain.money import kept_bound, read_bound
from wzrd.domain.project_choice import choose_project
from wzrd.domain.runs import NewItem
from wzrd.domain.settlement import Ending
from wzrd.domain.shown import shown_line
from wzrd.operations.backfill_facts import balances_of, duplicate_keys, gather
from wzrd.runs.start import NewRun, RunParams, StartResult, start
from wzrd.runtime.kind import Kind, free, same_names
from wzrd.runtime.process import Runtime

KIND = "backfill"
EXAMINED = 1000
"""The most ended runs that one backfill looks at; those that ended first come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillParams(RunParams):
    """Which ended runs are tried again, and within which limits; an empty list means any.

    `since` and `until` as `read_moment` reads them. `projects`: ids, beginnings of ids, or titles.
    """

    since: str = "7d"
    until: str | None = None
    kinds: Sequence[str] = ()
    projects: Sequence[str] = ()
    error_codes: Sequence[str] = ()
    statuses: Sequence[str] = ("failed", "partial")
    max_runs: int = 50
    max_credits: int | None = None
    concurrency: int = 2
    resubmit_unknown: bool = False


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """Plan of what would be done now. `more`: runs beyond those that were looked at."""

    since: datetime
    until: datetime
    planned: Sequence[Planned]
    more: bool

    @property
    def acting(self) -> list[Planned]:
        """The runs that are tried again."""
        return [one for one in self.planned if one.acts]

    @property
    def credits(self) -> int:
        """The most that all of it charges."""
        return sum(one.credits for one in self.planned)

    def summary(self) -> str:
        """The plan in a sentence."""
        acting = self.acting
        new_runs = sum(one.decision.action == "new run" for one in acting)
        words = [f"{len(acting) - new_runs} to retry", *([f"{new_runs} to begin new_runs"] if new_runs else [])]
        words += [f"{len(self.planned) - len(acting)} skipped", f"{self.credits} credits at most"]
        more = f"; only the first {EXAMINED} were looked at" if self.more else ""
        return f"{len(self.planned)} runs: {', '.join(words)}{more}"


def retried(kinds: Mapping[str, Kind]) -> tuple[str, ...]:
    """The kinds of run that are tried again: those that users ask for."""
    return tuple(name for name, kind in kinds.items() if not kind.for_operators)


def rules_of(runtime: Runtime, params: BackfillParams) -> BackfillRules:
    """Limits the operator set, from settings and parameters."""
    return BackfillRules(
        runtime.settings.max_attempts,
        params.resubmit_unknown,
        params.max_runs,
        params.max_credits,
        params.money.most if params.money else None,
        params.concurrency,
    )


async def plan_backfill(runtime: Runtime, params: BackfillParams) -> BackfillPlan:
    """Plan what a backfill would do now. Nothing is written.

    Raises:
        BadRequest: a moment that is none, `until` before `since`, a name that means several projects.
        NotFound: a name that means no project.
    """
    now = runtime.now()
    since = read_moment(params.since, now, field="since")
    until = read_moment(params.until, now, field="until") if params.until else now
    if until < since:
        raise BadRequest(f"until ({until:%Y-%m-%d %H:%M}) comes before since ({since:%Y-%m-%d %H:%M})", field="until")
    async with runtime.begin() as tx:
        meant = {typed: await find_meant_projects(tx, storable(typed)) for typed in params.projects}
        projects = [choose_project(found, typed)[0] for typed, found in meant.items()]
        codes = [storable(code) for code in params.error_codes]
        kinds = params.kinds or retried(runtime.kinds)
        window = Window(since, until, params.statuses, kinds, projects, codes)
        ended = await list_ended_runs(tx, window, duplicate_keys(runtime.kinds), limit=EXAMINED + 1)
        failures = [await gather(runtime, tx, one) for one in ended[:EXAMINED]]
        planned = plan(failures, rules_of(runtime, params), await balances_of(tx, failures))
    return BackfillPlan(since, until, planned, more=len(ended) > EXAMINED)


@dataclass(frozen=True, slots=True)
class FreshDecision:
    """A run as it is now: None when it is open, or gone."""

    failure: Failure | None
    decision: Decision


async def look_again(runtime: Runtime, run_id: UUID, rules: BackfillRules, *, most: int) -> FreshDecision:
    """Decide about one run again, just before it is touched; `most` is what the plan allows it to cost."""
    async with runtime.begin() as tx:
        ended = await find_ended_run(tx, run_id, duplicate_keys(runtime.kinds))
        if ended is None:
            return FreshDecision(None, Decision("skip", "it is under way", settled=True))
        if ended.run.status == "succeeded":
            return FreshDecision(None, Decision("skip", "it has succeeded since", settled=True))
        failure = await gather(runtime, tx, ended)
    decision = decide(failure, rules)
    if decision.action != "skip" and failure.credits > most:
        decision = Decision("skip", f"costs {failure.credits} credits now, and {most} were planned")
    return FreshDecision(failure, decision)


async def start_backfill(runtime: Runtime, params: BackfillParams) -> StartResult[None]:
    """Start the backfill, or join the one of its request id: what was planned once is what is done.

    Raises:
        BadRequest, NotFound: as `plan_backfill`.
        Conflict: as `wzrd.runs.start.start`.
    """
    assert params.request_id, "a flow run without a key has its own"
    async with runtime.begin() as tx:
        known = await find_request(tx, OPERATOR, KIND, params.request_id)
    planned = (
        BackfillPlan(known.created_at, known.created_at, (), False) if known else await plan_backfill(runtime, params)
    )
    acting = planned.acting
    first = meta(
        runs=len(acting),
        skipped=len(planned.planned) - len(acting),
        cost=planned.credits,
        since=planned.since.isoformat(timespec="seconds"),
        until=planned.until.isoformat(timespec="seconds"),
    )
    new = NewRun(
        kind=KIND,
        user_id=OPERATOR,
        project_id=None,
        request_id=params.request_id,
        identity=_identity(params),
        extra={"label": f"ended runs: {len(acting)}", "plan": [describe_planned(one) for one in planned.planned]},
        items=lambda _: [
            NewItem(item_key(one.failure.run_id), at, "run", one.failure.run_id) for at, one in enumerate(acting, 1)
        ],
        first_event=lambda: NewEvent("meta", first),
        reference_id=KIND,
        asked=params,
    )
    return await start(runtime, new)


def item_key(run_id: UUID) -> str:
    """The key of the item that tries a run again."""
    return f"run/{run_id}"


def describe_planned(one: Planned) -> dict[str, Any]:
    """A planned run as a line of the table, and as the backfill's run keeps it."""
    failure = one.failure
    return {
        "run": str(failure.run_id),
        "kind": failure.kind,
        "project": _plain(failure.project),
        "missing": f"{failure.missing} of {failure.items}",
        "failed": _plain(failure.why),
        "credits": one.credits,
        "action": one.decision.action,
        "reason": one.decision.reason,
    }


def _plain(text: str) -> str:
    """A user's words for a table of Prefect's and for a terminal: nothing in them becomes a link."""
    return shown_line(text).replace("](", "] (")


_LISTS = ("kinds", "projects", "errorCodes", "statuses")
_PARAMETERS: Mapping[str, str] = same_names(
    "since", "until", *_LISTS, "maxRuns", "maxCredits", "concurrency", "resubmitUnknown"
)
"""Fields of `BackfillParams` and of the flow, by the names that a run keeps them under; money is kept besides."""


def _identity(params: BackfillParams) -> dict[str, Any]:
    given = {name: getattr(params, field) for name, field in _PARAMETERS.items()}
    listed = {name: list[str](given[name]) for name in _LISTS}
    return given | listed | kept_bound(params.money)


def read_params(kept: Mapping[str, Any]) -> BackfillParams:
    """The parameters that a backfill's run keeps."""
    given = {field: kept[name] for name, field in _PARAMETERS.items()}
    return BackfillParams(user_id=None, project_id=None, money=read_bound(kept), **given)


def _sum_up(run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    """The counts of how its runs ended, and what they were charged."""
    return {
        "runs": len(items),
        "failed": sum(item.status == "failed" for item in items),
        "skipped": len(run.params["plan"]) - len(items) + sum(item.status == "skipped" for item in items),
        "credits": sum(int((item.output or {}).get("charged", 0)) for item in items),
    }


def _terminal(ending: Ending) -> NewEvent:
    return NewEvent("complete", complete(ending.status, ending.completed, ending.result, ending.error))


BACKFILL = Kind(
    name=KIND,
    route=None,
    resource_type="run",
    reference_type=KIND,
    parameters={**_PARAMETERS, **same_names("maxUsd", "allowUnpriced")},
    price=free,
    events=EVENTS,
    encoder=encoders.plain,
    terminal=_terminal,
    deployment="failed-generations",
    sum_up=_sum_up,
)
