"""A graph as a picture: an SVG that stands alone, from left to right, kinds by color, framed by outcome."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt

from wzrd.graph.actions import action_id_of, model_named
from wzrd.graph.binding import source_handle, target_handle
from wzrd.graph.kinds import KINDS, default_ports
from wzrd.graph.layered_layout import Layout, arrange
from wzrd.graph.model import Edge, Graph, Node
from wzrd.graph.svg_text import fit, quote, width_of

WIDTH, HEAD, LINE, PAD = 216.0, 22.0, 17.0, 9.0
GAP, CHANNEL, MARGIN = 26.0, 84.0, 40.0
COMPACT = 600
"""Nodes from which only their names are shown."""
KIND_COLORS: Mapping[str, str] = {
    "Text": "#b45309", "Prompt": "#d97706", "Image": "#2563eb", "ImageEdit": "#0e7490", "Video": "#7c3aed",
    "Audio": "#047857", "Upload": "#64748b", "Transform": "#475569", "Combine": "#be185d", "Model": "#4338ca",
    "Gateway": "#57534e", "Output": "#1f2937", "comment": "#a16207",
}  # fmt: skip
TYPE_COLORS: Mapping[str, str] = {
    "text": "#d97706", "string": "#d97706", "image": "#3b82f6", "video": "#8b5cf6", "audio": "#10b981",
}  # fmt: skip
STATUS_COLORS: Mapping[str, str] = {
    "succeeded": "#16a34a", "cached": "#0d9488", "running": "#0284c7", "failed": "#dc2626", "skipped": "#9ca3af",
    "canceled": "#ea580c", "queued": "#9ca3af",
}  # fmt: skip
_OTHER = "#94a3b8"
_MARKS: Mapping[str, str] = {
    "succeeded": "M-4 0.5L-1 3.5L4.5-3",
    "cached": "M-4 0.5L-1 3.5L4.5-3",
    "failed": "M-3.4-3.4L3.4 3.4M3.4-3.4L-3.4 3.4",
    "skipped": "M-4 0H4",
    "canceled": "M-3.4-3.4V3.4M3.4-3.4V3.4",
    "running": "M-3-4L4 0L-3 4Z",
    "queued": "M0-4V0.5L3 2.5",
}
_STYLE = """text{font-family:Inter,"Helvetica Neue",Arial,"Noto Sans","Noto Sans CJK SC",sans-serif;fill:#0f172a}
.k{font-size:11px;font-weight:600;fill:#fff}.l{font-size:14px;font-weight:600}.d{font-size:11.5px;fill:#64748b}
.p{font-size:11px;fill:#475569}.e{fill:none;stroke-width:2;stroke-opacity:.75}.o{text-anchor:end}
.t{font-size:19px;font-weight:700}.g{font-size:12px;fill:#475569}"""


@dataclass(frozen=True, slots=True)
class NodeOutcome:
    """Outcome of a node: its status, `cached` where it was used again, and a word more (seconds, credits)."""

    status: str
    note: str = ""


@dataclass(slots=True)
class _Box:
    """A node's place: its upper left corner, and the heights of its ports by name."""

    node: Node
    inputs: dict[str, str] = field(default_factory=dict[str, str])
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    x: float = 0.0
    y: float = 0.0
    compact: bool = False

    @property
    def height(self) -> float:
        if self.compact:
            return HEAD + LINE + PAD
        return HEAD + 2 * LINE + PAD + LINE * max(len(self.inputs), len(self.outputs))

    def port(self, name: str, *, of: Mapping[str, str]) -> float:
        """The height of a port."""
        if self.compact:
            return self.y + self.height / 2
        return self.y + HEAD + 2 * LINE + PAD + LINE * (list(of).index(name) + 0.3)


def draw_graph(graph: Graph, *, title: str = "", outcomes: Mapping[str, NodeOutcome] | None = None) -> str:
    """The graph as SVG.

    Args:
        graph: any that can be read, cycles and all.
        title: above it.
        outcomes: how nodes ended, by id; they are then framed and marked so.
    """
    known = outcomes or {}
    boxes = _boxes(graph)
    lines = _place(graph, boxes)
    width = max([box.x + WIDTH for box in boxes.values()] + [360.0 - MARGIN, width_of(title, 19) + MARGIN])
    bottom = max((box.y + box.height for box in boxes.values()), default=MARGIN)
    legend = list(_legend(graph, known, bottom + 34, width))
    size = f"{width + MARGIN:.0f}", f"{bottom + 34 + (legend[-1][1] if legend else 0) + MARGIN / 2:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {" ".join(size)}" role="img"',
        f'width="{size[0]}" height="{size[1]}">',
        f"<title>{quote(title or 'Compute graph')}</title><style>{_STYLE}</style>",
        '<rect width="100%" height="100%" fill="#f8fafc"/>',
        f'<text class="t" x="{MARGIN}" y="38">{quote(fit(title, 19, width))}</text>' if title else "",
        *lines,
        *(part for box in boxes.values() for part in _drawn(box, known.get(box.node.id))),
        *(part for part, _ in legend),
        "</svg>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _boxes(graph: Graph) -> dict[str, _Box]:
    compact = len(graph.nodes) > COMPACT
    boxes = {name: _Box(node, compact=compact) for name, node in graph.nodes.items()}
    for edge in graph.edges:
        source, target = graph.nodes[edge.source], graph.nodes[edge.target]
        boxes[edge.source].outputs.setdefault(source_handle(source, edge), _type_of(edge, source))
        boxes[edge.target].inputs.setdefault(target_handle(target, edge), _type_of(edge, source))
    return boxes


def _type_of(edge: Edge, source: Node) -> str:
    if edge.data_type != "any":
        return edge.data_type
    ports = source.outputs or default_ports(source.kind)[1]
    return next((port.data_type for port in ports if port.id == edge.source_port), "any")


def _place(graph: Graph, boxes: Mapping[str, _Box]) -> list[str]:
    """Give every box its corner; the lines between them."""
    ends = {name for edge in graph.edges for name in (edge.source, edge.target)}
    wired, alone = [name for name in boxes if name in ends], [name for name in boxes if name not in ends]
    heights = {name: boxes[name].height for name in wired}
    pairs = [(edge.source, edge.target) for edge in graph.edges]
    layout = arrange(wired, pairs, heights, gap=GAP, bend=6.0)
    columns = _columns(layout, pairs)
    for name in wired:
        boxes[name].x = columns[layout.layer_of[name]]
        boxes[name].y = MARGIN + 26 + layout.centers[name] - boxes[name].height / 2
    bottom = max((box.y + box.height + GAP for name, box in boxes.items() if name in ends), default=MARGIN + 26)
    _place_alone([boxes[name] for name in alone], bottom, len(columns))
    return [_line(number, edge, graph, boxes, layout, columns) for number, edge in enumerate(graph.edges)]


def _columns(layout: Layout, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """The left sides of the layers; the more edges pass between two, the farther apart they stand."""
    between = Counter(layout.layer_of[source] for source, _ in pairs)
    between.update(layer for bends in layout.bends.values() for _, layer in bends)
    columns, x = list[float](), MARGIN
    for layer in range(len(layout.layers)):
        columns.append(x)
        x += WIDTH + CHANNEL + min(160.0, 3.0 * between[layer])
    return columns


def _place_alone(boxes: Sequence[_Box], top: float, columns: int) -> None:
    """Nodes without edges stand in rows below the others."""
    across = max(columns, ceil(sqrt(len(boxes)))) or 1
    for start in range(0, len(boxes), across):
        row = boxes[start : start + across]
        for index, box in enumerate(row):
            box.x, box.y = MARGIN + index * (WIDTH + GAP), top
        top += max(box.height for box in row) + GAP


def _line(
    number: int, edge: Edge, graph: Graph, boxes: Mapping[str, _Box], layout: Layout, columns: Sequence[float]
) -> str:
    source, target = boxes[edge.source], boxes[edge.target]
    data_type = source.outputs[name := source_handle(graph.nodes[edge.source], edge)]
    points = [(source.x + WIDTH, source.port(name, of=source.outputs))]
    if layout.layer_of[edge.source] < layout.layer_of[edge.target]:
        for bend in layout.bends.get(number, ()):
            height = MARGIN + 26 + layout.centers[bend]
            points += [(columns[bend[1]], height), (columns[bend[1]] + WIDTH, height)]
    points.append((target.x, target.port(target_handle(graph.nodes[edge.target], edge), of=target.inputs)))
    back = ' stroke-dasharray="5 4"' if points[0][0] > points[-1][0] else ""
    return f'<path class="e" stroke="{TYPE_COLORS.get(data_type, _OTHER)}"{back} d="{_curve(points)}"/>'


def _curve(points: Sequence[tuple[float, float]]) -> str:
    """Through the points, level at each."""
    (x, y), *rest = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in rest:
        pull = max(30.0, abs(to_x - x) / 2)
        level = abs(to_y - y) < 0.05 and to_x > x
        parts.append(
            f"H{to_x:.1f}" if level else f"C{x + pull:.1f} {y:.1f} {to_x - pull:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        )
        x, y = to_x, to_y
    return "".join(parts)


def _drawn(box: _Box, outcome: NodeOutcome | None) -> Iterator[str]:
    node, height = box.node, box.height
    color = KIND_COLORS[node.kind]
    edge, line = (STATUS_COLORS.get(outcome.status, _OTHER), 3) if outcome else ("#cbd5e1", 1)
    dashed = ' stroke-dasharray="6 4"' if outcome and outcome.status in {"skipped", "queued"} else ""
    faded = ' opacity=".62"' if outcome and outcome.status == "skipped" else ""
    paper = "#fefce8" if node.kind == "comment" else "#fff"
    yield f'<g transform="translate({box.x:.1f} {box.y:.1f})"{faded}>'
    frame = f'stroke="{edge}" stroke-width="{line}"{dashed}'
    yield f'<rect width="{WIDTH}" height="{height}" rx="9" fill="{paper}" {frame}/>'
    yield f'<path d="M0 {HEAD}V9A9 9 0 0 1 9 0H{WIDTH - 9}A9 9 0 0 1 {WIDTH} 9V{HEAD}Z" fill="{color}"/>'
    yield f'<text class="k" x="{PAD}" y="15">{quote(node.kind)}</text>'
    note = outcome.note if outcome else ""
    if note:
        yield f'<text class="k o" x="{WIDTH - (26 if outcome else PAD)}" y="15">{quote(fit(note, 11, 110))}</text>'
    yield f'<text class="l" x="{PAD}" y="{HEAD + 17}">{quote(fit(node.label, 14, WIDTH - 2 * PAD))}</text>'
    if not box.compact:
        detail = quote(fit(_detail(node), 11.5, WIDTH - 2 * PAD))
        yield f'<text class="d" x="{PAD}" y="{HEAD + 2 * LINE}">{detail}</text>'
        yield from _ports(box)
    if outcome:
        yield _mark(outcome.status, WIDTH - 13, HEAD / 2)
    yield "</g>"


def _detail(node: Node) -> str:
    """Detail line of a node: its model and action, else what it says."""
    known = [action_id_of(node), model_named(node)]
    said = next((node.params[name] for name in ("prompt", "text") if isinstance(node.params.get(name), str)), "")
    return " · ".join(filter(None, known)) or said


def _ports(box: _Box) -> Iterator[str]:
    for side, names in (("", box.inputs), (" o", box.outputs)):
        dot, edge = (0.0, PAD) if not side else (WIDTH, WIDTH - PAD)
        for name, data_type in names.items():
            y = box.port(name, of=names) - box.y
            yield f'<circle cx="{dot}" cy="{y:.1f}" r="4" fill="{TYPE_COLORS.get(data_type, _OTHER)}" stroke="#fff"/>'
            yield f'<text class="p{side}" x="{edge}" y="{y + 4:.1f}">{quote(fit(name, 11, WIDTH / 2 - 14))}</text>'


def _mark(status: str, x: float, y: float) -> str:
    color = STATUS_COLORS.get(status, _OTHER)
    sign = _MARKS.get(status, "")
    fill = color if status == "running" else "none"
    return (
        f'<g transform="translate({x:.1f} {y:.1f})"><circle r="8" fill="#fff"/>'
        f'<path d="{sign}" fill="{fill}" stroke="{color}" stroke-width="2"/></g>'
    )


def _legend(graph: Graph, outcomes: Mapping[str, NodeOutcome], top: float, width: float) -> Iterator[tuple[str, float]]:
    """Legend of the colors, with numbers: parts, and how far below `top` each ends."""
    kinds = Counter(node.kind for node in graph.nodes.values())
    ends = Counter(outcome.status for name, outcome in outcomes.items() if name in graph.nodes)
    entries = [(f'<rect y="-10" width="12" height="12" rx="3" fill="{KIND_COLORS[one]}"/>', one, kinds[one])
               for one in KINDS if kinds[one]]  # fmt: skip
    entries += [(_mark(one, 6, -4), one, ends[one]) for one in STATUS_COLORS if ends[one]]
    x, y = MARGIN, 0.0
    for sign, name, count in entries:
        words = f"{name} {count:,}"
        step = 18 + width_of(words, 12) + 20
        if x + step > width and x > MARGIN:
            x, y = MARGIN, y + 22
        message = f'<text class="g" x="18" y="0">{quote(words)}</text>'
        yield f'<g transform="translate({x:.1f} {top + y:.1f})">{sign}{message}</g>', y + 16
        x += step
