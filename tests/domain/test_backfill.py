"""Which ended run is tried again, why another is not, and what no plan ever exceeds."""

import uuid
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.backfill import BackfillRules, Decision, Failure, Later, decide, is_affordable, plan, share_dollars

ONE, OTHER = uuid.UUID(int=1), uuid.UUID("abcdef01-0000-0000-0000-000000000000")
OWNER = uuid.UUID(int=7)
FAILED = Failure(
    run_id=ONE, kind="auto-generate", user_id=OWNER, project="The Light", status="partial", attempt=1,
    why="no", items=3, missing=2, credits=6,
)  # fmt: skip
RULES = BackfillRules(max_attempts=10)
BOUND = BackfillRules(max_attempts=10, max_usd=Decimal(20), concurrency=2)
LEAVE = replace(RULES, resubmit_unknown=True)


def later(status: str) -> Later:
    return Later(run_id=OTHER, status=status)


@pytest.mark.parametrize(
    ("changes", "rules", "action", "words", "settled"),
    [
        ({}, RULES, "retry", "", False),
        ({"items": 0, "missing": 0}, RULES, "retry", "", False),  # it failed before it had any
        ({"missing": 0}, RULES, "skip", "has arrived", True),
        ({"project_gone": True}, RULES, "skip", "project is gone", True),
        ({"later": later("succeeded")}, RULES, "skip", "made since by run abcdef01", True),
        ({"later": later("running")}, RULES, "skip", "run abcdef01 is making it", True),
        ({"later": later("failed")}, RULES, "skip", "asked for again by run abcdef01", False),
        ({"made": 1}, RULES, "retry", "", False),
        ({"made": 2}, RULES, "skip", "made since", True),
        ({"gone": 2}, RULES, "skip", "is gone", True),
        ({"made": 1, "gone": 1}, RULES, "skip", "made since", True),
        ({"taken": 2}, RULES, "skip", "under way", True),
        ({"unsettled": 1}, RULES, "retry", "", False),
        ({"unsettled": 2}, RULES, "skip", "resubmit_unknown", False),
        ({"unsettled": 2}, LEAVE, "retry", "", False),
        ({"unsettled": 1, "taken": 1}, RULES, "skip", "resubmit_unknown", False),
        ({"expired": 1}, RULES, "retry", "", False),
        ({"expired": 2}, RULES, "skip", "can no longer be fetched", False),
        ({"expired": 2}, LEAVE, "retry", "", False),
        ({"expired": 1, "unsettled": 1}, RULES, "skip", "may have made it", False),
        ({"attempt": 9}, RULES, "retry", "", False),
        ({"attempt": 10}, RULES, "new run", "", False),
        ({"attempt": 10, "begun": OTHER}, RULES, "skip", "abcdef01 was begun", False),
        ({"attempt": 10, "is_begun": True}, RULES, "skip", "the run before it", False),
        ({"attempt": 10, "renewable": False}, RULES, "skip", "only its user", False),
        ({"attempt": 10, "unsettled": 1}, RULES, "skip", "resubmit_unknown", False),
        ({"attempt": 10, "unsettled": 1}, LEAVE, "new run", "", False),
        ({"attempt": 10, "expired": 1}, RULES, "skip", "can no longer be fetched", False),
        ({"attempt": 10, "expired": 1}, LEAVE, "new run", "", False),
    ],
)
def test_what_is_done_about_a_run(
    changes: dict[str, object], rules: BackfillRules, action: str, words: str, settled: bool
) -> None:
    """Each reason by itself."""
    found = decide(replace(FAILED, **changes), rules)
    assert (found.action, found.settled) == (action, settled)
    assert words in found.reason


def test_limits_and_balances_stop_a_plan() -> None:
    """A run that does not fit is skipped and says why; one after it that fits is not."""
    rich, poor = uuid.UUID(int=8), uuid.UUID(int=9)
    runs = [
        replace(FAILED, run_id=uuid.UUID(int=at), user_id=user, credits=price)
        for at, (user, price) in enumerate([(rich, 6), (poor, 4), (poor, 4), (rich, 30), (rich, 2), (rich, 0)], 1)
    ]
    found = plan(runs, BackfillRules(10, max_runs=3, max_credits=20), {rich: 100, poor: 5})
    assert [one.decision.action for one in found] == ["retry", "retry", "skip", "skip", "retry", "skip"]
    assert [one.credits for one in found] == [6, 4, 0, 0, 2, 0]
    assert "its owner has 1" in found[2].decision.reason
    told = "costs 30 credits, and max_credits allows 20, of which the runs above take 10"
    assert found[3].decision.reason == told
    assert found[5].decision == Decision("skip", "beyond max_runs 3")
    assert plan(runs[1:2], BackfillRules(10), {})[0].decision.reason.endswith("its owner has 0")


def drawn(at: int, user: int, price: int, attempt: int) -> Failure:
    ids = {"run_id": uuid.UUID(int=at), "user_id": uuid.UUID(int=user)}
    return replace(FAILED, **ids, credits=price, attempt=attempt)


runs_drawn = st.lists(
    st.builds(drawn, st.integers(1, 10**6), st.integers(1, 3), st.integers(0, 40), st.integers(1, 10)), max_size=30
)


@given(runs_drawn, st.integers(1, 10), st.none() | st.integers(0, 100), st.lists(st.integers(-5, 60), min_size=3))
def test_no_plan_exceeds_what_is_allowed(
    runs: list[Failure], most: int, most_credits: int | None, balances: list[int]
) -> None:
    """Whatever is drawn: never more runs, more credits, or more of an owner's than there are."""
    has = {uuid.UUID(int=at): balances[at - 1] for at in (1, 2, 3)}
    found = plan(runs, BackfillRules(10, max_runs=most, max_credits=most_credits), has)
    acting = [one for one in found if one.acts]
    assert [one.failure for one in found] == runs
    assert len(acting) <= most
    assert most_credits is None or sum(one.credits for one in acting) <= most_credits
    for owner, balance in has.items():
        assert sum(one.credits for one in acting if one.failure.user_id == owner) <= max(balance, 0)
    assert all(one.decision.reason for one in found if not one.acts)


@pytest.mark.parametrize(
    ("most", "charged", "under_way", "cost", "may"),
    [(None, 99, 99, 99, True), (10, 3, 3, 4, True), (10, 3, 3, 5, False), (10, 11, 0, 0, False), (0, 0, 0, 0, True)],
)
def test_what_was_charged_counts_against_what_is_left(
    most: int | None, charged: int, under_way: int, cost: int, may: bool
) -> None:
    """A dearer stand-in has used up more than was planned: the next run does not begin."""
    assert is_affordable(cost, BackfillRules(10, max_credits=most), charged=charged, under_way=under_way) is may


@pytest.mark.parametrize(
    ("spent", "under_way", "share"),
    [
        ("0", [], "10"),
        ("0", ["10"], "10"),
        ("4", ["10"], "6"),
        ("8", [], "6"),
        ("25", [], "0"),
        ("0", ["10", "10"], "0"),
    ],
)
def test_dollars_are_shared_by_what_may_go_on_at_once(spent: str, under_way: list[str], share: str) -> None:
    """Each has an equal part of what the others have left; together they never have more than there is."""
    parts = [Decimal(one) for one in under_way]
    assert share_dollars(BOUND, spent=Decimal(spent), under_way=parts) == Decimal(share)
    assert share_dollars(RULES, spent=Decimal(spent), under_way=parts) is None
