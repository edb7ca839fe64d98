"""Time that a graph will take, by what its models took before: the longest way through it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from wzrd.graph.model import Graph
from wzrd.graph.topological_order import sort_nodes

AT_ONCE = 8
"""Calls of one batch that are under way at once."""


@dataclass(frozen=True, slots=True)
class Timing:
    """`seconds` of the longest way, and its nodes that take any; more places to work make it no shorter."""

    seconds: float
    critical_path: tuple[str, ...]


def estimate(graph: Graph, work: Mapping[str, tuple[str, int]], seconds: Mapping[str, float]) -> Timing | None:
    """The time of a graph whose `work` nodes run: each the name by which its seconds are known, and its calls.

    None where the seconds of one of them are not known.
    """
    if any(name not in seconds for name, _ in work.values()):
        return None
    took = {one: seconds[name] * math.ceil(calls / AT_ONCE) for one, (name, calls) in work.items()}
    ends: dict[str, tuple[float, str | None]] = dict.fromkeys(graph.nodes, (0.0, None))
    targets: dict[str, list[str]] = {}
    for edge in graph.edges:
        targets.setdefault(edge.source, []).append(edge.target)
    latest: dict[str, float] = {}
    for node_id in sort_nodes(graph):
        latest[node_id] = ends[node_id][0] + took.get(node_id, 0.0)
        for target in targets.get(node_id, ()):
            if ends[target][1] is None or latest[node_id] > ends[target][0]:
                ends[target] = (latest[node_id], node_id)
    last: str | None = max(latest, key=lambda one: latest[one], default=None)
    whole = latest[last] if last is not None else 0.0
    path: list[str] = []
    while last is not None:
        path.append(last)
        last = ends[last][1]
    return Timing(whole, tuple(one for one in reversed(path) if one in took))
