"""Expected results of nodes before they have run: stand-ins of the right shape.

So the same rules that a run follows tell beforehand what follows from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from wzrd.graph.actions import Action, policy_of
from wzrd.graph.batches import count_calls
from wzrd.graph.model import Node
from wzrd.graph.tool_files import find_files, tool_calls
from wzrd.graph.tools import TOOLS, read_values

_PLACE = "https://pending.invalid/"
"""An address that nobody has, for a file that is yet to be made."""
_TEXT = "…"


@dataclass(frozen=True, slots=True)
class Expected:
    """A result, or a node's inputs. `known`: it is what will be there; `open`: it may hold more than is seen here."""

    result: Mapping[str, Any]
    known: bool = True
    open: bool = False


def expect_call(work: Action, calls: int, *, open_: bool) -> Expected:
    """Expected result of a generator that makes so many calls; `open_`: or more."""
    if calls == 1 and not open_:
        return _expect_one(work.media_type)
    one = _stand_in(work.media_type)
    return Expected({**one, "data": {"items": [one] * calls}}, known=False, open=open_)


@cache
def _expect_one(media_type: str) -> Expected:
    return Expected(_stand_in(media_type), known=False)


def expect_local(node: Node, work: Action, arrives: Expected) -> Expected:
    """Expected results of a tool: one for each input it is given, or more if it makes several."""
    calls = count_calls(policy_of(node, work), arrives.result)
    return expect_call(
        work, max(1, min(calls, 1_000)), open_=arrives.open or (work.tool is not None and TOOLS[work.tool].several)
    )


def check_tool(node: Node, work: Action, arrives: Expected) -> None:
    """See that a tool's parameters are allowed, and its files there: its own, and what arrives as far as it is known.

    Raises:
        BadParameter: a parameter is not allowed; its name, value and bounds are told.
        BadRequest: a file is missing, or there are too many.
    """
    inputs: Mapping[str, Any] = arrives.result if arrives.known else {}
    read_values(work.tool or work.id, node.params, inputs)
    if arrives.known:
        for call in tool_calls(node, work, inputs):
            find_files(work.tool or work.id, call, node.params)


def _stand_in(media_type: str) -> dict[str, Any]:
    if media_type in {"text", "json"}:
        return {"type": media_type, "data": _TEXT if media_type == "text" else {}}
    return {"type": media_type, "url": f"{_PLACE}{media_type}"}
