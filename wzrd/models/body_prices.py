"""Price of a body as it leaves, by its vendor's price cards. Pure and exact.

Nothing is guessed: without a card, or without a rate that fits the body with its schema's defaults, the price is
unknown, and what only the work itself shows is a range with its reason.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.domain.money import FREE, NOTHING, UNKNOWN, AskedPrice, Cost
from wzrd.domain.submission import Target
from wzrd.models import sounds
from wzrd.models.body_maker import ROLES
from wzrd.models.output_counts import OUTPUT_NAMES, count_outputs
from wzrd.models.price_cards import OWN, SECONDS, SHIPPED, PriceBook, PriceCard, Rate, Unit, names_of
from wzrd.models.schemas.field_values import NAMED_SIZES, options_of, read_number
from wzrd.models.schemas.input_schemas import Schema, find_schema

Number: TypeAlias = Fraction
Lengths: TypeAlias = Mapping[str, float]
"""Seconds of files by their address, as far as they have been measured."""

GIVEN = "*"
"""Condition on a field that has any value; None is one on a field that has none."""
MEGAPIXEL = 1024 * 1024
"""Pixels that fal bills as one: 1024x1024 is one, 1920x1080 two."""
_MILLISECONDS = "music_length_ms"
_TEXTS = ("text", "prompt", "script", "inputs")
_TOKENS_A_MESSAGE = 64
"""More than any chat format adds to a message in tokens."""
NOT_MEASURED: Lengths = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class _Amount:
    """So many units at least, and at most (None: nobody knows)."""

    least: Number
    most: Number | None
    reason: str = ""

    def in_steps_of(self, step: int) -> "_Amount":
        """The amount as it is paid, in wholes of so many (0: as it is)."""
        if not step:
            return self
        least = Fraction(math.ceil(self.least / step) * step)
        most = None if self.most is None else Fraction(math.ceil(self.most / step) * step)
        return _Amount(least, most, self.reason)


def price(
    provider: str, endpoint_id: str, body: Mapping[str, Any], lengths: Lengths = NOT_MEASURED, book: PriceBook = SHIPPED
) -> Cost:
    """Price that a vendor asks for a body as it leaves, in its own spelling.

    Of several cards for one endpoint the dearest counts.
    """
    if provider in OWN:
        return FREE
    costs = [_price_by(card, provider, endpoint_id, body, lengths) for card in book.cards(provider, endpoint_id)]
    return max(costs, key=lambda cost: (cost.most is None, cost.most or NOTHING), default=UNKNOWN)


def price_inputs(
    provider: str,
    endpoint_id: str,
    inputs: Mapping[str, Any],
    lengths: Lengths = NOT_MEASURED,
    *,
    book: PriceBook = SHIPPED,
) -> Cost:
    """Price of a model's inputs, as `price`; of a sound's, which may yet have to be brought into their spelling."""
    try:
        return price(provider, endpoint_id, _as_sent(provider, endpoint_id, inputs), lengths, book)
    except BadRequest as error:
        return Cost(NOTHING, None, error.message)  # whoever sends it says the same


def ask_price(
    target: Target, inputs: Mapping[str, Any], lengths: Lengths = NOT_MEASURED, *, book: PriceBook = SHIPPED
) -> AskedPrice:
    """Price that a target's vendor asks for these inputs, and the model's names."""
    cost = price_inputs(target.provider, target.model, inputs, lengths, book=book)
    return AskedPrice(cost, names_of(target.provider, target.model))


def _as_sent(provider: str, endpoint_id: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    if provider == sounds.PROVIDER and endpoint_id in sounds.KINDS:
        return sounds.translate(endpoint_id, inputs).body
    return inputs


def _price_by(card: PriceCard, provider: str, endpoint_id: str, body: Mapping[str, Any], lengths: Lengths) -> Cost:
    schema = find_schema(provider, endpoint_id)
    fields: Mapping[str, Schema] = schema.properties if schema else {}
    filled = {name: one["default"] for name, one in fields.items() if "default" in one} | dict(body)
    rate = next((rate for rate in card.rates if _fits(rate, filled)), None)
    if rate is None:
        return Cost(NOTHING, None, f"the price card of {card.model_id} has no rate for these settings")
    amount = _AMOUNTS[card.unit](_Order(rate, filled, fields, lengths))
    cost = _charge(card, rate, amount.in_steps_of(rate.step))
    extra = sum((one.price for one in card.extras if _fits(one, filled)), NOTHING)
    times = amount.most if card.unit == "image" and amount.most is not None else Fraction(1)
    return cost.plus(Cost(_times(extra, Fraction(1)), _times(extra, times))) if extra else cost


def _charge(card: PriceCard, rate: Rate, amount: _Amount) -> Cost:
    def of(units: Number) -> Decimal:
        if rate.first is not None and units > 0:
            return rate.first + _times(rate.price, max(units - 1, Fraction(0)) / card.per)
        return max(rate.least, _times(rate.price, units / card.per))

    most = None if amount.most is None or card.open_end else of(amount.most)
    return Cost(of(amount.least), most, amount.reason or card.open_end)


def _times(price: Decimal, units: Number) -> Decimal:
    """Price of so many units, to the billionth, rounded up."""
    exact = Fraction(price) * units * 10**9
    return Decimal(math.ceil(exact)).scaleb(-9)


def _fits(rate: Rate, body: Mapping[str, Any]) -> bool:
    found = ((_at(body, name), wanted) for name, wanted in rate.when.items())
    return all(any(_is(value, one) for one in wanted) for value, wanted in found)


def _is(value: object, wanted: object) -> bool:
    has_any = value not in (None, "", [])
    if wanted is None or wanted == GIVEN:
        return has_any == (wanted == GIVEN)
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    return str(value).lower() == str(wanted).lower()


def _at(body: Mapping[str, Any], path: str) -> object:
    """The value at a path; inside a list the first that has one."""
    name, _, rest = path.partition(".")
    value = body.get(name)
    if not rest:
        return value
    several = cast("Sequence[Any]", value) if isinstance(value, list) else [value]
    found = [_at(cast("Mapping[str, Any]", one), rest) for one in several if isinstance(one, Mapping)]
    return next((one for one in found if one not in (None, "", [])), None)


@dataclass(frozen=True, slots=True)
class _Order:
    """A body that is to be counted."""

    rate: Rate
    body: Mapping[str, Any]
    fields: Mapping[str, Schema]
    lengths: Lengths


def _count_requests(_order: _Order) -> _Amount:
    return _Amount(Fraction(1), Fraction(1))


def _count_images(order: _Order) -> _Amount:
    counted = {name: value for name, value in order.body.items() if not isinstance(value, Mapping | list)}
    most = count_outputs(counted)
    least = count_outputs({name: value for name, value in counted.items() if name in OUTPUT_NAMES})
    return _Amount(Fraction(least), Fraction(most), "" if least == most else "it may make fewer than it is allowed")


def _count_megapixels(order: _Order) -> _Amount:
    images, pixels = _count_images(order), _read_pixels(order.body)
    if pixels is None:
        return _Amount(Fraction(0), None, "its model chooses the picture's size")
    each = math.ceil(Fraction(pixels, MEGAPIXEL))
    return _Amount(images.least * each, images.most * each if images.most is not None else None, images.reason)


def _read_pixels(body: Mapping[str, Any]) -> int | None:
    size = body.get("image_size")
    if isinstance(size, Mapping):
        sides = cast("Mapping[str, Any]", size)
        width, height = read_number(sides.get("width")), read_number(sides.get("height"))
        return math.ceil(width * height) if width and height and min(width, height) > 0 else None
    found = NAMED_SIZES.get(str(size))
    return found[0] * found[1] if found else None


def _count_seconds(order: _Order) -> _Amount:
    rate = order.rate
    if rate.counted:
        return _measured(order, rate.counted, "it is paid by the length of a file that nobody has measured")
    made = _seconds_made(order)
    if not rate.added or order.body.get(rate.added) in (None, "", []):
        return made
    files = _measured(order, rate.added, "the length of its reference clips is paid, too")
    most = files.most if files.most is not None else None if rate.longest is None else Fraction(rate.longest)
    total = None if most is None or made.most is None else made.most + most
    return _Amount(made.least + files.least, total, made.reason or files.reason)


def _measured(order: _Order, name: str, reason: str) -> _Amount:
    known = [order.lengths.get(one) for one in _addresses(order.body.get(name))]
    exact = sum((Fraction(one).limit_denominator(1_000_000) for one in known if one is not None), Fraction(0))
    return _Amount(exact, exact) if known and None not in known else _Amount(exact, None, reason)


def _addresses(value: object) -> list[str]:
    """The addresses in a field: a text, an object's `url`, or a list of these."""
    several = cast("list[object]", value) if isinstance(value, list) else [value]
    found = [cast("Mapping[str, object]", one).get("url") if isinstance(one, Mapping) else one for one in several]
    return [str(one) for one in found if one]


