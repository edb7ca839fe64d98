"""The pages of a graph's run: no node's words become markup, and what was made can be looked at."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest

from wzrd.db.items import Item
from wzrd.graph.execution.graph_page import MOST_SHOWN, outcome_of, picture_text, results_page
from wzrd.graph.mermaid import MOST_EDGES, NodeOutcome
from wzrd.graph.model import Edge, Graph, Node

HOSTILE = "<script>alert(1)</script>\" onload='x' & </style>"


def item(key: str, status: str = "succeeded", *, price: int = 0, **output: Any) -> Item:
    return Item(key, 1, "compute_node", None, status, None, 1, None, output, price, delivered=status == "succeeded")


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    found: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Reader().feed(page)
    return found


def own(url: str) -> str | None:
    """Our own address of a file below /own/ on whatever host; None: it is not ours."""
    place = urlsplit(url).path.partition("/own/")[2]
    return f"http://ours/own/{place}" if place else None


GRAPH = Graph(
    {name: Node(name, "Image", HOSTILE if name == "b" else name) for name in "abc"},
    [Edge("e", "a", "b"), Edge("f", "b", "c")],
)


def test_outcomes() -> None:
    """Cached, charged, waiting: as the picture draws them."""
    assert outcome_of(item("a", cached=True)) == NodeOutcome("cached", "cached")
    assert outcome_of(item("a", price=3)) == NodeOutcome("succeeded", "3 credits")
    assert outcome_of(item("a", "pending", price=3)) == NodeOutcome("queued")


def test_the_picture() -> None:
    """The graph with its outcomes; none of a graph that Mermaid does not draw."""
    page = picture_text(GRAPH, [item("a"), item("b", "failed"), item("c", "skipped"), item("b#0")])
    assert page is not None
    first, *drawn, last = page.splitlines()
    assert (first, last) == ("```mermaid", "```")
    assert {name for name, _ in tags("\n".join(drawn))} == {"br"}
    assert {"    class n1 failed", "    class n2 skipped"} <= set(drawn)
    assert picture_text(Graph(GRAPH.nodes, [*GRAPH.edges] * MOST_EDGES), []) is None
    assert picture_text(Graph({str(n): Node(str(n), "Text", "x" * 60) for n in range(1_000)}), []) is None


def test_the_results() -> None:
    """Pictures, players, texts and links; ends of the graph first; nothing that is no http address."""
    pictures = ["http://h/own/1.png", "http://h/own/2.png"]
    items = [
        item("a", result={"type": "image", "url": pictures[0], "urls": pictures}),
        item("b", result={"type": "text", "data": HOSTILE, "model": HOSTILE}),
        item("c", result={"type": "video", "url": 'http://h/own/x.mp4"onload=x'}),
        item("gone", result={"type": "image", "url": "http://h/own/3.png"}),
    ]
    page = results_page(GRAPH, items, own)
    assert page is not None
    seen = tags(page)
    assert [name for name, _ in seen if name in {"img", "video", "audio", "pre"}] == ["video", "img", "img", "pre"]
    assert "script" not in {name for name, _ in seen}
    assert not [attrs for _, attrs in seen if "onload" in attrs]
    assert results_page(GRAPH, [item("a", result={"type": "image", "url": "javascript:alert(1)"})], own) is None
    stood_in = {"type": "image", "url": "http://h/own/1.png", "model": "asked-for", "endpoint_model": "stood-in"}
    page = results_page(GRAPH, [item("a", result=stood_in)], own) or ""
    assert ("stood-in" in page, "asked-for" in page) == (True, False)
    assert results_page(GRAPH, [item("a", "failed")], own) is None


@pytest.mark.parametrize("kind", ["image", "video", "audio", "model"])
def test_whoever_looks_calls_nobody_else(kind: str) -> None:
    """A user's own address is a text that nothing links or loads, whatever the kind; our files are called at home."""
    foreign = 'https://spy.example.org/p.png?run=1&"x=<b>\u202e'
    page = results_page(
        GRAPH, [item("a", result={"type": kind, "urls": [foreign, "http://spy.example.org/own/1"]})], own
    )
    assert page is not None
    called = [value for _, attrs in tags(page) for name, value in attrs.items() if name in {"src", "href", "poster"}]
    assert set(called) == {"http://ours/own/1"}
    assert "<pre>https://spy.example.org/p.png?run=1&amp;&quot;x=&lt;b&gt;</pre>" in page


def test_many_results() -> None:
    """A page has an end."""
    urls = [f"http://h/own/{n}.png" for n in range(500)]
    page = results_page(GRAPH, [item("a", result={"type": "image", "urls": urls})], own)
    assert page is not None
    assert page.count("<img") == MOST_SHOWN
