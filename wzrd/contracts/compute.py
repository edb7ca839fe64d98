"""POST /functions/v1/compute-execute, -plan and -cancel: requests, answers and events, spelled as documented.

Everything of a graph is spelled with underscores in events, and in camelCase in requests and plans.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypedDict
from uuid import UUID

from pydantic import Field
from typing_extensions import Unpack

from wzrd.contracts.money import MoneyLimits
from wzrd.contracts.sse import encode
from wzrd.contracts.wire import NUMBER, Needed, WireModel, dumps

MAX_NODES = 10_000
"""Most nodes that a graph may have."""
MAX_LOGS = 3
"""Most lines of a provider that a `node_progress` passes on: the latest."""
STATUSES = ("idle", "queued", "running", "succeeded", "failed", "skipped", "canceled")
"""All that the studio's client knows of a node; what came from the cache has succeeded."""
RUN_STATUSES = ("succeeded", "partial", "failed", "canceled")
UPSTREAM_FAILED = "Upstream dependency failed"
INTERRUPTED = "stream_interrupted"

NodeId = Annotated[str, Field(max_length=200)]


class ComputeRequest(MoneyLimits):
    """The body of compute-execute and compute-plan: a saved graph, or `nodeIds` of it and all that is upstream of them.

    `useCache`: true everywhere, false nowhere; without it everywhere but in the nodes that `nodeIds` names.
    `maxCredits` refuses what may cost more. `requestId` is an idempotency key of the caller's.
    """

    project_id: Annotated[str | None, Needed()] = Field(None, max_length=200)
    node_ids: list[NodeId] | None = Field(None, max_length=MAX_NODES)
    use_cache: bool | None = Field(None, strict=True)
    max_credits: Annotated[int | None, NUMBER] = Field(None, ge=0, lt=2**31)
    request_id: str | None = Field(None, max_length=200)


class ComputeCancelRequest(WireModel):
    """The body of compute-cancel."""

    run_id: Annotated[str | None, Needed()] = Field(None, max_length=200)
    project_id: Annotated[str | None, Needed()] = Field(None, max_length=200)


class NodeResult(TypedDict, total=False):
    """Result of a node, as the client shows it; a node may tell more."""

    type: str
    url: str
    urls: list[str]
    data: Any
    model: str
    prompt: str


class NodeFacts(TypedDict, total=False):
    """Facts in a node's event beside its status.

    `output` and `processing_time_ms` of one that has succeeded, `cached` where it needed no work; `error` of one that
    has failed or was skipped.
    """

    output: Annotated[Mapping[str, Any], NodeResult]
    processing_time_ms: int
    cached: bool
    error: str


def meta(run_id: UUID, *, project_id: UUID, total_nodes: int) -> dict[str, Any]:
    """The first event; `total_nodes` counts the upstream nodes that were not named, too."""
    return {"run_id": str(run_id), "project_id": str(project_id), "total_nodes": total_nodes}


def node_status(node_id: str, status: Annotated[str, STATUSES], **more: Unpack[NodeFacts]) -> dict[str, Any]:
    """A node stands elsewhere than before."""
    return {"node_id": node_id, "status": status, **more}


def node_progress(
    node_id: str,
    *,
    progress: int,
    message: str,
    logs: Annotated[Sequence[Mapping[str, Any]], list[dict[str, Any]]] = (),
) -> dict[str, Any]:
    """Progress of a running node, 0 to 100; the provider's last lines, if it says any."""
    payload: dict[str, Any] = {"node_id": node_id, "progress": progress, "message": message}
    return payload | ({"logs": [dict(line) for line in logs[-MAX_LOGS:]]} if logs else {})


def complete(
    run_id: str,
    *,
    status: Annotated[str, RUN_STATUSES],
    outputs: Mapping[str, Any],
    completed_nodes: int,
    total_nodes: int,
    failed_nodes: list[str],
) -> dict[str, Any]:
    """The last event of a run: what each node has made by its id, and the ids of those that made nothing."""
    return {
        "run_id": run_id,
        "status": status,
        "outputs": dict(outputs),
        "completed_nodes": completed_nodes,
        "total_nodes": total_nodes,
        "failed_nodes": failed_nodes,
    }


def error(run_id: str, *, message: str, code: str | None = None) -> dict[str, Any]:
    """The last event of a run that could not be executed; or of a stream that ends before its run (`code`)."""
    return {"run_id": run_id, "error": message, **({"code": code} if code else {})}


def interrupted(run_id: UUID) -> bytes:
    """The last frame of a stream that ends before its run has: no part of the log, it has no id.

    The original client waits for ever behind a stream that ends without a last event.
    """
    message = "The stream was interrupted; the run goes on. Follow it at /functions/v1/runs/{run_id}/events"
    return encode("error", dumps(error(str(run_id), message=message, code=INTERRUPTED)))


EVENTS: Mapping[str, Callable[..., object]] = {
    "meta": meta,
    "node_status": node_status,
    "node_progress": node_progress,
    "complete": complete,
    "error": error,
}
"""Functions that make the stream's events, by the event's name; nothing else is sent."""


def file_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of a graph file."""
    return dict(schema)


class PlannedNode(WireModel):
    """Plan for one node: what it will do, and for how much.

    `doing`: `run` (a model or a tool works), `cached` (found), `inline` (free, at once), `fails` (for nothing),
    `skipped` (what it needs will fail), `refused` (the graph is not executed with it); `error` says why the last three.
    `reason`: why one that runs is not found: `named`, `cache_off`, `volatile`, `inputs_unknown`, `not_found`.
    `creditsAtLeast`: the same as `credits` where a batch may become larger, else null. `cost`: dollars that its vendor
    may ask. `ownSound`: a clip has its own sound, where its model lets one choose. `estimatedSeconds`: the median of
    the model's latest jobs, null while there are fewer than three. `verified`: its vendor's own words of the model's
    inputs are at hand (null where no model runs). `ignored`: params for which the model has no place, and why.
    """

    node_id: str
    label: str
    kind: str
    action: str
    level: int
    doing: str
    cached: bool
    reason: str | None
    error: str | None
    model: str | None
    calls: int
    credits: int
    credits_at_least: int | None
    cost: dict[str, Any]
    own_sound: bool | None
    estimated_seconds: float | None
    verified: bool | None = None
    ignored: dict[str, str] | None = None


class ComputePlan(WireModel):
    """The plan, its nodes in the order of their execution. Nothing was started or held.

    `runnable`: compute-execute would take it, if the credits are there. `credits`: what is held when it starts;
    `creditsAtLeast` the same where it may become more, else null. `cost`: dollars that its vendors may ask, `least` and
    `most` (null: nobody knows), with a `reason`. `estimatedSeconds`: the longest way through the graph
    (`criticalPath`), null while a model of it has had fewer than three jobs.
    """

    success: bool = True
    project_id: UUID
    total_nodes: int
    levels: int
    runnable: bool
    credits: int
    credits_at_least: int | None
    available_credits: int
    cost: dict[str, Any]
    estimated_seconds: float | None
    critical_path: list[str]
    nodes: list[PlannedNode]