def paid_files(target: Target, inputs: Mapping[str, Any]) -> list[str]:
    """Addresses of the files whose length is paid, by any rate of the target's cards."""
    rates = [rate for card in SHIPPED.cards(target.provider, target.model) for rate in card.rates]
    names = dict.fromkeys(name for rate in rates for name in (rate.counted, rate.added) if name)
    return [address for name in names for address in _addresses(inputs.get(name))]


def _seconds_made(order: _Order) -> _Amount:
    """Seconds of what is made: as said, by its frames, its shots together, or anything that its model offers."""
    body = order.body
    given = {name: _positive(body[name]) for name in SECONDS if body.get(name) not in (None, "")}
    own = next((name for name in SECONDS if name in order.fields), SECONDS[0])
    field_name = next((name for name, number in given.items() if number is None), own)
    said = None if None in given.values() else max((one for one in given.values() if one), default=None)
    if milliseconds := _positive(body.get(_MILLISECONDS)):
        said = milliseconds / 1000
    elif not given and (frames := _positive(body.get("num_frames"))):
        rate = next((one for name in ROLES["fps"] if (one := _positive(body.get(name)))), None)
        said = frames / rate if rate else None
    if isinstance(shots := body.get("multi_prompt"), list) and shots:
        return _shots_together(cast("list[Any]", shots), said)
    return _Amount(said, said) if said else _between(order, field_name)


