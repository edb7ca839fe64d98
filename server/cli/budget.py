"""`--budget`: the most that something may cost, in credits (`40`), in dollars (`20usd`), or in both (`40,20usd`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated

from cyclopts import Parameter, Token

from server.cli.caller import CommandFailed
from wzrd.domain.errors import BadRequest, WzrdError
from wzrd.domain.money import NOTHING, AskedPrice, Cost, MoneyBound, read_usd, show

HINT = "40 (credits), 20usd, or 40,20usd"


@dataclass(frozen=True, slots=True)
class Budget:
    """Credits and dollars at most; None: whatever it costs. `unpriced`: models that may run without a known price."""

    credits: int | None = None
    usd: Decimal | None = None
    unpriced: tuple[str, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        """True if nothing is bounded."""
        return self.credits is None and self.usd is None

    @property
    def max_usd(self) -> str | None:
        """The dollars, as requests have them."""
        return None if self.usd is None else f"{self.usd.normalize():f}"

    def left(self, charged: int, usd: Decimal) -> "Budget":
        """The budget that is left when so much was spent."""
        return Budget(
            None if self.credits is None else max(0, self.credits - charged),
            None if self.usd is None else max(NOTHING, self.usd - usd),
            self.unpriced,
        )

    def share(self, parts: int) -> "Budget":
        """An equal share of its dollars for each of several runs that go on together; down to the millionth."""
        usd = None if self.usd is None else (self.usd / parts).quantize(Decimal("0.000001"), rounding=ROUND_FLOOR)
        return Budget(self.credits, usd, self.unpriced)

    def check_money(self, cost: Cost, model: str, what: str) -> None:
        """See that something stays within the dollars.

        Raises:
            CommandFailed: it may not, or nobody knows its price and it is not allowed by name; nothing was started.
        """
        if self.usd is None:
            return
        try:
            MoneyBound(self.usd, self.unpriced).check(AskedPrice(cost, (model,)))
        except WzrdError as error:
            if cost.most is None:
                remedy = f"name it with --unpriced {model}, or another model with a price: `wzrd catalog --prices`"
                raise CommandFailed(f"nobody knows what {what} may cost ({cost.reason})", remedy=remedy) from error
            message = f"{what} may cost ${show(cost.most)}, more than the budget of ${show(self.usd)}"
            raise CommandFailed(message, remedy="raise --budget, or name a cheaper model") from error


def read_budget(_type: object, tokens: Sequence[Token]) -> Budget:
    """The budget as it is written.

    Raises:
        ValueError: it is none.
    """
    whole, usd = None, None
    for part in tokens[0].value.split(","):
        text = part.strip()
        if text.isascii() and text.isdecimal() and whole is None:
            whole = int(text)
        elif usd is None and not text.isdecimal():
            try:
                usd = read_usd(text, name="--budget")
            except BadRequest:
                raise ValueError(f"{text!r} is no budget: give {HINT}") from None
            if not ("$" in text or "usd" in text.lower()):
                raise ValueError(f"{text!r} is no budget: give {HINT}")
        else:
            raise ValueError(f"{text!r} is no budget: give {HINT}")
    return Budget(whole, usd)


BudgetOption = Annotated[
    Budget,
    Parameter(
        converter=read_budget,
        n_tokens=1,
        accepts_keys=False,
        show_default=False,
        help="The most that it may cost: credits (40), dollars (20usd), or both (40,20usd).",
    ),
]
UnpricedOption = Annotated[
    tuple[str, ...],
    Parameter(
        negative=(),
        show_default=False,
        help="A model that may run although nobody knows its price in dollars; may be repeated.",
    ),
]
NO_BUDGET = Budget()
