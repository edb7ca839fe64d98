"""The wire of compute graphs, to the letter: events, refusals, and the bodies that are read."""

import uuid
from typing import Any

import pytest
from pydantic import ValidationError

from wzrd.contracts import encoders
from wzrd.contracts.compute import (
    EVENTS,
    ComputeRequest,
    complete,
    error,
    interrupted,
    meta,
    node_progress,
    node_status,
)
from wzrd.contracts.compute_save_graph import SaveGraphRequest, find_invalid, invalid_ids
from wzrd.contracts.events import RunEvent

RUN, PROJECT = uuid.UUID(int=1), uuid.UUID(int=2)
A, B = str(uuid.UUID(int=3)), str(uuid.UUID(int=4))


def test_events_have_the_documented_fields_and_no_others() -> None:
    """An optional field is absent, never null."""
    image = {"type": "image", "url": "u", "urls": ["u"], "model": "m", "prompt": "p"}
    assert meta(RUN, project_id=PROJECT, total_nodes=2) == {
        "run_id": str(RUN),
        "project_id": str(PROJECT),
        "total_nodes": 2,
    }
    assert node_status(A, "running") == {"node_id": A, "status": "running"}
    assert node_status(A, "succeeded", output=image, processing_time_ms=3) == {
        "node_id": A,
        "status": "succeeded",
        "output": image,
        "processing_time_ms": 3,
    }
    assert node_status(A, "failed", error="no") == {"node_id": A, "status": "failed", "error": "no"}
    assert node_progress(A, progress=10, message="m") == {"node_id": A, "progress": 10, "message": "m"}
    ended = complete(str(RUN), status="partial", outputs={A: image}, completed_nodes=1, total_nodes=2, failed_nodes=[B])
    assert list(ended) == ["run_id", "status", "outputs", "completed_nodes", "total_nodes", "failed_nodes"]
    assert (ended["outputs"], ended["failed_nodes"]) == ({A: image}, [B])
    assert error(str(RUN), message="no") == {"run_id": str(RUN), "error": "no"}


def test_a_providers_latest_three_lines_are_passed_on() -> None:
    """The documented client is sent no more."""
    lines = [{"message": str(n)} for n in range(5)]
    assert node_progress(A, progress=1, message="", logs=lines)["logs"] == lines[2:]


@pytest.mark.parametrize("event", [*EVENTS, "progress", "shot", ""])
def test_the_stream_says_the_documented_five_and_nothing_else(event: str) -> None:
    """Each is one `data:` line with a number; what more the log has is for `/runs/{id}/events`."""
    frame = encoders.compute(RunEvent(RUN, 7, 1, event, {"a": "b\nc"}))
    assert frame == (f'id: 7\nevent: {event}\ndata: {{"a":"b\\nc"}}\n\n'.encode() if event in EVENTS else None)


def test_a_stream_that_is_interrupted_ends_with_an_error_of_no_number() -> None:
    """It names the run and a code; nobody takes it for an entry of the log."""
    frame = interrupted(RUN).decode()
    assert frame.startswith('event: error\ndata: {"run_id":"00000000-0000-0000-0000-000000000001","error":"')
    assert frame.endswith('"code":"stream_interrupted"}\n\n')
    assert "id:" not in frame.splitlines()[0]
    assert frame.count("\n") == 3


@pytest.mark.parametrize("body", [{"projectId": "p"}, {"projectId": "p", "nodeIds": [], "useCache": None}])
def test_the_original_clients_body_is_enough(body: dict[str, Any]) -> None:
    """Everything else has a default."""
    asked = ComputeRequest.model_validate(body)
    assert (asked.project_id, asked.node_ids or None, asked.use_cache, asked.max_credits) == ("p", None, None, None)


@pytest.mark.parametrize(
    "body",
    [
        {"projectId": 7},
        {"projectId": "p" * 201},
        {"nodeIds": "all"},
        {"nodeIds": [1]},
        {"nodeIds": ["x" * 201]},
        {"nodeIds": ["x"] * 10_001},
        {"useCache": "yes"},
        {"useCache": 1},
        {"maxCredits": -1},
        {"maxCredits": True},
        {"maxCredits": 2**31},
        {"maxUsd": True},
        {"maxUsd": False},
        {"requestId": ["a"]},
    ],
)
def test_a_body_of_wrong_types_is_none(body: dict[str, Any]) -> None:
    """The field is named by whoever parses it."""
    with pytest.raises(ValidationError):
        ComputeRequest.model_validate({"projectId": "p", **body})


