"""Plan of what a graph will run and cost, told before anything is paid, and confirmed where it costs something."""

import asyncio
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.cli import UsageError
from server.cli.board import plural
from server.cli.budget import Budget
from server.cli.caller import CommandFailed
from server.cli.graph_tree import list_tree
from wzrd.contracts.compute import ComputePlan, PlannedNode
from wzrd.domain.money import read_cost
from wzrd.graph.model import Graph

MOST_LINES = 40
"""Nodes that are told one by one; of a larger graph those that cost something or cannot run come first."""


BROKEN = frozenset({"fails", "skipped", "refused"})
"""Words of a plan for nodes that will make nothing."""


def problems_of(plan: ComputePlan) -> list[PlannedNode]:
    """The nodes that will make nothing: by themselves, or keeping all of it from running."""
    return [node for node in plan.nodes if node.doing in BROKEN]


def most_credits(plan: ComputePlan, budget: Budget) -> int | None:
    """Most credits that the run may cost: the budget, else what was told; None: not known before it runs."""
    return budget.credits if budget.credits is not None or plan.credits_at_least is not None else plan.credits


def sum_up(plan: ComputePlan) -> str:
    """The plan in a line."""
    cached, price = sum(node.cached for node in plan.nodes), plural(plan.credits, "credit")
    words = [plural(len(plan.nodes), "node")]
    words += [f"{cached} of them cached"] if cached else []
    words += [price if plan.credits_at_least is None else f"at least {price}"]
    words += [asks] if (asks := _ask(plan)) else []
    words += [f"about {plan.estimated_seconds:.0f} s"] if plan.estimated_seconds else []
    message = " · ".join(words)
    return f"{message}, of {plan.available_credits:,}" if plan.credits else message


def _notes(node: PlannedNode) -> list[str]:
    """Lines on what the node's model ignores, and on a model whose inputs nobody has told."""
    notes = [f"ignores {name}: {why}" for name, why in (node.ignored or {}).items()]
    return notes + (["unverified: its inputs are not checked"] if node.verified is False else [])


def _ask(plan: ComputePlan) -> str:
    """The price in money, where a vendor asks any."""
    cost = read_cost(plan.cost)
    return "" if cost is None or cost.most == 0 else f"{cost.text()} at its vendors"


def print_plan(plan: ComputePlan, graph: Graph, console: Console, *, whole: bool) -> None:
    """Each node with its price, in the order of the tree, or only those that cost something; then the sum."""
    planned = {node.node_id: node for node in plan.nodes if node.node_id in graph.nodes}
    lines = list_tree(graph, list(planned))
    whole = whole and len(lines) <= MOST_LINES
    if not whole:
        lines = [line for line in lines if planned[line.node.id].credits or planned[line.node.id].error]
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    for line in lines[:MOST_LINES]:
        node = planned[line.node.id]
        name = Text(line.branch if whole else "", "bright_black").append(line.node.label)
        table.add_row(name, Text(node.model or "", "magenta"), _price(node))
        for note in _notes(node):
            table.add_row("", Text(note, "bright_black"), "")
    if lines:
        console.print(table)
    if lines and (rest := len(planned) - min(len(lines), MOST_LINES)):
        console.print(Text(f"… {rest} more, free or cached", "dim"))
    for node in problems_of(plan)[:MOST_LINES]:
        console.print(Text(f"✗ {node.label}: {node.error}", "red"), soft_wrap=True)
    console.print(Text(sum_up(plan), "bold"), soft_wrap=True)


def _price(node: PlannedNode) -> Text:
    if node.doing in BROKEN:
        return Text("makes nothing", "red")
    if node.cached:
        return Text("cached", "dim")
    if not node.credits:
        return Text("free", "dim")
    return Text(f"{node.credits} cr" + (" or more" if node.credits_at_least is not None else ""))


async def confirm(plan: ComputePlan, *, yes: bool, budget: Budget) -> bool:
    """True if the run is to go on. A free run needs no question, one over the budget is refused.

    Raises:
        CommandFailed: it would be refused, or costs more than the budget.
        UsageError: it costs something, and there is nobody to ask.
    """
    if not plan.runnable:
        refused = [node for node in plan.nodes if node.doing == "refused"]
        message = next((node.error for node in refused if node.error), "it cannot be executed as it is")
        raise CommandFailed(message, remedy="nothing was started; mend the node, or run others with --only")
    if budget.credits is not None and plan.credits > budget.credits:
        message = f"it costs {plural(plan.credits, 'credit')}, more than the budget of {budget.credits}"
        raise CommandFailed(message, remedy="nothing was started; raise --budget, or run fewer nodes with --only")
    if yes or not budget.is_open or not (plan.credits or plan.credits_at_least is not None):
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            f"it costs {plural(plan.credits, 'credit')}", remedy="say --yes, or how much it may cost: --budget"
        )
    print("Run it? [y/N] ", end="", file=sys.stderr, flush=True)
    return (await asyncio.to_thread(sys.stdin.readline)).strip().lower() in {"y", "yes"}
