"""Price cards: what vendors ask in money. Pure and exact; the facts lie in data/prices.jsonl, one model a line.

A card says what is counted (`unit`), what one costs, and what changes it: the first rate counts whose conditions fit
the body with its schema's defaults. Nothing is guessed: without a card, or without a rate that fits, the price is
unknown, and what only the work itself shows is a range with its reason.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast, get_args

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.domain.money import CURRENCY, FREE, NOTHING, UNKNOWN, AskedPrice, Cost, show
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.submission import Target
from wzrd.models import sounds
from wzrd.models.bodies import ROLES
from wzrd.models.catalog import load_catalog
from wzrd.models.output_counts import OUTPUT_NAMES, count_outputs
from wzrd.models.schemas.field_values import options_of, read_number
from wzrd.models.schemas.input_schemas import Schema, find_schema

Unit = Literal["image", "megapixel", "second", "character", "token", "request", "compute second"]
Number: TypeAlias = Fraction

FILE = "data/prices.jsonl"
GIVEN = "*"
"""Condition on a field that has any value; None is one on a field that has none."""
MEGAPIXEL = 1024 * 1024
"""Pixels that fal bills as one: 1024x1024 is one, 1920x1080 two."""
_SIZES: Mapping[str, tuple[int, int]] = MappingProxyType({
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
})  # fmt: skip
"""Pixels of fal's words for a picture's size, by its pages."""
_SECONDS = ("duration", "duration_seconds", "seconds", "video_length")
_MILLISECONDS = "music_length_ms"
_TEXTS = ("text", "prompt", "script", "inputs")
OWN = frozenset({ANIMATIC, "local"})
"""Providers of this machine, who send no bill."""
_TOKENS_A_MESSAGE = 64
"""More than any chat format adds to a message in tokens."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Price of `per` units where the body fits `when`: values of fields, by path, in the vendor's spelling.

    `first`: what the first unit costs; `text`: what a token costs that is read; `least`: what is paid at any rate;
    `counted`: the field whose files are as long as what is paid, or (`added`) whose length is paid as well. `longest`:
    seconds of those at most, or tokens that the model writes at most.
    """

    price: Decimal
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    first: Decimal | None = None
    text: Decimal | None = None
    least: Decimal = Decimal(0)
    counted: str = ""
    added: str = ""
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class PriceCard:
    """The prices of one model. `source`: the page; `read`: its day; `via`: where its words were found.

    `extras`: what is paid besides, for each image or else once.
    """

    model_id: str
    unit: Unit
    rates: tuple[Rate, ...]
    currency: str
    source: str
    read: str
    via: str = ""
    note: str = ""
    per: int = 1
    extras: tuple[Rate, ...] = ()

    def wire(self) -> dict[str, Any]:
        """As programs read it: what is counted, the rates, the page and its day."""
        told = {"price": self.text(), "unit": self.unit, "currency": self.currency, "source": self.source}
        return told | {"read": self.read} | ({"via": self.via} if self.via else {})

    def text(self) -> str:
        """The rates for people: `$0.20 to $0.60 a second`."""
        prices = sorted({one for rate in self.rates for one in (rate.price, rate.first, rate.text) if one is not None})
        ends = " to ".join(f"${show(one)}" for one in dict.fromkeys((prices[0], prices[-1])))
        article = "an" if self.unit == "image" else "a"
        return f"{ends} {f'per {self.per:,} {self.unit}s' if self.per > 1 else f'{article} {self.unit}'}"


@dataclass(frozen=True, slots=True)
class _Amount:
    """So many units at least, and at most (None: nobody knows)."""

    least: Number
    most: Number | None
    reason: str = ""


def parse_cards(lines: bytes) -> dict[str, PriceCard]:
    """The cards written in `lines`, by model id.

    Raises:
        ValueError: one has no unit, rate, source or date, or there is another for its model; it is named.
    """
    cards: dict[str, PriceCard] = {}
    for line in lines.splitlines():
        card = _read_card(orjson.loads(line))
        if cards.setdefault(card.model_id, card) is not card:
            raise ValueError(f"two price cards for {card.model_id}")
    return cards


def _read_card(row: Mapping[str, Any]) -> PriceCard:
    name = str(row.get("id"))
    missing = [one for one in ("unit", "rates", "currency", "source", "read") if not row.get(one)]
    if missing or row["unit"] not in get_args(Unit):
        raise ValueError(f"the price card of {name} lacks {', '.join(missing) or 'a unit that there is'}")
    rates = tuple(map(_read_rate, row["rates"]))
    if row["currency"] != CURRENCY or min(rate.price for rate in rates) < 0:
        raise ValueError(f"the price card of {name} must be in dollars from 0")
    return PriceCard(
        model_id=name,
        unit=row["unit"],
        rates=rates,
        currency=row["currency"],
        source=row["source"],
        read=row["read"],
        via=row.get("via", ""),
        note=row.get("note", ""),
        per=row.get("per", 1),
        extras=tuple(map(_read_rate, row.get("extras", ()))),
    )


def _read_rate(row: Mapping[str, Any]) -> Rate:
    money = {
        name: Decimal(row[said])
        for name, said in (("first", "first"), ("text", "input"), ("least", "least"))
        if said in row
    }
    return Rate(
        price=Decimal(row["price"]),
        when={name: _several(wanted) for name, wanted in row.get("when", {}).items()},
        counted=row.get("as_long_as", ""),
        added=row.get("inputs", ""),
        longest=row.get("inputs_most", row.get("written_most")),
        **money,
    )


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else (value,)


@cache
def load_cards() -> Mapping[str, PriceCard]:
    """The shipped cards by model id.

    Raises:
        ValueError: as `parse_cards`.
    """
    return MappingProxyType(parse_cards(files("wzrd.models").joinpath(FILE).read_bytes()))


@cache
def find_cards(provider: str, endpoint_id: str) -> tuple[PriceCard, ...]:
    """The cards of what a provider knows by this id: rows of the catalog may share it."""
    return tuple(load_cards()[one] for one in names_of(provider, endpoint_id) if one in load_cards())


def price(provider: str, endpoint_id: str, body: Mapping[str, Any], lengths: Mapping[str, float] | None = None) -> Cost:
    """Price that a vendor asks for a body as it leaves, in its own spelling.

    Of several cards for one endpoint the dearest counts. `lengths`: seconds of the files under a field's name, where
    they have been measured.
    """
    if provider in OWN:
        return FREE
    costs = [_price_by(card, provider, endpoint_id, body, lengths or {}) for card in find_cards(provider, endpoint_id)]
    return max(costs, key=lambda cost: (cost.most is None, cost.most or NOTHING), default=UNKNOWN)


def price_inputs(provider: str, endpoint_id: str, inputs: Mapping[str, Any]) -> Cost:
    """Price of a model's inputs, as `price`; of a sound's, which may yet have to be brought into their spelling."""
    try:
        return price(provider, endpoint_id, _as_sent(provider, endpoint_id, inputs))
    except BadRequest as error:
        return Cost(NOTHING, None, error.message)  # whoever sends it says the same


def ask_price(target: Target, inputs: Mapping[str, Any]) -> AskedPrice:
    """Price that a target's vendor asks for these inputs, and the model's names."""
    cost = price_inputs(target.provider, target.model, inputs)
    return AskedPrice(cost, names_of(target.provider, target.model))


def _as_sent(provider: str, endpoint_id: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    if provider == sounds.PROVIDER and endpoint_id in sounds.KINDS:
        return sounds.translate(endpoint_id, inputs).body
    return inputs


def names_of(provider: str, endpoint_id: str) -> tuple[str, ...]:
    """The ids that the catalog has for what a provider knows by this one; that one where it has none."""
    rows = load_catalog().models.values()
    found = [row.id for row in rows if (row.provider, row.endpoint_id) == (provider, endpoint_id)]
    return tuple(dict.fromkeys((*found, endpoint_id)))


def _price_by(
    card: PriceCard, provider: str, endpoint_id: str, body: Mapping[str, Any], lengths: Mapping[str, float]
) -> Cost:
    schema = find_schema(provider, endpoint_id)
    fields: Mapping[str, Schema] = schema.properties if schema else {}
    filled = {name: one["default"] for name, one in fields.items() if "default" in one} | dict(body)
    rate = next((rate for rate in card.rates if _fits(rate, filled)), None)
    if rate is None:
        return Cost(NOTHING, None, f"the price card of {card.model_id} has no rate for these settings")
    amount = _AMOUNTS[card.unit](_Order(rate, filled, fields, lengths))
    cost = _charge(card, rate, amount)
    extra = sum((one.price for one in card.extras if _fits(one, filled)), NOTHING)
    times = amount.most if card.unit == "image" and amount.most is not None else Fraction(1)
    return cost.plus(Cost(_times(extra, Fraction(1)), _times(extra, times))) if extra else cost


def _charge(card: PriceCard, rate: Rate, amount: _Amount) -> Cost:
    def of(units: Number) -> Decimal:
        if rate.first is not None and units > 0:
            return rate.first + _times(rate.price, max(units - 1, Fraction(0)) / card.per)
        return max(rate.least, _times(rate.price, units / card.per))

    most = None if amount.most is None else of(amount.most)
    return Cost(of(amount.least), most, amount.reason)


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
    lengths: Mapping[str, float]


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
    found = _SIZES.get(str(size))
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
    seconds = order.lengths.get(name)
    exact = None if seconds is None else Fraction(seconds).limit_denominator(1_000_000)
    return _Amount(exact or Fraction(0), exact, reason if exact is None else "")


def _seconds_made(order: _Order) -> _Amount:
    """Seconds of what is made: as said, by its frames, its shots together, or anything that its model offers."""
    body = order.body
    field_name = next((name for name in _SECONDS if body.get(name) not in (None, "")), _SECONDS[0])
    given = body.get(field_name)
    said = _positive(given)
    if milliseconds := _positive(body.get(_MILLISECONDS)):
        said = milliseconds / 1000
    elif given is None and (frames := _positive(body.get("num_frames"))):
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
