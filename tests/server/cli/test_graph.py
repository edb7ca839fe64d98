"""`wzrd graph`: what is read, the tree of it, the picture, and what is told where a file is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.cli import complain
from server.cli.graph import read_source
from server.cli.graph_tree import DEEPEST, list_tree
from tests.server.cli.conftest import EXAMPLES, wzrd
from wzrd.domain.errors import BadRequest
from wzrd.graph.mermaid import draw_graph
from wzrd.graph.model import Edge, Graph, Node

FILM = EXAMPLES / "graphs" / "script-to-film.json"


def a_graph(names: str, *edges: str) -> Graph:
    """Nodes of one letter each; an edge is two letters."""
    nodes = {name: Node(name, "Image", name) for name in names}
    return Graph(nodes, [Edge(edge, edge[0], edge[1]) for edge in edges])


def lines(graph: Graph) -> list[str]:
    return [f"{line.branch}{line.node.label}" for line in list_tree(graph)]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (a_graph("abc", "ab", "bc"), ["a", "↳ b", "↳ c"]),
        (a_graph("abc", "ab", "ac"), ["a", "├─ b", "└─ c"]),
        (a_graph("abcd", "ab", "ac", "bd", "cd"), ["a", "├─ b", "│  ↳ d", "└─ c"]),
        (a_graph("abcd", "ab", "bc", "bd"), ["a", "↳ b", "├─ c", "└─ d"]),
        (a_graph("abx", "ab"), ["a", "↳ b", "x"]),
        (a_graph("ab", "ab", "ba"), ["a", "↳ b"]),
        (a_graph(""), []),
    ],
)
def test_every_node_is_one_line(graph: Graph, expected: list[str]) -> None:
    """Below what it waits for last; an only child below its parent, several inside of it."""
    assert lines(graph) == expected


def test_what_else_a_node_waits_for_is_named() -> None:
    """Some by name, more by number."""
    tree = list_tree(a_graph("abcdefz", "az", "bz", "cz", "dz", "ez", "fz"))
    assert next(line.also for line in tree if line.node.id == "z") == ("b", "c", "d", "2 more")


def test_a_tree_of_some_nodes() -> None:
    """Only those that are asked for, as if there were no others."""
    assert [line.node.id for line in list_tree(a_graph("abc", "ab", "bc"), ["c", "a"])] == ["c", "a"]


def test_deep_trees_do_not_grow_without_end() -> None:
    """Neither a chain of thousands nor branches in branches leave the screen to the right."""
    chain = {str(n): Node(str(n), "Text", str(n)) for n in range(5_000)}
    assert (
        max(
            len(line.branch)
            for line in list_tree(Graph(chain, [Edge(f"e{n}", f"{n}", f"{n + 1}") for n in range(4_999)]))
        )
        <= 3
    )
    comb = {
        **{f"a{n}": Node(f"a{n}", "Text", "") for n in range(60)},
        **{f"b{n}": Node(f"b{n}", "Text", "") for n in range(60)},
    }
    edges = [Edge(f"{n}{side}", f"a{n}", f"{side}{n + 1}") for n in range(59) for side in "ab"]
    assert max(len(line.branch) for line in list_tree(Graph(comb, edges))) <= 3 * (DEEPEST + 1)


async def test_a_tree_on_stdout() -> None:
    """One line a node; the name and the size on stderr."""
    ended = await wzrd("graph", str(FILM))
    assert ended.code == 0, ended.err
    assert ended.lines[:3] == ["Script  text.enter", "↳ Shots  text.split", "↳ Panels  animatic/image"]
    assert "↳ Lay the score under it  video.merge-audio-video  + Score" in ended.lines
    assert ended.err == "The last light: 8 nodes, 7 edges\n"


async def test_a_picture() -> None:
    """Mermaid on stdout, and nothing else there."""
    ended = await wzrd("graph", str(FILM), "--mermaid")
    assert (ended.code, ended.out) == (0, draw_graph(read_source(FILM).graph()))
    assert ended.err == "The last light: 8 nodes, 7 edges\n"


async def test_every_node_of_a_foreign_workflow_is_told(tmp_path: Path) -> None:
    """However many they are: those of one class and reason on a line."""
    nodes: dict[str, Any] = {str(number): {"class_type": f"Fancy{number % 20}", "inputs": {}} for number in range(100)}
    lamp = {"a": {"class_type": "LoadImage", "inputs": {"image": "x"}},
            "b": {"class_type": "SaveImage", "inputs": {"images": ["a", 0]}}}  # fmt: skip
    (tmp_path / "many.json").write_text(json.dumps(nodes | lamp))
    ended = await wzrd("graph", str(tmp_path / "many.json"))
    assert "nodes 7, 27, 47, 67, 87 (Fancy7): no node here is its equal" in ended.err


async def test_a_foreign_workflow() -> None:
    """A node that was not understood is told, with its class, and the rest is shown."""
    ended = await wzrd("graph", str(EXAMPLES / "graphs" / "comfyui-lamp.json"))
    assert ended.code == 0
    assert "node 14 (Canny): no node here is its equal" in ended.err
    assert "↳ The lamp  image" in ended.lines


NODE: dict[str, Any] = {"id": "a", "kind": "Image", "metadata": {}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file or directory"),
        ("{", "it is no JSON: "),
        ("{}", "nodes: Field required"),
        ({"nodes": [{"id": "a"}]}, "node 'a', kind: Field required"),
        ({"nodes": [NODE, NODE], "edges": []}, "two nodes have the id 'a'"),
        ({"nodes": [NODE], "edges": [{"source": "a", "target": "b"}]}, "leads to 'b', which is no node"),
        ({"nodes": [{"id": "a", "type": "image"}, {"id": "b", "type": "video"}],
          "edges": [{"source": "a", "target": "b"}]}, "node 'a' has no kind: it is one of Text, "),
        ({"nodes": [{"type": "KSampler"}], "links": []}, "node None (KSampler)"),
        ({"1": {"class_type": "Fancy"}}, "no node of the workflow has an equal here (Fancy)"),
        ({"nodes": [{"id": "a", "kind": "Audio"}, {"id": "b", "kind": "Video"}], "edges": [{"from": "a", "to": "b"}]},
         "say by `input` how audio arrives at 'b'"),
    ],
)  # fmt: skip
async def test_what_is_no_graph(tmp_path: Path, content: object, told: str) -> None:
    """Exit code 1; the file's name first, then why; nothing on stdout."""
    file = tmp_path / "graph.json"
    if content is not None:
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    ended = await wzrd("graph", str(file))
    assert (ended.code, ended.out) == (1, "")
    assert told in ended.err
    assert str(file) in ended.err or "the file" in ended.err


def test_a_graph_of_the_studios(tmp_path: Path) -> None:
    """Rows, or the body of a save: read as they are, under ids of the project that they come to."""
    file = tmp_path / "saved.json"
    edge = {"id": "e", "sourceNodeId": "a", "targetNodeId": "b", "targetHandle": "image", "dataType": "image"}
    file.write_text(json.dumps({"nodes": [NODE, {**NODE, "id": "b", "kind": "Video"}], "edges": [edge]}))
    source = read_source(file)
    assert source.name == "saved"
    graph = source.graph()
    assert [node.kind for node in graph.nodes.values()] == ["Image", "Video"]
    assert (graph.edges[0].target_handle, "a" in graph.nodes) == ("image", False)


def test_an_error_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Words of a file in an error and its remedy are shown without their escape sequences."""
    complain(BadRequest("no class \x1b[31mred", remedy="rename\x1b[2J it"))
    assert capsys.readouterr().err == "error: no class  [31mred\n  rename [2J it\n"
