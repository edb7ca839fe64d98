"""The plan of a compute graph, from saved rows to prices: 5,000 nodes, and a chain of 2,000.

The peer is the standard library's `TopologicalSorter`: it orders the same nodes and knows nothing else of them.
"""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from benchmarks.figures import Figure
from wzrd.graph.cache_keys import cache_key, input_hashes
from wzrd.graph.model import Graph
from wzrd.graph.order import sort_nodes
from wzrd.graph.planning import Plan, plan
from wzrd.graph.reading import read_graph
from wzrd.graph.selection import select

ROUNDS = 7
BUDGET_MS = 200.0
KINDS = ("Text", "Image", "Video", "Transform", "Prompt")
Rows = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Claim:
    """One graph: so many levels of so many nodes, each wired to two of the level before."""

    name: str
    levels: int
    width: int

    def rows(self) -> Rows:
        """Its nodes and edges as they are saved."""
        places = [(level, at) for level in range(self.levels) for at in range(self.width)]
        nodes = [_node(f"{level}.{at}", KINDS[(level + at) % len(KINDS)]) for level, at in places]
        edges = [
            _edge(f"{level - 1}.{(at + turn) % self.width}", f"{level}.{at}", handle)
            for level, at in places
            if level
            for turn, handle in enumerate(("prompt", "image"))
        ]
        return nodes, edges


CLAIMS = (Claim("plan of 5,000 nodes", 20, 250), Claim("plan of a chain of 2,000", 2_000, 1))


def _node(node_id: str, kind: str) -> dict[str, Any]:
    params = {"prompt": f"{node_id}: a {{{{style}}}} picture", "aspectRatio": "16:9", "numImages": 1}
    return {"id": node_id, "kind": kind, "label": f"Node {node_id}", "params": params, "position": {"x": 1, "y": 2}}


def _edge(source: str, target: str, handle: str) -> dict[str, Any]:
    ends = {"source_node_id": source, "source_port_id": "output", "source_handle": "output", "target_node_id": target}
    return {
        "id": f"{source}-{target}-{handle}",
        **ends,
        "target_port_id": handle,
        "target_handle": handle,
        "data_type": "any",
    }


def _find(node_id: str, inputs: Mapping[str, Any]) -> None:
    """What a run looks under: the key is worked out, and nothing is there."""
    cache_key(node_id, input_hashes(inputs))


def _plan(rows: Rows) -> Plan:
    graph = select(read_graph(*rows))
    return plan(graph, offline="auto", obstacle=lambda _provider, _media: None, find=_find)


def _peer(graph: Graph) -> list[str]:
    needs: dict[str, list[str]] = {node_id: [] for node_id in graph.nodes}
    for edge in graph.edges:
        needs[edge.target].append(edge.source)
    return list(TopologicalSorter(needs).static_order())


def _milliseconds(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


async def measure() -> list[Figure]:
    """Plan, our order and the peer's in turn; the least of each counts, since whatever disturbs work only adds.

    Raises:
        RuntimeError: a plan is not whole.
    """
    figures: list[Figure] = []
    for claim in CLAIMS:
        rows = claim.rows()
        graph = read_graph(*rows)
        whole = _plan(rows)
        if len(whole.nodes) != claim.levels * claim.width or whole.doing("fails", "skipped", "refused"):
            raise RuntimeError(f"{claim.name}: not every node is planned")
        took = [
            (
                _milliseconds(lambda rows=rows: _plan(rows)),
                _milliseconds(lambda graph=graph: sort_nodes(graph)),
                _milliseconds(lambda graph=graph: _peer(graph)),
            )
            for _ in range(ROUNDS)
        ]
        planned, ordered, peer = (min(times) for times in zip(*took, strict=True))
        figures += [
            Figure(claim.name, planned, peer, "ms", f"<= {BUDGET_MS:g} ms", planned <= BUDGET_MS),
            Figure(f"{claim.name}: its order alone", ordered, peer, "ms", "<= 1.5x", ordered <= 1.5 * peer),
        ]
    return figures
