"""Results that a provider makes for a node, or a batch's element, after its run has ended."""

from collections.abc import Mapping
from typing import Any

from wzrd.db.compute_runs import NodeNews, mirror_nodes
from wzrd.db.engine import Tx
from wzrd.db.graph_items import ELEMENT
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow
from wzrd.domain.ids import parse_uuid
from wzrd.generation.outputs import keep_output
from wzrd.graph.execution.generation import destination_of, result_of
from wzrd.providers.base import Output
from wzrd.runtime.kind import SHARE
from wzrd.runtime.process import Runtime


async def keep_node_after_end(
    runtime: Runtime, run: RunRow, item: Item, job: ProviderJob, output: Output
) -> Mapping[str, Any]:
    """Output of a node whose run had already ended, stored, as the item keeps it.

    Raises:
        ResultUseless, FetchRefused, FetchFailed, BadSource, MediaFailed, MediaRefused, StorageFull: as `keep_output`.
    """
    kept = await keep_output(runtime, destination_of(run, item.key, job.media_type), job.target, output)
    share = kept.share(job.media_type, job.outputs or 1)
    return {"result": result_of(job.media_type, kept, model=job.target.model, prompt=""), SHARE: share}


async def mirror_node_after_end(tx: Tx, run: RunRow, item: Item) -> None:
    """The studio shows it; an element of a batch alone is no node's result."""
    node_id, result = parse_uuid(item.key), (item.output or {}).get("result")
    if item.entity_type == ELEMENT or node_id is None or run.project_id is None:
        return
    await mirror_nodes(tx, run.run_id, run.project_id, [NodeNews(node_id, "succeeded", output=result)])
