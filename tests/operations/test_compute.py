"""A compute run's beginning and end as an operation: identity, budget, sums, the last event, what the row keeps."""

import uuid
from dataclasses import replace
from typing import Any

import pytest

from tests.rows import balance, make_studio
from tests.server.api.compute_server import Drawn, film
from wzrd.contracts.compute import complete
from wzrd.contracts.compute_save_graph import GraphEdge
from wzrd.db.compute_graphs import save_graph
from wzrd.db.items import Item, list_items
from wzrd.db.projects import lock_project
from wzrd.db.runs import find_run
from wzrd.domain.errors import BadRequest, Conflict, NotFound
from wzrd.domain.settlement import Ending, Outcome
from wzrd.operations.compute.kind import COMPUTE, ComputeParams, start_compute
from wzrd.runs.finish import finish, reopen
from wzrd.runtime.process import Runtime


def item(key: str, status: str, result: dict[str, Any] | None = None, price: int = 0) -> Item:
    output = {"result": result} if result else None
    return Item(key, 1, "compute_node", uuid.uuid4(), status, None, 1, None, output, price, status == "succeeded")


RUN: Any = None
MADE = {"type": "text", "data": "a"}


def test_a_run_is_summed_up_by_its_nodes() -> None:
    """Elements of a batch are told by their node; what has not succeeded has failed, whatever it is called."""
    items = [item("a", "succeeded", MADE), item("b", "failed"), item("c", "skipped"), item("d", "pending"),
             item("b#0", "succeeded", MADE), item("b#1", "failed")]  # fmt: skip
    told = COMPUTE.sum_up(RUN, items)
    assert told == {
        "outputs": {"a": MADE},
        "completed_nodes": 1,
        "total_nodes": 4,
        "failed_nodes": ["b", "c", "d"],
        "unfinished": 1,
    }
    assert COMPUTE.kept(told) == {"completed_nodes": 1, "total_nodes": 4, "failed_nodes": ["b", "c", "d"]}


def test_a_run_costs_the_sum_of_its_items() -> None:
    """Each at its own price, elements by themselves."""
    assert COMPUTE.price([item("a", "succeeded", price=3), item("b#0", "succeeded", price=5)]) == 8
    assert COMPUTE.covers


@pytest.mark.parametrize(
    ("status", "items", "event"),
    [
        ("succeeded", [item("a", "succeeded", MADE)], "complete"),
        ("partial", [item("a", "succeeded", MADE), item("b", "failed")], "complete"),
        ("failed", [item("a", "failed"), item("b", "skipped")], "complete"),
        ("failed", [item("a", "failed"), item("b", "pending")], "error"),
        ("failed", [item("a", "running")], "error"),
        ("canceled", [item("a", "running"), item("b", "pending")], "complete"),
        ("failed", [], "error"),
    ],
)
def test_the_last_event_says_how_it_ended(status: str, items: list[Item], event: str) -> None:
    """`error` only where something else than its nodes has failed the run."""
    result: Any = COMPUTE.sum_up(RUN, items) if items else {}
    told = COMPUTE.terminal(Ending("r", "q", status, 0, "words", result))
    assert told.event == event
    if event == "error":
        assert told.data == {"run_id": "r", "error": "words"}
    else:
        nodes = {node.key: node.status for node in items}
        assert told.data == complete(
            "r",
            status=status,
            outputs={key: MADE for key, one in nodes.items() if one == "succeeded"},
            completed_nodes=sum(one == "succeeded" for one in nodes.values()),
            total_nodes=len(nodes),
            failed_nodes=[key for key, one in nodes.items() if one != "succeeded"],
        )


async def project(runtime: Runtime, graph: Drawn, funds: int = 100) -> ComputeParams:
    studio = await make_studio(runtime, funds=funds)
    async with runtime.begin() as tx:
        await lock_project(tx, studio.project_id, user_id=studio.user_id)
        await save_graph(tx, studio.project_id, studio.user_id, nodes=graph.node_rows(), edges=graph.edge_rows())
    return ComputeParams(user_id=studio.user_id, project_id=str(studio.project_id))


