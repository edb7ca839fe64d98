"""A graph file as a project's saved graph: ids, ports, the inputs that edges lead to, places."""

from typing import Any
from uuid import UUID

import pytest

from wzrd.graph.binding import target_handle
from wzrd.graph.file_format import BadGraphFile, read_graph_file
from wzrd.graph.file_import import ImportedGraph, to_saved_graph
from wzrd.graph.reading import read_graph

ONE, TWO = UUID(int=1), UUID(int=2)


def saved(nodes: dict[str, str], *edges: tuple[str, ...], project: UUID = ONE) -> ImportedGraph:
    """A graph of `kind` or `kind action` by id; edges are (from, to) or (from, to, input) or with an output, too."""
    told = [dict(zip(("id", "kind", "action"), (name, *kind.split()), strict=False)) for name, kind in nodes.items()]
    wired = [dict(zip(("from", "to", "input", "output"), edge, strict=False)) for edge in edges]
    return to_saved_graph(read_graph_file({"nodes": told, "edges": wired}), project)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Text", "Image", "prompt"),
        ("Text", "Video", "prompt"),
        ("Text", "Audio", "prompt"),
        ("Text", "Text", "input"),
        ("Prompt", "Image", "prompt"),
        ("Image", "Video", "image"),
        ("Image", "Image", "reference"),
        ("Image", "ImageEdit", "image"),
        ("Image", "Text", "context"),
        ("Image", "Output", "input"),
        ("Video", "Combine", "input"),
        ("Video", "Combine video.stitch", "video"),
        ("Image", "Transform image.rotate", "image"),
        ("Audio", "Transform video.merge-audio-video", "audio"),
        ("Transform video.extract-frame", "Video", "image"),
        ("Upload image.upload", "Video", "image"),
        ("Upload audio.upload", "Transform audio.fade", "audio"),
        ("Text text.split", "Output", "input"),
    ],
)
def test_an_edge_finds_its_input(source: str, target: str, expected: str) -> None:
    """Where the file names none, a result goes to the input of its type."""
    made = saved({"a": source, "b": target}, ("a", "b"))
    graph = read_graph(made.nodes, made.edges)
    [edge] = graph.edges
    assert target_handle(graph.nodes[edge.target], edge) == expected
    port = next(port for port in graph.nodes[edge.target].inputs if port.id == edge.target_port)
    assert port.name == expected


def test_a_picture_that_goes_by_another_is_edited() -> None:
    """Of an Image node that names neither model nor action: the usual model of pictures takes none."""
    for kind, expected in (("Image", "image.edit"), ("Image image.generate", "image.generate")):
        made = saved({"a": "Image", "b": kind}, ("a", "b"))
        assert [node["params"].get("actionId") for node in made.nodes] == [None, expected]


@pytest.mark.parametrize(
    ("nodes", "edge", "told"),
    [
        ({"a": "Audio", "b": "Video"}, ("a", "b"), "say by `input` how audio arrives at 'b'; its inputs are prompt"),
        ({"a": "Upload", "b": "Video"}, ("a", "b"), "say by `input` how any arrives at 'b'"),
        ({"a": "Output", "b": "Video"}, ("a", "b"), "'a' has no output"),
        ({"a": "comment", "b": "Video"}, ("a", "b"), "a comment takes no edges"),
        ({"a": "Image", "b": "Upload"}, ("a", "b"), "its inputs are none"),
        (
            {"a": "Image", "b": "Video"},
            ("a", "b", "image", "picture"),
            "'a' has no output 'picture'; it has image, meta",
        ),
    ],
)
def test_what_cannot_be_wired(nodes: dict[str, str], edge: tuple[str, ...], told: str) -> None:
    """It is told with what there is."""
    with pytest.raises(BadGraphFile) as refused:
        saved(nodes, edge)
    assert told in refused.value.message


def test_an_edge_twice() -> None:
    """No result arrives twice at one input; under two names it may, and from two outputs."""
    with pytest.raises(BadGraphFile, match="edge 3 leads from 'a' to 'b', input 'prompt', as edge 1 does: remove it"):
        saved({"a": "Text", "b": "Image"}, ("a", "b"), ("a", "b", "mood"), ("a", "b", "prompt"))


def test_an_input_of_any_name() -> None:
    """A named input is a port of its own, and the name of a placeholder."""
    made = saved({"a": "Text", "b": "Image"}, ("a", "b", "mood"))
    ports: list[dict[str, Any]] = made.nodes[1]["inputs"]
    assert [port["id"] for port in ports] == ["prompt", "reference", "mood"]
    assert made.edges[0]["target"]["handle"] == "mood"


def test_ids_are_the_projects_own() -> None:
    """A file has the same ids each time in one project and others in another; both are uuids."""
    nodes = {"a": "Text", "b": "Image"}
    first, again, other = (saved(nodes, ("a", "b"), project=one) for one in (ONE, ONE, TWO))
    assert first == again
    ids = [[part["id"] for part in (*made.nodes, *made.edges)] for made in (first, other)]
    assert set(ids[0]).isdisjoint(ids[1])
    assert [str(UUID(one)) for one in ids[0]] == ids[0]
    assert first.nodes[0]["metadata"] == {"name": "a"}
    assert first.nodes[0]["id"] == str(first.ids["a"])


def test_edges_keep_their_order_when_they_are_sorted_by_id() -> None:
    """A list of clips arrives in the file's order, whatever the database's order is."""
    clips = [f"clip{n}" for n in range(30)]
    made = saved(dict.fromkeys(clips, "Video") | {"cut": "Combine video.stitch"}, *((one, "cut") for one in clips))
    by_id = sorted(made.edges, key=lambda edge: edge["id"])
    assert by_id == made.edges
    assert len({edge["id"] for edge in made.edges}) == 30


def test_places() -> None:
    """A node without a place stands to the right of what it needs; a given place stays."""
    file = {
        "nodes": [{"id": "a", "kind": "Text"}, {"id": "b", "kind": "Image"}, {"id": "c", "kind": "Image",
                  "position": {"x": 7, "y": 8}}],
        "edges": [{"from": "a", "to": "b"}],
    }  # fmt: skip
    [a, b, c] = to_saved_graph(read_graph_file(file), ONE).nodes
    assert a["position"]["x"] < b["position"]["x"]
    assert c["position"] == {"x": 7.0, "y": 8.0}
