"""Settlement: what a run costs over all its attempts, how it ends, and in which words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.errors import MAX_MESSAGE
from wzrd.domain.runs import ITEM, OPEN_RUN, RUN, Item, next_status
from wzrd.domain.settlement import Outcome, Settlement, next_hold, settle
from wzrd.operations import KINDS

KIND = KINDS["gen-shots"]
ENDS = st.sampled_from(["succeeded", "succeeded", "failed", "pending", "running", "skipped", "canceled"])
OUTCOMES = st.sampled_from([Outcome(), Outcome(canceled=True), Outcome(error="the model failed", error_code="broken")])


def units(statuses: Sequence[str], drafted: Sequence[bool] = ()) -> list[Item]:
    """Items in these statuses; what succeeded is delivered, and so is what was `drafted` and then ended otherwise."""
    marks = [*drafted, *[False] * (len(statuses) - len(drafted))]
    return [
        Item("", 0, None, None, status, None, 1, None, None, 0, delivered=status == "succeeded" or mark)
        for status, mark in zip(statuses, marks, strict=True)
    ]


def price(delivered: int) -> int:
    """Price of so many delivered shots."""
    return KIND.price(units(["succeeded"] * delivered))


def decide(outcome: Outcome, statuses: list[str], *, committed: int = 0, held: int | None = None) -> Settlement:
    return decide_on(outcome, units(statuses), committed=committed, held=held)


def decide_on(outcome: Outcome, items: list[Item], *, committed: int = 0, held: int | None = None) -> Settlement:
    return settle(
        KIND,
        outcome,
        run_id="run",
        request_id="request",
        items=items,
        committed=committed,
        held=next_hold(KIND, requested=items, committed=committed) if held is None else held,
    )


@dataclass(slots=True)
class Purse:
    """Holds and payments of a run's attempts."""

    paid: int = 0
    charges: list[int] = field(default_factory=list[int])

    def attempt(self, outcome: Outcome, items: list[Item]) -> Settlement:
        held = next_hold(KIND, requested=items, committed=self.paid)
        decision = decide_on(outcome, items, committed=self.paid, held=held)
        assert 0 <= decision.charge <= held, "an attempt charged more than it held"
        self.paid += decision.charge
        self.charges.append(decision.charge)
        return decision


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[Outcome, list[Item]]]:
    """A run's attempts: what was delivered stays so, everything else may end in any way in each, drafted or not."""
    size = draw(st.integers(1, 12))
    attempts, statuses, drafted = list[tuple[Outcome, list[Item]]](), ["pending"] * size, [False] * size
    for _ in range(draw(st.integers(1, 5))):
        statuses = [status if status == "succeeded" else draw(ENDS) for status in statuses]
        drafted = [mark or draw(st.booleans()) for mark in drafted]
        attempts.append((draw(OUTCOMES), units(statuses, drafted)))
        if statuses.count("succeeded") == size:
            break
    return attempts


@given(lives())
def test_all_attempts_together_cost_what_was_delivered(attempts: list[tuple[Outcome, list[Item]]]) -> None:
    """However often it failed, was canceled and reopened: never more, never less than the price of the result."""
    purse = Purse()
    for outcome, items in attempts:
        decision = purse.attempt(outcome, items)
        assert purse.paid == price(sum(item.delivered for item in items))
        assert all(next_status(RUN, status, decision.status) for status in OPEN_RUN)
        assert decision.open_items_become in ITEM["running"].values()


def test_the_worked_example() -> None:
    """Five shots hold 3; canceled with three drafted they cost 2 and 1 comes back; the retry holds 1: 3 in all."""
    purse = Purse()
    canceled = units(["canceled"] * 5, [True] * 3)
    assert next_hold(KIND, requested=canceled, committed=0) == 3
    decision = purse.attempt(Outcome(canceled=True), canceled)
    assert (decision.status, decision.charge) == ("canceled", 2)
    assert next_hold(KIND, requested=canceled, committed=2) == 1
    assert purse.attempt(Outcome(), units(["succeeded"] * 5)).charge == 1
    assert purse.paid == 3


