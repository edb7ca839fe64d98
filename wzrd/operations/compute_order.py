"""What a compute request means for the graph as it is saved: which nodes, in which order, for how much."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from wzrd.db.compute_graphs import SavedGraph, fail_node, read_saved_graph
from wzrd.db.engine import mirrored
from wzrd.db.runs import NewItem
from wzrd.domain.errors import BadRequest, NotFound, OverBudget
from wzrd.domain.ids import parse_uuid
from wzrd.graph.actions import check_image_edits, work_of
from wzrd.graph.execution.kept import find_kept, foresee
from wzrd.graph.model import Graph
from wzrd.graph.order import sort_nodes
from wzrd.graph.prices import FREE, NodePrice, price_node
from wzrd.graph.reading import read_graph
from wzrd.graph.selection import select
from wzrd.runs.start import RunParams
from wzrd.runtime.process import Runtime

KIND = "compute"
NODE = "compute_node"
SMALL = 100
"""Up to so many nodes are looked at where the request is; more in a thread, since others must have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeParams(RunParams):
    """A project's graph, or `node_ids` of it and all upstream of them.

    `use_cache`: None means all but the nodes that are named. `max_credits` refuses what may cost more.
    """

    node_ids: tuple[str, ...] = ()
    use_cache: bool | None = None
    max_credits: int | None = None

    @property
    def named(self) -> list[str]:
        """The nodes that are named, as the tables spell their ids; each once, in the order of the alphabet."""
        return sorted({str(parse_uuid(one) or one) for one in self.node_ids})


@dataclass(frozen=True, slots=True)
class Order:
    """What is executed: the selected graph in `node_ids`' order, what each node costs, and the rows of it all."""

    title: str
    graph: Graph
    node_ids: list[str]
    prices: Mapping[str, NodePrice]
    snapshot: Mapping[str, Any]

    @property
    def credits(self) -> int:
        """What all of it costs, as far as that is known."""
        return sum(price.credits for price in self.prices.values())

    def items(self) -> list[NewItem]:
        """One item a node, at its price."""
        return [
            NewItem(node_id, at, NODE, UUID(node_id), self.prices[node_id].credits)
            for at, node_id in enumerate(self.node_ids, start=1)
        ]

    def check_budget(self, most: int | None) -> None:
        """See that it costs no more than `most` (None: whatever).

        Raises:
            OverBudget: it may.
        """
        if most is not None and self.credits > most:
            raise OverBudget(self.credits, most)


async def read_saved(runtime: Runtime, params: ComputeParams) -> SavedGraph:
    """The project's graph as it is saved now.

    Raises:
        NotFound: no such project, or not the caller's.
    """
    project_id, saved = parse_uuid(params.project_id), None
    if project_id is not None:
        async with runtime.begin() as tx:
            saved = await read_saved_graph(tx, project_id, user_id=params.user_id)
    if saved is None:
        raise NotFound("Project not found or access denied")
    return saved


async def take_order(runtime: Runtime, params: ComputeParams, saved: SavedGraph) -> Order:
    """What the request means. A node whose picture is missing says so in the studio's row, too.

    Raises:
        BadRequest: there is nothing to execute, or a node cannot be as it is: `nodeId` in its details.
        NotConfigured: a model's provider cannot be asked from here, and nothing may stand in.
    """
    try:
        if len(saved.nodes) <= SMALL:
            return await _without_known(runtime, params, saved, _take(runtime, params, saved))
        return await _without_known(runtime, params, saved, await asyncio.to_thread(_take, runtime, params, saved))
    except NotMaterialized as error:
        async with runtime.begin() as tx, mirrored(tx):
            await fail_node(tx, saved.project_id, UUID(error.details["nodeId"]), error.message)
        raise


async def _without_known(runtime: Runtime, params: ComputeParams, saved: SavedGraph, order: Order) -> Order:
    """The same order, in which nodes that will be answered with what was made before cost nothing."""
    works = {node_id: work_of(node) for node_id, node in order.graph.nodes.items()}
    kept = await find_kept(
        runtime, saved.user_id, order.graph, works, use_cache=params.use_cache, node_ids=params.named
    )
    if not kept.rows:
        return order
    known = await asyncio.to_thread(foresee, order.graph, works, kept)
    return replace(order, prices={**order.prices, **dict.fromkeys(known, FREE)})


class NotMaterialized(BadRequest):
    """A node edits a picture that is not there."""


def _take(runtime: Runtime, params: ComputeParams, saved: SavedGraph) -> Order:
    graph = select(read_graph(saved.nodes, saved.edges), params.named)
    try:
        check_image_edits(graph.nodes)
    except BadRequest as error:
        raise NotMaterialized(error.message, **error.details) from None
    node_ids = sort_nodes(graph)
    return Order(saved.title, graph, node_ids, _price(runtime, graph), _snapshot(saved, graph, params))


def _price(runtime: Runtime, graph: Graph) -> dict[str, NodePrice]:
    given: dict[str, set[str]] = {}
    for edge in graph.edges:
        given.setdefault(edge.target, set()).add(work_of(graph.nodes[edge.source]).media_type)
    offline, obstacle = runtime.settings.offline, runtime.providers.obstacle
    prices: dict[str, NodePrice] = {}
    for node in graph.nodes.values():
        prices[node.id] = price_node(node, offline=offline, obstacle=obstacle, given=given.get(node.id, ()))
        if (choice := prices[node.id].choice) is not None:
            choice.check_runnable()
    return prices


def _snapshot(saved: SavedGraph, graph: Graph, params: ComputeParams) -> dict[str, Any]:
    """The rows of what is executed, and which nodes were named: what the run goes by, whatever is edited meanwhile."""
    edges = {edge.id for edge in graph.edges}
    return {
        "nodes": [row for row in saved.nodes if row["id"] in graph.nodes],
        "edges": [row for row in saved.edges if row["id"] in edges],
        "named": params.named,
    }
