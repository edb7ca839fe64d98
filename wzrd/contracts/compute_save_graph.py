"""POST /functions/v1/compute-save-graph: nodes and edges as the studio's client spells them, and the answers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, TypedDict, cast

from pydantic import BeforeValidator, FailFast, Field, WithJsonSchema, model_validator

from wzrd.contracts.compute import MAX_NODES
from wzrd.contracts.wire import NUMBER, Needed, WireModel

MAX_EDGES = 50_000
INVALID = "Invalid UUID format in graph data"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHOWN_IDS, _SHOWN_CHARACTERS = 50, 100

NodeStatus = Literal["idle", "queued", "running", "succeeded", "failed", "skipped", "canceled", "dirty"]
EdgeStatus = Literal["idle", "running", "succeeded", "error"]
DataType = Literal["image", "text", "video", "tensor", "json", "audio", "3d", "string", "number", "boolean", "any"]


Members = dict[str, Any]
Name = Annotated[str, Field(max_length=200)]
Id = Annotated[Any, WithJsonSchema({"type": "string", "format": "uuid"})]
"""Read as it comes: ids that are none have a refusal of their own."""

_NODE: Mapping[str, Any] = {
    "kind": "Transform",
    "label": "Untitled Node",
    "version": "1.0.0",
    "position": {"x": 0, "y": 0},
    "size": {"w": 420, "h": 300},
    "inputs": [],
    "outputs": [],
    "params": {},
    "metadata": {},
    "status": "idle",
    "progress": 0,
    "is_dirty": False,
}
"""Values of a node that gives none of its own."""


class GraphNode(WireModel):
    """A node. Nothing but its `id` is needed; one of React Flow's, whose all is in its `data`, is refused."""

    id: Id = None
    kind: Name | None = None
    label: str | None = None
    version: Name | None = None
    position: Members | None = None
    size: Members | None = None
    inputs: list[Any] | None = None
    outputs: list[Any] | None = None
    params: Members | None = None
    metadata: Members | None = None
    preview: Any = None
    status: NodeStatus | None = None
    progress: Annotated[float | None, NUMBER] = Field(None, ge=0, le=100)
    error: str | None = None
    is_dirty: bool | None = Field(None, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_react_flow(cls, node: Any) -> Any:
        """Saved as it is, such a node would lose what it does."""
        if isinstance(node, dict) and "data" in node and not node.keys() & {"kind", "params"}:
            raise ValueError("has neither kind nor params: send these, not React Flow's type and data")
        return cast("Any", node)

    def row(self) -> dict[str, Any]:
        """The node's row, as its table spells it."""
        members = {name: value for name, value in self if value is not None}
        own = {"id": str(self.id).lower(), "progress": round(self.progress or 0)}
        return {"preview": None, "error": None, **_NODE, **members, **own}


class EdgeEnd(WireModel):
    """One end of an edge, nested."""

    node_id: Id = None
    port_id: Name | None = None
    handle: Name | None = None


End = Annotated[EdgeEnd, BeforeValidator(lambda end: {"nodeId": end} if isinstance(end, str) else end)]


class GraphEdge(WireModel):
    """An edge. Each end may be nested, spelled out (`sourceNodeId`, or `source_node_id`), or a bare id (React Flow)."""

    id: Id = None
    source: End | None = None
    target: End | None = None
    source_node_id: Id = None
    source_port_id: Name | None = None
    source_handle: Name | None = None
    target_node_id: Id = None
    target_port_id: Name | None = None
    target_handle: Name | None = None
    data_type: DataType | None = None
    status: EdgeStatus | None = None
    metadata: Members | None = None

    @property
    def ends(self) -> tuple[EdgeEnd, EdgeEnd]:
        """Where it leads from and to, however that was spelled; port and handle stand in for each other."""
        outer = (
            EdgeEnd(node_id=self.source_node_id, port_id=self.source_port_id, handle=self.source_handle),
            EdgeEnd(node_id=self.target_node_id, port_id=self.target_port_id, handle=self.target_handle),
        )
        source, target = (
            _merge(nested, spelled, port)
            for nested, spelled, port in zip((self.source, self.target), outer, ("output", "input"), strict=True)
        )
        return source, target

    def row(self) -> dict[str, Any]:
        """The edge's row, as its table spells it."""
        source, target = self.ends
        return {
            "id": str(self.id).lower(),
            "source_node_id": str(source.node_id).lower(),
            "target_node_id": str(target.node_id).lower(),
            "source_port_id": source.port_id,
            "target_port_id": target.port_id,
            "source_handle": source.handle,
            "target_handle": target.handle,
            "data_type": self.data_type or "any",
            "status": self.status or "idle",
            "metadata": self.metadata or {},
        }


def _merge(nested: EdgeEnd | None, spelled: EdgeEnd, port: str) -> EdgeEnd:
    inner = nested or spelled
    port_id, handle = inner.port_id or spelled.port_id, inner.handle or spelled.handle
    return EdgeEnd(
        node_id=spelled.node_id if inner.node_id is None else inner.node_id,
        port_id=port_id or handle or port,
        handle=handle or port_id or port,
    )


def _pass_on(value: object) -> object:
    """The value unchanged. A step of Python between elements lets other threads have their turn."""
    return value


_ONE_BY_ONE = BeforeValidator(_pass_on)


class SaveGraphRequest(WireModel):
    """The body. `expectedRevision`: save only if nobody has saved since; without it the last one wins."""

    project_id: Annotated[str | None, Needed()] = Field(None, max_length=200)
    nodes: Annotated[list[Annotated[GraphNode, _ONE_BY_ONE]], FailFast()] = Field(max_length=MAX_NODES)
    edges: Annotated[list[Annotated[GraphEdge, _ONE_BY_ONE]], FailFast()] = Field(max_length=MAX_EDGES)
    expected_revision: Annotated[int | None, NUMBER] = Field(None, ge=0, lt=2**31)


class InvalidEdge(TypedDict):
    """An edge whose ends are no UUIDs: which one, and what they are."""

    edgeId: str
    source: str
    target: str


class InvalidIds(TypedDict):
    """Ids that are no UUID, at most fifty of each kind."""

    invalidNodeIds: list[str]
    invalidEdgeIds: list[str]
    invalidEdgeRefs: list[InvalidEdge]
    hint: str


def find_invalid(nodes: Sequence[GraphNode], edges: Sequence[GraphEdge]) -> InvalidIds | None:
    """Every id that is no UUID (of any version); None if all are."""
    node_ids = [_shown(node.id) for node in nodes if not _is_uuid(node.id)]
    edge_ids = [_shown(edge.id) for edge in edges if not _is_uuid(edge.id)]
    refs = list(_invalid_refs(edges))
    if not node_ids and not edge_ids and not refs:
        return None
    return {
        "invalidNodeIds": node_ids[:_SHOWN_IDS],
        "invalidEdgeIds": edge_ids[:_SHOWN_IDS],
        "invalidEdgeRefs": refs[:_SHOWN_IDS],
        "hint": "Every node and edge needs an id like 7f9c2ba4-e88f-4278-8c2b-1a5c3f0d9e21 (crypto.randomUUID())",
    }


def _invalid_refs(edges: Sequence[GraphEdge]) -> Iterator[InvalidEdge]:
    for edge in edges:
        source, target = edge.ends
        if not (_is_uuid(source.node_id) and _is_uuid(target.node_id)):
            yield {"edgeId": _shown(edge.id), "source": _shown(source.node_id), "target": _shown(target.node_id)}


def _is_uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def _shown(value: object) -> str:
    return str(value)[:_SHOWN_CHARACTERS]


def invalid_ids(details: Annotated[Mapping[str, Any], InvalidIds]) -> dict[str, Any]:
    """The refusal of ids that are no UUIDs."""
    return {"error": INVALID, "details": dict(details)}


def saved(revision: int) -> dict[str, Any]:
    """The answer: the graph is saved, and has this revision now."""
    return {"success": True, "revision": revision}


class StudioState(WireModel):
    """A graph that lies in no table of the studio's: there is none."""

    blocks: list[Any] = Field(default_factory=list[Any], max_length=0)
    canvas_state: None = None
