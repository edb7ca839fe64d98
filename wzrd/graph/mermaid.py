"""A graph as Mermaid text, which GitHub and Prefect's pages draw: kinds are filled by color, outcomes framed."""

from collections.abc import Mapping
from dataclasses import dataclass

from wzrd.domain.shown import shown_line
from wzrd.graph.actions import action_id_of, model_named
from wzrd.graph.binding import target_handle
from wzrd.graph.model import Graph, Node

MOST_TEXT = 45_000
MOST_EDGES = 480
"""Mermaid draws no text above 50,000 characters and no more than 500 edges, unless it is told otherwise."""
_KIND_COLORS: Mapping[str, str] = {
    "Text": "#b45309", "Prompt": "#d97706", "Image": "#2563eb", "ImageEdit": "#0e7490", "Video": "#7c3aed",
    "Audio": "#047857", "Upload": "#64748b", "Transform": "#475569", "Combine": "#be185d", "Model": "#4338ca",
    "Gateway": "#57534e", "Output": "#1f2937", "comment": "#a16207",
}  # fmt: skip
_STATUS_COLORS: Mapping[str, str] = {
    "succeeded": "#16a34a", "cached": "#0d9488", "running": "#0284c7", "failed": "#dc2626", "skipped": "#9ca3af",
    "canceled": "#ea580c", "queued": "#9ca3af",
}  # fmt: skip
_LONGEST = 60
"""Characters of a node's name, and of what it does."""
_ENTITIES = {ord(char): f"#{ord(char)};" for char in "#&<>\"'`\\|[]{}()%;"}


@dataclass(frozen=True, slots=True)
class NodeOutcome:
    """Outcome of a node: its status, `cached` where it was used again, and a word more (seconds, credits)."""

    status: str
    note: str = ""


def draw_graph(graph: Graph, outcomes: Mapping[str, NodeOutcome] | None = None) -> str:
    """The graph as Mermaid's text; nothing that a node says is markup. `outcomes`: how nodes ended, by id."""
    known = outcomes or {}
    ids = {name: f"n{number}" for number, name in enumerate(graph.nodes)}
    lines = [f'{ids[name]}["{_label(node, known.get(name))}"]' for name, node in graph.nodes.items()]
    for edge in graph.edges:
        handle = quote(target_handle(graph.nodes[edge.target], edge))
        lines.append(f'{ids[edge.source]} -->|"{handle}"| {ids[edge.target]}')
    for kind, color in _KIND_COLORS.items():
        if found := [ids[name] for name, node in graph.nodes.items() if node.kind == kind]:
            lines += [f"classDef {kind} fill:{color},color:#fff,stroke:{color}", f"class {','.join(found)} {kind}"]
    for status, color in _STATUS_COLORS.items():
        if found := [ids[name] for name, one in known.items() if one.status == status and name in ids]:
            lines += [f"classDef {status} stroke:{color},stroke-width:4px", f"class {','.join(found)} {status}"]
    return "\n    ".join(["flowchart LR", *lines]) + "\n"


def _label(node: Node, outcome: NodeOutcome | None) -> str:
    """Lines of a node: its name, what it does, how it ended."""
    work = model_named(node) or action_id_of(node) or node.kind
    ended = f"{outcome.status} · {outcome.note}" if outcome and outcome.note else outcome.status if outcome else ""
    return "<br/>".join(quote(words) for words in (node.label, work, ended) if words)


def quote(text: str) -> str:
    """The beginning of a text on one line, spelled so that Mermaid reads no markup in it."""
    line = shown_line(text[:2_000])
    return (line if len(line) <= _LONGEST else line[:_LONGEST].rstrip() + "…").translate(_ENTITIES) or " "
