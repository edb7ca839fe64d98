"""A graph as a tree of lines: every node once, below what it waits for. No drawing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wzrd.graph.actions import action_id_of, model_named
from wzrd.graph.layered_layout import layer_nodes
from wzrd.graph.model import Graph, Node

DEEPEST = 8
"""Branches that are drawn one inside another; deeper ones stand at the same indent."""
NAMED = 3


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One node: the branch that leads to it, and the names of other nodes that it waits for."""

    node: Node
    branch: str
    also: tuple[str, ...] = ()


def list_tree(graph: Graph, only: Sequence[str] | None = None) -> list[TreeLine]:
    """The graph's nodes (`only` those) in the order of a tree. An only child stands below its parent, not inside."""
    wanted = dict.fromkeys(graph.nodes if only is None else (one for one in only if one in graph.nodes))
    edges = [(edge.source, edge.target) for edge in graph.edges if edge.source in wanted and edge.target in wanted]
    layers = layer_nodes(list(wanted), edges)
    needs: dict[str, list[str]] = defaultdict(list)
    for source, target in dict.fromkeys(edges):
        needs[target].append(source)
    children: dict[str, list[str]] = defaultdict(list)
    parents = dict[str, str]()
    for name in wanted:
        if before := [one for one in needs[name] if layers[one] < layers[name]]:
            parents[name] = max(before, key=layers.__getitem__)
            children[parents[name]].append(name)
    roots = [name for name in wanted if name not in parents]
    return [
        TreeLine(graph.nodes[name], branch, _also(graph, needs[name], parents.get(name)))
        for name, branch in _walk(roots, children)
    ]


def _walk(roots: Sequence[str], children: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """Names with their branches, depth first, without recursion."""
    lines: list[tuple[str, str]] = []
    waiting = [(name, "", "") for name in reversed(roots)]
    while waiting:
        name, branch, inner = waiting.pop()
        lines.append((name, branch))
        below = children.get(name, [])
        if len(below) == 1:
            waiting.append((below[0], f"{inner}↳ ", inner))
            continue
        deep = len(inner) >= 3 * DEEPEST
        for index, child in enumerate(reversed(below)):
            stem, rest = ("└─ ", "   ") if index == 0 else ("├─ ", "│  ")
            waiting.append((child, inner + stem, inner if deep else inner + rest))
    return lines


def _also(graph: Graph, needs: Sequence[str], parent: str | None) -> tuple[str, ...]:
    labels = [graph.nodes[one].label for one in needs if one != parent]
    return (*labels[:NAMED], f"{len(labels) - NAMED} more") if len(labels) > NAMED else tuple(labels)


def describe_work(node: Node) -> str:
    """Work of a node in a word or two: its model, else its action, else its kind."""
    model, action = model_named(node), action_id_of(node)
    return model or action or node.kind.lower()


def name_of(node: Node) -> str:
    """The name that its file gives it, else the beginning of its id."""
    name = node.metadata.get("name")
    return name if isinstance(name, str) and name else node.id[:8]