def save_body(nodes: list[Any], edges: list[Any]) -> SaveGraphRequest:
    return SaveGraphRequest.model_validate({"projectId": str(PROJECT), "nodes": nodes, "edges": edges})


def test_a_node_that_says_nothing_has_the_documented_defaults() -> None:
    """Null says nothing, too."""
    nulls = dict.fromkeys(["kind", "label", "version", "position", "size", "inputs", "params", "status", "isDirty"])
    for node in save_body([{"id": A}, {"id": A, **nulls}], []).nodes:
        assert node.row() == {
            "id": A,
            "kind": "Transform",
            "label": "Untitled Node",
            "version": "1.0.0",
            "position": {"x": 0, "y": 0},
            "size": {"w": 420, "h": 300},
            "inputs": [],
            "outputs": [],
            "params": {},
            "metadata": {},
            "preview": None,
            "status": "idle",
            "progress": 0,
            "error": None,
            "is_dirty": False,
        }


@pytest.mark.parametrize(
    "edge",
    [
        {"source": {"nodeId": A, "portId": "o", "handle": "h"}, "target": {"nodeId": B, "portId": "i", "handle": "k"}},
        {"sourceNodeId": A, "sourcePortId": "o", "sourceHandle": "h", "targetNodeId": B, "targetPortId": "i",
         "targetHandle": "k"},
        {"source_node_id": A, "source_port_id": "o", "source_handle": "h", "target_node_id": B,
         "target_port_id": "i", "target_handle": "k"},
    ],
    ids=["nested", "camel", "snake"],
)  # fmt: skip
def test_an_edge_may_be_spelled_in_three_ways(edge: dict[str, Any]) -> None:
    """They say the same."""
    (read,) = save_body([], [{"id": A, **edge, "dataType": "image"}]).edges
    assert read.row() == {
        "id": A,
        "source_node_id": A,
        "target_node_id": B,
        "source_port_id": "o",
        "target_port_id": "i",
        "source_handle": "h",
        "target_handle": "k",
        "data_type": "image",
        "status": "idle",
        "metadata": {},
    }


def test_an_ends_port_and_handle_stand_in_for_each_other() -> None:
    """Else they are `output` and `input`."""
    (read, bare) = save_body(
        [], [{"id": A, "sourceNodeId": A, "sourcePortId": "o", "target": {"nodeId": B, "handle": "k"}}, {"id": B}]
    ).edges
    row = read.row()
    names = ("source_port_id", "source_handle", "target_port_id", "target_handle")
    assert [row[name] for name in names] == ["o", "o", "k", "k"]
    assert [bare.row()[name] for name in names] == ["output", "output", "input", "input"]


def test_what_is_no_uuid_is_listed() -> None:
    """Nodes, edges and their ends by themselves; ids of any version are good, in either case."""
    nodes = [{"id": A.upper()}, {"id": "x"}, {"id": 7}, {}]
    edges = [
        {"id": A, "sourceNodeId": A, "targetNodeId": B},
        {"id": "e", "source": {"nodeId": A}, "target": {"nodeId": "y"}},
        {"id": B, "sourceNodeId": A},
    ]
    body = save_body(nodes, edges)
    found = find_invalid(body.nodes, body.edges)
    assert found is not None
    told = invalid_ids(found)
    assert (told["error"], told["details"]["invalidNodeIds"]) == (
        "Invalid UUID format in graph data",
        ["x", "7", "None"],
    )
    assert told["details"]["invalidEdgeIds"] == ["e"]
    assert told["details"]["invalidEdgeRefs"] == [
        {"edgeId": "e", "source": A, "target": "y"},
        {"edgeId": B, "source": A, "target": "None"},
    ]
    assert find_invalid(body.nodes[:1], body.edges[:1]) is None
