"""The rules of one paid submit: which target, which number, what a resume may do, when it is resent.

The states are `wzrd.domain.runs.PROVIDER_JOB`; here stands what follows from them. A submit is never repeated
unless it is known that nothing was accepted (`rejected`, `never_sent`), or once an item when that is not known.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from uuid import UUID

from wzrd.domain.errors import (
    REFUSAL,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
    ResultExpired,
    ResultUseless,
)

Recovery = Literal["list", "webhook", "none"]
Spent = Literal["expired", "useless"]
"""End of a submit that was made and paid, but whose result nobody can fetch or use."""

RETRYABLE_STATUS = frozenset({425, 429, 498})
"""Refusals that say "not now": too early, too many requests, no capacity (498, Groq). 402 is never among them."""
MAX_LOST = 1
"""Most lost submits of an item after which the next one is sent without being told to.

That is for providers which answer while the caller listens. To a queue nothing is sent again unasked: what was lost may
be under way there, and cost as much as a film's worth of clips.
"""
NO_FALLBACK_STATUS = frozenset({400, 401, 402, 413, 415, 422})
"""Refusals that are about what was asked or about our account: another model would not be the provider's failure."""


_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a generation goes: a provider of the registry and the model's name there."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


def intent_key(run_id: UUID, item_key: str, target: Target, submission_no: int) -> str:
    """Idempotency key of a submit; neither attempt nor lease enters it."""
    return f"{run_id}/{item_key}/{target}/{submission_no}"


@dataclass(frozen=True, slots=True)
class SubmissionRecord:
    """One submit as the table has it, as far as the rules look at it.

    `forgiven`: its user knows that it may have been accepted, and has asked for another since.
    """

    job_id: UUID
    target: Target
    submission_no: int
    status: str
    forgiven: bool = False


@dataclass(frozen=True, slots=True)
class SubmissionPlan:
    """Plan for an item: mark these submits lost (how they ended cannot be learned), then `act`.

    insert: write the intent `submission_no`, then send it. send: `job` is an intent that never left.
    replay: `job` holds the result. follow: `job` was accepted, and its provider is asked about it.
    recover: whether `job` was accepted is not known, and can be found out.
    refuse: something may have been accepted already, and nothing more is sent unasked. `spent`: it was made, and has
    expired, or was useless.
    """

    act: Literal["insert", "send", "replay", "follow", "recover", "refuse"]
    job: SubmissionRecord | None = None
    submission_no: int = 0
    mark_lost: tuple[SubmissionRecord, ...] = ()
    spent: Spent | None = None


