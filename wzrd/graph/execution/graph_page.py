"""Pages of a graph's run: its picture as Mermaid, and what its nodes have made as HTML."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, cast
from urllib.parse import urlsplit

from wzrd.contracts.wire import members_of
from wzrd.db.items import Item
from wzrd.domain.shown import shown
from wzrd.graph.mermaid import MOST_EDGES, MOST_TEXT, NodeOutcome, draw_graph
from wzrd.graph.model import Graph, Node, made_by
from wzrd.storage.shown_addresses import OwnAddress

MOST_SHOWN = 60
LONGEST_TEXT = 600
_STYLE = """body{margin:0;font:13px Inter,system-ui,sans-serif;color:#0f172a;background:#f8fafc}
main{display:flex;flex-wrap:wrap;gap:14px;padding:14px}
figure{margin:0;width:240px;background:#fff;border:1px solid #e2e8f0;border-radius:8px;overflow:hidden}
figcaption{padding:8px 10px}small{color:#64748b}audio{width:240px}
img,video{width:240px;max-height:240px;object-fit:contain;background:#0f172a}
pre{margin:0;padding:8px 10px;white-space:pre-wrap;max-height:180px;overflow:auto}"""


def outcome_of(item: Item) -> NodeOutcome:
    """The state of a node, as it is drawn."""
    output = item.output or {}
    cached = item.status == "succeeded" and bool(output.get("cached"))
    status = {"pending": "queued"}.get(item.status, item.status)
    note = "cached" if cached else f"{item.price} credits" if item.delivered and item.price else ""
    return NodeOutcome("cached" if cached else status, note)


def picture_text(graph: Graph, items: Sequence[Item]) -> str | None:
    """The picture as Markdown; None where the graph is too large for Mermaid."""
    drawn = draw_graph(graph, {item.key: outcome_of(item) for item in items})
    return f"```mermaid\n{drawn}```" if len(graph.edges) <= MOST_EDGES and len(drawn) <= MOST_TEXT else None


def results_page(graph: Graph, items: Sequence[Item], own: OwnAddress) -> str | None:
    """Pictures, players and texts of what was made, ends of the graph first; None where nothing was.

    What does not lie in our own store is an address to read: whoever looks at the page calls nobody.
    """
    used = {edge.source for edge in graph.edges}
    made = [(node, result) for item in items if (node := graph.nodes.get(item.key)) and (result := result_of(item))]
    ordered = sorted(made, key=lambda one: one[0].id in used)
    figures = [figure for node, result in ordered for figure in _figures(node, result, own)]
    return _page(f"<main>{''.join(figures[:MOST_SHOWN])}</main>") if figures else None


def result_of(item: Item) -> Mapping[str, Any]:
    """The result of a node; empty where it has made nothing."""
    result = (item.output or {}).get("result")
    return members_of(result)


def addresses_of(result: Mapping[str, Any]) -> list[str]:
    """The files of a result: http addresses, each once."""
    urls = result.get("urls")
    addresses = [result.get("url"), *(cast("list[object]", urls) if isinstance(urls, list) else [])]
    return list(
        dict.fromkeys(url for url in addresses if isinstance(url, str) and urlsplit(url).scheme in {"http", "https"})
    )


def _figures(node: Node, result: Mapping[str, Any], own: OwnAddress) -> Iterator[str]:
    kind, files = str(result.get("type") or ""), addresses_of(result)
    for number, url in enumerate(files, 1):
        label = node.label if len(files) == 1 else f"{node.label} {number}"
        ours = own(url)
        body = f"<pre>{escape(shown(url))}</pre>" if ours is None else _shown(kind, escape(ours))
        yield _figure(body, label, made_by(result), ours or "")
    said = result.get("data")
    if not files and isinstance(said, str) and said.strip():
        text = said if len(said) <= LONGEST_TEXT else said[:LONGEST_TEXT] + "…"
        yield _figure(f"<pre>{escape(shown(text))}</pre>", node.label, made_by(result))


def _shown(kind: str, url: str) -> str:
    match kind:
        case "image":
            return f'<img src="{url}" alt="" loading="lazy">'
        case "video":
            return f'<video src="{url}" controls preload="metadata"></video>'
        case "audio":
            return f'<audio src="{url}" controls preload="metadata"></audio>'
        case _:
            return ""


def _figure(body: str, label: str, model: str, url: str = "") -> str:
    link = f' <a href="{escape(url)}" target="_blank" rel="noopener noreferrer">open</a>' if url else ""
    message = f"<br><small>{escape(shown(model))}</small>" if model else ""
    return f"<figure>{body}<figcaption><b>{escape(label)}</b>{link}{message}</figcaption></figure>"


def _page(body: str) -> str:
    return f"<!doctype html><html><head><meta charset='utf-8'><style>{_STYLE}</style></head><body>{body}</body></html>"
