"""Our own graph file: what it may say, what is refused and how that is told, and its schema."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.graph.file_format import (
    MAX_DEPTH,
    MAX_FILE,
    BadGraphFile,
    graph_file_schema,
    read_graph_file,
    read_json,
)

ROOT = Path(__file__).parent.parent.parent
SCHEMA = ROOT / "docs" / "graph.schema.json"
SKY: dict[str, Any] = {"id": "sky", "kind": "Image", "params": {"prompt": "a sky"}}
CLIP: dict[str, Any] = {"id": "clip", "kind": "Video"}


def a_file(*nodes: Any, edges: Any = (), **more: Any) -> dict[str, Any]:
    return {"nodes": list(nodes), "edges": list(edges), **more}


def test_the_least_file() -> None:
    """A node needs an id and a kind, nothing else; kinds are read as those of saved graphs are."""
    read = read_graph_file({"nodes": [{"id": "sky", "kind": "text_to_image"}]})
    assert (read.nodes[0].id, read.nodes[0].kind, read.edges, read.name) == ("sky", "Image", [], "")


def test_a_whole_file() -> None:
    """Everything that may be said is kept."""
    node = {**SKY, "label": "The sky", "action": "image.generate", "position": {"x": 3, "y": -4}}
    edge = {"from": "sky", "to": "clip", "output": "image", "input": "image"}
    whole = a_file(node, CLIP, edges=[edge], name="Sky", description="Blue.", **{"$schema": "graph.schema.json"})
    read = read_graph_file({**whole, "format": "wzrd-graph-1"})
    assert read.model_dump(by_alias=True, exclude_defaults=True) == whole


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ([], "the file"),
        ({}, "nodes: Field required"),
        (a_file(), "nodes: List should have at least 1 item"),
        (a_file({"kind": "Image"}), "node 1, id: Field required"),
        (a_file({"id": "sky"}), "node 'sky', kind: Field required"),
        (a_file("sky"), "node 1: "),
        (a_file({"id": "sky", "kind": "Picture"}), "node 'sky', kind: no kind is called 'Picture'; there are Text,"),
        (a_file({**SKY, "action": "image.bend"}), "node 'sky', action: no action is called 'image.bend'"),
        (a_file({**SKY, "parms": {}}), "node 'sky', parms: Extra inputs are not permitted"),
        (a_file({**SKY, "params": [1]}), "node 'sky', params: "),
        (a_file({**SKY, "id": "a\nb"}), "one line of printable characters"),
        (a_file({**SKY, "id": 7}), "id: Input should be a valid string"),
        (a_file({**SKY, "position": {"x": "3", "y": 0}}), "node 'sky', position.x"),
        (a_file(SKY, SKY), "two nodes are called 'sky': give one of them another id"),
        (a_file(SKY, edges=[{"from": "sky", "to": "clip"}]), "edge 1: `to` is 'clip', which is no node of the file"),
        (a_file(SKY, edges=[{"from": "sea", "to": "sky"}]), "edge 1: `from` is 'sea'"),
        (a_file(SKY, edges=[{"from": "sky", "to": "sky"}]), "edge 1 leads from 'sky' to itself"),
        (a_file(SKY, edges=[{"to": "sky"}]), "edge 1, from: Field required"),
        (a_file(SKY, format="wzrd-graph-2"), "format: Input should be 'wzrd-graph-1'"),
        (a_file(*({"id": f"n{n}", "kind": "Text"} for n in range(10_001))), "nodes: List should have at most 10000"),
    ],
)
def test_what_is_refused(value: object, told: str) -> None:
    """Each fault is told with its place, by the node's name."""
    with pytest.raises(BadGraphFile) as refused:
        read_graph_file(value)
    assert told in refused.value.message


def test_many_faults_are_told_shortly() -> None:
    """Five of them, and how many more there are."""
    with pytest.raises(BadGraphFile) as refused:
        read_graph_file(a_file(*({"id": f"n{n}"} for n in range(50))))
    assert refused.value.message.endswith("; and 45 more")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no JSON"),
        (b"{nodes:", "no JSON"),
        (b'{"a":\xff}', "no JSON"),
        (b'{"a": NaN}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested deeper"),
        (b" " * (MAX_FILE + 1), "bytes"),
    ],
)
def test_what_is_no_json(content: bytes, told: str) -> None:
    """The place is told where the parser knows it; nothing overflows."""
    with pytest.raises(BadGraphFile, match=told):
        read_json(content)


def test_a_byte_order_mark_is_passed_over() -> None:
    """As editors on Windows write it."""
    assert read_json(b"\xef\xbb\xbf{}") == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
_NODE = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "kind", "action", "params", "position"), _JSON))
_EDGE = st.fixed_dictionaries({}, optional=dict.fromkeys(("from", "to", "input"), _JSON))


@given(st.fixed_dictionaries({}, optional={"nodes": _JSON | st.lists(_NODE), "edges": _JSON | st.lists(_EDGE)}) | _JSON)
@settings(max_examples=80, deadline=None)
def test_nothing_else_is_raised(value: object) -> None:
    """Whatever JSON says, it is a graph or told to be none."""
    with suppress(BadGraphFile):
        assert read_graph_file(value).nodes


def test_the_schema_in_docs_is_the_models() -> None:
    """docs/graph.schema.json is what the models are; WZRD_WRITE_DOCS=1 writes it anew."""
    drawn = json.dumps(graph_file_schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("WZRD_WRITE_DOCS"):
        SCHEMA.write_text(drawn, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == drawn, "run WZRD_WRITE_DOCS=1 pytest tests/graph/test_file_format.py"


def test_the_schema_says_what_is_asked() -> None:
    """It names every kind and action, what is needed, and refuses what nobody knows."""
    schema = graph_file_schema()
    node = schema["$defs"]["FileNode"]
    assert node["required"] == ["id", "kind"]
    assert {"Image", "Video"} <= set(node["properties"]["kind"]["enum"])
    assert "video.stitch" in json.dumps(node["properties"]["action"])
    assert (node["additionalProperties"], schema["required"]) == (False, ["nodes"])
    assert set(schema["$defs"]["FileEdge"]["required"]) == {"from", "to"}
