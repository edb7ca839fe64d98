"""POST /functions/v1/compute-save-graph: whole or not at all, by its owner alone, whatever the body is."""

import asyncio
import itertools
import json
import uuid
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rows import Studio
from tests.server.api.compute_server import SAVE, ComputeServer

A, B, C = (str(uuid.UUID(int=number)) for number in (101, 102, 103))


def fresh() -> list[str]:
    return [str(uuid.uuid4()) for _ in range(3)]


async def save(
    graphs: ComputeServer, maker: Studio, nodes: Any, edges: Any = (), **more: Any
) -> tuple[int, dict[str, Any]]:
    body = {"projectId": str(maker.project_id), "nodes": nodes, "edges": list(edges), **more}
    response = await graphs.post(SAVE, body, maker.user_id)
    assert response.headers["content-type"] == "application/json"
    return response.status_code, response.json()


async def test_a_graph_is_saved_as_the_client_spells_it(graphs: ComputeServer) -> None:
    """All three spellings of an edge at once, as the client sends them; the view state is ignored."""
    a, b, edge_id = fresh()
    maker = await graphs.maker()
    edge = {
        "id": edge_id,
        "source": {"nodeId": a, "portId": "image"},
        "target": {"nodeId": b, "portId": "image", "handle": "reference"},
        "sourceNodeId": a,
        "source_node_id": a,
        "targetNodeId": b,
        "target_node_id": b,
        "dataType": "image",
    }
    node = {
        "id": a,
        "kind": "Image",
        "label": "Lamp",
        "params": {"__proto__": {"x": 1}, "prompt": "\u0007"},
        "progress": 12.4,
    }
    assert await save(graphs, maker, [node, {"id": b.upper()}], [edge], viewState={"zoom": 2}) == (
        200,
        {"success": True, "revision": 1},
    )
    rows = {str(row["id"]): row for row in await graphs.rows("compute_nodes", maker)}
    assert (rows[a]["kind"], rows[a]["params"], rows[a]["progress"]) == ("Image", node["params"], 12)
    assert (rows[b]["kind"], rows[b]["user_id"]) == ("Transform", maker.user_id)
    (row,) = await graphs.rows("compute_edges", maker)
    assert (str(row["source_node_id"]), row["source_port_id"], row["source_handle"]) == (a, "image", "image")
    assert (str(row["target_node_id"]), row["target_port_id"], row["target_handle"]) == (b, "image", "reference")
    assert await save(graphs, maker, [], []) == (200, {"success": True, "revision": 2})
    assert await graphs.rows("compute_nodes", maker) == []


async def test_an_edge_of_react_flow_s_own_is_saved(graphs: ComputeServer) -> None:
    """Its ends are bare ids, with handles beside them that may be null."""
    a, b, edge_id = fresh()
    maker = await graphs.maker()
    edge = {"id": edge_id, "source": a, "target": b, "sourceHandle": None, "targetHandle": "prompt", "animated": True}
    assert (await save(graphs, maker, [{"id": a}, {"id": b}], [edge]))[0] == 200
    (row,) = await graphs.rows("compute_edges", maker)
    assert (str(row["source_node_id"]), row["source_port_id"], row["source_handle"]) == (a, "output", "output")
    assert (str(row["target_node_id"]), row["target_port_id"], row["target_handle"]) == (b, "prompt", "prompt")


async def test_a_node_of_react_flow_s_own_is_refused(graphs: ComputeServer) -> None:
    """Its kind and params are in its `data`: saved as it is, it would be a Transform that does nothing."""
    a, b, _ = fresh()
    maker = await graphs.maker()
    assert (await save(graphs, maker, [{"id": a, "kind": "Prompt", "data": {"selected": True}}]))[0] == 200
    status, said = await save(graphs, maker, [{"id": b, "type": "Prompt", "data": {"params": {"prompt": "rain"}}}])
    assert (status, "nodes.0: has neither kind nor params" in said["error"]) == (400, True)
    assert [str(row["id"]) for row in await graphs.rows("compute_nodes", maker)] == [a]


async def test_every_refusal_has_its_documented_status_and_text(graphs: ComputeServer) -> None:
    """Ids that are no UUIDs before anything else, then whose the project is."""
    a, b, edge_id = fresh()
    maker, stranger = await graphs.maker(), await graphs.maker()
    response = await graphs.post(SAVE, {"projectId": str(maker.project_id)}, None)
    assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})
    response = await graphs.post(SAVE, {"nodes": [], "edges": []}, maker.user_id)
    assert (response.status_code, response.json()) == (400, {"error": "projectId is required"})
    status, told = await save(graphs, maker, [{"id": "n1"}, {}], [{"id": edge_id, "sourceNodeId": a}])
    assert (status, told["error"]) == (400, "Invalid UUID format in graph data")
    assert (told["details"]["invalidNodeIds"], told["details"]["invalidEdgeIds"]) == (["n1", "None"], [])
    assert told["details"]["invalidEdgeRefs"] == [{"edgeId": edge_id, "source": a, "target": "None"}]
    denied = 403, {"error": "Project not found or access denied"}
    for project in (str(stranger.project_id), str(uuid.uuid4()), "x"):
        assert await save(graphs, maker, [{"id": a}], projectId=project) == denied
    assert (await save(graphs, stranger, [{"id": a}, {"id": b}]))[0] == 200
    foreign = 403, {"error": "Graph references nodes from another project"}
    assert await save(graphs, maker, [{"id": a}]) == foreign
    assert await graphs.rows("compute_nodes", maker) == await graphs.rows("compute_graphs", maker) == []


EDGE = {"id": C, "sourceNodeId": A, "targetNodeId": B}


