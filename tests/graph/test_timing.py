"""Time that a graph will take: its longest way, by what its models took before."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import acyclic, shape
from wzrd.graph.model import Graph
from wzrd.graph.topological_order import Timing, estimate, sort_nodes

SECONDS = {"image": 10.0, "video": 60.0, "tool": 2.0}


@pytest.mark.parametrize(
    ("graph", "work", "seconds", "path"),
    [
        ("a>b>c", {"a": "image", "b": "video", "c": "tool"}, 72, "abc"),
        ("a>b>d a>c>d", {"a": "tool", "b": "video", "c": "image", "d": "tool"}, 64, "abd"),
        ("a>b>c d", {"b": "image", "d": "video"}, 60, "d"),
        ("a>b", {}, 0, ""),
        ("a>x>b", {"a": "image", "b": "image"}, 20, "ab"),
    ],
)
def test_the_longest_way(graph: str, work: dict[str, str], seconds: float, path: str) -> None:
    """Branches go on beside each other; what takes no time is not on the way."""
    told = estimate(shape(graph), {node: (name, 1) for node, name in work.items()}, SECONDS)
    assert told == Timing(seconds, tuple(path))


@pytest.mark.parametrize(("calls", "seconds"), [(1, 10), (8, 10), (9, 20), (80, 100)])
def test_a_batch_is_made_eight_at_a_time(calls: int, seconds: float) -> None:
    """Its calls are under way together."""
    assert estimate(shape("a"), {"a": ("image", calls)}, SECONDS) == Timing(seconds, ("a",))


def test_what_nobody_knows_is_not_told() -> None:
    """One model without a past, and there is no time; one that does not run does not matter."""
    assert estimate(shape("a>b"), {"a": ("image", 1), "b": ("new", 1)}, SECONDS) is None
    assert estimate(shape("a>b"), {"a": ("image", 1)}, SECONDS) is not None


@given(acyclic(), st.data())
def test_no_way_is_longer(graph: Graph, data: st.DataObject) -> None:
    """The critical path is a way through the graph, takes as long as is told, and every node is done by then."""
    took = {node: float(data.draw(st.integers(1, 9))) for node in graph.nodes}
    told = estimate(graph, {node: (node, 1) for node in graph.nodes}, took)
    assert told is not None
    assert sum(took[node] for node in told.critical_path) == told.seconds
    pairs = {(edge.source, edge.target) for edge in graph.edges}
    assert all(pair in pairs for pair in pairwise(told.critical_path))
    done: dict[str, float] = {}
    for node in sort_nodes(graph):
        done[node] = took[node] + max((done[source] for source, target in pairs if target == node), default=0.0)
    assert max(done.values()) == told.seconds
