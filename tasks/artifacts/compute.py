"""compute on its page in Prefect: how far it is, and what became of each node."""

import asyncio
from typing import Any, cast

from prefect.artifacts import Artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import RunPage
from wzrd.db.compute_runs import read_run_graph
from wzrd.db.items import Item
from wzrd.domain.shown import plain
from wzrd.graph.actions import action_id_of
from wzrd.graph.execution.graph_page import addresses_of, picture_text, result_of, results_page
from wzrd.graph.model import Graph, made_by
from wzrd.graph.reading import read_graph
from wzrd.storage.protocol import Storage
from wzrd.storage.shown_addresses import OwnAddress, linked, origins_of, own_addresses

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src {0}; media-src {0}"


async def publish(page: RunPage) -> None:
    """Show picture, outcome and results on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        kept = await read_run_graph(tx, page.run.run_id)
    if kept is None:
        await page.show_outcome([])
        return
    graph = await asyncio.to_thread(read_graph, kept["nodes"], kept["edges"])
    lines = [_line(graph, item, own_addresses(runtime.storage)) for item in page.items]
    await asyncio.gather(
        _show_picture(page, graph), page.show_outcome(lines), _show_results(page, graph, runtime.storage)
    )


async def _show_picture(page: RunPage, graph: Graph) -> None:
    if drawn := await asyncio.to_thread(picture_text, graph, page.items):
        await page.show_markdown("graph", drawn, "The graph, colored by what became of each node.")


async def _show_results(page: RunPage, graph: Graph, storage: Storage) -> None:
    async with page.best_effort("thumbnails"):
        if shown := await asyncio.to_thread(results_page, graph, page.items, own_addresses(storage)):
            description = page.describe("What the nodes have made, the ends of the graph first.")
            await page.write(page_artifact(page.key("thumbnails"), shown, description, origins_of(storage)))


def _line(graph: Graph, item: Item, own: OwnAddress) -> dict[str, Any]:
    name, _, element = item.key.partition("#")
    node, result = graph.nodes.get(name), result_of(item)
    label = plain(node.label if node else name)
    urls = addresses_of(result)
    return {
        "node": f"{label}, {int(element) + 1}" if element.isdecimal() else label,
        "does": plain(action_id_of(node) or node.kind) if node else "",
        "status": item.status,
        "made by": plain(made_by(result)),
        "cached": "yes" if (item.output or {}).get("cached") else "",
        "credits": item.price if item.delivered else 0,
        "file": linked(urls[0], own) if urls else "",
        "error": plain(item.error or ""),
    }


class PageArtifact(Artifact):
    """A page in a frame. Prefect's pages read an object, and its own class would send a text."""

    async def aformat(self) -> dict[str, Any]:
        """The object as it is."""
        return cast("dict[str, Any]", self.data)


def page_artifact(key: str, page: str, description: str, media: str = "'none'") -> PageArtifact:
    """The page without scripts, and with nothing from elsewhere but media of the origins `media`."""
    data = {"html": page, "csp": _POLICY.format(media), "sandbox": ["allow-popups"]}
    return PageArtifact(type="rich", key=key, description=description, data=data)
