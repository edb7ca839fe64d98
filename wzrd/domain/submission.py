"""The rules of one paid submit: which target, which number, what a resume may do, when it is resent.

The states are `wzrd.domain.runs.PROVIDER_JOB`; here stands what follows from them. A submit is never repeated
unless it is known that nothing was accepted (`rejected`, `never_sent`), or once an item when that is not known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from wzrd.domain.errors import (
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.domain.offline import ANIMATIC, Offline, stand_in_reason
from wzrd.domain.runs import RESUBMITTABLE

Recovery = Literal["list", "webhook", "none"]

RETRYABLE_STATUS = frozenset({425, 429, 498})
"""Refusals that say "not now": too early, too many requests, no capacity (498, Groq). 402 is never among them."""
MAX_LOST = 1
"""How many submits of an item may have been lost for the next one to be sent without being told to."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a generation goes: a provider of the registry and the model's name there."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The target that runs, and why it is another one than was asked for (None: it is not)."""

    target: Target
    fallback_reason: str | None = None


def choose_target(wanted: Target, *, offline: Offline, obstacle: str | None) -> Choice:
    """The wanted target, or animatic mode with the reason that the wire shows; `obstacle` as `wzrd.domain.offline`.

    Raises:
        NotConfigured: the provider cannot be asked, and falling back is forbidden (`never`).
    """
    if wanted.provider == ANIMATIC:
        return Choice(wanted)
    reason = stand_in_reason(obstacle, offline=offline)
    return Choice(wanted) if reason is None else Choice(Target(ANIMATIC, ANIMATIC), reason)


def intent_key(run_id: UUID, item_key: str, target: Target, submission_no: int) -> str:
    """What makes a submit one and the same: neither attempt nor lease enters it."""
    return f"{run_id}/{item_key}/{target}/{submission_no}"


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """One submit as the table has it, as far as the rules look at it."""

    job_id: UUID
    target: Target
    submission_no: int
    status: str


@dataclass(frozen=True, slots=True)
class SubmissionPlan:
    """What to do about an item: mark these lost (nobody will ever learn how they ended), then `act`.

    insert: write the intent `submission_no`, then send it. send: `job` is an intent that never left.
    replay: `job` holds the result. wait: `job` is with a provider that can still be asked.
    refuse: something may have been accepted already, and it has been tried again once.
    """

    act: Literal["insert", "send", "replay", "wait", "refuse"]
    job: SubmissionRecord | None = None
    submission_no: int = 0
    mark_lost: tuple[SubmissionRecord, ...] = ()


def plan_submission(
    jobs: Sequence[SubmissionRecord], target: Target, *, recovery: Recovery, resubmit_unknown: bool = False
) -> SubmissionPlan:
    """Decide from all submits of an item (any target, any order) what its next generation on `target` does.

    Called under the run's lock by its one owner: whatever stands in `sending` was left by a process that is gone.
    """
    own = sorted((job for job in jobs if job.target == target), key=lambda job: job.submission_no)
    for job in own:
        if job.status == "succeeded":
            return SubmissionPlan("replay", job)
    orphans = tuple(job for job in jobs if job.status in {"sending", "unknown"}) if recovery == "none" else ()
    latest = own[-1] if own else None
    lost = sum(job.status == "lost" for job in jobs) + len(orphans)
    if latest is not None and latest.status not in RESUBMITTABLE and latest not in orphans:
        act = "send" if latest.status == "intent" else "wait"
        if act != "send" or lost <= MAX_LOST or resubmit_unknown:
            return SubmissionPlan(act, latest, latest.submission_no, orphans)
        return SubmissionPlan("refuse", latest, mark_lost=orphans)
    if lost > MAX_LOST and not resubmit_unknown:
        return SubmissionPlan("refuse", latest, mark_lost=orphans)
    return SubmissionPlan("insert", submission_no=len(own), mark_lost=orphans)


def job_events_of(error: ProviderError, recovery: Recovery) -> tuple[str, ...]:
    """The steps that a failed submit takes in the table of provider jobs, from `sending`."""
    match error:
        case ProviderRejected():
            return ("rejected",)
        case ProviderUnsent():
            return ("never_sent",)
        case ProviderFailed():
            return ("failed",)
        case _:
            return ("unknown", "lost") if recovery == "none" else ("unknown",)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long something is tried: tries in all, first and longest pause in seconds."""

    tries: int = 4
    first: float = 0.5
    longest: float = 20.0


@dataclass(frozen=True, slots=True)
class RetryState:
    """What has happened so far in one generation.

    Submits made, whether text reached the caller, how many submits of the item were lost (the one that just failed
    included), and the seconds left until the deadline.
    """

    tries: int
    streamed: bool
    lost: int
    remaining: float


def backoff(policy: RetryPolicy, tries: int, jitter: float) -> float:
    """Seconds to wait after so many tries (1 or more): doubling, bounded, and spread by `jitter` from 0 to 1."""
    return min(policy.first * 2 ** min(tries - 1, 64), policy.longest) * (0.5 + jitter / 2)


def retry_delay(error: ProviderError, state: RetryState, policy: RetryPolicy, jitter: float) -> float | None:
    """Seconds to wait before the next submit, or None when there is none. `jitter` is between 0 and 1.

    Nothing is sent again once text has reached the caller. A refusal is sent again when it says "not now"; one
    that carries `retry_after` 0 was about how we asked, and the adapter has learnt from it.
    """
    if state.streamed or state.tries >= policy.tries or not _sendable(error, state.lost):
        return None
    announced = error.retry_after if isinstance(error, ProviderRejected) else None
    pause = backoff(policy, state.tries, jitter)
    delay = pause if announced is None else announced + (policy.first * jitter if announced else 0.0)
    return delay if delay < state.remaining else None


def _sendable(error: ProviderError, lost: int) -> bool:
    match error:
        case ProviderRejected():
            return error.retry_after is not None or error.status in RETRYABLE_STATUS
        case ProviderUnsent():
            return True
        case ProviderUnknown():
            return lost <= MAX_LOST
        case _:
            return False
