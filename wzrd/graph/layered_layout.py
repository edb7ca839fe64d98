"""Where nodes stand when a graph is drawn from left to right: layers, an order with few crossings, heights.

Sugiyama's method: break cycles, layer by longest path, order by barycenters, then move towards the neighbors. All of it
is bounded and iterative: a graph may have 10,000 nodes, a chain 10,000 layers, and cycles that nobody can execute.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Name: TypeAlias = str | tuple[int, int]
"""A node, or where the edge of a number passes a layer."""

MOST_BENDS = 20_000
"""Places where long edges pass layers; beyond that long edges are drawn straight."""
SWEEPS = 12
BIG = 3_000
"""Names from which fewer sweeps must do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Layers from the left, each from the top; `centers` are heights, in the unit of the sizes that were given."""

    layers: list[list[Name]]
    layer_of: Mapping[Name, int]
    centers: Mapping[Name, float]
    bends: Mapping[int, list[tuple[int, int]]]
    """Of long edges, by number: where they pass the layers between their ends, from left to right."""

    def grid(self) -> dict[str, tuple[float, float]]:
        """Each node's layer, and its height."""
        return {name: (self.layer_of[name], self.centers[name]) for name in self.layer_of if isinstance(name, str)}


def arrange(
    names: Sequence[str],
    edges: Sequence[tuple[str, str]],
    heights: Mapping[str, float] | None = None,
    *,
    gap: float = 0.0,
    bend: float = 0.25,
) -> Layout:
    """A place for every node. `heights`: of the nodes (1 where absent); `gap`: between two; `bend`: an edge's."""
    forward = _break_cycles(names, edges)
    layer_of: dict[Name, int] = {**_layer(names, forward)}
    wired, bends = _pass_layers(forward, layer_of)
    layers: list[list[Name]] = [[] for _ in range(max(layer_of.values(), default=0) + 1)]
    for name, layer in layer_of.items():
        layers[layer].append(name)
    before, after = _neighbors(wired)
    sweeps = SWEEPS if len(layer_of) <= BIG else 2
    _order(layers, before, after, sweeps)
    given = heights or {}
    sizes = {name: given.get(name, 1.0) if isinstance(name, str) else bend for name in layer_of}
    return Layout(layers, layer_of, _settle(layers, before, after, sizes, gap, sweeps), bends)


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


def _pass_layers(
    edges: Sequence[tuple[str, str] | None], layer_of: dict[Name, int]
) -> tuple[list[tuple[Name, Name]], dict[int, list[tuple[int, int]]]]:
    """Long edges as chains from layer to layer; the places between are added to `layer_of`."""
    wired: list[tuple[Name, Name]] = []
    bends: dict[int, list[tuple[int, int]]] = {}
    left = MOST_BENDS
    for number, edge in enumerate(edges):
        if not edge:
            continue
        between = range(layer_of[edge[0]] + 1, layer_of[edge[1]])
        if len(between) > left:
            continue
        left -= len(between)
        passed: list[tuple[int, int]] = [(number, layer) for layer in between]
        layer_of.update({one: one[1] for one in passed})
        chain: list[Name] = [edge[0], *passed, edge[1]]
        wired += pairwise(chain)
        if passed:
            bends[number] = passed
    return wired, bends


_Neighbors: TypeAlias = Mapping[Name, list[Name]]


def _neighbors(wired: Sequence[tuple[Name, Name]]) -> tuple[_Neighbors, _Neighbors]:
    before, after = defaultdict[Name, list[Name]](list), defaultdict[Name, list[Name]](list)
    for source, target in wired:
        after[source].append(target)
        before[target].append(source)
    return before, after


def _order(layers: list[list[Name]], before: _Neighbors, after: _Neighbors, sweeps: int) -> None:
    """Sort each layer by the mean place of its neighbors, to and fro."""
    for sweep in range(sweeps):
        there = sweep % 2 == 0
        for number in range(1, len(layers)) if there else range(len(layers) - 2, -1, -1):
            fixed = {name: index for index, name in enumerate(layers[number - 1 if there else number + 1])}
            _sort(layers[number], fixed, before if there else after)


def _sort(layer: list[Name], fixed: Mapping[Name, int], neighbors: _Neighbors) -> None:
    """Sorts a layer by the mean place of its neighbors; names without neighbors there keep their place."""
    means = dict[Name, float]()
    for name in layer:
        ranks = [fixed[one] for one in neighbors.get(name, ()) if one in fixed]
        if ranks:
            means[name] = sum(ranks) / len(ranks)
    moved = iter(sorted(means, key=means.__getitem__))
    layer[:] = [next(moved) if name in means else name for name in layer]


def _settle(
    layers: Sequence[Sequence[Name]],
    before: _Neighbors,
    after: _Neighbors,
    sizes: Mapping[Name, float],
    gap: float,
    sweeps: int,
) -> dict[Name, float]:
    """Heights: each as near to its neighbors as the order and the sizes allow."""
    centers = dict[Name, float]()
    for layer in layers:
        offsets = _offsets(layer, sizes, gap)
        middle = offsets[-1] / 2 if offsets else 0.0
        centers.update((name, offset - middle) for name, offset in zip(layer, offsets, strict=True))
    for sweep in range(2 * sweeps):
        ordered = layers if sweep % 2 == 0 else layers[::-1]
        for layer in ordered:
            wanted = [_wanted(name, centers, before, after, sweep) for name in layer]
            centers.update(zip(layer, _spread(wanted, _offsets(layer, sizes, gap)), strict=True))
    top = min((centers[name] - sizes[name] / 2 for name in centers), default=0.0)
    return {name: center - top for name, center in centers.items()}


def _wanted(name: Name, centers: Mapping[Name, float], before: _Neighbors, after: _Neighbors, sweep: int) -> float:
    """Where a name would stand alone: first between those on one side, in the end between all."""
    sides = (before, after) if sweep % 2 == 0 else (after, before)
    near, far = ([centers[one] for one in side.get(name, ())] for side in sides)
    chosen = near or far if sweep < 2 else near + far
    return sum(chosen) / len(chosen) if chosen else centers[name]


def _offsets(layer: Sequence[Name], sizes: Mapping[Name, float], gap: float) -> list[float]:
    """The centers of a layer that is packed from zero."""
    offsets, bottom = list[float](), 0.0
    for name in layer:
        offsets.append(bottom + sizes[name] / 2)
        bottom += sizes[name] + gap
    return offsets


def _spread(wanted: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """The places nearest to those that are wanted, in order and apart (isotonic regression, pooling neighbors)."""
    blocks: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            more, others = blocks.pop()
            total, count = total + more, count + others
        blocks.append((total, count))
    shifts = [total / count for total, count in blocks for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=True)]
