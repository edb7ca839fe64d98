"""Where nodes stand: to the right of what they need, apart from each other, lines seldom crossing; at any size."""

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.graph.layered_layout import arrange


def crossings(places: dict[str, tuple[int, float]], edges: list[tuple[str, str]]) -> int:
    """Pairs of edges between the same two layers that cross."""
    pairs = [(places[a][0], places[a][1], places[b][1]) for a, b in edges]
    return sum(p[0] == q[0] and (p[1] - q[1]) * (p[2] - q[2]) < 0 for n, p in enumerate(pairs) for q in pairs[:n])


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
@settings(max_examples=80, deadline=None)
def test_any_graph_can_be_arranged(pairs: list[tuple[int, int]]) -> None:
    """Every node has a place, none lies on another, and edges lead to the right unless there is a cycle."""
    names = [f"n{n}" for n in range(13)]
    places = arrange(names, [(f"n{a}", f"n{b}") for a, b in pairs])
    assert sorted(places) == sorted(names)
    for layer, height in places.values():
        assert [other for other in places.values() if other[0] == layer and abs(other[1] - height) < 1] == [
            (layer, height)
        ]
    if all(a < b for a, b in pairs):
        assert all(places[f"n{a}"][0] < places[f"n{b}"][0] for a, b in pairs)
    assert min(height for _, height in places.values()) == 0


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
    places = arrange(["a", "b", "c", "d", "x"], edges)
    assert max(places[one][1] for one in "abcd") - min(places[one][1] for one in "abcd") < 0.7
    assert places["x"][0] == 1  # right before what needs it


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
    assert len(arrange(names, edges)) == 10_000


def test_nothing() -> None:
    """A graph without nodes has no places."""
    assert arrange([], []) == {}
