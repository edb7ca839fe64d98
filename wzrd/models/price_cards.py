"""Price cards: what vendors ask in money, one model a card. Pure; a body is priced by `body_prices`.

The shipped cards lie in data/prices.jsonl, each with its page and its day. A vendor that tells its prices to this key
is believed before them (`PriceBook`): an account may have prices of its own, and pages lag behind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

import orjson

from wzrd.domain.money import CURRENCY, VendorPrice, show
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.submission import Target
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import find_schema

Unit = Literal["image", "megapixel", "second", "character", "token", "request", "compute second"]

FILE = "data/prices.jsonl"
OWN = frozenset({ANIMATIC, "local"})
"""Providers of this machine, who send no bill."""
SECONDS = ("duration", "duration_seconds", "seconds", "video_length")
"""Names of the length of what is made."""
UNITS: Mapping[str, tuple[Unit, int]] = MappingProxyType({
    "image": ("image", 1), "megapixel": ("megapixel", 1), "processed megapixel": ("megapixel", 1),
    "second": ("second", 1), "video second": ("second", 1), "minute": ("second", 60),
    "character": ("character", 1), "1000 character": ("character", 1000), "1k character": ("character", 1000),
    "video": ("request", 1), "request": ("request", 1), "generation": ("request", 1),
    "compute second": ("compute second", 1), "gpu second": ("compute second", 1),
})  # fmt: skip
"""fal's words for what it counts, in the singular: our unit, and how many of it. `unit` and `credit` tell nothing."""
_OF_CARD = frozenset({
    "id", "unit", "rates", "currency", "source", "read", "via", "note", "per", "extras", "open_end",
})  # fmt: skip
_OF_RATE = frozenset({
    "price", "when", "first", "input", "least", "as_long_as", "inputs", "inputs_most", "written_most", "in_steps_of",
})  # fmt: skip
"""All that a card of the file may say, and a rate."""
_ALIKE = Fraction(1, 1000)
"""Part of a price by which two spellings of it may differ."""
_PRICING = {"image": ("image_size", "quality"), "request": SECONDS}
"""Fields by which a price of such a unit may change although no card has them as a condition."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Price of `per` units where the body fits `when`: values of fields, by path, in the vendor's spelling.

    `first`: what the first unit costs; `text`: what a token costs that is read; `least`: what is paid at any rate;
    `counted`: the field whose files are as long as what is paid, or (`added`) whose length is paid as well. `longest`:
    seconds of those at most, or tokens that the model writes at most. `step`: units are paid in wholes of so many.
    """

    price: Decimal
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    first: Decimal | None = None
    text: Decimal | None = None
    least: Decimal = Decimal(0)
    counted: str = ""
    added: str = ""
    longest: int | None = None
    step: int = 0

    @property
    def prices(self) -> tuple[Decimal, ...]:
        """The amounts that one unit may cost by it."""
        return tuple(one for one in (self.price, self.first, self.text) if one is not None)

    def times(self, factor: Fraction) -> "Rate":
        """The rate at so many times its price, to 12 places."""
        money = {"price": self.price, "first": self.first, "text": self.text, "least": self.least}
        more: dict[str, Any] = {
            name: Decimal(round(Fraction(one) * factor * 10**12)).scaleb(-12)
            for name, one in money.items()
            if one is not None
        }
        return replace(self, **more)


@dataclass(frozen=True, slots=True)
class PriceCard:
    """The prices of one model. `source`: the page; `read`: its day; `via`: where its words were found.

    `extras`: what is paid besides, for each image or else once. `open_end`: why it may cost more than the card says.
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
    open_end: str = ""

    def wire(self) -> dict[str, Any]:
        """As programs read it: what is counted, the rates, the page and its day."""
        told = {"price": self.text(), "unit": self.unit, "currency": self.currency, "source": self.source}
        return told | {"read": self.read} | ({"via": self.via} if self.via else {})

    def text(self) -> str:
        """The rates for people: `$0.20 to $0.60 a second`."""
        prices = sorted({one for rate in self.rates for one in rate.prices})
        ends = " to ".join(f"${show(one)}" for one in dict.fromkeys((prices[0], prices[-1])))
        article = "an" if self.unit == "image" else "a"
        whole = f"{ends} {f'per {self.per:,} {self.unit}s' if self.per > 1 else f'{article} {self.unit}'}"
        return f"{whole} or more" if self.open_end else whole


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The shipped cards, and what vendors have told of their prices since."""

    told: Mapping[Target, VendorPrice] = field(default_factory=dict[Target, VendorPrice])

    def cards(self, provider: str, endpoint_id: str) -> tuple[PriceCard, ...]:
        """The cards of what a provider knows by this id, at the vendor's own price where it has told one."""
        shipped, told = find_cards(provider, endpoint_id), self.told.get(Target(provider, endpoint_id))
        counted = None if told is None else _count_unit(told)
        if told is None or counted is None:
            return shipped
        if not shipped:
            return (_card_of(Target(provider, endpoint_id), told, *counted),)
        return tuple(_at_price(card, told) for card in shipped)

    def differences(self) -> list[tuple[PriceCard, VendorPrice]]:
        """The shipped cards of which the vendor tells another price or another unit."""
        pairs = [(card, told) for one, told in self.told.items() for card in find_cards(one.provider, one.model)]
        return [(card, told) for card, told in pairs if _count_unit(told) and _factor(card, told) != 1]


