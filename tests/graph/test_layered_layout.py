"""Where nodes stand: to the right of what they need, apart from each other, lines seldom crossing; at any size."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.graph.layered_layout import MOST_BENDS, Layout, arrange


def crossings(layout: Layout, edges: list[tuple[str, str]]) -> int:
    """Pairs of edges between the same two layers that cross."""
    pairs = [(layout.layer_of[a], layout.centers[a], layout.centers[b]) for a, b in edges]
    return sum(p[0] == q[0] and (p[1] - q[1]) * (p[2] - q[2]) < 0 for n, p in enumerate(pairs) for q in pairs[:n])


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
@settings(max_examples=80, deadline=None)
def test_any_graph_can_be_arranged(pairs: list[tuple[int, int]]) -> None:
    """Every node has a place, none lies on another, and edges lead to the right unless there is a cycle."""
    names = [f"n{n}" for n in range(13)]
    layout = arrange(names, [(f"n{a}", f"n{b}") for a, b in pairs], gap=0.5)
    assert sorted(layout.grid()) == sorted(names)
    for layer in layout.layers:
        for upper, lower in pairwise(layer):
            sizes = sum(1.0 if isinstance(one, str) else 0.25 for one in (upper, lower)) / 2
            assert layout.centers[lower] - layout.centers[upper] >= sizes + 0.5 - 1e-6
    if all(a < b for a, b in pairs):
        assert all(layout.layer_of[f"n{a}"] < layout.layer_of[f"n{b}"] for a, b in pairs)
    assert min(layout.centers.values()) >= 0


def test_lines_are_untangled() -> None:
    """Two layers that are wired one to one in another order do not cross once they are arranged."""
    order = list(range(12))
    random.Random(5).shuffle(order)
    names = [f"a{n}" for n in range(12)] + [f"b{n}" for n in order]
    edges = [(f"a{n}", f"b{n}") for n in range(12)] + [(f"a{n}", f"b{n + 1}") for n in range(11)]
    assert crossings(arrange(names, edges), edges) == 0


def test_a_chain_is_straight() -> None:
    """A chain beside another node bends by no more than that node needs."""
    edges = [("a", "b"), ("b", "c"), ("c", "d"), ("x", "c")]
    layout = arrange(["a", "b", "c", "d", "x"], edges)
    assert max(layout.centers[one] for one in "abcd") - min(layout.centers[one] for one in "abcd") < 0.7
    assert layout.layer_of["x"] == 1  # right before what needs it


@pytest.mark.parametrize("shape", ["star", "ladder with a ring"])
def test_ten_thousand_nodes(shape: str) -> None:
    """Neither depth nor long edges overflow anything, or take memory by their square."""
    names = [f"n{n}" for n in range(10_000)]
    edges = list(pairwise(names))
    match shape:
        case "star":
            edges = [(names[0], one) for one in names[1:]]
        case _:
            edges += [(names[0], one) for one in names[2:]] + [(names[-1], names[0])]
    layout = arrange(names, edges)
    assert len(layout.grid()) == 10_000
    assert sum(map(len, layout.bends.values())) <= MOST_BENDS


def test_nothing() -> None:
    """A graph without nodes has no places."""
    assert arrange([], []).grid() == {}
