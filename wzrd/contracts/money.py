"""Bounds in money that a request may have beside `maxCredits`."""

from typing import Annotated, TypeAlias

from pydantic import Field, StrictFloat, StrictInt

from wzrd.contracts.wire import WireModel

MAX_UNPRICED = 50
Dollars: TypeAlias = StrictInt | StrictFloat | Annotated[str, Field(max_length=40)]
"""Dollars as people write them: `20`, `12.5`, `20usd`, `$20`; true is no dollar."""


class MoneyLimits(WireModel):
    """Bounds in money: `maxUsd` refuses what may cost more dollars at its vendors.

    What nobody knows the price of is refused too, unless its model is among `allowUnpriced`.
    """

    max_usd: Dollars | None = None
    allow_unpriced: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list[str], max_length=MAX_UNPRICED
    )
