"""The studio's rows of a graph's run follow its end; what was not finished is told, in rows and log."""

from collections.abc import Sequence

from wzrd.contracts.compute import node_status
from wzrd.contracts.events import NewEvent
from wzrd.db.compute_runs import NodeNews, end_compute_run, mirror_nodes, reopen_compute_run
from wzrd.db.engine import Tx, mirrored
from wzrd.db.events import append_events
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.domain.settlement import Settlement


async def end_rows(tx: Tx, run: RunRow, ending: Settlement, open_items: Sequence[Item]) -> None:
    """Before the last event every node that was still open is told, so that none shows as running for ever."""
    nodes = [item for item in open_items if "#" not in item.key]
    news = [_last_news(item, ending) for item in nodes]
    events = [node_status(item.key, one.status, error=one.error or "") for item, one in zip(nodes, news, strict=True)]
    await append_events(tx, run.run_id, [NewEvent("node_status", data) for data in events])
    async with mirrored(tx):
        if run.project_id is not None:
            await mirror_nodes(tx, run.run_id, run.project_id, news)
        fatal = ending.terminal.event == "error"
        await end_compute_run(tx, run.run_id, ending.status, error=ending.error if fatal else None)


def _last_news(item: Item, ending: Settlement) -> NodeNews:
    """A canceled run's nodes are skipped; where a run has failed, so have those that it had begun."""
    assert item.entity_id is not None, "a node's item is about its node"
    if ending.status == "canceled":
        return NodeNews(item.entity_id, "skipped", error=ending.error)
    return NodeNews(item.entity_id, "failed" if item.attempts else "skipped", error=ending.error)


async def reopen_rows(tx: Tx, run: RunRow) -> None:
    """The run waits for its next attempt; its nodes are told when they begin anew."""
    await reopen_compute_run(tx, run.run_id)
