"""Plan of a run of a graph, before it begins: what works, what is found, what it costs.

Nodes are looked at in their order, each with what the nodes before it will hand on: a result that is known (found, or
worked out here and now), or a stand-in of the shape that is expected. So a plan and a run follow the same rules.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from wzrd.contracts.compute import UPSTREAM_FAILED
from wzrd.domain.errors import BadRequest, NotConfigured, WzrdError
from wzrd.domain.money import Cost, add_up
from wzrd.domain.offline import Obstacle, Offline
from wzrd.graph.actions import Action, UnsupportedAction, refuse_unsupported, work_of
from wzrd.graph.batches import BatchTooLarge
from wzrd.graph.binding import bind_inputs
from wzrd.graph.cache_keys import is_volatile, may_read
from wzrd.graph.expectations import Expected, check_tool, expect_call, expect_local
from wzrd.graph.inline import run_inline
from wzrd.graph.kinds import KINDS
from wzrd.graph.model import Edge, Graph, Node
from wzrd.graph.payloads import build_payload, call_inputs
from wzrd.graph.prices import FREE, Choices, NodePrice, check_settings, choose_model, read_body
from wzrd.graph.references import collect_references
from wzrd.graph.texts import DEFAULT_BOUNDS, TextBounds, TextRoom, TextTooLong
from wzrd.graph.topological_order import sort_nodes
from wzrd.models.bodies import own_sound
from wzrd.models.body_prices import NOT_MEASURED, Lengths, paid_files, price_inputs
from wzrd.models.price_cards import SHIPPED, PriceBook

Doing = Literal["run", "cached", "inline", "fails", "skipped", "refused"]
"""`run`: a model or a tool works. `inline`: free, at once. `fails`: it will, for nothing. `skipped`: what it needs
will. `refused`: the graph is not executed with it."""
WhyNot = Literal["", "named", "cache_off", "volatile", "inputs_unknown", "not_found"]
"""Why a node that runs was not found: asked to run anew, by itself or with all; never kept; it gets what is yet to be
made; or nobody has made it."""
GROWS = "a list that it goes through is made by another node"
Find: TypeAlias = Callable[[str, Mapping[str, Any]], Mapping[str, Any] | None]
"""(node id, bound inputs): what was made of them before, or None."""


@dataclass(frozen=True, slots=True)
class NodePlan:
    """Plan for one node. `reason`: why it fails, is skipped or refused; `error`: the refusal itself.

    `result`: what it hands on, as far as that is known before the run.
    """

    id: str
    work: Action
    doing: Doing
    price: NodePrice = FREE
    why_not: WhyNot = ""
    reason: str | None = None
    error: WzrdError | None = None
    result: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The nodes in their order. `files`: the addresses whose files are paid by their length."""

    nodes: Mapping[str, NodePlan]
    files: frozenset[str] = frozenset()

    @property
    def credits(self) -> int:
        """Credits that it costs; at least, where `at_least`."""
        return sum(node.price.credits for node in self.nodes.values())

    @property
    def cost(self) -> Cost:
        """Price in money; of batches that may grow nobody knows the most."""
        total = add_up(node.price.cost for node in self.nodes.values() if node.doing == "run")
        return Cost(total.least, None, GROWS) if self.at_least else total

    @property
    def at_least(self) -> bool:
        """True if a batch may become larger than is known now."""
        return any(node.price.at_least for node in self.nodes.values())

    def doing(self, *what: Doing) -> list[NodePlan]:
        """The nodes that do this, in order."""
        return [node for node in self.nodes.values() if node.doing in what]

    def check(self) -> None:
        """See that the graph can be executed.

        Raises:
            BadRequest, NotConfigured: the first node with which it is refused; `nodeId` in its details.
        """
        for node in self.doing("refused"):
            if node.error is not None:
                node.error.details.setdefault("nodeId", node.id)
                raise node.error


def plan(
    graph: Graph,
    *,
    offline: Offline,
    obstacle: Obstacle,
    find: Find,
    use_cache: bool | None = None,
    named: Collection[str] = (),
    bounds: TextBounds = DEFAULT_BOUNDS,
    book: PriceBook = SHIPPED,
    lengths: Lengths = NOT_MEASURED,
) -> Plan:
    """The plan of a selected graph; nothing is executed, asked or held.

    Args:
        graph: what `wzrd.graph.planning.select` has left.
        offline: whether this machine stands in for a provider.
        obstacle: why a provider cannot be asked from here.
        find: what was made before; asked only for nodes that may be answered so, and whose inputs are known.
        use_cache: true: found everywhere, false: nowhere, None: everywhere but for the named nodes.
        named: the ids that the caller named.
        bounds: of the texts that are handed on.
        book: what models cost in money.
        lengths: of the files that are paid by their length, as far as they have been measured.

    Raises:
        CycleFound: no order is possible.
    """
    planner = _Planner(graph, offline, obstacle, find, use_cache, frozenset(named), TextRoom(bounds), book, lengths)
    for node_id in sort_nodes(graph):
        planner.plan_node(graph.nodes[node_id])
    return Plan(planner.nodes, frozenset(planner.files))


