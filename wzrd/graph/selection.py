"""Which nodes of a graph are executed: everything but comments, or the chosen ones with all that they need."""

from collections.abc import Collection

from wzrd.domain.errors import BadRequest
from wzrd.graph.kinds import disposition
from wzrd.graph.model import Graph


def select(graph: Graph, node_ids: Collection[str] | None = None) -> Graph:
    """The part that is executed: the chosen nodes and everything upstream of them, in saved order; edges between them.

    Args:
        graph: the whole graph.
        node_ids: None or empty means all; ids that are no node's, or a comment's, choose nothing.

    Raises:
        BadRequest: nothing is left, in the documented words.
    """
    if not graph.nodes:
        raise BadRequest("No nodes to execute")
    able = {node.id for node in graph.nodes.values() if disposition(node.kind) != "excluded"}
    wanted = able & set(node_ids) if node_ids else able
    if not wanted:
        raise BadRequest("No executable nodes in graph")
    chosen = _with_upstream(graph, wanted, able) if node_ids else able
    nodes = {node_id: node for node_id, node in graph.nodes.items() if node_id in chosen}
    return Graph(nodes, tuple(edge for edge in graph.edges if edge.source in nodes and edge.target in nodes))


def _with_upstream(graph: Graph, wanted: Collection[str], able: Collection[str]) -> set[str]:
    sources: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.source in able:
            sources.setdefault(edge.target, []).append(edge.source)
    chosen, waiting = set(wanted), list(wanted)
    while waiting:
        new = [source for source in sources.get(waiting.pop(), ()) if source not in chosen]
        chosen.update(new)
        waiting += new
    return chosen
