"""ComfyUI's JSON as a graph file of ours, and a list of what was not understood.

ComfyUI's "Export (API)" writes `{node id: {"class_type": …, "inputs": {name: value or [node id, output]}}}`. Sampling
by hand (checkpoint, conditioning, latent, sampler, decoder) is one Image or Video node here; what each class means
stands in `classes.py`. What is not understood is left out and told; nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from wzrd.contracts.wire import members_of
from wzrd.graph.comfyui.canvas import flatten, is_canvas
from wzrd.graph.comfyui.classes import CLASSES
from wzrd.graph.comfyui.values import CONTROLS, Conditioning, Guider, Latent, Made, Missing, Translation, UnreadableNode
from wzrd.graph.file_format import BadGraphFile, GraphFile
from wzrd.graph.reading import MAX_NODES

FIRST = 3
"""Reasons that are told of a workflow of which nothing is left: the others follow from them."""
_VALUES = ("value", "seed", "int", "float", "number", "text", "string", "prompt")
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
    translation, puzzles = Translation(), [_puzzle(*one) for one in off]
    ordered = _sorted(nodes)
    for node_id in ordered:
        puzzles += _translate(translation, node_id, nodes[node_id])
    cycles = [_puzzle(node_id, nodes[node_id], "it is part of a cycle") for node_id in nodes if node_id not in ordered]
    file = translation.finish(name)
    idle = "nothing that is imported uses it"
    puzzles += [*cycles, *(_puzzle(node_id, nodes[node_id], idle) for node_id in translation.unused_files)]
    if file is None:
        lost = [one for one in puzzles if not isinstance(translation.outputs.get(one.node_id), tuple)] or puzzles
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


def _sorted(nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, None]:
    """Ids, each after those that it refers to; those of a cycle, and behind one, are not among them."""
    waits = dict[str, int]()
    after: dict[str, list[str]] = {node_id: [] for node_id in nodes}
    for node_id, node in nodes.items():
        sources = [
            link[0]
            for value in members_of(node.get("inputs")).values()
            if (link := link_of(value)) and link[0] in nodes
        ]
        waits[node_id] = len(sources)
        for source in sources:
            after[source].append(node_id)
    ready = [node_id for node_id in reversed(list(nodes)) if not waits[node_id]]
    ordered = dict[str, None]()
    while ready:
        ordered[node_id := ready.pop()] = None
        for target in after[node_id]:
            waits[target] -= 1
            if not waits[target]:
                ready.append(target)
    return ordered


def _translate(translation: Translation, node_id: str, node: Mapping[str, Any]) -> Sequence[NotUnderstood]:
    """One node; what is puzzling about it."""
    class_type = str(node["class_type"])
    inputs = {name: _resolved(translation, value) for name, value in members_of(node.get("inputs")).items()}
    handler = CLASSES.get(class_type.strip().replace(" ", "_"))
    if handler is None and (value := _lone_value(inputs)) is not None:
        translation.outputs[node_id] = (value,)
        return [_puzzle(node_id, node, f"no node here is its equal: {str(value)[:SHOWN]!r}, its only value, goes on")]
    if handler is None and (medium := _lone_medium(inputs)) is not None:
        translation.outputs[node_id] = (medium,)
        return [_puzzle(node_id, node, f"no node here is its equal: the {medium.data_type} goes on as it came")]
    if handler is None:
        translation.outputs[node_id] = Missing(f"node {node_id[:SHOWN]} ({class_type[:SHOWN]}) was not understood")
        return [_puzzle(node_id, node, "no node here is its equal")]
    scene = translation.at(node_id, _title(node), inputs)
    try:
        translation.outputs[node_id] = tuple(handler(scene))
    except UnreadableNode as unreadable:
        translation.outputs[node_id] = Missing(f"node {node_id[:SHOWN]} ({class_type[:SHOWN]}) was not understood")
        return [_puzzle(node_id, node, str(unreadable))]
    return [_puzzle(node_id, node, remark) for remark in scene.remarks]


def _lone_value(inputs: Mapping[str, object]) -> object:
    """The value of a node that holds one and takes nothing: a seed, a number, a text. None for any other node."""
    known = [(name.lower(), value) for name, value in inputs.items() if value not in CONTROLS]
    name, value = known[0] if len(known) == 1 else ("", None)
    return value if name in _VALUES and isinstance(value, str | int | float) else None


def _lone_medium(inputs: Mapping[str, object]) -> Made | None:
    """The picture, clip or sound that comes to a node, where nothing else comes that it may be made from."""
    media = [value for value in inputs.values() if isinstance(value, Made)]
    makes = any(isinstance(value, Conditioning | Guider | Latent) for value in inputs.values())
    asks = any(word in name.lower() for name in inputs for word in ("prompt", "text"))
    return media[0] if len(media) == 1 and media[0].data_type != "text" and not (makes or asks) else None


def _resolved(translation: Translation, value: object) -> object:
    """An input's value: what another node has made, or what is written there."""
    link = link_of(value)
    if link is None:
        return value
    made = translation.outputs.get(link[0])
    if made is None:
        return Missing(f"it refers to node {link[0][:SHOWN]}, which is not there")
    if isinstance(made, Missing):
        return made
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
    return NotUnderstood(node_id[:SHOWN], str(node["class_type"])[:SHOWN], reason)
