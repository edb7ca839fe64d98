"""A graph's picture: well-formed whatever stands in it, every node and edge once, colors by kind and outcome."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.graph.model import Edge, Graph, Node
from wzrd.graph.picture import COMPACT, STATUS_COLORS, WIDTH, NodeOutcome, draw_graph
from wzrd.graph.svg_text import clean, fit, quote, width_of

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("x")</script> & \x00\x1b[31m \ud800 \u202e dlrow ]]> \'"'


def a_graph(*labels: str, edges: tuple[tuple[int, int], ...] = (), kind: str = "Image") -> Graph:
    nodes = {f"n{n}": Node(f"n{n}", kind, label) for n, label in enumerate(labels)}
    return Graph(nodes, [Edge(f"e{n}", f"n{a}", f"n{b}") for n, (a, b) in enumerate(edges)])


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def boxes(svg: str) -> list[tuple[float, float, float]]:
    """Corner and height of each node."""
    found = list[tuple[float, float, float]]()
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        frame = next((one for one in group if one.get("width") == f"{WIDTH}"), None)
        place = re.match(r"translate\(([\d.-]+) ([\d.-]+)\)", group.get("transform", ""))
        if frame is not None and place:
            found.append((float(place[1]), float(place[2]), float(frame.get("height", "0"))))
    return found


def test_every_node_and_edge_is_drawn_once() -> None:
    """Labels, kinds, ports and lines; nothing lies on anything."""
    svg = draw_graph(a_graph("One", "Two", "Three", "Alone", edges=((0, 1), (0, 2), (1, 2))), title="The title")
    said = texts(svg)
    assert [said.count(word) for word in ("One", "Two", "Three", "Alone", "The title")] == [1] * 5
    assert svg.count('class="e"') == 3
    placed = boxes(svg)
    assert len(placed) == 4
    for n, (x, y, height) in enumerate(placed):
        for other_x, other_y, other_height in placed[:n]:
            assert abs(x - other_x) >= WIDTH or y >= other_y + other_height or other_y >= y + height


def test_edges_lead_to_the_right() -> None:
    """A node stands right of those that it needs; an edge of a cycle is drawn, but dashed."""
    placed = boxes(draw_graph(a_graph("a", "b", "c", edges=((0, 1), (1, 2)))))
    assert [x for x, _, _ in placed] == sorted(x for x, _, _ in placed)
    assert draw_graph(a_graph("a", "b", edges=((0, 1), (1, 0)))).count('stroke-dasharray="5 4"') == 1


@pytest.mark.parametrize("status", STATUS_COLORS)
def test_outcomes(status: str) -> None:
    """A node is framed in its status' color, marked, noted, and counted below."""
    graph = a_graph("One", "Two", edges=((0, 1),))
    svg = draw_graph(graph, outcomes={"n0": NodeOutcome(status, "3 credits"), "gone": NodeOutcome("failed")})
    assert f'stroke="{STATUS_COLORS[status]}" stroke-width="3"' in svg
    assert svg.count('stroke-width="3"') == 1
    assert {"3 credits", f"{status} 1"} <= set(texts(svg))
    assert status == "failed" or "failed 1" not in texts(svg)


def test_hostile_text() -> None:
    """Nothing that a graph says becomes markup, breaks XML, or turns a line around."""
    node = Node("n", "Text", HOSTILE, {"prompt": HOSTILE, "model": HOSTILE, "actionId": HOSTILE})
    edges = [Edge("e", "n", "m", source_handle=HOSTILE, target_handle=HOSTILE)]
    graph = Graph({"n": node, "m": Node("m", "comment", HOSTILE)}, edges)
    svg = draw_graph(graph, title=HOSTILE, outcomes={"n": NodeOutcome("failed", HOSTILE), "m": NodeOutcome(HOSTILE)})
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}
    assert tags == {"svg", "title", "style", "rect", "text", "path", "g", "circle"}
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", svg)
    svg.encode()


@given(st.text(max_size=80), st.floats(20, 400))
@settings(max_examples=80, deadline=None)
def test_text_fits(text: str, width: float) -> None:
    """The drawn text is no wider than its room, and whole where it is narrow enough."""
    shown = fit(text, 12, width)
    assert width_of(shown, 12) <= max(width, width_of("…", 12))
    assert shown == clean(text) if width_of(clean(text), 12) <= width else shown.endswith("…")
    ET.fromstring(f"<a b='{quote(text)}'>{quote(text)}</a>")


def test_empty_and_large() -> None:
    """No node is a picture too; of very many only the names are shown."""
    ET.fromstring(draw_graph(Graph({})))
    svg = draw_graph(a_graph(*(f"Node {n}" for n in range(COMPACT + 1)), edges=tuple((n, n + 1) for n in range(400))))
    assert texts(svg).count("Node 600") == 1
    assert "output" not in texts(svg)
    assert len(svg) < 800_000