async def test_a_form_starts_it_for_the_projects_owner(runtime: Runtime) -> None:
    """Without a user the owner is meant; a project that is not there is nobody's."""
    wanted = await project(runtime, film())
    started = await start_compute(runtime, ComputeParams(user_id=None, project_id=wanted.project_id))
    assert started.row is not None
    assert started.row.user_id == wanted.user_id
    assert started.row.params["label"] == "The Light, 4 nodes"
    for missing in (str(uuid.uuid4()), "x", None):
        with pytest.raises(NotFound):
            await start_compute(runtime, ComputeParams(user_id=wanted.user_id, project_id=missing))
    with pytest.raises(NotFound):
        await start_compute(runtime, ComputeParams(user_id=uuid.uuid4(), project_id=wanted.project_id))


async def test_items_stand_in_the_order_of_execution(runtime: Runtime) -> None:
    """One a node, about its row; comments have none."""
    graph = film()
    started = await start_compute(runtime, await project(runtime, graph))
    async with runtime.begin() as tx:
        items = await list_items(tx, started.run_id)
    assert graph.names([one.key for one in items]) == ["words", "lamp", "lens", "clip"]
    assert {(one.entity_type, str(one.entity_id) == one.key) for one in items} == {("compute_node", True)}


async def test_a_retry_makes_what_is_missing_of_the_same_graph(runtime: Runtime) -> None:
    """It keeps its snapshot and what it has; the next attempt holds only the rest."""
    runtime.settings = runtime.settings.model_copy(update={"offline": "always"})
    wanted = await project(runtime, film())
    started = await start_compute(runtime, wanted)
    assert await finish(runtime, started.run_id, Outcome(canceled=True)) == "canceled"
    run = await reopen(runtime, started.run_id, user_id=wanted.user_id)
    assert (run.status, run.attempt, run.result) == ("queued", 2, None)
    async with runtime.begin() as tx:
        items, after = await list_items(tx, started.run_id), await find_run(tx, started.run_id)
    assert after is not None
    assert {one.status for one in items} == {"pending"}
    assert wanted.user_id is not None
    assert await balance(runtime, wanted.user_id) == 100 - sum(one.price for one in items)


async def test_parameters_are_those_of_the_flow(runtime: Runtime) -> None:
    """The parameters that a run's flow is handed start the same run again."""
    graph = film()
    base = await project(runtime, graph)
    ids = (graph.ids["lamp"], graph.ids["lens"])
    wanted = ComputeParams(
        user_id=base.user_id, project_id=base.project_id, request_id="r", node_ids=ids, use_cache=True, max_credits=99
    )
    started = await start_compute(runtime, wanted)
    assert started.row is not None
    assert COMPUTE.flow_parameters(started.row) == {
        "project": base.project_id,
        "node_ids": sorted(ids),
        "use_cache": True,
        "max_credits": 99,
        "run_id": str(started.run_id),
    }
    assert not (await start_compute(runtime, wanted)).created
    with pytest.raises(Conflict, match="maxCredits"):
        await start_compute(runtime, replace(wanted, max_credits=None))


async def test_a_batch_beyond_measure_is_refused_with_count_and_price(runtime: Runtime) -> None:
    """Nothing is held for what would never end."""
    lines = "\n".join(str(number) for number in range(1_000))
    split = {"kind": "Text", "params": {"actionId": "text.split", "text": lines}}
    batch = {"kind": "Transform", "params": {"actionId": "batch.cartesian"}}
    picture = {"kind": "Image", "params": {"model": "fal-ai/flux/schnell", "prompt": "x", "batchPolicy": "cartesian"}}
    graph = Drawn({"a": split, "b": split, "batch": batch, "image": picture}, [("a", "image"), ("b", "batch")])
    ends = {"sourceNodeId": graph.ids["b"], "targetNodeId": graph.ids["image"], "targetHandle": "context"}
    edge = GraphEdge.model_validate({"id": str(uuid.uuid4()), **ends}).row()
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        await lock_project(tx, studio.project_id, user_id=studio.user_id)
        edges = [*graph.edge_rows(), edge]
        await save_graph(tx, studio.project_id, studio.user_id, nodes=graph.node_rows(), edges=edges)
    params = ComputeParams(user_id=studio.user_id, project_id=str(studio.project_id))
    with pytest.raises(BadRequest, match="1,000,000") as refused:
        await start_compute(runtime, params)
    assert refused.value.details["nodeId"] == graph.ids["image"]
    assert refused.value.details["calls"] == 1_000_000
    assert await balance(runtime, studio.user_id) == 100
