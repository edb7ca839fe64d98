"""The rules of a backfill: which ended runs are tried again, how, and why others are not. Pure.

Facts are gathered and decisions applied by wzrd/operations/backfill.py: once for the plan, and again for each run just
before it is touched.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Literal
from uuid import UUID

from wzrd.domain.errors import BadRequest

Action = Literal["retry", "new run", "skip"]

NAMED = 8
"""Letters of a run's id that a person is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Another run for the same work: asked for later, or still open, or it has succeeded since."""

    run_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An ended run, and what has become of its work since.

    Of its `items`, `missing` did not succeed. Among these: `made` are there by now, `gone` are about what was deleted,
    `taken` belong to another run or are still at their provider, `unsettled` may have been accepted by a provider,
    `expired` were made and can no longer be fetched, `useless` were made as something else than was asked for.
    `credits`: the most that its next attempt charges. `begun`: the run that was begun for it when it had no attempts
    left; `is_begun`: it is itself such a run. `renewable`: a new run can be asked for in its place.
    """

    run_id: UUID
    kind: str
    user_id: UUID
    project: str
    status: str
    attempt: int
    why: str
    items: int
    missing: int
    credits: int
    made: int = 0
    gone: int = 0
    taken: int = 0
    unsettled: int = 0
    expired: int = 0
    useless: int = 0
    project_gone: bool = False
    later: Later | None = None
    begun: UUID | None = None
    is_begun: bool = False
    renewable: bool = True


@dataclass(frozen=True, slots=True)
class BackfillRules:
    """Limits that the operator sets on a backfill."""

    max_attempts: int
    resubmit_unknown: bool = False
    max_runs: int = 50
    max_credits: int | None = None
    max_usd: Decimal | None = None
    concurrency: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """Action taken for a run; `reason` says why it is skipped. `settled`: nothing is left to be done about it."""

    action: Action
    reason: str = ""
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """A run and what is done about it; one that is skipped costs nothing."""

    failure: Failure
    decision: Decision

    @property
    def acts(self) -> bool:
        """True if the run is tried again."""
        return self.decision.action != "skip"

    @property
    def credits(self) -> int:
        """The most that it charges."""
        return self.failure.credits if self.acts else 0


def decide(failure: Failure, rules: BackfillRules) -> Decision:
    """Decide what is done about one failed run, regardless of its cost."""
    if failure.project_gone:
        return Decision("skip", "its project is gone", settled=True)
    if failure.later is not None:
        return _skip_for(failure.later)
    if failure.items and not failure.missing:
        return Decision("skip", "all of it has arrived since", settled=True)
    return _look_at_items(failure, rules) or _look_at_attempts(failure, rules)


def _skip_for(later: Later) -> Decision:
    name = str(later.run_id)[:NAMED]
    if later.status == "succeeded":
        return Decision("skip", f"made since by run {name}", settled=True)
    if later.status in {"queued", "running", "paused"}:
        return Decision("skip", f"run {name} is making it", settled=True)
    return Decision("skip", f"asked for again by run {name}, which is {later.status}")


def _look_at_items(failure: Failure, rules: BackfillRules) -> Decision | None:
    """Skip a run of which nothing is left that could be made."""
    barred = 0 if rules.resubmit_unknown else failure.unsettled + failure.expired + failure.useless
    if not failure.missing or failure.missing > failure.made + failure.gone + failure.taken + barred:
        return None
    if barred and failure.unsettled:
        return Decision("skip", "its provider may have made it: resubmit_unknown sends it once more")
    if barred:
        why = "can no longer be fetched" if failure.expired else "is not what was asked for"
        return Decision("skip", f"what was made {why}: resubmit_unknown has it made once more")
    if failure.taken:
        return Decision("skip", "under way in another run or at its provider", settled=True)
    return Decision("skip", "made since" if failure.made else "what it was for is gone", settled=True)


def _look_at_attempts(failure: Failure, rules: BackfillRules) -> Decision:
    if failure.attempt < rules.max_attempts:
        return Decision("retry")
    if failure.begun is not None:
        return Decision("skip", f"run {str(failure.begun)[:NAMED]} was begun for it")
    used = f"all its {failure.attempt} attempts are used"
    if failure.is_begun:
        return Decision("skip", f"{used}, as were those of the run before it")
    if (bar := _barred(failure)) and not rules.resubmit_unknown:
        return Decision("skip", f"{used}, and {bar}: see resubmit_unknown")
    if not failure.renewable:
        return Decision("skip", f"{used}: only its user can ask for it anew")
    return Decision("new run")


def _barred(failure: Failure) -> str:
    """Why some of a run is not sent again unasked; empty: nothing is against it."""
    if failure.unsettled:
        return "its provider may have made some of it"
    if failure.expired:
        return "some of it can no longer be fetched"
    return "some of what was made is not what was asked for" if failure.useless else ""


def plan(failures: Iterable[Failure], rules: BackfillRules, balances: Mapping[UUID, int]) -> list[Planned]:
    """Decide about runs in the order given: no more runs and credits than allowed, and no more than owners have.

    `balances`: what each owner can spend now; who is not named has nothing.
    """
    planned: list[Planned] = []
    left, runs, cost = dict(balances), 0, 0
    for failure in failures:
        decision, has = decide(failure, rules), left.get(failure.user_id, 0)
        if decision.action != "skip":
            decision = _within(decision, failure, rules, runs=runs, cost=cost, has=has)
        if decision.action != "skip":
            runs, cost = runs + 1, cost + failure.credits
            left[failure.user_id] = has - failure.credits
        planned.append(Planned(failure, decision))
    return planned


def _within(decision: Decision, failure: Failure, rules: BackfillRules, *, runs: int, cost: int, has: int) -> Decision:
    """The decision, unless a limit or the owner's balance is against it."""
    if failure.credits > has:
        return Decision("skip", f"costs {failure.credits} credits, and its owner has {max(has, 0)}")
    if rules.max_credits is not None and cost + failure.credits > rules.max_credits:
        taken = f", of which the runs above take {cost}" if cost else ""
        message = f"costs {failure.credits} credits, and max_credits allows {rules.max_credits}{taken}"
        return Decision("skip", message)
    if runs >= rules.max_runs:
        return Decision("skip", f"beyond max_runs {rules.max_runs}")
    return decision


