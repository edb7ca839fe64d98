"""`--budget`: credits, dollars or both, as they are written; what is left of it, and what stays within."""

from decimal import Decimal
from typing import cast

import pytest
from cyclopts import Token
from hypothesis import given
from hypothesis import strategies as st

from server.cli.budget import NO_BUDGET, Budget, read_budget
from server.cli.caller import CommandFailed
from wzrd.domain.money import UNKNOWN, Cost


def read(written: str) -> Budget:
    return read_budget(None, [Token(value=written)])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("40", Budget(40)),
        ("20usd", Budget(usd=Decimal(20))),
        ("$0.50", Budget(usd=Decimal("0.50"))),
        ("40,20usd", Budget(40, Decimal(20))),
        ("20 USD, 40", Budget(40, Decimal(20))),
        ("0", Budget(0)),
    ],
)
def test_it_is_read_as_it_is_written(written: str, expected: Budget) -> None:
    """A number is credits; with a sign of its currency it is dollars."""
    assert read(written) == expected
    assert not expected.is_open


@pytest.mark.parametrize("written", ["", "-1", "1.5", "20eur", "1,2", "1usd,2usd", "usd", "1e3", "٣", "20usd,"])
def test_what_is_none_is_refused(written: str) -> None:
    """Half a credit, another currency, or one of them twice: nothing is guessed."""
    with pytest.raises(ValueError, match="is no budget: give 40"):
        read(written)


@given(st.decimals(0, 1000, places=6), st.integers(1, 500))
def test_shares_are_never_more_than_the_whole(dollars: Decimal, parts: int) -> None:
    """Runs that go on together get equal parts, rounded down."""
    share = Budget(7, dollars).share(parts)
    assert cast("Decimal", share.usd) * parts <= dollars
    assert share.credits == 7


def test_what_is_left() -> None:
    """Never below nothing; what is not bounded stays so."""
    assert Budget(10, Decimal(2)).left(4, Decimal("0.5")) == Budget(6, Decimal("1.5"))
    assert Budget(10, Decimal(2)).left(40, Decimal(5)) == Budget(0, Decimal(0))
    assert NO_BUDGET.left(4, Decimal(5)) == NO_BUDGET


def test_what_stays_within() -> None:
    """The most counts; what nobody knows the price of is allowed by name alone."""
    budget = Budget(usd=Decimal(1), unpriced=("m",))
    budget.check_money(Cost(Decimal(0), Decimal(1)), "x", "it")
    budget.check_money(UNKNOWN, "m", "it")
    NO_BUDGET.check_money(UNKNOWN, "x", "it")
    with pytest.raises(CommandFailed, match=r"may cost \$1.01, more than the budget of \$1.00"):
        budget.check_money(Cost(Decimal(0), Decimal("1.01")), "x", "it")
    with pytest.raises(CommandFailed, match="nobody knows what it may cost") as refused:
        budget.check_money(UNKNOWN, "x", "it")
    assert "--unpriced x" in str(refused.value.details)
