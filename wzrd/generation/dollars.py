"""Price of a submit in money, with all that is known here: vendors' own prices, and the lengths of files."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from wzrd.assets.durations import measure_files
from wzrd.domain.money import AskedPrice
from wzrd.domain.submission import Target
from wzrd.models.body_prices import ask_price, paid_files
from wzrd.models.price_cards import PriceBook
from wzrd.runtime.process import Runtime


async def ask_dollars(runtime: Runtime, user_id: UUID, target: Target, inputs: Mapping[str, Any]) -> AskedPrice:
    """Price that a target's vendor asks for these inputs; files that are paid by their length are measured."""
    files = paid_files(target, inputs)
    lengths = await measure_files(runtime, user_id, files) if files else {}
    return ask_price(target, inputs, lengths, book=PriceBook(runtime.providers.told_prices))
