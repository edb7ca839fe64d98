"""A graph's picture: Mermaid whatever stands in it, every node and edge once, colors by kind and outcome."""

import re
from pathlib import Path

import pytest

from server.cli.graph import read_source
from wzrd.graph.mermaid import NodeOutcome, draw_graph
from wzrd.graph.model import Edge, Graph, Node

HOSTILE = '`<script>alert("x")</script> & \x00\x1b[31m \ud800 \u202e dlrow ]]> \'" %% click n0 ; #lt; |a|'
REPOSITORY = Path(__file__).parents[2]


def a_graph(*labels: str, edges: tuple[tuple[int, int], ...] = (), kind: str = "Image") -> Graph:
    nodes = {f"n{n}": Node(f"n{n}", kind, label) for n, label in enumerate(labels)}
    return Graph(nodes, [Edge(f"e{n}", f"n{a}", f"n{b}") for n, (a, b) in enumerate(edges)])


def test_every_node_and_edge_is_drawn_once() -> None:
    """In the order of the graph; a cycle is two edges."""
    edges = ((0, 1), (0, 2), (1, 2), (2, 1))
    first, *lines = draw_graph(a_graph("One", "Two", "Three", "Alone", edges=edges)).splitlines()
    assert first == "flowchart LR"
    assert [line.strip() for line in lines if "[" in line] == [
        f'n{n}["{name}<br/>Image"]' for n, name in enumerate(("One", "Two", "Three", "Alone"))
    ]
    assert [(line.split()[0], line.split()[-1]) for line in lines if "-->" in line] == [
        (f"n{a}", f"n{b}") for a, b in edges
    ]
    assert lines[-1].strip() == "class n0,n1,n2,n3 Image"


@pytest.mark.parametrize("status", ["succeeded", "cached", "failed", "skipped", "canceled", "running", "queued"])
def test_outcomes(status: str) -> None:
    """A node says how it ended, and has the color of that; what is no node is not drawn."""
    graph = a_graph("One", "Two", edges=((0, 1),))
    drawn = draw_graph(graph, {"n0": NodeOutcome(status, "3 credits"), "gone": NodeOutcome("failed")})
    assert f'n0["One<br/>Image<br/>{status} · 3 credits"]' in drawn
    assert f"class n0 {status}\n" in drawn
    assert drawn.count("classDef") == 2


def test_hostile_text() -> None:
    """Nothing that a graph says becomes markup, ends a label or a line, or turns a line around."""
    node = Node("n", "Text", HOSTILE, {"prompt": HOSTILE, "model": HOSTILE, "actionId": HOSTILE})
    graph = Graph({"n": node, "m": Node("m", "comment", HOSTILE)}, [Edge("e", "n", "m", target_handle=HOSTILE)])
    drawn = draw_graph(graph, {"n": NodeOutcome("failed", HOSTILE), "m": NodeOutcome(HOSTILE)})
    words = r"(?:[^\x00-\x1f\u202e#&<>\"'`\\|\[\]{}()%;]|#\d+;|<br/>)+"
    shape = rf'n\d\["{words}"\]|n0 -->\|"{words}"\| n1|classDef \w+ \S+|class n\d \w+'
    assert [line for line in drawn.splitlines()[1:] if not re.fullmatch(shape, line.strip())] == []
    drawn.encode()


def test_nothing() -> None:
    """No node is a picture too."""
    assert draw_graph(Graph({})) == "flowchart LR\n"


def test_the_readme_shows_the_example() -> None:
    """As it is drawn now."""
    drawn = draw_graph(read_source(REPOSITORY / "examples/graphs/script-to-film.json").graph())
    assert f"```mermaid\n{drawn}```" in (REPOSITORY / "README.md").read_text()
