"""Expansion of a node into calls: its batch policy for lists, and how many calls may be made."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, cast

from wzrd.contracts.wire import elements_of, members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.actions import BatchPolicy
from wzrd.graph.binding import ASSET, SOURCES, extract, plain_inputs

MAX_CALLS = 1_000
"""The most calls that one node makes."""
_MOST_TOLD = 10**12
_LIKELY = ("items", "input", "batch", f"items{ASSET}")
"""Inputs in which a list of items is looked for first."""


class BatchTooLarge(BadRequest):
    """The batch makes too many calls."""

    code = "batch_too_large"

    def __init__(self, calls: int, price: int = 0, *, limit: int = MAX_CALLS) -> None:
        calls = min(calls, _MOST_TOLD)  # what is larger fits no message and no JSON
        cost = f", which would cost {calls * price:,} credits" if price else ""
        message = f"the batch makes {calls:,} calls{cost}; {limit:,} at most are made: give it shorter lists"
        super().__init__(message, calls=calls, credits=calls * price, limit=limit)
        self.calls = calls


def count_calls(policy: BatchPolicy, inputs: Mapping[str, Any]) -> int:
    """Number of calls that `expand` makes of the inputs, without making them."""
    items = find_items(inputs)
    return _count(policy, plain_inputs(inputs)) if items is None else len(items[1])


def _count(policy: BatchPolicy, plain: Mapping[str, Any]) -> int:
    match policy:
        case "single":
            return 1
        case "map":
            key = _first_list(plain)
            return 1 if key is None else len(plain[key])
        case _:
            lengths = [len(_list(value)) for value in plain.values()]
    if policy == "zip":
        return 0 if 0 in lengths else max(lengths, default=1)
    return math.prod(lengths) if policy == "cartesian" else sum(lengths) if lengths else 1


def expand(
    policy: BatchPolicy, inputs: Mapping[str, Any], limit: int = MAX_CALLS, *, price: int = 0
) -> list[dict[str, Any]]:
    """The inputs of each call, in order.

    A list of items that one of the inputs holds counts before the policy: an item that is an object of inputs is laid
    over the others, a result or a value takes its input's place. `single`: one call. `map`: one an element of the
    first list. `zip`: element by element, the shorter lists' last element again. `cartesian`: every combination, the
    last input changing first. `fanOut`: each element of each input alone.

    Raises:
        BatchTooLarge: they are more than `limit`; nothing was made. `price`: credits of one call, for its message.
    """
    items = find_items(inputs)
    if items is None and policy == "single":
        return [dict(inputs)]
    plain = plain_inputs(inputs)
    calls = _count(policy, plain) if items is None else len(items[1])
    if calls > limit:
        raise BatchTooLarge(calls, price, limit=limit)
    if items is not None:
        return [_with_item(inputs, items[0], item) for item in items[1]]
    if not plain:
        return [dict(inputs)]
    return list(_expanded(policy, inputs, plain))


def _expanded(policy: BatchPolicy, inputs: Mapping[str, Any], plain: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    lists = {key: _list(value) for key, value in plain.items()}
    match policy:
        case "zip" if all(lists.values()):
            for index in range(max(map(len, lists.values()))):
                yield _at(inputs, {key: min(index, len(values) - 1) for key, values in lists.items()})
        case "cartesian":
            for indexes in product(*(range(len(values)) for values in lists.values())):
                yield _at(inputs, dict(zip(lists, indexes, strict=True)))
        case "fanOut":
            yield from ({key: value} for key, values in lists.items() for value in values)
        case "map":
            key = _first_list(plain)
            yield from ([dict(inputs)] if key is None else (_at(inputs, {key: n}) for n in range(len(lists[key]))))
        case _:
            return


def find_items(inputs: Mapping[str, Any]) -> tuple[str, Sequence[Any]] | None:
    """The input that holds a list of items (`{items}` or `{data: {items}}`), and the items; None where none does."""
    holding = [key for key, value in inputs.items() if (room := members_of(value)) and _items_of(room)]
    if not holding:
        return None
    key = min(holding, key=lambda one: _LIKELY.index(one) if one in _LIKELY else len(_LIKELY))
    return key.removesuffix(ASSET), _items_of(members_of(inputs[key]))


def _items_of(room: Mapping[str, Any]) -> Sequence[Any]:
    if items := elements_of(room.get("items")):
        return items
    data = members_of(room.get("data"))
    return elements_of(data.get("items")) if data else ()


def _with_item(inputs: Mapping[str, Any], key: str, item: Any) -> dict[str, Any]:
    """One call of a list of items. A result of another node stands where the list arrived."""
    rest = {name: value for name, value in inputs.items() if name not in {key, key + ASSET, key + SOURCES}}
    said = members_of(item)
    if not said:
        return {**rest, key: item}
    if isinstance(said.get("type"), str) and ("url" in said or "data" in said):
        return {**rest, key: extract(said), key + ASSET: said}
    return {**rest, **said}


def _first_list(plain: Mapping[str, Any]) -> str | None:
    return next((key for key, value in plain.items() if isinstance(value, list)), None)


def _list(value: Any) -> list[Any]:
    """A value as the list that it is or holds, else as the only element of one."""
    if isinstance(value, list):
        return cast("list[Any]", value)
    items = members_of(value).get("items")
    return cast("list[Any]", items) if isinstance(items, list) else [value]


def _at(inputs: Mapping[str, Any], indexes: Mapping[str, int]) -> dict[str, Any]:
    """The inputs with one element of each named list; its own result goes with it."""
    item = dict(inputs)
    for key, index in indexes.items():
        values = _list(inputs[key])
        item[key] = values[index]
        assets = elements_of(inputs.get(key + ASSET))
        if len(assets) == len(values):
            item[key + ASSET] = assets[index]
    return item
