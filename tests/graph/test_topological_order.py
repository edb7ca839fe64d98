"""Every node comes after those it needs; a cycle is named by its nodes."""

from itertools import pairwise

import pytest
from hypothesis import given

from tests.graph.graphs import acyclic, shape
from wzrd.graph.model import Graph
from wzrd.graph.topological_order import CycleFound, heights, levels, sort_nodes


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        ("a", "a"),
        ("a>b>c", "a|b|c"),
        ("a>b>d a>c>d", "a|b c|d"),
        ("a>c b>c a>b", "a|b|c"),
        ("b a>b>c a>c", "a|b|c"),
        ("a>b a>b c", "a c|b"),
    ],
)
def test_levels(graph: str, told: str) -> None:
    """A node's level is the longest way to it; within a level the saved order counts."""
    assert "|".join(" ".join(level) for level in levels(shape(graph))) == told
    assert sort_nodes(shape(graph)) == told.replace("|", " ").split()


@pytest.mark.parametrize(
    ("graph", "cycle", "unreachable"),
    [
        ("a>b>a", {"a", "b"}, 2),
        ("x>a>b>c>a>d", {"a", "b", "c"}, 4),
        ("a>b>a c>d>c", {"a", "b"}, 4),
        ("d>e a>b>c>b c>d", {"b", "c"}, 4),
    ],
)
def test_a_cycle_is_named_by_its_nodes(graph: str, cycle: set[str], unreachable: int) -> None:
    """In the direction of its edges; who only waits for it is counted, not named."""
    with pytest.raises(CycleFound) as found:
        sort_nodes(shape(graph))
    error = found.value
    assert set(error.nodes) == cycle
    assert error.unreachable == unreachable
    assert error.message.startswith(f"Cycle detected in graph - cannot execute. {unreachable} nodes unreachable.")
    pairs = {(edge.source, edge.target) for edge in shape(graph).edges}
    ring = [*error.nodes, error.nodes[0]]
    assert all(pair in pairs for pair in pairwise(ring))


def test_a_long_cycle_is_told_in_a_line() -> None:
    """Its error names the first dozen, and has them all."""
    names = [str(number) for number in range(3_000)]
    with pytest.raises(CycleFound) as found:
        sort_nodes(shape(">".join([*names, "0"])))
    assert len(found.value.nodes) == 3_000
    assert len(found.value.message) < 400


def test_a_chain_of_ten_thousand_is_sorted() -> None:
    """Without recursion."""
    names = [str(number) for number in range(10_000)]
    graph = shape(">".join(reversed(names)))
    assert sort_nodes(graph) == names[::-1]
    assert heights(graph)["9999"] == 9_999


@given(acyclic())
def test_an_order_is_an_order(graph: Graph) -> None:
    """Each node once, after all that it needs; a height is one more than the greatest behind it."""
    order = sort_nodes(graph)
    assert sorted(order) == sorted(graph.nodes)
    place = {node_id: number for number, node_id in enumerate(order)}
    assert all(place[edge.source] < place[edge.target] for edge in graph.edges)
    height = heights(graph)
    for node_id in order:
        behind = [height[edge.target] for edge in graph.edges if edge.source == node_id]
        assert height[node_id] == max(behind, default=-1) + 1
