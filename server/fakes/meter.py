"""The fakes' meter: a vendor's bill for what it has delivered.

It looks at the files themselves: their pixels, seconds, sound and number. The rates are those of the price cards, read
here by their own words; nothing of how this program plans a price is used.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any, cast

import av
import orjson
from PIL import Image

from server.fakes.shapes import MAX_VIDEO_SIDE
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import find_schema

MEGAPIXEL = 1 << 20
_TIERS = ((2900, "4K"), (1700, "2K"), (900, "1K"), (0, "0.5K"))
"""Side of a square of as many pixels, from which on a picture is of this size."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file as it was probed: pixels, seconds, and if it has a sound."""

    width: int = 0
    height: int = 0
    seconds: Fraction = Fraction(0)
    sound: bool = False


def probe(data: bytes) -> Delivered:
    """Look into a file: a picture, a clip or a sound; a model of a thing has nothing that is counted."""
    if data[:4] == b"glTF":
        return Delivered()
    if data[:4] == b"\x89PNG":
        with Image.open(io.BytesIO(data)) as picture:
            return Delivered(*picture.size)
    with av.open(io.BytesIO(data), "r") as container:
        picture, sound = next(iter(container.streams.video), None), next(iter(container.streams.audio), None)
        if picture is not None:
            seconds = Fraction(picture.frames) / Fraction(picture.average_rate or 24)
            return Delivered(picture.width, picture.height, seconds, sound is not None)
        return Delivered(seconds=Fraction(container.duration or 0, av.time_base), sound=True)


def bill(provider: str, endpoint_id: str, payload: Mapping[str, Any], made: Sequence[bytes]) -> Decimal | None:
    """Dollars for what was made of a payload; None where the vendor publishes no price for that."""
    row = _find_card(provider, endpoint_id)
    if row is None or not made:
        return None if row is None else Decimal(0)
    found = [probe(one) for one in made]
    facts = _facts(provider, endpoint_id, payload, found)
    rate = next((one for one in row["rates"] if _applies(one, facts)), None)
    if rate is None:
        return None
    units = _units(row["unit"], facts, found)
    if step := rate.get("in_steps_of"):
        units = Fraction(math.ceil(units / step) * step)
    cost = Fraction(rate["price"]) * units / row.get("per", 1)
    if "first" in rate:
        cost = Fraction(rate["first"]) + Fraction(rate["price"]) * max(units - 1, Fraction(0))
    cost = max(cost, Fraction(rate.get("least", 0)))
    cost += sum(Fraction(one["price"]) for one in row.get("extras", ()) if _applies(one, facts))
    return Decimal(cost.numerator) / Decimal(cost.denominator)


def base_price(provider: str, endpoint_id: str) -> tuple[Decimal, str] | None:
    """The lowest price of one unit, and the unit; None where the vendor publishes none."""
    row = _find_card(provider, endpoint_id)
    if row is None:
        return None
    lowest = min(Decimal(rate[name]) for rate in row["rates"] for name in ("price", "first") if name in rate)
    return lowest / row.get("per", 1), row["unit"]


@cache
def _cards() -> Mapping[str, Mapping[str, Any]]:
    lines = files("wzrd.models").joinpath("data/prices.jsonl").read_bytes().splitlines()
    return {row["id"]: row for row in map(orjson.loads, lines)}


def _find_card(provider: str, endpoint_id: str) -> Mapping[str, Any] | None:
    rows = load_catalog().models.values()
    ids = (row.id for row in rows if (row.provider, row.endpoint_id) == (provider, endpoint_id))
    found = [_cards()[one] for one in ids if one in _cards()]  # of names for one thing at two prices the dearer
    return max(found, key=lambda card: Decimal(card["rates"][0]["price"]), default=None)


def _facts(
    provider: str, endpoint_id: str, payload: Mapping[str, Any], found: Sequence[Delivered]
) -> Mapping[str, Any]:
    """The settings that were asked for, but size and sound as they were delivered."""
    asked = filled(provider, endpoint_id, payload)
    first = found[0]
    if first.width and first.seconds:
        if (
            "resolution" not in asked or max(first.width, first.height) < MAX_VIDEO_SIDE
        ):  # larger ones are not made here
            asked["resolution"] = f"{min(first.width, first.height)}p"
        if (provider, asked.get("generate_audio")) != (provider, None) or first.sound:
            asked["generate_audio"] = first.sound
    elif first.width and str(asked.get("resolution", "")).endswith("K"):
        side = math.sqrt(first.width * first.height)
        asked["resolution"] = next(name for least, name in _TIERS if side >= least)
    return asked


def filled(provider: str, endpoint_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A payload with its schema's defaults, as a vendor reads it."""
    schema = find_schema(provider, endpoint_id)
    fields: Mapping[str, Mapping[str, Any]] = schema.properties if schema else dict[str, Any]()
    return {name: one["default"] for name, one in fields.items() if "default" in one} | dict(payload)


def _applies(rate: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    return all(_meets(_look(facts, name), wanted) for name, wanted in rate.get("when", {}).items())


def _meets(value: object, wanted: object) -> bool:
    if isinstance(wanted, list):
        return any(_meets(value, one) for one in cast("list[object]", wanted))
    if wanted in {None, "*"}:
        return bool(value) == (wanted == "*")
    return value is wanted if isinstance(wanted, bool) else str(value).casefold() == str(wanted).casefold()


def _look(facts: Mapping[str, Any], path: str) -> object:
    head, _, tail = path.partition(".")
    value = facts.get(head)
    if not tail:
        return value
    return any(bool(cast("Mapping[str, Any]", one).get(tail)) for one in value or () if isinstance(one, Mapping))


def _units(unit: str, facts: Mapping[str, Any], found: Sequence[Delivered]) -> Fraction:
    match unit:
        case "image":
            return Fraction(len(found))
        case "megapixel":
            return Fraction(sum(-(-one.width * one.height // MEGAPIXEL) for one in found))
        case "second":
            return sum((one.seconds for one in found), Fraction(0))
        case "character":
            return Fraction(len(str(facts.get("text") or facts.get("prompt") or "")))
        case "request":
            return Fraction(1)
        case _:
            raise ValueError(f"no file shows how many {unit}s it took")
