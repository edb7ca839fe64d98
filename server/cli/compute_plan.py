"""What a graph will run and cost, told before anything is paid, and asked about where it costs something."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.cli import UsageError
from server.cli.board import plural
from server.cli.caller import CommandFailed
from server.cli.graph_tree import list_tree
from wzrd.graph.model import Graph

MOST_LINES = 40
"""Nodes that are told one by one; of a larger graph those that cost something or cannot run come first."""


BROKEN = frozenset({"fails", "skipped", "refused"})
"""What a plan says of nodes that will make nothing."""


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One node: what it costs (`at_least`: or more), whether it is taken from the cache, why it will make nothing."""

    node_id: str
    credits: int = 0
    at_least: bool = False
    cached: bool = False
    model: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class GraphPlan:
    """All nodes that are wanted, in order; `seconds`: about how long, where that is known.

    `runnable`: it would be taken. A node with a problem may only fail by itself, or keep all of it from running.
    """

    nodes: Sequence[PlannedNode]
    credits: int
    runnable: bool = True
    at_least: bool = False
    available: int | None = None
    seconds: float | None = None
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """As the server gave it."""

    @property
    def problems(self) -> list[PlannedNode]:
        """The nodes that cannot run."""
        return [node for node in self.nodes if node.problem]

    def most(self, budget: int | None) -> int | None:
        """What the run may cost: the budget, else what was told; None where the price is not known before it runs."""
        return budget if budget is not None or self.at_least else self.credits

    @property
    def cached(self) -> int:
        """How many are taken from the cache."""
        return sum(node.cached for node in self.nodes)

    @property
    def prices(self) -> dict[str, int]:
        """Credits by node."""
        return {node.node_id: node.credits for node in self.nodes}

    def sentence(self) -> str:
        """The plan in a line."""
        words = [plural(len(self.nodes), "node")]
        words += [f"{self.cached} of them cached"] if self.cached else []
        price = plural(self.credits, "credit")
        words += [f"at least {price}" if self.at_least else price]
        words += [f"about {self.seconds:.0f} s"] if self.seconds else []
        told = " · ".join(words)
        return told if self.available is None or not self.credits else f"{told}, of {self.available:,}"


def read_plan(answer: Mapping[str, Any], graph: Graph) -> GraphPlan:
    """The server's answer as a plan; nodes that the graph has not (it was saved anew) are left out."""
    told = (cast("Mapping[str, Any]", one) for one in answer.get("nodes") or () if isinstance(one, dict))
    nodes = [_read_node(one) for one in told if one.get("nodeId") in graph.nodes]
    available = answer.get("availableCredits")
    seconds = answer.get("estimatedSeconds")
    return GraphPlan(
        nodes,
        int(answer.get("credits") or 0),
        answer.get("runnable") is not False,
        answer.get("creditsAtLeast") is not None,
        available if isinstance(available, int) else None,
        seconds if isinstance(seconds, int | float) else None,
        answer,
    )


def _read_node(told: Mapping[str, Any]) -> PlannedNode:
    return PlannedNode(
        str(told["nodeId"]),
        int(told.get("credits") or 0),
        told.get("creditsAtLeast") is not None,
        bool(told.get("cached")),
        str(told.get("model") or ""),
        str(told.get("error") or "it cannot run") if told.get("doing") in BROKEN else "",
    )


def tell_plan(plan: GraphPlan, graph: Graph, console: Console, *, whole: bool) -> None:
    """Each node with its price, in the order of the tree, or only those that cost something; then the sum."""
    planned = {node.node_id: node for node in plan.nodes}
    lines = list_tree(graph, list(planned))
    whole = whole and len(lines) <= MOST_LINES
    if not whole:
        lines = [line for line in lines if planned[line.node.id].credits or planned[line.node.id].problem]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    for line in lines[:MOST_LINES]:
        node = planned[line.node.id]
        name = Text(line.branch if whole else "", "bright_black").append(line.node.label)
        table.add_row(name, Text(node.model, "magenta"), _price(node))
    if lines:
        console.print(table)
    if lines and (rest := len(planned) - min(len(lines), MOST_LINES)):
        console.print(Text(f"… {rest} more, free or cached", "dim"))
    for node in plan.nodes:
        if node.problem:
            console.print(Text(f"✗ {graph.nodes[node.node_id].label}: {node.problem}", "red"))
    console.print(Text(plan.sentence(), "bold"), soft_wrap=True)


def _price(node: PlannedNode) -> Text:
    if node.problem:
        return Text("makes nothing", "red")
    if node.cached:
        return Text("cached", "dim")
    if not node.credits:
        return Text("free", "dim")
    return Text(f"{node.credits} cr" + (" or more" if node.at_least else ""))


async def confirm(plan: GraphPlan, *, yes: bool, budget: int | None) -> bool:
    """Whether to go on. What is free needs no question, and what is over the budget no answer.

    Raises:
        CommandFailed: it would be refused, or costs more than the budget.
        UsageError: it costs something, and there is nobody to ask.
    """
    if not plan.runnable:
        told = next((node.problem for node in plan.problems), "it cannot be executed as it is")
        raise CommandFailed(told, remedy="nothing was started; mend the node, or run others with --only")
    if budget is not None and plan.credits > budget:
        told = f"it costs {plural(plan.credits, 'credit')}, more than the budget of {budget}"
        raise CommandFailed(told, remedy="nothing was started; raise --budget, or run fewer nodes with --only")
    if yes or budget is not None or not (plan.credits or plan.at_least):
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"it costs {plural(plan.credits, 'credit')}", remedy="say --yes, or how much it may cost: --budget"
        )
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    return (await asyncio.to_thread(sys.stdin.readline)).strip().lower() in {"y", "yes"}