def _shots_together(shots: Sequence[Any], said: Number | None) -> _Amount:
    """Seconds of several shots in one clip; where the whole is said to be of another length, either may be paid."""
    lengths = [_positive(cast("Mapping[str, Any]", one).get("duration")) for one in shots if isinstance(one, Mapping)]
    if len(lengths) < len(shots) or None in lengths:
        return _Amount(Fraction(0), None, "its shots say no length")
    total = sum((one for one in lengths if one), Fraction(0))
    both = (total, said or total)
    return _Amount(min(both), max(both), "" if both[0] == both[1] else "its shots are not as long as the whole")


def _between(order: _Order, name: str) -> _Amount:
    reason = "its model chooses its length"
    numbers = [one for option in options_of(order.fields.get(name, {})) if (one := _positive(option))]
    if not numbers:
        return _Amount(Fraction(0), None, reason)
    return _Amount(min(numbers), max(numbers), reason)


def _positive(value: object) -> Number | None:
    """A number above 0, also as a text, exact."""
    number = read_number(value)
    return Fraction(str(number)) if number is not None and number > 0 else None


def _count_characters(order: _Order) -> _Amount:
    text = next((order.body[name] for name in _TEXTS if isinstance(order.body.get(name), str)), None)
    if text is None:
        return _Amount(Fraction(0), None, "it has no words to count")
    return _Amount(Fraction(len(text)), Fraction(len(text)))


def _count_tokens(order: _Order) -> _Amount:
    """Tokens at the price of written ones: at most a token a byte is read, and as many written as are allowed."""
    reason = "it is paid by tokens, which are counted at its end"
    names = ("max_tokens", "max_completion_tokens")
    allowed = next((one for name in names if (one := order.body.get(name))), order.rate.longest)
    if not isinstance(allowed, int) or allowed < 1 or not order.rate.price:
        return _Amount(Fraction(0), None, f"{reason}: nothing bounds them")
    messages = order.body.get("messages", order.body.get("prompt", ""))
    number = len(cast("list[Any]", messages)) if isinstance(messages, list) else 1
    read = len(orjson.dumps(messages)) + _TOKENS_A_MESSAGE * number
    dear = Fraction(order.rate.text or Decimal(0)) / Fraction(order.rate.price)
    return _Amount(Fraction(0), allowed + read * dear, reason)


def _count_compute(_order: _Order) -> _Amount:
    return _Amount(Fraction(0), None, "it is paid by the seconds that a machine works")


_AMOUNTS: Mapping[Unit, Callable[[_Order], _Amount]] = MappingProxyType({
    "image": _count_images,
    "megapixel": _count_megapixels,
    "second": _count_seconds,
    "character": _count_characters,
    "token": _count_tokens,
    "request": _count_requests,
    "compute second": _count_compute,
})  # fmt: skip
