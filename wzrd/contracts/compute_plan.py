"""POST /functions/v1/compute-plan: what executing a graph would do and cost. Its request is compute-execute's."""

from uuid import UUID

from wzrd.contracts.wire import WireModel


class PlannedNode(WireModel):
    """Plan for one node: what it will do, and for how much.

    `doing`: `run` (a model or a tool works), `cached` (found), `inline` (free, at once), `fails` (for nothing),
    `skipped` (what it needs will fail), `refused` (the graph is not executed with it); `error` says why the last three.
    `reason`: why one that runs is not found: `named`, `cache_off`, `volatile`, `inputs_unknown`, `not_found`.
    `creditsAtLeast`: the same as `credits` where a batch may become larger, else null. `estimatedSeconds`: the median
    of the model's latest jobs, null while there are fewer than three.
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
    estimated_seconds: float | None


class ComputePlan(WireModel):
    """The plan, its nodes in the order of their execution. Nothing was started or held.

    `runnable`: compute-execute would take it, if the credits are there. `credits`: what is held when it starts;
    `creditsAtLeast` the same where it may become more, else null. `estimatedSeconds`: the longest way through the graph
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
    estimated_seconds: float | None
    critical_path: list[str]
    nodes: list[PlannedNode]
