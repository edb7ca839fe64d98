"""A graph file as a project's saved graph: ids of its own, ports, where every edge leads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.domain.ids import derive
from wzrd.graph.actions import ACTIONS, Action
from wzrd.graph.file_format import BadGraphFile, FileEdge, FileNode, GraphFile
from wzrd.graph.kinds import default_ports, is_compatible
from wzrd.graph.layered_layout import arrange
from wzrd.graph.model import Port

MEDIA = frozenset({"image", "video", "audio"})
_PICTURES = frozenset({"image", "reference"})
"""Inputs of pictures that an Image node goes by: the usual model of pictures takes none."""
COLUMN, ROW = 520, 380
"""Pixels from one node to the next on the studio's canvas; a node is 420 by 300."""


@dataclass(frozen=True, slots=True)
class ImportedGraph:
    """Nodes and edges as `compute-save-graph` takes them, and the id that each name of the file has become."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    ids: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class _Ends:
    output: str
    input: str
    data_type: str


def to_saved_graph(file: GraphFile, project_id: UUID) -> ImportedGraph:
    """The file as this project's graph. The same name has the same id at every import into one project.

    Raises:
        BadGraphFile: an edge names an output that is none, or leads to a node that has no input of its type.
    """
    nodes = {node.id: node for node in file.nodes}
    ids = {name: derive(project_id, "graph-node", name) for name in nodes}
    ends = [_ends(number, edge, nodes) for number, edge in enumerate(file.edges, 1)]
    _check_repeated(file.edges, ends)
    inputs, outputs = _handles(file, ends)
    positions = arrange(list(nodes), [(edge.source, edge.target) for edge in file.edges])
    return ImportedGraph(
        [_saved_node(node, ids[node.id], inputs[node.id], outputs[node.id], positions[node.id]) for node in file.nodes],
        [_saved_edge(number, edge, ends[number], ids, project_id) for number, edge in enumerate(file.edges)],
        ids,
    )


def work_type(node: FileNode) -> tuple[Action | None, str]:
    """A node's action, and the data type of what it makes."""
    action = ACTIONS.get(node.action or str(node.params.get("actionId") or ""))
    outputs = default_ports(node.kind)[1]
    media_type = action.media_type if action else outputs[0].data_type if outputs else "any"
    return action, "any" if media_type in {"file", "json"} and node.kind != "Upload" else media_type


def _ends(number: int, edge: FileEdge, nodes: Mapping[str, FileNode]) -> _Ends:
    source, target = nodes[edge.source], nodes[edge.target]
    outputs = _output_ports(source)
    if target.kind == "comment" or source.kind == "comment":
        raise BadGraphFile(f"edge {number}: a comment takes no edges")
    if not outputs:
        raise BadGraphFile(f"edge {number}: {source.id!r} has no output; a node of kind {source.kind} is an end")
    found = next((port for port in outputs if port.id == edge.output), None if edge.output else outputs[0])
    if found is None:
        names = ", ".join(port.id for port in outputs)
        raise BadGraphFile(f"edge {number}: {source.id!r} has no output {edge.output!r}; it has {names}")
    data_type = found.data_type
    return _Ends(found.id, edge.input or _usual_input(number, target, data_type), data_type)


def _check_repeated(edges: Sequence[FileEdge], ends: Sequence[_Ends]) -> None:
    """See that no result arrives twice at one input: the studio's tables have no such edges."""
    seen = dict[tuple[str, str, str, str], int]()
    for number, (edge, end) in enumerate(zip(edges, ends, strict=True), 1):
        first = seen.setdefault((edge.source, end.output, edge.target, end.input), number)
        if first != number:
            message = f"edge {number} leads from {edge.source!r} to {edge.target!r}, input {end.input!r}"
            raise BadGraphFile(f"{message}, as edge {first} does: remove it, or give one of them another `input`")


