"""A graph's run as its process holds it: the snapshot, read once, and what is known since.

Results are small (addresses and texts), and stay for as long as something downstream may need them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.db.compute_runs import read_run_graph
from wzrd.db.graph_items import ELEMENT
from wzrd.db.items import Item, list_items
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import InsufficientCredits, NotFound, OverBudget, WzrdError, error_code
from wzrd.graph.actions import Action, work_of
from wzrd.graph.binding import bind_inputs
from wzrd.graph.model import Edge, Graph, Node
from wzrd.graph.reading import read_graph
from wzrd.runtime.process import Runtime


@dataclass(slots=True)
class GraphRun:
    """One run: `items` and `elements` (of batches, by their node) as read; `results` of what has succeeded.

    `named`: the nodes that were asked for by name.
    """

    run: RunRow
    graph: Graph
    items: dict[str, Item]
    elements: dict[str, list[Item]]
    works: Mapping[str, Action]
    named: frozenset[str] = frozenset()
    results: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    _incoming: Mapping[str, Sequence[Edge]] = field(default_factory=dict[str, Sequence[Edge]])

    def sources(self, node_id: str) -> list[str]:
        """The nodes that a node's edges come from, each once, in order."""
        return list(dict.fromkeys(edge.source for edge in self._incoming.get(node_id, ())))

    def inputs(self, node_id: str) -> dict[str, Any]:
        """Inputs that the node gets from the nodes before it, all of which have ended."""
        edges, nodes = self._incoming.get(node_id, ()), self.graph.nodes
        incoming = [(edge, nodes[edge.source], self.results.get(edge.source)) for edge in edges]
        return bind_inputs(nodes[node_id], incoming)

    def node(self, node_id: str) -> Node:
        """One of its nodes."""
        return self.graph.nodes[node_id]


async def read_graph_run(runtime: Runtime, run_id: UUID) -> GraphRun:
    """The run as it stands in the database.

    Raises:
        NotFound: there is no such run, or it is no graph's.
    """
    async with runtime.begin() as tx:
        run, items, snapshot = (
            await find_run(tx, run_id),
            await list_items(tx, run_id),
            await read_run_graph(tx, run_id),
        )
    if run is None or snapshot is None:
        raise NotFound(f"run {run_id} has no graph")
    graph = read_graph(snapshot["nodes"], snapshot["edges"])
    return _graph_run(run, graph, items, frozenset(snapshot.get("named") or ()))


def _graph_run(run: RunRow, graph: Graph, items: Iterable[Item], named: frozenset[str]) -> GraphRun:
    nodes: dict[str, Item] = {}
    elements: dict[str, list[Item]] = {}
    for item in items:
        if item.entity_type == ELEMENT:
            elements.setdefault(item.key.rpartition("#")[0], []).append(item)
        else:
            nodes[item.key] = item
    incoming: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        incoming.setdefault(edge.target, []).append(edge)
    results = {key: result for key, item in nodes.items() if (result := result_of_item(item)) is not None}
    works = {node_id: work_of(node) for node_id, node in graph.nodes.items()}
    return GraphRun(run, graph, nodes, elements, works, named, results, incoming)


def result_of_item(item: Item) -> Mapping[str, Any] | None:
    """Result of an item that has succeeded; None for any other."""
    return (item.output or {}).get("result") if item.status == "succeeded" else None


class NodeFailed(WzrdError):
    """The node could not be made."""

    code = "node_failed"


class ElementsFailed(NodeFailed):
    """Some elements of a batch could not be made; `cause` is the code of the first one's error."""

    def __init__(self, message: str, cause: str) -> None:
        super().__init__(message)
        self.cause = cause


def code_of(error: Exception) -> str:
    """The code of an error, as clients know it."""
    if isinstance(error, ElementsFailed):
        return error.cause
    if isinstance(error, OverBudget):  # of a node in mid-run it is documented as the same
        return InsufficientCredits.code
    return error_code(error)
