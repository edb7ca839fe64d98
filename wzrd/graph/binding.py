"""Inputs that a node gets from the nodes before it: handles, values, and all of it as one object."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from wzrd.contracts.wire import members_of
from wzrd.graph.kinds import INPUT_NAMES, default_ports
from wzrd.graph.model import Edge, Node, Port

Incoming: TypeAlias = tuple[Edge, Node, Mapping[str, Any] | None]
"""An edge, the node that it comes from, and that node's result; None where there is none."""

_TELLING = ("url", "data", "text", "value")
ASSET, SOURCES = "_asset", "_source_handles"
"""Endings of keys that hold, for a handle, the whole results and the names of the outputs they came from."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile("[^A-Za-z0-9\x80-\U0010ffff]+")


@lru_cache(maxsize=4096)
def normalise_handle(raw: str) -> str:
    """A handle's name as inputs are called: `firstFrame`, `First Frame` and ` first-frame ` are `first_frame`.

    Letters and digits of every script are part of a name.
    """
    name = _HUMP.sub("_", raw.strip())
    if not name.isascii():
        name = "".join(one if _is_part(one) else "_" for one in unicodedata.normalize("NFC", name.lower()))
    return _OTHER.sub("_", name).strip("_").lower()


def _is_part(char: str) -> bool:
    """True if a character is a letter, a digit, or a mark on one."""
    return char.isalnum() or unicodedata.category(char).startswith("M")


def is_bookkeeping(key: str, inputs: Mapping[str, Any]) -> bool:
    """True if a key of the inputs tells about another one of them; an input may be called `brand_asset` itself."""
    if key.endswith(ASSET):
        return key[: -len(ASSET)] in inputs
    return key.endswith(SOURCES) and key[: -len(SOURCES)] in inputs


def plain_inputs(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs without what only tells about them."""
    return {key: value for key, value in inputs.items() if not is_bookkeeping(key, inputs)}


def extract(result: Any) -> Any:
    """Value that a result hands on: the first of `url`, `data`, `text`, `value` that says something, else itself.

    None for a result that says nothing.
    """
    said = members_of(result)
    if not said:
        return result if _says(result) else None
    for key in _TELLING:
        if key in said and _says(value := said[key]):
            return value
    return said


def _says(value: object) -> bool:
    """Truth as in JavaScript: an empty list or object says something."""
    return isinstance(value, list | dict) or bool(value)


def target_handle(node: Node, edge: Edge) -> str:
    """The name of the input that an edge leads to."""
    ports = node.inputs or default_ports(node.kind)[0]
    return _handle(edge.target_handle, edge.target_port, ports, "input")


def source_handle(node: Node, edge: Edge) -> str:
    """The name of the output that an edge comes from."""
    ports = node.outputs or default_ports(node.kind)[1]
    return _handle(edge.source_handle, edge.source_port, ports, "output")


def _handle(named: str | None, port_id: str, ports: Iterable[Port], side: str) -> str:
    port = next((one for one in ports if one.id == port_id), None)
    own = (normalise_handle(port.name) or normalise_handle(port.label)) if port is not None else ""
    name = normalise_handle(named) if named is not None else ""
    if named == port_id and own and name not in INPUT_NAMES:
        return own  # who gives a handle no name of its own is given the port's id: `in-1` says less than `style`
    return name or own or f"{side}_{normalise_handle(port_id)}"


def bind_inputs(node: Node, incoming: Sequence[Incoming]) -> dict[str, Any]:
    """A node's inputs: its own `params.inputs`, overlaid by what arrives at each handle.

    For a handle `h`: `h` is the value, or a list of values where several edges lead to it, in their order; `h_asset`
    the whole result or results; `h_source_handles` the names of the outputs. A node without a result leaves no key.
    """
    bound: dict[str, Any] = dict(members_of(node.params.get("inputs")))
    arrived: dict[str, tuple[list[Any], list[str]]] = {}
    for edge, source, result in incoming:
        if result is not None:
            assets, names = arrived.setdefault(target_handle(node, edge), ([], []))
            assets.append(result)
            names.append(source_handle(source, edge))
    for handle, (assets, names) in arrived.items():
        one = len(assets) == 1
        bound[handle] = extract(assets[0]) if one else [extract(result) for result in assets]
        bound[handle + ASSET] = assets[0] if one else assets
        bound[handle + SOURCES] = names
    return bound
