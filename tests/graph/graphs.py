"""Small graphs for tests: nodes and edges by a line each."""

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from wzrd.graph.model import Graph, Node
from wzrd.graph.reading import read_graph


def node(node_id: str = "n", kind: str = "Text", **params: Any) -> Node:
    """A node with these params."""
    return Node(node_id, kind, node_id, params)


def row(node_id: str, kind: str = "Text", **params: Any) -> dict[str, Any]:
    """A node as it is saved."""
    return {"id": node_id, "kind": kind, "label": node_id, "params": params}


def wire(source: str, target: str, handle: str | None = None) -> dict[str, Any]:
    """An edge as rows have it; `handle` is the target's."""
    return {"source_node_id": source, "target_node_id": target, "target_handle": handle}


def graph_of(*nodes: dict[str, Any], edges: tuple[dict[str, Any], ...] = ()) -> Graph:
    """The graph of saved nodes and edges."""
    return read_graph(nodes, edges)


def shape(text: str) -> Graph:
    """A graph of Text nodes: `a>b>c a>d` are chains."""
    ids: dict[str, None] = {}
    edges: list[dict[str, Any]] = []
    for chain in text.split():
        names = chain.split(">")
        ids |= dict.fromkeys(names)
        edges += [wire(source, target) for source, target in pairwise(names)]
    return read_graph([row(one) for one in ids], edges)


@st.composite
def acyclic(draw: st.DrawFn, most: int = 12) -> Graph:
    """A graph without cycles, parallel edges among it, its nodes saved in any order."""
    size = draw(st.integers(1, most))
    pairs = [(low, high) for low in range(size) for high in range(low + 1, size)]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=3 * size)) if pairs else []
    order = draw(st.permutations(range(size)))
    return read_graph([row(str(one)) for one in order], [wire(str(low), str(high)) for low, high in chosen])
