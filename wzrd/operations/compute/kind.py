"""Run of a compute-execute request: a graph, as it stands now. Asked by route, flow and CLI."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wzrd.contracts import encoders
from wzrd.contracts.compute import EVENTS, complete, error, meta, node_status
from wzrd.contracts.events import NewEvent
from wzrd.contracts.wire import canonical
from wzrd.db.compute_runs import (
    NodeNews,
    end_compute_run,
    insert_compute_run,
    insert_run_graph,
    mirror_nodes,
    reopen_compute_run,
)
from wzrd.db.engine import Tx, mirrored
from wzrd.db.events import append_events
from wzrd.db.graph_items import ELEMENT
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob
from wzrd.db.runs import RunRow, find_request
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import kept_bound
from wzrd.domain.runs import PricedItem
from wzrd.domain.settlement import Ending, Settlement
from wzrd.generation.outputs import keep_output
from wzrd.graph.execution.generation import destination_of, result_of
from wzrd.operations.compute.request import (
    KIND,
    ComputeParams,
    ExecutionRequest,
    NotMaterialized,
    read_saved,
    report_missing_picture,
    take_order,
)
from wzrd.providers.base import Output
from wzrd.runs.start import NewRun, StartResult, run_id_of, start_in
from wzrd.runtime.kind import SHARE, Kind, Replacement, same_names
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


__all__ = ["COMPUTE", "KIND", "ComputeParams", "start_compute"]

MAX_TITLE = 60
MAX_NAMED = 100
"""Most `nodeIds` that a run's parameters and its flow's form show; more are known by their hash."""


async def start_compute(runtime: Runtime, params: ComputeParams) -> StartResult[None]:
    """Start the run of the graph as it is saved now, or join the run of its request id.

    Raises:
        NotFound: no such project, or not the caller's.
        BadRequest: there is nothing to execute, or a node cannot be as it is: `nodeId` in its details.
        OverBudget, OverMoney: it may cost more than `max_credits` or `money` has; UnknownPrice: nobody knows.
        NotConfigured: a model's provider cannot be asked from here, and nothing may stand in.
        Conflict, InsufficientCredits, TooMany: as `wzrd.runs.start.start`.
    """
    saved = await read_saved(runtime, params)
    request_id = params.request_id or str(uuid.uuid4())
    if params.request_id:
        async with runtime.begin() as tx:
            if await find_request(tx, saved.user_id, KIND, request_id):
                return await start_in(runtime, tx, _new_run(params, saved.user_id, saved.project_id, request_id))
    try:
        order = await take_order(runtime, params, saved)
    except NotMaterialized as error:
        await report_missing_picture(runtime, saved, error)
        raise
    order.check(params.max_credits, params.money)
    new = _new_run(params, saved.user_id, saved.project_id, request_id, order)
    async with runtime.user_locks.of(saved.user_id), runtime.begin() as tx:
        started = await start_in(runtime, tx, new)
        if started.created:
            await insert_run_graph(tx, started.run_id, order.snapshot)
            async with mirrored(tx):
                await insert_compute_run(
                    tx,
                    started.run_id,
                    project_id=saved.project_id,
                    user_id=saved.user_id,
                    execution_order=order.node_ids,
                )
    return started


def _new_run(
    params: ComputeParams, user_id: UUID, project_id: UUID, request_id: str, order: ExecutionRequest | None = None
) -> NewRun:
    """The run; without an order it is one that stands already, and is only joined."""
    items = order.items() if order else []
    run_id = run_id_of(user_id, KIND, request_id)
    total = len(items)
    return NewRun(
        kind=KIND,
        user_id=user_id,
        project_id=project_id,
        request_id=request_id,
        identity=_identity(params, project_id),
        extra={"label": f"{order.saved.title[:MAX_TITLE] or 'Untitled'}, {total} nodes" if order else ""},
        items=lambda _: items,
        first_event=lambda: NewEvent("meta", meta(run_id, project_id=project_id, total_nodes=total)),
        reference_id=str(project_id),
        asked=params,
    )


def _identity(params: ComputeParams, project_id: UUID) -> dict[str, Any]:
    """Facts by which two requests are the same. The graph is not one: a run keeps the graph it began with."""
    ids = params.named
    few = len(ids) <= MAX_NAMED
    return {
        "projectId": str(project_id),
        "nodeIds": ids if few else None,
        "nodeIdsHash": None if few else hashlib.sha256(canonical(ids)).hexdigest(),
        "useCache": params.use_cache,
        "maxCredits": params.max_credits,
        **kept_bound(params.money),
    }


def _price(items: Sequence[PricedItem]) -> int:
    """Every node has its own price, stamped when it was known."""
    return sum(item.price for item in items)


def _sum_up(_run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    """Result of the run: what the nodes made, and which made nothing; nodes stand for the elements of their batches."""
    nodes = [item for item in items if "#" not in item.key]
    return {
        "outputs": {node.key: (node.output or {}).get("result") for node in nodes if node.status == "succeeded"},
        "completed_nodes": sum(node.status == "succeeded" for node in nodes),
        "total_nodes": len(nodes),
        "failed_nodes": [node.key for node in nodes if node.status != "succeeded"],
        "unfinished": sum(node.status in {"pending", "running"} for node in nodes),
    }


def _kept(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The outputs of thousands of nodes are in their items, and in the log's last event."""
    return {name: value for name, value in result.items() if name not in {"outputs", "unfinished"}}


def _terminal(ending: Ending) -> NewEvent:
    """`complete` with what was made, however it ended; `error` where something else than its nodes has failed it."""
    result = ending.result
    if ending.status == "failed" and (result.get("unfinished") or not result.get("total_nodes")):
        return NewEvent("error", error(ending.run_id, message=ending.error or "The graph could not be executed"))
    event = complete(
        ending.run_id,
        status=ending.status,
        outputs=result.get("outputs", {}),
        completed_nodes=result.get("completed_nodes", ending.completed),
        total_nodes=result.get("total_nodes", ending.completed),
        failed_nodes=list(result.get("failed_nodes", ())),
    )
    return NewEvent("complete", event)


async def _replace(runtime: Runtime, wanted: Replacement) -> object:
    """The graph as it is saved now, with the same nodes."""
    params = wanted.replaced.params
    again = ComputeParams(
        **wanted.common(),
        node_ids=tuple(params.get("nodeIds") or ()),
        use_cache=params.get("useCache"),
        max_credits=wanted.max_credits,
    )
    return await start_compute(runtime, again)


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


COMPUTE = Kind(
    name=KIND,
    route="/functions/v1/compute-execute",
    resource_type="generation",
    reference_type="compute_execute",
    parameters={
        "projectId": "project",
        **same_names("nodeIds", "useCache", "maxCredits", "maxUsd"),
        "nodeIdsHash": None,
        "allowUnpriced": None,
    },
    price=_price,
    events=EVENTS,
    encoder=encoders.compute,
    terminal=_terminal,
    deployment="execute",
    sum_up=_sum_up,
    kept=_kept,
    on_end=end_rows,
    on_reopen=reopen_rows,
    keep_after_end=keep_node_after_end,
    on_result_after_end=mirror_node_after_end,
    duplicate_key=("projectId", "nodeIds", "nodeIdsHash"),
    replace=_replace,
)
