"""Prices and clamps: the documented table, and the arithmetic of attempts."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.credits import (
    MAX_CREDITS,
    attempt_charge,
    attempt_hold,
    check_amount,
    clamp_shot_count,
    gen_shots_price,
    workflow_credit_cost,
)
from wzrd.domain.errors import BadRequest


def test_the_documented_prices_of_gen_shots() -> None:
    """None to six shots cost 0, 1, 1, 2, 2, 3, 3."""
    assert [gen_shots_price(n) for n in range(7)] == [0, 1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("workflow", "units", "cost"),
    [
        ("gen-shots", 0.5, 1),
        ("gen-shots", 1, 1),
        ("gen-shots", 1.5, 2),
        ("gen-shots", 2, 2),
        ("gen-shots", 2.5, 3),
        ("gen-shots", 3, 3),
        ("gen-shots", 0, 1),
        ("gen-shots", -4, 1),
        ("generate-storylines", 1, 3),
        ("generate-storylines", 1.2, 6),
        ("never heard of", 2.1, 3),
    ],
)
def test_the_documented_workflow_costs(workflow: str, units: float, cost: int) -> None:
    """Units and product are rounded up, never below one; an unknown workflow has base one."""
    assert workflow_credit_cost(workflow, units) == cost


@given(st.integers(0, 10_000))
def test_a_price_is_the_documented_formula_and_never_falls(shots: int) -> None:
    """`ceil(n / 2)` in integers, so no float decides about money; one more shot never costs less."""
    assert gen_shots_price(shots) == (shots + 1) // 2
    assert gen_shots_price(shots) <= gen_shots_price(shots + 1)


@pytest.mark.parametrize(
    ("requested", "count"),
    [
        (1, 1), (3, 3), (6, 6), (0, 1), (-1, 1), (7, 6), (2.5, 2), (2.999, 2), (0.5, 1), (-0.5, 1), (6.9, 6),
        (1e308, 6), (-1e308, 1), (10**400, 6), (-(10**400), 1), (math.inf, 6), (-math.inf, 1), (math.nan, 3),
    ],
)  # fmt: skip
def test_a_shot_count_is_floored_and_clamped(requested: float, count: int) -> None:
    """Any number means one to six shots, as the original clamps; what is no number means the default."""
    assert clamp_shot_count(requested) == count


@given(st.one_of(st.floats(), st.integers()))
def test_a_clamped_count_is_a_whole_number_within_bounds(requested: float) -> None:
    """No number at all makes it raise or leave the range."""
    count = clamp_shot_count(requested)
    assert type(count) is int
    assert 1 <= count <= 6


@pytest.mark.parametrize("amount", [0, -1, MAX_CREDITS + 1, 1.0, 2.5, True, False, None, "3", math.nan, math.inf])
def test_what_is_no_amount_is_refused_by_value(amount: Any) -> None:
    """The message names the value and what would be right."""
    with pytest.raises(BadRequest) as refused:
        check_amount(amount)
    assert repr(amount) in refused.value.message
    assert str(MAX_CREDITS) in refused.value.message


@given(st.integers(1, MAX_CREDITS))
def test_what_is_an_amount_is_itself(amount: int) -> None:
    """A whole number in the range passes unchanged; zero does where it is allowed."""
    assert check_amount(amount) == amount
    assert check_amount(0, least=0) == 0


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_an_attempt_never_charges_below_zero_or_above_its_hold(price: int, committed: int, held: int) -> None:
    """Whatever the facts, even contradictory ones, a charge stays between nothing and the hold."""
    assert 0 <= attempt_charge(price, committed, held) <= held
    assert attempt_hold(price, committed) >= 0
