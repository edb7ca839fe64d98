"""Bounds in money that a request may have beside `maxCredits`."""

from decimal import Decimal
from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from wzrd.contracts.wire import WireModel
from wzrd.domain.errors import BadRequest
from wzrd.domain.money import MOST_USD, MoneyBound, read_usd

MAX_UNPRICED = 50


def _dollars(value: object) -> Decimal | None:
    if value is None:
        return None
    try:
        return read_usd(value)
    except BadRequest as error:
        raise ValueError(error.message) from None


class MoneyLimits(WireModel):
    """Bounds in money: `maxUsd` refuses what may cost more dollars at its vendors.

    What nobody knows the price of is refused too, unless its model is among `allowUnpriced`.
    """

    max_usd: Annotated[Decimal | None, BeforeValidator(_dollars, json_schema_input_type=float | str | None)] = Field(
        default=None, ge=0, le=MOST_USD, validation_alias=AliasChoices("maxUsd", "max_usd")
    )
    allow_unpriced: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list[str],
        max_length=MAX_UNPRICED,
        validation_alias=AliasChoices("allowUnpriced", "allow_unpriced"),
    )

    @property
    def money(self) -> MoneyBound | None:
        """The bound that they mean, if any."""
        return None if self.max_usd is None else MoneyBound(self.max_usd, tuple(self.allow_unpriced))
