"""Dollars: read as people write them, added exactly, told and held to the millionth, up."""

from decimal import Decimal

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, UNKNOWN, Cost, add_up, read_usd, round_up, show


@pytest.mark.parametrize(
    ("said", "dollars"),
    [(20, "20"), ("20usd", "20"), ("20 USD", "20"), ("$20", "20"), ("0.5$", "0.5"), (12.25, "12.25"), ("0", "0")],
)
def test_a_bound_is_read_as_people_write_it(said: object, dollars: str) -> None:
    """With or without a sign; the number is kept as it was written."""
    assert read_usd(said) == Decimal(dollars)


@pytest.mark.parametrize(
    "said", [-1, "-1usd", "20eur", "", None, True, float("nan"), "1e3", "1000001", "0.1234567", [], "٣"]
)
def test_what_is_no_bound_is_refused(said: object) -> None:
    """A budget that is misread is money that is spent: anything else is an error that names the field."""
    with pytest.raises(BadRequest, match="maxUsd") as refused:
        read_usd(said)
    assert refused.value.details["field"] == "maxUsd"


def test_sums_are_exact_and_unknown_stays_unknown() -> None:
    """Ten dimes are a dollar; one unknown price makes the sum's upper end unknown."""
    dime = Cost(Decimal("0.1"), Decimal("0.1"))
    assert add_up([dime] * 10) == Cost(Decimal("1.0"), Decimal("1.0")) == dime.times(10)
    assert add_up([dime, UNKNOWN]) == Cost(Decimal("0.1"), None, UNKNOWN.reason)
    assert add_up([]) == FREE


def test_what_is_told_is_never_too_little() -> None:
    """A fraction of a millionth is a millionth."""
    assert round_up(Decimal("0.00000101")) == Decimal("0.000002")
    assert [show(Decimal(one)) for one in ("1234.5", "0.003", "20", "0.1000001")] == [
        "1,234.50", "0.003", "20.00", "0.100001",
    ]  # fmt: skip
    assert Cost(Decimal("0.5"), None, "why").text() == "$0.50 or more"
    assert Cost(Decimal(1), Decimal(2), "why").text() == "$1.00 to $2.00"
    assert UNKNOWN.text() == "unknown"
    assert Cost(Decimal("0.1"), None, "why").wire() == {"least": 0.1, "most": None, "currency": "USD", "reason": "why"}
