"""Saved graphs are read in every spelling, and what no graph can have is refused by name."""

import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.graphs import row, wire
from wzrd.contracts.compute import MAX_NODES
from wzrd.domain.errors import BadRequest
from wzrd.graph.reading import MAX_EDGES, MAX_PARAMS, BadGraph, read_graph

A, B = row("a"), row("b", "Image")
EDGES: list[dict[str, Any]] = [
    {"source_node_id": "a", "source_port_id": "text", "source_handle": "out", "target_node_id": "b"},
    {"sourceNodeId": "a", "sourcePortId": "text", "sourceHandle": "out", "targetNodeId": "b"},
    {"source": {"nodeId": "a", "portId": "text", "handle": "out"}, "target": {"nodeId": "b"}},
    {"source": "a", "source_port_id": "text", "sourceHandle": "out", "target": "b"},
]


@pytest.mark.parametrize("edge", EDGES)
def test_an_edges_ends_are_read_in_each_spelling(edge: dict[str, Any]) -> None:
    """Rows, the save body's two, and ends that are plain ids."""
    (read,) = read_graph([A, B], [edge]).edges
    assert (read.source, read.source_port, read.source_handle) == ("a", "text", "out")
    assert (read.target, read.target_port, read.target_handle) == ("b", "input", None)
    assert read.data_type == "any"


def test_all_three_spellings_at_once_are_one_edge() -> None:
    """The client sends them all; the handle stands in for a missing port."""
    edge = {key: value for one in EDGES[:3] for key, value in one.items()} | {"id": "e", "dataType": "text"}
    (read,) = read_graph([A, B], [edge]).edges
    assert (read.id, read.source, read.target, read.data_type) == ("e", "a", "b", "text")
    (handled,) = read_graph([A, B], [wire("a", "b", "prompt")]).edges
    assert (handled.target_port, handled.target_handle) == ("prompt", "prompt")


def test_a_row_is_a_node() -> None:
    """UUIDs become texts, null means nothing, ports keep what they say, places are numbers."""
    key = uuid.uuid4()
    port = {"id": "p", "name": "Prompt", "datatype": "text", "cardinality": "n", "optional": True, "label": "L"}
    raw = {
        "id": key,
        "kind": "image",
        "label": None,
        "params": None,
        "position": {"x": 3, "y": "?"},
        "inputs": [port, 7],
    }
    (node,) = read_graph([raw], []).nodes.values()
    assert (node.id, node.kind, node.label, node.params, node.x, node.y) == (
        str(key),
        "Image",
        "Untitled Node",
        {},
        3,
        0,
    )
    (read,) = node.inputs
    assert (read.id, read.name, read.data_type, read.label, read.many, read.needed) == (
        "p", "Prompt", "text", "L", True, False,
    )  # fmt: skip


def test_a_label_is_one_line() -> None:
    """It names tasks and stands on terminals: no control characters, no colors, bounded."""
    (node,) = read_graph([row("a") | {"label": "one\x1b[31m\ntwo\t" + "x" * 900}], []).nodes.values()
    assert node.label.startswith("one [31m two x")
    assert len(node.label) == 200


BAD: list[tuple[str, list[Any], list[Any]]] = [
    ("two nodes have the id 'a'", [A, A], []),
    ("edge 'edge-1' leads to 'z', which is no node", [A, B], [wire("a", "z")]),
    ("edge 'edge-1' leads to 'z', which is no node", [A, B], [wire("z", "b")]),
    ("edge 'edge-1' leads from node 'a' to itself", [A], [wire("a", "a")]),
    ("two edges have the id 'e'", [A, B], [wire("a", "b") | {"id": "e"}, wire("b", "a") | {"id": "e"}]),
    ("node 2 must be an object, not 'nope'", [A, "nope"], []),
    ("edge 1 must be an object", [A], [None]),
    ("node 1 needs an id", [{"kind": "Text"}], []),
    ("node 1 needs an id", [row("a#1")], []),
    ("node 1 needs an id", [{"id": "a\x00b"}], []),
    ("node 1 needs an id", [{"id": True}], []),
    ("node 1 needs an id", [row("x" * 201)], []),
    ("an end of edge 'edge-1' needs an id", [A], [{"target_node_id": "a"}]),
    ("node 'a': params must be an object, not '\\[1\\]'", [{"id": "a", "params": [1]}], []),
    ("node 'a': metadata must be an object", [{"id": "a", "metadata": "m"}], []),
    ("node 'a': its params cannot be kept as JSON", [row("a", n=2**70)], []),
    ("node 'a': its params cannot be kept as JSON", [row("a", n="\ud800")], []),
    (f"params have .* bytes; {MAX_PARAMS:,} at most", [row("a", n="x" * MAX_PARAMS)], []),
    (f"the graph has 10,001 nodes; {MAX_NODES:,} at most", [A] * 10_001, []),
    (f"the graph has 50,001 edges; {MAX_EDGES:,} at most", [A], [{}] * 50_001),
]


@pytest.mark.parametrize(("told", "nodes", "edges"), BAD, ids=[told for told, *_ in BAD])
def test_what_no_graph_can_have_is_refused(told: str, nodes: list[Any], edges: list[Any]) -> None:
    """Named, with what to do."""
    with pytest.raises(BadGraph, match=told):
        read_graph(nodes, edges)


def test_params_that_are_nested_without_end_are_refused() -> None:
    """Deeper than JSON goes: nothing recurses into it."""
    deep: dict[str, Any] = {}
    for _ in range(5_000):
        deep = {"d": deep}
    with pytest.raises(BadGraph, match="cannot be kept as JSON"):
        read_graph([row("a", deep=deep)], [])


def test_many_large_params_are_too_many() -> None:
    """Each is allowed, all together are not."""
    with pytest.raises(BadGraph, match="params of all nodes have more than 64 MiB"):
        read_graph([row(str(n), text="x" * (MAX_PARAMS - 100)) for n in range(7)], [])


def test_ten_thousand_nodes_with_prototype_like_keys_are_read() -> None:
    """The most that there may be; names that are traps elsewhere are names."""
    read = read_graph([{"id": n, "params": {"__proto__": n, "constructor": {}}} for n in range(MAX_NODES)], [])
    assert len(read.nodes) == MAX_NODES
    assert read.nodes["9999"].params == {"__proto__": 9999, "constructor": {}}
    traps = read_graph([row("__proto__"), row("constructor")], [wire("__proto__", "constructor")])
    assert list(traps.nodes) == ["__proto__", "constructor"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
NAMES = ["id", "kind", "label", "params", "metadata", "inputs", "outputs", "position", "source", "target",
         "sourceNodeId", "target_node_id", "sourceHandle"]  # fmt: skip
ROWS = st.lists(st.dictionaries(st.sampled_from(NAMES), JSON | st.just("a")) | JSON, max_size=4)


@settings(max_examples=60)
@given(ROWS, ROWS)
def test_any_json_is_a_graph_or_is_refused(nodes: list[Any], edges: list[Any]) -> None:
    """Never another error; and what is read holds together."""
    try:
        graph = read_graph(nodes, edges)
    except BadRequest:
        return
    assert len(graph.nodes) == len(nodes)
    assert all(edge.source in graph.nodes and edge.target in graph.nodes for edge in graph.edges)
