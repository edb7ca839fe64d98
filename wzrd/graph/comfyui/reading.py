"""ComfyUI's JSON as a graph file of ours, and a list of what was not understood.

ComfyUI's "Export (API)" writes `{node id: {"class_type": …, "inputs": {name: value or [node id, output]}}}`. Sampling
by hand (checkpoint, conditioning, latent, sampler, decoder) is one Image or Video node here; what each class means
stands in `classes.py`. What is not understood is left out and told; nothing is guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from wzrd.contracts.wire import members_of
from wzrd.domain.shown import shown_line
from wzrd.graph.comfyui.canvas import flatten, is_canvas
from wzrd.graph.comfyui.classes import CLASSES, QUIET
from wzrd.graph.comfyui.unknown import UNKNOWN, UnknownNode, keep_what_comes, no_equal
from wzrd.graph.comfyui.values import Missing, Translation, UnreadableNode
from wzrd.graph.file_format import BadGraphFile, GraphFile
from wzrd.graph.reading import MAX_NODES
from wzrd.graph.topological_order import sort_names

FIRST = 3
"""Reasons that are told of a workflow of which nothing is left: the others follow from them."""
_FOLLOWS = "was not understood"
_IN_CYCLE, _UNUSED = "it is part of a cycle", "nothing that is imported uses it"
SHOWN = 80
"""Characters of a foreign name that are repeated."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """A node of ComfyUI's that is not, or not wholly, in the graph, and why."""

    node_id: str
    class_type: str
    reason: str


@dataclass(frozen=True, slots=True)
class ComfyImport:
    """The graph, and what is missing in it."""

    file: GraphFile
    not_understood: tuple[NotUnderstood, ...]


def is_comfyui(value: object) -> bool:
    """True if a file's JSON is ComfyUI's: its API format, bare or as `prompt`, or a saved canvas."""
    return _nodes_of(value) is not None or is_canvas(value)


def read_comfyui(value: object, name: str = "") -> ComfyImport:
    """The graph that ComfyUI's JSON means.

    Raises:
        BadGraphFile: no node of it has an equal here.
    """
    nodes, off = flatten(value, MAX_NODES) if is_canvas(value) else (_nodes_of(value), [])
    if nodes is None:
        raise BadGraphFile("it is no workflow in ComfyUI's API format")
    if len(nodes) > MAX_NODES:
        raise BadGraphFile(f"the workflow has {len(nodes):,} nodes; {MAX_NODES:,} at most are read")
    translation = Translation()
    links = [(source, node_id) for node_id, node in nodes.items() for source, _ in _links(node) if source in nodes]
    levels, _ = sort_names(nodes, links)
    used = {source for source, _ in links}
    ordered = [node_id for level in levels for node_id in level]
    remarks = {one: _translate(translation, one, nodes[one], is_end=one not in used) for one in ordered}
    cycles = {node_id: [_IN_CYCLE] for node_id in nodes if node_id not in remarks}
    file = translation.finish(name)
    unused = [_puzzle(node_id, nodes[node_id], _UNUSED) for node_id in translation.unused_files]
    told = [
        _puzzle(node_id, nodes[node_id], one)
        for node_id, many in (remarks | cycles).items()
        for one in many
        if not (nodes[node_id]["class_type"] in QUIET and one.startswith(UNKNOWN))
    ]
    puzzles = [*told, *unused, *(_puzzle(*one) for one in off)]
    if file is None:
        lost = [one for one in puzzles if not isinstance(translation.outputs.get(one.node_id), tuple)] or puzzles
        lost.sort(key=lambda one: (_FOLLOWS in one.reason, UNKNOWN in one.reason))
        known = ", ".join(sorted({one.class_type for one in lost})[:10])
        first = "; ".join(f"node {one.node_id} ({one.class_type}): {one.reason}" for one in lost[:FIRST])
        message = f"no node of the workflow has an equal here ({known or 'it makes nothing'})"
        raise BadGraphFile(f"{message}: {first}" if first else message)
    return ComfyImport(file, tuple(puzzles))


def _nodes_of(value: object) -> Mapping[str, Mapping[str, Any]] | None:
    """The nodes of an API-format workflow; None for anything else."""
    if not isinstance(value, dict):
        return None
    members = cast("dict[str, Any]", value)
    if isinstance(members.get("prompt"), dict) and "class_type" not in members:
        members = cast("dict[str, Any]", members["prompt"])
    found = {key: cast("Mapping[str, Any]", node) for key, node in members.items() if _is_node(node)}
    return found or None


def _is_node(value: object) -> bool:
    return isinstance(value, dict) and isinstance(cast("dict[str, Any]", value).get("class_type"), str)


def link_of(value: object) -> tuple[str, int] | None:
    """The node and the output that an input's value refers to."""
    match value:
        case [str() | int() as node_id, int(output)] if not isinstance(node_id, bool):
            return str(node_id), int(output)
        case _:
            return None


def _links(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    return filter(None, map(link_of, members_of(node.get("inputs")).values()))


def _translate(translation: Translation, node_id: str, node: Mapping[str, Any], *, is_end: bool) -> list[str]:
    """One node; what is puzzling about it, to which nodes behind it may add."""
    class_type = str(node["class_type"])
    inputs = {name: _resolved(translation, value) for name, value in members_of(node.get("inputs")).items()}
    handler = CLASSES.get(class_type.strip().replace(" ", "_"))
    scene = translation.at(node_id, _title(node), inputs)
    missing = Missing(f"node {node_id[:SHOWN]} ({class_type[:SHOWN]}) {_FOLLOWS}")
    translation.outputs[node_id] = missing
    try:
        if handler is not None:
            translation.outputs[node_id] = tuple(handler(scene))
        elif is_end:
            keep_what_comes(scene, no_equal(class_type))
        else:
            behind = UnknownNode(scene, node.get("outputs"), no_equal(class_type))
            translation.outputs[node_id] = replace(missing, behind=behind)
    except UnreadableNode as unreadable:
        return [str(unreadable)]
    return scene.remarks


def _resolved(translation: Translation, value: object) -> object:
    """An input's value: what another node has made, or what is written there."""
    link = link_of(value)
    if link is None:
        return value
    made = translation.outputs.get(link[0])
    if made is None:
        return Missing(f"it refers to node {link[0][:SHOWN]}, which is not there")
    if isinstance(made, Missing):
        return replace(made, slot=link[1])
    return (
        made[link[1]]
        if 0 <= link[1] < len(made)
        else Missing(f"output {link[1]} of node {link[0][:SHOWN]} is not known")
    )


def _title(node: Mapping[str, Any]) -> str:
    meta = node.get("_meta")
    title = members_of(meta).get("title")
    return title if isinstance(title, str) and title != node["class_type"] else ""


def _puzzle(node_id: str, node: Mapping[str, Any], reason: str) -> NotUnderstood:
    return NotUnderstood(shown_line(node_id[:SHOWN]), shown_line(str(node["class_type"])[:SHOWN]), shown_line(reason))