@pytest.mark.parametrize("outcome", [Outcome(), Outcome(error="the worker died")])
def test_what_was_drafted_and_never_finished_is_something(outcome: Outcome) -> None:
    """A failure after a draft is `partial`: there is a text, and it is paid; the terminal event is an error."""
    decision = decide_on(outcome, units(["failed"] * 3, [True]))
    assert (decision.status, decision.charge, decision.terminal.event) == ("partial", 1, "error")


@given(OUTCOMES, st.integers(1, 12))
def test_everything_delivered_is_success(outcome: Outcome, size: int) -> None:
    """A cancel or an error that comes after the last delivery takes nothing back, and success carries no words."""
    decision = decide(outcome, ["succeeded"] * size)
    assert (decision.status, decision.error, decision.error_code) == ("succeeded", None, None)
    assert decision.terminal.event == "done"
    assert decision.terminal.data == {"completed": True, "total": size, "requestId": "request"}


@pytest.mark.parametrize(
    ("outcome", "statuses", "status", "error", "code"),
    [
        (Outcome(), ["succeeded", "failed"], "partial", "Not everything could be made", "incomplete"),
        (Outcome(), ["failed", "failed"], "failed", "Not everything could be made", "incomplete"),
        (Outcome(), ["pending"], "failed", "Not everything could be made", "incomplete"),
        (Outcome(error="no"), ["succeeded", "failed"], "partial", "no", "incomplete"),
        (Outcome(error="no", error_code="broken"), ["failed"], "failed", "no", "broken"),
        (Outcome(canceled=True), ["succeeded", "running"], "canceled", "Canceled", "canceled"),
        (Outcome(canceled=True), ["pending"], "canceled", "Canceled", "canceled"),
        (Outcome(canceled=True, error="no"), ["pending"], "canceled", "Canceled", "canceled"),
        (Outcome(), [], "succeeded", None, None),
        (Outcome(error="no"), [], "failed", "no", "incomplete"),
        (Outcome(canceled=True), [], "canceled", "Canceled", "canceled"),
    ],
)
def test_the_words_of_an_end(outcome: Outcome, statuses: list[str], status: str, error: str, code: str) -> None:
    """Status, message and code by verdict and items; open items end as the run's status says."""
    decision = decide(outcome, statuses)
    assert (decision.status, decision.error, decision.error_code) == (status, error, code)
    assert decision.open_items_become == ("canceled" if status == "canceled" else "failed")
    if status != "succeeded":
        assert decision.terminal.event == "error"
        assert decision.terminal.data == {"error": error, "requestId": "request"}


@given(st.text(st.characters(exclude_categories=[]), min_size=1))
def test_a_message_from_afar_can_be_stored(message: str) -> None:
    """NUL, half surrogates and endless text in a provider's error must not keep a run from ending."""
    words = decide(Outcome(error=message), ["failed"]).error
    assert words is not None
    assert "\0" not in words
    assert len(words.encode()) <= 4 * MAX_MESSAGE


@given(st.lists(ENDS, max_size=8), OUTCOMES, st.integers(0, 20), st.integers(0, 20))
def test_contradictory_books_never_charge_too_much(
    statuses: list[str], outcome: Outcome, committed: int, held: int
) -> None:
    """Whatever was paid or held before (an adopted ledger may say anything), this attempt stays within its hold."""
    assert 0 <= decide(outcome, statuses, committed=committed, held=held).charge <= held


def test_every_kind_prices_nothing_at_nothing_and_never_falls() -> None:
    """Every kind's price begins at nothing and never falls: the arithmetic of attempts rests on it."""
    for kind in KINDS.values():
        prices = [kind.price(units(["succeeded"] * n)) for n in range(50)]
        assert prices[0] == 0
        assert prices == sorted(prices)