def share_dollars(rules: BackfillRules, *, spent: Decimal, under_way: Sequence[Decimal]) -> Decimal | None:
    """Dollars that the next run may cost: an equal share of what is left for each that may go on at once.

    `spent`: by the runs that have ended; `under_way`: the share of each that has begun. None: whatever it costs.
    """
    if rules.max_usd is None:
        return None
    left = max(rules.max_usd - spent - sum(under_way), Decimal(0))
    return (left / max(1, rules.concurrency - len(under_way))).quantize(Decimal("0.000001"), rounding=ROUND_FLOOR)


def is_affordable(cost: int, rules: BackfillRules, *, charged: int, under_way: int) -> bool:
    """True if one more run may begin. More may have been charged than planned (a dearer stand-in).

    `under_way`: what the runs that have begun may still charge.
    """
    return rules.max_credits is None or charged + under_way + cost <= rules.max_credits


_TIME = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?"
PATTERN = rf"^\s*([0-9]{{1,6}}\s*[smhdw]|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ]{_TIME})?)\s*$"
"""Pattern of a moment in a form's JSON schema; `read_moment` reads its meaning."""
_AGO = re.compile(r"([0-9]{1,6})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
REMEDY = "write 36h, 7d, 2026-11-26 or 2026-11-26T18:00Z"


def read_moment(text: str, now: datetime, *, field: str) -> datetime:
    """The moment that `text` names; without an offset it is UTC.

    Raises:
        BadRequest: it names none; `field` is told, and how one is written.
    """
    wanted = text.strip()
    try:
        if ago := _AGO.fullmatch(wanted):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(wanted)
    except (ValueError, OverflowError):
        raise BadRequest(f"{field} is {text[:60]!r}, no moment: {REMEDY}", field=field) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
