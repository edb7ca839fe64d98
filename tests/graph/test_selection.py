"""Which nodes are executed: all but comments, or the chosen ones with everything upstream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graph.graphs import acyclic, graph_of, row, shape, wire
from wzrd.domain.errors import BadRequest
from wzrd.graph.model import Graph
from wzrd.graph.planning import select


@pytest.mark.parametrize(
    ("chosen", "nodes"),
    [
        (None, "a b c d e"),
        ([], "a b c d e"),
        (["c"], "a b c"),
        (["d"], "a d"),
        (["e"], "e"),
        (["b", "e", "nobody"], "a b e"),
    ],
)
def test_the_chosen_with_all_they_need(chosen: list[str] | None, nodes: str) -> None:
    """In saved order, with the edges between them; unknown ids choose nothing."""
    part = select(shape("a>b>c a>d e"), chosen)
    assert list(part.nodes) == nodes.split()
    assert all(edge.source in part.nodes and edge.target in part.nodes for edge in part.edges)


def test_comments_are_not_executed() -> None:
    """Nor are they a way to what stands behind them."""
    graph = graph_of(row("a"), row("note", "comment"), row("b"), edges=(wire("a", "note"), wire("note", "b")))
    assert list(select(graph).nodes) == ["a", "b"]
    assert list(select(graph, ["b"]).nodes) == ["b"]
    assert select(graph).edges == ()


@pytest.mark.parametrize(
    ("graph", "chosen", "told"),
    [
        (Graph({}), None, "No nodes to execute"),
        (graph_of(row("c", "comment")), None, "No executable nodes in graph"),
        (shape("a>b"), ["z"], "No executable nodes in graph"),
        (graph_of(row("a"), row("c", "comment")), ["c"], "No executable nodes in graph"),
    ],
)
def test_nothing_to_execute_is_told_in_the_documented_words(graph: Graph, chosen: list[str] | None, told: str) -> None:
    """The client shows them."""
    with pytest.raises(BadRequest, match=f"^{told}$"):
        select(graph, chosen)


def test_a_chain_of_ten_thousand_is_followed() -> None:
    """Without recursion."""
    graph = shape(">".join(str(number) for number in range(10_000)))
    assert len(select(graph, ["9999"]).nodes) == 10_000
    assert len(select(graph, ["0"]).nodes) == 1


@given(acyclic(), st.data())
def test_the_closure_is_closed_and_least(graph: Graph, data: st.DataObject) -> None:
    """Everything that an edge brings is in; every node in it is needed by a chosen one."""
    chosen = data.draw(st.lists(st.sampled_from(list(graph.nodes)), min_size=1))
    part = set(select(graph, chosen).nodes)
    assert all(edge.source in part for edge in graph.edges if edge.target in part)
    for node_id in part - set(chosen):
        assert any(edge.source == node_id and edge.target in part for edge in graph.edges)
