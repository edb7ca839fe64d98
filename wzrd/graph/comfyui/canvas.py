"""A saved canvas of ComfyUI's as its API format has it: inputs by name, links between nodes that do something.

Subgraphs are opened; reroutes, primitives, Get and Set nodes and bypassed nodes are followed to what stands behind
them, as ComfyUI does before it runs a workflow. Widgets have values and no names there: `widgets.json` has the names
of each class that is read, in their order, as its node declares them.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, TypeAlias, cast

import orjson

from wzrd.contracts.wire import elements_of, members_of
from wzrd.graph.comfyui.values import CONTROLS
from wzrd.graph.file_format import BadGraphFile

Node: TypeAlias = Mapping[str, Any]
DEEPEST, LONGEST = 8, 200
"""Subgraphs within one another, and nodes that are followed to a source."""
MUTED, BYPASSED = "2", "4"
LEFT_OUT = {MUTED: "it is muted there", BYPASSED: "it is bypassed there: what comes to it goes on"}
_DOUBLE = "another node there has its id"
_FOLLOWED = ("Reroute", "PrimitiveNode", "GetNode", "SetNode", "Note", "MarkdownNote")
_GROUP = "a group node is not read: make a subgraph of it there"
_SEEDS = ("seed", "noise_seed")
_INPUT_NODE, _WITHOUT = -10, "-1"
"""Ids, within a subgraph, of what comes from without, and of what its host shows of that."""


def is_canvas(value: object) -> bool:
    """True for nodes as a list, and links as another."""
    members = members_of(value)
    return isinstance(members.get("nodes"), list) and isinstance(members.get("links"), list)


def flatten(value: object, most: int) -> tuple[dict[str, Node], list[tuple[str, Node, str]]]:
    """Nodes as the API format has them; and those that are off: id, node, why.

    Raises:
        BadGraphFile: they are more than `most`, with those of opened subgraphs.
    """
    canvas = members_of(value)
    kept = map(members_of, elements_of(members_of(canvas.get("definitions")).get("subgraphs")))
    made, off = dict[str, Node](), list[tuple[str, Node, str]]()
    for count, (sheet, node, why) in enumerate(_Sheet(canvas, {str(one.get("id")): one for one in kept}).opened()):
        if count > most:
            raise BadGraphFile(f"the workflow has more than {most:,} nodes; {most:,} at most are read")
        node_id = sheet.prefix + str(node.get("id"))
        title = {"_meta": {"title": node["title"]}} if isinstance(node.get("title"), str) else {}
        one = {"class_type": str(node["type"]), **title}
        if why:
            off.append((node_id, one, why))
        elif not sheet.is_subgraph(node):
            made[node_id] = {**one, "inputs": {**_values(node), **sheet.linked(node)}, "outputs": node.get("outputs")}
    return made, off


class _Sheet:
    """One sheet of the canvas, or a subgraph as it is opened for its `host` on the sheet `around` it."""

    def __init__(
        self, told: Node, subgraphs: Mapping[str, Node], host: Node | None = None, around: "_Sheet | None" = None
    ) -> None:
        self.told, self._subgraphs, self._around = told, subgraphs, around
        self._host: Node = host or {}
        self.depth: int = 0 if around is None else around.depth + 1
        self.prefix: str = "" if around is None else f"{around.prefix}{self._host.get('id')}:"
        self._all = [one for one in map(members_of, elements_of(told.get("nodes"))) if "type" in one]
        self._nodes = {str(one.get("id")): one for one in reversed(self._all)}
        self._links = dict(map(_link, elements_of(told.get("links"))))
        self._setters = {str(_first(one)): one for one in self._all if one["type"] == "SetNode"}
        self._inner = dict[str, _Sheet]()

    def opened(self) -> Iterator[tuple["_Sheet", Node, str]]:
        """Every node that does something, the hosts of subgraphs before what is in these; and why it is left out."""
        for node in self._all:
            is_double = self._nodes[str(node.get("id"))] is not node
            if node["type"] not in _FOLLOWED:
                yield self, node, _DOUBLE if is_double else _why_left_out(node)
            if self.is_subgraph(node) and not is_double and str(node.get("mode")) not in LEFT_OUT:
                yield from self._open(node).opened()

    def is_subgraph(self, node: Node) -> bool:
        """True if a node stands for a subgraph; too deep within others it is one of its own."""
        return str(node.get("type")) in self._subgraphs and self.depth < DEEPEST

    def _open(self, node: Node) -> "_Sheet":
        known = str(node.get("id"))
        if known not in self._inner:
            self._inner[known] = _Sheet(self._subgraphs[str(node["type"])], self._subgraphs, node, self)
        return self._inner[known]

    def linked(self, node: Node) -> dict[str, Any]:
        """Sources of a node's inputs, by name: a value, or a node and its output."""
        links = {str(one.get("name")): one["link"] for one in _inputs(node) if one.get("link") is not None}
        found = {name: self.source(link, LONGEST) for name, link in links.items()}
        return {name: value for name, value in found.items() if value is not None}

    def source(self, link: object, left: int) -> Any:
        """Where a link comes from: `[node id, output]`, a primitive's value, or None where nobody says anything."""
        node_id, slot = self._links.get(str(link), ("", 0))
        if self._around is not None and node_id == str(members_of(self.told.get("inputNode")).get("id", _INPUT_NODE)):
            return self._promoted(slot, left)
        node = self._nodes.get(node_id, {})
        if node.get("type") == "PrimitiveNode":
            return _first(node)
        step = self._behind(node, slot) if left else None
        if step is None:
            return [self.prefix + node_id, slot]
        sheet, behind = step
        return None if behind is None else sheet.source(behind, left - 1)

    def _behind(self, node: Node, slot: int) -> tuple["_Sheet", object] | None:
        """The link behind a node that only hands on, and its sheet; None for a node that does something."""
        links = [one for one in _inputs(node) if one.get("link") is not None]
        mode = str(node.get("mode"))
        if node.get("type") == "GetNode":
            links = _inputs(self._setters.get(str(_first(node)), {}))
        elif mode == BYPASSED:
            wanted = _at(node.get("outputs"), slot).get("type")
            beside = _at(node.get("inputs"), slot)
            links = [one for one in (beside, *_inputs(node)) if one.get("type") == wanted]
        elif self.is_subgraph(node) and mode != MUTED:
            inner = self._open(node)
            return inner, next(iter(elements_of(_at(inner.told.get("outputs"), slot).get("linkIds"))), None)
        elif node.get("type") not in _FOLLOWED:
            return None
        return self, next((one.get("link") for one in links), None)

    def _promoted(self, slot: int, left: int) -> Any:
        """Source of an input of the subgraph: the link to its host's input of that name, else its host's widget."""
        name = _at(self.told.get("inputs"), slot).get("name")
        told = next((one for one in _inputs(self._host) if one.get("name") == name), members_of(None))
        if told.get("link") is not None and self._around is not None:
            return self._around.source(told["link"], left - 1) if left else None
        return _named(self._promoted_names(), self._host).get(str(name))

    def _promoted_names(self) -> list[str]:
        """Names of the widgets that its host shows: as that says, else all that lead to a widget within."""
        shown = [elements_of(one) for one in elements_of(members_of(self._host.get("properties")).get("proxyWidgets"))]
        if shown:
            return [str(one[1]) for one in shown if len(one) > 1 and str(one[0]) == _WITHOUT]
        fed = {str(one.get("link")) for node in self._all for one in _inputs(node) if "widget" in one}
        inputs = map(members_of, elements_of(self.told.get("inputs")))
        return [str(one.get("name")) for one in inputs if fed.intersection(map(str, elements_of(one.get("linkIds"))))]