@dataclass(slots=True)
class _Planner:
    """The walk through a graph: what each node before this one will hand on."""

    graph: Graph
    offline: Offline
    obstacle: Obstacle
    find: Find
    use_cache: bool | None
    named: frozenset[str]
    room: TextRoom
    book: PriceBook
    lengths: Lengths
    files: set[str] = field(default_factory=set[str])
    nodes: dict[str, NodePlan] = field(default_factory=dict[str, NodePlan])
    expected: dict[str, Expected] = field(default_factory=dict[str, Expected])
    incoming: dict[str, list[Edge]] = field(default_factory=dict[str, list[Edge]])
    chosen: Choices = field(default_factory=Choices)

    def __post_init__(self) -> None:
        for edge in self.graph.edges:
            self.incoming.setdefault(edge.target, []).append(edge)

    def plan_node(self, node: Node) -> None:
        """Find out what the node does, all before it being planned."""
        work = work_of(node)
        edges: Sequence[Edge] = self.incoming.get(node.id, ())
        sources = [self.expected[edge.source] for edge in edges if edge.source in self.expected]
        if len(sources) < len(edges):
            self.nodes[node.id] = NodePlan(node.id, work, "skipped", reason=UPSTREAM_FAILED)
            return
        arrives = self._bind(node, edges, sources)
        try:
            refuse_unsupported(node, work)
            planned, bound = self._work(node, work, arrives)
        except (BatchTooLarge, NotConfigured, TextTooLong) as error:
            planned, bound = NodePlan(node.id, work, "refused", reason=error.message, error=error), None
        except UnsupportedAction as error:
            planned, bound = NodePlan(node.id, work, "fails", reason=error.message), None
        except _Invalid as invalid:
            planned, bound = NodePlan(node.id, work, "refused", reason=invalid.message, error=invalid.error), None
        except BadRequest as error:
            planned, bound = NodePlan(node.id, work, "fails", reason=error.message), None
        self.nodes[node.id] = planned
        if bound is not None:
            self.expected[node.id] = bound

    def _bind(self, node: Node, edges: Sequence[Edge], sources: Sequence[Expected]) -> Expected:
        nodes = self.graph.nodes
        pairs = zip(edges, sources, strict=True)
        inputs = bind_inputs(node, [(edge, nodes[edge.source], bound.result) for edge, bound in pairs])
        known, unsure = True, False
        for bound in sources:
            known, unsure = known and bound.known, unsure or bound.open
        return Expected(inputs, known, unsure)

    def _work(self, node: Node, work: Action, arrives: Expected) -> tuple[NodePlan, Expected]:
        if work.is_inline:
            return self._inline(node, work, arrives)
        why_not = self._why_not(node, arrives)
        if not why_not:
            found = self.find(node.id, arrives.result)
            if found is not None:
                return NodePlan(node.id, work, "cached", result=found), Expected(found)
            why_not = "not_found"
        if not work.generates:
            check_tool(node, work, arrives)
            return NodePlan(node.id, work, "run", why_not=why_not), expect_local(node, work, arrives)
        price = self._price(node, work, arrives)
        planned = NodePlan(node.id, work, "run", price, why_not)
        return planned, expect_call(work, price.calls, open_=price.at_least)

    def _inline(self, node: Node, work: Action, arrives: Expected) -> tuple[NodePlan, Expected]:
        """Worked out at once; of stand-ins only the shape counts, and an error may be theirs."""
        if arrives.known:
            made = run_inline(node, arrives.result, work=work, room=self.room)
            return NodePlan(node.id, work, "inline", result=made), Expected(made)
        made, unsure = dict[str, Any](type=work.media_type, data={}), True
        with suppress(BadRequest):
            made = run_inline(node, arrives.result, work=work, room=TextRoom(self.room.bounds))
            unsure = arrives.open or work.id == "text.split"
        return NodePlan(node.id, work, "inline"), Expected(made, known=False, open=unsure)

    def _why_not(self, node: Node, arrives: Expected) -> WhyNot:
        if is_volatile(node):
            return "volatile"
        if not may_read(node.id, use_cache=self.use_cache, named=self.named):
            return "cache_off" if self.use_cache is False else "named"
        return "" if arrives.known else "inputs_unknown"

    def _price(self, node: Node, work: Action, arrives: Expected) -> NodePrice:
        """Price of the node; its calls are built as far as known, so that certain failures are told now."""
        given = {one.type for one in collect_references(arrives.result, node.params)}
        try:
            choice = choose_model(
                node, work, given=given, offline=self.offline, obstacle=self.obstacle, chosen=self.chosen
            )
            check_settings(node, choice)
        except BadRequest as error:
            raise _Invalid(error) from None
        calls = call_inputs(node, arrives.result, price=choice.credits, work=work)
        asked = calls if arrives.known else calls[:1]  # what fails with a stand-in will fail with any result
        payloads = [build_payload(node, call, work=work) for call in asked]
        bodies = [read_body(choice, one, known=arrives.known) for one in payloads]
        target = choice.target.provider, choice.target.model
        if arrives.known:
            self.files.update(url for one in bodies for url in paid_files(choice.target, one.inputs))
        costs = [price_inputs(*target, one.inputs, self.lengths, book=self.book) for one in bodies]
        choice.check_runnable()
        return NodePrice(
            choice.credits * len(calls),
            choice.model.id,
            arrives.open,
            len(calls),
            choice,
            ignored={name: why for one in bodies for name, why in one.ignored.items()},
            cost=add_up(costs) if arrives.known else costs[0].times(len(calls)),
            own_sound=own_sound(choice.model, bodies[0].inputs),
        )


class _Invalid(Exception):
    """A node with which no graph is executed: it names a model that is none."""

    def __init__(self, error: BadRequest) -> None:
        super().__init__(error.message)
        self.error, self.message = error, error.message


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
    able = {node.id for node in graph.nodes.values() if KINDS[node.kind].disposition != "excluded"}
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