IMPOSSIBLE: list[tuple[Any, Any, str]] = [
    ([{"id": A}, {"id": A}], [], A),
    ([{"id": A}, {"id": A.upper()}], [], A),
    ([{"id": A}], [EDGE], B),
    ([{"id": A}], [{**EDGE, "targetNodeId": A}], A),
    ([{"id": A}, {"id": B}], [EDGE, EDGE], C),
    ([{"id": A}, {"id": B}], [EDGE, {**EDGE, "id": B}], "to the same input as edge"),
    ([{"id": A, "params": []}], [], "nodes.0.params"),
    ([{"id": A, "status": "done"}], [], "nodes.0.status"),
    ([{"id": A, "progress": 101}], [], "nodes.0.progress"),
    ([{"id": A, "progress": "9"}], [], "nodes.0.progress"),
    ([{"id": A, "isDirty": 1}], [], "nodes.0.isDirty"),
    ([7], [], "nodes.0"),
    ("all", [], "nodes"),
    ({}, [], "nodes"),
    ([{"id": A}, {"id": B}], [{**EDGE, "dataType": "smell"}], "edges.0.dataType"),
    ([{"id": A, "label": "a\0b"}], [], "NUL"),
    ([{"id": A, "params": {"image": "x" * (11 << 20)}}], [], "params"),
    ([{"id": str(uuid.uuid4())} for _ in range(10_001)], [], "10000"),
]


@pytest.mark.parametrize(("nodes", "edges", "words"), IMPOSSIBLE)
async def test_a_graph_that_cannot_be_is_refused_with_its_reason(
    graphs: ComputeServer, nodes: Any, edges: Any, words: str
) -> None:
    """400 that names the node, edge or field; nothing is changed, and no revision is used up."""
    maker = await graphs.maker()
    status, told = await save(graphs, maker, nodes, edges)
    assert (status, words in told["error"]) == (400, True), (status, str(told)[:300])
    assert await graphs.rows("compute_nodes", maker) == await graphs.rows("compute_graphs", maker) == []


async def test_a_body_may_have_16_mib_and_no_more(graphs: ComputeServer) -> None:
    """Where others take one."""
    maker = await graphs.maker()
    nodes = [{"id": str(uuid.uuid4()), "params": {"prompt": "x" * (5 << 20)}} for _ in range(3)]
    assert (await save(graphs, maker, nodes))[0] == 200
    body = json.dumps({"projectId": str(maker.project_id), "nodes": [], "edges": []}).encode().ljust((16 << 20) + 1)
    assert (await graphs.post(SAVE, body, maker.user_id)).status_code == 413
    deep = b'{"projectId":"x","edges":[],"nodes":[{"params":' + b"[" * 90 + b"]" * 90 + b"}]}"
    response = await graphs.post(SAVE, deep, maker.user_id)
    assert (response.status_code, "deep" in response.json()["error"]) == (400, True)


async def test_a_revision_is_expected_or_not(graphs: ComputeServer) -> None:
    """Of many that save at once at one revision one wins; the others are told to load the graph again."""
    maker = await graphs.maker()
    assert (await save(graphs, maker, []))[1]["revision"] == 1
    results = await asyncio.gather(*[save(graphs, maker, [{"id": one}], expectedRevision=1) for one in fresh() * 2])
    assert sorted(status for status, _ in results) == [200] + [409] * 5
    refused = next(told for status, told in results if status == 409)
    assert refused["code"] == "revision_mismatch"
    assert "revision mismatch" in refused["error"]
    assert len(await graphs.rows("compute_nodes", maker)) == 1
    assert (await save(graphs, maker, []))[1]["revision"] == 3


async def test_a_graph_of_thousands_is_saved(graphs: ComputeServer) -> None:
    """Two thousand nodes in a chain, as the studio saves them."""
    maker = await graphs.maker()
    ids = [str(uuid.uuid4()) for _ in range(2_000)]
    port = {"id": "image", "name": "image", "datatype": "image", "cardinality": "1", "position": "left"}
    nodes = [
        {"id": one, "kind": "Image", "position": {"x": 1, "y": 2}, "size": {"w": 1, "h": 1}, "inputs": [port],
         "outputs": [port], "params": {"prompt": "a lamp", "model": "m", "settings": {"seed": 1}}}
        for one in ids
    ]  # fmt: skip
    edges = [
        {
            "id": str(uuid.uuid4()),
            "source": {"nodeId": a, "portId": "image"},
            "target": {"nodeId": b, "portId": "image"},
        }
        for a, b in itertools.pairwise(ids)
    ]
    assert await save(graphs, maker, nodes, edges) == (200, {"success": True, "revision": 1})
    assert len(await graphs.rows("compute_edges", maker)) == 1_999


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from([A, B]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([
    "id", "kind", "label", "position", "inputs", "params", "status", "progress", "source", "target", "sourceNodeId",
    "dataType", "isDirty", "preview", "error", "metadata",
])  # fmt: skip


@given(
    nodes=st.lists(st.dictionaries(NAMES, JSON_VALUES, max_size=4), max_size=2) | JSON_VALUES,
    edges=st.lists(st.dictionaries(NAMES, JSON_VALUES, max_size=4), max_size=2) | JSON_VALUES,
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_is_a_fault_of_ours(graphs: ComputeServer, nodes: Any, edges: Any) -> None:
    """Whatever a client sends is saved, or refused with what is wrong."""
    maker = Studio(uuid.UUID(int=7), uuid.UUID(int=8))
    body = {"projectId": str(maker.project_id), "nodes": nodes, "edges": edges}
    content = json.dumps(body, ensure_ascii=True).encode()
    response: httpx.Response = await graphs.post(SAVE, content, maker.user_id)
    assert response.status_code in {400, 403}, response.text
    assert response.json()["error"]
