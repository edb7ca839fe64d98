"""Order in which nodes can be executed, and the time it takes: every node after those it needs. Without recursion."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from wzrd.domain.errors import BadRequest
from wzrd.graph.model import Graph

_SHOWN = 12
"""Nodes of a cycle that its error names."""


class CycleFound(BadRequest):
    """Cycle detected in graph - cannot execute."""

    code = "cycle"

    def __init__(self, cycle: Sequence[str], labels: Mapping[str, str], unreachable: int) -> None:
        shown = [f"{labels[one]} ({one})" for one in cycle[:_SHOWN]]
        ring = " → ".join([*shown, *(["…"] if len(cycle) > _SHOWN else []), shown[0]])
        message = f"Cycle detected in graph - cannot execute. {unreachable} nodes unreachable. The cycle: {ring}"
        super().__init__(message, nodes=list(cycle))
        self.nodes = tuple(cycle)
        self.unreachable = unreachable


def sort_nodes(graph: Graph) -> list[str]:
    """The nodes' ids, each after all that it needs, level by level; among equals the saved order counts.

    Raises:
        CycleFound: some need each other; its `nodes` are the ids of one cycle in the direction of its edges.
    """
    return [node_id for level in levels(graph) for node_id in level]


def levels(graph: Graph) -> list[list[str]]:
    """Ids by level, as `sort_nodes`: a node's level is the number of edges on the longest way to it.

    Raises:
        CycleFound: as `sort_nodes`.
    """
    found, cycle = sort_names(graph.nodes, [(edge.source, edge.target) for edge in graph.edges])
    if cycle:
        labels = {node_id: graph.nodes[node_id].label for node_id in cycle}
        raise CycleFound(cycle, labels, len(graph.nodes) - sum(map(len, found)))
    return found


def sort_names(names: Collection[str], edges: Iterable[tuple[str, str]]) -> tuple[list[list[str]], list[str]]:
    """Names by level, each after those that edges lead from, as far as no cycle is before it; and a cycle, if any."""
    needs: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        needs[target].append(source)
    sorter, cycle, found = TopologicalSorter(needs), list[str](), list[list[str]]()
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = error.args[1][:-1]
    index = {name: number for number, name in enumerate(names)}
    while ready := sorter.get_ready():
        found.append(sorted(ready, key=index.__getitem__))
        sorter.done(*ready)
    return found, cycle


def heights(graph: Graph) -> dict[str, int]:
    """For each node the number of edges on the longest way from it: what waits longest for it.

    Raises:
        CycleFound: as `sort_nodes`.
    """
    order = sort_nodes(graph)
    back, _ = sort_names(order, [(edge.target, edge.source) for edge in graph.edges])
    return {node_id: height for height, level in enumerate(back) for node_id in level}


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
