"""Money: what vendors ask, in US dollars, exact. Credits are in `wzrd.domain.credits`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from wzrd.domain.errors import BadRequest, OverMoney, UnknownPrice

NOTHING = Decimal(0)
MOST_USD = Decimal(1_000_000)
"""The most dollars that a budget may be."""
CURRENCY = "USD"
_MICRO = Decimal("0.000001")
_AMOUNT = re.compile(r"\$?(\d{1,7}(?:\.\d{1,6})?)(?:\s*(?:usd|\$))?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Cost:
    """Dollars at least and at most (None: nobody knows), and why both differ or are unknown."""

    least: Decimal
    most: Decimal | None
    reason: str = ""

    def plus(self, other: "Cost") -> "Cost":
        """Both together."""
        most = None if self.most is None or other.most is None else self.most + other.most
        return Cost(self.least + other.least, most, self.reason or other.reason)

    def times(self, number: int) -> "Cost":
        """So many of them."""
        return Cost(self.least * number, None if self.most is None else self.most * number, self.reason)

    @property
    def exact(self) -> bool:
        """True if it is known beforehand to the cent and below."""
        return self.most == self.least

    def wire(self) -> dict[str, Any]:
        """As clients read it: `least`, `most` (null: unknown) in dollars, `reason` where there is one."""
        said = {"reason": self.reason} if self.reason else {}
        return {
            "least": float(round_up(self.least)),
            "most": None if self.most is None else float(round_up(self.most)),
            "currency": CURRENCY,
            **said,
        }

    def text(self) -> str:
        """The price for people."""
        if self.most is None:
            return "unknown" if not self.least else f"${show(self.least)} or more"
        return f"${show(self.most)}" if self.exact else f"${show(self.least)} to ${show(self.most)}"


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """Price that a model's vendor asks for a request, and the `names` by which a bound may allow it unpriced."""

    cost: Cost
    names: tuple[str, ...] = ()

    @property
    def planned(self) -> Decimal | None:
        """Dollars at most, to the millionth; None: nobody knows."""
        return None if self.cost.most is None else round_up(self.cost.most)

    def refuse(self, available: Decimal) -> OverMoney:
        """The error where only `available` dollars are left for it."""
        if self.planned is None:
            return UnknownPrice(next(iter(self.names), "this model"), self.cost.reason)
        return OverMoney(show(self.planned), show(available))


@dataclass(frozen=True, slots=True)
class VendorPrice:
    """Dollars that a vendor asks for one of its own `unit` of a model, and where and when it said so."""

    price: Decimal
    unit: str
    source: str
    read: str

    def text(self) -> str:
        """The price for people, in the vendor's words."""
        return f"${show(self.price)} per {self.unit.removesuffix('s')}"


@dataclass(frozen=True, slots=True)
class MoneyBound:
    """The most dollars that a run may cost, and the models that may run although nobody knows their price."""

    most: Decimal
    unpriced: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        """The bound as a run keeps it among its parameters."""
        return {"maxUsd": f"{self.most.normalize():f}", "allowUnpriced": sorted(set(self.unpriced))}

    def check(self, asked: AskedPrice) -> None:
        """See that what is to be begun can be paid of it.

        Raises:
            UnknownPrice: nobody knows what it may cost, and its model is not allowed by name.
            OverMoney: it may cost more.
        """
        is_allowed = bool(set(asked.names) & set(self.unpriced))
        if not is_allowed if asked.planned is None else asked.planned > self.most:
            raise asked.refuse(self.most)


def kept_bound(bound: MoneyBound | None) -> dict[str, Any]:
    """The bound as a run keeps it; nothing where there is none, so that such a request is what it always was."""
    return bound.kept() if bound is not None else {}


def read_bound(params: Mapping[str, Any]) -> MoneyBound | None:
    """The bound that a run keeps among its parameters, if it has one."""
    if params.get("maxUsd") is None:
        return None
    return MoneyBound(Decimal(params["maxUsd"]), tuple(params.get("allowUnpriced") or ()))


UNKNOWN = Cost(NOTHING, None, "no price card")
FREE = Cost(NOTHING, NOTHING)


def add_up(costs: Iterable[Cost]) -> Cost:
    """The sum of costs."""
    total = FREE
    for cost in costs:
        total = total.plus(cost)
    return total


def round_up(amount: Decimal) -> Decimal:
    """Dollars to the millionth, up: what is told and held is never less than what is asked."""
    return amount.quantize(_MICRO, rounding=ROUND_CEILING)


def show(amount: Decimal) -> str:
    """Dollars with two places at least, up to six."""
    whole, _, places = f"{round_up(amount):f}".partition(".")
    return f"{int(whole):,}.{places.rstrip('0'):<02}"


def read_usd(value: object, *, name: str = "maxUsd") -> Decimal:
    """Dollars that somebody gave as a bound: a number, or a text such as `20usd`, `$20`, `20.50`.

    Raises:
        BadRequest: it is no amount from 0 to a million with six places at most.
    """
    text = str(value).strip() if isinstance(value, int | float | str | Decimal) and not isinstance(value, bool) else ""
    found = _AMOUNT.fullmatch(text)
    if found is None or Decimal(found[1]) > MOST_USD:
        raise BadRequest(f"{name} is {str(value)[:40]!r}: give dollars from 0 to {MOST_USD:,}, as 12.50", field=name)
    return Decimal(found[1])


def read_money(value: object, unpriced: Iterable[str] = ()) -> MoneyBound | None:
    """The bound that somebody gave in dollars; None: none was given.

    Raises:
        BadRequest: as `read_usd`.
    """
    return None if value is None else MoneyBound(read_usd(value), tuple(unpriced))


def read_cost(told: Mapping[str, Any] | None) -> Cost | None:
    """The cost that `Cost.wire` told."""
    if told is None:
        return None
    most = told.get("most")
    return Cost(Decimal(str(told["least"])), None if most is None else Decimal(str(most)), told.get("reason", ""))
