"""Places of a graph's nodes from left to right: layers by the longest path, an order with few crossings.

Bounded and iterative: a graph may have 10,000 nodes, a chain 10,000 layers, and cycles that nobody can execute.
"""

from collections import defaultdict
from collections.abc import Sequence

from wzrd.graph.topological_order import sort_names

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
    """Each node's layer: to the right of all that it needs; those that a cycle holds up stand last, in their order.

    A node that nothing leads to stands right before what it leads to.
    """
    levels, _ = sort_names(names, edges)
    layer_of = {one: at for at, level in enumerate(levels) for one in level}
    held_up = [name for name in names if name not in layer_of]
    layer_of |= {name: at for at, name in enumerate(held_up, len(levels))}
    first = dict[str, int]()
    for source, target in edges:
        if not layer_of[source]:
            first[source] = min(first.get(source, len(names)), layer_of[target] - 1)
    return layer_of | first