def plan_submission(
    jobs: Sequence[SubmissionRecord], target: Target, *, recovery: Recovery, queued: bool = False
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
    if latest is not None and latest not in orphans:
        if latest.status == "accepted":
            return SubmissionPlan("follow", latest, latest.submission_no, orphans)
        if latest.status in {"sending", "unknown"}:
            return SubmissionPlan("recover", latest, latest.submission_no)
    lost = sum(job.status == "lost" and not job.forgiven for job in jobs) + sum(not job.forgiven for job in orphans)
    asked_for = any(job.forgiven for job in jobs)  # who allows another send allows one
    spent = _spent(jobs)
    if spent or lost > (0 if queued or asked_for else MAX_LOST):
        return SubmissionPlan("refuse", latest, mark_lost=orphans, spent=spent)
    if latest is not None and latest.status == "intent":
        return SubmissionPlan("send", latest, latest.submission_no, orphans)
    return SubmissionPlan("insert", submission_no=len(own), mark_lost=orphans)


def _spent(jobs: Sequence[SubmissionRecord]) -> Spent | None:
    """End of the latest submit that was made for nothing, unless another has been allowed since."""
    ended = [job.status for job in jobs if job.status in {"expired", "useless"} and not job.forgiven]
    return cast("Spent", ended[-1]) if ended else None


def continues_at(jobs: Sequence[SubmissionRecord], targets: Sequence[Target]) -> int:
    """Which of the targets, in the order in which they are tried, a resumed generation goes on with.

    The last one that something was sent to and has not failed: who fell back before does not begin anew.
    """
    unfailed = {job.target for job in jobs if job.status not in {"failed", "rejected", "never_sent", "canceled"}}
    return max((at for at, target in enumerate(targets) if target in unfailed), default=0)


FallBackOn = Literal["failure", "inactive"]
"""When another model is asked: after any failure of the provider's own, or only when this one is switched off there."""
_INACTIVE = re.compile(
    r"inactive|not accepting requests|model\b.{0,120}\b(?:unavailable|deprecated|disabled|does not exist)",
    re.IGNORECASE | re.DOTALL,
)


def says_inactive(error: ProviderError) -> bool:
    """True if a provider refused because the model is no longer offered: nothing was accepted or paid."""
    return isinstance(error, ProviderRejected) and _INACTIVE.search(error.message) is not None


def may_fall_back(error: ProviderError, on: FallBackOn = "failure") -> bool:
    """True if another model may be asked instead: after a provider's own failure, never when the end is unknown.

    A refusal by content is no failure of its provider's.
    """
    if on == "inactive":
        return says_inactive(error)
    match error:
        case ProviderUnknown():
            return False
        case ProviderFailed() | ProviderUnsent() | ProviderRejected():
            return REFUSAL not in error.details and error.details.get("status") not in NO_FALLBACK_STATUS
        case _:
            return False


def fingerprint(payload: Mapping[str, Any]) -> dict[str, str]:
    """Fingerprint of a submit's payload: a hash of each value by its path, by which it is recognised.

    A number is the same as a text, and what says nothing (null, an empty list) is left out: providers spell a
    payload in ways of their own when they repeat it.
    """
    return {path: hashlib.sha256(said.encode()).hexdigest()[:20] for path, said in _leaves("", payload)}


def matches(kept: Mapping[str, str], payload: Mapping[str, Any]) -> bool:
    """True if a provider's listed payload is the one sent: it has all that we sent, perhaps more."""
    found = fingerprint(payload)
    return bool(kept) and all(found.get(path) == said for path, said in kept.items())


def _leaves(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        members = cast("Mapping[str, object]", value)
        for name, inner in members.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(cast("Sequence[object]", value)):
            yield from _leaves(f"{path}.{at}", inner)
    elif value is not None:
        yield path, _spelled(value)


def _spelled(value: object) -> str:
    """A value in the one spelling by which it is compared: `3`, `3.0`, `"3"` and `"3.0"` are one."""
    said = str(value).lower() if isinstance(value, bool) else str(value).strip()
    if not _NUMBER.fullmatch(said):
        return said
    whole, _, rest = said.partition(".")
    return f"{whole}.{rest}".rstrip("0").rstrip(".") if rest else whole


def job_events_of(error: ProviderError, recovery: Recovery, *, accepted: bool = False) -> tuple[str, ...]:
    """The steps that a failed submit takes in the table of provider jobs, from `sending` or from `accepted`."""
    match error:
        case ProviderFailed():
            return ("failed",)
        case ResultExpired() | ResultUseless():
            return ("expired" if isinstance(error, ResultExpired) else "useless",)
        case _ if accepted:
            return ("lost",)
        case ProviderRejected():
            return ("rejected",)
        case ProviderUnsent():
            return ("never_sent",)
        case _:
            return ("unknown", "lost") if recovery == "none" else ("unknown",)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Limits on retrying: tries in all, first and longest pause in seconds."""

    tries: int = 4
    first: float = 0.5
    longest: float = 20.0


@dataclass(frozen=True, slots=True)
class RetryState:
    """State of one generation so far.

    Submits made, whether text reached the caller, how many submits of the item were lost (the one that just failed
    included), the seconds left until the deadline, and whether the provider is a queue.
    """

    tries: int
    streamed: bool
    lost: int
    remaining: float
    queued: bool = False


def backoff(policy: RetryPolicy, tries: int, jitter: float) -> float:
    """Seconds to wait after so many tries (1 or more): doubling, bounded, and spread by `jitter` from 0 to 1."""
    return min(policy.first * 2 ** min(tries - 1, 64), policy.longest) * (0.5 + jitter / 2)


def retry_delay(error: ProviderError, state: RetryState, policy: RetryPolicy, jitter: float) -> float | None:
    """Seconds to wait before the next submit, or None when there is none. `jitter` is between 0 and 1.

    Nothing is sent again once text has reached the caller. A refusal is sent again when it says "not now"; one
    that carries `retry_after` 0 was about how we asked, and the adapter has learnt from it; of a 429 it says nothing.
    """
    if state.streamed or state.tries >= policy.tries or not _sendable(error, state):
        return None
    told = error.retry_after if isinstance(error, ProviderRejected) else None
    at_once = told == 0 and error.details.get("status") not in RETRYABLE_STATUS
    delay = 0.0 if at_once else told + policy.first * jitter if told else backoff(policy, state.tries, jitter)
    return delay if delay < state.remaining else None


def _sendable(error: ProviderError, state: RetryState) -> bool:
    match error:
        case ProviderRejected():
            return error.retry_after is not None or error.status in RETRYABLE_STATUS
        case ProviderUnsent():
            return True
        case ProviderUnknown():
            return not state.queued and state.lost <= MAX_LOST
        case _:
            return False
