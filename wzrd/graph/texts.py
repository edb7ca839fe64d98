"""Limits on the text that a graph's nodes may hand on, each and all of a run together. Pure.

What is handed on is kept, logged, sent and kept again: without a bound a few short nodes cost everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeVar, cast

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.domain.runs import MAX_NODE_TEXT, MAX_RUN_TEXT
from wzrd.graph.model import Node

MAX_RESULT = 4 << 20
"""Bytes of any result as JSON, its files' facts included: what is larger is a file, and files are stored."""
_LEVELS_AROUND = 16  # of lists, events and outputs that a result comes to stand in: the writer has a bound of depth
R = TypeVar("R", bound=Mapping[str, Any])
_FILES = frozenset({"image", "video", "audio", "3d", "file"})


class ResultTooLarge(BadRequest):
    """The node's result is too large."""

    code = "result_too_large"


class TextTooLong(ResultTooLarge):
    """There is more text than a node, or a run, may hand on."""

    code = "text_too_long"


@dataclass(frozen=True, slots=True)
class TextBounds:
    """Bytes of text that a node, and a run, may hand on."""

    node: int = MAX_NODE_TEXT
    run: int = MAX_RUN_TEXT


DEFAULT_BOUNDS = TextBounds()


@dataclass(slots=True)
class TextRoom:
    """Room for texts in one run: sizes handed on, by the keys of their items, and what is left."""

    bounds: TextBounds = DEFAULT_BOUNDS
    used: int = 0
    _wanted: int = 0  # what was refused would have made it so much
    _sizes: dict[str, int] = field(default_factory=dict[str, int])

    def check(self, node: Node, *, asks: bool = False) -> None:
        """See that there is room left, before anything is made.

        Where it `asks` a model, none is left as soon as something was refused: an answer would be paid for in vain.

        Raises:
            TextTooLong: there is none.
        """
        if self.used >= self.bounds.run or (asks and self._wanted):
            raise TextTooLong(self._full(node, max(self.used, self._wanted)), nodeId=node.id)

    def note(self, key: str, result: Mapping[str, Any]) -> None:
        """Count a result that stands already, whatever there is room for."""
        self._sizes[key] = len(orjson.dumps(result, option=orjson.OPT_NON_STR_KEYS))
        self.used += self._sizes[key]

    def take(self, node: Node, result: R, *, key: str | None = None, joined: bool = False) -> R:
        """The result, counted under its item's key (once, however often it is taken).

        `joined`: it is a batch's, whose elements are bounded one by one.

        Raises:
            TextTooLong: it is longer than a node's may be, or a run's are; it is not counted then.
            ResultTooLarge: it cannot be kept at all.
        """
        if not joined and (length := weigh(result, self.bounds.node)) > self.bounds.node:
            raise too_long(node, length, self.bounds.node)
        key = key or node.id
        used = self.used - self._sizes.get(key, 0) + (size := json_size(node, result))
        if used > self.bounds.run:
            self._wanted = used
            raise TextTooLong(self._full(node, used), nodeId=node.id)
        self.used, self._sizes[key] = used, size
        return result

    def _full(self, node: Node, used: int) -> str:
        message = f"node {node.label!r}: with it, what the run's nodes pass on has {used:,} bytes"
        return f"{message}; {self.bounds.run:,} at most are kept: divide the graph (or raise WZRD_RUN_TEXT)"


def too_long(node: Node, size: int, most: int) -> TextTooLong:
    """The refusal of a text of so many bytes (or more)."""
    message = f"node {node.label!r}: its text has {size:,} bytes or more; {most:,} at most are passed on"
    return TextTooLong(f"{message}: shorten or split it (or raise WZRD_NODE_TEXT)", nodeId=node.id)


def join_texts(node: Node, separator: str, texts: Iterable[str], most: int) -> str:
    """The texts as one.

    Raises:
        TextTooLong: it would have more than `most` bytes; it was not made then.
    """
    kept, size = list[str](), -_length(separator)
    for one in texts:
        size += _length(separator) + _length(one)
        if size > most:
            raise too_long(node, size, most)
        kept.append(one)
    return separator.join(kept)


def json_size(node: Node, result: Mapping[str, Any]) -> int:
    """The bytes of a result as JSON.

    Raises:
        ResultTooLarge: they are more than MAX_RESULT, or it is nested too deep.
    """
    size = weigh(result, MAX_RESULT, files=True)  # the same text may stand in it a thousand times
    if size <= MAX_RESULT:
        try:
            deep = reduce(lambda inner, _: [inner], range(_LEVELS_AROUND), cast("object", result))
            size = len(orjson.dumps(deep, option=orjson.OPT_NON_STR_KEYS)) - 2 * _LEVELS_AROUND
        except (TypeError, ValueError, RecursionError) as error:
            message = f"node {node.label!r}: its result cannot be kept as JSON ({str(error)[:60]})"
            raise ResultTooLarge(message, nodeId=node.id) from None
    if size > MAX_RESULT:
        message = f"node {node.label!r}: its result has {size:,} bytes; {MAX_RESULT:,} at most are passed on"
        raise ResultTooLarge(message, nodeId=node.id)
    return size


def weigh(value: object, most: int, *, files: bool = False) -> int:
    """The bytes of the texts in a JSON value, everything else counted as one; it stops soon after `most`.

    What only tells of a file (its address, its prompt) does not count, unless `files`.
    """
    weight, waiting = 0, [value]
    while waiting and weight <= most:
        one = waiting.pop()
        if isinstance(one, str):
            weight += _length(one)
        elif isinstance(one, dict):
            members = cast("dict[str, Any]", one)
            if files or not _is_file(members):
                weight += len(members)
                waiting += members.values()
        elif isinstance(one, list):
            elements = cast("list[Any]", one)
            weight += len(elements)
            if not {float, int, bool, type(None)}.issuperset(map(type, elements)):
                waiting += elements
        else:
            weight += 1
    return weight


def _is_file(members: Mapping[str, Any]) -> bool:
    kind, url = members.get("type"), members.get("url")
    return isinstance(kind, str) and kind in _FILES and isinstance(url, str)


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
