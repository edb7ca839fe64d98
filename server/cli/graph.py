"""`wzrd graph`: a graph of a file or project, as a tree or as Mermaid. Nothing is executed."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from rich.console import Console
from rich.text import Text

from server.cli import DONE
from server.cli.board import plural
from server.cli.caller import CommandFailed
from server.cli.graph_tree import describe_work, list_tree
from wzrd.contracts.wire import members_of
from wzrd.domain.ids import derive
from wzrd.graph.comfyui.reading import NotUnderstood, is_comfyui, read_comfyui
from wzrd.graph.file_format import BadGraphFile, GraphFile, read_graph_file, read_json
from wzrd.graph.file_import import to_saved_graph
from wzrd.graph.kinds import KINDS
from wzrd.graph.mermaid import draw_graph
from wzrd.graph.model import Graph
from wzrd.graph.reading import BadGraph, read_graph

NOWHERE = UUID(int=0)
"""The project of a graph that is only looked at."""
_STUDIO = frozenset({"source", "sourceNodeId", "source_node_id", "metadata", "version"})
"""Keys that parts of the studio's graphs have, and parts of our files have not."""


class UnreadableGraph(CommandFailed):
    """The graph cannot be read."""

    code = "bad_graph"


@dataclass(frozen=True, slots=True)
class GraphSource:
    """A graph that was read from a file: ours, or one of the studio's as it saves it."""

    path: Path
    name: str
    file: GraphFile | None = None
    nodes: Sequence[Mapping[str, Any]] = ()
    edges: Sequence[Mapping[str, Any]] = ()
    not_understood: Sequence[NotUnderstood] = field(default_factory=tuple[NotUnderstood, ...])

    def saved(self, project_id: UUID) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Nodes and edges as they are saved in a project.

        Raises:
            UnreadableGraph: an edge leads nowhere sensible.
        """
        if self.file is None:
            return _rehomed(self.nodes, self.edges, project_id)
        try:
            made = to_saved_graph(self.file, project_id)
        except BadGraphFile as error:
            raise UnreadableGraph(f"{self.path}: {error.message}") from None
        return made.nodes, made.edges

    def graph(self, project_id: UUID = NOWHERE) -> Graph:
        """The graph as a value.

        Raises:
            UnreadableGraph: it is none.
        """
        return read_saved(self.path, *self.saved(project_id))


def read_saved(where: object, nodes: Sequence[object], edges: Sequence[object]) -> Graph:
    """Saved nodes and edges as a value.

    Raises:
        UnreadableGraph: they are no graph.
    """
    try:
        return read_graph(nodes, edges)
    except BadGraph as error:
        raise UnreadableGraph(f"{where}: {error.message}") from None


def read_source(path: Path) -> GraphSource:
    """The graph in a file, whoever's format it is in.

    Raises:
        UnreadableGraph: it cannot be read; the message begins with the file's name.
    """
    try:
        value = read_json(path.read_bytes())
        if is_comfyui(value):
            read = read_comfyui(value, path.stem)
            return GraphSource(path, read.file.name, read.file, not_understood=read.not_understood)
        if _is_studio(value):
            _check_kinds(value["nodes"])
            return GraphSource(path, path.stem, nodes=value["nodes"], edges=value.get("edges") or [])
        file = read_graph_file(value)
        return GraphSource(path, file.name or path.stem, file)
    except OSError as error:
        raise UnreadableGraph(f"{path}: {error.strerror or error}") from None
    except BadGraphFile as error:
        raise UnreadableGraph(f"{path}: {error.message}") from None


def _is_studio(value: Any) -> bool:
    """True if it is a body of `compute-save-graph`, or rows of its tables: edges with nested or spelled-out ends."""
    if not isinstance(value, dict):
        return False
    members = cast("dict[str, Any]", value)
    lists: list[Any] = [members.get("nodes"), members.get("edges") or []]
    if not all(isinstance(one, list) for one in lists):
        return False
    parts: list[Any] = [*lists[0], *lists[1]]
    return any(isinstance(part, dict) and not _STUDIO.isdisjoint(cast("dict[str, Any]", part)) for part in parts)


def _check_kinds(nodes: Sequence[object]) -> None:
    """See that each node of a file says what it is: the nodes that React Flow itself saves do not.

    Raises:
        BadGraphFile: one does not, and would pass on what it gets.
    """
    for number, node in enumerate(map(members_of, nodes), 1):
        if node and not node.get("kind"):
            name = node.get("id") or number
            raise BadGraphFile(f"node {str(name)[:60]!r} has no kind: it is one of {', '.join(KINDS)}")


def _rehomed(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]], project_id: UUID
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The studio's nodes and edges under ids of this project: those of the file may be another's."""
    graph = read_saved("the file", nodes, edges)
    ids = {name: str(derive(project_id, "graph-node", name)) for name in graph.nodes}
    renamed = [{**node, "id": ids[name]} for node, name in zip(nodes, graph.nodes, strict=True)]
    wired = [
        {
            "id": str(derive(project_id, "graph-edge", edge.id)),
            "source": {"nodeId": ids[edge.source], "portId": edge.source_port, "handle": edge.source_handle},
            "target": {"nodeId": ids[edge.target], "portId": edge.target_port, "handle": edge.target_handle},
            "dataType": edge.data_type,
        }
        for edge in graph.edges
    ]
    return renamed, wired


def print_unreadable(source: GraphSource) -> None:
    """Say on stderr what of a foreign graph was not understood: every node, those of one reason on a line."""
    same = dict[tuple[str, str], list[str]]()
    for one in source.not_understood:
        same.setdefault((one.class_type, one.reason), []).append(one.node_id)
    if same:
        print(f"{source.path}: not understood, and left out or simplified:", file=sys.stderr)
    for (class_type, reason), nodes in same.items():
        print(
            f"  {'node' if len(nodes) == 1 else 'nodes'} {', '.join(nodes)} ({class_type}): {reason}", file=sys.stderr
        )


async def graph(file: Path, *, mermaid: bool = False) -> int:
    """Show a graph: as a tree of its nodes, or as Mermaid text on stdout, which GitHub, editors and Prefect draw.

    Args:
        file: The graph: a file of ours (docs/graphs.md), a workflow of ComfyUI's, or one of the studio's.
        mermaid: Mermaid instead of the tree.
    """
    source = read_source(file)
    value = source.graph()
    print_unreadable(source)
    if mermaid:
        print(draw_graph(value), end="")
    else:
        print_tree(value)
    print(f"{source.name}: {describe(value)}", file=sys.stderr)
    return DONE


def print_tree(value: Graph) -> None:
    """Every node on a line of stdout, below what it waits for."""
    console = Console(highlight=False, soft_wrap=True)
    for line in list_tree(value):
        shown = Text(line.branch, "bright_black").append(line.node.label, "bold")
        shown.append(f"  {describe_work(line.node)}", "magenta")
        if line.also:
            shown.append(f"  + {', '.join(line.also)}", "bright_black")
        console.print(shown)


def describe(value: Graph) -> str:
    """Size of the graph: its nodes and edges."""
    return f"{plural(len(value.nodes), 'node')}, {plural(len(value.edges), 'edge')}"
