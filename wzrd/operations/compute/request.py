"""Order of a compute request for the graph as it is saved: the nodes, their sequence, the price."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from wzrd.assets.durations import measure_files
from wzrd.db.compute_graphs import SavedGraph, fail_node, read_saved_graph
from wzrd.db.engine import mirrored
from wzrd.domain.errors import BadRequest, OverBudget
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import FREE as NO_COST
from wzrd.domain.money import AskedPrice, Cost, MoneyBound
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.runs import NewItem
from wzrd.graph.actions import Action, check_image_edits, work_of
from wzrd.graph.execution.kept import KeptOutputs, find_kept
from wzrd.graph.model import Graph
from wzrd.graph.planning import Plan, plan, select
from wzrd.graph.reading import read_graph
from wzrd.graph.texts import TextBounds
from wzrd.models.body_prices import NOT_MEASURED, Lengths
from wzrd.models.price_cards import PriceBook, names_of
from wzrd.runs.start import RunParams
from wzrd.runtime.process import Runtime
from wzrd.slots import working_for
from wzrd.threads import in_reading_thread

_T = TypeVar("_T")

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
class ExecutionRequest:
    """Order of an execution: the selected graph, the work of each of its nodes, and all their rows."""

    saved: SavedGraph
    graph: Graph
    plan: Plan
    named: Sequence[str]

    @property
    def node_ids(self) -> list[str]:
        """The nodes, each after all that it needs."""
        return list(self.plan.nodes)

    def items(self) -> list[NewItem]:
        """One item a node, at its price; what is found, and what will fail, costs nothing."""
        return [
            NewItem(node.id, at, NODE, UUID(node.id), node.price.credits)
            for at, node in enumerate(self.plan.nodes.values(), start=1)
        ]

    @property
    def snapshot(self) -> dict[str, Any]:
        """The rows of what is executed, and which nodes were named: a run goes by these, whatever is edited."""
        edges = {edge.id for edge in self.graph.edges}
        return {
            "nodes": [row for row in self.saved.nodes if row["id"] in self.graph.nodes],
            "edges": [row for row in self.saved.edges if row["id"] in edges],
            "named": self.named,
        }

    def check(self, most: int | None, money: MoneyBound | None = None) -> None:
        """See that the graph can be executed, for no more than `most` credits and `money` (None: whatever).

        Raises:
            BadRequest, NotConfigured: it cannot; `nodeId` in the details.
            OverBudget, OverMoney: it may cost more.
            UnknownPrice: nobody knows what a node may cost, and its model is not allowed by name.
        """
        self.plan.check()
        if most is not None and self.plan.credits > most:
            raise OverBudget(self.plan.credits, most)
        if money is not None:
            self._check_money(money)

    def _check_money(self, money: MoneyBound) -> None:
        """Each node by its own name; a batch that may grow is bounded while it runs."""
        least = NO_COST
        for node in self.plan.doing("run"):
            choice, cost = node.price.choice, node.price.cost
            if choice is None:
                continue
            money.check(AskedPrice(cost, names_of(choice.target.provider, choice.target.model)))
            least = least.plus(cost if cost.most is not None else Cost(cost.least, cost.least))
        money.check(AskedPrice(least))


class NotMaterialized(BadRequest):
    """A node edits a picture that is not there."""


async def read_saved(runtime: Runtime, params: ComputeParams) -> SavedGraph:
    """The project's graph as it is saved now.

    Raises:
        NotFound: no such project, or not the caller's.
    """
    project_id = project_id_of(params.project_id)
    async with runtime.begin() as tx:
        return found_in_project(await read_saved_graph(tx, project_id, user_id=params.user_id))


async def take_order(runtime: Runtime, params: ComputeParams, saved: SavedGraph) -> ExecutionRequest:
    """Order of the request, with the outputs that are found for it. Nothing is started, held or written.

    Raises:
        BadRequest: there is nothing to execute, or a node cannot be as it is: `nodeId` in its details.
    """
    named, large = params.named, len(saved.nodes) > SMALL
    with working_for(saved.user_id):
        graph, works = await run_aside(partial(_select, saved, named), large=large)
        kept = await find_kept(runtime, saved.user_id, graph, works, use_cache=params.use_cache, node_ids=named)
        planned = await in_reading_thread(_plan, runtime, params, graph, kept)  # a few nodes may make long texts
        if planned.files:
            lengths = await measure_files(runtime, saved.user_id, planned.files)
            planned = await in_reading_thread(_plan, runtime, params, graph, kept, lengths)
    return ExecutionRequest(saved, graph, planned, named)


async def run_aside(work: Callable[[], _T], *, large: bool) -> _T:
    """Call `work` and return its result; a large one runs in a thread, so that others have their turn."""
    return await in_reading_thread(work) if large else work()


def _select(saved: SavedGraph, named: Sequence[str]) -> tuple[Graph, dict[str, Action]]:
    graph = select(read_graph(saved.nodes, saved.edges), named)
    try:
        check_image_edits(graph.nodes)
    except BadRequest as error:
        raise NotMaterialized(error.message, **error.details) from None
    return graph, {node.id: work_of(node) for node in graph.nodes.values()}


def _plan(
    runtime: Runtime, params: ComputeParams, graph: Graph, kept: KeptOutputs, lengths: Lengths = NOT_MEASURED
) -> Plan:
    return plan(
        graph,
        offline=runtime.settings.offline,
        obstacle=runtime.providers.obstacle,
        find=lambda node_id, inputs: kept.find(node_id, kept.key(node_id, inputs)),
        use_cache=params.use_cache,
        named=params.named,
        bounds=TextBounds(runtime.settings.node_text, runtime.settings.run_text),
        book=PriceBook(runtime.providers.told_prices),
        lengths=lengths,
    )


async def report_missing_picture(runtime: Runtime, saved: SavedGraph, error: NotMaterialized) -> None:
    """The node whose picture is missing says so in the studio's row, too."""
    async with runtime.begin() as tx, mirrored(tx):
        await fail_node(tx, saved.project_id, UUID(error.details["nodeId"]), error.message)
