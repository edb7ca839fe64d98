"""Order in which nodes can be executed, and the time it takes: every node after those it needs. Without recursion."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    targets, needed = _edges(graph)
    found: list[list[str]] = []
    level = [node_id for node_id in graph.nodes if not needed[node_id]]
    index = {node_id: number for number, node_id in enumerate(graph.nodes)}
    done = 0
    while level:
        found.append(level)
        done += len(level)
        ready: list[str] = []
        for node_id in level:
            for target in targets[node_id]:
                needed[target] -= 1
                if not needed[target]:
                    ready.append(target)
        level = sorted(ready, key=index.__getitem__)
    if done < len(graph.nodes):
        left = {node_id for node_id, count in needed.items() if count > 0}
        labels = {node_id: graph.nodes[node_id].label for node_id in left}
        raise CycleFound(_find_cycle(graph, left), labels, len(left))
    return found


def heights(graph: Graph) -> dict[str, int]:
    """For each node the number of edges on the longest way from it: what waits longest for it.

    Raises:
        CycleFound: as `sort_nodes`.
    """
    targets, _ = _edges(graph)
    found: dict[str, int] = {}
    for node_id in reversed(sort_nodes(graph)):
        found[node_id] = 1 + max((found[target] for target in targets[node_id]), default=-1)
    return found


def _edges(graph: Graph) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Every node's targets, and how many edges lead to it; parallel edges count one by one."""
    targets: dict[str, list[str]] = {node_id: [] for node_id in graph.nodes}
    needed = dict.fromkeys(graph.nodes, 0)
    for edge in graph.edges:
        targets[edge.source].append(edge.target)
        needed[edge.target] += 1
    return targets, needed


def _find_cycle(graph: Graph, left: set[str]) -> list[str]:
    """One cycle among nodes each of which needs another of them: going upstream long enough comes back."""
    source_of: dict[str, str] = {}
    for edge in graph.edges:
        if edge.source in left and edge.target in left:
            source_of.setdefault(edge.target, edge.source)
    walked: deque[str] = deque()
    seen: set[str] = set()
    here = next(node_id for node_id in graph.nodes if node_id in left)
    while here not in seen:
        seen.add(here)
        walked.appendleft(here)
        here = source_of[here]
    cycle = list(walked)
    return cycle[: cycle.index(here) + 1]


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
