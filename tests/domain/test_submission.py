"""The rules of one paid submit."""

import itertools
import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import (
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.domain.offline import choose_target
from wzrd.domain.runs import PROVIDER_JOB, RESUBMITTABLE, next_status
from wzrd.domain.submission import (
    MAX_LOST,
    Recovery,
    RetryPolicy,
    RetryState,
    SubmissionRecord,
    Target,
    backoff,
    continues_at,
    fingerprint,
    intent_key,
    job_events_of,
    matches,
    may_fall_back,
    plan_submission,
    retry_delay,
)

GROQ = Target("groq", "llama")
OTHER = Target("openai", "gpt")
RUN = uuid.UUID(int=7)


def job(status: str, no: int = 0, target: Target = GROQ) -> SubmissionRecord:
    return SubmissionRecord(uuid.uuid5(RUN, f"{target}{no}"), target, no, status)


def test_the_key_names_run_item_target_and_number() -> None:
    """Neither attempt nor lease is in it."""
    assert intent_key(RUN, "shot/1", GROQ, 2) == f"{RUN}/shot/1/groq:llama/2"


def test_nothing_yet_means_a_first_submit() -> None:
    """An item without submits gets number 0."""
    plan = plan_submission([], GROQ, recovery="none")
    assert (plan.act, plan.submission_no, plan.mark_lost) == ("insert", 0, ())


def test_an_intent_may_be_sent_by_a_resume() -> None:
    """An intent that was never sent may be sent."""
    assert plan_submission([job("intent")], GROQ, recovery="none").act == "send"


def test_sending_is_never_sent_again_as_it_is() -> None:
    """A resume buries what stands in sending, and only then a new number goes out, once."""
    plan = plan_submission([job("sending")], GROQ, recovery="none")
    assert (plan.act, plan.submission_no, plan.mark_lost) == ("insert", 1, (job("sending"),))
    again = plan_submission([job("lost"), job("sending", 1)], GROQ, recovery="none")
    assert (again.act, again.mark_lost) == ("refuse", (job("sending", 1),))


def test_a_lost_one_counts_for_the_item_whatever_the_target() -> None:
    """Changing the target is no way around the one resubmission."""
    assert plan_submission([job("lost")], OTHER, recovery="none").act == "insert"
    assert plan_submission([job("lost"), job("lost", 1)], OTHER, recovery="none").act == "refuse"
    assert plan_submission([job("lost"), job("sending", 0, OTHER)], GROQ, recovery="none").act == "refuse"


def test_the_user_may_allow_what_was_refused() -> None:
    """`--resubmit-unknown` sends once more, and only once: one that was lost since then is not forgiven."""
    jobs = [replace(job("lost"), forgiven=True), replace(job("lost", 1), forgiven=True)]
    for queued in (False, True):
        plan = plan_submission(jobs, GROQ, recovery="none", queued=queued)
        assert (plan.act, plan.submission_no) == ("insert", 2)
        assert plan_submission([*jobs, job("lost", 2)], GROQ, recovery="none", queued=queued).act == "refuse"


def test_a_queue_is_never_sent_to_again_unasked() -> None:
    """A lost submit to a queue is refused: it may be under way there; never sent and rejected are not."""
    for status in ("lost", "sending", "unknown"):
        assert plan_submission([job(status)], GROQ, recovery="none", queued=True).act == "refuse"
    for status in ("rejected", "never_sent", "failed", "canceled"):
        assert plan_submission([job(status)], GROQ, recovery="none", queued=True).act == "insert"


def test_a_resume_goes_on_with_the_target_that_it_had_come_to() -> None:
    """Who fell back to another model before a crash does not pay the first one again."""
    ways = [GROQ, OTHER]
    assert continues_at([], ways) == 0
    assert continues_at([job("failed")], ways) == 0
    assert continues_at([job("failed"), job("accepted", 0, OTHER)], ways) == 1
    assert continues_at([job("failed"), job("intent", 0, OTHER)], ways) == 1
    assert continues_at([job("unknown")], ways) == 0


@pytest.mark.parametrize(
    ("error", "allowed"),
    [
        (ProviderFailed("broke"), True),
        (ProviderFailed("bad input", status=422), False),
        (ProviderUnsent("no line"), True),
        (ProviderRejected("gone", status=404), True),
        (ProviderRejected("busy", status=429), True),
        (ProviderRejected("no key", status=401), False),
        (ProviderRejected("no money", status=402), False),
        (ProviderUnknown("silence"), False),
        (ProviderFailed("no", refusal={"about": ""}), False),
    ],
)
def test_only_a_providers_own_failure_lets_another_be_asked(error: ProviderError, allowed: bool) -> None:
    """Neither a bad request, nor a refused content, nor our own account, nor an unknown end."""
    assert may_fall_back(error) is allowed


@pytest.mark.parametrize(
    ("error", "inactive"),
    [
        (ProviderRejected("gmi-cloud answered 400: the model is inactive", status=400), True),
        (ProviderRejected("model x-1 is not accepting requests", status=503), True),
        (ProviderRejected("Model kling-v2 has been deprecated", status=410), True),
        (ProviderRejected("model seedream-3-0 does not exist", status=404), True),
        (ProviderRejected("this model\nis currently unavailable", status=404), True),
        (ProviderRejected("invalid payload parameters", status=400), False),
        (ProviderRejected("the image does not exist", status=400), False),
        (ProviderFailed("model x is inactive"), False),
        (ProviderUnknown("model x is inactive"), False),
    ],
)
def test_only_a_model_that_is_switched_off_counts_as_inactive(error: ProviderError, *, inactive: bool) -> None:
    """By the provider's words, and only where it refused the request: nothing was accepted."""
    assert may_fall_back(error, "inactive") is inactive


@given(
    st.dictionaries(st.text(max_size=5), st.one_of(st.text(), st.integers(-(2**63), 2**63 - 1), st.lists(st.text())))
)
def test_a_payload_is_known_again_by_all_that_was_sent(payload: dict[str, object]) -> None:
    """The provider's list may add to it; what it changed or dropped makes it another's."""
    kept = fingerprint(payload)
    assert matches(kept, {**payload, "\0added": 1}) is bool(kept)
    for key, value in ((key, value) for key, value in payload.items() if value != []):
        assert not matches(kept, {name: one for name, one in payload.items() if name != key})
        assert not matches(kept, {**payload, key: [value, "changed"]})


def test_a_result_is_used_however_late_it_came() -> None:
    """An older submit that turned out to have succeeded answers, and nothing is sent."""
    plan = plan_submission([job("succeeded"), job("lost", 1)], GROQ, recovery="none")
    assert plan.act == "replay"
    assert plan.job == job("succeeded")


def test_a_provider_that_can_be_asked_is_waited_for() -> None:
    """Only without recovery is the unknown lost."""
    recoveries: list[Recovery] = ["list", "webhook"]
    for status, recovery in itertools.product(["sending", "unknown", "accepted"], recoveries):
        plan = plan_submission([job(status)], GROQ, recovery=recovery)
        assert (plan.act, plan.mark_lost) == ("follow" if status == "accepted" else "recover", ())


@given(st.lists(st.tuples(st.sampled_from(sorted(PROVIDER_JOB)), st.sampled_from([GROQ, OTHER])), max_size=6))
def test_a_new_number_only_after_every_former_one_ended(entries: list[tuple[str, Target]]) -> None:
    """Property: an insert happens only when all former submits of the target may be followed, after the burial."""
    counters = {GROQ: itertools.count(), OTHER: itertools.count()}
    jobs = [job(status, next(counters[target]), target) for status, target in entries]
    plan = plan_submission(jobs, GROQ, recovery="none")
    own = [one for one in jobs if one.target == GROQ]
    if plan.act == "insert":
        assert plan.submission_no == len(own)
        assert own == [] or own[-1].status in RESUBMITTABLE or own[-1] in plan.mark_lost
        assert sum(one.status == "lost" for one in jobs) + len(plan.mark_lost) <= MAX_LOST
    if plan.act == "send":
        assert plan.job is not None
        assert plan.job.status == "intent"
    assert all(one.status in {"sending", "unknown"} for one in plan.mark_lost)


@pytest.mark.parametrize("recovery", ["list", "webhook", "none"])
@pytest.mark.parametrize("kind", [ProviderRejected, ProviderUnsent, ProviderFailed, ProviderUnknown, ProviderError])
def test_every_failure_is_a_legal_path_from_sending(kind: type[ProviderError], recovery: Any) -> None:
    """The events of an error lead through the state table to a legal status."""
    status = "sending"
    for event in job_events_of(kind(), recovery):
        status = next_status(PROVIDER_JOB, status, event)
    assert status in (RESUBMITTABLE if recovery == "none" else RESUBMITTABLE | {"unknown"})


def state(tries: int = 1, *, spoke: bool = False, lost: int = 0, remaining: float = 60.0) -> RetryState:
    return RetryState(tries, spoke, lost, remaining)


@pytest.mark.parametrize(
    ("error", "sent_again"),
    [
        (ProviderRejected(status=429), True),
        (ProviderRejected(status=498), True),
        (ProviderRejected(status=400, retry_after=0.0), True),
        (ProviderRejected(status=400), False),
        (ProviderRejected(status=401), False),
        (ProviderRejected(status=402), False),
        (ProviderUnsent(), True),
        (ProviderUnknown(), True),
        (ProviderFailed(), False),
        (ProviderError(), False),
    ],
)
def test_what_is_sent_again(error: ProviderError, *, sent_again: bool) -> None:
    """Refusals for now and submits that never left are; a refusal, a missing payment and a broken result are not."""
    assert (retry_delay(error, state(lost=1), RetryPolicy(), 0.5) is not None) is sent_again


def test_nothing_is_sent_again_after_the_first_word() -> None:
    """Once text reached the caller, a second answer would contradict it."""
    assert retry_delay(ProviderUnsent(), state(spoke=True), RetryPolicy(), 0.0) is None


def test_the_unknown_is_sent_again_once() -> None:
    """The second lost submit of an item is the last."""
    assert retry_delay(ProviderUnknown(), state(lost=MAX_LOST), RetryPolicy(), 0.0) is not None
    assert retry_delay(ProviderUnknown(), state(lost=MAX_LOST + 1), RetryPolicy(), 0.0) is None


def test_what_we_are_told_to_wait_is_waited_or_given_up() -> None:
    """Retry-After is honoured in full; beyond the deadline there is no retry at all. At once is no answer to a 429."""
    told = ProviderRejected(status=429, retry_after=7.0)
    assert 7.0 <= (retry_delay(told, state(), RetryPolicy(), 0.9) or 0) < 8.0
    assert retry_delay(told, state(remaining=6.0), RetryPolicy(), 0.0) is None
    at_once = [ProviderRejected(status=status, retry_after=0.0) for status in (429, 400)]
    assert [retry_delay(one, state(), RetryPolicy(), 0.0) for one in at_once] == [0.25, 0.0]


@given(st.integers(1, 10), st.floats(0, 1), st.floats(0, 100))
def test_pauses_grow_within_bounds(tries: int, jitter: float, remaining: float) -> None:
    """Property: never longer than the longest pause or the time left, never more often than allowed."""
    policy = RetryPolicy()
    delay = retry_delay(ProviderUnsent(), state(tries, remaining=remaining), policy, jitter)
    assert delay is None or (0 < delay <= policy.longest and delay < remaining and tries < policy.tries)


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_backoff_doubles_within_bounds(tries: int, jitter: float) -> None:
    """Property: at least half the plain pause, never over it or the longest, however many tries there were."""
    policy = RetryPolicy(tries=3, first=0.5, longest=8.0)
    plain = min(0.5 * 2 ** min(tries - 1, 10), 8.0)
    assert plain / 2 <= backoff(policy, tries, jitter) <= plain


@pytest.mark.parametrize(
    ("offline", "obstacle", "provider", "reason"),
    [
        ("auto", None, "groq", None),
        ("auto", "no_credentials:groq", "animatic", "no_credentials:groq"),
        ("always", None, "animatic", "offline_always"),
        ("never", None, "groq", None),
    ],
)
def test_offline_modes(offline: Any, obstacle: str | None, provider: str, reason: str | None) -> None:
    """WZRD_OFFLINE: auto falls back for a missing key and says so; always never sends."""
    choice = choose_target(GROQ, offline=offline, obstacle=obstacle)
    assert (choice.target.provider, choice.fallback_reason) == (provider, reason)


def test_never_offline_without_a_key_is_an_error() -> None:
    """In production a paid model is never silently replaced."""
    with pytest.raises(NotConfigured, match="groq"):
        choose_target(GROQ, offline="never", obstacle="no_credentials:groq")


def test_animatic_asked_for_is_no_fallback() -> None:
    """Who wants animatic mode gets it without a reason."""
    assert choose_target(Target("animatic", "animatic"), offline="never", obstacle=None).fallback_reason is None


@pytest.mark.parametrize(
    "listed",
    [
        {"size": {"h": 5, "w": 4}, "n": 1, "duration": 3, "prompt": "a lamp"},
        {"prompt": "a lamp", "duration": "3", "n": "1", "size": {"w": "4", "h": "5.0"}},
        {"prompt": "a lamp", "duration": 3.0, "n": 1.0, "size": {"w": 4, "h": 5, "unit": "px"}, "watermark": False},
    ],
    ids=["reordered", "numbers as texts", "added defaults"],
)
def test_a_payload_is_known_however_it_is_spelled(listed: dict[str, object]) -> None:
    """A payload that a provider repeats in its own way is still the same; one with another value is not."""
    kept = fingerprint({"prompt": "a lamp", "duration": 3, "n": 1, "size": {"w": 4, "h": 5}, "style": None})
    assert matches(kept, listed)
    for other in ({"duration": 4}, {"prompt": "a lam"}, {"size": {"w": 4}}, {"n": True}):
        assert not matches(kept, {**listed, **other})