SHIPPED = PriceBook()


def _count_unit(told: VendorPrice) -> tuple[Unit, int] | None:
    """Our unit, and how many of it; None where the vendor's word for it tells us nothing."""
    word = " ".join(told.unit.lower().replace("_", " ").replace("-", " ").split())
    return UNITS.get(word) or UNITS.get(word.removesuffix("s"))


def _factor(card: PriceCard, told: VendorPrice) -> Fraction | None:
    """Factor from the card's prices to the vendor's; None where both count something else.

    A vendor tells one base price, to which settings add in proportion: it is one of the card's, or of the cheapest.
    """
    counted = _count_unit(told)
    if counted is None or counted[0] != card.unit:
        return None
    base = Fraction(told.price) * card.per / counted[1]
    prices = {Fraction(one) for rate in card.rates for one in rate.prices if one}
    is_known = not prices or any(abs(base - one) <= one * _ALIKE for one in prices)
    return Fraction(1) if is_known else base / min(prices)


def _at_price(card: PriceCard, told: VendorPrice) -> PriceCard:
    """The card at the vendor's price. A cheaper one counts where the card has a single price: a sum must not be low."""
    factor = _factor(card, told)
    is_single = len({one for rate in card.rates for one in rate.prices}) == 1
    if factor is None or factor == 1 or (factor < 1 and not is_single):
        return card
    rates, extras = (tuple(one.times(factor) for one in some) for some in (card.rates, card.extras))
    return replace(card, rates=rates, extras=extras if factor > 1 else card.extras, source=told.source, read=told.read)


def _card_of(target: Target, told: VendorPrice, unit: Unit, number: int) -> PriceCard:
    """A card of nothing but the vendor's base price: an upper bound where no setting can raise it."""
    schema = find_schema(target.provider, target.model)
    raising = _conditions() | {*_PRICING.get(unit, ())}
    found = "its inputs" if schema is None else ", ".join(name for name in schema.properties if name in raising)
    why = f"nobody has told what {found} does to its vendor's base price" if found else ""
    name, rates = names_of(target.provider, target.model)[0], (Rate(told.price),)
    return PriceCard(name, unit, rates, CURRENCY, told.source, told.read, per=number, open_end=why)


@cache
def _conditions() -> frozenset[str]:
    """The fields that any card has as a condition."""
    rates = [rate for card in load_cards().values() for rate in (*card.rates, *card.extras)]
    return frozenset(name.partition(".")[0] for rate in rates for name in rate.when)


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
    if unread := _unread(row, _OF_CARD) or [one for rate in row["rates"] for one in _unread(rate, _OF_RATE)]:
        raise ValueError(f"the price card of {name} says {', '.join(unread)}, which nobody reads")
    rates = tuple(map(_read_rate, row["rates"]))
    if row["currency"] != CURRENCY or min(rate.price for rate in rates) < 0:
        raise ValueError(f"the price card of {name} must be in dollars from 0")
    plain = {one: value for one, value in row.items() if one not in {"id", "rates", "extras"}}
    return PriceCard(model_id=name, rates=rates, extras=tuple(map(_read_rate, row.get("extras", ()))), **plain)


def _unread(row: Mapping[str, Any], known: frozenset[str]) -> list[str]:
    return [name for name in row if name not in known]


def _read_rate(row: Mapping[str, Any]) -> Rate:
    names = (("first", "first"), ("text", "input"), ("least", "least"))
    money = {name: Decimal(row[said]) for name, said in names if said in row}
    return Rate(
        price=Decimal(row["price"]),
        when={name: _several(wanted) for name, wanted in row.get("when", {}).items()},
        counted=row.get("as_long_as", ""),
        added=row.get("inputs", ""),
        longest=row.get("inputs_most", row.get("written_most")),
        step=row.get("in_steps_of", 0),
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
    """The shipped cards of what a provider knows by this id: rows of the catalog may share it."""
    return tuple(load_cards()[one] for one in _ids_of(provider, endpoint_id) if one in load_cards())


def names_of(provider: str, endpoint_id: str) -> tuple[str, ...]:
    """The ids that the catalog has for what a provider knows by this one, and that one."""
    return tuple(dict.fromkeys((*_ids_of(provider, endpoint_id), endpoint_id)))


def _ids_of(provider: str, endpoint_id: str) -> list[str]:
    rows = load_catalog().models.values()
    return [row.id for row in rows if (row.provider, row.endpoint_id) == (provider, endpoint_id)]