def _output_ports(node: FileNode) -> tuple[Port, ...]:
    action, data_type = work_type(node)
    usual = default_ports(node.kind)[1]
    if action is None or not usual or usual[0].data_type == data_type:
        return usual
    return (Port(id=data_type if data_type != "any" else "output", name="output", data_type=data_type),)


def _usual_input(number: int, target: FileNode, data_type: str) -> str:
    """The input that a result of this type goes to where the file names none."""
    action, _ = work_type(target)
    if action is not None and action.executor == "local" and data_type in MEDIA:
        return data_type
    ports = default_ports(target.kind)[0]
    fits = [port for port in ports if is_compatible(data_type, port.data_type)]
    same = [port for port in fits if port.data_type == data_type]
    wide = [port for port in fits if port.data_type == "any"]
    chosen = (same or wide or fits) if data_type != "any" else fits if len(fits) == 1 else []
    if not chosen:
        known = ", ".join(f"{port.id} ({port.data_type})" for port in ports) or "none"
        message = f"edge {number}: say by `input` how {data_type} arrives at {target.id!r}; its inputs are {known}"
        raise BadGraphFile(message)
    return chosen[0].id


def _handles(file: GraphFile, ends: list[_Ends]) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """The inputs and the outputs that edges use, by node: names and types."""
    inputs = {node.id: dict[str, str]() for node in file.nodes}
    outputs = {node.id: dict[str, str]() for node in file.nodes}
    for edge, end in zip(file.edges, ends, strict=True):
        inputs[edge.target].setdefault(end.input, end.data_type)
        outputs[edge.source].setdefault(end.output, end.data_type)
    return inputs, outputs


def _saved_node(
    node: FileNode, node_id: UUID, inputs: Mapping[str, str], outputs: Mapping[str, str], place: tuple[float, float]
) -> dict[str, Any]:
    usual_inputs, _ = default_ports(node.kind)
    position = node.position.model_dump() if node.position else {"x": place[0] * COLUMN, "y": place[1] * ROW}
    is_plain = node.kind == "Image" and not (node.params.get("actionId") or node.params.get("model"))
    named = node.action or ("image.edit" if is_plain and _PICTURES & inputs.keys() else None)
    action = {"actionId": named} if named else {}
    return {
        "id": str(node_id),
        "kind": node.kind,
        "label": node.label or node.id,
        "position": position,
        "inputs": [_saved_port(port) for port in _ports(usual_inputs, inputs)],
        "outputs": [_saved_port(port) for port in _ports(_output_ports(node), outputs)],
        "params": {**node.params, **action},
        "metadata": {"name": node.id, **action},
    }


def _ports(usual: tuple[Port, ...], used: Mapping[str, str]) -> Iterator[Port]:
    yield from usual
    known = {port.id for port in usual}
    for name, data_type in used.items():
        if name not in known:
            yield Port(id=name, name=name, data_type=data_type, many=True, needed=False)


def _saved_port(port: Port) -> dict[str, Any]:
    return {
        "id": port.id,
        "name": port.name,
        "datatype": port.data_type,
        "cardinality": "n" if port.many else "1",
        "optional": not port.needed,
    }


def _saved_edge(number: int, edge: FileEdge, ends: _Ends, ids: Mapping[str, UUID], project_id: UUID) -> dict[str, Any]:
    """One edge. Its id begins with its number: in order of their ids, edges are in the file's order."""
    edge_id = derive(project_id, "graph-edge", number, edge.source, ends.output, edge.target, ends.input)
    return {
        "id": str(UUID(int=(number << 96) | (edge_id.int & ((1 << 96) - 1)))),
        "source": {"nodeId": str(ids[edge.source]), "portId": ends.output, "handle": ends.output},
        "target": {"nodeId": str(ids[edge.target]), "portId": ends.input, "handle": ends.input},
        "dataType": ends.data_type if ends.data_type != "file" else "any",
    }
