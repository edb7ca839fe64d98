"""Places of a graph's nodes from left to right: layers by the longest path, an order with few crossings.

Bounded and iterative: a graph may have 10,000 nodes, a chain 10,000 layers, and cycles that nobody can execute.
"""

from collections import defaultdict
from collections.abc import Sequence

_SWEEPS = 12


def arrange(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, tuple[int, float]]:
    """Each node's layer, and its height in nodes; layers are centered, sorted by the mean height of neighbors."""
    layers = defaultdict[int, list[str]](list)
    for name, layer in layer_nodes(names, edges).items():
        layers[layer].append(name)
    before, after = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for source, target in edges:
        after[source].append(target)
        before[target].append(source)
    tallest = max(map(len, layers.values()), default=0)
    heights = dict[str, float]()
    for sweep in range(_SWEEPS + 1):
        neighbors = before if sweep % 2 else after
        for _, layer in sorted(layers.items(), reverse=sweep % 2 == 0):
            if sweep:
                means = {name: [heights[one] for one in neighbors[name]] or [heights[name]] for name in layer}
                layer.sort(key=lambda name, means=means: sum(means[name]) / len(means[name]))
            heights.update((name, at + (tallest - len(layer)) / 2) for at, name in enumerate(layer))
    return {name: (layer, heights[name]) for layer, several in layers.items() for name in several}


def layer_nodes(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Each node's layer: to the right of all that it needs, wherever there is no cycle."""
    return _layer(names, _break_cycles(names, edges))


def _break_cycles(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[tuple[str, str] | None]:
    """Every edge so that all together have no cycle: those that lead back are turned around; None: to itself."""
    out: dict[str, list[int]] = {name: [] for name in names}
    for number, (source, _) in enumerate(edges):
        out[source].append(number)
    entered, left = set[str](), set[str]()
    turned = set[int]()
    for root in names:
        stack = [(root, iter(out[root]))] if root not in entered else []
        entered.add(root)
        while stack:
            name, rest = stack[-1]
            number = next(rest, None)
            if number is None:
                left.add(name)
                stack.pop()
            elif (target := edges[number][1]) not in entered:
                entered.add(target)
                stack.append((target, iter(out[target])))
            elif target not in left:
                turned.add(number)
    return [
        None if source == target else (target, source) if number in turned else (source, target)
        for number, (source, target) in enumerate(edges)
    ]


def _layer(names: Sequence[str], edges: Sequence[tuple[str, str] | None]) -> dict[str, int]:
    """Layers by the longest path; a node that nothing leads to stands right before what it leads to."""
    after: dict[str, list[str]] = {name: [] for name in names}
    waits = dict.fromkeys(names, 0)
    for edge in edges:
        if edge:
            after[edge[0]].append(edge[1])
            waits[edge[1]] += 1
    first = [name for name in names if not waits[name]]
    layer_of = dict.fromkeys(names, 0)
    ready = list(first)
    while ready:
        name = ready.pop()
        for target in after[name]:
            layer_of[target] = max(layer_of[target], layer_of[name] + 1)
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    for name in first:
        if after[name]:
            layer_of[name] = min(layer_of[target] for target in after[name]) - 1
    return layer_of
