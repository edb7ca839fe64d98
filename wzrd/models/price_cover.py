"""Cover of prices: credits that would pay a usual request's price in money, at an operator's rate. Pure."""

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from wzrd.domain.errors import BadRequest
from wzrd.domain.money import Cost
from wzrd.models.bodies import make_body
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model
from wzrd.models.price_cards import SHIPPED, PriceBook
from wzrd.models.schemas.input_schemas import find_schema

_USUAL: Mapping[str, Any] = {
    "prompt": "x" * 200,
    "first_frame": "https://example.com/first.png",
    "last_frame": "https://example.com/last.png",
    "image": "https://example.com/image.png",
    "seconds": 5,
    "shape": "16:9",
}
"""A request as people make most: 200 characters, 5 seconds, a wide picture."""


def usual_cost(model: Model, book: PriceBook = SHIPPED) -> Cost | None:
    """Price in money of a usual request; None where it needs what a usual one has not."""
    given = {} if find_schema(model.provider, model.endpoint_id) or model.media_type != "audio" else {"text": "x" * 200}
    try:
        body = make_body(model, given, roles=_USUAL).inputs
    except BadRequest:
        return None
    return price_inputs(model.provider, model.endpoint_id, body, book=book)


def credits_needed(model: Model, credits_per_usd: float, book: PriceBook = SHIPPED) -> int | None:
    """Credits that cover a usual request at this rate, if they are more than the model costs; None: it is covered.

    One without a known price is covered as far as anybody knows.
    """
    cost = usual_cost(model, book)
    if cost is None or cost.most is None:
        return None
    needed = math.ceil(Fraction(cost.most) * Fraction(str(credits_per_usd)))
    return needed if needed > model.credits else None