def _why_left_out(node: Node) -> str:
    if str(node["type"]).startswith(("workflow>", "workflow/")):
        return _GROUP
    return LEFT_OUT.get(str(node.get("mode")), "")


def _link(told: object) -> tuple[str, tuple[str, int]]:
    """A link's id, and the node and the output that it comes from; a list on the outer sheet, an object within."""
    one = members_of(told)
    parts = [*elements_of(cast("object", told)), None, None, None] if isinstance(told, list) else []
    link_id, node_id, slot = parts[:3] or [one.get(name) for name in ("id", "origin_id", "origin_slot")]
    return str(link_id), (str(node_id), slot if isinstance(slot, int) else 0)


def _values(node: Node) -> dict[str, Any]:
    """The values of a node's widgets by their names: as told, as its class has them, as its inputs name them.

    Where nobody names them, one that stands alone is known, the only text of several words, and what a seed is.
    """
    if named := members_of(node.get("widgets_values_named")):
        return dict(named)
    widgets = [str(members_of(one.get("widget")).get("name")) for one in _inputs(node) if "widget" in one]
    names = _widgets().get(str(node["type"]), "").split()
    told = elements_of(node.get("widgets_values"))
    values = [one for one in told if one not in (*CONTROLS, "", None)]
    if names or len(widgets) >= len(values):
        return _named(names or widgets, node)
    if len(values) == 1:
        return {"value": values[0]}
    texts = list(dict.fromkeys(one for one in values if isinstance(one, str) and one.strip().count(" ") > 2))
    seed = next((one for one, after in pairwise(told) if after in CONTROLS), None)
    text = texts[0] if len(texts) == 1 else None
    known = {"text": text} if seed is None else {"prompt": text, "seed": seed}
    return {name: value for name, value in known.items() if value is not None}


def _named(names: Sequence[str], node: Node) -> dict[str, Any]:
    """Values of widgets in the order of their names; what becomes of a seed, which stands behind it, has none."""
    told, made = node.get("widgets_values"), dict[str, Any]()
    if isinstance(told, dict):
        return dict(members_of(cast("object", told)))
    values = iter(elements_of(told))
    before = ""
    for name in names:
        value = next(values, None)
        if value in CONTROLS or (before in _SEEDS and isinstance(value, bool)):
            value = next(values, None)
        made[name], before = value, name
    return {name: value for name, value in made.items() if value is not None}


def _inputs(node: Node) -> list[Node]:
    return [members_of(one) for one in elements_of(node.get("inputs"))]


def _at(told: object, slot: int) -> Node:
    many = elements_of(told)
    return members_of(many[slot] if 0 <= slot < len(many) else None)


def _first(node: Node) -> object:
    return next(iter(elements_of(node.get("widgets_values"))), None)


@cache
def _widgets() -> Mapping[str, str]:
    return orjson.loads(files("wzrd.graph.comfyui").joinpath("widgets.json").read_bytes())
