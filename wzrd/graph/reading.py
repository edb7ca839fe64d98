"""A saved graph's JSON read as a value, in each of its spellings; what no graph can have is refused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, cast
from uuid import UUID

import orjson

from wzrd.contracts.compute import MAX_NODES
from wzrd.contracts.wire import elements_of, members_of
from wzrd.domain.errors import BadRequest
from wzrd.graph.kinds import read_data_type, read_kind
from wzrd.graph.model import Edge, Graph, Node, Port, first_given

MAX_EDGES, MAX_PORTS = 50_000, 200
MAX_PARAMS = 10 << 20
"""Bytes of one node's `params` and `metadata`, as JSON."""
MAX_GRAPH = 64 << 20
"""Bytes of all nodes' params and metadata together."""
MAX_ID, MAX_LABEL = 200, 200
_FURTHEST = 1e9
_SHOWN = 60


class BadGraph(BadRequest):
    """The compute graph is not valid."""

    code = "bad_graph"

    def __init__(self, message: str | None = None, *, node_id: str | None = None, **details: Any) -> None:
        super().__init__(message, **({"nodeId": node_id} if node_id else {}), **details)
        self.node_id = node_id


def read_graph(nodes: Sequence[object], edges: Sequence[object]) -> Graph:
    """The graph that saved nodes and edges are.

    Args:
        nodes: objects as the table's rows or the save body have them; an `id` is all that one needs.
        edges: objects with both ends in any of three spellings (`source.nodeId`, `sourceNodeId`, `source_node_id`).

    Raises:
        BadGraph: too many nodes or edges, one without an id or with another's, an edge to nowhere or from a node to
            itself, params that are no object, no JSON or too long. The message names the node or edge.
    """
    _check_number("nodes", len(nodes), MAX_NODES)
    _check_number("edges", len(edges), MAX_EDGES)
    read: dict[str, Node] = {}
    total = 0
    for number, raw in enumerate(nodes):
        node, size = _read_node(raw, number)
        if node.id in read:
            raise BadGraph(f"two nodes have the id {node.id!r}: give one of them another", node_id=node.id)
        read[node.id] = node
        total += size
        if total > MAX_GRAPH:
            raise BadGraph(
                f"the params of all nodes have more than {MAX_GRAPH >> 20} MiB: store files, not their bytes"
            )
    return Graph(read, tuple(_read_edges(edges, read)))


def check_repeated(graph: Graph) -> None:
    """See that a graph can be saved: the studio's tables keep one edge from an output to an input.

    Raises:
        BadGraph: two lead the same way; both are named.
    """
    seen: dict[tuple[str, str, str, str], str] = {}
    for edge in graph.edges:
        first = seen.setdefault((edge.source, edge.source_port, edge.target, edge.target_port), edge.id)
        if first != edge.id:
            message = f"edge {edge.id!r} leads from the same output to the same input as edge {first!r}: remove one"
            raise BadGraph(message, node_id=edge.target)


def _check_number(what: str, number: int, most: int) -> None:
    if number > most:
        raise BadGraph(f"the graph has {number:,} {what}; {most:,} at most are executed: split it", limit=most)


def _read_node(raw: object, number: int) -> tuple[Node, int]:
    row = _object(raw, f"node {number + 1}")
    node_id = _read_id(row.get("id"), f"node {number + 1}")
    params, metadata = _room(row, "params", node_id), _room(row, "metadata", node_id)
    size = _measure(params, node_id) + _measure(metadata, node_id) if params or metadata else 0
    if size > MAX_PARAMS:
        message = f"node {node_id!r}: params have {size:,} bytes; {MAX_PARAMS:,} at most are read: store the file"
        raise BadGraph(message, node_id=node_id)
    position = members_of(row.get("position"))
    node = Node(
        id=node_id,
        kind=read_kind(row.get("kind")),
        label=_read_label(row.get("label")),
        params=params,
        metadata=metadata,
        inputs=_read_ports(row.get("inputs")),
        outputs=_read_ports(row.get("outputs")),
        x=_read_place(position.get("x")),
        y=_read_place(position.get("y")),
    )
    return node, size


def _object(raw: object, name: str) -> Mapping[str, Any]:
    if isinstance(raw, dict | Mapping):
        return cast("Mapping[str, Any]", raw)
    raise BadGraph(f"{name} must be an object, not {str(raw)[:_SHOWN]!r}")


def _read_id(raw: object, name: str) -> str:
    if isinstance(raw, str | int | UUID) and not isinstance(raw, bool):
        text = str(raw).strip()
        if text and len(text) <= MAX_ID and text.isprintable() and "#" not in text:
            return text
    raise BadGraph(f"{name} needs an id: 1 to {MAX_ID} printable characters without '#', not {str(raw)[:_SHOWN]!r}")


def _room(row: Mapping[str, Any], name: str, node_id: str) -> Mapping[str, Any]:
    value = row.get(name)
    if value is None:
        return {}
    if isinstance(value, dict | Mapping):
        return cast("Mapping[str, Any]", value)
    raise BadGraph(f"node {node_id!r}: {name} must be an object, not {str(value)[:_SHOWN]!r}", node_id=node_id)


def _measure(value: Mapping[str, Any], node_id: str) -> int:
    """Bytes as JSON. What can be written is also not nested deeper than anything here can follow."""
    try:
        return len(orjson.dumps(value))
    except (TypeError, ValueError, RecursionError) as error:
        message = f"node {node_id!r}: its params cannot be kept as JSON ({str(error)[:_SHOWN]})"
        raise BadGraph(message, node_id=node_id) from None


def _read_label(raw: object) -> str:
    """One line: it names a task, a row of a table, a line on a terminal."""
    if not isinstance(raw, str):
        return "Untitled Node"
    line = raw[: 4 * MAX_LABEL]
    if not line.isprintable():
        line = "".join(char if char.isprintable() else " " for char in line)
    return " ".join(line.split())[:MAX_LABEL] or "Untitled Node"


def _read_place(raw: object) -> float:
    return float(raw) if isinstance(raw, int | float) and -_FURTHEST < raw < _FURTHEST else 0.0


def _read_ports(raw: object) -> tuple[Port, ...]:
    if not raw:
        return ()
    return tuple(_read_port(members_of(port)) for port in elements_of(raw)[:MAX_PORTS] if members_of(port))


def _read_port(row: Mapping[str, Any]) -> Port:
    name, port_id = _text(row.get("name")), _text(row.get("id"))
    cardinality = row.get("cardinality")
    types = (row.get(key) for key in ("datatype", "dataType", "data_type", "type"))
    return Port(
        id=port_id or name or "port",
        name=name or "",
        data_type=read_data_type(next((one for one in types if one), None)),
        label=_text(row.get("label")) or "",
        many=cardinality in ("n", "many", "*") or row.get("many") is True,
        needed=row.get("optional") is not True and row.get("required") is not False,
    )


def _text(raw: object) -> str | None:
    return raw[:MAX_ID] if isinstance(raw, str) and raw and not raw.isspace() else None


def _read_edges(edges: Sequence[object], nodes: Mapping[str, Node]) -> Iterator[Edge]:
    seen: set[str] = set()
    for number, raw in enumerate(edges, start=1):
        edge = _read_edge(_object(raw, f"edge {number}"), number, nodes)
        if edge.id in seen:
            raise BadGraph(f"two edges have the id {edge.id!r}: give one of them another")
        seen.add(edge.id)
        if edge.source == edge.target:
            message = f"edge {edge.id!r} leads from node {edge.source!r} to itself: remove it"
            raise BadGraph(message, node_id=edge.source)
        yield edge


def _read_edge(row: Mapping[str, Any], number: int, nodes: Mapping[str, Node]) -> Edge:
    edge_id = f"edge-{number}" if row.get("id") is None else _read_id(row["id"], f"edge {number}")
    source, source_port, source_handle = _read_end(row, _SOURCE)
    target, target_port, target_handle = _read_end(row, _TARGET)
    data_type = row.get("data_type")
    return Edge(
        id=edge_id,
        source=_find_node(source, nodes, edge_id),
        target=_find_node(target, nodes, edge_id),
        source_port=source_port or source_handle or "output",
        target_port=target_port or target_handle or "input",
        source_handle=source_handle,
        target_handle=target_handle,
        data_type=read_data_type(row.get("dataType") if data_type is None else data_type),
    )


def _find_node(raw: object, nodes: Mapping[str, Node], edge_id: str) -> str:
    if isinstance(raw, str) and raw in nodes:
        return raw
    node_id = raw if isinstance(raw, str) else _read_id(raw, f"an end of edge {edge_id!r}")
    if node_id in nodes:
        return node_id
    raise BadGraph(f"edge {edge_id!r} leads to {node_id[:MAX_ID]!r}, which is no node of this graph: remove it")


_Names: TypeAlias = tuple[tuple[str, str, str], ...]
_PARTS = ((True, "node", "Node"), (True, "port", "Port"), (False, "handle", "Handle"))


def _names_of(end: str) -> _Names:
    """Spellings of an end's node, port and handle: in a row, beside the end's name, inside its object."""
    return tuple(
        (f"{end}_{part}{'_id' * is_id}", f"{end}{camel}{'Id' * is_id}", f"{part}{'Id' * is_id}")
        for is_id, part, camel in _PARTS
    )


_SOURCE, _TARGET = ("source", _names_of("source")), ("target", _names_of("target"))


def _read_end(row: Mapping[str, Any], end: tuple[str, _Names]) -> tuple[object, str | None, str | None]:
    """One end of a saved edge: its node, port and handle, each in whichever spelling is there."""
    name, spellings = end
    (of_node, _, _), (of_port, _, _), (of_handle, _, _) = spellings
    node, port, handle = row.get(of_node), row.get(of_port), row.get(of_handle)  # a row has them all
    if node is None or port is None or handle is None:
        nested = row.get(name)
        inner = members_of(nested)
        node, port, handle = (
            first_given(row.get(snake), row.get(camel), inner.get(inside)) for snake, camel, inside in spellings
        )
        node = nested if node is None and isinstance(nested, str) else node
    port_id = _text(port)
    return node, port_id, port_id if handle is port else _text(handle)
